/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the hypervisor enters a guest kernel: set_trap_table, set_callbacks, callback_op, nmi_op. */
#include <xen/hypercall.h>
#include <xen/softirq.h>
#include <x86/page.h>
#include <x86/trapnr.h>
#include <public/callback.h>
#include <public/nmi.h>

long hc_set_trap_table(unsigned long traps, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct guest_trap *table = current->arch.pv.trap;
    gva_t at = gva(traps);
    struct trap_info t;

    if (!traps) {
        for (unsigned int i = 0; i < 256; i++)
            table[i] = (struct guest_trap){ 0 };
        return 0;
    }
    for (unsigned int n = 0; n <= 256; n++, at = gva_add(at, sizeof(t))) {
        if (copy_from_guest(&t, at, sizeof(t)))
            return -EFAULT;
        if (!t.address)
            return 0;
        if (!is_canonical(t.address))
            return -EINVAL;
        table[t.vector] = (struct guest_trap){ t.address, t.cs | 3, t.flags };
        if ((n & 63) == 63 && preempt_check())
            return hypercall_continue(1, gva_add(at, sizeof(t)).v);
    }
    return 0;
}

static long register_callback(const struct callback_register *r)
{
    struct pv_vcpu *pv = &current->arch.pv;
    bool mask = r->flags & CALLBACKF_mask_events;

    if (!is_canonical(r->address))
        return -EINVAL;
    switch (r->type) {
    case CALLBACKTYPE_event:
        pv->event_callback = r->address;
        break;
    case CALLBACKTYPE_failsafe:
        pv->failsafe_callback = r->address;
        pv->failsafe_masks_events = mask;
        break;
    case CALLBACKTYPE_syscall:
        pv->syscall_callback = r->address;
        pv->syscall_masks_events = mask;
        break;
    case CALLBACKTYPE_syscall32:
        pv->syscall32_callback = r->address;
        pv->syscall32_masks_events = mask;
        break;
    case CALLBACKTYPE_sysenter:
        pv->sysenter_callback = r->address;
        pv->sysenter_masks_events = mask;
        break;
    case CALLBACKTYPE_nmi:
        pv->nmi_callback = r->address;
        break;
    default:
        return -ENOSYS;
    }
    return 0;
}

/* The trap table's entry for NMIs goes, too: after this none is delivered, as 4.17 has it. */
static void drop_nmi_callback(struct pv_vcpu *pv)
{
    pv->nmi_callback = 0;
    pv->trap[TRAP_NMI].address = 0;
}

static long unregister_callback(unsigned int type)
{
    struct pv_vcpu *pv = &current->arch.pv;

    switch (type) {
    case CALLBACKTYPE_event:
    case CALLBACKTYPE_failsafe:
    case CALLBACKTYPE_syscall:
    case CALLBACKTYPE_syscall32:
    case CALLBACKTYPE_sysenter:
        return -EINVAL;                          /* only another address takes their place */
    case CALLBACKTYPE_nmi:
        drop_nmi_callback(pv);
        return 0;
    default:
        return -ENOSYS;
    }
}

long hc_callback_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct callback_register r;
    struct callback_unregister u;

    switch ((u32)cmd) {
    case CALLBACKOP_register:
        return copy_from_guest(&r, gva(arg), sizeof(r)) ? -EFAULT : register_callback(&r);
    case CALLBACKOP_unregister:
        return copy_from_guest(&u, gva(arg), sizeof(u)) ? -EFAULT : unregister_callback(u.type);
    default:
        return -ENOSYS;
    }
}

/* The old form: all three at once. */
long hc_set_callbacks(unsigned long event, unsigned long failsafe, unsigned long syscall, unsigned long a4,
                      unsigned long a5)
{
    static const u16 types[] = { CALLBACKTYPE_event, CALLBACKTYPE_failsafe, CALLBACKTYPE_syscall };
    const unsigned long addresses[] = { event, failsafe, syscall };

    if (!is_canonical(event) || !is_canonical(failsafe) || !is_canonical(syscall))
        return -EINVAL;
    for (unsigned int i = 0; i < ARRAY_SIZE(types); i++)
        register_callback(&(struct callback_register){ .type = types[i], .address = addresses[i] });
    return 0;
}

long hc_nmi_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct xennmi_callback cb;

    switch ((u32)cmd) {
    case XENNMI_register_callback:
        if (copy_from_guest(&cb, gva(arg), sizeof(cb)))
            return -EFAULT;
        if (current->domain != dom0 || current->id != 0 || !is_canonical(cb.handler_address))
            return -EINVAL;
        current->arch.pv.nmi_callback = cb.handler_address;
        return 0;
    case XENNMI_unregister_callback:
        drop_nmi_callback(&current->arch.pv);
        return 0;
    default:
        return -ENOSYS;
    }
}
