/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercall buffers: memory whose pages stay where they are while the
 * hypervisor reads and writes them by virtual address.
 *
 * Mappings of /dev/xen/hypercall are that by construction.  Without it we lock
 * anonymous memory; a kernel that migrates such pages makes a call fail with
 * -EFAULT, which is why the device is preferred.
 */
#include "xc_private.h"

#include <sys/mman.h>

/* A single page is used by nearly every call: keep those, give big ones back. */
#define KEEP_PAGES 16

static void *map_buffer(struct xc_handle *h, size_t bytes)
{
    void *p;

    if (h->hypercall_fd >= 0) {
        p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                 h->hypercall_fd, 0);
        return p == MAP_FAILED ? NULL : p;
    }
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    /* A fork()ed child must not make our pages copy-on-write under us. */
    if (madvise(p, bytes, MADV_DONTFORK) || mlock(p, bytes)) {
        munmap(p, bytes);
        return NULL;
    }
    return p;
}

void xc_hbuf_unmap(struct xc_hbuf *slot)
{
    if (slot->addr)
        munmap(slot->addr, slot->pages * XC_PAGE_SIZE);
    *slot = (struct xc_hbuf){ 0 };
}

/* The smallest idle buffer that is large enough, else an empty slot, else an
 * idle one that is too small; NULL when all are in use. */
static struct xc_hbuf *pick_slot(struct xc_handle *h, size_t pages)
{
    struct xc_hbuf *fit = NULL, *empty = NULL, *small = NULL;

    for (unsigned i = 0; i < XC_HBUF_SLOTS; i++) {
        struct xc_hbuf *s = &h->hbuf[i];

        if (s->used)
            continue;
        if (!s->addr)
            empty = empty ? empty : s;
        else if (s->pages < pages)
            small = s;
        else if (!fit || s->pages < fit->pages)
            fit = s;
    }
    if (fit)
        return fit;
    return empty ? empty : small;
}

void *xc_hbuf_alloc(struct xc_handle *h, size_t bytes)
{
    size_t pages = bytes ? (bytes + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE : 1;
    struct xc_hbuf *slot = pick_slot(h, pages);

    if (!slot)
        return NULL;
    if (slot->addr && slot->pages < pages)
        xc_hbuf_unmap(slot);
    if (!slot->addr) {
        slot->addr = map_buffer(h, pages * XC_PAGE_SIZE);
        if (!slot->addr)
            return NULL;
        slot->pages = pages;
    } else {
        memset(slot->addr, 0, bytes);
    }
    slot->used = true;
    return slot->addr;
}

void xc_hbuf_free(struct xc_handle *h, void *p)
{
    for (unsigned i = 0; p && i < XC_HBUF_SLOTS; i++) {
        struct xc_hbuf *s = &h->hbuf[i];

        if (s->addr != p)
            continue;
        s->used = false;
        if (s->pages > KEEP_PAGES)
            xc_hbuf_unmap(s);
        return;
    }
}
