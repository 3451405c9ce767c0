/* SPDX-License-Identifier: GPL-2.0-only */
/* kexec_op(cmd, arg): the images that take over after a crash, or when dom0 says so. Dom0's alone. */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/kexec.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <public/kexec.h>

/* Continuations, which nobody else has a use for: a load that has begun; what an unload left behind. */
#define LOAD_GO_ON 0x100
#define REAP       0x101

static long go_on(unsigned long cmd, gva_t arg) { return hypercall_continue(2, cmd, gva_x(arg)); }

/* Also before anything else, so that not much is ever left. */
static int reap(void)
{
    int rc;

    do
        rc = kexec_reap();
    while (rc == -ERESTART && !preempt_check());
    return rc;
}

static long get_range(gva_t arg)
{
    struct xen_kexec_range r;
    struct kexec_range range;
    int rc;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return -EFAULT;
    rc = arch_kexec_range(r.range, r.nr, &range);
    if (rc)
        return rc;
    r.start = range.start;
    r.size = range.size;
    return copy_to_guest(arg, &r, sizeof(r));
}

/* Only the bytes that are filled have a place in the guest: the buffer of none is nobody's. */
static int read_segments(struct kexec_image *image, gva_t at)
{
    for (unsigned int i = 0; i < image->nr_segments; i++) {
        struct xen_kexec_segment s;

        if (copy_from_guest(&s, gva_add(at, i * sizeof(s)), sizeof(s)))
            return -EFAULT;
        image->segment[i] = (struct kexec_segment){ .start = s.dest_maddr, .size = s.dest_size, .from = handle_gva(s.buf.h),
                                                    .filled = handle_gva(s.buf.h).v ? s.buf_size : 0 };
    }
    return 0;
}

static int copy_piece(void *to, gva_t from, size_t n) { return copy_from_guest(to, from, n); }

static long load_go_on(gva_t arg)
{
    int rc;

    do
        rc = kexec_load_step(current, copy_piece);
    while (rc == -ERESTART && !preempt_check());
    return rc == -ERESTART ? go_on(LOAD_GO_ON, arg) : rc;
}

static long load(gva_t arg)
{
    struct kexec_image image = { 0 };
    struct xen_kexec_load l;
    int rc;

    if (copy_from_guest(&l, arg, sizeof(l)))
        return -EFAULT;
    if (!l.nr_segments || l.nr_segments > KEXEC_MAX_SEGMENTS)
        return -EINVAL;
    image = (struct kexec_image){ .type = l.type, .arch = l.arch, .nr_segments = l.nr_segments, .entry = l.entry_maddr };
    rc = read_segments(&image, handle_gva(l.segments.h));
    if (!rc)
        rc = kexec_check_image(&image);
    if (!rc)
        rc = kexec_load_begin(&image, current);
    return rc ? rc : load_go_on(arg);
}

static long unload(gva_t arg)
{
    struct xen_kexec_unload u;
    int rc;

    if (copy_from_guest(&u, arg, sizeof(u)))
        return -EFAULT;
    rc = kexec_unload(u.type);
    if (!rc)
        rc = reap();
    return rc == -ERESTART ? go_on(REAP, arg) : rc;
}

static long status(gva_t arg)
{
    struct xen_kexec_status s;

    return copy_from_guest(&s, arg, sizeof(s)) ? -EFAULT : kexec_status(s.type);
}

/* Comes back only when there is no such image. */
static long execute(gva_t arg)
{
    struct xen_kexec_exec e;

    if (copy_from_guest(&e, arg, sizeof(e)))
        return -EFAULT;
    if (e.type != KEXEC_TYPE_DEFAULT && e.type != KEXEC_TYPE_CRASH)
        return -EINVAL;
    machine_kexec((unsigned int)e.type);
    return -ENOENT;
}

long hc_kexec_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    if (reap() == -ERESTART)
        return go_on(cmd, gva(arg));
    switch (cmd) {
    case KEXEC_CMD_kexec:
        return execute(gva(arg));
    case KEXEC_CMD_kexec_get_range:
        return get_range(gva(arg));
    case KEXEC_CMD_kexec_load:
        return load(gva(arg));
    case KEXEC_CMD_kexec_unload:
        return unload(gva(arg));
    case KEXEC_CMD_kexec_status:
        return status(gva(arg));
    case LOAD_GO_ON:
        return load_go_on(gva(arg));
    case REAP:
        return 0;
    }
    return -ENOSYS;
}
