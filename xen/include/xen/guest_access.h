/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the hypervisor and the current guest's address space, by
 * guest virtual address; faults are caught (arch/x86/pv/usercopy.S). 0 or -EFAULT; the hypervisor's
 * own range is refused. Read each argument once (invariant 3). Only hypercall/ and arch/x86/pv/ may include this.
 */
#ifndef XEN_GUEST_ACCESS_H
#define XEN_GUEST_ACCESS_H

#include <xen/types.h>
#include <xen/errno.h>
#include <x86/layout.h>

/* Bytes not copied (0 = all). Raw: the caller has checked guest_range_ok. */
size_t usercopy(void *dst, const void *src, size_t n);

static inline bool guest_range_ok(u64 va, u64 n)
{
    /* Non-canonical addresses fault and are caught; only our own range must be kept out. */
    return va + n >= va && (va + n <= HYPERVISOR_START || va >= HYPERVISOR_END);
}
static inline int copy_from_guest(void *dst, gva_t src, size_t n)
{
    return guest_range_ok(src.v, n) && !usercopy(dst, (const void *)src.v, n) ? 0 : -EFAULT;
}
static inline int copy_to_guest(gva_t dst, const void *src, size_t n)
{
    return guest_range_ok(dst.v, n) && !usercopy((void *)dst.v, src, n) ? 0 : -EFAULT;
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
