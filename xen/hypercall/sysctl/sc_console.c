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

/* Preemptible between pieces of what a key shows. sysctl_progress: the key's number << KEY_POS_BITS | the position in what it shows. */
long sysctl_debug_keys(struct xen_sysctl *op)
{
    const struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
    u64 n, pos;
    char c;

    if (k->nr_keys >> (64 - KEY_POS_BITS))
        return -EINVAL;
    while ((n = sysctl_progress >> KEY_POS_BITS) < k->nr_keys) {
        if (console_is_behind())
            return -ERESTART;
        if (copy_from_guest(&c, gva_add(handle_gva(k->keys), n), 1))
            return -EFAULT;
        pos = keyhandler_run(c, sysctl_progress & ((1UL << KEY_POS_BITS) - 1));
        sysctl_progress = pos ? n << KEY_POS_BITS | pos : (n + 1) << KEY_POS_BITS;
        if (sysctl_progress >> KEY_POS_BITS < k->nr_keys && preempt_check())
            return -ERESTART;
    }
    return 0;
}
