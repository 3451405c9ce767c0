/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls about the caller's own descriptor tables, page tables, memory map and console, each with the most that it takes. */
#include "preempt.h"

#define GDT_PAGES   14
#define LDT_PAGES   16
#define DATA_RING3  0x00cff3000000ffffull
#define L1_TABLES   32
#define OUTPUT      32768

static unsigned long gdt_frames[2][GDT_PAGES];
static unsigned gdt_used;
static uint64_t *ldt;
static unsigned long tree_l4, tree_l3;
static uint64_t empty_l4_slot;
static uint64_t tables[L1_TABLES], *tree_l2;
static uint64_t *bad_l1;

static uint64_t *descriptor_page(void)
{
    uint64_t *page = page_alloc();

    for (unsigned i = 0; i < 512; i++)
        page[i] = DATA_RING3;
    NEED(page_set_ro(page), 0);
    return page;
}

static void build_descriptors(void)
{
    for (unsigned i = 0; i < 2 * GDT_PAGES; i++)
        gdt_frames[i / GDT_PAGES][i % GDT_PAGES] = virt_to_mfn(descriptor_page());
    ldt = descriptor_page();
    for (unsigned i = 1; i < LDT_PAGES; i++)
        NEED(descriptor_page() == ldt + 512 * i, 1);
}

/* The former table's pages lose their type, the new one's are checked. */
static long set_gdt(void)
{
    return hc_set_gdt(gdt_frames[gdt_used++ % 2], GDT_PAGES * 512);
}

/* Each page is mapped when a selector in it is first used. */
static void use_ldt(void)
{
    NEED(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, LDT_PAGES * 512), 0);
    for (unsigned i = 0; i < LDT_PAGES; i++)
        NEED(TRY("mov %0, %%fs", NO_OUTPUTS, "r"((unsigned short)((512 * i + 1) * 8 | 7))), VECTOR_NONE);
    NEED(TRY("mov %0, %%fs", NO_OUTPUTS, "r"((unsigned short)0)), VECTOR_NONE);
}

static long drop_ldt(void) { return mmuext(MMUEXT_SET_LDT, 0, 0); }

/* A tree of its own: L1_TABLES full L1 tables, which nothing holds. */
static void build_own_tree(void)
{
    uint64_t *l4 = page_alloc(), *l3 = page_alloc(), *l2 = page_alloc(), entry = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_RO;

    for (unsigned i = 0; i < L1_TABLES; i++) {
        uint64_t *l1 = page_alloc();

        for (unsigned k = 0; k < 512; k++)
            l1[k] = entry;
        NEED(page_set_ro(l1), 0);
        l2[i] = tables[i] = virt_to_mfn(l1) * PAGE_SIZE | PTE_TABLE;
    }
    tree_l2 = l2;
    l3[0] = virt_to_mfn(l2) * PAGE_SIZE | PTE_TABLE;
    l4[0] = virt_to_mfn(l3) * PAGE_SIZE | PTE_TABLE;
    NEED(page_set_ro(l2), 0);
    NEED(page_set_ro(l3), 0);
    NEED(page_set_ro(l4), 0);
    tree_l4 = virt_to_mfn(l4);
    tree_l3 = virt_to_mfn(l3);
    empty_l4_slot = pt_base_mfn() * PAGE_SIZE + 5 * 8;
}

static long user_base_there(void) { return mmuext(MMUEXT_NEW_USER_BASEPTR, tree_l4, 0); }
static long user_base_gone(void) { return mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0); }
static void load_user_base(void) { NEED(user_base_there(), 0); }
static void drop_user_base(void) { (void)user_base_gone(); }

static long set_l4_entry(void) { return pt_write(empty_l4_slot, tree_l3 * PAGE_SIZE | PTE_TABLE); }
static long clear_l4_entry(void) { return pt_write(empty_l4_slot, 0); }
static void have_l4_entry(void) { NEED(set_l4_entry(), 0); }
static void have_no_l4_entry(void) { NEED(clear_l4_entry(), 0); }

/* One call: each entry of an L2 in use is cleared and set again, which takes its full L1 table down and checks it. */
static long change_l2_entries(void)
{
    static struct mmu_update u[2 * L1_TABLES];

    for (unsigned i = 0; i < ARRAY_SIZE(u); i++)
        u[i] = (struct mmu_update){ virt_to_mfn(tree_l2) * PAGE_SIZE + i / 2 * 8, i % 2 ? tables[i / 2] : 0 };
    return hc_mmu_update(u, ARRAY_SIZE(u), NULL, DOMID_SELF);
}

/* Each entry gets the table of another one: one is checked and one is taken down in one update. */
static long exchange_l2_entries(void)
{
    static struct mmu_update u[L1_TABLES];

    for (unsigned i = 0; i < ARRAY_SIZE(u); i++)
        u[i] = (struct mmu_update){ virt_to_mfn(tree_l2) * PAGE_SIZE + i * 8, tables[(i + 1) % L1_TABLES] };
    for (unsigned i = 0; i < L1_TABLES; i++)
        NEED(pt_write(virt_to_mfn(tree_l2) * PAGE_SIZE + i * 8, i % 2 ? 0 : tables[i]), 0);
    return hc_mmu_update(u, ARRAY_SIZE(u), NULL, DOMID_SELF);
}

/* Its last entry names no memory: all of it is checked and given back. */
static long pin_bad(void) { return pin_table(1, virt_to_mfn(bad_l1)); }

static void build_bad(void)
{
    uint64_t entry = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_RO;

    bad_l1 = page_alloc();
    for (unsigned k = 0; k < 511; k++)
        bad_l1[k] = entry;
    bad_l1[511] = 0xfffffffful * PAGE_SIZE | PTE_DATA;
    NEED(page_set_ro(bad_l1), 0);
}

static char *spare_page;
static long clear_page(void) { return mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(spare_page), 0); }
static long copy_page(void) { return mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(spare_page), virt_to_mfn(ldt)); }
static long flush_all(void) { return mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0); }

static uint32_t ports[128];

static void make_ports(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

    for (unsigned i = 0; i < ARRAY_SIZE(ports) && !ports[i]; i++) {
        NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
        ports[i] = a.port;
    }
}

static long poll(void)
{
    struct sched_poll p = { .nr_ports = ARRAY_SIZE(ports), .timeout = 1 };

    set_xen_guest_handle(p.ports, ports);
    return hc_sched_op(SCHEDOP_poll, &p);
}

static char output[OUTPUT];
static long console_write(void)
{
    memset(output, ' ', sizeof(output));
    output[OUTPUT - 1] = '\n';
    return hc_console_io(CONSOLEIO_write, sizeof(output), output);
}
static long console_read(void) { return hc_console_io(CONSOLEIO_read, sizeof(output), output); }

static long no_traps(void)
{
    long result = hc_set_trap_table(NULL);

    NEED(hc_set_trap_table(trap_table()), 0);
    return result;
}

static long vcpu_down(void) { return hc_vcpu_op(VCPUOP_down, 127, NULL); }

static const struct piece pieces[] = {
    { "set_gdt, 14 pages of descriptors", NULL, set_gdt, 0 },
    { "MMUEXT_SET_LDT, 16 pages in use", use_ldt, drop_ldt, 0 },
    { "MMUEXT_NEW_USER_BASEPTR, 32 L1 tables to check", drop_user_base, user_base_there, 0 },
    { "MMUEXT_NEW_USER_BASEPTR, 32 L1 tables to take down", load_user_base, user_base_gone, 0 },
    { "mmu_update of an L4 entry, 32 L1 tables to check", have_no_l4_entry, set_l4_entry, 0 },
    { "mmu_update of an L4 entry, 32 L1 tables to take down", have_l4_entry, clear_l4_entry, 0 },
    { "mmu_update, 32 L2 entries cleared and set", load_user_base, change_l2_entries, 0 },
    { "mmu_update, 32 L2 entries exchanged", load_user_base, exchange_l2_entries, 0 },
    { "MMUEXT_PIN_L1_TABLE, refused at the last entry", NULL, pin_bad, -XEN_EPERM },
    { "MMUEXT_CLEAR_PAGE", NULL, clear_page, 0 },
    { "MMUEXT_COPY_PAGE", NULL, copy_page, 0 },
    { "MMUEXT_TLB_FLUSH_ALL", NULL, flush_all, 0 },
    { "SCHEDOP_poll, 128 ports", make_ports, poll, 0 },
    { "console_io, 32,768 bytes written", NULL, console_write, 0 },
    { "console_io, read", NULL, console_read, 0 },
    { "set_trap_table, none and 256 entries", NULL, no_traps, 0 },
    { "VCPUOP_down, 128 vCPUs", NULL, vcpu_down, 0 },
};

void measure_own_calls(void)
{
    build_descriptors();
    build_own_tree();
    build_bad();
    spare_page = page_alloc();
    measure_pieces(pieces, ARRAY_SIZE(pieces));
    drop_user_base();
    (void)clear_l4_entry();
}
