/* SPDX-License-Identifier: GPL-2.0-only */
/* What domctl and sysctl share: tables of commands, bitmaps of the caller's (hypercall/domctl, hypercall/sysctl). */
#ifndef XEN_CONTROL_H
#define XEN_CONTROL_H

#include <xen/hypercall.h>
#include <public/domctl.h>
#include <public/sysctl.h>

/*
 * A command: @d is the domain it is about (referenced; NULL where the row says that it has none), @op is our copy of the
 * argument. Returns what the caller gets, or -ERESTART: the call is made again with the same argument. domctl_lock is held. A command
 * that is preempted keeps its progress in objects, or in domctl_progress, as one of sysctl's does in sysctl_progress.
 */
typedef long domctl_fn(struct domain *d, struct xen_domctl *op);
extern u64 domctl_progress;
#define DOMCTL_NO_DOMAIN 1       /* xen_domctl.domain is not looked up */
#define DOMCTL_OUT       2       /* the argument is copied back on success */
#define DOMCTL_OUT_FAIL  4       /* … and on failure */
#define DOMCTL_OTHER     8       /* not on the caller's own domain: -EINVAL */
#define DOMCTL_PIECES    16      /* XEN_DOMCTL_IN_PIECES is heeded: the domain holds the progress, not domctl_progress */

domctl_fn domctl_createdomain, domctl_destroydomain, domctl_pausedomain, domctl_unpausedomain, domctl_resumedomain,
    domctl_getdomaininfo, domctl_setdomainhandle, domctl_setdebugging, domctl_settimeoffset, domctl_subscribe,
    domctl_set_virq_handler, domctl_set_address_size, domctl_get_address_size;            /* dc_domain.c */
domctl_fn domctl_max_vcpus, domctl_setvcpucontext, domctl_getvcpucontext, domctl_getvcpuinfo, domctl_sendtrigger,
    domctl_set_ext_vcpucontext, domctl_get_ext_vcpucontext;                                                  /* dc_vcpu.c */
domctl_fn domctl_setvcpuaffinity, domctl_getvcpuaffinity, domctl_setnodeaffinity, domctl_getnodeaffinity,
    domctl_scheduler_op;                                                                                     /* dc_sched.c */
domctl_fn domctl_irq_permission, domctl_iomem_permission, domctl_ioport_permission, domctl_memory_mapping;  /* dc_hardware.c */
domctl_fn domctl_assign_device, domctl_test_assign_device, domctl_deassign_device, domctl_get_device_group;  /* dc_iommu.c */
domctl_fn domctl_shadow_op;                                                                                  /* dc_shadow.c */
domctl_fn domctl_max_mem, domctl_getpageframeinfo3, domctl_hypercall_init,
    domctl_get_paging_mempool, domctl_set_paging_mempool;                                                    /* dc_memory.c */
domctl_fn domctl_gettscinfo, domctl_settscinfo, domctl_setvcpuextstate, domctl_getvcpuextstate, domctl_get_vcpu_msrs,
    domctl_set_vcpu_msrs, domctl_get_cpu_policy, domctl_set_cpu_policy;                                      /* dc_cpu.c */

/* Also for getdomaininfolist. */
void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/*
 * As domctl_fn; sysctl_lock is held. A command that can be preempted keeps in sysctl_progress what it has done: 0 where a call
 * begins. The lock guards it; between the parts of a call the caller's third register holds it.
 */
#define CONTROL_GO_ON 0x73797363UL   /* the second register: the call is a continuation */

typedef long sysctl_fn(struct xen_sysctl *op);
extern u64 sysctl_progress;
sysctl_fn sysctl_readconsole, sysctl_debug_keys;                                                             /* sc_console.c */
sysctl_fn sysctl_physinfo, sysctl_getcpuinfo, sysctl_availheap, sysctl_cputopoinfo, sysctl_numainfo, sysctl_pcitopoinfo,
    sysctl_get_cpu_levelling_caps, sysctl_get_cpu_featureset, sysctl_get_cpu_policy;                         /* sc_host.c */
sysctl_fn sysctl_getdomaininfolist, sysctl_sched_id, sysctl_scheduler_op, sysctl_cpupool_op;                 /* sc_domains.c */
sysctl_fn sysctl_get_pmstat, sysctl_cpu_hotplug, sysctl_pm_op;                                               /* sc_power.c */

/* A caller's bitmap: read up to NR_CPUS bits; written as far as it has room, the rest of it zero. 0 or -EFAULT. */
int cpumask_from_guest(cpumask_t *m, const struct xenctl_bitmap *b);
int cpumask_to_guest(const struct xenctl_bitmap *b, const cpumask_t *m);

/* CPU policy entries out to the caller. -ENOBUFS: too little room; @nr_leaves, @nr_msrs say how many in any case. */
struct cpuid_policy;
long policy_to_guest(const struct cpuid_policy *p, gva_t leaves, u32 *nr_leaves, gva_t msrs, u32 *nr_msrs);

#endif
