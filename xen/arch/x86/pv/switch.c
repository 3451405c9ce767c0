/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one vCPU to the next. There is one hypervisor stack a CPU: the old vCPU leaves its frame of registers behind in
 * its structure, the stack is emptied, and the new one goes out through the common way (entry/entry.S).
 * Interrupts are off throughout.
 */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <x86/boot.h>
#include <x86/cpu_info.h>
#include <x86/debugreg.h>
#include <x86/fpu.h>
#include <x86/mm.h>
#include <x86/msr_policy.h>
#include <x86/pv.h>
#include <x86/pv_domain.h>
#include <x86/segment.h>
#include <x86/smpboot.h>
#include <x86/spec.h>
#include <public/xen.h>

void reset_stack_and_enter_guest(void) noreturn;
void reset_stack_and_call(void (*fn)(void)) noreturn;

static void save_segments(struct vcpu *v)
{
    struct pv_vcpu *pv = &v->arch.pv;
    u64 gs = read_gs_base(), shadow = read_gs_shadow();

    pv->ds = read_ds();
    pv->es = read_es();
    pv->fs = read_fs();
    pv->gs = read_gs();
    pv->fs_base = read_fs_base();
    pv->gs_base_kernel = v->arch.in_kernel ? gs : shadow;
    pv->gs_base_user = v->arch.in_kernel ? shadow : gs;
}

/* Selectors first, since loading FS or GS changes the base beside it. */
static void load_segments(struct vcpu *v)
{
    const struct pv_vcpu *pv = &v->arch.pv;
    bool ok = true;

    if (unlikely(pv->ds | read_ds()))
        ok &= load_ds(pv->ds);
    if (unlikely(pv->es | read_es()))
        ok &= load_es(pv->es);
    if (unlikely(pv->fs | read_fs()))
        ok &= load_fs(pv->fs);
    if (unlikely(pv->gs | read_gs()))
        ok &= load_gs(pv->gs);
    write_fs_base(pv->fs_base);
    write_gs_base(v->arch.in_kernel ? pv->gs_base_kernel : pv->gs_base_user);
    write_gs_shadow(v->arch.in_kernel ? pv->gs_base_user : pv->gs_base_kernel);
    if (unlikely(!ok))
        v->arch.failsafe_pending = true;
}

static void pv_switch_from(struct vcpu *v)
{
    v->arch.user_regs = *guest_cpu_user_regs();
    save_segments(v);
    fpu_switch_from(v);
    debugreg_switch_from(v);
}

static void pv_switch_to(struct vcpu *v)
{
    u32 stamp;

    *guest_cpu_user_regs() = v->arch.user_regs;
    v->arch.perdomain_gdt_l1[FIRST_RESERVED_GDT_PAGE] =
        pte_make(cpu_gdt_mfn(smp_processor_id()), PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX);
    gdt_load_own();                              /* the window of the old vCPU goes with its page tables */
    stamp = tlb_flush_begin();
    write_guest_cr3(v);
    tlb_flush_end(stamp);
    gdt_load_window(v->id);
    load_guest_ldt(v);
    load_segments(v);
    fpu_switch_to(v);
    debugreg_switch_to(v);
    msr_switch_to(v);
}

/* serial of the domain whose vCPU ran here last, idle time aside: it may be gone, and its number another one's. */
static DEFINE_PER_CPU(u64, last_domain);

static void forget_last_domain(const struct domain *next)
{
    if (this_cpu(last_domain) == next->arch.serial)
        return;
    this_cpu(last_domain) = next->arch.serial;
    spec_switch_domain();
}

static void leave_address_space(void)
{
    u32 stamp;

    gdt_load_own();
    asm volatile ("lldt %w0" :: "r" (0));
    stamp = tlb_flush_begin();
    write_cr3(image_maddr(idle_l4));
    tlb_flush_end(stamp);
}

static void enter_current(void) noreturn;
static void enter_current(void)
{
    if (current->is_idle)
        reset_stack_and_call(idle_loop);
    reset_stack_and_enter_guest();
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
    unsigned int cpu = smp_processor_id();
    struct domain *pd = prev->domain, *nd = next->domain;

    local_irq_disable();
    if (prev == next)
        enter_current();
    if (!prev->is_idle)
        pd->arch.ops->switch_from(prev);
    get_cpu_info()->current_vcpu = next;
    if (next->is_idle) {
        leave_address_space();
    } else {
        if (!cpumask_test(cpu, &nd->dirty_cpus))
            cpumask_set(cpu, &nd->dirty_cpus);
        nd->arch.ops->switch_to(next);
        forget_last_domain(nd);
    }
    if (pd != nd && !prev->is_idle)
        cpumask_clear(cpu, &pd->dirty_cpus);
    context_saved(prev);
    if (!next->is_idle) {
        time_update_vcpu(next, false);
        pv_write_runstate_area(next);
    }
    enter_current();
}

void reset_stack_and_run_current(void)
{
    local_irq_disable();
    enter_current();
}

const struct guest_ops pv_guest_ops = {
    .domain_init = pv_domain_init,
    .domain_destroy = pv_domain_destroy,
    .domain_relinquish = pv_domain_relinquish,
    .vcpu_init = pv_vcpu_init,
    .vcpu_destroy = pv_vcpu_destroy,
    .set_context = pv_set_context,
    .get_context = pv_get_context,
    .switch_from = pv_switch_from,
    .switch_to = pv_switch_to,
};
