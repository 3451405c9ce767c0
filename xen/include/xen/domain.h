/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains and vCPUs: identity, life, references (common/domain.c). A domain
 * structure is one page of the direct map, so that a frame can name its owner in 32 bits.
 *
 * Life: domain_create → (paused by the creator) → unpause … → domain_kill (dying) →
 * resources relinquished in preemptible steps → last reference → freed.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include <xen/cpumask.h>
#include <xen/event.h>
#include <xen/frame.h>
#include <xen/list.h>
#include <xen/log_dirty.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <public/xen.h>
#include <public/vcpu.h>
#include <x86/arch_domain.h>

#define MAX_VCPUS      128            /* more than 32 need registered vcpu_info areas */

struct evtchn_table;                  /* common/event.h's own */
struct grant_table;
struct domain_iommu;
struct sched_vcpu;                    /* common/sched_credit.c */
struct rangeset;

/* Bits of vcpu.pause_flags. A vCPU is runnable when none is set and both pause counts (its own and its domain's) are 0. */
#define VPF_BLOCKED    (1u << 0)      /* waits for an event */
#define VPF_DOWN       (1u << 1)      /* VCPUOP_down or never up */
#define VPF_POLLING    (1u << 2)      /* SCHEDOP_poll; always with VPF_BLOCKED */
#define VPF_LOCK_WAIT  (1u << 3)      /* sleeps until its turn at its domain's pt_lock; always with VPF_BLOCKED */

struct vcpu {
    struct domain *domain;
    unsigned int id;
    unsigned int cpu;                 /* where it runs or ran last; changed by the scheduler under its lock */
    struct vcpu_info *info;           /* never NULL: shared_info slot, registered area or a private dummy */
    struct frame_info *info_frame;    /* held while a registered area is in use */

    u32 pause_flags;                  /* atomic, VPF_* */
    int32_t pause_count;              /* vcpu_pause nesting; atomic */
    bool paused_for_shutdown;         /* one of pause_count is domain_shutdown's; domain.lock */
    bool is_running;                  /* on a CPU now (scheduler) */
    bool is_initialised;              /* has a context (VCPUOP_initialise, setvcpucontext) */
    bool is_idle;
    bool force_context_switch;
    bool crash_queued;                /* crash_work is queued; the vCPU's own CPU */
    struct tasklet crash_work;        /* domain_crash() with interrupts off; the vCPU is paused while it is queued */

    struct sched_vcpu *sched;         /* scheduler's part */
    cpumask_t hard_affinity, soft_affinity;   /* scheduler lock */
    cpumask_t may_run;                /* hard_affinity within the pool's CPUs; scheduler lock */
    cpumask_t hard_saved;             /* hard_affinity before SCHEDOP_pin_override */
    bool affinity_overridden;
    bool migrate_pending;             /* has to leave v->cpu once its state is saved; scheduler lock */
    struct vcpu_runstate_info runstate;       /* scheduler lock; state_entry_time in system time */
    u64 runstate_guest;               /* gva of the guest's area, 0 none */
    u64 time_guest;                   /* gva of the secondary time area, 0 none */

    struct timer singleshot_timer, periodic_timer, poll_timer;
    u64 periodic_period, periodic_last;       /* ns */
    u32 poll_port;                    /* SCHEDOP_poll on one port: that port; 0 several or none */
    u32 virq_port[24];                /* port of each virq, 0 none; evtchn lock */
    struct evtchn_fifo_vcpu *evtchn_fifo;
    unsigned int evtchn_irqs_pending; /* scratch of event code */

    struct arch_vcpu arch;
};

enum domain_guest_type { GUEST_PV };  /* the one place where "PV" is said; see struct guest_ops */

struct domain {
    u16 id;
    bool is_privileged;               /* dom0: may call control operations */
    bool is_idle;
    enum { DOMAIN_ALIVE, DOMAIN_DYING, DOMAIN_DEAD } dying;
    bool is_shutting_down, is_shut_down;
    bool creation_finished;
    bool debugger_attached;
    u32 shutdown_code;                /* SHUTDOWN_* of public/sched.h; ~0 none */
    int32_t pause_count;              /* domain_pause nesting; atomic */
    int32_t controller_pause_count;   /* part of pause_count that the toolstack holds; 1 from creation on; domain.lock */
    int32_t refs;                     /* atomic; domain_get / domain_put */
    u8 handle[16];
    u32 ssidref;
    u64 create_flags;                 /* XEN_DOMCTL_CDF_* */
    u64 vm_assist;

    spinlock_t lock;                  /* vCPU set, life, pause counts, is_shutting_down */
    struct vcpu **vcpu;               /* max_vcpus slots; a slot is written once */
    unsigned int max_vcpus;
    struct shared_info *shared_info;  /* xen page shared with the guest */

    spinlock_t page_lock;             /* page lists, tot_pages and all to xenheap_pages */
    struct frame_list page_list;      /* guest RAM */
    struct frame_list old_frames;     /* no longer its own, to be freed (common/memory_exchange.c) */
    struct frame_list new_extents;    /* not its own yet, first frames of extents (there) */
    struct frame_list xen_page_list;  /* FRAME_XENHEAP pages */
    u64 tot_pages, max_pages, outstanding_pages;
    u64 pages_to_come;                /* those of tot_pages that are not on page_list: the rest of growths, stolen frames */
    struct extent_growth *growths;    /* extents of which it does not have all frames yet (common/memory_grow.c) */
    u64 xenheap_pages, shr_pages, paged_pages;

    struct evtchn_table *evtchn;
    struct grant_table *grant;
    unsigned int poll_mask_count;
    unsigned long poll_mask[BITS_TO_LONGS(MAX_VCPUS)];

    struct rangeset *irq_caps, *iomem_caps, *ioport_caps;   /* what hardware it may touch */
    bool has_devices;                 /* was given device memory or ports: caches are its business. Never taken back, as entries
                                         with cache attributes may outlive the right */

    struct domain_iommu *iommu;       /* xen/iommu.h: what its devices reach; NULL: it never had one. Set once, until it is freed */

    bool check_paused;                /* by the check of the frame table (common/frame_key.c) */

    struct log_dirty log_dirty;       /* which pages were written, for live migration */

    u32 pool_id;                      /* common/cpupool.c, with pool_link */
    struct list_head pool_link;
    cpumask_t pool_cpus;              /* the pool's; see common/cpupool.c, as for the following two */
    u32 pool_generation;              /* of the pool's CPUs, which this domain follows */
    u32 pool_next_vcpu;               /* progress of following; 0: not begun */
    cpumask_t dirty_cpus;             /* CPUs that may hold its TLB entries; context_switch, atomic */
    s64 time_offset_seconds;
    struct domain *next_in_list;      /* ascending ids; domlist lock */
    struct domain *next_in_hash;      /* domlist lock */
    struct domain *next_dead;         /* waits for its memory to be freed; domlist lock */
    u32 suspend_evtchn;               /* port told of a suspend (XEN_DOMCTL_subscribe), 0 none */
    struct timer watchdog_timer[2];   /* SCHEDOP_watchdog */
    u32 watchdog_inuse;               /* bit per timer; domain.lock */
    void *sched_dom;                  /* scheduler's part */
    struct arch_domain arch;
};
_Static_assert(sizeof(struct domain) <= PAGE_SIZE, "one page a domain");

extern struct domain *dom0;           /* hardware and control domain, set once */
extern struct domain *dom_xen;        /* DOMID_XEN: owner of hypervisor pages lent out */
extern struct domain *dom_io;         /* DOMID_IO: MMIO frames */
extern struct domain *idle_domain;
static inline struct vcpu *idle_vcpu(unsigned int cpu);

struct domain_config {                /* decoded from domctl or from the boot code */
    u32 max_vcpus, max_evtchn_port, max_grant_frames, max_maptrack_frames, grant_max_version;
    u64 flags;
    u8 handle[16];
    u32 ssidref;
    u32 pool_id;
};
/* Creates domain @id, without vCPUs' contexts. NULL with *@err. The creator owns one reference; domain paused. */
struct domain *domain_create(u16 id, const struct domain_config *cfg, bool privileged, int *err);
struct vcpu *vcpu_create(struct domain *d, unsigned int id);
/* By id, with a reference (domain_put it); NULL when none or DEAD. DOMID_SELF is resolved. */
struct domain *domain_get_by_id(u16 id);
bool domain_get(struct domain *d);
void domain_put(struct domain *d);
/* Remote domain as an argument names it: DOMID_SELF or any when privileged; else -ESRCH / -EPERM. */
int domain_get_target(u16 id, struct domain **out);

void domain_pause(struct domain *d);          /* waits until no vCPU runs; not one's own */
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);

void domain_shutdown(struct domain *d, u32 reason);   /* SHUTDOWN_*; dom0's follows noreboot and reboots or halts */
void domain_resume(struct domain *d);
/* -ERESTART until all is relinquished; the caller re-issues. */
int domain_kill(struct domain *d);
/* The guest broke its contract: message (printk'd with registers and @fmt), then shutdown(CRASH). Current vCPU's domain or @d paused. */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);

/* Iterates over all domains with the list lock; *no* sleeping inside. */
void domain_for_each(void (*fn)(struct domain *, void *), void *arg);
#define for_each_vcpu(d, v) \
    for (unsigned int i_##v = 0; i_##v < (d)->max_vcpus; i_##v++) \
        if (((v) = (d)->vcpu[i_##v]) != NULL)
static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned int id)
{
    return id < d->max_vcpus ? __atomic_load_n(&d->vcpu[id], __ATOMIC_ACQUIRE) : NULL;
}
static inline struct vcpu *idle_vcpu(unsigned int cpu) { return idle_domain->vcpu[cpu]; }
static inline bool is_hardware_domain(const struct domain *d) { return d == dom0; }

/* VIRQ_TIMER every @period ns from now on; 0 stops. */
void vcpu_set_periodic_timer(struct vcpu *v, u64 period);

/* vcpu_info placement (VCPUOP_register_vcpu_info). */
int vcpu_map_info(struct vcpu *v, gfn_t gfn, unsigned int offset);
void vcpu_unmap_info(struct vcpu *v);
/* The info of vCPUs from 32 on until they register one; never seen by a guest. */
extern struct vcpu_info dummy_vcpu_info;
void domain_init(void);               /* boot: special domains, idle domain */
struct vcpu *idle_vcpu_create(unsigned int cpu);      /* NULL: no memory */
/* Lowest free id from a rover on, 0 none left. */
u16 domain_free_id(void);
/* Referenced domain with the lowest id >= @id, NULL none. For getdomaininfolist. */
struct domain *domain_get_next(u16 id);
/* SCHEDOP_watchdog; see public/sched.h for the errors. */
int domain_watchdog(struct domain *d, u32 id, u32 timeout);
static inline bool vcpu_runnable(const struct vcpu *v)
{
    return !(READ_ONCE(v->pause_flags) | READ_ONCE(v->pause_count) | READ_ONCE(v->domain->pause_count));
}

#endif
