/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of physical CPUs. There is room for NR_CPUS; the operations look at the words that the machine's CPUs need (nr_cpu_ids, known
 * before the second CPU starts): at least one; what lies above is undefined. cpumask_copy() is an assignment of these.
 */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitmap.h>

#define NR_CPUS 4096

typedef struct { unsigned long bits[BITS_TO_LONGS(NR_CPUS)]; } cpumask_t;

/* Written by smpboot only, while one CPU at a time comes up. */
extern cpumask_t cpu_online_map;
extern cpumask_t cpu_present_map;
extern unsigned int nr_cpu_ids;    /* highest CPU number + 1 */

static inline unsigned int cpumask_words(void) { return BITS_TO_LONGS(nr_cpu_ids); }

static inline bool cpumask_test(unsigned int cpu, const cpumask_t *m) { return test_bit(cpu, m->bits); }
static inline void cpumask_set(unsigned int cpu, cpumask_t *m) { set_bit_atomic(cpu, m->bits); }
static inline void cpumask_clear(unsigned int cpu, cpumask_t *m) { clear_bit_atomic(cpu, m->bits); }
static inline void cpumask_zero(cpumask_t *m)
{
    unsigned int i = 0;

    do {
        m->bits[i] = 0;
    } while (++i < cpumask_words());
}
static inline void cpumask_copy(cpumask_t *d, const cpumask_t *s)
{
    unsigned int i = 0;

    do {
        d->bits[i] = s->bits[i];
    } while (++i < cpumask_words());
}
static inline void cpumask_setall(cpumask_t *m)
{
    unsigned int i = 0;

    do {
        m->bits[i] = ~0UL;
    } while (++i < cpumask_words());
}
static inline void cpumask_and(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    unsigned int i = 0;

    do {
        d->bits[i] = a->bits[i] & b->bits[i];
    } while (++i < cpumask_words());
}
static inline void cpumask_or(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    unsigned int i = 0;

    do {
        d->bits[i] = a->bits[i] | b->bits[i];
    } while (++i < cpumask_words());
}
static inline void cpumask_andnot(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
    unsigned int i = 0;

    do {
        d->bits[i] = a->bits[i] & ~b->bits[i];
    } while (++i < cpumask_words());
}
static inline bool cpumask_empty(const cpumask_t *m)
{
    unsigned long any = 0;
    unsigned int i = 0;

    do {
        any |= m->bits[i];
    } while (++i < cpumask_words());
    return !any;
}
/* The first at or after @from; nr_cpu_ids: none. */
static inline unsigned int cpumask_next(unsigned int from, const cpumask_t *m) { return bitmap_next_set(m->bits, nr_cpu_ids, from); }
static inline unsigned int cpumask_first(const cpumask_t *m) { return cpumask_next(0, m); }
static inline unsigned int cpumask_weight(const cpumask_t *m) { return bitmap_weight(m->bits, nr_cpu_ids); }
#define for_each_cpu(cpu, m) \
    for ((cpu) = cpumask_first(m); (cpu) < nr_cpu_ids; (cpu) = cpumask_next((cpu) + 1, (m)))
#define for_each_online_cpu(cpu) for_each_cpu(cpu, &cpu_online_map)

#endif
