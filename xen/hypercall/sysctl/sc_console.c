/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: the hypervisor's messages and its debug keys. */
#include <xen/console.h>
#include <xen/control.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

#define CHUNK 256

long sysctl_readconsole(struct xen_sysctl *op)
{
    struct xen_sysctl_readconsole *r = &op->u.readconsole;
    gva_t at = handle_gva(r->buffer);
    u32 index = r->index, done = 0;
    char buf[CHUNK];

    while (done < r->count) {
        size_t n = console_ring_read(buf, min(r->count - done, (u32)CHUNK), &index, r->incremental || done);

        if (!n)
            break;
        if (copy_to_guest(gva_add(at, done), buf, n))
            return -EFAULT;
        done += n;
    }
    if (r->clear)
        console_ring_clear();
    r->count = done;
    r->index = index;
    return 0;
}

/* The caller's registers are those of dom0 at its call. Preemptible between keys; sysctl_progress: the keys that were run. */
long sysctl_debug_keys(struct xen_sysctl *op)
{
    const struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
    char c;

    while (sysctl_progress < k->nr_keys) {
        if (copy_from_guest(&c, gva_add(handle_gva(k->keys), sysctl_progress), 1))
            return -EFAULT;
        keyhandler_run(c, guest_cpu_user_regs());
        if (++sysctl_progress < k->nr_keys && preempt_check())
            return -ERESTART;
    }
    return 0;
}
