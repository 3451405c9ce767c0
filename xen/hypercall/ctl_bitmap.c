/* SPDX-License-Identifier: GPL-2.0-only */
/* Bitmaps in arguments of domctl and sysctl. */
#include <xen/control.h>

int cpumask_from_guest(cpumask_t *m, const struct xenctl_bitmap *b)
{
    u32 bits = min(b->nr_bits, (u32)NR_CPUS);

    cpumask_zero(m);
    if (!bits)
        return 0;
    if (copy_from_guest(m->bits, handle_gva(b->bitmap), DIV_ROUND_UP(bits, 8)))
        return -EFAULT;
    if (bits % 8)
        ((u8 *)m->bits)[bits / 8] &= (1u << bits % 8) - 1;
    return 0;
}

int cpumask_to_guest(const struct xenctl_bitmap *b, const cpumask_t *m)
{
    u32 bytes = DIV_ROUND_UP((u64)b->nr_bits, 8), ours = min(bytes, cpumask_words() * (u32)sizeof(m->bits[0]));
    const u8 *p = (const u8 *)m->bits;
    u8 last, zero = 0;

    if (!ours)
        return 0;
    if (copy_to_guest(handle_gva(b->bitmap), p, ours))
        return -EFAULT;
    if (bytes == ours && b->nr_bits % 8) {
        last = p[ours - 1] & ((1u << b->nr_bits % 8) - 1);
        if (copy_to_guest(gva_add(handle_gva(b->bitmap), ours - 1), &last, 1))
            return -EFAULT;
    }
    for (u32 i = ours; i < bytes; i++)
        if (copy_to_guest(gva_add(handle_gva(b->bitmap), i), &zero, 1))
            return -EFAULT;
    return 0;
}
