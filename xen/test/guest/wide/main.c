/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64 vCPUs on 64 CPUs: each is started, counts, sends an event to vCPU 0, and stops; again; with a page's mapping flushed
 * everywhere meanwhile.
 */
#include "test.h"

#define VCPUS   64
#define ROUNDS  2
#define WAIT_NS (60000 * MILLISECONDS)

static char stacks[VCPUS][2048] __attribute__((aligned(4096), section(".bss.page")));
static struct vcpu_info infos[VCPUS] __attribute__((aligned(4096), section(".bss.page")));
static struct vcpu_guest_context context;
static volatile unsigned counted, count_of[VCPUS];
static unsigned port;

/* Entered again where it stopped when its vCPU is started again. */
static void count(unsigned long n)
{
    struct evtchn_send s = { .port = port };

    for (;;) {
        count_of[n]++;
        __atomic_fetch_add(&counted, 1, __ATOMIC_SEQ_CST);
        hc_event_channel_op(EVTCHNOP_send, &s);
        hc_vcpu_op(VCPUOP_down, n, NULL);
    }
}

/* The legacy slots of shared_info end at vCPU 31. */
static long give_info(unsigned n)
{
    struct vcpu_register_vcpu_info r = {
        .mfn = virt_to_mfn(&infos[n]), .offset = (unsigned long)&infos[n] % PAGE_SIZE,
    };

    infos[n].evtchn_upcall_mask = 1;
    return hc_vcpu_op(VCPUOP_register_vcpu_info, n, &r);
}

static void initialise(unsigned n)
{
    smp_context(&context, (void (*)(void))count);
    context.user_regs.rdi = n;
    context.user_regs.rsp = (unsigned long)(stacks[n] + sizeof(stacks[n]) - 8);
    NEED(give_info(n), 0);
    NEED(hc_vcpu_op(VCPUOP_initialise, n, &context), 0);
}

static unsigned still_up(void)
{
    unsigned up = 0;

    for (unsigned n = 1; n < VCPUS; n++)
        up += hc_vcpu_op(VCPUOP_is_up, n, NULL) == 1;
    return up;
}

static void run_round(unsigned round)
{
    uint64_t end = time_now() + WAIT_NS;
    char *page = page_alloc();

    for (unsigned n = 1; n < VCPUS; n++)
        EXPECT(hc_vcpu_op(VCPUOP_up, n, NULL), 0);
    while (counted < round * (VCPUS - 1) && time_now() < end)
        EXPECT(hc_update_va_mapping((unsigned long)page, virt_to_mfn(page) * PAGE_SIZE | PTE_DATA, UVMF_TLB_FLUSH | UVMF_ALL), 0);
    EXPECT(counted, round * (VCPUS - 1));
    while (still_up() && time_now() < end)
        hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(still_up(), 0);
    for (unsigned n = 1; n < VCPUS; n++)
        EXPECT(count_of[n], round);
}

void test_main(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };

    event_mask_all();
    if (hc_vcpu_op(VCPUOP_is_up, VCPUS - 1, NULL) == -XEN_ENOENT)
        report_error("there are no %u vCPUs", VCPUS);
    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    port = b.port;
    for (unsigned n = 1; n < VCPUS; n++)
        initialise(n);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, VCPUS, NULL), -XEN_ENOENT);
    for (unsigned round = 1; round <= ROUNDS; round++)
        run_round(round);
    EXPECT(vcpu_self->evtchn_upcall_pending, 1);
}
