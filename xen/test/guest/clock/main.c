/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vCPUs on two CPUs read their clocks in turn, each after the other: time goes on from one to the other. The last moments
 * before the comparison with the platform's clock, once a second, are where they differ most.
 */
#include "test.h"

#define RUN_NS     (2500 * MILLISECONDS)
#define COUNTED_NS (1200 * MILLISECONDS)     /* with --icount: one comparison */
#define LATE_NS    (20000 * MILLISECONDS)
#define ROUNDS     100
#define COUNTED_MAX 1000
/* Elsewhere an emulator's thread that loses its CPU in the middle of a comparison of clocks sets one 20 ms apart. */
#define BEHIND_MAX (50 * MILLISECONDS)

static volatile unsigned turn;
static volatile uint64_t latest;
static uint64_t worst[2];

/* One reading by vCPU @n when it is its turn. */
static void take_turn(unsigned n)
{
    uint64_t ns;

    while (turn != n)
        asm volatile("pause");
    ns = time_by(&shared->vcpu_info[n].time);
    if (ns + worst[n] < latest)
        worst[n] = latest - ns;
    latest = ns;
    barrier();
    turn = 1 - n;
}

static void other(void)
{
    for (;;)
        take_turn(1);
}

/* Both vCPUs read in turn for a while. */
static void read_in_turn(uint64_t run_ns)
{
    uint64_t start = time_now();
    unsigned rounds = 0;

    worst[0] = worst[1] = 0;
    /* On a busy machine the two run by turns, a time slice a round. */
    for (; time_now() < start + run_ns || (rounds < ROUNDS && time_now() < start + LATE_NS); rounds++)
        take_turn(0);
    CHECK(rounds >= ROUNDS, "%u rounds", rounds);
    printf("  %u rounds, at worst %lu and %lu ns behind\n", rounds, worst[0], worst[1]);
}

void test_main(void)
{
    unsigned attempts = time_attempts();
    uint64_t limit = time_is_counted() ? COUNTED_MAX : BEHIND_MAX;
    bool good = false;

    event_mask_all();
    smp_start(other);
    for (unsigned i = 0; i < attempts && !good; i++) {
        read_in_turn(time_is_counted() ? COUNTED_NS : RUN_NS);
        good = worst[0] < limit && worst[1] < limit;
    }
    for (unsigned n = 0; n < 2; n++)
        CHECK(worst[n] < limit, "vCPU %u was %lu ns behind the other in each of %u attempts", n, worst[n], attempts);
}
