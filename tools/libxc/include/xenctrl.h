/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxc: control of a Xen-compatible hypervisor from dom0's user space.
 *
 * Everything a toolstack asks of the hypervisor goes through here: domains,
 * memory, scheduling, host information, event channels and grants.  The PV
 * domain builder is in <xenbuild.h>.
 *
 * Conventions
 *  - Functions return 0 (or, where said, a count or port >= 0) on success and
 *    a negative errno on failure.  They never touch errno's meaning for you.
 *  - Functions that take a `struct xc_handle *` leave a description of the last
 *    failure in it: see xc_error_text() and struct xc_error.
 *  - A handle belongs to one thread at a time.  Open one handle a thread.
 *  - Memory amounts carry their unit in the name: _kib, _mib, _pages (4 KiB).
 *  - mfn: machine frame number; pfn: guest frame number.  Both uint64_t here.
 *  - Strings returned by value are always terminated.
 */
#ifndef XENCTRL_H
#define XENCTRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define XC_PAGE_SHIFT 12
#define XC_PAGE_SIZE  4096UL
#define XC_UUID_LEN   16

/* Domain ids that name no ordinary domain (values of the public ABI). */
#define XC_DOMID_SELF 0x7ff0U
#define XC_DOMID_IO   0x7ff1U
#define XC_DOMID_XEN  0x7ff2U

struct xc_handle;                 /* privcmd: hypercalls and foreign memory */
struct xc_evtchn;                 /* /dev/xen/evtchn */
struct xc_gnttab;                 /* /dev/xen/gntdev */
struct vcpu_guest_context;        /* public/arch-x86/xen.h, struct of that name */

/* ---- handle and errors -------------------------------------------------- */

/* What the last failure is about, for a caller that knows its config's keys. */
enum xc_about {
    XC_ABOUT_HYPERVISOR = 0,      /* the hypervisor refused or is not there */
    XC_ABOUT_KERNEL,              /* the kernel file or its contents */
    XC_ABOUT_RAMDISK,             /* the initrd file */
    XC_ABOUT_CMDLINE,             /* the guest's command line */
    XC_ABOUT_MEMORY,              /* memory amount: too small, not enough free */
    XC_ABOUT_VCPUS,               /* number of virtual CPUs */
    XC_ABOUT_SYSTEM,              /* dom0 itself: no device, out of memory */
};

struct xc_error {
    int code;                     /* negative errno, 0: nothing failed yet */
    enum xc_about about;
    char step[64];                /* what was being done: "create domain" */
    char reason[320];             /* why it failed, with names and figures */
    char remedy[192];             /* what to do; may be empty */
};

/*
 * Opens the control interface (/dev/xen/privcmd, /dev/xen/hypercall).
 *  -ENOENT/-ENXIO  not running on a hypervisor, or no privcmd driver
 *  -EACCES         not root
 * No handle exists after a failure; xc_open_strerror() words the cause.
 */
int xc_open(struct xc_handle **out);
void xc_close(struct xc_handle *h);                       /* NULL is allowed */
const char *xc_open_strerror(int err);

/*
 * A handle without a hypervisor behind it: only the image and layout functions
 * of xenbuild.h work, everything else answers -ENOTTY.  For dry runs and tests.
 */
int xc_open_offline(struct xc_handle **out);

/* "step: reason; remedy" of the last failure, "" if none. Owned by the handle,
 * valid until its next call. */
const char *xc_error_text(struct xc_handle *h);
const struct xc_error *xc_last_error(const struct xc_handle *h);
void xc_error_clear(struct xc_handle *h);

/* ---- domains ------------------------------------------------------------- */

struct xc_domain_config {
    uint8_t handle[XC_UUID_LEN];  /* the domain's uuid */
    uint32_t domid;               /* 0: the hypervisor chooses; else this one */
    uint32_t ssidref;
    uint32_t max_vcpus;           /* >= 1 */
    uint32_t max_evtchn_port;     /* 0: 1023 */
    int32_t max_grant_frames;     /* 0 or < 0: the hypervisor's default */
    int32_t max_maptrack_frames;  /* 0 or < 0: the hypervisor's default */
    uint32_t grant_version;       /* 0: highest the host supports (1 or 2) */
    uint32_t cpupool_id;
    bool xs_domain;               /* this is a xenstore domain */
    bool iommu;                   /* devices will be assigned to it */
};

enum xc_shutdown_reason {         /* public/sched.h SHUTDOWN_* */
    XC_SHUTDOWN_POWEROFF = 0,
    XC_SHUTDOWN_REBOOT = 1,
    XC_SHUTDOWN_SUSPEND = 2,
    XC_SHUTDOWN_CRASH = 3,
    XC_SHUTDOWN_WATCHDOG = 4,
    XC_SHUTDOWN_SOFT_RESET = 5,
};

struct xc_domain_info {
    uint32_t domid;
    bool dying, shutdown, paused, blocked, running, debugged, hvm, xs_domain;
    uint8_t shutdown_reason;      /* enum xc_shutdown_reason, if .shutdown */
    uint32_t nr_online_vcpus;
    uint32_t max_vcpu_id;         /* UINT32_MAX: it has no vcpus */
    uint32_t ssidref, cpupool;
    uint64_t tot_pages, max_pages, outstanding_pages, shared_pages;
    uint64_t shared_info_mfn;
    uint64_t cpu_time_ns;         /* of all vcpus together */
    uint8_t handle[XC_UUID_LEN];
};

/* The domain starts paused, without vcpus and memory. *domid receives its id. */
int xc_domain_create(struct xc_handle *h, const struct xc_domain_config *cfg,
                     uint32_t *domid);

/*
 * Kills the domain and gives back what it has; repeats the hypercall while it
 * answers "restart" and returns when only references held by others (backends
 * with mapped grants) may be left.  -ESRCH: no such domain.
 */
int xc_domain_destroy(struct xc_handle *h, uint32_t domid);

int xc_domain_pause(struct xc_handle *h, uint32_t domid);
int xc_domain_unpause(struct xc_handle *h, uint32_t domid);
int xc_domain_resume(struct xc_handle *h, uint32_t domid);

/* Makes the domain stop at once with that reason (SCHEDOP_remote_shutdown). A
 * polite shutdown is a write to the store's control/shutdown node instead. */
int xc_domain_shutdown(struct xc_handle *h, uint32_t domid,
                       enum xc_shutdown_reason reason);

/* -ESRCH if exactly this domain does not exist. */
int xc_domain_getinfo(struct xc_handle *h, uint32_t domid,
                      struct xc_domain_info *info);

/* Domains with id >= first, ascending, at most max; returns how many. */
int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max,
                          struct xc_domain_info *info);

int xc_domain_sethandle(struct xc_handle *h, uint32_t domid,
                        const uint8_t handle[XC_UUID_LEN]);
int xc_domain_set_max_mem(struct xc_handle *h, uint32_t domid, uint64_t max_kib);
int xc_domain_set_max_vcpus(struct xc_handle *h, uint32_t domid, uint32_t max);

/* Word size of the guest: 64 (default) or 32; only before it has memory. */
int xc_domain_set_address_size(struct xc_handle *h, uint32_t domid, uint32_t bits);
int xc_domain_get_address_size(struct xc_handle *h, uint32_t domid, uint32_t *bits);

int xc_domain_ioport_permission(struct xc_handle *h, uint32_t domid,
                                uint32_t first, uint32_t nr, bool allow);
int xc_domain_iomem_permission(struct xc_handle *h, uint32_t domid,
                               uint64_t first_mfn, uint64_t nr, bool allow);
int xc_domain_irq_permission(struct xc_handle *h, uint32_t domid,
                             uint32_t pirq, bool allow);
/*
 * PCI device sbdf (segment << 16 | bus << 8 | device << 3 | function)
 * reaches the domain's memory and no other, or dom0's again. Where an
 * IOMMU is in use: xc_physinfo.cap_directio.
 */
int xc_assign_device(struct xc_handle *h, uint32_t domid, uint32_t sbdf);
int xc_deassign_device(struct xc_handle *h, uint32_t domid, uint32_t sbdf);

/* Makes an IO-APIC line known to the domain under the line's own number. The
 * domain needs xc_domain_irq_permission() to go on having it. */
int xc_physdev_map_gsi(struct xc_handle *h, uint32_t domid, uint32_t gsi);
int xc_physdev_unmap_pirq(struct xc_handle *h, uint32_t domid, uint32_t pirq);

enum xc_trigger { XC_TRIGGER_NMI = 0, XC_TRIGGER_RESET = 1, XC_TRIGGER_INIT = 2,
                  XC_TRIGGER_POWER = 3, XC_TRIGGER_SLEEP = 4 };
int xc_domain_send_trigger(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                           enum xc_trigger trigger);
int xc_domain_set_time_offset(struct xc_handle *h, uint32_t domid,
                              int64_t seconds);
/* mode: 0 default, 1 always emulate, 2 never emulate (public/domctl.h). */
int xc_domain_set_tsc_mode(struct xc_handle *h, uint32_t domid, uint32_t mode);
/* The domain that receives events of this global VIRQ (public/xen.h). */
int xc_domain_set_virq_handler(struct xc_handle *h, uint32_t domid, uint32_t virq);

/* Fills the guest page at mfn with the hypervisor's hypercall stubs. */
int xc_domain_hypercall_init(struct xc_handle *h, uint32_t domid, uint64_t mfn);

/* ---- vcpus and scheduling ------------------------------------------------ */

struct xc_vcpu_info {
    bool online, blocked, running;
    uint32_t cpu;                 /* physical CPU it ran on last */
    uint64_t cpu_time_ns;
};

int xc_vcpu_getinfo(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                    struct xc_vcpu_info *info);
int xc_vcpu_setcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                       const struct vcpu_guest_context *ctxt);
int xc_vcpu_getcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                       struct vcpu_guest_context *ctxt);

/*
 * CPU maps: bit n of byte n/8 is physical CPU n; nr_bits is their length
 * (xc_max_cpus() for all).  NULL leaves that map alone.  set: the maps come
 * back with what is in force; get: bits past the host's CPUs come back zero.
 */
int xc_vcpu_setaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                        uint8_t *hard, uint8_t *soft, uint32_t nr_bits);
int xc_vcpu_getaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                        uint8_t *hard, uint8_t *soft, uint32_t nr_bits);

enum xc_scheduler {               /* public/domctl.h XEN_SCHEDULER_* */
    XC_SCHED_CREDIT = 5, XC_SCHED_CREDIT2 = 6, XC_SCHED_ARINC653 = 7,
    XC_SCHED_RTDS = 8, XC_SCHED_NULL = 9,
};
int xc_sched_id(struct xc_handle *h, enum xc_scheduler *id);
const char *xc_sched_name(enum xc_scheduler id);          /* "credit", ... */

struct xc_sched_params {
    uint16_t weight;              /* 1..65535, 256 is usual; 0: leave as it is */
    uint16_t cap;                 /* percent of one CPU, 0: none */
};
/* Work for credit and credit2, whichever the domain's pool runs. */
int xc_sched_set(struct xc_handle *h, uint32_t domid,
                 const struct xc_sched_params *p);
int xc_sched_get(struct xc_handle *h, uint32_t domid, struct xc_sched_params *p);

/* ---- memory -------------------------------------------------------------- */

/*
 * Gives the domain nr extents of 2^order pages.  frames[i] is in: the extent's
 * first pfn, out: its first mfn (PV).  Returns how many were allocated (>= 0,
 * fewer when memory ran out) or a negative errno.
 */
long xc_memory_populate(struct xc_handle *h, uint32_t domid, unsigned order,
                        uint64_t *frames, unsigned long nr);
long xc_memory_increase(struct xc_handle *h, uint32_t domid, unsigned order,
                        uint64_t *frames, unsigned long nr);
/* Takes extents (mfns for PV, pfns else) away; returns how many went. */
long xc_memory_decrease(struct xc_handle *h, uint32_t domid, unsigned order,
                        const uint64_t *frames, unsigned long nr);
/* The E820 of a PV guest: one RAM region of that size. */
int xc_domain_set_memmap_limit(struct xc_handle *h, uint32_t domid, uint64_t kib);
/* Highest pfn of the domain's p2m, as the guest told it. */
int xc_domain_maximum_gpfn(struct xc_handle *h, uint32_t domid, uint64_t *pfn);
int xc_domain_current_reservation(struct xc_handle *h, uint32_t domid,
                                  uint64_t *pages);
/* Reserves pages for the domain against others' allocations; 0 releases. */
int xc_domain_claim_pages(struct xc_handle *h, uint32_t domid, uint64_t pages);

/* The machine frames of the domain's memory in its p2m order, read from the
 * guest's own p2m tree; returns how many entries were filled.  -ENODATA: the
 * guest has not published its p2m (it has not booted that far). */
long xc_domain_get_p2m(struct xc_handle *h, uint32_t domid, uint64_t *mfns,
                       unsigned long max);

/* Type of frames (public/domctl.h XEN_DOMCTL_PFINFO_*): in mfns, out types. */
int xc_get_pageframe_types(struct xc_handle *h, uint32_t domid, uint64_t *array,
                           unsigned nr);

/*
 * Maps nr frames of another domain contiguously.  prot as for mmap().  With
 * err == NULL every frame must be there or the call fails as a whole; else
 * err[i] is 0 or the negative errno of frame i, and only frames with 0 may be
 * touched.  The result is unmapped with xc_unmap_foreign().
 */
int xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot,
                   const uint64_t *mfns, size_t nr, int *err, void **out);
int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot,
                        uint64_t mfn, void **out);
void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr);
/* A resource without guest frames, such as a grant table (XENMEM_resource_*). */
int xc_map_resource(struct xc_handle *h, uint32_t domid, uint32_t type,
                    uint32_t id, uint32_t first, size_t nr, int prot, void **out);
int xc_clear_page(struct xc_handle *h, uint32_t domid, uint64_t mfn);
int xc_copy_to_page(struct xc_handle *h, uint32_t domid, uint64_t mfn,
                    const void *page);

/* Page-table updates on behalf of a domain, sent in batches. */
struct xc_mmu;
int xc_mmu_begin(struct xc_handle *h, uint32_t domid, struct xc_mmu **out);
/* ptr: machine address of the entry with the MMU_* command in its low bits. */
int xc_mmu_queue(struct xc_mmu *m, uint64_t ptr, uint64_t val);
int xc_mmu_flush(struct xc_mmu *m);
/* Flushes and frees; m is gone whatever is returned. */
int xc_mmu_end(struct xc_mmu *m);

/* level 1..4 pins as that table, 0 unpins. */
struct xc_pin { unsigned level; uint64_t mfn; };
int xc_mmuext_pin(struct xc_handle *h, uint32_t domid, const struct xc_pin *ops,
                  unsigned nr);

/* ---- event channels and grants of other domains --------------------------- */

/* A port in domid that remote may bind to.  Returns the port or -errno. */
int xc_evtchn_alloc_unbound(struct xc_handle *h, uint32_t domid, uint32_t remote);
/* State of a domain's port: an EVTCHNSTAT_* value or -errno. */
int xc_evtchn_status(struct xc_handle *h, uint32_t domid, uint32_t port);
int xc_evtchn_reset(struct xc_handle *h, uint32_t domid);

/*
 * Writes the two reserved grants of a new guest, so that its console and store
 * rings can be mapped by domains without the right to map foreign memory.
 */
int xc_gnttab_seed(struct xc_handle *h, uint32_t domid,
                   uint64_t console_mfn, uint32_t console_domid,
                   uint64_t store_mfn, uint32_t store_domid);

/* ---- the local domain's event channels: /dev/xen/evtchn -------------------- */

int xc_evtchn_open(struct xc_evtchn **out);
void xc_evtchn_close(struct xc_evtchn *e);                /* unbinds all ports */
/* Readable when an event is pending; never read it yourself. Non-blocking. */
int xc_evtchn_fd(const struct xc_evtchn *e);
/* These four return the local port or -errno. */
int xc_evtchn_bind_interdomain(struct xc_evtchn *e, uint32_t domid,
                               uint32_t remote_port);
int xc_evtchn_bind_unbound(struct xc_evtchn *e, uint32_t domid);
int xc_evtchn_bind_virq(struct xc_evtchn *e, uint32_t virq);
int xc_evtchn_pending(struct xc_evtchn *e);               /* -EAGAIN: none */
int xc_evtchn_unbind(struct xc_evtchn *e, uint32_t port);
int xc_evtchn_notify(struct xc_evtchn *e, uint32_t port);
/* A port is masked when xc_evtchn_pending() returns it, until this call. */
int xc_evtchn_unmask(struct xc_evtchn *e, uint32_t port);

/* ---- mapping grants: /dev/xen/gntdev ---------------------------------------- */

int xc_gnttab_open(struct xc_gnttab **out);
void xc_gnttab_close(struct xc_gnttab *g);
/* Maps nr grants of one domain contiguously. prot as for mmap(). */
int xc_gnttab_map(struct xc_gnttab *g, uint32_t domid, const uint32_t *refs,
                  unsigned nr, int prot, void **out);
/* As above for one page, and when it is unmapped (also by our death) clears the
 * byte at `offset` (if >= 0) and notifies local `port` (if >= 0). */
int xc_gnttab_map_notify(struct xc_gnttab *g, uint32_t domid, uint32_t ref,
                         int prot, int offset, int port, void **out);
int xc_gnttab_unmap(struct xc_gnttab *g, void *addr, unsigned nr);

/* ---- the host ---------------------------------------------------------------- */

struct xc_physinfo {
    uint32_t threads_per_core, cores_per_socket, nr_cpus, max_cpu_id;
    uint32_t nr_nodes, max_node_id, cpu_khz;
    bool cap_hvm, cap_pv, cap_directio, cap_hap, cap_shadow;
    bool cap_gnttab_v1, cap_gnttab_v2;
    uint64_t total_pages, free_pages, scrub_pages, outstanding_pages, max_mfn;
    uint32_t hw_cap[8];
};
int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info);
/* Number of bits a CPU map needs (>= 1) or -errno; asked once per handle. */
int xc_max_cpus(struct xc_handle *h);

struct xc_cputopo { uint32_t core, socket, node; };       /* UINT32_MAX: unknown */
/* Fills topo[0..max) by CPU number; returns how many CPUs there are. */
int xc_cputopoinfo(struct xc_handle *h, struct xc_cputopo *topo, uint32_t max);

struct xc_numanode { uint64_t size_bytes, free_bytes; };
int xc_numainfo(struct xc_handle *h, struct xc_numanode *nodes, uint32_t max);

/* Idle time of each physical CPU in ns; returns how many CPUs there are. */
int xc_cpu_idletime(struct xc_handle *h, uint64_t *idle_ns, uint32_t max);

/*
 * Hypervisor's console ring.  Reads up to len bytes into buf and returns how
 * many.  index == NULL: the whole ring from its start.  Else *index says from
 * where (0 at first) and receives where to go on, for following it.
 */
long xc_readconsole(struct xc_handle *h, char *buf, size_t len, uint32_t *index,
                    bool clear);

/* Sends key presses to the hypervisor's debug console. */
int xc_send_debug_keys(struct xc_handle *h, const char *keys);

struct xc_version_info {
    unsigned major, minor;
    char extra[16];               /* ".3" or "-rc" and such */
    char compiler[64], compile_by[16], compile_domain[32], compile_date[32];
    char capabilities[1024];      /* "xen-3.0-x86_64 ..." */
    char changeset[64];
    char commandline[1024];       /* the hypervisor's own */
    uint64_t virt_start;          /* where its part of the address space begins */
    uint32_t pagesize;
    char build_id[48];            /* hex; "" where it has none */
};
int xc_version(struct xc_handle *h, struct xc_version_info *v);
/* XENFEAT_* bits of submap 0 for the calling domain. */
int xc_features(struct xc_handle *h, uint32_t *submap0);

/* ---- below: for callers that need an operation this header has not ----------- */

/*
 * Memory that the hypervisor can be given an address of: locked, never moved.
 * Zeroed. Freed by xc_hbuf_free() or with the handle.
 */
void *xc_hbuf_alloc(struct xc_handle *h, size_t bytes);
void xc_hbuf_free(struct xc_handle *h, void *p);

/* The raw call. Pointers in args must be to xc_hbuf_alloc()ed memory. Returns
 * what the hypervisor returned, or -errno of the privcmd driver. */
long xc_hypercall(struct xc_handle *h, unsigned long op, unsigned long a1,
                  unsigned long a2, unsigned long a3, unsigned long a4,
                  unsigned long a5);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* XENCTRL_H */
