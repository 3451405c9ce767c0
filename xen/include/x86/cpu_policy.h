/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUID and MSRs say, as tools read and write it (arch/x86/cpu/cpuid_policy*.c). Owner: PV. */
#ifndef X86_CPU_POLICY_H
#define X86_CPU_POLICY_H

#include <xen/types.h>
#include <public/xen.h>

struct domain;
struct cpuid_policy;

/* One of the host's by XEN_SYSCTL_cpu_policy_*; NULL where there is none (hardware-virtualized ones). */
const struct cpuid_policy *cpu_policy_host(unsigned int index);
/* Writes at most @room entries and returns how many there are. */
unsigned int cpu_policy_leaves(const struct cpuid_policy *p, struct xen_cpuid_leaf *out, unsigned int room);
unsigned int cpu_policy_msrs(const struct cpuid_policy *p, struct xen_msr_entry *out, unsigned int room);
/* Changes @d's policy; all or nothing. -EINVAL with @err = leaf, subleaf, msr that was refused (~0 where not). Domain paused. */
int cpu_policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned int nr_leaves,
                   const struct xen_msr_entry *msrs, unsigned int nr_msrs, u32 err[3]);
/* Words of features by XEN_SYSCTL_cpu_featureset_*; at most @room are written. Returns how many there are, 0 for none such. */
unsigned int cpu_featureset(unsigned int index, u32 *words, unsigned int room);

#endif
