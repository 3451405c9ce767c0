/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What x86 and the kind of guest (PV today) add to a domain and a vCPU. "PV" is said here and
 * in arch/x86/pv/ + arch/x86/mm/ only: common code goes through struct guest_ops.
 */
#ifndef X86_ARCH_DOMAIN_H
#define X86_ARCH_DOMAIN_H

#include <xen/list.h>
#include <xen/types.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <x86/page.h>
#include <public/xen.h>

struct vcpu;
struct domain;
struct vcpu_guest_context;
struct xsave_area;

/* A caller that waits for a pt_lock. All but @granted: queue_lock of that lock. */
struct pt_waiter {
    struct list_head link;
    struct pt_lock *of;                /* whose turn it has; NULL none. Never followed: that domain may be gone */
    u64 turn;
    bool granted;                      /* it has the lock; written once, after the waiter was taken from the list */
    bool asleep;                       /* on the list of sleepers, perhaps awake already */
};

/* A lock with a queue: x86/pt_lock.h. */
struct pt_lock {
    u32 word;                          /* PT_LOCK_*; atomic */
    spinlock_t queue_lock;             /* the rest */
    struct list_head spinning, sleeping;   /* struct pt_waiter, by turns */
    u64 next_turn;
    u32 overtaken;                     /* times that a call which can be preempted was passed over since one was served */
    struct pt_waiter *woken;           /* slept, was woken, and did not come back yet */
    struct timer rescue;               /* wakes the next one in its stead */
};

/* One interrupt handler a guest registered (HYPERVISOR_set_trap_table). */
struct guest_trap { u64 address; u16 cs; u8 flags; };      /* flags: public/arch-x86/xen.h TI_*; address 0 = none */

struct pv_vcpu {
    struct guest_trap trap[256];
    /* callbacks: VA and CALLBACKF_mask_events */
    u64 event_callback, failsafe_callback, syscall_callback, syscall32_callback, sysenter_callback, nmi_callback;
    bool failsafe_masks_events, syscall_masks_events, syscall32_masks_events, sysenter_masks_events;
    u64 kernel_sp, kernel_ss;          /* stack_switch */
    u64 ctrlreg[8];                    /* the guest's view of CR0, CR2(see info), CR4 */
    u64 gdt_frames[16]; unsigned int gdt_entries;
    u64 ldt_base; unsigned int ldt_entries;
    u64 fs_base, gs_base_kernel, gs_base_user;
    u16 ds, es, fs, gs;
    u64 debugreg[8];
    u64 iopl;
    struct { u8 *bitmap; u32 limit; u64 gva; } iobmp;       /* physdev set_iobitmap */
    struct { u8 vector; u64 cr2; u32 error_code; } inject;  /* arch.exception_pending: to be delivered on the way out */
};

struct arch_vcpu {
    struct cpu_user_regs user_regs;    /* saved while not on a CPU */
    struct pv_vcpu pv;
    bool in_kernel;                    /* guest kernel mode (else guest user mode): which of the two tables below is active */
    struct frame_info *guest_table;        /* kernel L4: holds a FT_L4 type reference, or NULL */
    struct frame_info *guest_table_user;   /* user L4: likewise, or NULL */
    u64 cr3;                           /* the active one, machine address */
    u64 cr3_kernel, cr3_user;          /* what CR3 is with each of the two (or with its copy); 0 without a table */
    pte_t *own_l4[2];                  /* [user]: to run on in place of a table that maps itself; NULL before the first (mm/own_l4.c) */
    struct frame_info *old_table;      /* a table half way down: a type and a general reference, dropped by pt_finish_deferred() */
    struct frame_info *old_user_table; /* the same, of install_guest_tables(); only while there is an old_table */
    pte_t *perdomain_gdt_l1;           /* the L1 entries of this vCPU's GDT window (64 pages) */
    struct xsave_area *fpu;            /* saved extended state */
    u64 xcr0, xcr0_accum;
    bool fpu_initialised;              /* it ran, or somebody set its state */
    /* Work for the way out, tested as one word by entry.S; nmi_pending may be set from any CPU, the rest by the vCPU itself. */
    union {
        u32 exit_work;
        struct { bool nmi_pending, mce_pending, exception_pending, failsafe_pending; };
    };
    bool nmi_masked;                   /* in its NMI handler: until the next iret hypercall */
    bool nmi_deferred;                 /* one came meanwhile: pending again after that iret */
    unsigned int fpu_cpu;              /* where it was saved last: its registers may still hold `fpu` (see fpu_owner), ~0 nowhere */
    u64 msr_misc[8];
    u64 tsc_aux;
    struct pt_waiter pt_waiter;        /* while this vCPU waits in a preemptible call */
};

/* How a kind of guest is created, run and destroyed. All may be called with no lock but domain.lock. */
struct guest_ops {
    int (*domain_init)(struct domain *d);
    void (*domain_destroy)(struct domain *d);
    int (*domain_relinquish)(struct domain *d);             /* page tables and mappings; -ERESTART */
    int (*vcpu_init)(struct vcpu *v);
    void (*vcpu_destroy)(struct vcpu *v);
    int (*set_context)(struct vcpu *v, const struct vcpu_guest_context *c);   /* -ERESTART possible */
    void (*get_context)(struct vcpu *v, struct vcpu_guest_context *c);
    void (*switch_from)(struct vcpu *v);
    void (*switch_to)(struct vcpu *v);
};
extern const struct guest_ops pv_guest_ops;

struct arch_domain {
    const struct guest_ops *ops;
    struct pt_lock pt_lock;            /* contents of this domain's page tables and types' transitions */
    pte_t *perdomain_l3;               /* behind L4 slot 257 */
    u64 l4_generation;                 /* another value after each change of an L4; atomic (x86/spec.h) */
    u64 serial;                        /* never 0, never given twice; constant */
    u64 l1tf_mask;                     /* 0, or the bits that make a not-present entry suspect; constant (x86/spec.h) */
    union {
        u16 l4_copied;                 /* not 0: a CR3 may be another than its table's frame */
        struct {
            bool mirrored;             /* mirror is not NULL; pt_lock */
            bool maps_itself;          /* an L4 named itself, ever: mm/own_l4.c; set under pt_lock */
        };
    };
    struct mirror *mirror;             /* while writes are logged (arch/x86/mm/mirror.h), else NULL; pt_lock */
    struct mirror *mirror_idle;        /* one that mirror_begin() is making or mirror_end() is freeing; domctl_lock */
    u64 max_pfn;
    u32 cpuid_policy_gen;
    struct cpuid_policy *cpuid;        /* arch/x86/cpu/cpuid_policy.c */
    spinlock_t pirq_eoi_lock;          /* pirq_eoi_map and what is written through it; a leaf, interrupts off */
    u64 *pirq_eoi_map; u64 pirq_eoi_map_mfn; bool auto_unmask;
    struct pirq *pirqs;                /* arch/x86/irq */
    u32 tsc_mode, tsc_khz, tsc_incarnation;
    bool is_32bit;
    u64 physaddr_bits;
    u32 pv_e820_n; void *pv_e820;      /* XENMEM_set_memory_map */
    struct frame_info *relinquish_table;   /* as arch_vcpu.old_table, of the domain's destruction */
    u64 relinquish_tables_left;        /* frames of page_list still to search for pinned and half-done tables, plus 1; 0: not begun */
    u64 relinquish_left;               /* frames of page_list still to give back, plus 1; 0: not begun */
    u64 relinquish_shared_left;        /* frames of xen_page_list still to unshare, plus 1; 0: not begun */
};

/* arch/x86/pv/domain.c: the calls of common/domain.c. */
int arch_domain_create(struct domain *d);
void arch_domain_destroy(struct domain *d);
int arch_domain_relinquish(struct domain *d);
int arch_vcpu_create(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
int arch_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void arch_get_context(struct vcpu *v, struct vcpu_guest_context *c);
/*
 * Drops @v's page tables and descriptor tables and sets the registers to their state at power-on. @v is down and has no
 * context, so it cannot run. 0 or -ERESTART: called again, it goes on where it stopped.
 */
int arch_vcpu_reset(struct vcpu *v);
void arch_dump_vcpu(struct vcpu *v);
/* A part of it, 0 to VCPU_DUMP_PARTS - 1: at most eight lines. */
#define VCPU_DUMP_PARTS 2
void arch_dump_vcpu_part(struct vcpu *v, unsigned int part);
void machine_restart(void) noreturn;
void machine_halt(void) noreturn;

#endif
