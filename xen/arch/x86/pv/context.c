/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's whole context, in and out: VCPUOP_initialise, setvcpucontext, getvcpucontext. Setting checks everything that
 * can be refused without side effects first, then takes the references of descriptor tables and page tables.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/cpuid_policy.h>
#include <x86/debugreg.h>
#include <x86/fpu.h>
#include <x86/mm.h>
#include <x86/pv_domain.h>

#define VM_ASSIST_KNOWN (1UL << VMASST_TYPE_4gb_segments | 1UL << VMASST_TYPE_4gb_segments_notify | \
                         1UL << VMASST_TYPE_writable_pagetables | 1UL << VMASST_TYPE_pae_extended_cr3 | \
                         1UL << VMASST_TYPE_architectural_iopl | 1UL << VMASST_TYPE_runstate_update_flag | \
                         1UL << VMASST_TYPE_m2p_strict)

static int check_context(const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < 256; i++)
        if (!is_canonical(c->trap_ctxt[i].address))
            return -EINVAL;
    if (!is_canonical(c->user_regs.rip) || !is_canonical(c->event_callback_eip) ||
        !is_canonical(c->failsafe_callback_eip) || !is_canonical(c->syscall_callback_eip) ||
        !is_canonical(c->fs_base) || !is_canonical(c->gs_base_kernel) || !is_canonical(c->gs_base_user))
        return -EINVAL;
    if (!(c->flags & VGCF_in_kernel) && !(c->ctrlreg[1] >> PAGE_SHIFT))
        return -EINVAL;                          /* user mode without a table to run on */
    if (c->ldt_ents > 8192 || (c->ldt_ents && (c->ldt_base & ~PAGE_MASK || !is_canonical(c->ldt_base))))
        return -EINVAL;
    return c->gdt_ents > FIRST_RESERVED_GDT_ENTRY ? -EINVAL : 0;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct cpu_user_regs *r = &v->arch.user_regs;
    struct pv_vcpu *pv = &v->arch.pv;

    *r = c->user_regs;
    r->error_code = r->entry_vector = 0;
    r->cs |= 3;
    r->ss |= 3;
    pv->iopl = r->rflags >> 12 & 3;
    r->rflags = (r->rflags & ~(EFLAGS_IOPL | EFLAGS_VM | EFLAGS_NT)) | EFLAGS_IF | 2;
    pv->ds = r->ds;
    pv->es = r->es;
    pv->fs = r->fs;
    pv->gs = r->gs;
    pv->fs_base = c->fs_base;
    pv->gs_base_kernel = c->gs_base_kernel;
    pv->gs_base_user = c->gs_base_user;
    v->arch.in_kernel = c->flags & VGCF_in_kernel;
}

static void set_entries(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct pv_vcpu *pv = &v->arch.pv;

    for (unsigned int i = 0; i < 256; i++)
        pv->trap[i] = (struct guest_trap){ c->trap_ctxt[i].address, c->trap_ctxt[i].cs | 3, c->trap_ctxt[i].flags };
    pv->event_callback = c->event_callback_eip;
    pv->failsafe_callback = c->failsafe_callback_eip;
    pv->syscall_callback = c->syscall_callback_eip;
    pv->failsafe_masks_events = c->flags & VGCF_failsafe_disables_events;
    pv->syscall_masks_events = c->flags & VGCF_syscall_disables_events;
    pv->kernel_ss = c->kernel_ss | 3;
    pv->kernel_sp = c->kernel_sp;
    pv->ldt_base = c->ldt_base;
    pv->ldt_entries = c->ldt_ents;
}

/* Page tables: the kernel's, and the user's where ctrlreg[1] names one. Reading sets its bit 0, tools that restore a domain do not. */
static int get_tables(struct vcpu *v, const struct vcpu_guest_context *c, struct frame_info *tables[2])
{
    int rc = get_guest_tables(v, mfn(c->ctrlreg[3] >> PAGE_SHIFT),
                              mfn(c->ctrlreg[1] >> PAGE_SHIFT), tables);

    return rc && rc != -ERESTART ? -EINVAL : rc;
}

/* -EINVAL: something in it is refused; -ERESTART: call again with the same context. @v is down or paused; unchanged then. */
int pv_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct pv_vcpu *pv = &v->arch.pv;
    struct frame_info *tables[2];
    int rc = check_context(c);

    if (!rc)
        rc = get_tables(v, c, tables);
    if (rc)
        return rc;
    if (!v->is_initialised && set_guest_gdt(v, c->gdt_frames, c->gdt_ents)) {
        put_guest_tables(v, tables);
        return -EINVAL;
    }
    set_registers(v, c);
    /* Before the tables: user mode's are without the machine-to-phys table by VMASST_TYPE_m2p_strict. */
    if (!v->is_initialised && v->id == 0 && c->vm_assist)
        v->domain->vm_assist = c->vm_assist & VM_ASSIST_KNOWN;
    install_guest_tables(v, tables);
    set_entries(v, c);
    pv->ctrlreg[0] = (pv->ctrlreg[0] & ~CR0_TS) | (c->ctrlreg[0] & CR0_TS);
    pv->ctrlreg[4] = guest_cr4_fixup(v->domain, c->ctrlreg[4]);
    for (unsigned int i = 0; i < 8; i++)
        if (i != 4 && i != 5 && !debugreg_get(v, i, &(u64){ 0 }))
            debugreg_set(v, i, c->debugreg[i]);
    if (c->flags & VGCF_I387_VALID)
        fpu_set_fxsave(v, &c->fpu_ctxt);
    v->is_initialised = true;
    return 0;
}

static void get_registers(struct vcpu *v, struct vcpu_guest_context *c)
{
    const struct pv_vcpu *pv = &v->arch.pv;
    struct cpu_user_regs *r = &c->user_regs;

    *r = v == current ? *guest_cpu_user_regs() : v->arch.user_regs;
    r->ds = pv->ds;
    r->es = pv->es;
    r->fs = pv->fs;
    r->gs = pv->gs;
    r->error_code = r->entry_vector = 0;
    r->saved_upcall_mask = v->info->evtchn_upcall_mask;
    r->rflags &= ~EFLAGS_IOPL;
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        r->rflags |= pv->iopl << 12;
    if (v->info->evtchn_upcall_mask)
        r->rflags &= ~EFLAGS_IF;
    if (v->arch.in_kernel)
        r->cs &= ~3;
    c->fs_base = pv->fs_base;
    c->gs_base_kernel = pv->gs_base_kernel;
    c->gs_base_user = pv->gs_base_user;
}

static void get_entries(const struct pv_vcpu *pv, struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < 256; i++) {
        c->trap_ctxt[i].vector = i;
        c->trap_ctxt[i].flags = pv->trap[i].flags;
        c->trap_ctxt[i].cs = pv->trap[i].cs;
        c->trap_ctxt[i].address = pv->trap[i].address;
    }
    for (unsigned int i = 0; i < 16; i++)
        c->gdt_frames[i] = pv->gdt_frames[i];
    c->gdt_ents = pv->gdt_entries;
    c->ldt_base = pv->ldt_base;
    c->ldt_ents = pv->ldt_entries;
    c->kernel_ss = pv->kernel_ss;
    c->kernel_sp = pv->kernel_sp;
    c->event_callback_eip = pv->event_callback;
    c->failsafe_callback_eip = pv->failsafe_callback;
    c->syscall_callback_eip = pv->syscall_callback;
    c->flags |= (pv->failsafe_masks_events ? VGCF_failsafe_disables_events : 0) |
                (pv->syscall_masks_events ? VGCF_syscall_disables_events : 0);
}

/* @v is paused. */
void pv_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    const struct pv_vcpu *pv = &v->arch.pv;

    memset(c, 0, sizeof(*c));
    c->flags = (v->arch.in_kernel ? VGCF_in_kernel : 0) | (v->pause_flags & VPF_DOWN ? 0 : VGCF_online);
    if (v->arch.fpu_initialised) {
        c->flags |= VGCF_I387_VALID;
        fpu_get_fxsave(v, &c->fpu_ctxt);
    }
    get_registers(v, c);
    get_entries(pv, c);
    for (unsigned int i = 0; i < 8; i++)
        c->debugreg[i] = pv->debugreg[i];
    c->ctrlreg[0] = pv->ctrlreg[0];
    c->ctrlreg[4] = pv->ctrlreg[4];
    if (v->arch.guest_table)
        c->ctrlreg[3] = xen_pfn_to_cr3(mfn_x(frame_to_mfn(v->arch.guest_table)));
    if (v->arch.guest_table_user)
        c->ctrlreg[1] = xen_pfn_to_cr3(mfn_x(frame_to_mfn(v->arch.guest_table_user))) | 1;
    c->vm_assist = v->domain->vm_assist;
}
