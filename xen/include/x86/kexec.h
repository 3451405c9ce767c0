/* SPDX-License-Identifier: GPL-2.0-only */
/* kexec, the machine's side as the boot and the stopping of CPUs see it (arch/x86/boot/kexec.c). */
#ifndef X86_KEXEC_H
#define X86_KEXEC_H

#include <xen/kexec.h>
#include <public/xen.h>

/*
 * At boot, before anything is given out: keeps what crashkernel= asks for where @taken(start, end, &next) sees nothing, and says so.
 * Returns what it kept; size 0: nothing.
 */
struct kexec_range kexec_reserve(bool (*taken)(u64 start, u64 end, u64 *next));
/* Keeps where this CPU was, once, for the crash kernel's dump. @r: what it was interrupted with. */
void kexec_note_cpu(const struct cpu_user_regs *r);

#endif
