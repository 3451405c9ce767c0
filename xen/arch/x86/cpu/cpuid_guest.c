/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID's answers to a guest: its domain's policy, the parts that depend on the vCPU, and the hypervisor's own leaves. */
#include <xen/domain.h>
#include <xen/time.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/cpuid_policy.h>
#include <x86/fpu.h>
#include <public/arch-x86/cpuid.h>

#define BIT_XSAVE 26

bool guest_has_xsave(const struct domain *d)
{
    return d->arch.cpuid->basic[1].c >> BIT_XSAVE & 1;
}

/* ns = (tsc << shift) * mul >> 32, as in vcpu_time_info. */
static void tsc_scale(u32 *mul, int8_t *shift)
{
    u64 hz = (u64)cpu_khz * 1000;
    int s = 0;

    while (hz > 2 * NSEC_PER_SEC) {
        hz >>= 1;
        s--;
    }
    while (hz && hz <= (u64)NSEC_PER_SEC) {
        hz <<= 1;
        s++;
    }
    *mul = hz ? (u32)(((u64)NSEC_PER_SEC << 32) / hz) : 0;
    *shift = s;
}

/* Leaf 3 of public/arch-x86/cpuid.h. */
static void time_leaf(const struct domain *d, u32 sub, struct cpuid_regs *r)
{
    int8_t shift;

    if (sub == 0) {
        r->a = (cpu_has(FEATURE_INVARIANT_TSC) ? 2 : 0) | (cpu_has(FEATURE_RDTSCP) ? 4 : 0);
        r->b = d->arch.tsc_mode;
        r->c = d->arch.tsc_khz ? d->arch.tsc_khz : cpu_khz;
        r->d = d->arch.tsc_incarnation;
    } else if (sub == 1) {
        tsc_scale(&r->c, &shift);
        r->d = (u32)(int)shift;
    } else if (sub == 2) {
        r->a = cpu_khz;
    }
}

static void hypervisor_leaf(const struct domain *d, u32 leaf, u32 sub, struct cpuid_regs *r)
{
    switch (leaf & 0xff) {
    case 0:
        *r = (struct cpuid_regs){ XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES), XEN_CPUID_SIGNATURE_EBX,
                                  XEN_CPUID_SIGNATURE_ECX, XEN_CPUID_SIGNATURE_EDX };
        break;
    case 1:
        r->a = 4u << 16 | 17;
        break;
    case 2:
        *r = (struct cpuid_regs){ 1, 0x40000000, XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, 0 };
        break;
    case 3:
        time_leaf(d, sub, r);
        break;
    case 5:
        if (sub == 0)
            r->b = cpu_host.phys_bits;
        break;
    }
}

static void xstate_leaf(const struct vcpu *v, const struct cpuid_policy *p, u32 sub, struct cpuid_regs *r)
{
    u32 size = 512 + 64;

    if (sub >= POLICY_XSTATE)
        return;
    *r = p->xstate[sub];
    if (sub > 1 || !p->xstate[0].a)
        return;
    for (unsigned int i = 2; i < POLICY_XSTATE; i++)
        if (v->arch.xcr0 >> i & 1)
            size = sub ? size + p->xstate[i].a : max(size, p->xstate[i].a + p->xstate[i].b);
    if (sub == 0 || (p->xstate[1].a & 2))        /* compacted size only with XSAVEC */
        r->b = size;
}

static void basic_leaf(const struct vcpu *v, const struct cpuid_policy *p, u32 leaf, u32 sub, struct cpuid_regs *r)
{
    if (leaf > p->basic[0].a)
        return;
    switch (leaf) {
    case 1:
        *r = p->basic[1];
        r->b = (r->b & 0xffffff) | v->id * 2 << 24;
        break;
    case 4:
        if (sub < POLICY_CACHE)
            *r = p->cache[sub];
        break;
    case 7:
        if (sub < POLICY_FEAT && sub <= p->feat[0].a)
            *r = p->feat[sub];
        break;
    case 0xb:
        if (sub < POLICY_TOPO)
            *r = p->topo[sub];
        r->c = (r->c & ~0xffu) | (sub & 0xff);
        r->d = v->id * 2;
        break;
    case 0xd:
        xstate_leaf(v, p, sub, r);
        break;
    default:
        *r = p->basic[leaf];
    }
}

void guest_cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_regs *out)
{
    const struct cpuid_policy *p = v->domain->arch.cpuid;

    *out = (struct cpuid_regs){ 0 };
    if (leaf < POLICY_BASIC)
        basic_leaf(v, p, leaf, subleaf, out);
    else if (leaf >> 8 == XEN_CPUID_FIRST_LEAF >> 8)
        hypervisor_leaf(v->domain, leaf, subleaf, out);
    else if (leaf >= 0x80000000 && leaf <= p->ext[0].a && leaf < 0x80000000 + POLICY_EXT)
        *out = p->ext[leaf - 0x80000000];
}

/* CR4 is the hypervisor's; a guest sees what it wrote of the bits that mean something to it, and those that are always on. */
u64 guest_cr4_fixup(const struct domain *d, u64 value)
{
    const struct cpuid_policy *p = d->arch.cpuid;
    u64 fixed = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT, free = CR4_TSD | CR4_DE;

    if (guest_has_xsave(d))
        fixed |= CR4_OSXSAVE;
    if (p->feat[0].b & 1 && cpu_has(FEATURE_FSGSBASE)) /* the policy is the tools' */
        free |= CR4_FSGSBASE;
    return (value & free) | fixed;
}
