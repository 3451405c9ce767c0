/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables that IOMMUs walk: identity mappings of frames. */
#include <xen/errno.h>
#include <xen/iommu_pt.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>

#define RW (IOMMU_PTE_READ | IOMMU_PTE_WRITE)

static bool is_present(u64 e) { return e & RW; }
static u64 *table_of(u64 e) { return mfn_to_virt(mfn((e & IOMMU_PTE_ADDR) >> PAGE_SHIFT)); }
static u64 frames_at(unsigned int level) { return 1UL << 9 * (level - 1); }
static unsigned int index_of(u64 m, unsigned int level) { return (m >> 9 * (level - 1)) & (PTES_PER_PAGE - 1); }

static void set_entry(u64 *e, u64 v)
{
    WRITE_ONCE(*e, v);
    iommu_hw_sync(e, sizeof(*e));
}

static u64 *new_table(struct iommu_pt *pt)
{
    u64 *t = alloc_xen_page();

    if (!t)
        return NULL;
    iommu_hw_sync(t, PAGE_SIZE);
    pt->nr_tables++;
    return t;
}

static void free_table(struct iommu_pt *pt, u64 *t)
{
    free_xen_page(t);
    pt->nr_tables--;
}

int iommu_pt_init(struct iommu_pt *pt, unsigned int levels, unsigned int leaf_levels)
{
    *pt = (struct iommu_pt){ .levels = (u8)levels, .leaf_levels = (u8)leaf_levels };
    pt->root = new_table(pt);
    return pt->root ? 0 : -ENOMEM;
}

/* The entry of @m at @level, or above it where a leaf already has @m. NULL: no memory, or without @make no table. */
static u64 *entry_of(struct iommu_pt *pt, u64 m, unsigned int level, unsigned int *found, bool make)
{
    u64 *t = pt->root;
    unsigned int l;

    for (l = pt->levels; l > level; l--) {
        u64 *e = &t[index_of(m, l)];

        if (*e & IOMMU_PTE_LARGE)
            break;
        if (!is_present(*e)) {
            u64 *below = make ? new_table(pt) : NULL;

            if (!below)
                return NULL;
            set_entry(e, mfn_x(virt_to_mfn(below)) << PAGE_SHIFT | RW);
        }
        t = table_of(*e);
    }
    *found = l;
    return &t[index_of(m, l)];
}

/* The level of the largest leaf that begins at @m and is not longer than @n frames. */
static unsigned int leaf_level(const struct iommu_pt *pt, u64 m, u64 n)
{
    unsigned int level = 1;

    while (level < pt->leaf_levels && !(m & (frames_at(level + 1) - 1)) && frames_at(level + 1) <= n)
        level++;
    return level;
}

int iommu_pt_map(struct iommu_pt *pt, u64 first, u64 last)
{
    if (!pt->root || last < first || last >= frames_at(pt->levels + 1u))
        return -EINVAL;
    while (first <= last) {
        unsigned int level = leaf_level(pt, first, last - first + 1), found;
        u64 *e = entry_of(pt, first, level, &found, true);

        if (!e)
            return -ENOMEM;
        /* Smaller leaves are there already: go on with their size. */
        while (found > 1 && is_present(*e) && !(*e & IOMMU_PTE_LARGE)) {
            e = entry_of(pt, first, found - 1, &found, true);
            if (!e)
                return -ENOMEM;
        }
        if (!is_present(*e))
            set_entry(e, first << PAGE_SHIFT | RW | pt->leaf_bits | (found > 1 ? IOMMU_PTE_LARGE : 0));
        first = (first & ~(frames_at(found) - 1)) + frames_at(found);
    }
    return 0;
}

bool iommu_pt_unmap(struct iommu_pt *pt, u64 m)
{
    unsigned int found;
    u64 *e = pt->root ? entry_of(pt, m, 1, &found, false) : NULL;

    if (!e || !is_present(*e))
        return false;
    ASSERT(found == 1);
    set_entry(e, 0);
    return true;
}

bool iommu_pt_maps(const struct iommu_pt *pt, u64 m)
{
    unsigned int found;
    const u64 *e = pt->root && m < frames_at(pt->levels + 1u) ? entry_of((struct iommu_pt *)pt, m, 1, &found, false) : NULL;

    return e && is_present(*e);
}

/* A table of level 3 or less, with all below it: 513 tables of level 2 and less at most for each GiB. True: some are left. */
static bool free_some(struct iommu_pt *pt, u64 *t, unsigned int level)
{
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++) {
        u64 *below = table_of(t[i]);

        if (!is_present(t[i]) || (t[i] & IOMMU_PTE_LARGE))
            continue;
        if (level > 2 && free_some(pt, below, level - 1))
            return true;
        free_table(pt, below);
        t[i] = 0;
        if (level == 3)
            return true;
    }
    return false;
}

bool iommu_pt_free_step(struct iommu_pt *pt)
{
    u64 *root = pt->root;

    if (!root)
        return false;
    if (free_some(pt, root, pt->levels))
        return true;
    free_table(pt, root);
    pt->root = NULL;
    return false;
}
