/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions per operation.  Under `run --icount` one TSC tick is one instruction of the guest and the hypervisor
 * together, so that the figures repeat to the digit; without it they are ticks.  Each row is the lowest of several
 * runs of a loop, less the empty loop.
 * Lines: "BENCH name value".
 */
#include "test.h"
#include <public/arch-x86/cpuid.h>

#define RUNS 5

static uint64_t entry_rw, entry_ro, entry_other, l1_at;
static struct mmu_update batch[128];
static struct multicall_entry calls[32];
static unsigned long l1_frame;
static unsigned port;

static void nothing(void)
{
    barrier();
}

static void null_call(void)
{
    hc_xen_version(XENVER_version, NULL);
}

static void event_send(void)
{
    struct evtchn_send s = { .port = port };

    hc_event_channel_op(EVTCHNOP_send, &s);
    shared->evtchn_pending[port / 64] = 0;
}

static void va_toggle(void)
{
    static unsigned n;

    hc_update_va_mapping(SCRATCH_VA, n++ & 1 ? entry_rw : entry_ro, UVMF_INVLPG);
}

static void va_change(void)
{
    static unsigned n;

    hc_update_va_mapping(SCRATCH_VA, n++ & 1 ? entry_rw : entry_other, UVMF_INVLPG);
}

static void mmu_one(void)
{
    static unsigned n;
    struct mmu_update u = { l1_at, n++ & 1 ? entry_rw : entry_other };

    hc_mmu_update(&u, 1, NULL, DOMID_SELF);
}

static void mmu_batch(void)
{
    static unsigned n;
    uint64_t value = n++ & 1 ? entry_rw : entry_other;

    for (unsigned i = 0; i < 128; i++)
        batch[i].val = value;
    hc_mmu_update(batch, 128, NULL, DOMID_SELF);
}

static void multicall(void)
{
    hc_multicall(calls, 32);
}

static void pin_unpin(void)
{
    pin_table(1, l1_frame);
    unpin_table(l1_frame);
}

static void segment_base(void)
{
    hc_set_segment_base(SEGBASE_FS, 0);
}

static void taskswitch(void)
{
    hc_fpu_taskswitch(0);
}

static void set_timer(void)
{
    hc_set_timer_op(1ull << 62);
}

static void vcpu_is_up(void)
{
    hc_vcpu_op(VCPUOP_is_up, 0, NULL);
}

static void yield(void)
{
    hc_sched_op(SCHEDOP_yield, NULL);
}

static void flush_tlb(void)
{
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
}

static void flush_one(void)
{
    mmuext(MMUEXT_INVLPG_LOCAL, SCRATCH_VA, 0);
}

static void forced_cpuid(void)
{
    uint32_t a = XEN_CPUID_FIRST_LEAF, b, c = 0, d;

    asm volatile(XEN_CPUID : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

static void read_cr0(void)
{
    unsigned long v;

    asm volatile("mov %%cr0, %0" : "=r"(v));
}

/* The guest's handler is as small as C makes it: trap_c with a hook that moves RIP on. */
static bool skip(struct regs *regs)
{
    regs->rip = regs->rdx;
    return true;
}

static void reflect_ud(void)
{
    asm volatile("lea 1f(%%rip), %%rdx; ud2; 1:" : : : "rdx");
}

static void reflect_pf(void)
{
    asm volatile("lea 1f(%%rip), %%rdx; mov (%0), %%al; 1:" : : "r"(0x1000ul) : "rdx", "rax");
}

static void reflect_gp(void)
{
    asm volatile("lea 1f(%%rip), %%rdx; mov (%0), %%al; 1:" : : "r"(0x900000000000ul) : "rdx", "rax");
}

static uint64_t loop(void (*op)(void), unsigned count)
{
    uint64_t start = rdtsc();

    for (unsigned i = 0; i < count; i++)
        op();
    return rdtsc() - start;
}

static uint64_t measure(void (*op)(void), unsigned count)
{
    uint64_t best = ~0ull;

    loop(op, 2);
    for (unsigned i = 0; i < RUNS; i++) {
        uint64_t t = loop(op, count);

        best = t < best ? t : best;
    }
    return best / count;
}

static const struct row {
    const char *name;
    void (*op)(void);
    unsigned count;
} rows[] = {
    { "null hypercall (xen_version)", null_call, 200 },
    { "event send, loopback, masked", event_send, 200 },
    { "update_va_mapping, INVLPG: toggle RW", va_toggle, 200 },
    { "update_va_mapping, INVLPG: change frame", va_change, 200 },
    { "mmu_update, one entry", mmu_one, 200 },
    { "mmu_update, batch of 128", mmu_batch, 20 },
    { "multicall of 32 null calls", multicall, 20 },
    { "pin and unpin an empty L1", pin_unpin, 20 },
    { "set_segment_base", segment_base, 200 },
    { "fpu_taskswitch", taskswitch, 200 },
    { "set_timer_op", set_timer, 200 },
    { "vcpu_op (is_up)", vcpu_is_up, 200 },
    { "sched_op yield, alone", yield, 200 },
    { "mmuext: local TLB flush", flush_tlb, 200 },
    { "mmuext: local INVLPG", flush_one, 200 },
    { "CPUID with the forced prefix", forced_cpuid, 200 },
    { "emulated CR0 read", read_cr0, 200 },
    { "reflected #UD, handler and iret", reflect_ud, 200 },
    { "reflected #PF, handler and iret", reflect_pf, 200 },
    { "reflected #GP, handler and iret", reflect_gp, 200 },
};

static void prepare(void)
{
    void *l1 = page_alloc();
    struct evtchn_bind_ipi b = { .vcpu = 0 };

    event_mask_all();
    NEED(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    pt_build(SCRATCH_VA);
    entry_rw = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_DATA;
    entry_ro = entry_rw & ~PTE_RW;
    entry_other = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_DATA;
    l1_at = pt_entry_maddr(SCRATCH_VA, 1);
    for (unsigned i = 0; i < 128; i++)
        batch[i].ptr = l1_at + i * 8;
    for (unsigned i = 0; i < 32; i++)
        calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_version } };
    l1_frame = virt_to_mfn(l1);
    NEED(page_set_ro(l1), 0);
    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    port = b.port;
    shared->evtchn_mask[port / 64] = ~0ul;
    trap_hook = skip;
}

void test_main(void)
{
    uint64_t empty;

    prepare();
    empty = measure(nothing, 200);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        printf("BENCH %s  %lu\n", rows[i].name, measure(rows[i].op, rows[i].count) - empty);
    trap_hook = NULL;
    CHECK(true, "-");
}
