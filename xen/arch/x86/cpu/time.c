/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time. Each CPU scales its TSC from a base of its own, as the ABI tells guests to. Where the TSCs
 * are reliable (one rate in all power states, in step) all CPUs share one base for good. Otherwise each
 * CPU once a second compares itself with the platform's clock and bends its rate so that it meets that
 * clock a second later: time neither jumps nor runs backwards on a CPU.
 *
 * A CPU's base is written by that CPU in softirq context with interrupts off, so its readers need no lock.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/irqflags.h>
#include "clocksource.h"
#include "time_impl.h"

DEFINE_PER_CPU(struct time_base, time_base);
/* Both clocks at one moment. The rate is measured from an older moment, 8 to 16 s ago, so that one bad reading matters little. */
struct clock_pair { u64 tsc; s_time_t ns; };
struct clock_history { struct clock_pair older, newer, last; };
static DEFINE_PER_CPU(struct clock_history, clock_history);
static DEFINE_PER_CPU(struct timer, second_timer);

unsigned long cpu_khz __read_mostly;
bool tsc_is_reliable __read_mostly;

#define SECOND            MILLISECS(1000)
#define PAIR_TRIES        5
#define PAIR_TOO_LONG_US  100         /* a reading torn apart by more is not used */
#define TSC_STEP_MAX      MICROSECS(200)
#define HISTORY           (8 * SECOND)
#define GAP_MAX           (3600 * SECOND)     /* beyond, the products below do not fit */
#define JITTER            MICROSECS(50)       /* of a reading: smaller errors are corrected slowly */

static int opt_tsc;                   /* 0 detect, 1 reliable, -1 not */

static int parse_tsc(const char *s)
{
    opt_tsc = !strcmp(s, "stable") ? 1 : !strcmp(s, "unstable") ? -1 : 0;
    return opt_tsc ? 0 : -EINVAL;
}
PARAM_FN("tsc", tsc, parse_tsc, "stable|unstable: whether all TSCs run in step at one rate; detected without it");

u64 rdtsc(void)
{
    u32 lo, hi;

    asm volatile ("lfence; rdtsc" : "=a" (lo), "=d" (hi) :: "memory");
    return lo | (u64)hi << 32;
}

static u64 scale(const struct time_base *b, u64 ticks)
{
    ticks = b->shift >= 0 ? ticks << b->shift : ticks >> -b->shift;
    return (u64)((unsigned __int128)ticks * b->mul >> 32);
}

s_time_t now(void)
{
    const struct time_base *b = &this_cpu(time_base);

    return b->ns + (s_time_t)scale(b, rdtsc() - b->tsc);
}

/* ns per tick = @ns / @ticks, as mul * 2^(shift - 32) with mul in [2^31, 2^32). */
static void set_rate(struct time_base *b, u64 ns, u64 ticks)
{
    int8_t shift = 0;

    while (ns >= ticks) {
        shift++;
        ns = (ns + 1) >> 1;
    }
    while (ns * 2 < ticks) {
        shift--;
        ns <<= 1;
    }
    while (ns >> 32) {
        ns >>= 1;
        ticks >>= 1;
    }
    b->shift = shift;
    b->mul = (u32)min((ns << 32) / ticks, (u64)0xffffffff);
}

/* The closest pair of readings of both clocks out of a few. False: all were disturbed too much. */
static bool read_pair(u64 *tsc, s_time_t *ns)
{
    u64 best = ~0UL;

    for (unsigned int i = 0; i < PAIR_TRIES; i++) {
        u64 before = rdtsc();
        s_time_t t = clocksource_read();
        u64 width = rdtsc() - before;

        if (width >= best)
            continue;
        best = width;
        *tsc = before + width / 2;
        *ns = t;
    }
    return !cpu_khz || best < cpu_khz * PAIR_TOO_LONG_US / 1000;
}

static void remember_pair(struct clock_history *h, struct clock_pair p)
{
    h->last = p;
    if (p.ns - h->newer.ns < HISTORY)
        return;
    h->older = h->newer;
    h->newer = p;
}

/* Ahead or behind by @error: how much the next second is to be longer or shorter. */
static s_time_t bend_for(s_time_t error)
{
    if (error < JITTER && error > -JITTER)
        return error / 8;
    return max(min(error, SECOND / 10), -SECOND / 10);
}

static void compare_with_platform(void)
{
    struct time_base *b = &this_cpu(time_base), next = *b;
    struct clock_history *h = &this_cpu(clock_history);
    unsigned long flags = local_irq_save();
    struct clock_pair p;
    s_time_t error;

    if (!read_pair(&p.tsc, &p.ns) || p.ns - h->last.ns < SECOND / 2)
        goto out;
    next.tsc = p.tsc;
    next.ns = b->ns + (s_time_t)scale(b, p.tsc - b->tsc);
    error = p.ns - next.ns;
    if (error > SECOND) {
        next.ns = p.ns;               /* the machine was stopped: catch up at once */
        error = 0;
    }
    /* measured rate * (1 s + bend) / 1 s, in units of 1 us * 10 ns */
    if (p.ns - h->older.ns < GAP_MAX)
        set_rate(&next, (u64)(p.ns - h->older.ns) / 1000 * ((u64)(SECOND + bend_for(error)) / 10),
                 (p.tsc - h->older.tsc) / 1000 * (SECOND / 10));
    *b = next;
    remember_pair(h, p);
out:
    local_irq_restore(flags);
}

static void second_passed(void *unused)
{
    if (clocksource_present() && !tsc_is_reliable)
        compare_with_platform();
    else if (clocksource_present() && smp_processor_id() == 0)
        clocksource_read();
    if (current)
        time_update_vcpu(current, false);
    tlb_clock_catch_up();
    watchdog_beat();
    timer_set(&this_cpu(second_timer), now() + SECOND);
}

void udelay(unsigned long us)
{
    u64 from = rdtsc(), ticks = (cpu_khz ?: 1000000) * us / 1000;

    while (rdtsc() - from < ticks)
        cpu_relax();
}

static unsigned long measure_khz(void)
{
    u64 t0, t1;
    s_time_t n0, n1;

    if (!clocksource_present())
        return pit_measure_khz();
    read_pair(&t0, &n0);
    while (clocksource_read() - n0 < MILLISECS(50))
        cpu_relax();
    read_pair(&t1, &n1);
    return (t1 - t0) * 1000000 / (u64)(n1 - n0);
}

static void start_history(struct clock_pair p)
{
    this_cpu(clock_history) = (struct clock_history){ p, p, p };
}

static void start_second_timer(unsigned int cpu)
{
    timer_init(&per_cpu(second_timer, cpu), second_passed, NULL, cpu);
    timer_set(&per_cpu(second_timer, cpu), now() + SECOND);
}

void time_init(void)
{
    struct time_base *b = &this_cpu(time_base);
    const char *name = clocksource_init();
    unsigned long flags = local_irq_save();

    cpu_khz = measure_khz();
    if (cpu_khz < 1000)
        panic("the TSC does not count");
    set_rate(b, 1000000, cpu_khz);
    b->tsc = rdtsc();
    if (clocksource_present())
        read_pair(&b->tsc, &b->ns);
    start_history((struct clock_pair){ b->tsc, b->ns });
    local_irq_restore(flags);
    tsc_is_reliable = opt_tsc > 0 || (opt_tsc == 0 && cpu_has(FEATURE_INVARIANT_TSC)) || !clocksource_present();
    printk("Time: TSC %lu.%03lu MHz by %s, %s\n", cpu_khz / 1000, cpu_khz % 1000, name,
           tsc_is_reliable ? "kept" : "compared every second");
    start_second_timer(0);
    wallclock_init();
}

/* Another CPU, as it starts. Its TSC is in step if the shared base gives the platform's time. */
void time_init_cpu(void)
{
    unsigned int cpu = smp_processor_id();
    struct time_base *b = &this_cpu(time_base);
    unsigned long flags = local_irq_save();
    s_time_t ns;
    u64 tsc;

    *b = per_cpu(time_base, 0);
    if (clocksource_present() && read_pair(&tsc, &ns)) {
        s_time_t error = ns - (b->ns + (s_time_t)scale(b, tsc - b->tsc));

        if (tsc_is_reliable && opt_tsc == 0 && (error > TSC_STEP_MAX || error < -TSC_STEP_MAX)) {
            printk(XENLOG_WARN "CPU %u: its TSC is %ld ns off: TSCs are compared every second\n", cpu, error);
            tsc_is_reliable = false;
        }
        if (!tsc_is_reliable) {
            b->tsc = tsc;
            b->ns = ns;
        }
        start_history((struct clock_pair){ tsc, ns });
    }
    local_irq_restore(flags);
    start_second_timer(cpu);
}
