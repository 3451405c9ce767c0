/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the hypervisor and the current guest's address space, by
 * guest virtual address; faults are caught (arch/x86/entry/usercopy.S). 0 or -EFAULT; the hypervisor's
 * own range is refused. Read each argument once (invariant 3). Only hypercall/ and arch/x86/pv/ may include this.
 */
#ifndef XEN_GUEST_ACCESS_H
#define XEN_GUEST_ACCESS_H

#include <xen/types.h>
#include <xen/access_check.h>
#include <xen/errno.h>
#include <x86/layout.h>

/* Bytes not copied (0 = all). Raw: the caller has checked guest_range_ok, and called access_check(). */
size_t usercopy(void *dst, const void *src, size_t n);

static inline bool guest_range_ok(u64 va, u64 n)
{
    /* Non-canonical addresses fault and are caught; only our own range must be kept out. */
    return va + n >= va && (va + n <= HYPERVISOR_START || va >= HYPERVISOR_END);
}
/*
 * The same for a range that is accessed from its first byte upwards and is small: one that begins below our range, where no
 * address is canonical, faults at once, so only its start counts.
 */
#define HYPERVISOR_RANGE_SHIFT 43
_Static_assert((HYPERVISOR_START | 1UL << HYPERVISOR_RANGE_SHIFT) == HYPERVISOR_END, "our range is told by an address's upper bits");
static inline bool guest_start_ok(u64 va) { return va >> HYPERVISOR_RANGE_SHIFT != HYPERVISOR_START >> HYPERVISOR_RANGE_SHIFT; }
static inline __attribute__((always_inline)) bool guest_copy_ok(u64 va, u64 n)
{
    return __builtin_constant_p(n) && n <= 4096 ? guest_start_ok(va) : guest_range_ok(va, n);
}

/* Words of a copy that is made of single moves; larger ones and odd sizes go through usercopy(). */
#define GUEST_MOVES 9

/* One load from and one store to a guest address whose range was checked; false: it faulted. */
static inline bool guest_load(u64 *v, const u64 *p)
{
    access_check((u64)p, sizeof(*p), false);
    asm goto ("1: movq %1, %0\n\t"
              ".pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l2; .popsection"
              : "=r" (*v) : "m" (*p) : "memory" : fault);
    return true;
fault:
    return false;
}
static inline bool guest_load32(u32 *v, const u32 *p)
{
    access_check((u64)p, sizeof(*p), false);
    asm goto ("1: movl %1, %0\n\t"
              ".pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l2; .popsection"
              : "=r" (*v) : "m" (*p) : "memory" : fault);
    return true;
fault:
    return false;
}
static inline bool guest_store(u64 *p, u64 v)
{
    access_check((u64)p, sizeof(*p), true);
    asm goto ("1: movq %1, %0\n\t"
              ".pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l2; .popsection"
              :: "m" (*p), "r" (v) : "memory" : fault);
    return true;
fault:
    return false;
}

/* True when @n, a constant, is copied by single moves. */
#define GUEST_BY_MOVES(n) (__builtin_constant_p(n) && (n) && (n) % sizeof(u64) == 0 && (n) <= GUEST_MOVES * sizeof(u64))

/* Raw: the caller has checked guest_range_ok. 0 or -EFAULT, then part of @dst may be written. */
static inline __attribute__((always_inline)) int guest_read(void *dst, const void *src, size_t n)
{
    if (GUEST_BY_MOVES(n)) {
#pragma GCC unroll 9
        for (size_t i = 0; i < n / sizeof(u64); i++) {
            u64 v;

            if (unlikely(!guest_load(&v, (const u64 *)src + i)))
                return -EFAULT;
            __builtin_memcpy((u8 *)dst + i * sizeof(u64), &v, sizeof(v));
        }
        return 0;
    }
    if (__builtin_constant_p(n) && n == sizeof(u32)) {
        u32 v;

        if (unlikely(!guest_load32(&v, src)))
            return -EFAULT;
        __builtin_memcpy(dst, &v, sizeof(v));
        return 0;
    }
    access_check((u64)src, n, false);
    return usercopy(dst, src, n) ? -EFAULT : 0;
}
static inline __attribute__((always_inline)) int guest_write(void *dst, const void *src, size_t n)
{
    if (GUEST_BY_MOVES(n)) {
#pragma GCC unroll 9
        for (size_t i = 0; i < n / sizeof(u64); i++) {
            u64 v;

            __builtin_memcpy(&v, (const u8 *)src + i * sizeof(u64), sizeof(v));
            if (unlikely(!guest_store((u64 *)dst + i, v)))
                return -EFAULT;
        }
        return 0;
    }
    access_check((u64)dst, n, true);
    return usercopy(dst, src, n) ? -EFAULT : 0;
}

static inline __attribute__((always_inline)) int copy_from_guest(void *dst, gva_t src, size_t n)
{
    return guest_copy_ok(src.v, n) ? guest_read(dst, (const void *)src.v, n) : -EFAULT;
}
static inline __attribute__((always_inline)) int copy_to_guest(gva_t dst, const void *src, size_t n)
{
    return guest_copy_ok(dst.v, n) ? guest_write((void *)dst.v, src, n) : -EFAULT;
}
static inline gva_t gva_add(gva_t a, u64 n) { return gva(a.v + n); }
/* @n elements of @size: -EFAULT on overflow. */
static inline int guest_array_ok(gva_t a, u64 n, u64 size)
{
    u64 bytes;
    return !__builtin_mul_overflow(n, size, &bytes) && guest_range_ok(a.v, bytes) ? 0 : -EFAULT;
}
/* The address in a XEN_GUEST_HANDLE member. */
#define handle_gva(h) gva((u64)(h).p)

#endif
