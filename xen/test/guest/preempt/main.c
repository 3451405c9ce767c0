/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No call keeps its CPU for long, however much it is asked for: a timer is set to fire in the middle of calls with large
 * counts, and its event has to come soon after. Prints for each the latest that it came. It is run with --icount only
 * (@counted): 1 ns is one instruction, and the limit is one of instructions.
 */
#include "forest.h"
#include "preempt.h"

char list[LIST_BYTES] __attribute__((aligned(4096), section(".bss.page")));
static unsigned long big_l4;
static unsigned count;

/* The worst of several moments. */
static void measure(const char *name, long (*call)(void), long want)
{
    uint64_t worst = 0;

    for (uint64_t after = 100000; after < 20 * MILLISECONDS; after *= 3) {
        uint64_t late = lateness(call, after, want, name);

        worst = late > worst ? late : worst;
    }
    printf("  %s: %lu instructions late at most\n", name, worst);
    CHECK(worst < piece_limit(), "%s keeps the CPU for %lu instructions", name, worst);
}

static long mmu_updates(void)
{
    struct mmu_update *u = (void *)list;
    uint64_t at = pt_entry_maddr(SCRATCH_VA, 1), entry = virt_to_mfn(boot_stack) * PAGE_SIZE | PTE_RO;

    count = LIST_BYTES / sizeof(*u);
    for (unsigned i = 0; i < count; i++)
        u[i] = (struct mmu_update){ at, i % 2 ? entry : 0 };
    return hc_mmu_update(u, count, NULL, DOMID_SELF);
}

static long invalidations(void)
{
    struct mmuext_op *op = (void *)list;

    count = LIST_BYTES / sizeof(*op);
    for (unsigned i = 0; i < count; i++)
        op[i] = (struct mmuext_op){ .cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = SCRATCH_VA };
    return hc_mmuext_op(op, count, NULL, DOMID_SELF);
}

static long multicalls(void)
{
    struct multicall_entry *m = (void *)list;

    count = LIST_BYTES / sizeof(*m);
    for (unsigned i = 0; i < count; i++)
        m[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_pagesize } };
    return hc_multicall(m, count);
}

static long copies(void)
{
    static char from[4096] __attribute__((aligned(4096), section(".bss.page"))), to[4096] __attribute__((aligned(4096), section(".bss.page")));
    struct gnttab_copy *c = (void *)list;

    count = 16384;
    for (unsigned i = 0; i < count; i++) {
        c[i] = (struct gnttab_copy){ .len = 4096 };
        c[i].source.u.gmfn = virt_to_mfn(from);
        c[i].dest.u.gmfn = virt_to_mfn(to);
        c[i].source.domid = c[i].dest.domid = DOMID_SELF;
    }
    return hc_grant_table_op(GNTTABOP_copy, c, count);
}

static long bad_unmaps(void)
{
    struct gnttab_unmap_grant_ref *u = (void *)list;

    count = LIST_BYTES / sizeof(*u);
    for (unsigned i = 0; i < count; i++)
        u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = SCRATCH_VA, .handle = 100000 + i };
    return hc_grant_table_op(GNTTABOP_unmap_grant_ref, u, count);
}

static long traps(void) { return hc_set_trap_table(trap_table()); }

#define PAGES 4000
#define FIRST_PFN 6000u

static xen_pfn_t frames[PAGES], others[PAGES];

static struct xen_memory_reservation pages(xen_pfn_t *of)
{
    struct xen_memory_reservation r = { .nr_extents = PAGES, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, of);
    return r;
}

/* All of them given back and asked for again. */
static long give_and_take(void)
{
    struct xen_memory_reservation r = pages(frames);
    long given = hc_memory_op(XENMEM_decrease_reservation, &r);

    for (unsigned i = 0; i < PAGES; i++)
        frames[i] = FIRST_PFN + i;
    return given == PAGES ? hc_memory_op(XENMEM_populate_physmap, &r) : given;
}

static long exchange(void)
{
    struct xen_memory_exchange x = { .in = pages(frames), .out = pages(others) };
    long result;

    for (unsigned i = 0; i < PAGES; i++)
        others[i] = FIRST_PFN + i;
    result = hc_memory_op(XENMEM_exchange, &x);
    memcpy(frames, others, sizeof(frames));
    return result;
}

#define L1_TABLES 192

/* A tree of full L1 tables, in no use: pinned, it is checked whole, unpinned, taken down whole. */
static void build_tree(void) { big_l4 = forest_tree(L1_TABLES); }

static long pin_and_unpin(void)
{
    long result = pin_table(4, big_l4);

    return result ? result : unpin_table(big_l4);
}

static long close_ports(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_close c;
    unsigned n = 0;

    /* The timer's own port stays: closed one by one, by a multicall, which is what a reset does. */
    while (hc_event_channel_op(EVTCHNOP_alloc_unbound, &a) == 0 && n < 4000)
        ((uint32_t *)list)[n++] = a.port;
    for (unsigned i = 0; i < n; i++) {
        c.port = ((uint32_t *)list)[i];
        hc_event_channel_op(EVTCHNOP_close, &c);
    }
    return 0;
}

static long grow_grants(void)
{
    static xen_pfn_t where[1024];
    struct gnttab_query_size size = { .dom = DOMID_SELF };
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .status = 99 };

    NEED(hc_grant_table_op(GNTTABOP_query_size, &size, 1), 0);
    setup.nr_frames = size.max_nr_frames < 1024 ? size.max_nr_frames : 1024;
    set_xen_guest_handle(setup.frame_list, where);
    NEED(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    return setup.status;
}

static long other_version(void)
{
    static unsigned version = 1;
    struct gnttab_set_version set = { .version = version = 3 - version };
    long result = hc_grant_table_op(GNTTABOP_set_version, &set, 1);

    /* Somebody uses an entry: the console's and the store's daemons, in a guest. */
    return result == -XEN_ENOSYS || result == -XEN_EBUSY ? 0 : result;
}

void test_main(void)
{
    pt_build(SCRATCH_VA);
    pieces_begin();
    measure("mmu_update", mmu_updates, 0);
    measure("mmuext_op INVLPG", invalidations, 0);
    measure("multicall", multicalls, 0);
    measure("grant copy", copies, 0);
    measure("grant unmap, bad handles", bad_unmaps, 0);
    measure("set_trap_table", traps, 0);
    measure("setup_table, all frames", grow_grants, GNTST_okay);
    measure("grant set_version", other_version, 0);
    measure("4000 ports made and closed", close_ports, 0);
    for (unsigned i = 0; i < PAGES; i++)
        frames[i] = pfn_to_mfn(FIRST_PFN + i);
    measure("decrease, populate", give_and_take, PAGES);
    measure("exchange", exchange, 0);
    build_tree();
    measure("pin and unpin, 98,304 entries", pin_and_unpin, 0);
    measure_own_calls();
    if (privileged()) {
        measure_keys();
        measure_control();
        measure_domains();
        measure_scattered();
    }
    event_mask_all();
    if (privileged())
        measure_events();
}
