/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows a crash (arch/x86/boot/panic.c). */
#ifndef X86_DEBUG_H
#define X86_DEBUG_H

#include <xen/types.h>

bool reboot_after_crash(void);                        /* noreboot= not given */

#endif
