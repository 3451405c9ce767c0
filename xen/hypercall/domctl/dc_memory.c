/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: memory: limits, what frames are used for, the page of call stubs. */
#include <xen/control.h>
#include <xen/frame.h>
#include <x86/pv.h>

#define FRAMEINFO_MAX   1024
#define FRAMEINFO_CHUNK 64

/* A limit below what the domain has now only keeps it from getting more. */
long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
    spin_lock(&d->page_lock);
    d->max_pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);
    spin_unlock(&d->page_lock);
    return 0;
}

static u64 frame_kind(struct domain *d, u64 m)
{
    struct frame_info *f = frame_get_mfn(mfn(m), d);
    u64 type, kind = XEN_DOMCTL_PFINFO_NOTAB;

    if (!f)
        return XEN_DOMCTL_PFINFO_XTAB;
    type = READ_ONCE(f->type_info);
    switch (type & FT_MASK) {
    case FT_L1: kind = XEN_DOMCTL_PFINFO_L1TAB; break;
    case FT_L2: kind = XEN_DOMCTL_PFINFO_L2TAB; break;
    case FT_L3: kind = XEN_DOMCTL_PFINFO_L3TAB; break;
    case FT_L4: kind = XEN_DOMCTL_PFINFO_L4TAB; break;
    }
    if (!(type & FT_COUNT_MASK))
        kind = XEN_DOMCTL_PFINFO_NOTAB;
    else if (type & FT_PINNED)
        kind |= XEN_DOMCTL_PFINFO_LPINTAB;
    frame_put(f);
    return kind;
}

long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
    gva_t at = handle_gva(op->u.getpageframeinfo3.array);
    u64 num = op->u.getpageframeinfo3.num, a[FRAMEINFO_CHUNK];

    if (num > FRAMEINFO_MAX)
        return -E2BIG;
    while (num) {
        u64 n = min(num, (u64)FRAMEINFO_CHUNK);

        if (copy_from_guest(a, at, n * sizeof(a[0])))
            return -EFAULT;
        for (u64 i = 0; i < n; i++)
            a[i] = frame_kind(d, a[i]);
        if (copy_to_guest(at, a, n * sizeof(a[0])))
            return -EFAULT;
        at = gva_add(at, n * sizeof(a[0]));
        num -= n;
    }
    return 0;
}

long domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
    mfn_t m = mfn(op->u.hypercall_init.gmfn);
    struct frame_info *f;

    if (!mfn_is_ram(m))
        return -EACCES;
    f = mfn_to_frame(m);
    if (frame_get_and_type(f, d, FT_WRITABLE))
        return -EACCES;
    hypercall_page_fill(frame_to_virt(f));
    log_dirty_mark(d, f);
    frame_put_and_type(f);
    return 0;
}

/* Page tables of paravirtualized domains are their own memory: there is no pool, its size is 0. */
long domctl_get_paging_mempool(struct domain *d, struct xen_domctl *op)
{
    op->u.paging_mempool.size = 0;
    return 0;
}

long domctl_set_paging_mempool(struct domain *d, struct xen_domctl *op)
{
    return op->u.paging_mempool.size ? -EOPNOTSUPP : 0;
}
