/* SPDX-License-Identifier: GPL-2.0-only */
/* For the frame table's check: references that grants hold, and uses of entries against mappings. No vCPU runs. */
#include <xen/domain.h>
#include <xen/frame_check.h>
#include <xen/grant.h>

/* A part that is being ended (grant_map.c, PENDING) counts until it has ended. */
#define HAS(m, part) ((m)->flags & ((part) | (part) << 8))

typedef void mapping_fn(struct domain *d, const struct grant_mapping *m, void *arg);

static void for_each_mapping(struct domain *d, mapping_fn *fn, void *arg)
{
    struct grant_table *gt = d->grant;

    for (u32 page = 0; gt && page < gt->nr_map_pages; page++)
        for (u32 i = 0; i < GRANT_MAPPINGS_PER_PAGE; i++)
            if (gt->mappings[page][i].granter)
                fn(d, &gt->mappings[page][i], arg);
}

struct holder { frame_holder_fn *fn; struct frame_check *c; };

/* A mapping for devices holds references itself; a host mapping's are in the page table. */
static void mapping_holds(struct domain *d, const struct grant_mapping *m, void *arg)
{
    struct holder *h = arg;

    if (HAS(m, GNTMAP_device_map))
        h->fn(h->c, mfn_to_frame(grant_active(m->granter->grant, m->ref)->frame),
              m->flags & GNTMAP_readonly ? FT_NONE : FT_WRITABLE);
}

void grant_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c)
{
    struct grant_table *gt = d->grant;
    struct holder h = { fn, c };

    for (grant_ref_t ref = 0; ref < grant_nr_entries(gt); ref++)
        if (grant_active(gt, ref)->pins.any)
            fn(c, mfn_to_frame(grant_active(gt, ref)->frame), FT_NONE);
    for_each_mapping(d, mapping_holds, &h);
}

struct sums {
    const struct domain *granter;
    u64 host_read, host_write, dev_read, dev_write;
    const char *why;
};

static void sum_mapping(struct domain *d, const struct grant_mapping *m, void *arg)
{
    struct sums *s = arg;
    bool host = HAS(m, GNTMAP_host_map), dev = HAS(m, GNTMAP_device_map), readonly = m->flags & GNTMAP_readonly;
    const struct grant_active *a;

    if (m->granter != s->granter)
        return;
    if (m->ref >= grant_nr_entries(s->granter->grant)) {
        s->why = "a mapping of an entry that is not there";
        return;
    }
    a = grant_active(s->granter->grant, m->ref);
    if (!a->pins.any || a->domid != d->id)
        s->why = "a mapping of an entry that is not in use, or by somebody else";
    if (!host && !dev)
        s->why = "a mapping that maps nothing";
    s->host_read += host && readonly;
    s->host_write += host && !readonly;
    s->dev_read += dev && readonly;
    s->dev_write += dev && !readonly;
}

static void sum_mappings(struct domain *d, void *arg) { for_each_mapping(d, sum_mapping, arg); }

const char *grant_check_counts(struct domain *granter)
{
    const struct grant_table *gt = granter->grant;
    struct sums s = { .granter = granter };
    unsigned int in_use = 0;

    domain_for_each(sum_mappings, &s);
    for (grant_ref_t ref = 0; ref < grant_nr_entries(gt); ref++) {
        const union grant_pins *p = &grant_active(gt, ref)->pins;

        in_use += p->any && ref >= GNTTAB_NR_RESERVED_ENTRIES;
        s.host_read -= p->host_read;
        s.host_write -= p->host_write;
        s.dev_read -= p->dev_read;
        s.dev_write -= p->dev_write;
    }
    if (!s.why && (s.host_read | s.host_write | s.dev_read | s.dev_write))
        s.why = "uses of entries are not as many as mappings";
    if (!s.why && in_use != gt->nr_in_use)
        s.why = "entries in use are not as many as were counted";
    return s.why;
}
