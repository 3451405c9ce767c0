/* SPDX-License-Identifier: MIT */
/* The x86 part of xen.h: guest handles, a vCPU's full context, the shared page's tail.  Include xen.h, not this. */
#include "../xen.h" /* before the guard: xen.h must come first, whichever is included */

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_H__

#ifndef __x86_64__
#error "these headers describe 64-bit guests only"
#endif

/* A typed pointer into the caller's memory, wrapped so that nobody follows it by accident. */
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) typedef struct { type *p; } __guest_handle_ ## name
#define __DEFINE_XEN_GUEST_HANDLE(name, type)                                                                         \
    ___DEFINE_XEN_GUEST_HANDLE(name, type);                                                                           \
    ___DEFINE_XEN_GUEST_HANDLE(const_ ## name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name) __DEFINE_XEN_GUEST_HANDLE(name, name)
#define __XEN_GUEST_HANDLE(name) __guest_handle_ ## name
#define XEN_GUEST_HANDLE(name) __XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_PARAM(name) XEN_GUEST_HANDLE(name)
#define set_xen_guest_handle_raw(hnd, val) do { (hnd).p = val; } while (0)
#define set_xen_guest_handle(hnd, val) set_xen_guest_handle_raw(hnd, val)

#ifndef __ASSEMBLY__
typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;
#define PRI_xen_pfn   "lx"
#define PRIu_xen_pfn  "lu"
#define PRI_xen_ulong "lx"
#endif

#define XEN_HAVE_PV_GUEST_ENTRY 1
#define XEN_HAVE_PV_UPCALL_MASK 1

#include "xen-x86_64.h"

/* A guest's GDT may use the entries below; from here on they are the hypervisor's. */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* vCPUs whose vcpu_info lies in shared_info; those above register their own. */
#define XEN_LEGACY_MAX_VCPUS 32

#ifndef __ASSEMBLY__

/*
 * One exception handler of set_trap_table(trap_info[]), in; address 0 ends the table, a null table forgets all.
 * flags: bits 0 and 1 the least privilege whose INT n may raise it, bit 2 masks events on entry.
 */
#define TI_GET_DPL(_ti)       ((_ti)->flags & 3)
#define TI_GET_IF(_ti)        ((_ti)->flags & 4)
#define TI_SET_DPL(_ti, _dpl) ((_ti)->flags |= (_dpl))
#define TI_SET_IF(_ti, _if)   ((_ti)->flags |= ((!!(_if)) << 2))
struct trap_info {
    uint8_t vector;
    uint8_t flags;
    uint16_t cs;
    unsigned long address;
};
typedef struct trap_info trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);

typedef uint64_t tsc_timestamp_t;

/*
 * All of a vCPU.  In for VCPUOP_initialise and XEN_DOMCTL_setvcpucontext, out for getvcpucontext.
 * gdt_frames and ctrlreg[3] (kernel), ctrlreg[1] (user; bit 0 set when present) name machine frames, checked as
 * page tables and descriptor pages.  -EINVAL where one is bad or the vCPU does not exist, -EBUSY where it is up.
 */
struct vcpu_guest_context {
    struct { char x[512]; } fpu_ctxt; /* FXSAVE image */
#define VGCF_I387_VALID               (1 << 0)
#define VGCF_IN_KERNEL                (1 << 2)
#define _VGCF_i387_valid              0
#define VGCF_i387_valid               (1 << _VGCF_i387_valid)
#define _VGCF_in_kernel               2
#define VGCF_in_kernel                (1 << _VGCF_in_kernel)
#define _VGCF_failsafe_disables_events 3
#define VGCF_failsafe_disables_events (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events 4
#define VGCF_syscall_disables_events  (1 << _VGCF_syscall_disables_events)
#define _VGCF_online                  5
#define VGCF_online                   (1 << _VGCF_online)
    unsigned long flags;                    /* VGCF_ */
    struct cpu_user_regs user_regs;
    struct trap_info trap_ctxt[256];        /* indexed by vector */
    unsigned long ldt_base, ldt_ents;       /* linear address, descriptors */
    unsigned long gdt_frames[16], gdt_ents; /* machine frames, descriptors */
    unsigned long kernel_ss, kernel_sp;     /* the stack that traps from user mode get */
    unsigned long ctrlreg[8];
    unsigned long debugreg[8];
    unsigned long event_callback_eip;
    unsigned long failsafe_callback_eip;
    unsigned long syscall_callback_eip;
    unsigned long vm_assist;                /* bitmap of VMASST_TYPE_ */
    uint64_t fs_base;
    uint64_t gs_base_kernel;
    uint64_t gs_base_user;
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/* Written by the guest for those who save or dump it, except nmi_reason, which the hypervisor sets (nmi.h). */
struct arch_shared_info {
    unsigned long max_pfn;                /* pfns in the p2m table */
    xen_pfn_t pfn_to_mfn_frame_list_list; /* its root as a three-level tree of mfns; all ones: not built */
    unsigned long nmi_reason;
    unsigned long p2m_cr3;                /* page table under which p2m_vaddr holds; 0: none */
    unsigned long p2m_vaddr;              /* the p2m table as one array */
    unsigned long p2m_generation;         /* odd while the guest changes its mapping */
};
typedef struct arch_shared_info arch_shared_info_t;

#if defined(__XEN__) || defined(__XEN_TOOLS__)
/* in, XEN_DOMCTL_createdomain: the emulated devices of hardware-virtualized domains; a paravirtualized one has none. */
struct xen_arch_domainconfig {
#define _XEN_X86_EMU_LAPIC    0
#define XEN_X86_EMU_LAPIC     (1U << _XEN_X86_EMU_LAPIC)
#define _XEN_X86_EMU_HPET     1
#define XEN_X86_EMU_HPET      (1U << _XEN_X86_EMU_HPET)
#define _XEN_X86_EMU_PM       2
#define XEN_X86_EMU_PM        (1U << _XEN_X86_EMU_PM)
#define _XEN_X86_EMU_RTC      3
#define XEN_X86_EMU_RTC       (1U << _XEN_X86_EMU_RTC)
#define _XEN_X86_EMU_IOAPIC   4
#define XEN_X86_EMU_IOAPIC    (1U << _XEN_X86_EMU_IOAPIC)
#define _XEN_X86_EMU_PIC      5
#define XEN_X86_EMU_PIC       (1U << _XEN_X86_EMU_PIC)
#define _XEN_X86_EMU_VGA      6
#define XEN_X86_EMU_VGA       (1U << _XEN_X86_EMU_VGA)
#define _XEN_X86_EMU_IOMMU    7
#define XEN_X86_EMU_IOMMU     (1U << _XEN_X86_EMU_IOMMU)
#define _XEN_X86_EMU_PIT      8
#define XEN_X86_EMU_PIT       (1U << _XEN_X86_EMU_PIT)
#define _XEN_X86_EMU_USE_PIRQ 9
#define XEN_X86_EMU_USE_PIRQ  (1U << _XEN_X86_EMU_USE_PIRQ)
#define _XEN_X86_EMU_VPCI     10
#define XEN_X86_EMU_VPCI      (1U << _XEN_X86_EMU_VPCI)
#define XEN_X86_EMU_ALL                                                                                               \
    (XEN_X86_EMU_LAPIC | XEN_X86_EMU_HPET | XEN_X86_EMU_PM | XEN_X86_EMU_RTC | XEN_X86_EMU_IOAPIC |                   \
     XEN_X86_EMU_PIC | XEN_X86_EMU_VGA | XEN_X86_EMU_IOMMU | XEN_X86_EMU_PIT | XEN_X86_EMU_USE_PIRQ |                 \
     XEN_X86_EMU_VPCI)
    uint32_t emulation_flags;
#define XEN_X86_MSR_RELAXED (1u << 0) /* reads of unknown MSRs give 0, not #GP */
    uint32_t misc_flags;
};
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED
#endif

/* One CPUID answer and one MSR of a CPU policy (domctl get/set_cpu_policy, sysctl get_cpu_policy). */
#define XEN_CPUID_NO_SUBLEAF 0xffffffffu
typedef struct xen_cpuid_leaf {
    uint32_t leaf, subleaf; /* subleaf NO_SUBLEAF where the leaf has none */
    uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

typedef struct xen_msr_entry {
    uint32_t idx;
    uint32_t flags; /* 0 */
    uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#endif /* __ASSEMBLY__ */

/* UD2 and "xen" before CPUID: the hypervisor answers in its stead, with the guest's policy. */
#ifdef __ASSEMBLY__
#define XEN_EMULATE_PREFIX .byte 0x0f,0x0b,0x78,0x65,0x6e ;
#define XEN_CPUID          XEN_EMULATE_PREFIX cpuid
#else
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"
#endif

#define XEN_HVM_DEBUGCONS_IOPORT 0xe9

#endif
