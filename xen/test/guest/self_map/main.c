/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An L4 that maps itself shows the guest its own tables and nothing of the hypervisor's: addresses that lead through the self entry
 * into slots 256 to 271, at each level, are mapped for nobody. What the hypervisor does with such an address says so:
 * an argument there cannot be read. What a kernel does with the mapping goes on working: it sees each change at once.
 */
#include "test.h"

#define SELF  200ul
#define SELF2 201ul
#define OTHER_SLOT 100ul
#define OTHER_VA   (OTHER_SLOT << 39)
#define ROUNDS     20
#define VA(a, b, c, d) ((a) << 39 | (b) << 30 | (c) << 21 | (d) << 12)
#define PFEC_P 1

static uint64_t l4_maddr(unsigned long slot) { return pt_base_mfn() * PAGE_SIZE + slot * 8; }
static const uint64_t *l4(void) { return (const uint64_t *)start_info->pt_base; }

static long pages(void)
{
    domid_t self = DOMID_SELF;

    return hc_memory_op(XENMEM_current_reservation, &self);
}

/* So that populate_physmap would have pages to give. */
static void make_room(void)
{
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
    xen_pfn_t mfn;

    set_xen_guest_handle(r.extent_start, &mfn);
    for (unsigned i = 0; i < 64; i++) {
        mfn = pfn_to_mfn(pfn_spare());
        NEED(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
    }
}

static bool guest_reads(unsigned long va) { return try_read(va) != VECTOR_PF; }
static bool fault_tells(unsigned long va) { return try_read(va) == VECTOR_PF && (trap_last.regs.error & PFEC_P); }
/* A list of one pfn: were it read, the pfn would be in the machine-to-phys table. */
static bool populate_reads(unsigned long va)
{
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
    long before = pages();

    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)va);
    return hc_memory_op(XENMEM_populate_physmap, &r) != 0 || pages() != before;
}
static bool initialise_reads(unsigned long va)
{
    return hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 0 && hc_vcpu_op(VCPUOP_initialise, 1, va) != -XEN_EFAULT;
}
static bool version_writes(unsigned long va) { return hc_xen_version(XENVER_extraversion, va) != -XEN_EFAULT; }
static bool multicall_reads(unsigned long va) { return hc_multicall(va, 1) != -XEN_EFAULT; }
static bool trap_table_reads(unsigned long va) { return hc_set_trap_table(va) != -XEN_EFAULT; }

/* What would tell what is at an address, one of each kind of copy. */
static const struct {
    const char *name;
    bool (*works)(unsigned long va);
} probes[] = {
    { "the guest reads", guest_reads },
    { "the page fault's error code tells of", fault_tells },
    { "XENMEM_populate_physmap reads", populate_reads },
    { "VCPUOP_initialise reads", initialise_reads },
    { "XENVER_extraversion writes", version_writes },
    { "multicall reads", multicall_reads },
    { "set_trap_table reads", trap_table_reads },
};

static void check_address(unsigned long self, unsigned long slot, const char *form, unsigned long va)
{
    for (unsigned i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        CHECK(!probes[i].works(va), "entry %lu, slot %lu, %s: %s %lx", self, slot, form, probes[i].name, va);
}

static void check_hidden(unsigned long self)
{
    for (unsigned long slot = 256; slot <= 271; slot++) {
        for (unsigned long k = 0; k < 4; k++) {
            check_address(self, slot, "as L3", VA(self, slot, 0ul, k));
            check_address(self, slot, "as L2", VA(self, self, slot, k));
        }
        check_address(self, slot, "as L1", VA(self, self, self, slot));
    }
}

/* Level 4 to 1 of the kernel's own mapping, as the kernel reads them. */
static void check_views(void)
{
    unsigned long at = (unsigned long)&trap_stack;
    unsigned long i4 = at >> 39 & 511, i3 = at >> 30 & 511, i2 = at >> 21 & 511, i1 = at >> 12 & 511;
    const volatile uint64_t *top = (const uint64_t *)VA(SELF, SELF, SELF, SELF);

    for (unsigned long i = 0; i < 512; i++)
        if ((i < 256 || i > 271) && (top[i] ^ l4()[i]) & ~(PTE_A | PTE_D)) {
            CHECK(false, "L4 entry %lu reads %lx, not %lx", i, top[i], l4()[i]);
            break;
        }
    EXPECT(((const volatile uint64_t *)VA(SELF, SELF, SELF, i4))[i3] & PTE_FRAME, *pt_entry(at, 3) & PTE_FRAME);
    EXPECT(((const volatile uint64_t *)VA(SELF, SELF, i4, i3))[i2] & PTE_FRAME, *pt_entry(at, 2) & PTE_FRAME);
    EXPECT(((const volatile uint64_t *)VA(SELF, i4, i3, i2))[i1] & PTE_FRAME, *pt_entry(at, 1) & PTE_FRAME);
    EXPECT(try_write((unsigned long)&top[0]), VECTOR_PF);
    EXPECT(try_read(0xffff800000000000ul), VECTOR_NONE); /* the machine-to-phys table, in its place */
}

/* Each change of the L4 is seen in the table and works, on the vCPU that made it. */
static void check_changes(uint64_t entry)
{
    const volatile uint64_t *seen = (const uint64_t *)VA(SELF, SELF, SELF, SELF);

    for (unsigned i = 0; i < 3; i++) {
        EXPECT(pt_write(l4_maddr(OTHER_SLOT), entry), 0);
        EXPECT(seen[OTHER_SLOT] & PTE_FRAME, entry & PTE_FRAME);
        EXPECT(try_write(OTHER_VA), VECTOR_NONE);
        EXPECT(pt_write(l4_maddr(OTHER_SLOT), entry & ~PTE_RW), 0);
        NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
        EXPECT(try_write(OTHER_VA), VECTOR_PF);
        EXPECT(try_read(OTHER_VA), VECTOR_NONE);
        NEED(mmuext(MMUEXT_NEW_BASEPTR, pt_base_mfn(), 0), 0);
        EXPECT(try_read(OTHER_VA), VECTOR_NONE);
        EXPECT(pt_write(l4_maddr(OTHER_SLOT), 0), 0);
        NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
        EXPECT(seen[OTHER_SLOT], 0);
        EXPECT(try_read(OTHER_VA), VECTOR_PF);
    }
}

/* A copy of the kernel's L4, with self entries (of the copy) or without, not pinned. */
static uint64_t *copy_l4(bool maps_itself)
{
    uint64_t *table = page_alloc();

    for (unsigned i = 0; i < 512; i++)
        table[i] = i < 256 || i > 271 ? l4()[i] : ~0ul;
    table[SELF] = table[SELF2] = maps_itself ? virt_to_mfn(table) * PAGE_SIZE | PTE_RO : 0;
    NEED(page_set_ro(table), 0);
    return table;
}

/* Another table that maps itself before it is pinned, as NetBSD's do: loaded for the kernel, for user mode, and left again. */
static void check_second_table(void)
{
    uint64_t *table = copy_l4(true);
    unsigned long mfn = virt_to_mfn(table), first = pt_base_mfn();

    NEED(pin_table(4, mfn), 0);
    for (unsigned i = 256; i < 272; i++)
        CHECK(!table[i], "slot %u of a table that maps itself is %lx", i, table[i]);
    EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0), 0);
    EXPECT(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0);
    EXPECT(*(const volatile uint64_t *)(VA(SELF, SELF, SELF, SELF) + SELF * 8) & PTE_FRAME, mfn * PAGE_SIZE);
    check_hidden(SELF2);
    EXPECT(pt_write(mfn * PAGE_SIZE + SELF * 8, 0), 0);
    check_hidden(SELF2);
    EXPECT(pt_write(mfn * PAGE_SIZE + SELF2 * 8, 0), 0);
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    EXPECT(try_read(VA(SELF, SELF, SELF, SELF)), VECTOR_PF);
    EXPECT(mmuext(MMUEXT_NEW_BASEPTR, first, 0), 0);
    EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
    EXPECT(unpin_table(mfn), 0);
    /* Without such an entry it is a table like others. */
    NEED(pin_table(4, mfn), 0);
    CHECK(table[260], "slot 260 of an ordinary table is empty");
    EXPECT(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0);
    EXPECT(mmuext(MMUEXT_NEW_BASEPTR, first, 0), 0);
    EXPECT(unpin_table(mfn), 0);
    EXPECT(page_set_rw(table), 0);
}

/* ---- the other vCPU ---- */

static volatile unsigned long round_no, seen_round;
static volatile unsigned faults, wrong;
static volatile int stop;
static unsigned long ordinary;           /* an L4 that does not map itself: what the other vCPU runs on in the end */

static bool count_faults(struct regs *r)
{
    if (r->vector != VECTOR_PF)
        return false;
    faults++;
    stop = 1;
    return false;
}

/* Odd rounds: the entry is there, in the table as it reads it and for the CPU. */
static void other_cpu(void)
{
    const volatile uint64_t *top = (const uint64_t *)VA(SELF, SELF, SELF, SELF);
    unsigned long last = 0;

    while (!stop) {
        unsigned long now = round_no;

        if (now == last)
            continue;
        last = now;
        if (!!(top[OTHER_SLOT] & PTE_P) != now % 2)
            wrong++;
        seen_round = now % 2 ? *(volatile unsigned long *)OTHER_VA + last : last;
    }
    if (mmuext(MMUEXT_NEW_BASEPTR, ordinary, 0))
        wrong++;
    smp_stop();
}

static void next_round(uint64_t entry)
{
    NEED(pt_write(l4_maddr(OTHER_SLOT), entry), 0);
    NEED(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
    round_no++;
    while (seen_round != round_no && !stop)
        ;
}

static void check_other_cpu(uint64_t entry)
{
    trap_hook = count_faults;
    *(volatile unsigned long *)mfn_to_virt((*pt_entry(SCRATCH_VA, 1) & PTE_FRAME) / PAGE_SIZE) = 0;
    ordinary = virt_to_mfn(copy_l4(false));
    smp_start(other_cpu);
    for (unsigned i = 0; i < ROUNDS && !stop; i++) {
        next_round(entry);
        next_round(0);
    }
    EXPECT(faults, 0);
    /* Self entries may come and go while two vCPUs use the table. */
    EXPECT(pt_write(l4_maddr(SELF2), pt_base_mfn() * PAGE_SIZE | PTE_RO), 0);
    EXPECT(pt_write(l4_maddr(SELF2), 0), 0);
    stop = 1;
    while (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    trap_hook = NULL;
    EXPECT(wrong, 0);
    /* The first one of a table that another vCPU uses is refused, and leaves no trace. */
    EXPECT(pt_write(ordinary * PAGE_SIZE + SELF * 8, ordinary * PAGE_SIZE | PTE_RO), -XEN_EBUSY);
    EXPECT(((uint64_t *)mfn_to_virt(ordinary))[SELF], 0);
    CHECK(((uint64_t *)mfn_to_virt(ordinary))[260], "slot 260 of a table in use is empty");
}

void test_main(void)
{
    uint64_t entry, self = pt_base_mfn() * PAGE_SIZE | PTE_RO;

    pt_build(SCRATCH_VA);
    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page_alloc()), PTE_DATA), 0);
    entry = *pt_entry(SCRATCH_VA, 4);
    NEED(pt_write(l4_maddr(SELF), self), 0);
    make_room();
    check_hidden(SELF);
    check_views();
    check_changes(entry);
    check_second_table();
    EXPECT(pt_write(l4_maddr(SELF2), self), 0);
    check_hidden(SELF2);
    EXPECT(pt_write(l4_maddr(SELF2), 0), 0);
    check_views();
    check_other_cpu(entry);
}
