/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended state of vCPUs: saved when one leaves a CPU, loaded before the next runs. Nothing waits for the first use:
 * registers of another guest are never within reach, and QEMU 7.2's XSAVE and XRSTOR do not heed CR0.TS, which is the
 * guest's alone. The registers stay valid for the vCPU that was saved last here (fpu_owner) until another's are loaded, so
 * that a return from the idle vCPU costs nothing. Formats: AMD64 vol. 2, 11.4.4 (FXSAVE) and 11.5 (XSAVE).
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <x86/asm.h>
#include <x86/fpu.h>
#include <x86/segment.h>
#include <x86/spec.h>

#define XCR0_X87      1UL
#define XCR0_SSE      2UL
#define XCR0_AVX      4UL
#define XCR0_AVX512   0xe0UL
#define XCR0_PKRU     0x200UL
#define XCR0_USED     (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

#define FCW_DEFAULT   0x037f
#define MXCSR_DEFAULT 0x1f80

u64 xfeature_mask;
u32 xsave_area_size = 512 + 64;
static bool has_xsaveopt;
static u32 mxcsr_mask;

/* Whose state the registers of this CPU hold, NULL unknown. Compared with v->arch.fpu_cpu, never followed. */
static DEFINE_PER_CPU(struct vcpu *, fpu_owner);

static inline void xsetbv(u32 reg, u64 v)
{
    asm volatile ("xsetbv" :: "c" (reg), "a" ((u32)v), "d" ((u32)(v >> 32)));
}

/* Bits of MXCSR that may be set: FXSAVE tells; 0 means the original ones (AMD64 vol. 1, 4.2.2). */
static void detect_mxcsr(void)
{
    static struct xsave_area area;

    fpu_clts();
    asm volatile ("fninit; fxsaveq %0" : "=m" (area));
    memcpy(&mxcsr_mask, area.legacy + 28, sizeof(mxcsr_mask));
    if (!mxcsr_mask)
        mxcsr_mask = 0xffbf;
}

/*
 * Why XSAVE cannot be used on a CPU that has it, or NULL. QEMU's emulator (7.2) takes CR4.OSXSAVE for a reserved bit where
 * leaf 0xd, 1 is empty, as on its Opteron_G4 and Opteron_G5, and repeats the write of CR4 for ever; a CPU of that
 * generation has XSAVE without XSAVEOPT and is right, hence the look at who emulates it.
 */
static const char *xsave_obstacle(void)
{
    u32 features, max, b, c, d;
    char id[13] = { 0 };

    if (cpuid_eax(0) < 13)
        return "CPUID has no leaf 0xd, which gives its size";
    cpuid_count(13, 1, &features, &b, &c, &d);
    if (features || !(cpuid_ecx(1) & (1u << 31)))
        return NULL;
    cpuid_count(0x40000000, 0, &max, (u32 *)id, (u32 *)(id + 4), (u32 *)(id + 8));
    return strcmp(id, "TCGTCGTCGTCG") ? NULL : "QEMU's emulator hangs when it is enabled on a CPU without XSAVEOPT";
}

static void detect(void)
{
    const char *obstacle;
    u32 a, b, c, d;

    detect_mxcsr();
    if (!(cpuid_ecx(1) & (1u << 26)))
        return;
    obstacle = xsave_obstacle();
    if (obstacle) {
        printk("XSAVE is not used: %s\n", obstacle);
        return;
    }
    cpuid_count(13, 0, &a, &b, &c, &d);
    xfeature_mask = a & XCR0_USED;
    if ((xfeature_mask & XCR0_AVX512) != XCR0_AVX512 || !(xfeature_mask & XCR0_AVX))
        xfeature_mask &= ~XCR0_AVX512;
    write_cr4(read_cr4() | CR4_OSXSAVE);
    xsetbv(0, xfeature_mask);
    xsave_area_size = cpuid_ebx(13);
    cpuid_count(13, 1, &a, &b, &c, &d);
    has_xsaveopt = a & 1;
}

void fpu_init_cpu(void)
{
    static bool detected;
    u32 a, b, c, d;
    u64 cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

    write_cr0((read_cr0() & ~CR0_EM) | CR0_MP | CR0_NE);
    cpuid_count(7, 0, &a, &b, &c, &d);
    if (cpuid_eax(0) >= 7 && (b & 1))
        cr4 |= CR4_FSGSBASE;
    write_cr4(cr4);
    if (!detected)
        detect();
    detected = true;
    if (xfeature_mask) {
        write_cr4(read_cr4() | CR4_OSXSAVE);
        xsetbv(0, xfeature_mask);
    }
    fpu_clts();
}

int fpu_vcpu_init(struct vcpu *v)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < xsave_area_size)
        order++;
    v->arch.fpu = alloc_xen_pages(order, ALLOC_ZERO);
    return v->arch.fpu ? 0 : -ENOMEM;
}

void fpu_vcpu_destroy(struct vcpu *v)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < xsave_area_size)
        order++;
    if (v->arch.fpu)
        free_xen_pages(v->arch.fpu, order);
    v->arch.fpu = NULL;
}

void fpu_reset(struct vcpu *v)
{
    u16 fcw = FCW_DEFAULT;
    u32 mxcsr = MXCSR_DEFAULT;

    memset(v->arch.fpu, 0, xsave_area_size);
    memcpy(v->arch.fpu->legacy, &fcw, sizeof(fcw));
    memcpy(v->arch.fpu->legacy + 24, &mxcsr, sizeof(mxcsr));
    v->arch.fpu_initialised = false;
    v->arch.fpu_cpu = ~0u;
    v->arch.xcr0 = v->arch.xcr0_accum = xfeature_mask ? XCR0_X87 : 0;
}

static void save(struct vcpu *v)
{
    struct xsave_area *area = v->arch.fpu;

    if (!xfeature_mask)
        asm volatile ("fxsaveq %0" : "=m" (*area));
    else if (has_xsaveopt)
        asm volatile ("xsaveopt64 (%0)" :: "r" (area), "a" ((u32)xfeature_mask), "d" (0) : "memory");
    else
        asm volatile ("xsave64 (%0)" :: "r" (area), "a" ((u32)xfeature_mask), "d" (0) : "memory");
}

/*
 * Gives FIP, FDP and FOP the same values for each guest, before its state is loaded: AMD's CPUs before Zen 2 load them only where
 * the image has an exception pending (AMD64 vol. 2, 11.4.4.3), so that the next guest could read the last one's. It is done whatever the
 * image says: who made it up may claim an exception that its own masks deny. Neither instruction before FILD waits for pending
 * exceptions, and an empty register takes the value.
 */
static void clear_pointers(void)
{
    static const u32 value;

    asm volatile ("fnclex; emms; fildl %0" :: "m" (value));
}

/* State that a guest or its tools made up may be refused by the CPU (#GP): it becomes the power-on state. */
static void load(struct vcpu *v)
{
    struct xsave_area *area = v->arch.fpu;

    if (spec.fpu_pointers)
        clear_pointers();
    if (!xfeature_mask)
        asm goto ("1: fxrstorq %0\n .pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l1; .popsection"
                  :: "m" (*area) : "memory" : bad);
    else
        asm goto ("1: xrstor64 (%0)\n .pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l3; .popsection"
                  :: "r" (area), "a" ((u32)xfeature_mask), "d" (0) : "memory" : bad);
    return;
bad:
    printk(XENLOG_GUEST "%pv: FPU state refused by the CPU, reset\n", v);
    memset(area, 0, xsave_area_size);
    memcpy(area->legacy, &(u16){ FCW_DEFAULT }, 2);
    memcpy(area->legacy + 24, &(u32){ MXCSR_DEFAULT }, 4);
    if (!xfeature_mask)
        asm volatile ("fxrstorq %0" :: "m" (*area));
    else
        asm volatile ("xrstor64 (%0)" :: "r" (area), "a" ((u32)xfeature_mask), "d" (0));
}

/* The registers are saved and restored with all features on; in between XCR0 is the guest's. */
static void set_guest_xcr0(const struct vcpu *v)
{
    if (xfeature_mask && v->arch.xcr0 != xfeature_mask)
        xsetbv(0, v->arch.xcr0);
}

static void set_own_xcr0(const struct vcpu *v)
{
    if (xfeature_mask && v->arch.xcr0 != xfeature_mask)
        xsetbv(0, xfeature_mask);
}

static bool guest_ts(const struct vcpu *v)
{
    return v->arch.pv.ctrlreg[0] & CR0_TS;
}

void fpu_switch_from(struct vcpu *v)
{
    if (unlikely(guest_ts(v)))
        fpu_clts();
    set_own_xcr0(v);
    save(v);
    v->arch.fpu_cpu = smp_processor_id();
    this_cpu(fpu_owner) = v;
}

void fpu_switch_to(struct vcpu *v)
{
    if (v->arch.fpu_cpu != smp_processor_id() || this_cpu(fpu_owner) != v)
        load(v);
    v->arch.fpu_initialised = true;
    set_guest_xcr0(v);
    if (unlikely(guest_ts(v)))
        fpu_stts();
}

void fpu_set_fxsave(struct vcpu *v, const void *image)
{
    u32 mxcsr;

    memcpy(v->arch.fpu->legacy, image, sizeof(v->arch.fpu->legacy));
    memcpy(&mxcsr, v->arch.fpu->legacy + 24, sizeof(mxcsr));
    mxcsr &= mxcsr_mask;
    memcpy(v->arch.fpu->legacy + 24, &mxcsr, sizeof(mxcsr));
    v->arch.fpu->xstate_bv = xfeature_mask ? XCR0_X87 | XCR0_SSE : 0;
    v->arch.fpu->xcomp_bv = 0;
    v->arch.fpu_initialised = true;
    v->arch.fpu_cpu = ~0u;
}

/* XSAVE leaves out what is in its power-on state (AMD64 vol. 2, 11.5.9). */
void fpu_get_fxsave(struct vcpu *v, void *image)
{
    u64 there = xfeature_mask ? v->arch.fpu->xstate_bv : XCR0_X87 | XCR0_SSE;
    u8 *to = image;

    memcpy(to, v->arch.fpu->legacy, sizeof(v->arch.fpu->legacy));
    if (!(there & XCR0_X87)) {
        memset(to, 0, 24);
        memset(to + 32, 0, 128);
        memcpy(to, &(u16){ FCW_DEFAULT }, 2);
    }
    if (!(there & XCR0_SSE))
        memset(to + 160, 0, 256);
}

/* Rules of XSETBV: AMD64 vol. 2, 11.5.2. */
bool fpu_xcr0_ok(u64 value)
{
    if (!xfeature_mask || (value & ~xfeature_mask) || !(value & XCR0_X87))
        return false;
    if ((value & XCR0_AVX) && !(value & XCR0_SSE))
        return false;
    if ((value & XCR0_AVX512) && ((value & XCR0_AVX512) != XCR0_AVX512 || !(value & XCR0_AVX)))
        return false;
    return true;
}

bool fpu_set_xcr0(struct vcpu *v, u64 value)
{
    if (!fpu_xcr0_ok(value))
        return false;
    v->arch.xcr0 = value;
    v->arch.xcr0_accum |= value;
    xsetbv(0, value);
    return true;
}
