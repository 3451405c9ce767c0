/* SPDX-License-Identifier: GPL-2.0-only */
/* grant_table_op: copies elements in and statuses out, one table row an operation. */
#include <xen/console.h>
#include <xen/grant.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/page.h>

#define UNMAP_BATCH 16     /* mappings that end with one TLB flush */
#define PROGRESS_UNIT 4096u /* an interrupted call has its progress above its command's 12 bits */

/*
 * Handles elements from @at on, at most @n; how many it did, or -errno. -ERESTART: an element that is long by itself has got
 * as far as *@from, where it is to go on; 0 at first.
 */
typedef int gnttab_fn(gva_t at, u32 n, u32 *from);

static int copy_back(gva_t at, const void *op, size_t n)
{
    return copy_to_guest(at, op, n) ? -EFAULT : 1;
}

static int op_map(gva_t at, u32 n, u32 *from)
{
    struct gnttab_map_grant_ref op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    grant_map(&op);
    return copy_back(at, &op, sizeof(op));
}

/* Between the two steps nobody may reach the pages through this domain's TLBs any more. */
static void unmap_batch(struct grant_unmap *u, u32 n)
{
    bool any = false;

    for (u32 i = 0; i < n; i++) {
        grant_unmap_begin(&u[i]);
        any |= u[i].done & GNTMAP_host_map;
    }
    if (any)
        mm_flush_domain(current->domain, NULL, FLUSH_TLB, 0);
    for (u32 i = 0; i < n; i++)
        grant_unmap_end(&u[i]);
}

static int op_unmap(gva_t at, u32 n, u32 *from)
{
    struct gnttab_unmap_grant_ref op[UNMAP_BATCH];
    struct grant_unmap u[UNMAP_BATCH];

    n = min(n, (u32)UNMAP_BATCH);
    if (copy_from_guest(op, at, n * sizeof(op[0])))
        return -EFAULT;
    for (u32 i = 0; i < n; i++)
        u[i] = (struct grant_unmap){ .host_addr = op[i].host_addr, .dev_addr = op[i].dev_bus_addr, .handle = op[i].handle };
    unmap_batch(u, n);
    for (u32 i = 0; i < n; i++)
        op[i].status = (int16_t)u[i].status;
    return copy_to_guest(at, op, n * sizeof(op[0])) ? -EFAULT : (int)n;
}

static int op_unmap_and_replace(gva_t at, u32 n, u32 *from)
{
    struct gnttab_unmap_and_replace op[UNMAP_BATCH];
    struct grant_unmap u[UNMAP_BATCH];

    n = min(n, (u32)UNMAP_BATCH);
    if (copy_from_guest(op, at, n * sizeof(op[0])))
        return -EFAULT;
    for (u32 i = 0; i < n; i++)
        u[i] = (struct grant_unmap){ .host_addr = op[i].host_addr, .new_addr = op[i].new_addr, .handle = op[i].handle };
    unmap_batch(u, n);
    for (u32 i = 0; i < n; i++)
        op[i].status = (int16_t)u[i].status;
    return copy_to_guest(at, op, n * sizeof(op[0])) ? -EFAULT : (int)n;
}

/* Domain whose table an operation is about: one's own, or any for a privileged caller. GNTST_*. */
static int get_subject(u16 id, struct domain **d)
{
    int rc = domain_get_target(id, d);

    if (rc)
        return rc == -EPERM ? GNTST_permission_denied : GNTST_bad_domain;
    if ((*d)->grant)
        return GNTST_okay;
    domain_put(*d);
    return GNTST_bad_domain;
}

/* Writes the frames *@from..@nr of @d's table, or of its status pages, to @list. GNTST_*, -EFAULT or -ERESTART. */
static int list_frames(struct domain *d, unsigned int nr, bool status, gva_t list, u32 *from)
{
    for (u32 i = *from; i < nr; i++) {
        mfn_t m;

        if (i != *from && preempt_check()) {
            *from = i;
            return -ERESTART;
        }
        if (grant_table_frame(d, i, status, &m))
            return GNTST_general_error;
        if (copy_to_guest(gva_add(list, i * sizeof(u64)), &m.v, sizeof(m.v)))
            return -EFAULT;
    }
    return GNTST_okay;
}

static int op_setup_table(gva_t at, u32 n, u32 *from)
{
    struct gnttab_setup_table op;
    struct domain *d;
    int rc;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    rc = get_subject(op.dom, &d);
    if (!rc) {
        rc = op.nr_frames > grant_table_max_frames(d, false) ? GNTST_general_error :
             list_frames(d, op.nr_frames, false, handle_gva(op.frame_list), from);
        domain_put(d);
    }
    if (rc == -ERESTART)
        return rc;
    /* An address that no guest has is an error of the call, one that is not mapped an error of the operation. */
    if (rc == -EFAULT && (!is_canonical(handle_gva(op.frame_list).v) || !guest_range_ok(handle_gva(op.frame_list).v, 1)))
        return rc;
    op.status = rc == -EFAULT ? GNTST_bad_virt_addr : (int16_t)rc;
    return copy_back(at, &op, sizeof(op));
}

static int op_get_status_frames(gva_t at, u32 n, u32 *from)
{
    struct gnttab_get_status_frames op;
    struct domain *d;
    int rc;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    rc = get_subject(op.dom, &d);
    if (!rc) {
        rc = op.nr_frames > d->grant->nr_status ? GNTST_general_error :
             list_frames(d, op.nr_frames, true, handle_gva(op.frame_list), from);
        domain_put(d);
    }
    if (rc == -EFAULT || rc == -ERESTART)
        return rc;
    op.status = (int16_t)rc;
    return copy_back(at, &op, sizeof(op));
}

static int op_query_size(gva_t at, u32 n, u32 *from)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    op.status = (int16_t)get_subject(op.dom, &d);
    if (!op.status) {
        op.nr_frames = d->grant->nr_frames;
        op.max_nr_frames = d->grant->max_frames;
        domain_put(d);
    }
    return copy_back(at, &op, sizeof(op));
}

/* True: work is pending, or the console has to send first, and entries from *@from on (grant_dump()) are left. */
static bool dump_entries(struct domain *d, u32 *from)
{
    while (!console_is_behind()) {
        *from = (u32)grant_dump(d, *from);
        if (!*from)
            return false;
        if (preempt_check())
            break;
    }
    return true;
}

static int op_dump(gva_t at, u32 n, u32 *from)
{
    struct gnttab_dump_table op;
    bool more = false;
    struct domain *d;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    /* The console is slow and its lines are not limited: not for guests. */
    op.status = caller_may(HC_PRIVILEGED) ? (int16_t)get_subject(op.dom, &d) : GNTST_permission_denied;
    if (!op.status) {
        more = dump_entries(d, from);
        domain_put(d);
    }
    return more ? -ERESTART : copy_back(at, &op, sizeof(op));
}

static int op_copy(gva_t at, u32 n, u32 *from)
{
    struct gnttab_copy op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    grant_copy(&op);
    return copy_back(at, &op, sizeof(op));
}

static int op_transfer(gva_t at, u32 n, u32 *from)
{
    struct gnttab_transfer op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    grant_transfer(&op);
    return copy_back(at, &op, sizeof(op));
}

static int op_set_version(gva_t at, u32 n, u32 *from)
{
    struct gnttab_set_version op;
    struct domain *d = current->domain;
    int rc;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    rc = grant_set_version(d, op.version);
    if (rc == -ERESTART)
        return rc;
    op.version = d->grant->version;
    if (copy_to_guest(at, &op, sizeof(op)))
        return -EFAULT;
    return rc ? rc : 1;
}

static int op_get_version(gva_t at, u32 n, u32 *from)
{
    struct gnttab_get_version op;
    struct domain *d;
    int rc;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    rc = domain_get_target(op.dom, &d);
    if (rc)
        return rc;
    op.version = d->grant ? d->grant->version : 1;
    domain_put(d);
    return copy_back(at, &op, sizeof(op));
}

static int op_swap(gva_t at, u32 n, u32 *from)
{
    struct gnttab_swap_grant_ref op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    op.status = (int16_t)grant_swap(current->domain, op.ref_a, op.ref_b);
    return copy_back(at, &op, sizeof(op));
}

/*
 * Devices snoop the caches on x86: nothing to do but to check. A frame that is not the caller's may be mapped by a grant; nothing would
 * be done to it.
 */
static int op_cache_flush(gva_t at, u32 n, u32 *from)
{
    struct gnttab_cache_flush op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    if (op.offset + op.length > (int)PAGE_SIZE ||
        (op.op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)))
        return -EINVAL;
    if (op.op && !(op.op & GNTTAB_CACHE_SOURCE_GREF) && !mfn_is_ram(maddr_to_mfn(maddr(op.a.dev_bus_addr))))
        return -EINVAL;
    return 1;
}

static const struct gnttab_row {
    gnttab_fn *fn;
    size_t size;
    bool single;           /* one element a call, else -EINVAL */
    bool resumes;          /* an element may be interrupted */
} rows[] = {
    [GNTTABOP_map_grant_ref] = { op_map, sizeof(struct gnttab_map_grant_ref), false },
    [GNTTABOP_unmap_grant_ref] = { op_unmap, sizeof(struct gnttab_unmap_grant_ref), false },
    [GNTTABOP_setup_table] = { op_setup_table, sizeof(struct gnttab_setup_table), true, true },
    [GNTTABOP_dump_table] = { op_dump, sizeof(struct gnttab_dump_table), false, true },
    [GNTTABOP_transfer] = { op_transfer, sizeof(struct gnttab_transfer), false },
    [GNTTABOP_copy] = { op_copy, sizeof(struct gnttab_copy), false },
    [GNTTABOP_query_size] = { op_query_size, sizeof(struct gnttab_query_size), true },
    [GNTTABOP_unmap_and_replace] = { op_unmap_and_replace, sizeof(struct gnttab_unmap_and_replace), false },
    [GNTTABOP_set_version] = { op_set_version, sizeof(struct gnttab_set_version), true },
    [GNTTABOP_get_status_frames] = { op_get_status_frames, sizeof(struct gnttab_get_status_frames), true, true },
    [GNTTABOP_get_version] = { op_get_version, sizeof(struct gnttab_get_version), true },
    [GNTTABOP_swap_grant_ref] = { op_swap, sizeof(struct gnttab_swap_grant_ref), false },
    [GNTTABOP_cache_flush] = { op_cache_flush, sizeof(struct gnttab_cache_flush), false },
};

long hc_grant_table_op(unsigned long cmd, unsigned long list, unsigned long count_arg, unsigned long unused1,
                       unsigned long unused2)
{
    u32 count = (u32)count_arg, op = (u32)cmd & (PROGRESS_UNIT - 1), from = (u32)cmd / PROGRESS_UNIT;
    const struct gnttab_row *row = op < ARRAY_SIZE(rows) ? &rows[op] : NULL;

    if (!row || !row->fn || (from && !row->resumes))
        return -ENOSYS;
    if (row->single && count != 1)
        return -EINVAL;
    if (count >> 31)
        return -EINVAL;
    if (guest_array_ok(gva(list), count, row->size))
        return -EFAULT;
    for (u32 done = 0; done < count;) {
        gva_t at = gva_add(gva(list), done * row->size);
        int rc;

        rc = done && preempt_check() ? -ERESTART : row->fn(at, count - done, &from);
        if (rc == -ERESTART)
            return hypercall_continue(3, (unsigned long)(op + from * PROGRESS_UNIT), at.v, (unsigned long)(count - done));
        if (rc < 0)
            return rc;
        done += (u32)rc;
    }
    return 0;
}
