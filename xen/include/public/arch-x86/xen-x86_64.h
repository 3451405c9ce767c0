/* SPDX-License-Identifier: MIT */
/* The 64-bit part of xen.h: address ranges, selectors, register frames.  Include xen.h, not this. */
#include "../xen.h" /* before the guard: xen.h must come first, whichever is included */

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_X86_64_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_X86_64_H__

/*
 * Flat segments that every guest finds in the reserved part of its GDT.  A 64-bit guest's kernel and its user mode
 * both run in ring 3, so that the kernel names are the user names.
 */
#define FLAT_RING3_CS32  0xe023
#define FLAT_RING3_CS64  0xe033
#define FLAT_RING3_DS32  0xe02b
#define FLAT_RING3_DS64  0x0000
#define FLAT_RING3_SS32  0xe02b
#define FLAT_RING3_SS64  0xe02b

#define FLAT_KERNEL_CS64 FLAT_RING3_CS64
#define FLAT_KERNEL_CS32 FLAT_RING3_CS32
#define FLAT_KERNEL_CS   FLAT_KERNEL_CS64
#define FLAT_KERNEL_DS64 FLAT_RING3_DS64
#define FLAT_KERNEL_DS32 FLAT_RING3_DS32
#define FLAT_KERNEL_DS   FLAT_KERNEL_DS64
#define FLAT_KERNEL_SS64 FLAT_RING3_SS64
#define FLAT_KERNEL_SS32 FLAT_RING3_SS32
#define FLAT_KERNEL_SS   FLAT_KERNEL_SS64

#define FLAT_USER_CS64   FLAT_RING3_CS64
#define FLAT_USER_CS32   FLAT_RING3_CS32
#define FLAT_USER_CS     FLAT_USER_CS64
#define FLAT_USER_DS64   FLAT_RING3_DS64
#define FLAT_USER_DS32   FLAT_RING3_DS32
#define FLAT_USER_DS     FLAT_USER_DS64
#define FLAT_USER_SS64   FLAT_RING3_SS64
#define FLAT_USER_SS32   FLAT_RING3_SS32
#define FLAT_USER_SS     FLAT_USER_SS64

/* Level 4 slots 256 to 271 are the hypervisor's in every address space; the first 256 GiB show guests the m2p. */
#define __HYPERVISOR_VIRT_START 0xFFFF800000000000
#define __HYPERVISOR_VIRT_END   0xFFFF880000000000
#define __MACH2PHYS_VIRT_START  0xFFFF800000000000
#define __MACH2PHYS_VIRT_END    0xFFFF804000000000

#ifndef HYPERVISOR_VIRT_START
#define HYPERVISOR_VIRT_START xen_mk_ulong(__HYPERVISOR_VIRT_START)
#define HYPERVISOR_VIRT_END   xen_mk_ulong(__HYPERVISOR_VIRT_END)
#endif
#define MACH2PHYS_VIRT_START xen_mk_ulong(__MACH2PHYS_VIRT_START)
#define MACH2PHYS_VIRT_END   xen_mk_ulong(__MACH2PHYS_VIRT_END)
#define MACH2PHYS_NR_ENTRIES ((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)
#ifndef machine_to_phys_mapping
#define machine_to_phys_mapping ((unsigned long *)HYPERVISOR_VIRT_START)
#endif

/* set_segment_base(which, base): -EINVAL unless canonical.  ..._SEL takes a selector and loads it into user GS. */
#define SEGBASE_FS          0
#define SEGBASE_GS_USER     1
#define SEGBASE_GS_KERNEL   2
#define SEGBASE_GS_USER_SEL 3

/* iret(): the caller came in by SYSCALL, so that RCX and R11 of the frame need no restoring. */
#define _VGCF_in_syscall 8
#define VGCF_in_syscall  (1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL  VGCF_in_syscall

#ifndef __ASSEMBLY__

/*
 * What iret() takes from the guest's kernel stack, in.  Does not return; a frame that cannot be loaded goes to the
 * failsafe callback, a stack that cannot be read crashes the domain.  flags: 0 or VGCF_in_syscall.
 */
struct iret_context {
    uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/*
 * A register's names: all widths for the hypervisor and tools, the 64-bit one and its old e-name for guests.
 */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define __DECL_REG_LOHI(w) union { uint64_t r ## w ## x; uint32_t e ## w ## x; uint16_t w ## x;                       \
                                   struct { uint8_t w ## l; uint8_t w ## h; }; }
#define __DECL_REG_LO8(n)  union { uint64_t r ## n; uint32_t e ## n; uint16_t n; uint8_t n ## l; }
#define __DECL_REG_LO16(n) union { uint64_t r ## n; uint32_t e ## n; uint16_t n; }
#define __DECL_REG_HI(n)   union { uint64_t r ## n; uint32_t r ## n ## d; uint16_t r ## n ## w; uint8_t r ## n ## b; }
#else
#define __DECL_REG(n)      union { uint64_t r ## n, e ## n; uint32_t _e ## n; }
#define __DECL_REG_LOHI(n) __DECL_REG(n ## x)
#define __DECL_REG_LO8     __DECL_REG
#define __DECL_REG_LO16    __DECL_REG
#define __DECL_REG_HI(n)   uint64_t r ## n
#endif

/* A guest's registers as the hypervisor saves them at every entry, and as part of vcpu_guest_context. */
struct cpu_user_regs {
    __DECL_REG_HI(15);
    __DECL_REG_HI(14);
    __DECL_REG_HI(13);
    __DECL_REG_HI(12);
    __DECL_REG_LO8(bp);
    __DECL_REG_LOHI(b);
    __DECL_REG_HI(11);
    __DECL_REG_HI(10);
    __DECL_REG_HI(9);
    __DECL_REG_HI(8);
    __DECL_REG_LOHI(a);
    __DECL_REG_LOHI(c);
    __DECL_REG_LOHI(d);
    __DECL_REG_LO8(si);
    __DECL_REG_LO8(di);
    uint32_t error_code;       /* the hypervisor's own */
    uint32_t entry_vector;     /* the hypervisor's own */
    __DECL_REG_LO16(ip);
    uint16_t cs, _pad0[1];
    uint8_t saved_upcall_mask; /* evtchn_upcall_mask as it was; in trap frames bits 32 to 39 of CS */
    uint8_t _pad1[3];
    __DECL_REG_LO16(flags);    /* IF shows the upcall mask's inverse */
    __DECL_REG_LO8(sp);
    uint16_t ss, _pad2[3];
    uint16_t es, _pad3[3];
    uint16_t ds, _pad4[3];
    uint16_t fs, _pad5[3];     /* where it is 0, vcpu_guest_context.fs_base counts; so for gs */
    uint16_t gs, _pad6[3];
};
typedef struct cpu_user_regs cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);

#undef __DECL_REG
#undef __DECL_REG_LOHI
#undef __DECL_REG_LO8
#undef __DECL_REG_LO16
#undef __DECL_REG_HI

#define xen_pfn_to_cr3(pfn) ((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3) ((unsigned long)(cr3) >> 12)

/* Part of vcpu_info. */
struct arch_vcpu_info {
    unsigned long cr2; /* written by the hypervisor with every reflected page fault */
    unsigned long pad;
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

typedef unsigned long xen_callback_t; /* a handler's address */

#endif /* __ASSEMBLY__ */

#endif
