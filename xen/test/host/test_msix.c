/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices may say of their MSI-X tables, and what not; which frames are read-only for guests because of them; how devices are
 * listed, and looked at by two callers at once.
 */
#include "host.h"

#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/msix.h>
#include <xen/rangeset.h>
#include <x86/msix_table.h>

/* Device memory from 0xe0000000 to 0xefffffff but for a page of the hypervisor's at 0xe8000000, and the first MiB. */
static struct rangeset *mmio;

static int setup(void **state)
{
    mmio = rangeset_new();
    return rangeset_add(mmio, 0xe0000, 0xeffff) || rangeset_remove(mmio, 0xe8000, 0xe8000) || rangeset_add(mmio, 0, 0xff);
}

static int teardown(void **state)
{
    rangeset_free(mmio);
    return 0;
}

static void test_places(void **state)
{
    static const struct { u64 bar; u32 offset; unsigned int nr; bool good; } places[] = {
        { 0xe1001000, 0x800, 128, true },
        { 0xe1001000, 0x800, 129, false },         /* behind the BAR's end, whatever its size is */
        { 0xe1000000, 0xff8000, 2048, true },
        { 0xe1000000, 0xff8010, 2048, false },
        { 0xe1001000, 0x1000, 1, false },
        { 0xe1001000, 0xfffffff8, 1, false },
        { 0xe7ffc000, 0x3000, 256, true },
        { 0xe8000000, 0, 1, false },               /* the hypervisor's */
        { 0xe8000000, 0xff0, 4, false },           /* half of it */
        { 0xe8000000, 0x1000, 4, true },
        { 0x40000000, 0, 1, false },               /* memory */
        { 0xf0000000, 0, 1, false },
        { 0x80000, 0, 1, false },                  /* the first MiB is no device's */
        { 0, 0xe1000000, 1, false },
        { 0x8000000000000000, 0xe1000000, 1, false },
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
        u64 want = places[i].good ? places[i].bar + places[i].offset : 0;

        assert_int_equal(msix_find_table(places[i].bar, places[i].offset, places[i].nr * MSIX_ENTRY_BYTES, mmio), want);
    }
}

enum { CARD = 0x10, OTHER = 0x18 };

static void check_protected(u64 first, u64 last, bool want)
{
    for (u64 frame = first; frame <= last; frame++)
        assert_int_equal(msix_protects(frame), want);
}

/* A table from the middle of a frame to the beginning of another one, and pending bits; then somewhere else; then nowhere. */
static void test_protection(void **state)
{
    static const struct msix_place before[] = { { 0xe1000800, 0x1010 }, { 0xe1005000, 8 } }, after[] = { { 0xe2000000, 0x1000 }, { 0 } };

    check_protected(0xe1000, 0xe1008, false);
    assert_int_equal(msix_protect(CARD, before, ARRAY_SIZE(before)), 0);
    check_protected(0xe1000, 0xe1001, true);
    check_protected(0xe1002, 0xe1004, false);
    check_protected(0xe1005, 0xe1005, true);
    assert_int_equal(msix_protect(CARD, after, ARRAY_SIZE(after)), 0);
    check_protected(0xe1000, 0xe1005, false);
    check_protected(0xe2000, 0xe2000, true);
    check_protected(0xe2001, 0xe2001, false);
    check_protected(0, 0, false);
    msix_forget(CARD);
    check_protected(0xe2000, 0xe2000, false);
}

/* Tables of two devices in one frame: it is protected until both are gone. */
static void test_shared_frame(void **state)
{
    static const struct msix_place card = { 0xe3000000, 16 }, other = { 0xe3000800, 16 };

    assert_int_equal(msix_protect(CARD, &card, 1), 0);
    assert_int_equal(msix_protect(OTHER, &other, 1), 0);
    msix_forget(CARD);
    check_protected(0xe3000, 0xe3000, true);
    msix_forget(CARD);
    check_protected(0xe3000, 0xe3000, true);
    msix_forget(OTHER);
    check_protected(0xe3000, 0xe3000, false);
}

/* Without memory for the new place the former one stays as it is. */
static void test_no_memory(void **state)
{
    static const struct msix_place before = { 0xe4000000, 16 }, after = { 0xe5000000, 0x3000 };

    assert_int_equal(msix_protect(CARD, &before, 1), 0);
    host_fail_alloc_after = 2;
    assert_int_equal(msix_protect(CARD, &after, 1), -ENOMEM);
    host_fail_alloc_after = -1;
    check_protected(0xe4000, 0xe4000, true);
    check_protected(0xe5000, 0xe5002, false);
    msix_forget(CARD);
}

/* ---- the list of devices: each has a table of 16 bytes at the beginning of its BAR, a page a device ---- */

#define NR_DEVICES 8
#define BAR(device) (0xe6000000 + (device) * PAGE_SIZE)

enum { CAP_AT = 0x40, FIRST = 1 };

static bool in_iommu[FIRST + NR_DEVICES];
static int iommu_says;
static unsigned int looks;

u8 pci_find_capability(pci_addr_t a, u8 id) { return CAP_AT; }
u16 pci_read16(pci_addr_t a, u16 reg)
{
    looks++;
    return 0;
}
u32 pci_read32(pci_addr_t a, u16 reg) { return reg == 0x10 ? (u32)BAR(a.v) : 0; }

int iommu_add_device(u32 sbdf)
{
    in_iommu[sbdf] = !iommu_says;
    return iommu_says;
}
void iommu_remove_device(u32 sbdf) { in_iommu[sbdf] = false; }

static struct domain owner;

static void add_devices(void)
{
    owner.iomem_caps = mmio;
    dom0 = &owner;
    for (u32 i = FIRST; i < FIRST + NR_DEVICES; i++)
        assert_int_equal(pci_device_add((pci_addr_t){ i }), 0);
}

static void remove_devices(void)
{
    for (u32 i = FIRST; i < FIRST + NR_DEVICES; i++) {
        assert_int_equal(pci_device_remove((pci_addr_t){ i }), 0);
        assert_false(msix_protects(BAR(i) >> PAGE_SHIFT));
        assert_false(in_iommu[i]);
    }
}

/* Two callers, each with its own position: each looks at all devices, however their calls are interleaved. */
static void test_look_all_by_two(void **state)
{
    u64 one = 0, other = 0;
    unsigned int before;
    int rc;

    add_devices();
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(msix_look_all(&one), -ERESTART);
    assert_int_equal(msix_look_all(&one), -ERESTART);
    before = looks;
    while ((rc = msix_look_all(&other)) == -ERESTART)
        ;
    assert_int_equal(rc, 0);
    assert_int_equal(looks - before, NR_DEVICES);
    before = looks;
    while ((rc = msix_look_all(&one)) == -ERESTART)
        ;
    assert_int_equal(rc, 0);
    assert_int_equal(looks - before, NR_DEVICES - 2);
    host_cpu_info[0].softirq_pending = 0;
    remove_devices();
}

/* A device that cannot be added is not listed, protected or mapped; one that was listed before stays all of it. */
static void test_add_without_memory(void **state)
{
    static const pci_addr_t device = { FIRST };
    int rc, failures = 0;

    owner.iomem_caps = mmio;
    dom0 = &owner;
    for (int after = 0; ; after++) {
        host_fail_alloc_after = after;
        rc = pci_device_add(device);
        if (!rc)
            break;
        host_fail_alloc_after = -1;
        failures++;
        assert_int_equal(rc, -ENOMEM);
        assert_int_equal(pci_device_remove(device), -ENODEV);
        assert_false(msix_protects(BAR(FIRST) >> PAGE_SHIFT));
        assert_false(in_iommu[FIRST]);
    }
    host_fail_alloc_after = 0;
    assert_true(failures >= 2);
    assert_int_equal(pci_device_add(device), -ENOMEM);
    host_fail_alloc_after = -1;
    assert_true(in_iommu[FIRST]);
    assert_true(msix_protects(BAR(FIRST) >> PAGE_SHIFT));
    assert_int_equal(pci_device_remove(device), 0);
}

/* The same where the IOMMU refuses it. */
static void test_add_refused(void **state)
{
    static const pci_addr_t device = { FIRST };

    owner.iomem_caps = mmio;
    dom0 = &owner;
    iommu_says = -EIO;
    assert_int_equal(pci_device_add(device), -EIO);
    iommu_says = 0;
    assert_int_equal(pci_device_remove(device), -ENODEV);
    assert_false(msix_protects(BAR(FIRST) >> PAGE_SHIFT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_protection),
        cmocka_unit_test(test_shared_frame),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_look_all_by_two),
        cmocka_unit_test(test_add_without_memory),
        cmocka_unit_test(test_add_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
