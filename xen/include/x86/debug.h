/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows a crash (arch/x86/boot/panic.c). */
#ifndef X86_DEBUG_H
#define X86_DEBUG_H

#include <xen/types.h>

extern bool opt_noreboot;                             /* noreboot: stop instead (common/domain_shutdown.c) */

#endif
