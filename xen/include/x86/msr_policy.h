/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's RDMSR and WRMSR (arch/x86/cpu/msr_guest.c). Owner: PV. */
#ifndef X86_MSR_POLICY_H
#define X86_MSR_POLICY_H

#include <xen/types.h>

struct vcpu;

/* @v is current. False: the guest gets #GP. */
bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *value);
bool guest_wrmsr(struct vcpu *v, u32 msr, u64 value);
/* Loads what a guest may change of MSRs and of CR4 (TSC_AUX, TSD). */
void msr_switch_to(struct vcpu *v);
void guest_write_cr4(struct vcpu *v, u64 value);

#endif
