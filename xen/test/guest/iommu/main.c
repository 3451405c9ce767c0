/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device reaches behind an IOMMU: QEMU's device edu, which copies memory where it is told to, is moved between the
 * initial domain, a second one and nobody. What must be stopped is first seen to happen where it may.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include "edu.h"
#include <public/domctl.h>
#include <public/sysctl.h>

#define SCRATCH_2 (SCRATCH_VA + PAGE_SIZE)
#define PATTERN 0x5ec2e75ec2e7ul
#define OTHERS  0x0dd50dd5ul

static struct xen_domctl ctl;
static domid_t dom;
static uint32_t card, hidden;         /* the device, and one of its kind behind a bridge to conventional PCI */
static uint64_t *own;                 /* a page of ours */

static long domctl(unsigned cmd, domid_t domain)
{
    return domctl_of(&ctl, cmd, domain);
}

static long device_op(unsigned cmd, domid_t domain, uint32_t sbdf)
{
    long result;

    do {
        memset(&ctl.u, 0, sizeof(ctl.u));
        ctl.u.assign_device.u.pci.machine_sbdf = sbdf;
        result = domctl(cmd, domain);
    } while (result == -85); /* ERESTART */
    return result;
}

static struct xen_sysctl sys;

static long sysctl(unsigned cmd)
{
    sys.cmd = cmd;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(&sys);
}

static bool iommu_in_use(void)
{
    memset(&sys, 0, sizeof(sys));
    NEED(sysctl(XEN_SYSCTL_physinfo), 0);
    return sys.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_directio;
}

/* ---- the second domain ---- */

static unsigned long give_page(domid_t whom, unsigned long pfn)
{
    xen_pfn_t frame = pfn;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = whom };

    set_xen_guest_handle(r.extent_start, &frame);
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), 1);
    return frame;
}

/* Its page in our tables: @flags 0 ends that. */
static volatile uint64_t *map_its(unsigned long mfn, uint64_t flags)
{
    NEED(hc_update_va_mapping_otherdomain(SCRATCH_VA, flags ? mfn * PAGE_SIZE | flags : 0, UVMF_INVLPG | UVMF_ALL, dom), 0);
    return (volatile uint64_t *)SCRATCH_VA;
}

static void expect_word(unsigned long mfn, uint64_t want, const char *what)
{
    uint64_t got = *map_its(mfn, PTE_RO);

    CHECK(got == want, "%s: %lx, not %lx", what, got, want);
    map_its(0, 0);
}

/* A page of its that was writable at some time. */
static unsigned long writable_page(unsigned long pfn)
{
    unsigned long mfn = give_page(dom, pfn);

    *map_its(mfn, PTE_DATA) = OTHERS;
    map_its(0, 0);
    return mfn;
}

/* ---- what the device reaches ---- */

static void fill_device(void)
{
    own[0] = PATTERN;
    EXPECT(edu_read(virt_to_mfn(own)), true);
    own[0] = 0;
}

/* What the device has in its buffer gets to a page of ours, or not. */
static bool reaches_us(void)
{
    own[0] = 0;
    EXPECT(edu_write(virt_to_mfn(own)), true);
    return *(volatile uint64_t *)own == PATTERN;
}

static void check_ours(unsigned long its)
{
    CHECK(reaches_us(), "our own device does not reach our page");
    EXPECT(edu_write(its), true);
    expect_word(its, PATTERN, "before it is assigned it reaches each domain's page");
    *map_its(its, PTE_DATA) = OTHERS;
    map_its(0, 0);
}

/* The image stands where QEMU's loader put it: 2 MiB. Zeroes would not show. */
static void check_hypervisor(void)
{
    own[0] = PATTERN;
    EXPECT(edu_read(virt_to_mfn(own)), true);
    EXPECT(edu_read(0x200000 / PAGE_SIZE), true);
    own[0] = 0;
    EXPECT(edu_write(virt_to_mfn(own)), true);
    CHECK(*(volatile uint32_t *)own != 0x1badb002, "our device reads the hypervisor's image");
    fill_device();
}

static void check_refusals(void)
{
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, DOMID_INVALID, card), 0);
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, dom, card), 0);
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, dom, 0x1e << 3), -XEN_ENODEV);
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, 0x1e << 3), -XEN_ENODEV);
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, card | 1 << 16), -XEN_ENODEV);
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, hidden), -XEN_EPERM);
    EXPECT(device_op(XEN_DOMCTL_assign_device, 0, card), -XEN_EINVAL);
    EXPECT(device_op(XEN_DOMCTL_assign_device, 77, card), -XEN_ESRCH);
    EXPECT(device_op(XEN_DOMCTL_assign_device, DOMID_INVALID, card), -XEN_ESRCH);
    EXPECT(device_op(XEN_DOMCTL_deassign_device, dom, card), -XEN_ENODEV);
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.assign_device.dev = XEN_DOMCTL_DEV_DT;
    EXPECT(domctl(XEN_DOMCTL_assign_device, dom), -XEN_ENODEV);
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.assign_device.flags = 2;
    ctl.u.assign_device.u.pci.machine_sbdf = card;
    EXPECT(domctl(XEN_DOMCTL_assign_device, dom), -XEN_EINVAL);
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.get_device_group.machine_sbdf = card;
    ctl.u.get_device_group.num_sdevs = 9;
    EXPECT(domctl(XEN_DOMCTL_get_device_group, dom), 0);
    EXPECT(ctl.u.get_device_group.num_sdevs, 0);
}

static void check_assigned(unsigned long its)
{
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, card), 0);
    CHECK(!edu_is_master(card), "it may write to memory before its driver says so");
    edu_set_master(card);
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, card), -XEN_EBUSY);
    EXPECT(device_op(XEN_DOMCTL_assign_device, DOMID_IO, card), -XEN_EBUSY);
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, DOMID_INVALID, card), -XEN_EBUSY);
    EXPECT(device_op(XEN_DOMCTL_deassign_device, DOMID_IO, card), -XEN_ENODEV);
    EXPECT(edu_write(its), true);
    expect_word(its, PATTERN, "it does not reach its domain's page");
    CHECK(!reaches_us(), "it reaches our page");
}

/* What it may not read does not get to its domain. */
static void check_reading(unsigned long its)
{
    own[0] = OTHERS;
    EXPECT(edu_read(virt_to_mfn(own)), true);
    EXPECT(edu_write(its), true);
    CHECK(*map_its(its, PTE_RO) != OTHERS, "it reads our page");
    *map_its(its, PTE_DATA) = PATTERN;
    EXPECT(edu_read(its), true);
    map_its(0, 0);
}

/* A page of its own that becomes a table, and stops being one. */
static void check_types(void)
{
    unsigned long its = writable_page(70), never = give_page(dom, 71);
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = its };

    EXPECT(edu_write(its), true);
    expect_word(its, PATTERN, "a page that became writable after the device was there is not reached");
    *map_its(its, PTE_DATA) = 0;
    map_its(0, 0);
    EXPECT(hc_mmuext_op(&pin, 1, NULL, dom), 0);
    EXPECT(edu_write(its), true);
    expect_word(its, 0, "a page table is written to");
    pin.cmd = MMUEXT_UNPIN_TABLE;
    EXPECT(hc_mmuext_op(&pin, 1, NULL, dom), 0);
    EXPECT(edu_write(its), true);
    expect_word(its, 0, "what was a page table and is not writable yet is written to");
    (void)*map_its(its, PTE_DATA);
    EXPECT(edu_write(its), true);
    expect_word(its, PATTERN, "what was a page table and is writable again is not reached");
    EXPECT(edu_write(never), true);
    expect_word(never, 0, "a page that was never writable is written to");
}

/* A page of its own that it gives back, and that we get. */
static void check_given_back(void)
{
    xen_pfn_t frame = writable_page(72), got = 0;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = dom };
    volatile uint64_t *ours = (volatile uint64_t *)SCRATCH_2;
    unsigned long mfn = frame;

    EXPECT(edu_write(mfn), true);
    expect_word(mfn, PATTERN, "not reached");
    set_xen_guest_handle(r.extent_start, &frame);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
    for (unsigned i = 0; i < 64 && got != mfn; i++)
        got = give_page(DOMID_SELF, pfn_spare());
    CHECK(got == mfn, "the page that was given back was not to be had, but %lx", got);
    EXPECT(map_frame((unsigned long)ours, got, PTE_DATA), 0);
    EXPECT(edu_write(got), true);
    CHECK(*ours == 0, "a page that its domain gave back is written to: %lx", *ours);
    map_frame((unsigned long)ours, 0, 0);
}

static void check_quarantine(void)
{
    EXPECT(device_op(XEN_DOMCTL_deassign_device, dom, card), 0);
    CHECK(!edu_is_master(card), "it may write to memory before a driver of ours says so");
    edu_set_master(card);
    CHECK(reaches_us(), "it is ours again and does not reach our page");
    EXPECT(device_op(XEN_DOMCTL_assign_device, DOMID_IO, card), 0);
    edu_set_master(card);
    CHECK(!reaches_us(), "in quarantine it reaches our page");
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, DOMID_INVALID, card), 0);
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, card), 0);
    EXPECT(device_op(XEN_DOMCTL_deassign_device, dom, card), 0);
    edu_set_master(card);
    CHECK(!reaches_us(), "it did not go back to quarantine");
    EXPECT(device_op(XEN_DOMCTL_deassign_device, DOMID_IO, card), 0);
    edu_set_master(card);
    CHECK(reaches_us(), "after quarantine it does not reach our page");
}

static void check_end(void)
{
    EXPECT(device_op(XEN_DOMCTL_assign_device, dom, card), 0);
    target_destroy(dom);
    CHECK(!edu_is_master(card), "a dead domain's device may write to memory");
    edu_set_master(card);
    CHECK(reaches_us(), "a dead domain's device is not ours");
    EXPECT(device_op(XEN_DOMCTL_deassign_device, dom, card), -XEN_ESRCH);
    EXPECT(device_op(XEN_DOMCTL_test_assign_device, DOMID_INVALID, card), 0);
}

static long report(unsigned cmd, uint32_t sbdf)
{
    struct physdev_pci_device device = { .seg = 0, .bus = (uint8_t)(sbdf >> 8), .devfn = (uint8_t)sbdf };
    struct physdev_pci_device_add add = { .seg = 0, .bus = (uint8_t)(sbdf >> 8), .devfn = (uint8_t)sbdf };

    return cmd == PHYSDEVOP_pci_device_add ? hc_physdev_op(cmd, &add) : hc_physdev_op(cmd, &device);
}

/* A device is ours as long as it is known: found at boot, or reported. */
static void check_known(void)
{
    EXPECT(report(PHYSDEVOP_pci_device_add, card), 0);
    CHECK(reaches_us(), "reported once more it does not reach our page");
    EXPECT(report(PHYSDEVOP_pci_device_remove, card), 0);
    CHECK(!reaches_us(), "no device any more, it reaches our page");
    EXPECT(report(PHYSDEVOP_pci_device_add, card), 0);
    CHECK(reaches_us(), "reported again it does not reach our page");
    EXPECT(device_op(XEN_DOMCTL_assign_device, DOMID_IO, card), 0);
    EXPECT(report(PHYSDEVOP_pci_device_add, card), 0);
    edu_set_master(card);
    CHECK(!reaches_us(), "reported while in quarantine it reaches our page");
    EXPECT(device_op(XEN_DOMCTL_deassign_device, DOMID_IO, card), 0);
    edu_set_master(card);
    CHECK(reaches_us(), "it is ours again and does not reach our page");
}

/* The bus behind @bridge gets another number. QEMU's unit remembers entries by bus, not by number: a report makes it forget. */
static void renumber(uint32_t bridge, uint8_t bus)
{
    bridge_set_bus(bridge, bus);
    EXPECT(report(PHYSDEVOP_pci_device_add, 0x1e << 3), 0);
    EXPECT(report(PHYSDEVOP_pci_device_remove, 0x1e << 3), 0);
}

/* What is behind the bridge speaks as device 0 of the bus there. That gets a number that no device had at boot. */
static void check_unknown(void)
{
    uint32_t bridge = bridge_find(hidden), moved = 0x40 << 8 | (hidden & 0xff);

    NEED(bridge != 0, true);
    edu_map(hidden);
    fill_device();
    CHECK(reaches_us(), "the device behind the bridge does not reach our page");
    renumber(bridge, 0x40);
    CHECK(!reaches_us(), "by a request id of nobody's it reaches our page");
    EXPECT(report(PHYSDEVOP_pci_device_add, moved), 0);
    CHECK(reaches_us(), "reported, the device behind the bridge does not reach our page");
    renumber(bridge, 0x41);
    CHECK(!reaches_us(), "by another request id of nobody's it reaches our page");
    EXPECT(report(PHYSDEVOP_pci_device_add, bridge), 0);
    CHECK(reaches_us(), "its bridge is reported, and it does not reach our page");
    renumber(bridge, (uint8_t)(hidden >> 8));
}

static bool console_has(const char *text)
{
    static char log[65536];
    size_t n = strlen(text);

    memset(&sys, 0, sizeof(sys));
    sys.u.readconsole.count = sizeof(log);
    set_xen_guest_handle(sys.u.readconsole.buffer, log);
    NEED(sysctl(XEN_SYSCTL_readconsole), 0);
    for (size_t i = 0; i + n <= sys.u.readconsole.count; i++)
        if (!memcmp(log + i, text, n))
            return true;
    return false;
}

static void check_log(void)
{
    char text[80];

    snprintf(text, sizeof(text), "of d%u: write of 0x%lx stopped: reason 5", dom, virt_to_mfn(own) * PAGE_SIZE);
    CHECK(console_has(text), "no line says: %s", text);
    snprintf(text, sizeof(text), "of d%u: read of 0x%lx stopped: reason 6", dom, virt_to_mfn(own) * PAGE_SIZE);
    CHECK(console_has(text), "no line says: %s", text);
}

void test_main(void)
{
    unsigned long its;

    card = edu_find(0);
    if (!card)
        report_error("needs QEMU's device edu");
    if (!iommu_in_use())
        report_error("no IOMMU in use");
    hidden = edu_find(1);
    NEED(hidden != 0, true);
    own = page_alloc();
    pt_build(SCRATCH_VA);
    edu_map(card);
    fill_device();
    ctl = target_description();
    ctl.u.createdomain.flags = XEN_DOMCTL_CDF_iommu;
    dom = target_create(&ctl, 1024);
    its = writable_page(16);
    check_ours(its);
    check_hypervisor();
    check_refusals();
    check_assigned(its);
    check_reading(its);
    check_types();
    check_given_back();
    check_log();
    check_quarantine();
    check_known();
    check_end();
    check_unknown();
}
