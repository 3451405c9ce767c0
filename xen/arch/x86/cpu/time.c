/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time. Each CPU scales its TSC from a base of its own, as the ABI tells guests to. Where the TSCs
 * are reliable (one rate in all power states, in step) all CPUs share one base for good. Otherwise the boot CPU
 * compares itself with the platform's clock once a second and bends its rate so that it meets that clock a second
 * later: time neither jumps nor runs backwards on a CPU. The others bend towards the boot CPU's base, which by their
 * own TSC is known to the tick, as long as their TSC is in step with its; one that is not compares itself, too.
 * A CPU that is alone need not be in step with others: where CPUID does not vouch for its TSC, but it keeps time with
 * the platform's clock (tsc_trust.h), its base is kept, too, and looked after every second. Of several CPUs one may sleep
 * and lose ticks within a second, which a look a second sees too late: their TSCs are not trusted without CPUID's word.
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
#include <xen/tsc_trust.h>
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
/* The boot CPU's base, and how far it was from the platform's clock when it was made. Written by it; version as in vcpu_time_info. */
static struct { u32 version; struct time_base base; s_time_t error; } leader;
/* Seconds until this CPU's TSC is compared with the platform's clock again; 0: it does not follow the boot CPU. */
static DEFINE_PER_CPU(unsigned int, follows);
static DEFINE_PER_CPU(struct timer, second_timer);

unsigned long cpu_khz __read_mostly;
bool tsc_is_reliable __read_mostly;

#define SECOND            MILLISECS(1000)
#define PAIR_TRIES        5
#define PAIR_TOO_LONG_US  100         /* a reading torn apart by more is not used */
#define TSC_STEP_MAX      MICROSECS(200)
#define HISTORY           (8 * SECOND)
#define GAP_MAX           (3600 * SECOND)     /* beyond, the products below do not fit */
#define MEASURE_TRIES     10
#define MEASURE_PARTS     2000        /* both readings' widths together at most this part of the time between: the rate's error */
#define FOLLOW_CHECK      8                   /* s, at most between two looks whether a TSC is in step */
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

/* The closest pair of readings of both clocks out of a few; how many ticks apart they may be. */
static u64 closest_pair(u64 *tsc, s_time_t *ns)
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
    return best;
}

/* False: all were disturbed too much. */
static bool read_pair(u64 *tsc, s_time_t *ns)
{
    return closest_pair(tsc, ns) < cpu_khz * PAIR_TOO_LONG_US / 1000;
}

static void remember_pair(struct clock_history *h, struct clock_pair p)
{
    h->last = p;
    if (p.ns - h->newer.ns < HISTORY)
        return;
    h->older = h->newer;
    h->newer = p;
}

static void start_history(struct clock_pair p)
{
    this_cpu(clock_history) = (struct clock_history){ p, p, p };
}

static void leader_write(const struct time_base *b, s_time_t error)
{
    WRITE_ONCE(leader.version, leader.version + 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    leader.base = *b;
    leader.error = error;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    WRITE_ONCE(leader.version, leader.version + 1);
}

static struct time_base leader_read(s_time_t *error)
{
    struct time_base b;
    u32 version;

    do {
        version = __atomic_load_n(&leader.version, __ATOMIC_ACQUIRE);
        b = leader.base;
        *error = leader.error;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || READ_ONCE(leader.version) != version);
    return b;
}

/* The time by @b at @tsc; a TSC that is a little behind that of @b's CPU gives the base itself. */
static s_time_t time_at(const struct time_base *b, u64 tsc)
{
    return (s64)(tsc - b->tsc) > 0 ? b->ns + (s_time_t)scale(b, tsc - b->tsc) : b->ns;
}

/* How much the next second is to be longer or shorter to end an error. */
static s_time_t bend_by(s_time_t error)
{
    return max(min(error, SECOND / 10), -SECOND / 10);
}

/* The platform's clock is read with some jitter. */
static s_time_t bend_for(s_time_t error)
{
    return error < JITTER && error > -JITTER ? error / 8 : bend_by(error);
}

static struct tsc_trust trust;        /* of CPU 0, as long as it is alone; written by it, interrupts off */

static bool tsc_on_trial(void)
{
    return opt_tsc == 0 && cpumask_weight(&cpu_online_map) == 1;
}

/* The rate measured since @h's older moment, but a second is longer by @bend. */
static void set_measured_rate(struct time_base *b, const struct clock_history *h, struct clock_pair p, s_time_t bend)
{
    /* measured rate * (1 s + bend) / 1 s, in units of 1 us * 10 ns */
    if (p.ns - h->older.ns < GAP_MAX)
        set_rate(b, (u64)(p.ns - h->older.ns) / 1000 * ((u64)(SECOND + bend) / 10),
                 (p.tsc - h->older.tsc) / 1000 * (SECOND / 10));
}

/* Interrupts off. */
static void compare_with_platform(void)
{
    struct time_base *b = &this_cpu(time_base), next = *b;
    struct clock_history *h = &this_cpu(clock_history);
    struct clock_pair p;
    s_time_t error;
    bool kept;

    if (!read_pair(&p.tsc, &p.ns) || p.ns - h->last.ns < SECOND / 2)
        return;
    next.tsc = p.tsc;
    next.ns = time_at(b, p.tsc);
    error = p.ns - next.ns;
    kept = tsc_on_trial() && tsc_trust_second(&trust, error);
    if (error > SECOND) {
        next.ns = p.ns;               /* the machine was stopped: catch up at once */
        error = 0;
    }
    set_measured_rate(&next, h, p, kept ? 0 : bend_for(error));
    *b = next;
    remember_pair(h, p);
    if (smp_processor_id() == 0)
        leader_write(b, error);
    if (kept) {
        tsc_is_reliable = true;
        printk("Time: the TSC keeps time: kept\n");
    }
}

/* @rate's, but a second is longer by @bend. */
static void set_bent_rate(struct time_base *b, const struct time_base *rate, s_time_t bend)
{
    u64 ticks = (u64)(((unsigned __int128)SECOND << 32) / rate->mul);    /* of a second, times 2^shift */

    b->mul = rate->mul;
    b->shift = rate->shift;
    if (bend)
        set_rate(b, (u64)(SECOND + bend), rate->shift >= 0 ? ticks >> rate->shift : ticks << -rate->shift);
}

/*
 * Is this CPU's TSC in step with the boot CPU's? By the platform's clock, from which that one may be off, too: by the error that
 * it found last, and by what its rate is wrong by since then.
 */
static bool in_step(const struct time_base *b, s_time_t error)
{
    s_time_t ns, off, limit;
    u64 tsc;

    if (!read_pair(&tsc, &ns))
        return true;                  /* looked at again next time */
    off = ns - time_at(b, tsc);
    limit = TSC_STEP_MAX + 2 * (error < 0 ? -error : error) + (time_at(b, tsc) - b->ns) / MEASURE_PARTS;
    if (off < limit && off > -limit)
        return true;
    printk(XENLOG_WARN "CPU %u: its TSC is %ld ns off: compared by itself\n", smp_processor_id(), off);
    start_history((struct clock_pair){ tsc, ns });
    this_cpu(follows) = 0;
    return false;
}

/* Towards the boot CPU's time by this CPU's TSC. Interrupts off. */
static void follow_leader(void)
{
    struct time_base *b = &this_cpu(time_base), next;
    s_time_t error, platform_error;
    struct time_base l = leader_read(&platform_error);

    if (--this_cpu(follows) == 0) {
        this_cpu(follows) = FOLLOW_CHECK;
        if (!in_step(&l, platform_error))
            return;
    }
    next.tsc = rdtsc();
    next.ns = time_at(b, next.tsc);
    error = time_at(&l, next.tsc) - next.ns;
    if (error > SECOND) {
        next.ns += error;
        error = 0;
    }
    set_bent_rate(&next, &l, bend_by(error));
    *b = next;
}

static void adjust_time(void)
{
    unsigned long flags = local_irq_save();

    if (this_cpu(follows))
        follow_leader();
    else
        compare_with_platform();
    local_irq_restore(flags);
}

static void distrust_tsc(const char *why)
{
    trust.state = TSC_FAILED;
    tsc_is_reliable = false;
    printk(XENLOG_WARN "Time: %s: compared every second\n", why);
}

/* The base stays as it is while the two clocks agree about the time since the last look. */
static void look_after_trusted(void)
{
    const struct time_base *b = &this_cpu(time_base);
    struct clock_history *h = &this_cpu(clock_history);
    unsigned long flags = local_irq_save();
    struct clock_pair p;

    if (read_pair(&p.tsc, &p.ns)) {
        if (tsc_trust_second(&trust, (p.ns - h->last.ns) - (s_time_t)scale(b, p.tsc - h->last.tsc)))
            distrust_tsc("the TSC does not keep time any more");
        remember_pair(h, p);
    }
    local_irq_restore(flags);
}

static void second_passed(void *unused)
{
    if (clocksource_present() && !tsc_is_reliable)
        adjust_time();
    else if (clocksource_present() && trust.state == TSC_TRUSTED)
        look_after_trusted();
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

/* A reading torn apart (by a hypervisor below us) would give a wrong rate for the first second: another try. */
static unsigned long measure_khz(void)
{
    u64 t0, t1, w0, w1;
    s_time_t n0, n1;

    if (!clocksource_present())
        return pit_measure_khz();
    for (unsigned int i = 0; i < MEASURE_TRIES; i++) {
        w0 = closest_pair(&t0, &n0);
        while (clocksource_read() - n0 < MILLISECS(50))
            cpu_relax();
        w1 = closest_pair(&t1, &n1);
        if ((w0 + w1) * MEASURE_PARTS < t1 - t0)
            break;
    }
    return (t1 - t0) * 1000000 / (u64)(n1 - n0);
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
        closest_pair(&b->tsc, &b->ns);
    start_history((struct clock_pair){ b->tsc, b->ns });
    leader_write(b, 0);
    local_irq_restore(flags);
    tsc_is_reliable = opt_tsc > 0 || (opt_tsc == 0 && cpu_has(FEATURE_INVARIANT_TSC)) || !clocksource_present();
    printk("Time: TSC %lu.%03lu MHz by %s, %s\n", cpu_khz / 1000, cpu_khz % 1000, name,
           tsc_is_reliable ? "kept" : "compared every second");
    start_second_timer(0);
    wallclock_init();
}

/* Another CPU, as it starts: on the boot CPU's base, if that gives the platform's time by its own TSC. */
void time_init_cpu(void)
{
    unsigned int cpu = smp_processor_id();
    struct time_base *b = &this_cpu(time_base);
    unsigned long flags = local_irq_save();
    s_time_t error;

    if (trust.state == TSC_TRUSTED)
        distrust_tsc("another CPU");
    *b = leader_read(&error);
    this_cpu(follows) = 1 + cpu % FOLLOW_CHECK;
    if (clocksource_present() && opt_tsc <= 0 && !in_step(b, error)) {
        const struct clock_pair *p = &this_cpu(clock_history).last;

        b->tsc = p->tsc;
        b->ns = p->ns;
        tsc_is_reliable = false;
    }
    local_irq_restore(flags);
    start_second_timer(cpu);
}
