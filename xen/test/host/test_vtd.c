/* SPDX-License-Identifier: GPL-2.0-only */
/* VT-d units that answer, late, or not at all: a page of memory stands for their registers, and works while it is waited for. */
#include "host.h"

#include <string.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/page_alloc.h>
#include <xen/time.h>
#include <x86/cpufeature.h>
#include "../../arch/x86/iommu/vtd.h"

static u32 regs[1024] __attribute__((aligned(4096)));
static u64 queue_page[512] __attribute__((aligned(4096)));
static u32 done_page[1024] __attribute__((aligned(4096)));
static bool answers_commands, answers_queue;
static unsigned int relaxed;

struct cpu_host cpu_host;
bool iommu_enabled = true;

/* The unit works here. */
void cpu_relax(void)
{
    struct vtd_unit *u = &vtd_units[0];

    relaxed++;
    assert_true(host_irqs_on);
    host_now += NSEC_PER_SEC / 100;
    if (answers_commands)
        regs[VTD_GSTS / 4] = regs[VTD_GCMD / 4];
    if (answers_queue && u->done)
        *u->done = u->round;
}
void *ioremap(maddr_t address, size_t bytes) { return regs; }
void vtd_faults_begin(struct vtd_unit *u) { }

static void prepare(void)
{
    memset(regs, 0, sizeof(regs));
    regs[VTD_ECAP / 4] = ECAP_QUEUE | ECAP_COHERENT;
    regs[VTD_CAP / 4 + 1] = CAP_PAGE_FLUSH >> 32;
    assert_null(vtd_probe(&vtd_units[0], 0xfed90000));
    vtd_units[0].queue = (u64 (*)[2])queue_page;
    vtd_units[0].done = done_page;
    *done_page = 0;
    vtd_nr_units = 1;
    answers_commands = answers_queue = true;
}

static void test_answers(void **state)
{
    prepare();
    assert_null(vtd_begin(&vtd_units[0], 0x1000));
    assert_true(regs[VTD_GSTS / 4] & G_TRANSLATE);
    assert_int_equal(vtd_flush_all(), 0);
    assert_int_equal(iommu_hw_unmapped(3, 0x123), 0);
    assert_false(iommu_hw_unit_failed(0));
    vtd_end(&vtd_units[0]);
    assert_false(regs[VTD_GSTS / 4] & G_TRANSLATE);
}

/* Fault records and IOTLB registers may lie behind the first page; no domain may have those pages. */
static void test_registers(void **state)
{
    prepare();
    assert_true(vtd_units[0].bytes <= 4096);
    regs[VTD_CAP / 4] |= 0xf0u << 24;
    regs[VTD_CAP / 4 + 1] |= 1u << 8;
    regs[VTD_ECAP / 4] |= 0x200u << 8;
    assert_null(vtd_probe(&vtd_units[0], 0xfed90000));
    assert_int_equal(vtd_units[0].bytes, 0x200 * 16 + 16);
    regs[VTD_CAP / 4] |= 3u << 30;
    regs[VTD_CAP / 4 + 1] |= 3u;
    assert_null(vtd_probe(&vtd_units[0], 0xfed90000));
    assert_int_equal(vtd_units[0].bytes, 0x3f0 * 16 + 2 * 16);
}

/* It stops answering: an error once its time is over, and from then on at once. */
static void test_stops(void **state)
{
    s_time_t before;

    prepare();
    assert_null(vtd_begin(&vtd_units[0], 0x1000));
    answers_queue = false;
    before = host_now;
    assert_int_equal(iommu_hw_unmapped(3, 0x123), -EIO);
    assert_true(iommu_hw_unit_failed(0) && !iommu_hw_unit_failed(1));
    assert_true(host_now - before > NSEC_PER_SEC && host_now - before < 2 * NSEC_PER_SEC);
    answers_queue = true;
    relaxed = 0;
    assert_int_equal(iommu_hw_unmapped(3, 0x123), -EIO);
    assert_int_equal(vtd_flush_all(), -EIO);
    assert_int_equal(relaxed, 0);
}

/* It says that it could not read what it was told. */
static void test_queue_error(void **state)
{
    prepare();
    assert_null(vtd_begin(&vtd_units[0], 0x1000));
    answers_queue = false;
    regs[VTD_FSTS / 4] = FSTS_QUEUE_ERRORS & -FSTS_QUEUE_ERRORS;
    assert_int_equal(vtd_flush_all(), -EIO);
    assert_true(iommu_hw_unit_failed(0));
}

static void test_boot(void **state)
{
    prepare();
    answers_commands = false;
    assert_non_null(vtd_begin(&vtd_units[0], 0x1000));
    prepare();
    answers_queue = false;
    assert_non_null(vtd_begin(&vtd_units[0], 0x1000));
    assert_false(regs[VTD_GSTS / 4] & G_TRANSLATE);
    /* One that the firmware left on, and that does not go off. */
    answers_commands = false;
    regs[VTD_GSTS / 4] = G_TRANSLATE;
    assert_non_null(vtd_probe(&vtd_units[0], 0xfed90000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers), cmocka_unit_test(test_registers), cmocka_unit_test(test_stops), cmocka_unit_test(test_queue_error), cmocka_unit_test(test_boot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
