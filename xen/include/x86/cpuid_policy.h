/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUID shows: the policy of the machine, the most that a PV guest may see of it, and each domain's own.
 * A policy is CPUID's own answers, so that tools read and write it leaf by leaf (domctl get/set_cpu_policy).
 * Owner: PV. arch/x86/cpu/cpuid_policy.c makes policies, cpuid_guest.c answers guests, cpuid_leaves.c talks to tools.
 */
#ifndef X86_CPUID_POLICY_H
#define X86_CPUID_POLICY_H

#include <xen/types.h>
#include <public/xen.h>

struct domain;
struct vcpu;

struct cpuid_regs { u32 a, b, c, d; };

#define POLICY_BASIC   0xe       /* leaves 0 to 0xd; 4, 7, 0xb and 0xd are in the arrays by sub-leaf */
#define POLICY_CACHE   6
#define POLICY_FEAT    3
#define POLICY_TOPO    2
#define POLICY_XSTATE  16
#define POLICY_EXT     0x22      /* 0x80000000 to 0x80000021 */

struct cpuid_policy {
    struct cpuid_regs basic[POLICY_BASIC], cache[POLICY_CACHE], feat[POLICY_FEAT], topo[POLICY_TOPO],
                      xstate[POLICY_XSTATE], ext[POLICY_EXT];
};

/* Feature words in the order of the public featureset (which CPUID leaf and register each is: cpuid_policy.c). */
#define NR_FEATURE_WORDS 20

/* Indices of XEN_SYSCTL_get_cpu_policy and get_cpu_featureset. */
enum { POLICY_RAW, POLICY_HOST, POLICY_PV_MAX, POLICY_HVM_MAX, POLICY_PV_DEFAULT, POLICY_HVM_DEFAULT };
/* NULL for an index that we have not (hardware-virtualized guests). */
const struct cpuid_policy *cpuid_policy_system(unsigned int index);
void cpuid_policy_featureset(const struct cpuid_policy *p, u32 words[NR_FEATURE_WORDS]);

int cpuid_policy_init(struct domain *d);         /* the default one; -ENOMEM */
void cpuid_policy_destroy(struct domain *d);

#define CPUID_POLICY_MAX_LEAVES (POLICY_BASIC + POLICY_CACHE + POLICY_FEAT + POLICY_TOPO + POLICY_XSTATE + POLICY_EXT)
/* As a list, at most CPUID_POLICY_MAX_LEAVES: returns how many. */
unsigned int cpuid_policy_to_leaves(const struct cpuid_policy *p, xen_cpuid_leaf_t *out);
/* @d is paused. Takes over @n leaves, each bounded by what a PV guest may see. -ERANGE: a leaf that no policy has, in *@bad. */
int cpuid_policy_from_leaves(struct domain *d, const xen_cpuid_leaf_t *in, unsigned int n, u32 *bad_leaf, u32 *bad_subleaf);

/* CPUID as the current vCPU @v sees it. */
void guest_cpuid(const struct vcpu *v, u32 leaf, u32 subleaf, struct cpuid_regs *out);
bool guest_has_xsave(const struct domain *d);
/* What a guest reads back after it wrote @value to CR4. */
u64 guest_cr4_fixup(const struct domain *d, u64 value);

#endif
