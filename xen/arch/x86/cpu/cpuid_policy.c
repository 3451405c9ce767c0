/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID policies: read from the machine, cut down to what a PV guest may use. A feature that is not named in
 * pv_features[] is hidden, so that a new CPU cannot show guests what nobody has thought about.
 * Bits: Intel SDM vol. 2A CPUID, AMD64 vol. 3 appendix E, and the public list of feature words.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/cpuid_policy.h>
#include <x86/fpu.h>

enum reg { A, B, C, D };
enum array { BASIC, FEAT, XSTATE, EXT, NONE };

struct feature_word {
    enum array array;
    u8 index;
    enum reg reg;
    u32 pv;                /* what a PV guest may see */
};

/* Not for guests in ring 3 with their own page tables checked by us: VME, PSE, PGE, MTRR, PSE36, PCID, SMEP, SMAP, UMIP, PKU,
 * large pages, x2APIC, TSC deadline, MONITOR, VMX, SVM, performance and trace units; nor what needs MSRs that we do not
 * virtualize (speculation controls, TSX, architectural capabilities). */
static const struct feature_word feature_word[NR_FEATURE_WORDS] = {
    [0] = { BASIC, 1, D, 0x0fc9cbf5 },
    [1] = { BASIC, 1, C, 0xf6d83203 },
    [2] = { EXT, 0x01, D, 0xea500800 },
    [3] = { EXT, 0x01, C, 0x000109e1 | 1u << 11 | 1u << 21 },
    [4] = { XSTATE, 1, A, 0x00000007 },
    [5] = { FEAT, 0, B, 0xfdaf0b39 & ~(1u << 4 | 1u << 11 | 1u << 26 | 1u << 27) },
    [6] = { FEAT, 0, C, 0x1a405f43 & ~(1u << 0) },
    [7] = { EXT, 0x07, D, 0 },
    [8] = { EXT, 0x08, B, 1u << 0 | 1u << 2 },
    [9] = { FEAT, 0, D, 1u << 4 | 1u << 14 },
    [10] = { FEAT, 1, A, 0x00001c30 },
    [11] = { EXT, 0x21, A, 1u << 2 | 1u << 6 },
    [12] = { FEAT, 1, B, 0 },
    [13] = { FEAT, 2, D, 0 },
    [14] = { FEAT, 1, C, 0 },
    [15] = { FEAT, 1, D, 0 },
    [16 ... 19] = { NONE, 0, A, 0 },
};

#define AMD_COMMON_1D   0x0183f3ffu  /* bits of 1.edx that AMD repeats in 80000001.edx */
#define BIT_XSAVE       26
#define BIT_OSXSAVE     27
#define BIT_HYPERVISOR  31

static struct cpuid_policy raw_policy, host_policy, pv_max_policy;

static u32 *word_of(struct cpuid_policy *p, unsigned int w)
{
    const struct feature_word *f = &feature_word[w];
    struct cpuid_regs *r;

    switch (f->array) {
    case BASIC: r = &p->basic[f->index]; break;
    case FEAT: r = &p->feat[f->index]; break;
    case XSTATE: r = &p->xstate[f->index]; break;
    case EXT: r = &p->ext[f->index]; break;
    default: return NULL;
    }
    return &r->a + f->reg;
}

void cpuid_policy_featureset(const struct cpuid_policy *p, u32 words[NR_FEATURE_WORDS])
{
    for (unsigned int w = 0; w < NR_FEATURE_WORDS; w++) {
        const u32 *word = word_of((struct cpuid_policy *)p, w);

        words[w] = word ? *word : 0;
    }
}

static void read_leaf(struct cpuid_regs *r, u32 leaf, u32 sub)
{
    cpuid_count(leaf, sub, &r->a, &r->b, &r->c, &r->d);
}

/* For a CPU without any: what every 64-bit system asks for. */
static void make_extended_leaves(struct cpuid_policy *p)
{
    p->ext[0].a = 0x80000008;
    p->ext[1].d = cpu_host.word[CPU_WORD_E1_EDX];
    p->ext[8].a = cpu_host.phys_bits | cpu_host.virt_bits << 8;
}

static void read_raw(struct cpuid_policy *p)
{
    u32 max = cpuid_eax(0), max_ext = cpuid_eax(0x80000000);

    for (u32 i = 0; i < POLICY_BASIC && i <= max; i++)
        if (i != 4 && i != 7 && i != 0xb && i != 0xd)
            read_leaf(&p->basic[i], i, 0);
    for (u32 i = 0; i < POLICY_CACHE && max >= 4; i++)
        read_leaf(&p->cache[i], 4, i);
    if (max >= 7) {
        read_leaf(&p->feat[0], 7, 0);
        for (u32 i = 1; i < POLICY_FEAT && i <= p->feat[0].a; i++)
            read_leaf(&p->feat[i], 7, i);
    }
    for (u32 i = 0; i < POLICY_TOPO && max >= 0xb; i++)
        read_leaf(&p->topo[i], 0xb, i);
    if (max >= 0xd && (p->basic[1].c >> BIT_XSAVE & 1))
        for (u32 i = 0; i < POLICY_XSTATE; i++)
            read_leaf(&p->xstate[i], 0xd, i);
    if (max_ext >> 16 == 0x8000)
        for (u32 i = 0; i < POLICY_EXT && 0x80000000 + i <= max_ext; i++)
            read_leaf(&p->ext[i], 0x80000000 + i, 0);
    else
        make_extended_leaves(p);
}

/* Sizes for the features in @mask, in the standard format: the end of the last one. */
static u32 xstate_size(const struct cpuid_policy *p, u64 mask)
{
    u32 size = 512 + 64;

    for (unsigned int i = 2; i < POLICY_XSTATE; i++)
        if (mask >> i & 1)
            size = max(size, p->xstate[i].a + p->xstate[i].b);
    return size;
}

/* XSAVE's leaf follows from the features that use each part of the state. */
static void fix_xstate(struct cpuid_policy *p)
{
    u64 mask = 3;
    u32 features = p->xstate[1].a;

    if (!(p->basic[1].c >> BIT_XSAVE & 1) || !xfeature_mask) {
        p->basic[1].c &= ~(1u << BIT_XSAVE | 1u << BIT_OSXSAVE | 1u << 28 | 1u << 12 | 1u << 29);
        p->feat[0].b &= ~(1u << 5 | 0xfc230000u);
        p->feat[0].c &= ~(1u << 1 | 1u << 6 | 0x5e00u);                /* AVX-512, VAES, VPCLMULQDQ */
        p->feat[0].d &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 23);     /* AVX-512 */
        p->feat[1].a &= ~(1u << 4 | 1u << 5);                          /* AVX-VNNI, BF16 */
        p->ext[1].c &= ~(1u << 11 | 1u << 16 | 1u << 15);              /* XOP, FMA4, LWP */
        memset(p->xstate, 0, sizeof(p->xstate));
        return;
    }
    if (p->basic[1].c >> 28 & 1)
        mask |= 4;
    if (p->feat[0].b >> 16 & 1)
        mask |= 0xe0;
    mask &= xfeature_mask;
    for (unsigned int i = 2; i < POLICY_XSTATE; i++)
        if (!(mask >> i & 1))
            p->xstate[i] = (struct cpuid_regs){ 0 };
    p->xstate[0] = (struct cpuid_regs){ mask, 0, xstate_size(p, mask), 0 };
    p->xstate[1] = (struct cpuid_regs){ features, 0, 0, 0 };
}

/* vCPUs are shown as single cores, one a package: the machine's layout says nothing about where a vCPU runs. */
static void fix_topology(struct cpuid_policy *p)
{
    p->basic[1].b = (p->basic[1].b & 0x0000ff00) | 1u << 16;
    for (unsigned int i = 0; i < POLICY_CACHE; i++)
        p->cache[i].a &= 0x3fff;
    memset(p->topo, 0, sizeof(p->topo));
    p->ext[8].c = 0;
}

/* Leaves about power, thermal and performance units, and whatever is reserved, read as zero. */
static void clear_leaves(struct cpuid_policy *p)
{
    static const u8 basic[] = { 3, 5, 6, 8, 9, 0xa, 0xc };
    struct cpuid_regs *e = p->ext;

    for (unsigned int i = 0; i < ARRAY_SIZE(basic); i++)
        p->basic[basic[i]] = (struct cpuid_regs){ 0 };
    for (unsigned int i = 9; i < POLICY_EXT; i++)
        if (i != 0x19 && i != 0x1a && i != 0x21)
            e[i] = (struct cpuid_regs){ 0 };
    e[7] = (struct cpuid_regs){ .d = e[7].d };
    e[8].d = 0;
    e[0x21] = (struct cpuid_regs){ .a = e[0x21].a };
    for (unsigned int i = 0; i < POLICY_FEAT; i++)
        if (i)
            p->feat[i].c = 0;
}

static void limit_leaves(struct cpuid_policy *p)
{
    u32 feat_max = p->feat[2].a | p->feat[2].b | p->feat[2].c | p->feat[2].d ? 2 :
                   p->feat[1].a | p->feat[1].b | p->feat[1].c | p->feat[1].d ? 1 : 0;

    p->basic[0].a = min(p->basic[0].a, (u32)(POLICY_BASIC - 1));
    p->feat[0].a = min(p->feat[0].a, feat_max);
    p->ext[0].a = min(p->ext[0].a, 0x80000000u + (POLICY_EXT - 1));
}

/* @p holds wishes; the result is at most what @limit and a PV guest's rules allow. */
static void bound_policy(struct cpuid_policy *p, const struct cpuid_policy *limit)
{
    struct cpuid_policy *l = (struct cpuid_policy *)limit;

    for (unsigned int w = 0; w < NR_FEATURE_WORDS; w++)
        if (word_of(p, w))
            *word_of(p, w) &= *word_of(l, w) & feature_word[w].pv;
    if (p->ext[1].d >> 11 & 1 && raw_policy.ext[1].d & AMD_COMMON_1D)
        p->ext[1].d |= p->basic[1].d & AMD_COMMON_1D;
    p->basic[1].c |= 1u << BIT_HYPERVISOR;
    clear_leaves(p);
    fix_topology(p);
    fix_xstate(p);
    if (p->basic[1].c >> BIT_XSAVE & 1)
        p->basic[1].c |= 1u << BIT_OSXSAVE;      /* CR4.OSXSAVE is ours and always on */
    p->basic[0].a = min(p->basic[0].a, l->basic[0].a);
    p->ext[0].a = min(p->ext[0].a, l->ext[0].a);
    limit_leaves(p);
}

static void init_system_policies(void)
{
    static bool done;

    if (done)
        return;
    read_raw(&raw_policy);
    host_policy = raw_policy;
    limit_leaves(&host_policy);
    pv_max_policy = host_policy;
    bound_policy(&pv_max_policy, &host_policy);
    done = true;
}

const struct cpuid_policy *cpuid_policy_system(unsigned int index)
{
    static const struct cpuid_policy *const table[] = {
        [POLICY_RAW] = &raw_policy, [POLICY_HOST] = &host_policy, [POLICY_PV_MAX] = &pv_max_policy,
        [POLICY_PV_DEFAULT] = &pv_max_policy, [POLICY_HVM_DEFAULT] = NULL,
    };

    init_system_policies();
    return index < ARRAY_SIZE(table) ? table[index] : NULL;
}

int cpuid_policy_init(struct domain *d)
{
    struct cpuid_policy *p = xzalloc(sizeof(*p));

    if (!p)
        return -ENOMEM;
    init_system_policies();
    *p = pv_max_policy;
    d->arch.cpuid = p;
    return 0;
}

void cpuid_policy_destroy(struct domain *d)
{
    xfree(d->arch.cpuid);
    d->arch.cpuid = NULL;
}

void cpuid_policy_bound(struct cpuid_policy *p);
void cpuid_policy_bound(struct cpuid_policy *p)
{
    bound_policy(p, &pv_max_policy);
}
