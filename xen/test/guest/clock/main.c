/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vCPUs on two CPUs read their clocks in turn, each after the other: time goes on from one to the other. The last moments
 * before the comparison with the platform's clock, once a second, are where they differ most. Not compared with 4.17, whose CPUs were 7 ms apart here on a busy machine.
 */
#include "test.h"

#define RUN_NS     (2500 * MILLISECONDS)
#define LATE_NS    (20000 * MILLISECONDS)
#define ROUNDS     100
#define BEHIND_MAX (1 * MILLISECONDS)
#define ATTEMPTS   5

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
static void read_in_turn(void)
{
    uint64_t start = time_now();
    unsigned rounds = 0;

    worst[0] = worst[1] = 0;
    /* On a busy machine the two run by turns, a time slice a round. */
    for (; time_now() < start + RUN_NS || (rounds < ROUNDS && time_now() < start + LATE_NS); rounds++)
        take_turn(0);
    CHECK(rounds >= ROUNDS, "%u rounds", rounds);
    printf("  %u rounds, at worst %lu and %lu ns behind\n", rounds, worst[0], worst[1]);
}

/*
 * An emulator's thread that loses its CPU in the middle of a comparison of the clocks spoils that second. A fault of the
 * clocks' own shows in every attempt.
 */
void test_main(void)
{
    bool good = false;

    event_mask_all();
    smp_start(other);
    for (unsigned i = 0; i < ATTEMPTS && !good; i++) {
        read_in_turn();
        good = worst[0] < BEHIND_MAX && worst[1] < BEHIND_MAX;
    }
    for (unsigned n = 0; n < 2; n++)
        CHECK(worst[n] < BEHIND_MAX, "vCPU %u was %lu ns behind the other in each of %u attempts", n, worst[n], ATTEMPTS);
}
