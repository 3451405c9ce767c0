/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One vCPU rewrites the instruction that the other one has just trapped on, and its operands, while the hypervisor reads
 * them (XSA-202): what is carried out is one of those that stood there, and never more than the guest may do. Afterwards events
 * arrive: interrupts are on.
 */
#include "test.h"

#define ROUNDS 20000

struct text { uint8_t bytes[8]; };

/*
 * Each ends in a RET and changes nothing but rax and flags: CLTS, CR0 and DR7 read, UD2, port I/O, STI, WBINVD, INT. No mixture
 * of two does more, either: 66 before a RET would make it one of 16 bits.
 */
static const struct text texts[] = {
    { { 0x0f, 0x06, 0xc3 } }, { { 0x0f, 0x20, 0xc0, 0xc3 } }, { { 0x0f, 0x21, 0xf8, 0xc3 } }, { { 0x0f, 0x0b, 0xc3 } },
    { { 0xe4, 0x80, 0xc3 } }, { { 0xe6, 0x80, 0xc3 } }, { { 0xfb, 0xc3 } }, { { 0x0f, 0x09, 0xc3 } },
    { { 0x67, 0x67, 0x0f, 0x06, 0xc3 } }, { { 0xf0, 0x48, 0x0f, 0x22, 0xc0, 0xc3 } }, { { 0xcd, 0x40, 0xc3 } },
};

static uint8_t *code;
static volatile bool stop, stopped;
static volatile unsigned written, trapped;

static void writer(void)
{
    for (unsigned i = 0; !stop; i++, written++) {
        const struct text *t = &texts[i * 7 % ARRAY_SIZE(texts)];

        for (unsigned k = 0; k < sizeof(t->bytes); k++)
            ((volatile uint8_t *)code)[k] = t->bytes[k] ? t->bytes[k] : 0xc3;
    }
    stopped = true;
    smp_stop();
}

/* Whatever the instruction was: on with the caller. */
static bool leave(struct regs *r)
{
    if (r->vector == VECTOR_EVENT) {
        vcpu_self->evtchn_upcall_pending = 0;
        return true;
    }
    if (r->rip < (unsigned long)code || r->rip >= (unsigned long)code + PAGE_SIZE)
        return false;
    trapped++;
    r->rip = *(uint64_t *)r->rsp;
    r->rsp += 8;
    return true;
}

static void run_code(void)
{
    asm volatile("call *%0" : : "r"(code) : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
}

static void check_events(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_send send;
    unsigned before;

    trap_hook = NULL;
    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0);
    send.port = ipi.port;
    before = event_count[ipi.port];
    event_unmask_all();
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    hc_sched_op(SCHEDOP_yield, NULL);
    CHECK(event_count[ipi.port] != before, "no event arrives any more");
    timer_sleep(MILLISECONDS);
    event_mask_all();
}

void test_main(void)
{
    unsigned rounds = 0;
    uint64_t end;

    event_mask_all();
    code = page_alloc();
    memset(code, 0xc3, PAGE_SIZE);
    NEED(hc_update_va_mapping(code, virt_to_mfn(code) * PAGE_SIZE | (PTE_DATA & ~(1ul << 63)), UVMF_INVLPG | UVMF_ALL), 0);
    trap_hook = leave;
    smp_start(writer);
    while (!written)
        hc_sched_op(SCHEDOP_yield, NULL);
    /* The two vCPUs may have to run by turns for a while, on a machine with other work. */
    end = time_now() + 20000 * MILLISECONDS;
    for (; rounds < ROUNDS || (!trapped && time_now() < end); rounds++)
        run_code();
    stop = true;
    while (!stopped || hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    printf("  %u texts written, %u trapped of %u\n", written, trapped, rounds);
    CHECK(trapped > 0, "nothing trapped");
    check_events();
}
