/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: what the machine is: CPUs, their place and features, memory. */
#include <xen/control.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <x86/cpufeature.h>
#include <x86/cpuid_policy.h>
#include <x86/topology.h>

static void sum_claims(struct domain *d, void *total) { *(u64 *)total += d->outstanding_pages; }

long sysctl_physinfo(struct xen_sysctl *op)
{
    static const u8 hw_cap[8] = { CPU_WORD_1_EDX, CPU_WORD_1_ECX, CPU_WORD_E1_EDX, CPU_WORD_E1_ECX,
                                  CPU_WORD_D1_EAX, CPU_WORD_E7_EDX, CPU_WORD_7_EBX, CPU_WORD_E8_EBX };
    struct xen_sysctl_physinfo *p = &op->u.physinfo;
    u64 claimed = 0;

    *p = (struct xen_sysctl_physinfo){
        .threads_per_core = cpu_threads_per_core(),
        .cores_per_socket = cpu_cores_per_socket(),
        .nr_cpus = cpumask_weight(&cpu_online_map),
        .max_cpu_id = nr_cpu_ids - 1,
        .nr_nodes = 1,
        .cpu_khz = cpu_khz,
        .capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 | XEN_SYSCTL_PHYSCAP_gnttab_v2 |
                        (iommu_enabled ? XEN_SYSCTL_PHYSCAP_directio : 0),
        .total_pages = total_pages(),
        .free_pages = free_pages_total(),
        .max_mfn = max_frame - 1,
    };
    domain_for_each(sum_claims, &claimed);
    p->outstanding_pages = claimed;
    for (unsigned int i = 0; i < ARRAY_SIZE(hw_cap); i++)
        p->hw_cap[i] = cpu_host.word[hw_cap[i]];
    return 0;
}

#define CPUS_PER_CHECK 256u    /* of 60 instructions */

/* The record of CPU @i was written, of @n. True: work is pending, and the call goes on at sysctl_progress. */
static bool cpu_written(u32 i, u32 n)
{
    sysctl_progress = i + 1;
    return (i + 1) % CPUS_PER_CHECK == 0 && i + 1 < n && preempt_check();
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
    u32 n = min(g->max_cpus, (u32)nr_cpu_ids);

    for (u32 i = (u32)sysctl_progress; i < n; i++) {
        struct xen_sysctl_cpuinfo info = { .idletime = cpumask_test(i, &cpu_online_map) ? sched_idle_time(i) : 0 };

        if (copy_to_guest(gva_add(handle_gva(g->info), i * sizeof(info)), &info, sizeof(info)))
            return -EFAULT;
        if (cpu_written(i, n))
            return -ERESTART;
    }
    g->nr_cpus = n;
    return 0;
}

long sysctl_availheap(struct xen_sysctl *op)
{
    struct xen_sysctl_availheap *a = &op->u.availheap;
    u64 pages;

    if (a->node > 0) {
        a->avail_bytes = 0;
        return 0;
    }
    pages = a->max_bitwidth && a->max_bitwidth < 64 ? free_pages_below(a->max_bitwidth) : free_pages_total();
    if (a->min_bitwidth && a->min_bitwidth < 64)
        pages -= min(pages, (u64)free_pages_below(a->min_bitwidth));
    a->avail_bytes = pages << PAGE_SHIFT;
    return 0;
}

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
    gva_t at = handle_gva(t->cputopo);
    u32 n = nr_cpu_ids;

    if (gva_x(at))
        n = min(n, t->num_cpus);
    for (u32 i = (u32)sysctl_progress; i < n && gva_x(at); i++) {
        struct xen_sysctl_cputopo c = { XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID };

        if (cpumask_test(i, &cpu_online_map))
            c = (struct xen_sysctl_cputopo){ cpu_core_id(i), cpu_socket_id(i), 0 };
        if (copy_to_guest(gva_add(at, i * sizeof(c)), &c, sizeof(c)))
            return -EFAULT;
        if (cpu_written(i, n))
            return -ERESTART;
    }
    t->num_cpus = n;
    return 0;
}

/* One node with all memory; its distance to itself is 10, as ACPI's SLIT has it. */
long sysctl_numainfo(struct xen_sysctl *op)
{
    struct xen_sysctl_numainfo *n = &op->u.numainfo;
    struct xen_sysctl_meminfo m = { .memsize = total_pages() << PAGE_SHIFT, .memfree = free_pages_total() << PAGE_SHIFT };
    u32 distance = 10;
    bool any = gva_x(handle_gva(n->meminfo)) || gva_x(handle_gva(n->distance));

    if (any && !n->num_nodes)
        return 0;
    if (gva_x(handle_gva(n->meminfo)) && copy_to_guest(handle_gva(n->meminfo), &m, sizeof(m)))
        return -EFAULT;
    if (gva_x(handle_gva(n->distance)) && copy_to_guest(handle_gva(n->distance), &distance, sizeof(distance)))
        return -EFAULT;
    n->num_nodes = 1;
    return 0;
}

#define PCI_DEVICES_PER_CALL 4096

/* Every device is at node 0. Of more than a call's share as many are done as num_devs then says. Preemptible. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_pcitopoinfo *p = &op->u.pcitopoinfo;
    u32 node = 0;

    if (!gva_x(handle_gva(p->devs)) || !gva_x(handle_gva(p->nodes)))
        return -EINVAL;
    p->num_devs = min(p->num_devs, (u32)PCI_DEVICES_PER_CALL);
    while (sysctl_progress < p->num_devs) {
        if (copy_to_guest(gva_add(handle_gva(p->nodes), sysctl_progress * sizeof(node)), &node, sizeof(node)))
            return -EFAULT;
        if (++sysctl_progress < p->num_devs && preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* CPUID is emulated for those who use the prefix; nothing is masked for the others. */
long sysctl_get_cpu_levelling_caps(struct xen_sysctl *op)
{
    op->u.cpu_levelling_caps.caps = 0;
    return 0;
}

long sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
    static const u8 policy[] = {
        [XEN_SYSCTL_cpu_featureset_raw] = POLICY_RAW, [XEN_SYSCTL_cpu_featureset_host] = POLICY_HOST,
        [XEN_SYSCTL_cpu_featureset_pv] = POLICY_PV_DEFAULT, [XEN_SYSCTL_cpu_featureset_hvm] = POLICY_HVM_DEFAULT,
        [XEN_SYSCTL_cpu_featureset_pv_max] = POLICY_PV_MAX, [XEN_SYSCTL_cpu_featureset_hvm_max] = POLICY_HVM_MAX,
    };
    struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;
    const struct cpuid_policy *p;
    u32 words[NR_FEATURE_WORDS], n = min(f->nr_features, (u32)NR_FEATURE_WORDS);

    if (f->index >= ARRAY_SIZE(policy))
        return -EINVAL;
    p = cpuid_policy_system(policy[f->index]);
    if (!p)
        return -EOPNOTSUPP;
    if (!gva_x(handle_gva(f->features))) {
        f->nr_features = NR_FEATURE_WORDS;
        return 0;
    }
    cpuid_policy_featureset(p, words);
    if (copy_to_guest(handle_gva(f->features), words, n * sizeof(words[0])))
        return -EFAULT;
    f->nr_features = n;
    return n < NR_FEATURE_WORDS ? -ENOBUFS : 0;
}

long sysctl_get_cpu_policy(struct xen_sysctl *op)
{
    struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
    const struct cpuid_policy *policy = cpuid_policy_system(p->index);

    if (p->_rsvd)
        return -EINVAL;
    if (!policy)
        return p->index <= XEN_SYSCTL_cpu_policy_hvm_default ? -EOPNOTSUPP : -EINVAL;
    return policy_to_guest(policy, handle_gva(p->leaves), &p->nr_leaves, handle_gva(p->msrs), &p->nr_msrs);
}
