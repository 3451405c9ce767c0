/* SPDX-License-Identifier: MIT */
/*
 * The base of the guest ABI: hypercall numbers, the pages a guest shares with the hypervisor, page-table requests.
 *
 * Conventions of all headers in this folder:
 *  - "in": the caller writes, the hypervisor reads it once.  "out": the hypervisor writes it before it returns.
 *  - A hypercall returns 0 or a positive result, or a negative errno of errno.h.  Every pointer argument can yield
 *    -EFAULT, every unknown sub-operation -ENOSYS (or -EOPNOTSUPP, where said); this is not repeated.
 *  - A frame number counts 4 KiB pages.  mfn: machine frame; pfn: the guest's own numbering; gfn: whichever of the
 *    two the guest's tables hold (for a paravirtualized guest the mfn).
 *  - The including file provides the fixed-width integer types.
 */
#ifndef __XEN_PUBLIC_XEN_H__
#define __XEN_PUBLIC_XEN_H__

#include "xen-compat.h"

#ifndef __ASSEMBLY__
#define XEN_FLEX_ARRAY_DIM
#define __xen_mk_uint(x)   x ## U
#define __xen_mk_ulong(x)  x ## UL
#ifndef __xen_mk_ullong
#define __xen_mk_ullong(x) x ## ULL
#endif
#define xen_mk_uint(x)   __xen_mk_uint(x)
#define xen_mk_ulong(x)  __xen_mk_ulong(x)
#define xen_mk_ullong(x) __xen_mk_ullong(x)
#else
#define xen_mk_uint(x)   x
#define xen_mk_ulong(x)  x
#define xen_mk_ullong(x) x
#endif

#include "arch-x86/xen.h"

#ifndef __ASSEMBLY__
DEFINE_XEN_GUEST_HANDLE(char);
DEFINE_XEN_GUEST_HANDLE(int);
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);
#endif

/*
 * Hypercall numbers.  On x86-64: number in RAX, arguments in RDI, RSI, RDX, R10, R8 (entered through the hypercall
 * page, whose stubs save RCX and R11), result in RAX.  A number without a handler returns -ENOSYS.
 */
#define __HYPERVISOR_set_trap_table                 0
#define __HYPERVISOR_mmu_update                     1
#define __HYPERVISOR_set_gdt                        2
#define __HYPERVISOR_stack_switch                   3
#define __HYPERVISOR_set_callbacks                  4
#define __HYPERVISOR_fpu_taskswitch                 5
#define __HYPERVISOR_sched_op_compat                6
#define __HYPERVISOR_platform_op                    7
#define __HYPERVISOR_set_debugreg                   8
#define __HYPERVISOR_get_debugreg                   9
#define __HYPERVISOR_update_descriptor             10
#define __HYPERVISOR_memory_op                     12
#define __HYPERVISOR_multicall                     13
#define __HYPERVISOR_update_va_mapping             14
#define __HYPERVISOR_set_timer_op                  15
#define __HYPERVISOR_event_channel_op_compat       16
#define __HYPERVISOR_xen_version                   17
#define __HYPERVISOR_console_io                    18
#define __HYPERVISOR_physdev_op_compat             19
#define __HYPERVISOR_grant_table_op                20
#define __HYPERVISOR_vm_assist                     21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret                          23
#define __HYPERVISOR_vcpu_op                       24
#define __HYPERVISOR_set_segment_base              25
#define __HYPERVISOR_mmuext_op                     26
#define __HYPERVISOR_xsm_op                        27
#define __HYPERVISOR_nmi_op                        28
#define __HYPERVISOR_sched_op                      29
#define __HYPERVISOR_callback_op                   30
#define __HYPERVISOR_xenoprof_op                   31
#define __HYPERVISOR_event_channel_op              32
#define __HYPERVISOR_physdev_op                    33
#define __HYPERVISOR_hvm_op                        34
#define __HYPERVISOR_sysctl                        35
#define __HYPERVISOR_domctl                        36
#define __HYPERVISOR_kexec_op                      37
#define __HYPERVISOR_tmem_op                       38
#define __HYPERVISOR_argo_op                       39
#define __HYPERVISOR_xenpmu_op                     40
#define __HYPERVISOR_dm_op                         41
#define __HYPERVISOR_hypfs_op                      42
/* arch_0 is the machine-check interface on x86; the others are free. */
#define __HYPERVISOR_arch_0                        48
#define __HYPERVISOR_arch_1                        49
#define __HYPERVISOR_arch_2                        50
#define __HYPERVISOR_arch_3                        51
#define __HYPERVISOR_arch_4                        52
#define __HYPERVISOR_arch_5                        53
#define __HYPERVISOR_arch_6                        54
#define __HYPERVISOR_arch_7                        55

/*
 * Virtual interrupts, bound to an event channel with EVTCHNOP_bind_virq.
 * V: one for each vCPU.  G: one for the whole domain (or the one domain that is given it), bound on vCPU 0 first.
 */
#define VIRQ_TIMER       0 /* V: the vCPU's timebase moved, or its one-shot timer is due */
#define VIRQ_DEBUG       1 /* V: someone asked the guest to dump its state */
#define VIRQ_CONSOLE     2 /* G, dom0: the hypervisor's console has input */
#define VIRQ_DOM_EXC     3 /* G, dom0 or the store's domain: a domain stopped, shut down or died */
#define VIRQ_TBUF        4 /* G, dom0: the trace buffers have records */
#define VIRQ_DEBUGGER    6 /* G, dom0: a domain was paused for its debugger */
#define VIRQ_XENOPROF    7 /* V: a profiling sample */
#define VIRQ_CON_RING    8 /* G, dom0: the hypervisor's console ring has new text */
#define VIRQ_PCPU_STATE  9 /* G, dom0: a physical CPU went on or off line */
#define VIRQ_MEM_EVENT  10 /* G, dom0: a memory event happened */
#define VIRQ_ARGO       11 /* G: an argo message waits */
#define VIRQ_ENOMEM     12 /* G, dom0: the hypervisor's heap is low */
#define VIRQ_XENPMU     13 /* V: a performance counter overflowed */
#define VIRQ_ARCH_0     16 /* G, dom0: a machine check was logged (x86) */
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23
#define NR_VIRQS        24

/* Domain ids.  0 to DOMID_FIRST_RESERVED - 1 are domains; these stand for something else: */
#define DOMID_FIRST_RESERVED xen_mk_uint(0x7FF0)
#define DOMID_SELF           xen_mk_uint(0x7FF0) /* the caller */
#define DOMID_IO             xen_mk_uint(0x7FF1) /* owner of device memory; foreign frames of mmu_update */
#define DOMID_XEN            xen_mk_uint(0x7FF2) /* owner of the hypervisor's pages that it lends, such as trace buffers */
#define DOMID_COW            xen_mk_uint(0x7FF3) /* owner of shared copy-on-write pages */
#define DOMID_INVALID        xen_mk_uint(0x7FF4) /* no domain */
#define DOMID_IDLE           xen_mk_uint(0x7FFF) /* the idle vCPUs */
#define DOMID_MASK           xen_mk_uint(0x7FFF)

#ifndef __ASSEMBLY__
typedef uint16_t domid_t;
#endif

/*
 * mmu_update(req[], count, *done, domid): writes page-table entries after checking them.
 * The low two bits of ptr say what is written:
 *  NORMAL_PT_UPDATE         the entry at machine address ptr becomes val
 *  MACHPHYS_UPDATE          the pfn kept for machine frame ptr >> 12 becomes val
 *  PT_UPDATE_PRESERVE_AD    as the first, but the accessed and dirty bits keep their present value
 *  PT_UPDATE_NO_TRANSLATE   as the first; val holds an mfn even where the domain's tables are translated
 * done (out, may be null) counts the leading requests that were carried out.
 * domid: low 16 bits own the frames that the entries point to, high 16 bits (plus one) own the page table.
 * -EINVAL bad type of frame or entry, -EPERM not yours, -ESRCH no such domain, -EBUSY in use as another type.
 */
#define MMU_NORMAL_PT_UPDATE       0
#define MMU_MACHPHYS_UPDATE        1
#define MMU_PT_UPDATE_PRESERVE_AD  2
#define MMU_PT_UPDATE_NO_TRANSLATE 3

/*
 * mmuext_op(op[], count, *done, domid): everything about the MMU that is no entry.
 *  PIN_Ln_TABLE       mfn stays validated as a level n table until it is unpinned; -EINVAL if its contents are bad
 *  UNPIN_TABLE        mfn: ends that; -EINVAL if it was not pinned
 *  NEW_BASEPTR        mfn becomes the level 4 table now in use (kernel)
 *  NEW_USER_BASEPTR   mfn becomes the level 4 table for user mode; 0 for none
 *  TLB_FLUSH_x        drops all of the guest's translations; INVLPG_x those of linear_addr
 *  ..._LOCAL          on this CPU; ..._MULTI on the vCPUs of bitmap vcpumask; ..._ALL on all of the domain's
 *  FLUSH_CACHE(_GLOBAL) writes back and drops the CPU's (all CPUs') caches; -EACCES without device access
 *  SET_LDT            linear_addr page aligned, nr_ents descriptors; at most 8192, 0 for none
 *  CLEAR_PAGE, COPY_PAGE  mfn, from src_mfn
 */
#define MMUEXT_PIN_L1_TABLE        0
#define MMUEXT_PIN_L2_TABLE        1
#define MMUEXT_PIN_L3_TABLE        2
#define MMUEXT_PIN_L4_TABLE        3
#define MMUEXT_UNPIN_TABLE         4
#define MMUEXT_NEW_BASEPTR         5
#define MMUEXT_TLB_FLUSH_LOCAL     6
#define MMUEXT_INVLPG_LOCAL        7
#define MMUEXT_TLB_FLUSH_MULTI     8
#define MMUEXT_INVLPG_MULTI        9
#define MMUEXT_TLB_FLUSH_ALL      10
#define MMUEXT_INVLPG_ALL         11
#define MMUEXT_FLUSH_CACHE        12
#define MMUEXT_SET_LDT            13
#define MMUEXT_NEW_USER_BASEPTR   15
#define MMUEXT_CLEAR_PAGE         16
#define MMUEXT_COPY_PAGE          17
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER         19
#define MMUEXT_UNMARK_SUPER       20

/* update_va_mapping(va, entry, flags): what to flush (low two bits) and where (or a pointer to a vCPU bitmap). */
#define UVMF_NONE           (xen_mk_ulong(0) << 0)
#define UVMF_TLB_FLUSH      (xen_mk_ulong(1) << 0)
#define UVMF_INVLPG         (xen_mk_ulong(2) << 0)
#define UVMF_FLUSHTYPE_MASK (xen_mk_ulong(3) << 0)
#define UVMF_MULTI          (xen_mk_ulong(0) << 2)
#define UVMF_LOCAL          (xen_mk_ulong(0) << 2)
#define UVMF_ALL            (xen_mk_ulong(1) << 2)

/* console_io(cmd, count, buffer): dom0's hypervisor console; -EPERM for others unless the hypervisor is verbose. */
#define CONSOLEIO_write 0
#define CONSOLEIO_read  1

/* vm_assist(cmd, type): -EINVAL for a type the domain's kind has not. */
#define VMASST_CMD_enable  0
#define VMASST_CMD_disable 1

#define VMASST_TYPE_4gb_segments          0 /* 32-bit guests */
#define VMASST_TYPE_4gb_segments_notify   1 /* 32-bit guests */
#define VMASST_TYPE_writable_pagetables   2 /* faults of writes to page tables are emulated (always on for us) */
#define VMASST_TYPE_pae_extended_cr3      3 /* 32-bit guests */
#define VMASST_TYPE_architectural_iopl    4 /* the guest's IOPL lives in its EFLAGS images */
#define VMASST_TYPE_runstate_update_flag  5 /* XEN_RUNSTATE_UPDATE is set while the area is being written */
#define VMASST_TYPE_m2p_strict           32 /* user mode does not see the machine-to-phys table */

#ifndef __ASSEMBLY__

/* in; see mmu_update above. */
struct mmu_update {
    uint64_t ptr; /* machine address of the entry, plus the type in bits 0 and 1 */
    uint64_t val; /* new contents */
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* in; see mmuext_op above. */
struct mmuext_op {
    unsigned int cmd; /* MMUEXT_ */
    union {
        xen_pfn_t mfn;
        unsigned long linear_addr;
    } arg1;
    union {
        unsigned int nr_ents;
        XEN_GUEST_HANDLE(const_void) vcpumask;
        xen_pfn_t src_mfn;
    } arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);

/* One call of multicall(entry[], count): op and args in, result out.  The calls run in order; none stops the rest. */
struct multicall_entry {
    xen_ulong_t op, result;
    xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

/*
 * A vCPU's clock.  The hypervisor writes it, when the CPU or its rate changes; the guest reads:
 *   ns = system_time + (((tsc - tsc_timestamp) shifted left by tsc_shift) * tsc_to_system_mul >> 32)
 * between two reads of the same even version (odd: being written).
 */
struct vcpu_time_info {
    uint32_t version;
    uint32_t pad0;
    uint64_t tsc_timestamp;     /* TSC at the moment that system_time tells */
    uint64_t system_time;       /* ns since the machine started */
    uint32_t tsc_to_system_mul; /* fraction of 2^32 */
    int8_t tsc_shift;           /* negative: to the right */
    uint8_t flags;              /* XEN_PVCLOCK_ */
    uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;

#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0) /* the same on all vCPUs: no vCPU's value can be behind another's */
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)

/*
 * A vCPU's mailbox, in shared_info or where VCPUOP_register_vcpu_info put it.
 * pending: set by the hypervisor with an event, cleared by the guest before it looks at pending_sel.
 * mask: the guest's own interrupt flag; 1 keeps upcalls out.  The hypervisor sets it on upcalls, iret restores it.
 * pending_sel: bit w set when word w of evtchn_pending has an unmasked bit; exchanged with 0 by the guest.
 */
struct vcpu_info {
    uint8_t evtchn_upcall_pending;
    uint8_t evtchn_upcall_mask;
    xen_ulong_t evtchn_pending_sel;
    struct arch_vcpu_info arch;
    vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;

/*
 * The page each domain shares with the hypervisor.
 * evtchn_pending, evtchn_mask: one bit a port of the 2-level form; the guest masks and clears, the hypervisor sets.
 * wc_: wall clock at system_time 0, in seconds and ns since 1970; wc_version as in vcpu_time_info.
 */
struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
    xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
    uint32_t wc_version;
    uint32_t wc_sec;
    uint32_t wc_nsec;
    uint32_t wc_sec_hi;
#define xen_wc_sec_hi wc_sec_hi
    struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;

/*
 * What a paravirtualized kernel finds at RSI when it starts; written by the domain's builder, owned by the guest.
 * Addresses are the guest's virtual ones.
 */
#define MAX_GUEST_CMDLINE 1024
struct start_info {
    char magic[32];            /* "xen-3.0-x86_64" */
    unsigned long nr_pages;    /* pages given to the domain */
    unsigned long shared_info; /* machine address of the shared page */
    uint32_t flags;            /* SIF_ */
    xen_pfn_t store_mfn;       /* the store's ring; 0 where none is running yet */
    uint32_t store_evtchn;
    union {
        struct {
            xen_pfn_t mfn; /* the console's ring */
            uint32_t evtchn;
        } domU;
        struct {
            uint32_t info_off;  /* bytes from start_info to dom0_vga_console_info */
            uint32_t info_size; /* its size */
        } dom0;
    } console;
    unsigned long pt_base;      /* level 4 table in use */
    unsigned long nr_pt_frames; /* page-table pages from pt_base on */
    unsigned long mfn_list;     /* mfn of each pfn; 64-bit entries */
    unsigned long mod_start;    /* initrd; a pfn with SIF_MOD_START_PFN */
    unsigned long mod_len;      /* bytes */
    int8_t cmd_line[MAX_GUEST_CMDLINE];
    unsigned long first_p2m_pfn; /* pages that hold mfn_list, where XEN_ELFNOTE_INIT_P2M moved it */
    unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

#define SIF_PRIVILEGED      (1 << 0)
#define SIF_INITDOMAIN      (1 << 1)
#define SIF_MULTIBOOT_MOD   (1 << 2) /* mod_start is a xen_multiboot_mod_list */
#define SIF_MOD_START_PFN   (1 << 3)
#define SIF_VIRT_P2M_4TOOLS (1 << 4) /* the tools follow arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK         (0xFF << 8)

/* One of several modules handed on; ends with mod_start 0.  Offsets from the list's own page. */
struct xen_multiboot_mod_list {
    uint32_t mod_start;
    uint32_t mod_end;
    uint32_t cmdline;
    uint32_t pad; /* 0 */
};

/* The screen as the boot loader left it; follows dom0's start_info. */
typedef struct dom0_vga_console_info {
    uint8_t video_type;
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70
    union {
        struct {
            uint16_t font_height;        /* pixels */
            uint16_t cursor_x, cursor_y; /* characters */
            uint16_t rows, columns;
        } text_mode_3;
        struct {
            uint16_t width, height;   /* pixels */
            uint16_t bytes_per_line;
            uint16_t bits_per_pixel;
            uint32_t lfb_base;        /* physical address, low half */
            uint32_t lfb_size;        /* in 64 KiB */
            uint8_t red_pos, red_size;
            uint8_t green_pos, green_size;
            uint8_t blue_pos, blue_size;
            uint8_t rsvd_pos, rsvd_size;
            uint32_t gbl_caps;
            uint16_t mode_attrs;
            uint16_t pad;
            uint32_t ext_lfb_base;    /* physical address, high half */
        } vesa_lfb;
    } u;
} dom0_vga_console_info_t;
#define xen_vga_console_info   dom0_vga_console_info
#define xen_vga_console_info_t dom0_vga_console_info_t

typedef uint8_t xen_domain_handle_t[16]; /* a domain's UUID, kept for the tools */

typedef struct {
    uint8_t a[16];
} xen_uuid_t;

#define XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6)                                                          \
    { { ((a) >> 24) & 0xFF, ((a) >> 16) & 0xFF, ((a) >> 8) & 0xFF, (a) & 0xFF, ((b) >> 8) & 0xFF, (b) & 0xFF,         \
        ((c) >> 8) & 0xFF, (c) & 0xFF, ((d) >> 8) & 0xFF, (d) & 0xFF, e1, e2, e3, e4, e5, e6 } }
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6)                                                           \
    ((xen_uuid_t)XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6))

#endif /* __ASSEMBLY__ */

/* The control interfaces, domctl and sysctl, have the same layout for 32- and 64-bit tools. */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#ifndef int64_aligned_t
#define int64_aligned_t int64_t
#endif
#ifndef uint64_aligned_t
#define uint64_aligned_t uint64_t
#endif
#ifndef XEN_GUEST_HANDLE_64
#define XEN_GUEST_HANDLE_64(name) XEN_GUEST_HANDLE(name)
#endif

#ifndef __ASSEMBLY__
/* A bitmap of the caller's: (nr_bits + 7) / 8 bytes, least significant bit first. */
struct xenctl_bitmap {
    XEN_GUEST_HANDLE_64(uint8) bitmap;
    uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;
#endif
#endif

#endif
