/* SPDX-License-Identifier: GPL-2.0-only */
/* Searching in arrays of bits. */
#include <xen/bitmap.h>

static unsigned int next(const unsigned long *map, unsigned int n, unsigned int from, unsigned long invert)
{
    const unsigned long *w = map + from / 64, *end = map + BITS_TO_LONGS(n);
    unsigned long bits;
    unsigned int at;

    if (from >= n)
        return n;
    bits = (*w ^ invert) & ~0UL << (from % 64);
    while (!bits) {
        if (++w >= end)
            return n;
        bits = *w ^ invert;
    }
    at = (unsigned int)(w - map) * 64 + (unsigned int)__builtin_ctzl(bits);
    return at < n ? at : n;
}

unsigned int bitmap_next_set(const unsigned long *map, unsigned int n, unsigned int from)
{
    return next(map, n, from, 0);
}

unsigned int bitmap_next_clear(const unsigned long *map, unsigned int n, unsigned int from)
{
    return next(map, n, from, ~0UL);
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int n)
{
    unsigned int count = 0;

    for (unsigned int i = bitmap_next_set(map, n, 0); i < n; i = bitmap_next_set(map, n, i + 1))
        count++;
    return count;
}
