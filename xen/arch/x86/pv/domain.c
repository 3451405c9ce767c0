/* SPDX-License-Identifier: GPL-2.0-only */
/* What a PV domain and its vCPUs add to the common structures: made, reset, given back. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/asm.h>
#include <x86/cpuid_policy.h>
#include <x86/debugreg.h>
#include <x86/fpu.h>
#include <x86/mm.h>
#include <x86/pv.h>
#include <x86/pv_domain.h>
#include <x86/spec.h>

static u64 last_serial;

int pv_domain_init(struct domain *d)
{
    int rc = mm_domain_init(d);

    if (rc)
        return rc;
    d->arch.serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    d->arch.l1tf_mask = spec_l1tf_mask(d->is_privileged);
    rc = cpuid_policy_init(d);
    if (rc)
        mm_domain_destroy(d);
    return rc;
}

void pv_domain_destroy(struct domain *d)
{
    cpuid_policy_destroy(d);
    mm_domain_destroy(d);
    xfree(d->arch.pv_e820);
}

int pv_domain_relinquish(struct domain *d)
{
    return mm_domain_relinquish(d);
}

static void set_power_on_state(struct vcpu *v)
{
    struct pv_vcpu *pv = &v->arch.pv;

    memset(&v->arch.user_regs, 0, sizeof(v->arch.user_regs));
    memset(pv, 0, sizeof(*pv));
    v->arch.in_kernel = true;
    v->arch.exit_work = 0;
    v->arch.nmi_masked = false;
    v->arch.tsc_aux = 0;
    pv->ctrlreg[0] = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    pv->ctrlreg[4] = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    pv->debugreg[6] = DR6_DEFAULT;
    pv->debugreg[7] = DR7_DEFAULT;
    fpu_reset(v);
}

int pv_vcpu_init(struct vcpu *v)
{
    int rc = fpu_vcpu_init(v);

    if (rc)
        return rc;
    rc = mm_vcpu_init(v);
    if (rc) {
        fpu_vcpu_destroy(v);
        return rc;
    }
    set_power_on_state(v);
    return 0;
}

void pv_vcpu_destroy(struct vcpu *v)
{
    mm_vcpu_destroy(v);
    fpu_vcpu_destroy(v);
}

int arch_domain_create(struct domain *d)
{
    d->arch.ops = &pv_guest_ops;
    return d->arch.ops->domain_init(d);
}

void arch_domain_destroy(struct domain *d)
{
    irq_domain_free(d);
    d->arch.ops->domain_destroy(d);
}

int arch_domain_relinquish(struct domain *d)
{
    return d->arch.ops->domain_relinquish(d);
}

int arch_vcpu_create(struct vcpu *v)
{
    return v->domain->arch.ops->vcpu_init(v);
}

void arch_vcpu_destroy(struct vcpu *v)
{
    v->domain->arch.ops->vcpu_destroy(v);
}

int arch_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    return v->domain->arch.ops->set_context(v, c);
}

void arch_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    v->domain->arch.ops->get_context(v, c);
}

int arch_vcpu_reset(struct vcpu *v)
{
    int rc = drop_guest_tables(v);

    if (rc)
        return rc;
    invalidate_ldt(v);
    destroy_guest_gdt(v);
    set_power_on_state(v);
    return 0;
}
