/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests' MSRs: a table of those that exist for a PV guest. All others give #GP, reads and writes.
 * Numbers: Intel SDM vol. 4, AMD64 vol. 2 appendix A.
 */
#include <xen/domain.h>
#include <xen/frame.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/cpuid_policy.h>
#include <x86/msr.h>
#include <x86/msr_policy.h>
#include <x86/page.h>
#include <x86/pv.h>
#include <x86/segment.h>

#define MSR_PLATFORM_ID    0x17
#define MSR_UCODE_REVISION 0x8b
#define MSR_MCG_CAP        0x179
#define MSR_MCG_STATUS     0x17a
#define MSR_MCG_CTL        0x17b
#define MSR_MISC_ENABLE    0x1a0
#define MSR_DEBUGCTL       0x1d9
#define MSR_EFER           0xc0000080
#define MSR_HWCR           0xc0010015
#define MSR_XEN_HYPERCALL_PAGE 0x40000000

#define EFER_VISIBLE       0xd01UL   /* SCE, LME, LMA, NXE */
#define APIC_BASE_DEFAULT  0xfee00000UL
#define HWCR_TSC_FREQ_SEL  (1UL << 24)

static DEFINE_PER_CPU(u64, tsc_aux_loaded);

struct guest_msr {
    u32 msr;
    bool (*read)(struct vcpu *v, u32 msr, u64 *value);
    bool (*write)(struct vcpu *v, u32 msr, u64 value);
};

static bool read_zero(struct vcpu *v, u32 msr, u64 *value) { *value = 0; return true; }
static bool read_host(struct vcpu *v, u32 msr, u64 *value) { return !rdmsr_safe(msr, value); }
static bool write_ignored(struct vcpu *v, u32 msr, u64 value) { return true; }
static bool write_zero(struct vcpu *v, u32 msr, u64 value) { return !value; }

static bool read_base(struct vcpu *v, u32 msr, u64 *value)
{
    *value = msr == MSR_FS_BASE ? read_fs_base() : msr == MSR_GS_BASE ? read_gs_base() : read_gs_shadow();
    return true;
}

static bool write_base(struct vcpu *v, u32 msr, u64 value)
{
    if (!is_canonical(value))
        return false;
    if (msr == MSR_FS_BASE)
        write_fs_base(value);
    else if (msr == MSR_GS_BASE)
        write_gs_base(value);
    else
        write_gs_shadow(value);
    return true;
}

static bool read_efer(struct vcpu *v, u32 msr, u64 *value)
{
    *value = rdmsr(MSR_EFER) & EFER_VISIBLE;
    return true;
}

static bool write_efer(struct vcpu *v, u32 msr, u64 value)
{
    return value == (rdmsr(MSR_EFER) & EFER_VISIBLE);
}

static bool read_apic_base(struct vcpu *v, u32 msr, u64 *value)
{
    *value = APIC_BASE_DEFAULT | MSR_APIC_BASE_ENABLE | (v->id == 0 ? MSR_APIC_BASE_BSP : 0);
    return true;
}

static bool read_tsc(struct vcpu *v, u32 msr, u64 *value)
{
    u32 lo, hi;

    asm volatile ("rdtsc" : "=a" (lo), "=d" (hi));
    *value = lo | (u64)hi << 32;
    return true;
}

static bool read_tsc_aux(struct vcpu *v, u32 msr, u64 *value)
{
    *value = v->arch.tsc_aux;
    return cpu_has(FEATURE_RDTSCP);
}

static bool write_tsc_aux(struct vcpu *v, u32 msr, u64 value)
{
    if (!cpu_has(FEATURE_RDTSCP) || value >> 32)
        return false;
    v->arch.tsc_aux = value;
    wrmsr(MSR_TSC_AUX, value);
    this_cpu(tsc_aux_loaded) = value;
    return true;
}

static bool read_pat(struct vcpu *v, u32 msr, u64 *value)
{
    *value = PAT_VALUE;
    return true;
}

static bool write_pat(struct vcpu *v, u32 msr, u64 value)
{
    return value == PAT_VALUE;
}

static bool read_hwcr(struct vcpu *v, u32 msr, u64 *value)
{
    *value = HWCR_TSC_FREQ_SEL;
    return cpu_host.vendor == CPU_VENDOR_AMD || cpu_host.vendor == CPU_VENDOR_HYGON;
}

/* Bits 12 and up: the machine frame, writable, that becomes the hypercall page; below: the page's index, always 0. */
static bool write_hypercall_page(struct vcpu *v, u32 msr, u64 value)
{
    mfn_t m = mfn(value >> PAGE_SHIFT);
    struct frame_info *f;

    if (value & ~PAGE_MASK || !mfn_is_ram(m))
        return false;
    f = mfn_to_frame(m);
    if (frame_get_and_type(f, v->domain, FT_WRITABLE))
        return false;
    hypercall_page_fill(frame_to_virt(f));
    frame_put_and_type(f);
    return true;
}

static const struct guest_msr guest_msrs[] = {
    { MSR_FS_BASE, read_base, write_base },
    { MSR_GS_BASE, read_base, write_base },
    { MSR_KERNEL_GS_BASE, read_base, write_base },
    { MSR_EFER, read_efer, write_efer },
    { MSR_APIC_BASE, read_apic_base, NULL },
    { MSR_TSC, read_tsc, NULL },
    { MSR_TSC_AUX, read_tsc_aux, write_tsc_aux },
    { MSR_PAT, read_pat, write_pat },
    { MSR_PLATFORM_ID, read_host, NULL },
    { MSR_UCODE_REVISION, read_host, write_ignored },
    { MSR_MCG_CAP, read_zero, NULL },            /* no banks: machine checks are ours */
    { MSR_MCG_STATUS, read_zero, write_zero },
    { MSR_MCG_CTL, read_zero, write_ignored },
    { MSR_MISC_ENABLE, read_host, write_ignored },
    { MSR_DEBUGCTL, read_zero, write_zero },
    { MSR_HWCR, read_hwcr, write_ignored },
    { MSR_XEN_HYPERCALL_PAGE, read_zero, write_hypercall_page },
};

static const struct guest_msr *find(u32 msr)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(guest_msrs); i++)
        if (guest_msrs[i].msr == msr)
            return &guest_msrs[i];
    return NULL;
}

bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *value)
{
    const struct guest_msr *m = find(msr);

    if (m && m->read && m->read(v, msr, value))
        return true;
    gprintk(XENLOG_DEBUG "RDMSR %08x refused\n", msr);
    return false;
}

bool guest_wrmsr(struct vcpu *v, u32 msr, u64 value)
{
    const struct guest_msr *m = find(msr);

    if (m && m->write && m->write(v, msr, value))
        return true;
    gprintk(XENLOG_DEBUG "WRMSR %08x = %016lx refused\n", msr, value);
    return false;
}

/* Bits that hold while the guest runs, and that the hypervisor does not rely on. */
#define CR4_GUEST (CR4_TSD | CR4_FSGSBASE)

static void load_cr4(const struct vcpu *v)
{
    u64 now = read_cr4(), want = (now & ~CR4_GUEST) | (v->arch.pv.ctrlreg[4] & CR4_GUEST);

    if (unlikely(now != want))
        write_cr4(want);
}

void guest_write_cr4(struct vcpu *v, u64 value)
{
    v->arch.pv.ctrlreg[4] = guest_cr4_fixup(v->domain, value);
    load_cr4(v);
}

void msr_switch_to(struct vcpu *v)
{
    if (this_cpu(tsc_aux_loaded) != v->arch.tsc_aux) {
        wrmsr(MSR_TSC_AUX, v->arch.tsc_aux);
        this_cpu(tsc_aux_loaded) = v->arch.tsc_aux;
    }
    load_cr4(v);
}
