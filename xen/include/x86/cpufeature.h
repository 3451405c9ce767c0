/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine's CPUs are and can do (arch/x86/cpu/feature.c). Read once on the boot CPU; the same on all. */
#ifndef X86_CPUFEATURE_H
#define X86_CPUFEATURE_H

#include <xen/types.h>

/* Words of feature bits, as CPUID leaves give them (AMD64 vol. 3, appendix E; Intel SDM vol. 2A, CPUID). */
enum cpu_word {
    CPU_WORD_1_EDX, CPU_WORD_1_ECX, CPU_WORD_E1_EDX, CPU_WORD_E1_ECX, CPU_WORD_D1_EAX, CPU_WORD_7_EBX, CPU_WORD_7_ECX,
    CPU_WORD_7_EDX, CPU_WORD_71_EAX, CPU_WORD_E7_EDX, CPU_WORD_E8_EBX, CPU_WORD_6_EAX,
    CPU_WORD_E21_EAX, NR_CPU_WORDS
};

#define CPU_FEATURE(word, bit) ((word) * 32 + (bit))
#define FEATURE_FPU         CPU_FEATURE(CPU_WORD_1_EDX, 0)
#define FEATURE_TSC         CPU_FEATURE(CPU_WORD_1_EDX, 4)
#define FEATURE_MCE         CPU_FEATURE(CPU_WORD_1_EDX, 7)
#define FEATURE_APIC        CPU_FEATURE(CPU_WORD_1_EDX, 9)
#define FEATURE_SEP         CPU_FEATURE(CPU_WORD_1_EDX, 11)
#define FEATURE_MTRR        CPU_FEATURE(CPU_WORD_1_EDX, 12)
#define FEATURE_PGE         CPU_FEATURE(CPU_WORD_1_EDX, 13)
#define FEATURE_MCA         CPU_FEATURE(CPU_WORD_1_EDX, 14)
#define FEATURE_PAT         CPU_FEATURE(CPU_WORD_1_EDX, 16)
#define FEATURE_CLFLUSH     CPU_FEATURE(CPU_WORD_1_EDX, 19)
#define FEATURE_FXSR        CPU_FEATURE(CPU_WORD_1_EDX, 24)
#define FEATURE_MONITOR     CPU_FEATURE(CPU_WORD_1_ECX, 3)
#define FEATURE_PCID        CPU_FEATURE(CPU_WORD_1_ECX, 17)
#define FEATURE_X2APIC      CPU_FEATURE(CPU_WORD_1_ECX, 21)
#define FEATURE_TSC_DEADLINE CPU_FEATURE(CPU_WORD_1_ECX, 24)
#define FEATURE_XSAVE       CPU_FEATURE(CPU_WORD_1_ECX, 26)
#define FEATURE_HYPERVISOR  CPU_FEATURE(CPU_WORD_1_ECX, 31)
#define FEATURE_SYSCALL     CPU_FEATURE(CPU_WORD_E1_EDX, 11)
#define FEATURE_NX          CPU_FEATURE(CPU_WORD_E1_EDX, 20)
#define FEATURE_PAGE1GB     CPU_FEATURE(CPU_WORD_E1_EDX, 26)
#define FEATURE_RDTSCP      CPU_FEATURE(CPU_WORD_E1_EDX, 27)
#define FEATURE_LM          CPU_FEATURE(CPU_WORD_E1_EDX, 29)
#define FEATURE_SVM         CPU_FEATURE(CPU_WORD_E1_ECX, 2)
#define FEATURE_XSAVEOPT    CPU_FEATURE(CPU_WORD_D1_EAX, 0)
#define FEATURE_XSAVEC      CPU_FEATURE(CPU_WORD_D1_EAX, 1)
#define FEATURE_FSGSBASE    CPU_FEATURE(CPU_WORD_7_EBX, 0)
#define FEATURE_TSC_ADJUST  CPU_FEATURE(CPU_WORD_7_EBX, 1)
#define FEATURE_SMEP        CPU_FEATURE(CPU_WORD_7_EBX, 7)
#define FEATURE_ERMS        CPU_FEATURE(CPU_WORD_7_EBX, 9)
#define FEATURE_SMAP        CPU_FEATURE(CPU_WORD_7_EBX, 20)
#define FEATURE_UMIP        CPU_FEATURE(CPU_WORD_7_ECX, 2)
#define FEATURE_RDPID       CPU_FEATURE(CPU_WORD_7_ECX, 22)
#define FEATURE_INVARIANT_TSC CPU_FEATURE(CPU_WORD_E7_EDX, 8)
#define FEATURE_ARCH_CAPS   CPU_FEATURE(CPU_WORD_7_EDX, 29)
#define FEATURE_ARAT        CPU_FEATURE(CPU_WORD_6_EAX, 2)

enum cpu_vendor { CPU_VENDOR_OTHER, CPU_VENDOR_INTEL, CPU_VENDOR_AMD, CPU_VENDOR_HYGON, CPU_VENDOR_CENTAUR };

struct cpu_host {
    u32 word[NR_CPU_WORDS];
    enum cpu_vendor vendor;
    char vendor_id[13], brand[49];
    u32 family, model, stepping;       /* with the extended parts added in */
    u32 max_leaf, max_extended_leaf;
    unsigned int phys_bits, virt_bits; /* address widths */
    unsigned int clflush_bytes;
};
/* Written by cpu_identify() on the boot CPU, constant afterwards. */
extern struct cpu_host cpu_host;

static inline bool cpu_has(unsigned int feature)
{
    return cpu_host.word[feature / 32] >> feature % 32 & 1;
}

/* Boot CPU: fills cpu_host. */
void cpu_identify(void);
/* Any CPU: control bits that do not belong to the FPU (PGE, MCE, SMEP), PAT. Panics where it lacks what the boot CPU has. */
void cpu_init_control(void);

#endif
