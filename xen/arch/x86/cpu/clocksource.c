/* SPDX-License-Identifier: GPL-2.0-only */
/* HPET (IA-PC HPET 1.0a, 2.3), ACPI power management timer (ACPI 4.8.3.3), 8254 (Intel data sheet). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/time.h>
#include <x86/acpi.h>
#include <x86/asm.h>
#include <x86/page.h>
#include "clocksource.h"

static volatile char *hpet;

enum { HPET_CAPS_LOW = 0x00, HPET_CAPS_PERIOD = 0x04, HPET_CONFIG = 0x10, HPET_COUNTER = 0xf0 };
#define HPET_CONFIG_ENABLE 1u
#define HPET_CONFIG_LEGACY 2u
#define HPET_MAX_PERIOD_FS 100000000u

static u64 hpet_read(void) { return mmio_read32(hpet + HPET_COUNTER); }

static bool hpet_init(struct clocksource *c)
{
    u32 period;

    if (!acpi_info.hpet_address)
        return false;
    hpet = ioremap(maddr(acpi_info.hpet_address), 0x400);
    period = mmio_read32(hpet + HPET_CAPS_PERIOD);
    if (!period || period > HPET_MAX_PERIOD_FS)
        return false;
    /* Runs without its interrupts: the 8254 and the RTC keep their lines. */
    mmio_write32(hpet + HPET_CONFIG, (mmio_read32(hpet + HPET_CONFIG) & ~HPET_CONFIG_LEGACY) | HPET_CONFIG_ENABLE);
    c->ns_32 = ((u64)period << 32) / 1000000;
    return true;
}

#define PM_TIMER_HZ 3579545

static u64 pm_timer_read(void) { return inl((u16)acpi_info.pm_timer_port); }

static bool pm_timer_init(struct clocksource *c)
{
    u64 first;

    if (!acpi_info.pm_timer_port)
        return false;
    c->ns_32 = ((u64)NSEC_PER_SEC << 32) / PM_TIMER_HZ;
    first = pm_timer_read();
    for (unsigned int i = 0; i < 10000; i++)
        if (pm_timer_read() != first)
            return true;
    return false;
}

static struct clocksource sources[] = {
    { .name = "hpet", .init = hpet_init, .read = hpet_read, .mask = 0xffffffff },
    { .name = "acpi", .init = pm_timer_init, .read = pm_timer_read, .mask = 0xffffff },
};

static struct clocksource *source __read_mostly;
/*
 * The counter made 64 bits wide, as of the latest reading by any CPU; atomic, only goes on. It is loaded before the counter is
 * read, so that the counter lies less than a round ahead of it. No lock: 64 CPUs that are threads of a few real ones would
 * wait for each other's turns.
 */
static u64 ticks;
static u64 first __read_mostly;

static char opt_clocksource[8];
PARAM("clocksource", clocksource, PARAM_STRING, &opt_clocksource, "hpet, acpi or pit: the clock that the TSCs are measured by");

const char *clocksource_init(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
        if (opt_clocksource[0] && strcmp(opt_clocksource, sources[i].name))
            continue;
        if (!sources[i].init(&sources[i]))
            continue;
        source = &sources[i];
        ticks = source->read() & source->mask;
        first = ticks;
        return source->name;
    }
    if (opt_clocksource[0] && strcmp(opt_clocksource, "pit"))
        printk(XENLOG_WARN "clocksource=%s: this machine has none, using the 8254\n", opt_clocksource);
    return "pit";
}

bool clocksource_present(void) { return source; }

s_time_t clocksource_read(void)
{
    u64 seen = __atomic_load_n(&ticks, __ATOMIC_RELAXED);
    u64 ahead = (source->read() - seen) & source->mask, t = seen + ahead;

    while (seen < t && !__atomic_compare_exchange_n(&ticks, &seen, t, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return (s_time_t)((unsigned __int128)(t - first) * source->ns_32 >> 32);
}

#define PIT_HZ       1193182
#define PIT_TICKS    (PIT_HZ / 20)
#define PORT_B       0x61
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43

unsigned long pit_measure_khz(void)
{
    u8 port_b = inb(PORT_B);
    u64 from, before, to;

    outb((port_b & ~2) | 1, PORT_B);         /* gate on, speaker off */
    outb(0xb0, PIT_COMMAND);                 /* channel 2, low then high byte, mode 0: output rises at zero */
    outb(PIT_TICKS & 0xff, PIT_CHANNEL2);
    before = rdtsc();
    outb(PIT_TICKS >> 8, PIT_CHANNEL2);      /* the count starts somewhere within this */
    from = before + (rdtsc() - before) / 2;
    do {
        to = rdtsc();
    } while (!(inb(PORT_B) & 0x20) && to - from < (1UL << 36));
    outb(port_b, PORT_B);
    return (to - from) * PIT_HZ / PIT_TICKS / 1000;
}
