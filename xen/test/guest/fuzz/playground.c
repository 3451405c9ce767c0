/* SPDX-License-Identifier: GPL-2.0-only */
/* What random calls work on, and how it is put in order again. */
#include "fuzz.h"
#include "tally.h"

char *victims[NR_VICTIMS];
unsigned long victim_mfn[NR_VICTIMS], loose[NR_LOOSE], shared_mfn, grant_mfn;
uint64_t playground[4], live_l4;
domid_t self;
unsigned grant_version = 1;
static char *table[4];     /* the playground's own tables, [1] to [3] */

void guard(void)
{
    NEED(hc_update_va_mapping(page_alloc(), 0, UVMF_INVLPG), 0);
}

static void own(char **page, unsigned long *mfn)
{
    *page = page_alloc();
    *mfn = virt_to_mfn(*page);
}

/* The tables below FUZZ_SLOT, empty but for the way to the L1. */
static void link_tables(void)
{
    for (int level = 1; level < 4; level++) {
        if (page_set_rw(table[level]))
            continue;
        memset(table[level], 0, PAGE_SIZE);
        if (level > 1)
            *(uint64_t *)table[level] = playground[level - 1] | PTE_TABLE;
    }
    for (int level = 1; level < 4; level++)
        page_set_ro(table[level]);
    pt_write(live_l4 + FUZZ_SLOT * 8, playground[3] | PTE_TABLE);
}

/* A port that oneself may bind says for whom it is. */
static domid_t find_self(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_status s = { .dom = DOMID_SELF };
    struct evtchn_close c;

    NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    s.port = c.port = a.port;
    NEED(hc_event_channel_op(EVTCHNOP_status, &s), 0);
    NEED(hc_event_channel_op(EVTCHNOP_close, &c), 0);
    return s.u.unbound.dom;
}

void playground_init(void)
{
    unsigned long mfn;

    self = find_self();
    live_l4 = pt_base_mfn() * PAGE_SIZE;
    shared_mfn = start_info->shared_info / PAGE_SIZE;
    grants_init(1);
    grant_mfn = (*pt_entry((unsigned long)grants_v1, 1) & PTE_FRAME) / PAGE_SIZE;
    for (unsigned i = 0; i < NR_VICTIMS; i++)
        own(&victims[i], &victim_mfn[i]);
    guard();
    for (unsigned i = 0; i < NR_LOOSE; i++)
        loose[i] = pfn_to_mfn(pfn_spare());
    for (int level = 1; level < 4; level++) {
        own(&table[level], &mfn);
        playground[level] = mfn * PAGE_SIZE;
    }
    link_tables();
}

static unsigned long new_frame(void)
{
    unsigned long mfn = 0;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, &mfn);
    return hc_memory_op(XENMEM_increase_reservation, &r) == 1 ? mfn : 0;
}

static void give_back(unsigned long mfn)
{
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, &mfn);
    hc_memory_op(XENMEM_decrease_reservation, &r);
}

static void set_ro(void *va, unsigned long mfn)
{
    hc_update_va_mapping(va, mfn * PAGE_SIZE | PTE_RO, UVMF_INVLPG);
}

/* A victim is mapped and empty again, or another frame takes its place. */
static void restore_victim(unsigned i)
{
    unsigned long mfn;

    unpin_table(victim_mfn[i]);
    if (hc_update_va_mapping(victims[i], victim_mfn[i] * PAGE_SIZE | PTE_DATA, UVMF_INVLPG)) {
        mfn = new_frame();
        if (!mfn || hc_update_va_mapping(victims[i], mfn * PAGE_SIZE | PTE_DATA, UVMF_INVLPG))
            return;
        give_back(victim_mfn[i]);
        victim_mfn[i] = mfn;
    }
    memset(victims[i], 0, PAGE_SIZE);
    /* Every second one may become a table. */
    if (i % 2)
        set_ro(victims[i], victim_mfn[i]);
}

static void restore_ports(struct fuzzer *f)
{
    struct evtchn_reset reset = { .dom = DOMID_SELF };
    struct sched_watchdog dog = { .id = 1 };
    struct gnttab_get_version version = { .dom = DOMID_SELF };

    if (!below(f, 4))
        hc_event_channel_op(EVTCHNOP_reset, &reset);
    for (; dog.id < 3; dog.id++)
        hc_sched_op(SCHEDOP_watchdog, &dog);
    hc_vcpu_op(VCPUOP_stop_periodic_timer, f->id, NULL);
    if (!hc_grant_table_op(GNTTABOP_get_version, &version, 1) && version.version)
        grant_version = version.version;
}

void playground_restore(struct fuzzer *f)
{
    fuzz_handlers();
    mmuext(MMUEXT_NEW_BASEPTR, live_l4 / PAGE_SIZE, 0);
    mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0);
    mmuext(MMUEXT_SET_LDT, 0, 0);
    hypercall(__HYPERVISOR_set_gdt, 0, 0, 0, 0);
    restore_ports(f);
    for (unsigned i = 0; i < 8; i++)
        pt_write(live_l4 + (FUZZ_SLOT + i) * 8, 0);
    for (int level = 1; level < 4; level++)
        unpin_table(playground[level] / PAGE_SIZE);
    for (unsigned i = 0; i < NR_VICTIMS; i++)
        restore_victim(i);
    for (unsigned i = 0; i < NR_LOOSE / 8; i++) {
        unsigned slot = below(f, NR_LOOSE);
        unsigned long mfn = new_frame();

        if (!mfn)
            break;
        unpin_table(loose[slot]);
        give_back(loose[slot]);
        loose[slot] = mfn;
    }
    link_tables();
}
