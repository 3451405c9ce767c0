/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of physical CPUs. */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitmap.h>

#define NR_CPUS 256

typedef struct { unsigned long bits[BITS_TO_LONGS(NR_CPUS)]; } cpumask_t;

/* Written by smpboot only, while one CPU at a time comes up. */
extern cpumask_t cpu_online_map;
extern cpumask_t cpu_present_map;
extern unsigned int nr_cpu_ids;    /* highest CPU number + 1 */

static inline bool cpumask_test(unsigned int cpu, const cpumask_t *m) { return test_bit(cpu, m->bits); }
static inline void cpumask_set(unsigned int cpu, cpumask_t *m) { set_bit_atomic(cpu, m->bits); }
static inline void cpumask_clear(unsigned int cpu, cpumask_t *m) { clear_bit_atomic(cpu, m->bits); }
static inline void cpumask_zero(cpumask_t *m) { *m = (cpumask_t){ { 0 } }; }
static inline void cpumask_setall(cpumask_t *m)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(m->bits); i++)
        m->bits[i] = ~0UL;
}
static inline void cpumask_and(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->bits); i++)
        d->bits[i] = a->bits[i] & b->bits[i];
}
static inline void cpumask_or(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->bits); i++)
        d->bits[i] = a->bits[i] | b->bits[i];
}
static inline void cpumask_andnot(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->bits); i++)
        d->bits[i] = a->bits[i] & ~b->bits[i];
}
static inline bool cpumask_empty(const cpumask_t *m)
{
    unsigned long any = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(m->bits); i++)
        any |= m->bits[i];
    return !any;
}
static inline unsigned int cpumask_next(unsigned int from, const cpumask_t *m) { return bitmap_next_set(m->bits, NR_CPUS, from); }
static inline unsigned int cpumask_first(const cpumask_t *m) { return cpumask_next(0, m); }
static inline unsigned int cpumask_weight(const cpumask_t *m) { return bitmap_weight(m->bits, NR_CPUS); }
#define for_each_cpu(cpu, m) \
    for ((cpu) = cpumask_first(m); (cpu) < NR_CPUS; (cpu) = cpumask_next((cpu) + 1, (m)))
#define for_each_online_cpu(cpu) for_each_cpu(cpu, &cpu_online_map)

#endif
