/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An environment for library code made for processes: a page at the FS base where the stack guard's value lies
 * (%fs:0x28); its SSE registers are anybody's until a guest runs. Boot CPU, before any guest runs.
 */
#include <xen/decompress.h>
#include <x86/segment.h>

static u64 thread_block[64] __aligned(64);

void library_enter(void)
{
    thread_block[5] = 0x00d5c7f3a1b2e400;        /* a zero byte first stops runaway string copies */
    write_fs_base((u64)thread_block);
}

void library_leave(void)
{
    write_fs_base(0);
}
