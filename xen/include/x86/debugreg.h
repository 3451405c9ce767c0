/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's debug registers: checked, kept, loaded while a breakpoint is armed (arch/x86/cpu/debugreg.c). Owner: PV. */
#ifndef X86_DEBUGREG_H
#define X86_DEBUGREG_H

#include <xen/types.h>

struct vcpu;

#define DR6_DEFAULT 0xffff0ff0UL
#define DR7_DEFAULT 0x00000400UL
#define DR7_ACTIVE  0xffUL

/* @v is current or paused. 0; -ENODEV no such register; -EINVAL upper half set in DR7; -EPERM a value that would watch
 * the hypervisor, the general detect condition, an I/O breakpoint without CR4.DE. */
int debugreg_set(struct vcpu *v, unsigned int reg, u64 value);
int debugreg_get(const struct vcpu *v, unsigned int reg, u64 *value);
/* I/O breakpoints that an access of @v's to @bytes ports from @port on meets: bits 0 to 3, as in DR6. */
u8 debugreg_io(const struct vcpu *v, u16 port, unsigned int bytes);
void debugreg_switch_from(struct vcpu *v);
void debugreg_switch_to(struct vcpu *v);

#endif
