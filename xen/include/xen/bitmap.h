/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit operations on arrays of unsigned long: the plain ones need the caller's lock, *_atomic ones need none. */
#ifndef XEN_BITMAP_H
#define XEN_BITMAP_H

#include <xen/types.h>

#define BITS_PER_LONG 64
#define BITS_TO_LONGS(n) DIV_ROUND_UP((n), BITS_PER_LONG)
#define BIT(n) (1UL << (n))

static inline bool test_bit(unsigned int n, const volatile void *p)
{
    return (((const volatile unsigned long *)p)[n / 64] >> (n % 64)) & 1;
}
static inline void set_bit(unsigned int n, void *p) { ((unsigned long *)p)[n / 64] |= 1UL << (n % 64); }
static inline void clear_bit(unsigned int n, void *p) { ((unsigned long *)p)[n / 64] &= ~(1UL << (n % 64)); }

/* The atomic ones are full barriers and return the bit's former value. */
static inline bool test_and_set_bit_atomic(unsigned int n, volatile void *p)
{
    unsigned long m = 1UL << (n % 64);
    return __atomic_fetch_or((volatile unsigned long *)p + n / 64, m, __ATOMIC_SEQ_CST) & m;
}
static inline bool test_and_clear_bit_atomic(unsigned int n, volatile void *p)
{
    unsigned long m = 1UL << (n % 64);
    return __atomic_fetch_and((volatile unsigned long *)p + n / 64, ~m, __ATOMIC_SEQ_CST) & m;
}
static inline void set_bit_atomic(unsigned int n, volatile void *p) { (void)test_and_set_bit_atomic(n, p); }
static inline void clear_bit_atomic(unsigned int n, volatile void *p) { (void)test_and_clear_bit_atomic(n, p); }

/* First bit set (clear) at or after @from, or @n when there is none. */
unsigned int bitmap_next_set(const unsigned long *map, unsigned int n, unsigned int from);
unsigned int bitmap_next_clear(const unsigned long *map, unsigned int n, unsigned int from);
unsigned int bitmap_weight(const unsigned long *map, unsigned int n);

#endif
