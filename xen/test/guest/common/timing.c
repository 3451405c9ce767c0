/* SPDX-License-Identifier: GPL-2.0-only */
/* System time and the one-shot timer. */
#include "test.h"

static unsigned port;

uint64_t time_by(const volatile struct vcpu_time_info *t)
{
    uint32_t version;
    uint64_t delta, ns;

    do {
        version = t->version;
        barrier();
        delta = rdtsc() - t->tsc_timestamp;
        delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
        ns = t->system_time + (uint64_t)(((unsigned __int128)delta * t->tsc_to_system_mul) >> 32);
        barrier();
    } while ((version & 1) || version != t->version);
    return ns;
}

uint64_t time_now(void) { return time_by(&vcpu_self->time); }

/* TSC ticks of a loop of two instructions a round. */
static uint64_t loop_ticks(unsigned rounds)
{
    uint64_t begun = rdtsc();

    asm volatile("1: dec %0; jnz 1b" : "+r"(rounds) : : "cc");
    return rdtsc() - begun;
}

bool time_is_counted(void)
{
    /* The difference leaves out what is around the loops; an interrupt in one of them would make it another one. */
    for (unsigned i = 0; i < 3; i++)
        if (loop_ticks(3000) - loop_ticks(1000) == 4000)
            return true;
    return false;
}

void time_spin(uint64_t ns)
{
    uint64_t end = time_now() + ns;

    while (time_now() < end)
        asm volatile("pause");
}

unsigned timer_port(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };

    if (port)
        return port;
    NEED(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    NEED(hc_event_channel_op(EVTCHNOP_bind_virq, &bind), 0);
    port = bind.port;
    return port;
}

void timer_sleep(uint64_t ns)
{
    struct evtchn_unmask unmask = { .port = timer_port() };

    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    /* Masked until block lets it in: an event that came before would be handled, and then nothing would wake us. */
    event_mask_all();
    NEED(hc_set_timer_op(time_now() + ns), 0);
    NEED(hc_sched_op(SCHEDOP_block, NULL), 0);
}
