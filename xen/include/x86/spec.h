/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done about CPUs that leak through speculation: decided once at boot (cpu/spec_decide.c, plain C) from what the
 * CPU says of itself and from the options spec-ctrl=, xpti=, pv-l1tf=, then put in place (cpu/spec.c, cpu/xpti.c).
 * Sources: Intel, "Affected Processors: Guidance for Security Issues on Intel Processors" and the articles it links;
 * AMD, "Software techniques for managing speculation on AMD processors"; Intel SDM vol. 4, IA32_ARCH_CAPABILITIES.
 */
#ifndef X86_SPEC_H
#define X86_SPEC_H

#include <xen/domain.h>
#include <x86/cpufeature.h>

enum { SPEC_AUTO = -1, SPEC_OFF, SPEC_ON };

/* Indirect branches: a plain JMP, LFENCE before it, or a RET that is predicted to a harmless place. */
enum spec_thunk { THUNK_AUTO = -1, THUNK_JMP, THUNK_LFENCE, THUNK_RETPOLINE };

/* The options, each SPEC_AUTO where the administrator says nothing. */
struct spec_options {
    int thunk, ibrs, ibpb, rsb, verw, ssbd, div, bhi;
    int xpti_dom0, xpti_domu, l1tf_dom0, l1tf_domu;
};

/* Faults of CPU models (cpu/spec_faults.c): bits of spec_choice.faults. */
enum spec_fault {
    FAULT_BHI, FAULT_RETBLEED, FAULT_ITS, FAULT_GDS, FAULT_RFDS,
    FAULT_BTC, FAULT_SRSO, FAULT_TSA, FAULT_DIV, FAULT_FP_DIV, FAULT_ZENBLEED, FAULT_OP_CACHE, FAULT_ERRATUM_793, FAULT_ERRATUM_121,
    NR_FAULTS
};

/* What the decision rests on. */
struct spec_facts {
    enum cpu_vendor vendor;
    u32 family, model;
    u32 leaf7_edx, e8_ebx, e21_eax;     /* CPUID 7 EDX, 0x80000008 EBX, 0x80000021 EAX */
    u32 leaf7_ebx, leaf72_edx, e21_ecx; /* CPUID 7 EBX, 7.2 EDX, 0x80000021 ECX */
    u32 microcode;                      /* revision; 0 where it is not known */
    bool is_virtual;                    /* CPUID says so: model-specific registers are not the CPU's */
    u32 phys_bits;
    u64 memory_end;                     /* bytes */
    u64 arch_caps;                      /* 0 where the CPU has no such MSR */
};

struct spec_msr_bit { u32 msr; u8 bit; };

/* What the CPU suffers from, and what is done. */
struct spec_choice {
    u32 faults, open;                   /* bits by enum spec_fault: those of the CPU, and those that nothing is done about */
    struct spec_msr_bit msr_bits[4];    /* to be set on each CPU */
    unsigned int nr_msr_bits;
    bool bhi_ctrl, retpoline_holds;     /* there is BHI_DIS_S; a RET is not predicted by other means than the return stack */
    bool bhi_dis;                       /* IA32_SPEC_CTRL.BHI_DIS_S for good: guests, in ring 3, do not feel it */
    bool div;                           /* a division before each entry of a guest */
    bool clears;                        /* verw or div: one test on the way out */
    bool meltdown, l1tf, mds;
    bool fpu_pointers;                  /* FXRSTOR and XRSTOR leave FIP, FDP, FOP alone where no exception is pending */
    enum spec_thunk thunk;
    bool ibrs, auto_ibrs;               /* IA32_SPEC_CTRL.IBRS for good (enhanced form); AMD's EFER.AIBRSE */
    bool ibpb, rsb, verw;
    bool ssbd;                          /* IA32_SPEC_CTRL.SSBD for good */
    bool xpti_dom0, xpti_domu, l1tf_dom0, l1tf_domu;
    u64 l1tf_address, l1tf_end;         /* entry bits that the CPU takes for an address; below that lies memory */
};

void spec_options_init(struct spec_options *o);
/* Values of the three options; 0 or -EINVAL: a word that is not known. */
int spec_parse_ctrl(struct spec_options *o, const char *value);
int spec_parse_xpti(struct spec_options *o, const char *value);
int spec_parse_l1tf(struct spec_options *o, const char *value);
void spec_decide(const struct spec_facts *f, const struct spec_options *o, struct spec_choice *out);

/* Fills in what faults and remedies the CPU has; part of spec_decide(). */
void spec_find_faults(const struct spec_facts *f, struct spec_choice *c);
/* VERW clears what RFDS (Intel) or TSA (AMD) leak. */
bool spec_verw_clears(const struct spec_facts *f);
extern const char *const spec_fault_names[NR_FAULTS];
/*
 * Switches the microcode's defence of gather instructions (GDS) on, on this CPU, by @read and @write (0, or the access faulted). False:
 * the firmware has locked it off: a locked bit ignores what is written (Intel, Gather Data Sampling, IA32_MCU_OPT_CTRL).
 */
bool spec_enable_gds(int (*read)(u32 msr, u64 *v), int (*write)(u32 msr, u64 v));

/* Constant after spec_init(). */
extern struct spec_choice spec;

/* Boot CPU, after cpu_identify(): decides, says so, patches the image. */
void spec_init(void);
/* Any CPU: control bits. */
void spec_init_cpu(void);
/* The boot CPU's as any other's, after its descriptors: tables and entry points that keep the hypervisor out of sight. */
void guard_init_cpu(unsigned int cpu);
/* This CPU is about to run a vCPU of another domain than the last: nothing of its branch history may serve. */
void spec_switch_domain(void);
/* Domain @privileged or not: its not-present page-table entries must be harmless; a mask of the bits that make one suspect. */
static inline u64 spec_l1tf_mask(bool is_privileged)
{
    return (is_privileged ? spec.l1tf_dom0 : spec.l1tf_domu) ? 0x000ffffffffff000UL : 0;
}
/* The not-present entry @e names memory that the L1 cache may hold. */
bool spec_l1tf_unsafe(u64 e);

/* ---- cpu/xpti.c ---- */
/*
 * An L4 of @d's, or a mirror of one, changed: CPUs take their copies again before they next enter @d, and only then. No value
 * is ever given twice, so that a copy is told from one of an earlier domain's table in the same frame.
 */
extern u64 xpti_generation;
static inline void xpti_l4_changed(struct domain *d)
{
    u64 value = __atomic_add_fetch(&xpti_generation, 1, __ATOMIC_SEQ_CST);

    __atomic_store_n(&d->arch.l4_generation, value, __ATOMIC_SEQ_CST);
}

/* An L4 of its domain changed after this CPU's current vCPU went to its guest. Interrupts off since it came back; it runs on a copy. */
bool guard_copy_was_old(void);

/* ---- entry/descriptors.c ---- */
/* This CPU enters by the guarded entry points from now on. */
void cpu_guard_entries(unsigned int cpu);
/* The @i-th part of what @cpu itself reads or writes to enter, [*from, *to); false: there are no more. */
bool cpu_entry_memory(unsigned int cpu, unsigned int i, const void **from, const void **to);

/* ---- entry/thunk.S: 32 harmless entries for the return stack. */
void rsb_overwrite(void);

#endif
