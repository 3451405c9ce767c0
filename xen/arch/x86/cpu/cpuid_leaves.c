/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID policies as lists of leaves, the form in which tools read and set them. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/cpuid_policy.h>

void cpuid_policy_bound(struct cpuid_policy *p);

struct part { u32 first, count, leaf; bool by_subleaf; size_t offset; };

static const struct part parts[] = {
    { 0, POLICY_BASIC, 0, false, offsetof(struct cpuid_policy, basic) },
    { 0, POLICY_CACHE, 4, true, offsetof(struct cpuid_policy, cache) },
    { 0, POLICY_FEAT, 7, true, offsetof(struct cpuid_policy, feat) },
    { 0, POLICY_TOPO, 0xb, true, offsetof(struct cpuid_policy, topo) },
    { 0, POLICY_XSTATE, 0xd, true, offsetof(struct cpuid_policy, xstate) },
    { 0, POLICY_EXT, 0x80000000, false, offsetof(struct cpuid_policy, ext) },
};

static bool has_subleaves(u32 leaf)
{
    return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

/* How many rows of a part say something. */
static u32 part_used(const struct cpuid_policy *p, const struct part *part)
{
    switch (part->leaf) {
    case 0: return min(p->basic[0].a + 1, part->count);
    case 7: return p->basic[0].a >= 7 ? min(p->feat[0].a + 1, part->count) : 0;
    case 0x80000000: return p->ext[0].a >> 16 == 0x8000 ? min((p->ext[0].a & 0xffff) + 1, part->count) : 0;
    default: return p->basic[0].a >= part->leaf ? part->count : 0;
    }
}

unsigned int cpuid_policy_to_leaves(const struct cpuid_policy *p, xen_cpuid_leaf_t *out)
{
    unsigned int n = 0;

    for (const struct part *part = parts; part < parts + ARRAY_SIZE(parts); part++) {
        const struct cpuid_regs *r = (const void *)((const char *)p + part->offset);

        for (u32 i = 0; i < part_used(p, part); i++) {
            if (!part->by_subleaf && has_subleaves(part->leaf + i))
                continue;
            out[n++] = (xen_cpuid_leaf_t){ part->by_subleaf ? part->leaf : part->leaf + i,
                                           part->by_subleaf ? i : XEN_CPUID_NO_SUBLEAF, r[i].a, r[i].b, r[i].c, r[i].d };
        }
    }
    return n;
}

static struct cpuid_regs *find_leaf(struct cpuid_policy *p, const xen_cpuid_leaf_t *l)
{
    for (const struct part *part = parts; part < parts + ARRAY_SIZE(parts); part++) {
        u32 i = part->by_subleaf ? l->subleaf : l->leaf - part->leaf;

        if (part->by_subleaf ? l->leaf != part->leaf : l->leaf < part->leaf || has_subleaves(l->leaf))
            continue;
        if (i < part->count && (part->by_subleaf || l->subleaf == XEN_CPUID_NO_SUBLEAF))
            return (struct cpuid_regs *)((char *)p + part->offset) + i;
    }
    return NULL;
}

/*
 * Leaves that tools send although no policy of ours has them: the limits of the hypervisor's own leaves, which are not
 * theirs to set, and anything that says nothing.
 */
static bool may_ignore(const xen_cpuid_leaf_t *l)
{
    return l->leaf >> 16 == 0x4000 || !(l->a | l->b | l->c | l->d);
}

int cpuid_policy_from_leaves(struct domain *d, const xen_cpuid_leaf_t *in, unsigned int n, u32 *bad_leaf, u32 *bad_subleaf)
{
    struct cpuid_policy *p = xzalloc(sizeof(*p));
    int rc = 0;

    if (!p)
        return -ENOMEM;
    *p = *d->arch.cpuid;
    for (unsigned int i = 0; i < n; i++) {
        struct cpuid_regs *r = find_leaf(p, &in[i]);

        if (!r && may_ignore(&in[i]))
            continue;
        if (!r) {
            *bad_leaf = in[i].leaf;
            *bad_subleaf = in[i].subleaf;
            rc = -ERANGE;
            goto out;
        }
        *r = (struct cpuid_regs){ in[i].a, in[i].b, in[i].c, in[i].d };
    }
    cpuid_policy_bound(p);
    *d->arch.cpuid = *p;
out:
    xfree(p);
    return rc;
}
