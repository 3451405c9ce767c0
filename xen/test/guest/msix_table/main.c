/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSI-X table of a device is read-only for a domain that has been given its registers, in each way to a page-table entry; what else
 * is in the same BAR is not. The device is QEMU's xHCI: one BAR of four pages, table and pending bits in the last one.
 */
#define __XEN_TOOLS__
#include "pci.h"
#include "target.h"
#include "test.h"
#include <public/domctl.h>

#define XHCI_ID     0x000d1b36u
#define BAR_PAGES   4
#define TABLE_PAGE  3
#define ERESTART    85
#define PTE_DEVICE  (PTE_DATA | PTE_PCD)

enum { CONFIG_COMMAND = 0x04, CONFIG_BAR = 0x10, MSIX_TABLE = 4 };

static uint32_t card;
static domid_t dom;
static unsigned long l1;                /* a page of that domain's: an L1 table */

static unsigned long bar_frame(void)
{
    return (pci_config_read(card, CONFIG_BAR) & ~15u) / PAGE_SIZE;
}

static long iomem(unsigned long frame, bool allow)
{
    struct xen_domctl ctl;
    long result;

    do {
        memset(&ctl, 0, sizeof(ctl));
        ctl.u.iomem_permission.first_mfn = frame;
        ctl.u.iomem_permission.nr_mfns = BAR_PAGES;
        ctl.u.iomem_permission.allow_access = allow;
        result = domctl_of(&ctl, XEN_DOMCTL_iomem_permission, dom);
    } while (result == -ERESTART);
    return result;
}

static long report(unsigned cmd)
{
    struct physdev_pci_device device = { .bus = (uint8_t)(card >> 8), .devfn = (uint8_t)card };
    struct physdev_pci_device_add add = { .bus = (uint8_t)(card >> 8), .devfn = (uint8_t)card };

    return cmd == PHYSDEVOP_pci_device_add ? hc_physdev_op(cmd, &add) : hc_physdev_op(cmd, &device);
}

static long pin(unsigned cmd)
{
    struct mmuext_op op = { .cmd = cmd, .arg1.mfn = l1 };

    return hc_mmuext_op(&op, 1, NULL, dom);
}

static bool is_writable(unsigned index)
{
    uint64_t e = target_map(dom, l1, PTE_RO)[index];

    target_map(dom, 0, 0);
    CHECK(e & PTE_P, "entry %u is not present: %lx", index, e);
    return e & PTE_RW;
}

/* Entries for the BAR's pages from @index on, in a page that is no table yet, which then becomes one. */
static void write_and_pin(unsigned index, unsigned long frame)
{
    volatile uint64_t *t = target_map(dom, l1, PTE_DATA);

    for (unsigned i = 0; i < PAGE_SIZE / sizeof(*t); i++)
        t[i] = 0;
    for (unsigned i = 0; i < BAR_PAGES; i++)
        t[index + i] = (frame + i) * PAGE_SIZE | PTE_DEVICE;
    target_map(dom, 0, 0);
    NEED(pin(MMUEXT_PIN_L1_TABLE), 0);
}

static long update(unsigned index, unsigned long frame, uint64_t flags)
{
    mmu_update_t u = { .ptr = l1 * PAGE_SIZE + index * sizeof(uint64_t) + MMU_NORMAL_PT_UPDATE, .val = frame * PAGE_SIZE | flags };

    return hc_mmu_update(&u, 1, NULL, (dom + 1u) << 16 | dom);
}

static void check_table(const char *what, unsigned index)
{
    for (unsigned i = 0; i < BAR_PAGES; i++)
        CHECK(is_writable(index + i) == (i != TABLE_PAGE), "%s: page %u of the BAR is %swritable", what, i,
              i == TABLE_PAGE ? "" : "not ");
}

static void check_ways(void)
{
    unsigned long frame = bar_frame();

    write_and_pin(0, frame);
    check_table("a table that is validated", 0);
    for (unsigned i = 0; i < BAR_PAGES; i++)
        EXPECT(update(16 + i, frame + i, PTE_DEVICE), 0);
    check_table("a new entry", 16);
    EXPECT(update(32, frame + TABLE_PAGE, PTE_RO | PTE_PCD), 0);
    EXPECT(update(32, frame + TABLE_PAGE, PTE_DEVICE), 0);
    CHECK(!is_writable(32), "an entry that was read-only becomes writable");
    EXPECT(map_frame(SCRATCH_VA + PAGE_SIZE, frame + TABLE_PAGE, PTE_DEVICE), 0);
    CHECK(*pt_entry(SCRATCH_VA + PAGE_SIZE, 1) & PTE_RW, "the initial domain itself may write to the table");
    EXPECT(map_frame(SCRATCH_VA + PAGE_SIZE, 0, 0), 0);
    NEED(pin(MMUEXT_UNPIN_TABLE), 0);
}

/* The initial domain gives the device another place, which is looked at again when its registers are given to a domain. */
static void check_moved(void)
{
    unsigned long before = bar_frame();

    EXPECT(iomem(before, false), 0);
    pci_config_write(card, CONFIG_BAR, (uint32_t)((before + 16) * PAGE_SIZE));
    NEED(bar_frame(), before + 16);
    EXPECT(iomem(before + 16, true), 0);
    write_and_pin(0, before + 16);
    check_table("a BAR that was moved", 0);
    EXPECT(update(16, before + 16 + TABLE_PAGE, PTE_DEVICE), 0);
    NEED(pin(MMUEXT_UNPIN_TABLE), 0);
    EXPECT(iomem(before, true), 0);
    write_and_pin(0, before);
    CHECK(is_writable(TABLE_PAGE), "the table's former place is still read-only");
    NEED(pin(MMUEXT_UNPIN_TABLE), 0);
    pci_config_write(card, CONFIG_BAR, (uint32_t)(before * PAGE_SIZE));
}

/* What is not reported is no device's; to prepare it for its messages makes it known, too. */
static void check_unknown(void)
{
    EXPECT(report(PHYSDEVOP_pci_device_remove), 0);
    write_and_pin(0, bar_frame());
    CHECK(is_writable(TABLE_PAGE), "the table of a device that is gone is still read-only");
    NEED(pin(MMUEXT_UNPIN_TABLE), 0);
    EXPECT(report(PHYSDEVOP_prepare_msix), 0);
    write_and_pin(0, bar_frame());
    check_table("a device that was prepared", 0);
    NEED(pin(MMUEXT_UNPIN_TABLE), 0);
    EXPECT(report(PHYSDEVOP_release_msix), 0);
}

void test_main(void)
{
    struct xen_domctl described = target_description();
    unsigned cap;

    card = pci_find(XHCI_ID, 0);
    NEED(card != 0, true);
    cap = pci_find_capability(card, PCI_CAPABILITY_MSIX);
    NEED(cap != 0, true);
    NEED(pci_config_read(card, cap + MSIX_TABLE), TABLE_PAGE * PAGE_SIZE);
    CHECK(bar_frame() != 0, "the firmware gave the device no address");
    pt_build(SCRATCH_VA);
    dom = target_create(&described, 16);
    l1 = target_give_page(dom, 1);
    NEED(report(PHYSDEVOP_pci_device_add), 0);
    NEED(iomem(bar_frame(), true), 0);
    check_ways();
    check_moved();
    check_unknown();
    target_destroy(dom);
}
