/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMUs at boot: all that the firmware names are used, or none. */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <x86/acpi.h>
#include <x86/boot.h>
#include <x86/iommu.h>
#include <x86/memory.h>
#include "vtd.h"

struct dmar vtd_dmar;
static struct iommu_pt dom0_tables;
static bool opt_enable = true, opt_force, opt_verbose;

static int parse_word(const char *word)
{
    static const struct { const char *word; bool *what; } words[] = {
        { "force", &opt_force }, { "required", &opt_force }, { "verbose", &opt_verbose },
    };
    int b = parse_bool(word);

    if (b >= 0) {
        opt_enable = b;
        return 0;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
        if (!strcmp(word, words[i].word)) {
            *words[i].what = opt_enable = true;
            return 0;
        }
    return -EINVAL;
}

static int parse_iommu(const char *list)
{
    char word[16];
    int rc = 0;

    do {
        const char *comma = strchr(list, ',');
        size_t n = comma ? (size_t)(comma - list) : strlen(list);

        strlcpy(word, list, min(n + 1, sizeof(word)));
        rc = parse_word(word);
        list += n + !!comma;
    } while (!rc && *list);
    return rc;
}
PARAM_FN("iommu", iommu, parse_iommu, "list of <boolean>, force, verbose: devices reach only the memory of whoever has them");

/* ---- what the hardware can do ---- */

/* Frames that a table of so many levels reaches. */
static u64 reach(unsigned int levels) { return 1UL << 9 * levels; }

static u64 highest_frame(void)
{
    u64 highest = max_frame;

    for (unsigned int i = 0; i < vtd_dmar.nr_regions; i++)
        highest = max(highest, (vtd_dmar.region[i].last >> PAGE_SHIFT) + 1);
    return highest;
}

static bool can_have_levels(u64 cap, unsigned int levels)
{
    return (cap & (levels == 3 ? CAP_SAGAW_39 : CAP_SAGAW_48)) && highest_frame() <= reach(levels) &&
           highest_frame() <= 1UL << (CAP_WIDTH(cap) - PAGE_SHIFT);
}

/* What all units have in common; nothing where levels are 0. */
static struct iommu_limits find_limits(void)
{
    struct iommu_limits l = { .leaf_levels = 3, .nr_ids = 65536, .snoops = true };
    bool three = true, four = true;

    for (unsigned int i = 0; i < vtd_nr_units; i++) {
        u64 cap = vtd_units[i].cap;

        three &= can_have_levels(cap, 3);
        four &= can_have_levels(cap, 4);
        if (!(cap & CAP_LEAF_1G))
            l.leaf_levels = min(l.leaf_levels, (u8)2);
        if (!(cap & CAP_LEAF_2M))
            l.leaf_levels = 1;
        l.snoops &= !!(vtd_units[i].ecap & ECAP_SNOOP);
        l.nr_ids = min(l.nr_ids, CAP_NR_IDS(cap));
    }
    l.levels = three ? 3 : four ? 4 : 0;
    return l;
}

/* ---- what dom0's devices reach ---- */

/* [@start, @end) without the hypervisor's own memory. */
static int map_range(u64 start, u64 end)
{
    int rc = 0;

    while (!rc && start < end) {
        struct memory_range own = memory_own_range(start, end);

        if (own.start > start)
            rc = iommu_pt_map(&dom0_tables, start >> PAGE_SHIFT, (own.start - 1) >> PAGE_SHIFT);
        start = own.end;
    }
    return rc;
}

static int map_for_dom0(const struct iommu_limits *l)
{
    int rc = iommu_pt_init(&dom0_tables, l->levels, l->leaf_levels);

    for (unsigned int i = 0; !rc && i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];

        if (e->type == E820_RAM)
            rc = map_range(ROUND_UP(e->addr, PAGE_SIZE), (e->addr + e->size) & PAGE_MASK);
    }
    for (unsigned int i = 0; !rc && i < vtd_dmar.nr_regions; i++)
        rc = iommu_pt_map(&dom0_tables, vtd_dmar.region[i].start >> PAGE_SHIFT, vtd_dmar.region[i].last >> PAGE_SHIFT);
    return rc;
}

/* ---- */

static const char *read_table(void)
{
    const struct acpi_header *h = acpi_find_table("DMAR");
    int rc = h ? dmar_parse(h, h->length, &vtd_dmar) : -ENOENT;

    if (rc == -ENOENT)
        return "the firmware has no DMAR table";
    if (rc)
        return rc == -E2BIG ? "the DMAR table is longer than this hypervisor takes" : "the DMAR table is broken";
    for (unsigned int i = 0; i < vtd_dmar.nr_units; i++)
        if (vtd_dmar.unit[i].segment)
            return "there is more than one PCI segment";
    return vtd_dmar.nr_units ? NULL : "the DMAR table names none";
}

static const char *probe_units(void)
{
    for (unsigned int i = 0; i < vtd_dmar.nr_units; i++) {
        struct vtd_unit *u = &vtd_units[i];
        const char *why = vtd_probe(u, vtd_dmar.unit[i].address);

        if (!why && vtd_prepare_queue(u))
            why = "no memory";
        if (why) {
            printk(XENLOG_WARN "IOMMU at %#lx: %s\n", u->address, why);
            return "one of them cannot be used";
        }
        if (opt_verbose)
            printk("IOMMU at %#lx: capabilities %lx, %lx\n", u->address, u->cap, u->ecap);
    }
    vtd_nr_units = vtd_dmar.nr_units;
    return NULL;
}

/* All units or none: those that were switched on are switched off again. */
static const char *begin_units(u64 root)
{
    for (unsigned int i = 0; i < vtd_nr_units; i++) {
        const char *why = vtd_begin(&vtd_units[i], root);

        if (!why)
            continue;
        printk(XENLOG_WARN "IOMMU at %#lx: %s\n", vtd_units[i].address, why);
        do
            vtd_end(&vtd_units[i]);
        while (i--);
        return "one of them cannot be used";
    }
    return NULL;
}

static const char *begin(void)
{
    const char *why = read_table();
    struct iommu_limits l;
    u64 root;

    if (!why)
        why = probe_units();
    if (why)
        return why;
    l = find_limits();
    if (!l.levels)
        return "their tables do not reach all memory";
    root = map_for_dom0(&l) ? 0 : vtd_make_root();
    if (!root || vtd_admit_all(&dom0_tables, IOMMU_DOM0_ID))
        return "no memory for tables";
    vtd_faults_init();
    why = begin_units(root);
    if (why)
        return why;
    iommu_begin(&l, &dom0_tables);
    acpi_hide_table("DMAR");
    printk("IOMMU: VT-d, %u unit%s, %u-level tables, leaves up to %s; %lu tables (%lu KiB) for dom0's devices\n", vtd_nr_units,
           vtd_nr_units == 1 ? "" : "s", l.levels, l.leaf_levels == 3 ? "1 GiB" : l.leaf_levels == 2 ? "2 MiB" : "4 KiB",
           dom0_tables.nr_tables, dom0_tables.nr_tables * (PAGE_SIZE >> 10));
    return NULL;
}

void iommu_boot(void)
{
    const char *why = opt_enable ? begin() : "switched off (iommu=)";

    if (why && opt_force)
        boot_refuse("iommu=force: %s; iommu=yes goes on without", why);
    if (why)
        printk("IOMMU: none in use: %s\n", why);
}
