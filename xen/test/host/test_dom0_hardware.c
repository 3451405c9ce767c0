/* SPDX-License-Identifier: GPL-2.0-only */
/* What device memory dom0 gets: none that the hypervisor drives itself, each page of each IOMMU's registers included. */
#include "host.h"

#include <string.h>
#include <xen/drivers.h>
#include <xen/iommu.h>
#include <xen/irq.h>
#include <xen/rangeset.h>
#include <x86/boot.h>
#include <x86/cpufeature.h>
#include <x86/ioapic.h>
#include <x86/iommu.h>
#include "../../arch/x86/iommu/vtd.h"

static u32 regs[4 * 1024] __attribute__((aligned(4096)));

struct cpu_host cpu_host = { .phys_bits = 36 };
struct boot_info boot_info;
bool iommu_enabled = true;
void *ioremap(maddr_t address, size_t bytes) { return regs; }
void vtd_faults_begin(struct vtd_unit *u) { }
u64 ioapic_address(unsigned int n) { return n < 2 ? 0xfec00000 + n * 0x10000 : 0; }
bool serial_ports(unsigned int index, u16 *first, u16 *last) { return false; }
unsigned int nr_pirqs(void) { return 64; }
void dom0_grant_hardware(struct domain *d);

/* A unit whose fault records are in page @page of its registers. */
static void add_unit(u64 address, unsigned int page)
{
    memset(regs, 0, sizeof(regs));
    regs[VTD_CAP / 4] = (u32)(page * PAGE_SIZE / 16 << 24);
    regs[VTD_CAP / 4 + 1] = (u32)(page * PAGE_SIZE / 16 >> 8);
    regs[VTD_ECAP / 4] = ECAP_QUEUE | ECAP_COHERENT;
    assert_null(vtd_probe(&vtd_units[vtd_nr_units++], address));
}

static void check(const struct domain *d, u64 first, u64 last, bool want)
{
    for (u64 frame = first; frame <= last; frame++)
        assert_int_equal(rangeset_contains(d->iomem_caps, frame, frame), want);
}

static void test_memory(void **state)
{
    struct domain *d = host_domain(0, 0);

    d->irq_caps = rangeset_new();
    d->iomem_caps = rangeset_new();
    d->ioport_caps = rangeset_new();
    add_unit(0xfed90000, 0);
    add_unit(0xfed92000, 2);
    add_unit(0xfed98000, 1);
    dom0_grant_hardware(d);
    check(d, 0xfed8f, 0xfed8f, true);
    check(d, 0xfed90, 0xfed90, false);
    check(d, 0xfed91, 0xfed91, true);
    check(d, 0xfed92, 0xfed94, false);
    check(d, 0xfed95, 0xfed97, true);
    check(d, 0xfed98, 0xfed99, false);
    check(d, 0xfed9a, 0xfed9a, true);
    check(d, 0xfec00, 0xfec00, false);
    check(d, 0xfec10, 0xfec10, false);
    check(d, 0xfee00, 0xfeeff, false);
    check(d, 0xfffff, 0x100000, true);
    check(d, 1 << 24, 1 << 24, false);
    rangeset_free(d->irq_caps);
    rangeset_free(d->iomem_caps);
    rangeset_free(d->ioport_caps);
    host_domain_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_memory) };

    return cmocka_run_group_tests_name("dom0_hardware", tests, NULL, NULL);
}
