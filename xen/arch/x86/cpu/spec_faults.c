/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults of CPU models, and which of them the hypervisor removes: plain C (x86/spec.h). A CPU that says by CPUID or
 * IA32_ARCH_CAPABILITIES that it is free of a fault, or that its microcode helps, is believed before the table of models.
 *
 * Sources: Intel, "Affected Processors: Guidance for Security Issues on Intel Processors"; Intel SDM vol. 4,
 * IA32_ARCH_CAPABILITIES and IA32_MCU_OPT_CTRL; AMD security bulletins SB-1036, 1045, 7005, 7008, 7010, 7029, 7052, 7053; AMD,
 * revision guides for families 0Fh (25759, erratum 121) and 16h (51810, erratum 793); the model lists and bits of Linux.
 */
#include <xen/lib.h>
#include <x86/msr.h>
#include <x86/spec.h>

/* IA32_ARCH_CAPABILITIES */
#define CAPS_IBRS_ALL   (1UL << 1)
#define CAPS_RSBA       (1UL << 2)
#define CAPS_RRSBA      (1UL << 19)
#define CAPS_BHI_NO     (1UL << 20)
#define CAPS_GDS_CTRL   (1UL << 25)
#define CAPS_GDS_NO     (1UL << 26)
#define CAPS_RFDS_NO    (1UL << 27)
#define CAPS_RFDS_CLEAR (1UL << 28)
#define CAPS_ITS_NO     (1UL << 62)
/* CPUID 0x80000008 EBX, 0x80000021 EAX and ECX */
#define E8_BTC_NO       (1u << 29)
#define E21_VERW_CLEAR  (1u << 5)
#define E21_SRSO_NO     (1u << 29)
#define E21_TSA_SQ_NO   (1u << 1)
#define E21_TSA_L1_NO   (1u << 2)
/* CPUID 7.2 EDX */
#define EDX72_BHI_CTRL  (1u << 4)

#define FAULT(name)     (1u << FAULT_##name)
#define SKYLAKE         (FAULT(RETBLEED) | FAULT(GDS))
#define ZEN1            (FAULT(BTC) | FAULT(SRSO) | FAULT(DIV) | FAULT(FP_DIV))
#define ZEN2            (FAULT(BTC) | FAULT(SRSO) | FAULT(ZENBLEED) | FAULT(OP_CACHE))

const char *const spec_fault_names[NR_FAULTS] = {
    [FAULT_BHI] = "BHI", [FAULT_RETBLEED] = "Retbleed", [FAULT_ITS] = "ITS", [FAULT_GDS] = "GDS", [FAULT_RFDS] = "RFDS",
    [FAULT_BTC] = "branch type confusion", [FAULT_SRSO] = "SRSO", [FAULT_TSA] = "TSA", [FAULT_DIV] = "division leak",
    [FAULT_FP_DIV] = "FP division leak", [FAULT_ZENBLEED] = "Zenbleed", [FAULT_OP_CACHE] = "op cache",
    [FAULT_ERRATUM_793] = "erratum 793", [FAULT_ERRATUM_121] = "erratum 121",
};

static const struct { u8 vendor, family, first, last; u32 faults; } models[] = {
    { CPU_VENDOR_AMD, 0x0f, 0x00, 0x3f, FAULT(ERRATUM_121) },
    { CPU_VENDOR_AMD, 0x15, 0x00, 0xff, FAULT(BTC) },
    { CPU_VENDOR_AMD, 0x16, 0x00, 0x0f, FAULT(BTC) | FAULT(ERRATUM_793) },
    { CPU_VENDOR_AMD, 0x16, 0x10, 0xff, FAULT(BTC) },
    { CPU_VENDOR_AMD, 0x17, 0x00, 0x2f, ZEN1 }, { CPU_VENDOR_AMD, 0x17, 0x50, 0x5f, ZEN1 },
    { CPU_VENDOR_AMD, 0x17, 0x30, 0x4f, ZEN2 }, { CPU_VENDOR_AMD, 0x17, 0x60, 0x7f, ZEN2 },
    { CPU_VENDOR_AMD, 0x17, 0x90, 0x91, ZEN2 }, { CPU_VENDOR_AMD, 0x17, 0xa0, 0xaf, ZEN2 },
    { CPU_VENDOR_AMD, 0x19, 0x00, 0xff, FAULT(SRSO) | FAULT(TSA) },
    { CPU_VENDOR_HYGON, 0x18, 0x00, 0xff, FAULT(BTC) | FAULT(SRSO) | FAULT(DIV) },
    /* Skylake client, server (ITS from Cascade Lake on), Kaby, Coffee, Comet Lake */
    { CPU_VENDOR_INTEL, 6, 0x4e, 0x4e, SKYLAKE }, { CPU_VENDOR_INTEL, 6, 0x5e, 0x5e, SKYLAKE },
    { CPU_VENDOR_INTEL, 6, 0x55, 0x55, SKYLAKE | FAULT(ITS) }, { CPU_VENDOR_INTEL, 6, 0x8e, 0x8e, SKYLAKE | FAULT(ITS) },
    { CPU_VENDOR_INTEL, 6, 0x9e, 0x9e, SKYLAKE | FAULT(ITS) }, { CPU_VENDOR_INTEL, 6, 0xa5, 0xa6, SKYLAKE | FAULT(ITS) },
    /* Ice, Tiger, Rocket Lake */
    { CPU_VENDOR_INTEL, 6, 0x6a, 0x6a, FAULT(GDS) | FAULT(ITS) }, { CPU_VENDOR_INTEL, 6, 0x6c, 0x6c, FAULT(GDS) | FAULT(ITS) },
    { CPU_VENDOR_INTEL, 6, 0x7d, 0x7e, FAULT(GDS) | FAULT(ITS) }, { CPU_VENDOR_INTEL, 6, 0x8c, 0x8d, FAULT(GDS) | FAULT(ITS) },
    { CPU_VENDOR_INTEL, 6, 0xa7, 0xa7, FAULT(GDS) | FAULT(ITS) },
    /* Atoms from Goldmont on, and the hybrids: Alder and Raptor Lake */
    { CPU_VENDOR_INTEL, 6, 0x5c, 0x5c, FAULT(RFDS) }, { CPU_VENDOR_INTEL, 6, 0x5f, 0x5f, FAULT(RFDS) },
    { CPU_VENDOR_INTEL, 6, 0x7a, 0x7a, FAULT(RFDS) }, { CPU_VENDOR_INTEL, 6, 0x86, 0x86, FAULT(RFDS) },
    { CPU_VENDOR_INTEL, 6, 0x96, 0x97, FAULT(RFDS) }, { CPU_VENDOR_INTEL, 6, 0x9a, 0x9a, FAULT(RFDS) },
    { CPU_VENDOR_INTEL, 6, 0x9c, 0x9c, FAULT(RFDS) }, { CPU_VENDOR_INTEL, 6, 0xb7, 0xb7, FAULT(RFDS) },
    { CPU_VENDOR_INTEL, 6, 0xba, 0xba, FAULT(RFDS) }, { CPU_VENDOR_INTEL, 6, 0xbe, 0xbf, FAULT(RFDS) },
};

/* Bits that AMD says to set; a CPU whose microcode is at least @microcode does the same by itself. */
static const struct { u8 fault, first, last; u32 microcode; struct spec_msr_bit set; } remedies[] = {
    { FAULT_ERRATUM_793, 0x00, 0x0f, 0, { 0xc0011020, 15 } },
    { FAULT_FP_DIV,   0x00, 0xff, 0, { 0xc0011028, 9 } },
    { FAULT_OP_CACHE, 0x00, 0xff, 0, { 0xc001102e, 33 } },
    { FAULT_ZENBLEED, 0x30, 0x3f, 0x0830107b, { 0xc0011029, 9 } },
    { FAULT_ZENBLEED, 0x60, 0x67, 0x0860010c, { 0xc0011029, 9 } },
    { FAULT_ZENBLEED, 0x68, 0x6f, 0x08608107, { 0xc0011029, 9 } },
    { FAULT_ZENBLEED, 0x70, 0x7f, 0x08701033, { 0xc0011029, 9 } },
    { FAULT_ZENBLEED, 0xa0, 0xaf, 0x08a00009, { 0xc0011029, 9 } },
    { FAULT_ZENBLEED, 0x00, 0xff, ~0u, { 0xc0011029, 9 } },
};

static u32 faults_by_model(const struct spec_facts *f)
{
    u32 faults = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(models); i++)
        if (models[i].vendor == f->vendor && models[i].family == f->family && f->model >= models[i].first &&
            f->model <= models[i].last)
            faults |= models[i].faults;
    return faults;
}

/* What the CPU itself says of its faults. */
static u32 faults_denied(const struct spec_facts *f)
{
    const u32 no_tsa = E21_TSA_SQ_NO | E21_TSA_L1_NO;
    u32 denied = 0;

    if (f->vendor == CPU_VENDOR_INTEL) {
        denied |= f->arch_caps & CAPS_GDS_NO ? FAULT(GDS) : 0;
        denied |= f->arch_caps & CAPS_RFDS_NO ? FAULT(RFDS) : 0;
        denied |= f->arch_caps & CAPS_ITS_NO ? FAULT(ITS) : 0;
        return denied;
    }
    denied |= f->e8_ebx & E8_BTC_NO ? FAULT(BTC) : 0;
    denied |= f->e21_eax & E21_SRSO_NO ? FAULT(SRSO) : 0;
    denied |= (f->e21_ecx & no_tsa) == no_tsa ? FAULT(TSA) : 0;
    return denied;
}

/* Branch history: CPUs with enhanced IBRS that do not deny it. Without, retpolines are used, which no history steers. */
static bool has_bhi(const struct spec_facts *f)
{
    return f->vendor == CPU_VENDOR_INTEL && (f->arch_caps & CAPS_IBRS_ALL) && !(f->arch_caps & CAPS_BHI_NO);
}

bool spec_verw_clears(const struct spec_facts *f)
{
    return f->vendor == CPU_VENDOR_INTEL ? f->arch_caps & CAPS_RFDS_CLEAR : f->e21_eax & E21_VERW_CLEAR;
}

/* The bits go to @c; a virtual CPU is its owner's to mend. */
static u32 choose_bits(const struct spec_facts *f, struct spec_choice *c)
{
    u32 mended = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(remedies); i++) {
        u32 fault = 1u << remedies[i].fault;

        if (!(c->faults & fault & ~mended) || f->model < remedies[i].first || f->model > remedies[i].last)
            continue;
        mended |= fault;
        if (f->microcode < remedies[i].microcode || !remedies[i].microcode)
            c->msr_bits[c->nr_msr_bits++] = remedies[i].set;
    }
    return mended;
}

void spec_find_faults(const struct spec_facts *f, struct spec_choice *c)
{
    c->faults = faults_by_model(f) & ~faults_denied(f);
    if (has_bhi(f))
        c->faults |= FAULT(BHI);
    c->bhi_ctrl = f->leaf72_edx & EDX72_BHI_CTRL;
    c->retpoline_holds = !(f->arch_caps & (CAPS_RSBA | CAPS_RRSBA));
    c->open = c->faults;
    if (!f->is_virtual)
        c->open &= ~choose_bits(f, c);
    if (f->arch_caps & CAPS_GDS_CTRL)
        c->open &= ~FAULT(GDS);
}

bool spec_enable_gds(int (*read)(u32 msr, u64 *v), int (*write)(u32 msr, u64 v))
{
    u64 v;

    if (read(MSR_MCU_OPT_CTRL, &v) || !(v & MCU_OPT_GDS_MITG_DIS))
        return true;
    return !write(MSR_MCU_OPT_CTRL, v & ~MCU_OPT_GDS_MITG_DIS) && !read(MSR_MCU_OPT_CTRL, &v) && !(v & MCU_OPT_GDS_MITG_DIS);
}
