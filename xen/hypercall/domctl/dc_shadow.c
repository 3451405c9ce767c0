/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: shadow_op, of which a paravirtualized domain has the log of written pages. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>

typedef struct xen_domctl_shadow_op shadow_op_t;

/* One chunk of bits from d->log_dirty.pass_pos on; moves that on. 0 or -EFAULT. */
static long copy_chunk(struct domain *d, const shadow_op_t *s, bool clear, u64 *buf)
{
    u64 at = d->log_dirty.pass_pos, n = min(log_dirty_take(d, at, buf, clear), s->pages - at);
    u8 *last = (u8 *)buf + n / 8;

    d->log_dirty.pass_pos = at + n;
    if (!n || !s->dirty_bitmap.p)
        return 0;
    if (n % 8)
        *last &= (u8)((1u << n % 8) - 1);
    return copy_to_guest(gva_add(handle_gva(s->dirty_bitmap), at / 8), buf, DIV_ROUND_UP(n, 8));
}

/* All bits, from where an earlier call stopped; -ERESTART. */
static long copy_bits(struct domain *d, shadow_op_t *s, bool clear)
{
    u64 *buf = alloc_xen_page(), end = min(s->pages, d->log_dirty.limit);
    long rc = buf ? 0 : -ENOMEM;

    while (!rc && d->log_dirty.pass_pos < end) {
        rc = copy_chunk(d, s, clear, buf);
        if (!rc && d->log_dirty.pass_pos < end && preempt_check())
            rc = -ERESTART;
    }
    free_xen_page(buf);
    return rc;
}

static long read_log(struct domain *d, shadow_op_t *s)
{
    bool clear = s->op == XEN_DOMCTL_SHADOW_OP_CLEAN;
    long rc = 0;

    if (!d->log_dirty.on || d->log_dirty.beginning || (s->mode & ~XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL) ||
        (s->dirty_bitmap.p && guest_array_ok(handle_gva(s->dirty_bitmap), DIV_ROUND_UP(s->pages, 8), 1)))
        return -EINVAL;
    if (clear && !d->log_dirty.pass_pos)
        rc = mm_log_round(d);
    if (!rc)
        rc = copy_bits(d, s, clear);
    if (rc == -ERESTART)
        return rc;
    s->pages = min(s->pages, d->log_dirty.limit);
    s->stats.fault_count = d->log_dirty.faults;
    s->stats.dirty_count = d->log_dirty.dirtied;
    if (clear)
        d->log_dirty.faults = d->log_dirty.dirtied = 0;
    mm_log_release(d);
    return rc;
}

/* @d is not the caller's domain. */
long domctl_shadow_op(struct domain *d, struct xen_domctl *op)
{
    shadow_op_t *s = &op->u.shadow_op;

    switch (s->op) {
    case XEN_DOMCTL_SHADOW_OP_OFF:
        return mm_log_end(d);
    case XEN_DOMCTL_SHADOW_OP_ENABLE:
        if (s->mode != XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY)
            return -EOPNOTSUPP;
        return mm_log_begin(d);
    case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
        return mm_log_begin(d);
    case XEN_DOMCTL_SHADOW_OP_CLEAN:
    case XEN_DOMCTL_SHADOW_OP_PEEK:
        return read_log(d, s);
    case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
        s->mb = 0;                               /* there is no pool to size */
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}
