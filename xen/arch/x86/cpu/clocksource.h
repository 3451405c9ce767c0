/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own clock, by which the TSCs are measured (arch/x86/cpu/clocksource.c). */
#ifndef CPU_CLOCKSOURCE_H
#define CPU_CLOCKSOURCE_H

#include <xen/types.h>

struct clocksource {
    const char *name;
    bool (*init)(struct clocksource *c);     /* false: the machine has none */
    u64 (*read)(void);                       /* counts up */
    u64 mask;                                /* of the bits that count */
    u64 ns_32;                               /* ns per tick, 32.32 fixed point */
};

/* Boot: picks HPET, then the ACPI timer; clocksource= forces one. NULL: only the 8254, see pit_measure_khz(). */
const char *clocksource_init(void);
bool clocksource_present(void);
/* ns since clocksource_init(). Has to be called at least once within the counter's period (4 s). Any context. */
s_time_t clocksource_read(void);
/* TSC frequency in kHz by the 8254's channel 2; 50 ms, interrupts off. */
unsigned long pit_measure_khz(void);

#endif
