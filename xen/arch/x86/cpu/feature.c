/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the CPU what it is, and sets the control bits that the hypervisor relies on. */
#include <xen/lib.h>
#include <xen/params.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/cpufeature.h>
#include <x86/msr.h>
#include <x86/spec.h>

struct cpu_host cpu_host __read_mostly;

static bool opt_smep = true;
PARAM("smep", smep, PARAM_BOOL, &opt_smep, "CR4.SMEP: the hypervisor never executes guest memory");

enum { EAX, EBX, ECX, EDX };

static const struct { u32 leaf, subleaf; u8 reg; } word_source[NR_CPU_WORDS] = {
    [CPU_WORD_1_EDX]  = { 1, 0, EDX },
    [CPU_WORD_1_ECX]  = { 1, 0, ECX },
    [CPU_WORD_E1_EDX] = { 0x80000001, 0, EDX },
    [CPU_WORD_E1_ECX] = { 0x80000001, 0, ECX },
    [CPU_WORD_D1_EAX] = { 0xd, 1, EAX },
    [CPU_WORD_7_EBX]  = { 7, 0, EBX },
    [CPU_WORD_7_ECX]  = { 7, 0, ECX },
    [CPU_WORD_7_EDX]  = { 7, 0, EDX },
    [CPU_WORD_71_EAX] = { 7, 1, EAX },
    [CPU_WORD_E7_EDX] = { 0x80000007, 0, EDX },
    [CPU_WORD_E8_EBX] = { 0x80000008, 0, EBX },
    [CPU_WORD_6_EAX]  = { 6, 0, EAX },
    [CPU_WORD_E21_EAX] = { 0x80000021, 0, EAX },
};

static const struct { const char id[13]; enum cpu_vendor vendor; } vendors[] = {
    { "GenuineIntel", CPU_VENDOR_INTEL }, { "AuthenticAMD", CPU_VENDOR_AMD },
    { "HygonGenuine", CPU_VENDOR_HYGON }, { "CentaurHauls", CPU_VENDOR_CENTAUR },
};

/* Leaf 0x80000001 of a CPU without extended leaves, as far as EFER tells it: head.S and the trampoline set what there is. */
static u32 features_of_efer(void)
{
    static const struct { u64 efer; u16 feature; } known[] = {
        { 1u << 0, FEATURE_SYSCALL }, { 1u << 8, FEATURE_LM }, { 1u << 11, FEATURE_NX },
    };
    u64 efer = rdmsr(MSR_EFER);
    u32 word = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
        if (efer & known[i].efer)
            word |= 1u << known[i].feature % 32;
    return word;
}

static u32 read_word(enum cpu_word w)
{
    u32 leaf = word_source[w].leaf, r[4];

    if (w == CPU_WORD_E1_EDX && cpu_host.max_extended_leaf < 0x80000001)
        return features_of_efer();
    if (leaf > (leaf & 0x80000000 ? cpu_host.max_extended_leaf : cpu_host.max_leaf))
        return 0;
    cpuid_count(leaf, word_source[w].subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]);
    return r[word_source[w].reg];
}

static void read_vendor(void)
{
    u32 *id = (u32 *)cpu_host.vendor_id;

    cpuid_count(0, 0, &cpu_host.max_leaf, &id[0], &id[2], &id[1]);
    for (unsigned int i = 0; i < ARRAY_SIZE(vendors); i++)
        if (!strcmp(cpu_host.vendor_id, vendors[i].id))
            cpu_host.vendor = vendors[i].vendor;
}

/* Family and model: Intel SDM vol. 2A, CPUID leaf 1. */
static void read_model(void)
{
    u32 eax = cpuid_eax(1), family = eax >> 8 & 15, model = eax >> 4 & 15;

    if (family == 6 || family == 15)
        model |= eax >> 12 & 0xf0;
    if (family == 15)
        family += eax >> 20 & 0xff;
    cpu_host.family = family;
    cpu_host.model = model;
    cpu_host.stepping = eax & 15;
    cpu_host.clflush_bytes = (cpuid_ebx(1) >> 8 & 0xff) * 8;
}

static void read_brand(void)
{
    u32 *b = (u32 *)cpu_host.brand;

    if (cpu_host.max_extended_leaf < 0x80000004)
        return;
    for (unsigned int i = 0; i < 3; i++, b += 4)
        cpuid_count(0x80000002 + i, 0, &b[0], &b[1], &b[2], &b[3]);
}

static void read_widths(void)
{
    u32 eax = cpu_host.max_extended_leaf >= 0x80000008 ? cpuid_eax(0x80000008) : 0;

    cpu_host.phys_bits = eax & 0xff ? eax & 0xff : 36;
    cpu_host.virt_bits = eax >> 8 & 0xff ? eax >> 8 & 0xff : 48;
}

void cpu_identify(void)
{
    read_vendor();
    cpu_host.max_extended_leaf = cpuid_eax(0x80000000);
    if (cpu_host.max_extended_leaf >> 16 != 0x8000)
        cpu_host.max_extended_leaf = 0x80000000;
    for (unsigned int w = 0; w < NR_CPU_WORDS; w++)
        cpu_host.word[w] = read_word(w);
    read_model();
    read_brand();
    read_widths();
    printk("CPU: %s family %u model %u stepping %u: %s\n", cpu_host.vendor_id, cpu_host.family, cpu_host.model,
           cpu_host.stepping, cpu_host.brand);
    if (cpu_host.max_extended_leaf < 0x80000001)
        printk("CPUID has no extended leaves: long mode, NX and SYSCALL are known from EFER\n");
    if (!cpu_has(FEATURE_APIC))
        boot_refuse("this CPU has no local APIC, or the firmware turned it off: enable it there");
    if (!cpu_has(FEATURE_FXSR) || !cpu_has(FEATURE_PAT))
        boot_refuse("this CPU lacks FXSR or PAT, which every 64-bit CPU has");
}

/* Features that the hypervisor uses once the boot CPU has them. */
static const u16 needed_everywhere[] = {
    FEATURE_APIC, FEATURE_X2APIC, FEATURE_PGE, FEATURE_XSAVE, FEATURE_SMEP, FEATURE_TSC_DEADLINE,
    FEATURE_RDTSCP, FEATURE_SYSCALL, FEATURE_NX,
};

static void check_same_as_boot_cpu(void)
{
    u32 word[NR_CPU_WORDS];

    for (unsigned int w = 0; w < NR_CPU_WORDS; w++)
        word[w] = read_word(w);
    for (unsigned int i = 0; i < ARRAY_SIZE(needed_everywhere); i++) {
        u16 f = needed_everywhere[i];
        if (cpu_has(f) && !(word[f / 32] >> f % 32 & 1))
            panic("CPU %u lacks feature %u.%u, which the boot CPU has", smp_processor_id(), f / 32, f % 32);
    }
}

void cpu_init_control(void)
{
    unsigned long cr4 = (read_cr4() & ~CR4_PGE) | CR4_DE;

    if (smp_processor_id())
        check_same_as_boot_cpu();
    /* A global entry would outlast the change of tables on the way to a guest. */
    if (!spec.xpti_dom0 && !spec.xpti_domu)
        cr4 |= CR4_PGE;
    if (cpu_has(FEATURE_MCE))
        cr4 |= CR4_MCE;
    if (cpu_has(FEATURE_SMEP) && opt_smep)
        cr4 |= CR4_SMEP;
    write_cr4(cr4);
    wrmsr(MSR_PAT, PAT_VALUE);
    spec_init_cpu();
}
