/* SPDX-License-Identifier: GPL-2.0-only */
/* Structure offsets for the entry assembly: those of the public frame are pinned, those of our own become symbols. */
#include <xen/domain.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/entry_asm.h>

#define PIN(field, value) _Static_assert(offsetof(struct cpu_user_regs, field) == (value), #field)
PIN(r15, REGS_r15);
PIN(rbp, REGS_rbp);
PIN(rbx, REGS_rbx);
PIN(r11, REGS_r11);
PIN(rax, REGS_rax);
PIN(rdi, REGS_rdi);
PIN(error_code, REGS_error_code);
PIN(entry_vector, REGS_vector);
PIN(rip, REGS_rip);
PIN(cs, REGS_cs);
PIN(rflags, REGS_rflags);
PIN(rsp, REGS_rsp);
PIN(ss, REGS_ss);
PIN(es, REGS_es);
_Static_assert(sizeof(struct cpu_user_regs) == REGS_SIZE, "frame");

#define FROM_REGS(field) (offsetof(struct cpu_info, field) - offsetof(struct cpu_info, guest_regs))
_Static_assert(FROM_REGS(processor_id) == CI_processor_id, "processor_id");
_Static_assert(FROM_REGS(current_vcpu) == CI_current, "current_vcpu");
_Static_assert(FROM_REGS(percpu_offset) == CI_percpu_offset, "percpu_offset");
_Static_assert(FROM_REGS(softirq_pending) == CI_softirq_pending, "softirq_pending");
_Static_assert(FROM_REGS(guest_cr3) == CI_guest_cr3, "guest_cr3");
_Static_assert(FROM_REGS(xen_cr3) == CI_xen_cr3, "xen_cr3");
_Static_assert(sizeof(struct cpu_info) - offsetof(struct cpu_info, guest_regs) - 1 == CI_FROM_LAST_BYTE, "last byte");
_Static_assert(NR_SOFTIRQS <= 32, "the fast way out tests half of the word");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == 0 &&
               offsetof(struct vcpu_info, evtchn_upcall_mask) == 1, "the way out tests both");

#define SYMBOL(name, value) asm volatile (".globl " #name "\n.hidden " #name "\n.set " #name ", %c0" :: "i" (value))

void __used entry_offsets(void)
{
    SYMBOL(VCPU_info, offsetof(struct vcpu, info));
    SYMBOL(VCPU_domain, offsetof(struct vcpu, domain));
    SYMBOL(VCPU_in_kernel, offsetof(struct vcpu, arch.in_kernel));
    SYMBOL(VCPU_exit_work, offsetof(struct vcpu, arch.exit_work));
    SYMBOL(DOMAIN_is_privileged, offsetof(struct domain, is_privileged));
}

_Static_assert(STACK_SIZE == 0x8000 && sizeof(struct cpu_info) == 256 && offsetof(struct cpu_info, guest_regs) == 8,
               "reset_stack_and_enter_guest() finds the stack's top");
