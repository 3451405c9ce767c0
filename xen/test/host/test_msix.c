/* SPDX-License-Identifier: GPL-2.0-only */
/* What devices may say of their MSI-X tables, and what not. */
#include "host.h"

#include <xen/msix.h>
#include <xen/rangeset.h>

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

        assert_int_equal(msix_find_table(places[i].bar, places[i].offset, places[i].nr, mmio), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_places) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
