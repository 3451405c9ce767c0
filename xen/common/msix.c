/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI-X tables: what a device says of them is checked before the hypervisor writes to one, and no guest does (xen/msix.h). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/msix.h>
#include <xen/page_alloc.h>
#include <xen/rangeset.h>
#include <xen/spinlock.h>
#include <x86/page.h>

#define FIRST_MIB 0x100000UL

u64 msix_find_table(u64 bar, u32 offset, u32 bytes, struct rangeset *mmio)
{
    u64 size = bar & -bar, first = bar + offset, last = first + bytes - 1;

    if (bar < FIRST_MIB || !bytes || (u64)offset + bytes > size || last < first)
        return 0;
    return rangeset_contains(mmio, first >> PAGE_SHIFT, last >> PAGE_SHIFT) ? first : 0;
}

/* ---- protected frames ---- */

/* Two devices may have their tables in one frame: then it is here twice. */
struct protected {
    struct protected *next;
    u64 frame;
    u32 device;
};

#define BUCKET_BITS 8

static struct protected *buckets[1u << BUCKET_BITS];
/* Guards the buckets; innermost. */
static spinlock_t protected_lock = SPIN_LOCK_UNLOCKED;

/* BARs of like devices lie a power of 2 apart. */
static struct protected **bucket_of(u64 frame)
{
    return &buckets[frame * 0x9e3779b97f4a7c15UL >> (64 - BUCKET_BITS)];
}

static void free_list(struct protected *list)
{
    while (list) {
        struct protected *next = list->next;

        xfree(list);
        list = next;
    }
}

/* A list of @place's frames in front of @list. -ENOMEM: @list is as it was, or longer. */
static int list_frames(const struct msix_place *place, u32 device, struct protected **list)
{
    u64 end = (place->start + place->bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;

    for (u64 frame = place->start >> PAGE_SHIFT; place->bytes && frame < end; frame++) {
        struct protected *p = xzalloc(sizeof(*p));

        if (!p)
            return -ENOMEM;
        *p = (struct protected){ .next = *list, .frame = frame, .device = device };
        *list = p;
    }
    return 0;
}

/* What is known of @device; it is not any more. protected_lock held. */
static struct protected *take_out_locked(u32 device)
{
    struct protected *out = NULL;

    for (unsigned int i = 0; i < ARRAY_SIZE(buckets); i++) {
        struct protected **at = &buckets[i];

        while (*at) {
            struct protected *p = *at;

            if (p->device != device) {
                at = &p->next;
                continue;
            }
            *at = p->next;
            p->next = out;
            out = p;
        }
    }
    return out;
}

static void replace(u32 device, struct protected *new)
{
    struct protected *old;

    spin_lock(&protected_lock);
    old = take_out_locked(device);
    while (new) {
        struct protected *p = new, **at = bucket_of(p->frame);

        new = p->next;
        p->next = *at;
        *at = p;
    }
    spin_unlock(&protected_lock);
    free_list(old);
}

int msix_protect(u32 device, const struct msix_place *places, unsigned int nr)
{
    struct protected *new = NULL;
    int rc = 0;

    for (unsigned int i = 0; i < nr && !rc; i++)
        rc = list_frames(&places[i], device, &new);
    if (rc)
        free_list(new);
    else
        replace(device, new);
    return rc;
}

void msix_forget(u32 device) { replace(device, NULL); }

bool msix_protects(u64 frame)
{
    const struct protected *p;

    spin_lock(&protected_lock);
    p = *bucket_of(frame);
    while (p && p->frame != frame)
        p = p->next;
    spin_unlock(&protected_lock);
    return p;
}
