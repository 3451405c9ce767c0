/* SPDX-License-Identifier: MIT */
/*
 * domctl(arg): what the tools do to a domain.
 *
 * The caller fills xen_domctl: cmd, interface_version, domain, and the member of u that has the command's name; the
 * hypervisor copies the whole back where the command has results.  Common errors: -EACCES for another
 * interface_version, -EPERM without control rights, -ESRCH no such domain, -ENOSYS for a command that is not there,
 * -EOPNOTSUPP where the domain's kind has it not.  Comments name the commands that use a structure.
 *
 * An extension of this hypervisor: domctl(arg, XEN_DOMCTL_IN_PIECES).  destroydomain then answers -EAGAIN where it would be
 * preempted and continued, and the caller makes the call again until it has another answer.  A kernel that switches to no
 * other task during a call (Linux with PREEMPT_DYNAMIC, in privcmd) does so between the pieces.  Other commands take no
 * notice of a second argument, nor does a hypervisor without the extension: there the first answer is the last.
 */
#ifndef __XEN_PUBLIC_DOMCTL_H__
#define __XEN_PUBLIC_DOMCTL_H__

#if !defined(__XEN__) && !defined(__XEN_TOOLS__)
#error "domctl is for the hypervisor and its tools: define __XEN_TOOLS__"
#endif

#include "xen.h"
#include "event_channel.h"
#include "grant_table.h"
#include "memory.h"
#include "hvm/save.h"

#define XEN_DOMCTL_INTERFACE_VERSION 0x00000015

#define XEN_DOMCTL_IN_PIECES 0x65636970UL       /* the second argument */

#define XEN_DOMCTL_createdomain               1
#define XEN_DOMCTL_destroydomain              2
#define XEN_DOMCTL_pausedomain                3
#define XEN_DOMCTL_unpausedomain              4
#define XEN_DOMCTL_getdomaininfo              5
#define XEN_DOMCTL_setvcpuaffinity            9
#define XEN_DOMCTL_shadow_op                 10
#define XEN_DOMCTL_max_mem                   11
#define XEN_DOMCTL_setvcpucontext            12
#define XEN_DOMCTL_getvcpucontext            13
#define XEN_DOMCTL_getvcpuinfo               14
#define XEN_DOMCTL_max_vcpus                 15
#define XEN_DOMCTL_scheduler_op              16
#define XEN_DOMCTL_setdomainhandle           17
#define XEN_DOMCTL_setdebugging              18
#define XEN_DOMCTL_irq_permission            19
#define XEN_DOMCTL_iomem_permission          20
#define XEN_DOMCTL_ioport_permission         21
#define XEN_DOMCTL_hypercall_init            22
#ifdef __XEN__
#define XEN_DOMCTL_soft_reset_cont           23
#endif
#define XEN_DOMCTL_settimeoffset             24
#define XEN_DOMCTL_getvcpuaffinity           25
#define XEN_DOMCTL_real_mode_area            26 /* other machines than x86 */
#define XEN_DOMCTL_resumedomain              27
#define XEN_DOMCTL_sendtrigger               28
#define XEN_DOMCTL_subscribe                 29
#define XEN_DOMCTL_gethvmcontext             33
#define XEN_DOMCTL_sethvmcontext             34
#define XEN_DOMCTL_set_address_size          35
#define XEN_DOMCTL_get_address_size          36
#define XEN_DOMCTL_assign_device             37
#define XEN_DOMCTL_bind_pt_irq               38
#define XEN_DOMCTL_memory_mapping            39
#define XEN_DOMCTL_ioport_mapping            40
#define XEN_DOMCTL_set_ext_vcpucontext       42
#define XEN_DOMCTL_get_ext_vcpucontext       43
#define XEN_DOMCTL_set_opt_feature           44 /* out of use */
#define XEN_DOMCTL_test_assign_device        45
#define XEN_DOMCTL_set_target                46
#define XEN_DOMCTL_deassign_device           47
#define XEN_DOMCTL_unbind_pt_irq             48
#define XEN_DOMCTL_get_device_group          50
#define XEN_DOMCTL_debug_op                  54
#define XEN_DOMCTL_gethvmcontext_partial     55
#define XEN_DOMCTL_vm_event_op               56
#define XEN_DOMCTL_mem_sharing_op            57
#define XEN_DOMCTL_gettscinfo                59
#define XEN_DOMCTL_settscinfo                60
#define XEN_DOMCTL_getpageframeinfo3         61
#define XEN_DOMCTL_setvcpuextstate           62
#define XEN_DOMCTL_getvcpuextstate           63
#define XEN_DOMCTL_set_access_required       64
#define XEN_DOMCTL_audit_p2m                 65
#define XEN_DOMCTL_set_virq_handler          66
#define XEN_DOMCTL_set_broken_page_p2m       67
#define XEN_DOMCTL_setnodeaffinity           68
#define XEN_DOMCTL_getnodeaffinity           69
#define XEN_DOMCTL_cacheflush                71
#define XEN_DOMCTL_get_vcpu_msrs             72
#define XEN_DOMCTL_set_vcpu_msrs             73
#define XEN_DOMCTL_setvnumainfo              74
#define XEN_DOMCTL_psr_cmt_op                75
#define XEN_DOMCTL_monitor_op                77
#define XEN_DOMCTL_psr_alloc                 78
#define XEN_DOMCTL_soft_reset                79
#define XEN_DOMCTL_vuart_op                  81
#define XEN_DOMCTL_get_cpu_policy            82
#define XEN_DOMCTL_set_cpu_policy            83
#define XEN_DOMCTL_vmtrace_op                84
#define XEN_DOMCTL_get_paging_mempool_size   85
#define XEN_DOMCTL_set_paging_mempool_size   86
#define XEN_DOMCTL_gdbsx_guestmemio        1000
#define XEN_DOMCTL_gdbsx_pausevcpu         1001
#define XEN_DOMCTL_gdbsx_unpausevcpu       1002
#define XEN_DOMCTL_gdbsx_domstatus         1003

/*
 * createdomain, in.  xen_domctl.domain: the wanted id, or 0 or DOMID_FIRST_RESERVED and above for any; out: the id.
 * -EEXIST id taken, -EINVAL bad flags or counts, -ENOMEM.  The domain begins paused, without memory.
 */
struct xen_domctl_createdomain {
    uint32_t ssidref;
    xen_domain_handle_t handle;
#define _XEN_DOMCTL_CDF_hvm          0
#define XEN_DOMCTL_CDF_hvm           (1U << _XEN_DOMCTL_CDF_hvm)
#define _XEN_DOMCTL_CDF_hap          1
#define XEN_DOMCTL_CDF_hap           (1U << _XEN_DOMCTL_CDF_hap)
#define _XEN_DOMCTL_CDF_s3_integrity 2
#define XEN_DOMCTL_CDF_s3_integrity  (1U << _XEN_DOMCTL_CDF_s3_integrity)
#define _XEN_DOMCTL_CDF_oos_off      3
#define XEN_DOMCTL_CDF_oos_off       (1U << _XEN_DOMCTL_CDF_oos_off)
#define _XEN_DOMCTL_CDF_xs_domain    4
#define XEN_DOMCTL_CDF_xs_domain     (1U << _XEN_DOMCTL_CDF_xs_domain)
#define _XEN_DOMCTL_CDF_iommu        5
#define XEN_DOMCTL_CDF_iommu         (1U << _XEN_DOMCTL_CDF_iommu)
#define _XEN_DOMCTL_CDF_nested_virt  6
#define XEN_DOMCTL_CDF_nested_virt   (1U << _XEN_DOMCTL_CDF_nested_virt)
#define XEN_DOMCTL_CDF_vpmu          (1U << 7)
#define XEN_DOMCTL_CDF_MAX           XEN_DOMCTL_CDF_vpmu
    uint32_t flags;
#define _XEN_DOMCTL_IOMMU_no_sharept 0
#define XEN_DOMCTL_IOMMU_no_sharept  (1U << _XEN_DOMCTL_IOMMU_no_sharept)
#define XEN_DOMCTL_IOMMU_MAX         XEN_DOMCTL_IOMMU_no_sharept
    uint32_t iommu_opts;
    uint32_t max_vcpus;           /* fixed for the domain's life */
    uint32_t max_evtchn_port;     /* highest port */
    int32_t max_grant_frames;     /* pages; -1: the host's default */
    int32_t max_maptrack_frames;  /* pages; -1: the host's default */
#define XEN_DOMCTL_GRANT_version_mask 0xf
#define XEN_DOMCTL_GRANT_version(v)   ((v) & XEN_DOMCTL_GRANT_version_mask)
    uint32_t grant_opts;          /* highest grant table version */
    uint32_t vmtrace_size;        /* bytes a vCPU; 0 for none */
    uint32_t cpupool_id;
    struct xen_arch_domainconfig arch;
};

/*
 * getdomaininfo and sysctl getdomaininfolist, out.  For getdomaininfo xen_domctl.domain comes back with the id, which
 * is the asked one or, in 4.17 too, the next higher that exists; -ESRCH where there is none.
 */
struct xen_domctl_getdomaininfo {
    domid_t domain;
    uint16_t pad1;
#define _XEN_DOMINF_dying       0 /* being taken down */
#define XEN_DOMINF_dying        (1U << _XEN_DOMINF_dying)
#define _XEN_DOMINF_hvm_guest   1
#define XEN_DOMINF_hvm_guest    (1U << _XEN_DOMINF_hvm_guest)
#define _XEN_DOMINF_shutdown    2 /* stopped by itself; the reason is in bits 16 to 23 */
#define XEN_DOMINF_shutdown     (1U << _XEN_DOMINF_shutdown)
#define _XEN_DOMINF_paused      3 /* by the tools */
#define XEN_DOMINF_paused       (1U << _XEN_DOMINF_paused)
#define _XEN_DOMINF_blocked     4 /* all its vCPUs wait for events */
#define XEN_DOMINF_blocked      (1U << _XEN_DOMINF_blocked)
#define _XEN_DOMINF_running     5 /* one of its vCPUs runs */
#define XEN_DOMINF_running      (1U << _XEN_DOMINF_running)
#define _XEN_DOMINF_debugged    6
#define XEN_DOMINF_debugged     (1U << _XEN_DOMINF_debugged)
#define _XEN_DOMINF_xs_domain   7 /* runs xenstore */
#define XEN_DOMINF_xs_domain    (1U << _XEN_DOMINF_xs_domain)
#define _XEN_DOMINF_hap         8
#define XEN_DOMINF_hap          (1U << _XEN_DOMINF_hap)
#define XEN_DOMINF_shutdownmask  255
#define XEN_DOMINF_shutdownshift 16
    uint32_t flags;
    uint64_aligned_t tot_pages;         /* that it has */
    uint64_aligned_t max_pages;         /* that it may have */
    uint64_aligned_t outstanding_pages; /* claimed, not yet given */
    uint64_aligned_t shr_pages;
    uint64_aligned_t paged_pages;
    uint64_aligned_t shared_info_frame; /* mfn */
    uint64_aligned_t cpu_time;          /* ns, of all vCPUs */
    uint32_t nr_online_vcpus;
#define XEN_INVALID_MAX_VCPU_ID (~0U)
    uint32_t max_vcpu_id;
    uint32_t ssidref;
    xen_domain_handle_t handle;
    uint32_t cpupool;
    uint8_t gpaddr_bits;
    uint8_t pad2[7];
    struct xen_arch_domainconfig arch_config;
};
typedef struct xen_domctl_getdomaininfo xen_domctl_getdomaininfo_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_getdomaininfo_t);

/* getpageframeinfo3: array holds frame numbers (in) and comes back with their types in the top bits; num <= 1024. */
#define XEN_DOMCTL_PFINFO_LTAB_SHIFT    28
#define XEN_DOMCTL_PFINFO_NOTAB         (0x0U << 28)
#define XEN_DOMCTL_PFINFO_L1TAB         (0x1U << 28)
#define XEN_DOMCTL_PFINFO_L2TAB         (0x2U << 28)
#define XEN_DOMCTL_PFINFO_L3TAB         (0x3U << 28)
#define XEN_DOMCTL_PFINFO_L4TAB         (0x4U << 28)
#define XEN_DOMCTL_PFINFO_LTABTYPE_MASK (0x7U << 28)
#define XEN_DOMCTL_PFINFO_LPINTAB       (0x1U << 31) /* pinned */
#define XEN_DOMCTL_PFINFO_XTAB          (0xfU << 28) /* not the domain's */
#define XEN_DOMCTL_PFINFO_XALLOC        (0xeU << 28) /* only allocated */
#define XEN_DOMCTL_PFINFO_BROKEN        (0xdU << 28)
#define XEN_DOMCTL_PFINFO_LTAB_MASK     (0xfU << 28)
struct xen_domctl_getpageframeinfo3 {
    uint64_aligned_t num;
    XEN_GUEST_HANDLE_64(xen_pfn_t) array;
};

/* shadow_op: log-dirty tracking, as migration needs it. */
#define XEN_DOMCTL_SHADOW_OP_OFF             0
#define XEN_DOMCTL_SHADOW_OP_ENABLE_TEST     1
#define XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY 2
#define XEN_DOMCTL_SHADOW_OP_CLEAN          11 /* give the bitmap and clear it */
#define XEN_DOMCTL_SHADOW_OP_PEEK           12 /* give the bitmap */
#define XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION 30
#define XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION 31
#define XEN_DOMCTL_SHADOW_OP_ENABLE         32
#define XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT   (1 << 1)
#define XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY  (1 << 2)
#define XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE  (1 << 3)
#define XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL   (1 << 4)
#define XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL    (1 << 0)

struct xen_domctl_shadow_op_stats {
    uint32_t fault_count;
    uint32_t dirty_count;
};

struct xen_domctl_shadow_op {
    uint32_t op;                             /* in */
    uint32_t mode;                           /* in: _ENABLE_ or _LOGDIRTY_ */
    uint32_t mb;                             /* in, out: MiB */
    XEN_GUEST_HANDLE_64(uint8) dirty_bitmap; /* out: one bit a pfn; may be null */
    uint64_aligned_t pages;                  /* in: bits of it; out: written */
    struct xen_domctl_shadow_op_stats stats; /* out */
};

/* max_mem, in. */
struct xen_domctl_max_mem {
    uint64_aligned_t max_memkb; /* KiB */
};

/* setvcpucontext (ctxt in), getvcpucontext (ctxt out); -EINVAL no such vCPU, -ENODATA never set. */
struct xen_domctl_vcpucontext {
    uint32_t vcpu;
    XEN_GUEST_HANDLE_64(vcpu_guest_context_t) ctxt;
};

/* getvcpuinfo. */
struct xen_domctl_getvcpuinfo {
    uint32_t vcpu;             /* in */
    uint8_t online;            /* out */
    uint8_t blocked;
    uint8_t running;
    uint64_aligned_t cpu_time; /* out: ns */
    uint32_t cpu;              /* out: the CPU it is on */
};

/* setnodeaffinity (in), getnodeaffinity (out). */
struct xen_domctl_nodeaffinity {
    struct xenctl_bitmap nodemap;
};

/* setvcpuaffinity: maps in, and out what became of them; getvcpuaffinity: out.  -EINVAL where no CPU would be left. */
struct xen_domctl_vcpuaffinity {
    uint32_t vcpu;
#define _XEN_VCPUAFFINITY_HARD  0
#define XEN_VCPUAFFINITY_HARD   (1U << _XEN_VCPUAFFINITY_HARD)
#define _XEN_VCPUAFFINITY_SOFT  1
#define XEN_VCPUAFFINITY_SOFT   (1U << _XEN_VCPUAFFINITY_SOFT)
#define _XEN_VCPUAFFINITY_FORCE 2 /* undo a temporary pinning */
#define XEN_VCPUAFFINITY_FORCE  (1U << _XEN_VCPUAFFINITY_FORCE)
    uint32_t flags;
    struct xenctl_bitmap cpumap_hard;
    struct xenctl_bitmap cpumap_soft;
};

/* max_vcpus, in: must be what createdomain was given; makes the vCPUs. */
struct xen_domctl_max_vcpus {
    uint32_t max;
};

/* scheduler_op: a domain's or vCPU's share.  -EINVAL for another scheduler than the domain's, or bad values. */
#define XEN_SCHEDULER_CREDIT   5
#define XEN_SCHEDULER_CREDIT2  6
#define XEN_SCHEDULER_ARINC653 7
#define XEN_SCHEDULER_RTDS     8
#define XEN_SCHEDULER_NULL     9

struct xen_domctl_sched_credit {
    uint16_t weight; /* relative; 256 is normal */
    uint16_t cap;    /* percent of one CPU; 0: none */
};

struct xen_domctl_sched_credit2 {
    uint16_t weight;
    uint16_t cap;
};

struct xen_domctl_sched_rtds {
    uint32_t period; /* microseconds */
    uint32_t budget;
#define _XEN_DOMCTL_SCHEDRT_extra 0
#define XEN_DOMCTL_SCHEDRT_extra  (1U << _XEN_DOMCTL_SCHEDRT_extra)
    uint32_t flags;
};

typedef struct xen_domctl_schedparam_vcpu {
    union {
        struct xen_domctl_sched_credit credit;
        struct xen_domctl_sched_credit2 credit2;
        struct xen_domctl_sched_rtds rtds;
    } u;
    uint32_t vcpuid;
} xen_domctl_schedparam_vcpu_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_schedparam_vcpu_t);

#define XEN_DOMCTL_SCHEDOP_putinfo     0
#define XEN_DOMCTL_SCHEDOP_getinfo     1
#define XEN_DOMCTL_SCHEDOP_putvcpuinfo 2
#define XEN_DOMCTL_SCHEDOP_getvcpuinfo 3
struct xen_domctl_scheduler_op {
    uint32_t sched_id; /* in: XEN_SCHEDULER_ */
    uint32_t cmd;      /* in: XEN_DOMCTL_SCHEDOP_ */
    union {            /* in for put, out for get */
        struct xen_domctl_sched_credit credit;
        struct xen_domctl_sched_credit2 credit2;
        struct xen_domctl_sched_rtds rtds;
        struct {
            XEN_GUEST_HANDLE_64(xen_domctl_schedparam_vcpu_t) vcpus;
            uint32_t nr_vcpus; /* in; out: done */
            uint32_t padding;
        } v;
    } u;
};

/* setdomainhandle, in. */
struct xen_domctl_setdomainhandle {
    xen_domain_handle_t handle;
};

/* setdebugging, in: breakpoints pause the domain instead of going to it. */
struct xen_domctl_setdebugging {
    uint8_t enable;
};

/* irq_permission, iomem_permission, ioport_permission, in: rights to a pirq, machine frames, ports. */
struct xen_domctl_irq_permission {
    uint32_t pirq;
    uint8_t allow_access; /* 1 gives, 0 takes */
    uint8_t pad[3];
};

struct xen_domctl_iomem_permission {
    uint64_aligned_t first_mfn;
    uint64_aligned_t nr_mfns;
    uint8_t allow_access;
};

struct xen_domctl_ioport_permission {
    uint32_t first_port;
    uint32_t nr_ports;
    uint8_t allow_access;
};

/* hypercall_init, in: fills a page of the domain's with call stubs. */
struct xen_domctl_hypercall_init {
    uint64_aligned_t gmfn;
};

/* settimeoffset, in: the domain's wall clock against UTC. */
struct xen_domctl_settimeoffset {
    int64_aligned_t time_offset_seconds;
};

/* gethvmcontext, sethvmcontext and one record of it. */
struct xen_domctl_hvmcontext {
    uint32_t size; /* bytes: in, out */
    XEN_GUEST_HANDLE_64(uint8) buffer;
};

struct xen_domctl_hvmcontext_partial {
    uint32_t type;
    uint32_t instance;
    uint64_aligned_t bufsz;
    XEN_GUEST_HANDLE_64(uint8) buffer;
};

/* set_address_size (in; before the domain has memory), get_address_size (out): 32 or 64. */
struct xen_domctl_address_size {
    uint32_t size;
};

/* sendtrigger, in; paravirtualized domains know NMI only. */
#define XEN_DOMCTL_SENDTRIGGER_NMI   0
#define XEN_DOMCTL_SENDTRIGGER_RESET 1
#define XEN_DOMCTL_SENDTRIGGER_INIT  2
#define XEN_DOMCTL_SENDTRIGGER_POWER 3
#define XEN_DOMCTL_SENDTRIGGER_SLEEP 4
struct xen_domctl_sendtrigger {
    uint32_t trigger;
    uint32_t vcpu;
};

/* assign_device, deassign_device, test_assign_device, in: device passthrough. */
#define XEN_DOMCTL_DEV_PCI 0
#define XEN_DOMCTL_DEV_DT  1
struct xen_domctl_assign_device {
    uint32_t dev; /* XEN_DOMCTL_DEV_ */
    uint32_t flags;
#define XEN_DOMCTL_DEV_RDM_RELAXED 1
    union {
        struct {
            uint32_t machine_sbdf; /* segment << 16 | bus << 8 | devfn */
        } pci;
        struct {
            uint32_t size;
            XEN_GUEST_HANDLE_64(char) path;
        } dt;
    } u;
};

/* get_device_group: devices that can only be assigned together. */
struct xen_domctl_get_device_group {
    uint32_t machine_sbdf;                   /* in */
    uint32_t max_sdevs;                      /* in */
    uint32_t num_sdevs;                      /* out */
    XEN_GUEST_HANDLE_64(uint32) sdev_array;  /* out */
};

/* bind_pt_irq, unbind_pt_irq, in: interrupts of devices passed to hardware-virtualized domains. */
enum pt_irq_type {
    PT_IRQ_TYPE_PCI,
    PT_IRQ_TYPE_ISA,
    PT_IRQ_TYPE_MSI,
    PT_IRQ_TYPE_MSI_TRANSLATE,
    PT_IRQ_TYPE_SPI,
};
struct xen_domctl_bind_pt_irq {
    uint32_t machine_irq;
    uint32_t irq_type; /* enum pt_irq_type */
    union {
        struct {
            uint8_t isa_irq;
        } isa;
        struct {
            uint8_t bus;
            uint8_t device;
            uint8_t intx;
        } pci;
        struct {
            uint8_t gvec;
            uint32_t gflags;
#define XEN_DOMCTL_VMSI_X86_DEST_ID_MASK 0x0000ff
#define XEN_DOMCTL_VMSI_X86_RH_MASK      0x000100
#define XEN_DOMCTL_VMSI_X86_DM_MASK      0x000200
#define XEN_DOMCTL_VMSI_X86_DELIV_MASK   0x007000
#define XEN_DOMCTL_VMSI_X86_TRIG_MASK    0x008000
#define XEN_DOMCTL_VMSI_X86_UNMASKED     0x010000
            uint64_aligned_t gtable;
        } msi;
        struct {
            uint16_t spi;
        } spi;
    } u;
};

/* memory_mapping, in: device memory for a domain; -E2BIG asks for smaller pieces. */
#define DPCI_ADD_MAPPING    1
#define DPCI_REMOVE_MAPPING 0
struct xen_domctl_memory_mapping {
    uint64_aligned_t first_gfn;
    uint64_aligned_t first_mfn;
    uint64_aligned_t nr_mfns;
    uint32_t add_mapping; /* DPCI_ */
    uint32_t padding;
};

/* ioport_mapping, in. */
struct xen_domctl_ioport_mapping {
    uint32_t first_gport;
    uint32_t first_mport;
    uint32_t nr_ports;
    uint32_t add_mapping; /* DPCI_ */
};

#define XEN_DOMCTL_MEM_CACHEATTR_UC     0
#define XEN_DOMCTL_MEM_CACHEATTR_WC     1
#define XEN_DOMCTL_MEM_CACHEATTR_WT     4
#define XEN_DOMCTL_MEM_CACHEATTR_WP     5
#define XEN_DOMCTL_MEM_CACHEATTR_WB     6
#define XEN_DOMCTL_MEM_CACHEATTR_UCM    7
#define XEN_DOMCTL_DELETE_MEM_CACHEATTR (~(uint32_t)0)

/* set_ext_vcpucontext (in), get_ext_vcpucontext (out): what vcpu_guest_context lacks. */
struct xen_domctl_ext_vcpucontext {
    uint32_t vcpu; /* in */
    uint32_t size; /* bytes from the start that hold something: in for set, out for get */
    uint64_aligned_t syscall32_callback_eip;
    uint64_aligned_t sysenter_callback_eip;
    uint16_t syscall32_callback_cs;
    uint16_t sysenter_callback_cs;
    uint8_t syscall32_disables_events;
    uint8_t sysenter_disables_events;
    union {
        uint64_aligned_t mcg_cap;
        struct hvm_vmce_vcpu vmce;
    };
};

/* set_target, in: the domain may act as the device model of target. */
struct xen_domctl_set_target {
    domid_t target;
};

/* get_cpu_policy, set_cpu_policy: the domain's CPUID and MSRs; set only before it runs. */
#define XEN_CPUID_INPUT_UNUSED 0xFFFFFFFF
struct xen_domctl_cpu_policy {
    uint32_t nr_leaves;                            /* in: room or count; out: count.  -ENOBUFS */
    uint32_t nr_msrs;
    XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) leaves;
    XEN_GUEST_HANDLE_64(xen_msr_entry_t) msrs;
    uint32_t err_leaf, err_subleaf, err_msr;       /* out for set: the first that was refused, or all ones */
};
typedef struct xen_domctl_cpu_policy xen_domctl_cpu_policy_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_cpu_policy_t);

/* subscribe, in: the caller's port that hears when the domain has suspended. */
struct xen_domctl_subscribe {
    uint32_t port;
};

/* debug_op, in. */
#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_OFF 0
#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON  1
struct xen_domctl_debug_op {
    uint32_t op;
    uint32_t vcpu;
};

/* gettscinfo (out), settscinfo (in). */
struct xen_domctl_tsc_info {
    uint32_t tsc_mode;             /* 0 default, 1 always emulated, 2 never */
    uint32_t gtsc_khz;
    uint32_t incarnation;          /* how often it was restored */
    uint32_t pad;
    uint64_aligned_t elapsed_nsec; /* system time that the guest has seen */
};

/* gdbsx_guestmemio: reads or writes a paused guest's memory by virtual address. */
struct xen_domctl_gdbsx_memio {
    uint64_aligned_t pgd3val; /* in: page table; 0 for the present one */
    uint64_aligned_t gva;     /* in: the guest's address */
    uint64_aligned_t uva;     /* in: the caller's */
    uint32_t len;             /* in: bytes */
    uint8_t gwr;              /* in: 1 writes */
    uint32_t remain;          /* out: bytes not done */
};

/* gdbsx_pausevcpu, gdbsx_unpausevcpu, in. */
struct xen_domctl_gdbsx_pauseunp_vcpu {
    uint32_t vcpu;
};

/* gdbsx_domstatus, out. */
struct xen_domctl_gdbsx_domstatus {
    uint8_t paused;
    uint32_t vcpu_id; /* that stopped it; all ones: none */
    uint32_t vcpu_ev; /* the event */
};

/* vm_event_op. */
#define XEN_VM_EVENT_ENABLE      0
#define XEN_VM_EVENT_DISABLE     1
#define XEN_VM_EVENT_RESUME      2
#define XEN_VM_EVENT_GET_VERSION 3
#define XEN_DOMCTL_VM_EVENT_OP_PAGING  1
#define XEN_DOMCTL_VM_EVENT_OP_MONITOR 2
#define XEN_DOMCTL_VM_EVENT_OP_SHARING 3
struct xen_domctl_vm_event_op {
    uint32_t op;   /* in */
    uint32_t mode; /* in */
    union {
        struct {
            uint32_t port; /* out */
        } enable;
        uint32_t version; /* out */
    } u;
};

/* mem_sharing_op, in. */
#define XEN_DOMCTL_MEM_SHARING_CONTROL 0
struct xen_domctl_mem_sharing_op {
    uint8_t op;
    union {
        uint8_t enable;
    } u;
};

/* audit_p2m, out: counts of faults found. */
struct xen_domctl_audit_p2m {
    uint64_t orphans;
    uint64_t m2p_bad;
    uint64_t p2m_bad;
};

/* set_virq_handler, in: the domain gets this global virq instead of dom0. */
struct xen_domctl_set_virq_handler {
    uint32_t virq;
};

/* setvcpuextstate, getvcpuextstate: XCR0, accumulated XCR0, then the XSAVE image. */
struct xen_domctl_vcpuextstate {
    uint32_t vcpu;
    uint64_aligned_t xfeature_mask; /* out: what the vCPU may have */
    uint64_aligned_t size;          /* bytes; in, out */
    XEN_GUEST_HANDLE_64(uint64) buffer;
};

/* set_access_required, in. */
struct xen_domctl_set_access_required {
    uint8_t access_required;
};

/* set_broken_page_p2m, in. */
struct xen_domctl_set_broken_page_p2m {
    uint64_aligned_t pfn;
};

/* cacheflush, in; other machines than x86. */
struct xen_domctl_cacheflush {
    xen_pfn_t start_pfn, nr_pfns;
};

/* get_paging_mempool_size (out), set_paging_mempool_size (in). */
struct xen_domctl_paging_mempool {
    uint64_aligned_t size; /* bytes */
};

/* get_vcpu_msrs, set_vcpu_msrs. */
struct xen_domctl_vcpu_msr {
    uint32_t index;
    uint32_t reserved; /* 0 */
    uint64_aligned_t value;
};
typedef struct xen_domctl_vcpu_msr xen_domctl_vcpu_msr_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_vcpu_msr_t);

struct xen_domctl_vcpu_msrs {
    uint32_t vcpu;
    uint32_t msr_count; /* in: room or count; out: count */
    XEN_GUEST_HANDLE_64(xen_domctl_vcpu_msr_t) msrs;
};

/* setvnumainfo, in; see xen_vnuma_topology_info. */
struct xen_domctl_vnuma {
    uint32_t nr_vnodes;
    uint32_t nr_vmemranges;
    uint32_t nr_vcpus;
    uint32_t pad;
    XEN_GUEST_HANDLE_64(uint) vdistance;
    XEN_GUEST_HANDLE_64(uint) vcpu_to_vnode;
    XEN_GUEST_HANDLE_64(uint) vnode_to_pnode;
    XEN_GUEST_HANDLE_64(xen_vmemrange_t) vmemrange;
};

/* psr_cmt_op: cache monitoring. */
struct xen_domctl_psr_cmt_op {
#define XEN_DOMCTL_PSR_CMT_OP_DETACH     0
#define XEN_DOMCTL_PSR_CMT_OP_ATTACH     1
#define XEN_DOMCTL_PSR_CMT_OP_QUERY_RMID 2
    uint32_t cmd;
    uint32_t data;
};

/* monitor_op: events of hardware-virtualized domains. */
#define XEN_DOMCTL_MONITOR_OP_ENABLE            0
#define XEN_DOMCTL_MONITOR_OP_DISABLE           1
#define XEN_DOMCTL_MONITOR_OP_GET_CAPABILITIES  2
#define XEN_DOMCTL_MONITOR_OP_EMULATE_EACH_REP  3
#define XEN_DOMCTL_MONITOR_OP_CONTROL_REGISTERS 4
#define XEN_DOMCTL_MONITOR_EVENT_WRITE_CTRLREG        0
#define XEN_DOMCTL_MONITOR_EVENT_MOV_TO_MSR           1
#define XEN_DOMCTL_MONITOR_EVENT_SINGLESTEP           2
#define XEN_DOMCTL_MONITOR_EVENT_SOFTWARE_BREAKPOINT  3
#define XEN_DOMCTL_MONITOR_EVENT_GUEST_REQUEST        4
#define XEN_DOMCTL_MONITOR_EVENT_DEBUG_EXCEPTION      5
#define XEN_DOMCTL_MONITOR_EVENT_CPUID                6
#define XEN_DOMCTL_MONITOR_EVENT_PRIVILEGED_CALL      7
#define XEN_DOMCTL_MONITOR_EVENT_INTERRUPT            8
#define XEN_DOMCTL_MONITOR_EVENT_DESC_ACCESS          9
#define XEN_DOMCTL_MONITOR_EVENT_EMUL_UNIMPLEMENTED  10
#define XEN_DOMCTL_MONITOR_EVENT_INGUEST_PAGEFAULT   11
#define XEN_DOMCTL_MONITOR_EVENT_VMEXIT              12
struct xen_domctl_monitor_op {
    uint32_t op;
    uint32_t event; /* in; for GET_CAPABILITIES out, a bitmap */
    union {
        struct {
            uint8_t index;
            uint8_t sync;
            uint8_t onchangeonly;
            uint8_t pad1;
            uint32_t pad2;
            uint64_aligned_t bitmask;
        } mov_to_cr;
        struct {
            uint32_t msr;
            uint8_t onchangeonly;
        } mov_to_msr;
        struct {
            uint8_t sync;
            uint8_t allow_userspace;
        } guest_request;
        struct {
            uint8_t sync;
        } debug_exception;
        struct {
            uint8_t sync;
        } vmexit;
    } u;
};

/* psr_alloc: cache and bandwidth allocation. */
struct xen_domctl_psr_alloc {
#define XEN_DOMCTL_PSR_SET_L3_CBM    0
#define XEN_DOMCTL_PSR_GET_L3_CBM    1
#define XEN_DOMCTL_PSR_SET_L3_CODE   2
#define XEN_DOMCTL_PSR_SET_L3_DATA   3
#define XEN_DOMCTL_PSR_GET_L3_CODE   4
#define XEN_DOMCTL_PSR_GET_L3_DATA   5
#define XEN_DOMCTL_PSR_SET_L2_CBM    6
#define XEN_DOMCTL_PSR_GET_L2_CBM    7
#define XEN_DOMCTL_PSR_SET_MBA_THRTL 8
#define XEN_DOMCTL_PSR_GET_MBA_THRTL 9
    uint32_t cmd;
    uint32_t target; /* socket */
    uint64_t data;   /* in, out */
};

/* vuart_op; other machines than x86. */
struct xen_domctl_vuart_op {
#define XEN_DOMCTL_VUART_OP_INIT     0
    uint32_t cmd;
#define XEN_DOMCTL_VUART_TYPE_VPL011 0
    uint32_t type;
    uint64_aligned_t gfn;
    domid_t console_domid;
    uint8_t pad[2];
    evtchn_port_t evtchn; /* out */
};

/* vmtrace_op: processor trace of hardware-virtualized domains. */
struct xen_domctl_vmtrace_op {
    uint32_t cmd;
    uint32_t vcpu;
    uint64_aligned_t key;
    uint64_aligned_t value; /* in or out */
#define XEN_DOMCTL_vmtrace_enable           1
#define XEN_DOMCTL_vmtrace_disable          2
#define XEN_DOMCTL_vmtrace_reset_and_enable 3
#define XEN_DOMCTL_vmtrace_output_position  4
#define XEN_DOMCTL_vmtrace_get_option       5
#define XEN_DOMCTL_vmtrace_set_option       6
};
typedef struct xen_domctl_vmtrace_op xen_domctl_vmtrace_op_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_vmtrace_op_t);

/* The argument; destroydomain, pausedomain, unpausedomain, resumedomain and soft_reset use no member of u. */
struct xen_domctl {
    uint32_t cmd;
    uint32_t interface_version;
    domid_t domain;
    uint16_t _pad[3];
    union {
        struct xen_domctl_createdomain createdomain;
        struct xen_domctl_getdomaininfo getdomaininfo;
        struct xen_domctl_getpageframeinfo3 getpageframeinfo3;
        struct xen_domctl_nodeaffinity nodeaffinity;
        struct xen_domctl_vcpuaffinity vcpuaffinity;
        struct xen_domctl_shadow_op shadow_op;
        struct xen_domctl_max_mem max_mem;
        struct xen_domctl_vcpucontext vcpucontext;
        struct xen_domctl_getvcpuinfo getvcpuinfo;
        struct xen_domctl_max_vcpus max_vcpus;
        struct xen_domctl_scheduler_op scheduler_op;
        struct xen_domctl_setdomainhandle setdomainhandle;
        struct xen_domctl_setdebugging setdebugging;
        struct xen_domctl_irq_permission irq_permission;
        struct xen_domctl_iomem_permission iomem_permission;
        struct xen_domctl_ioport_permission ioport_permission;
        struct xen_domctl_hypercall_init hypercall_init;
        struct xen_domctl_settimeoffset settimeoffset;
        struct xen_domctl_tsc_info tsc_info;
        struct xen_domctl_hvmcontext hvmcontext;
        struct xen_domctl_hvmcontext_partial hvmcontext_partial;
        struct xen_domctl_address_size address_size;
        struct xen_domctl_sendtrigger sendtrigger;
        struct xen_domctl_get_device_group get_device_group;
        struct xen_domctl_assign_device assign_device;
        struct xen_domctl_bind_pt_irq bind_pt_irq;
        struct xen_domctl_memory_mapping memory_mapping;
        struct xen_domctl_ioport_mapping ioport_mapping;
        struct xen_domctl_ext_vcpucontext ext_vcpucontext;
        struct xen_domctl_set_target set_target;
        struct xen_domctl_subscribe subscribe;
        struct xen_domctl_debug_op debug_op;
        struct xen_domctl_vm_event_op vm_event_op;
        struct xen_domctl_mem_sharing_op mem_sharing_op;
        struct xen_domctl_cpu_policy cpu_policy;
        struct xen_domctl_vcpuextstate vcpuextstate;
        struct xen_domctl_vcpu_msrs vcpu_msrs;
        struct xen_domctl_set_access_required access_required;
        struct xen_domctl_audit_p2m audit_p2m;
        struct xen_domctl_set_virq_handler set_virq_handler;
        struct xen_domctl_gdbsx_memio gdbsx_guest_memio;
        struct xen_domctl_set_broken_page_p2m set_broken_page_p2m;
        struct xen_domctl_cacheflush cacheflush;
        struct xen_domctl_gdbsx_pauseunp_vcpu gdbsx_pauseunp_vcpu;
        struct xen_domctl_gdbsx_domstatus gdbsx_domstatus;
        struct xen_domctl_vnuma vnuma;
        struct xen_domctl_psr_cmt_op psr_cmt_op;
        struct xen_domctl_monitor_op monitor_op;
        struct xen_domctl_psr_alloc psr_alloc;
        struct xen_domctl_vuart_op vuart_op;
        struct xen_domctl_vmtrace_op vmtrace_op;
        struct xen_domctl_paging_mempool paging_mempool;
        uint8_t pad[128];
    } u;
};
typedef struct xen_domctl xen_domctl_t;
DEFINE_XEN_GUEST_HANDLE(xen_domctl_t);

#endif
