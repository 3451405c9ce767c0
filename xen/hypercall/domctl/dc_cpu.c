/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: what the domain's CPUs are like: TSC, extended state, MSRs, CPUID policy. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <x86/cpufeature.h>
#include <x86/cpuid_policy.h>
#include <x86/fpu.h>
#include <x86/msr.h>

/* The MSRs of 4.17's policies (PLATFORM_INFO, ARCH_CAPABILITIES): we have none of their features and take them as 0. */
#define MSR_PLATFORM_INFO     0xce
#define MSR_ARCH_CAPABILITIES 0x10a
#define MAX_POLICY_MSRS   2

enum { TSC_DEFAULT, TSC_EMULATE, TSC_NATIVE };

/* The guest sees the machine's own TSC in every mode that we accept. */
long domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
    op->u.tsc_info = (struct xen_domctl_tsc_info){
        .tsc_mode = d->arch.tsc_mode, .gtsc_khz = cpu_khz, .incarnation = d->arch.tsc_incarnation, .elapsed_nsec = now(),
    };
    return 0;
}

long domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

    if (t->tsc_mode == TSC_EMULATE)
        return -EOPNOTSUPP;
    if (t->tsc_mode != TSC_DEFAULT && t->tsc_mode != TSC_NATIVE)
        return -EINVAL;
    d->arch.tsc_mode = t->tsc_mode;
    d->arch.tsc_incarnation = t->incarnation;
    return 0;
}

/* Ahead of the XSAVE image in the caller's buffer. */
struct xstate_head { u64 xcr0, xcr0_accum; };

long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
    struct vcpu *v = domain_vcpu(d, e->vcpu);
    struct xstate_head head;
    u64 need;
    long rc = 0;

    if (!v)
        return -ESRCH;
    if (v == current || (e->xfeature_mask && e->xfeature_mask != xfeature_mask))
        return -EINVAL;
    e->xfeature_mask = xfeature_mask;
    need = xfeature_mask ? sizeof(head) + xsave_area_size : 0;
    if (!e->size || !need) {
        e->size = need;
        return 0;
    }
    if (e->size < need)
        return -EINVAL;
    e->size = need;
    vcpu_pause(v);
    head = (struct xstate_head){ v->arch.xcr0, v->arch.xcr0_accum };
    if (copy_to_guest(handle_gva(e->buffer), &head, sizeof(head)) ||
        copy_to_guest(gva_add(handle_gva(e->buffer), sizeof(head)), v->arch.fpu, xsave_area_size))
        rc = -EFAULT;
    vcpu_unpause(v);
    return rc;
}

/* An image that the CPU would refuse to load is refused here. XSAVE header: Intel SDM vol. 1, 13.4.2. */
static bool image_ok(const struct xstate_head *h, const struct xsave_area *a)
{
    if (!fpu_xcr0_ok(h->xcr0) || (h->xcr0_accum & ~xfeature_mask) || (h->xcr0 & ~h->xcr0_accum))
        return false;
    if ((a->xstate_bv & ~h->xcr0_accum) || a->xcomp_bv)
        return false;
    for (unsigned int i = 0; i < ARRAY_SIZE(a->reserved); i++)
        if (a->reserved[i])
            return false;
    return true;
}

long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
    struct vcpu *v = domain_vcpu(d, e->vcpu);
    struct xstate_head head;
    struct xsave_area *a;
    long rc = -EFAULT;

    if (!v)
        return -ESRCH;
    if (!xfeature_mask || e->size < sizeof(head) + sizeof(*a) || e->size > sizeof(head) + xsave_area_size)
        return -EINVAL;
    a = xzalloc(xsave_area_size);
    if (!a)
        return -ENOMEM;
    if (copy_from_guest(&head, handle_gva(e->buffer), sizeof(head)) ||
        copy_from_guest(a, gva_add(handle_gva(e->buffer), sizeof(head)), e->size - sizeof(head)))
        goto out;
    rc = -EINVAL;
    if (!image_ok(&head, a))
        goto out;
    domain_pause(d);
    v->arch.xcr0 = head.xcr0;
    v->arch.xcr0_accum = head.xcr0_accum;
    memcpy(v->arch.fpu, a, xsave_area_size);
    v->arch.fpu_initialised = true;
    v->arch.fpu_cpu = ~0u;                       /* what a CPU's registers hold of it is stale */
    domain_unpause(d);
    rc = 0;
out:
    xfree(a);
    return rc;
}

/* TSC_AUX is the one MSR that a paravirtualized vCPU carries along. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
    struct vcpu *v = domain_vcpu(d, m->vcpu);
    struct xen_domctl_vcpu_msr one = { .index = MSR_TSC_AUX };
    u32 room = m->msr_count;

    if (!v || v == current)
        return -EINVAL;
    m->msr_count = 1;
    if (!gva_x(handle_gva(m->msrs)))
        return 0;
    one.value = v->arch.tsc_aux;
    if (!one.value) {
        m->msr_count = 0;
        return 0;
    }
    return room < 1 ? -ENOBUFS : copy_to_guest(handle_gva(m->msrs), &one, sizeof(one));
}

long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
    struct vcpu *v = domain_vcpu(d, m->vcpu);
    struct xen_domctl_vcpu_msr one;

    if (!v || m->msr_count > 1)
        return -EINVAL;
    if (!m->msr_count)
        return 0;
    if (copy_from_guest(&one, handle_gva(m->msrs), sizeof(one)))
        return -EFAULT;
    m->msr_count = 0;            /* the one that is refused */
    if (one.reserved || one.index != MSR_TSC_AUX || one.value >> 32 || !cpu_has(FEATURE_RDTSCP))
        return -EINVAL;
    domain_pause(d);
    v->arch.tsc_aux = one.value;
    domain_unpause(d);
    m->msr_count = 1;
    return 0;
}

static bool policy_msr_ok(const struct xen_msr_entry *m)
{
    return (m->idx == MSR_PLATFORM_INFO || m->idx == MSR_ARCH_CAPABILITIES) && !m->flags && !m->val;
}

long policy_to_guest(const struct cpuid_policy *p, gva_t leaves, u32 *nr_leaves, gva_t msrs, u32 *nr_msrs)
{
    struct xen_msr_entry m[MAX_POLICY_MSRS] = { { .idx = MSR_PLATFORM_INFO }, { .idx = MSR_ARCH_CAPABILITIES } };
    struct xen_cpuid_leaf *l = xcalloc(CPUID_POLICY_MAX_LEAVES, sizeof(*l));
    u32 nl, nm = MAX_POLICY_MSRS;
    long rc = 0;

    if (!l)
        return -ENOMEM;
    nl = gva_x(leaves) ? cpuid_policy_to_leaves(p, l) : CPUID_POLICY_MAX_LEAVES;
    if ((gva_x(leaves) && *nr_leaves < nl) || (gva_x(msrs) && *nr_msrs < nm))
        rc = -ENOBUFS;
    else if ((gva_x(leaves) && copy_to_guest(leaves, l, nl * sizeof(*l))) ||
             (gva_x(msrs) && copy_to_guest(msrs, m, nm * sizeof(m[0]))))
        rc = -EFAULT;
    *nr_leaves = nl;
    *nr_msrs = nm;
    xfree(l);
    return rc;
}

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;

    return policy_to_guest(d->arch.cpuid, handle_gva(p->leaves), &p->nr_leaves, handle_gva(p->msrs), &p->nr_msrs);
}

static long set_policy(struct domain *d, struct xen_domctl_cpu_policy *p, const struct xen_cpuid_leaf *l,
                       const struct xen_msr_entry *m)
{
    long rc;

    for (u32 i = 0; i < p->nr_msrs; i++)
        if (!policy_msr_ok(&m[i])) {
            p->err_msr = m[i].idx;
            return -EINVAL;
        }
    domain_pause(d);
    rc = cpuid_policy_from_leaves(d, l, p->nr_leaves, &p->err_leaf, &p->err_subleaf);
    domain_unpause(d);
    return rc;
}

/* Only before the domain has run: a kernel does not look twice. */
long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
    struct xen_cpuid_leaf *l;
    struct xen_msr_entry m[MAX_POLICY_MSRS];
    long rc = -EFAULT;

    p->err_leaf = p->err_subleaf = p->err_msr = ~0u;
    if (d->creation_finished)
        return -EEXIST;
    if (p->nr_leaves > CPUID_POLICY_MAX_LEAVES || p->nr_msrs > MAX_POLICY_MSRS)
        return -E2BIG;
    l = xcalloc(p->nr_leaves + 1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    if (!copy_from_guest(l, handle_gva(p->leaves), p->nr_leaves * sizeof(*l)) &&
        !copy_from_guest(m, handle_gva(p->msrs), p->nr_msrs * sizeof(m[0])))
        rc = set_policy(d, p, l, m);
    xfree(l);
    return rc;
}
