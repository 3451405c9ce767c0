/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMAR table's parser: what a firmware says, and what a broken one does. Tables are exactly as long as said, for ASan's sake. */
#include "host.h"

#include <string.h>
#include <xen/dmar.h>

static u8 table[8192];
static size_t size;

static void put(const void *p, size_t n)
{
    memcpy(table + size, p, n);
    size += n;
}
#define PUT(...) put((const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

static void begin(void)
{
    memset(table, 0, sizeof(table));
    memcpy(table, "DMAR", 4);
    size = 48;
}

#define FLAG_ALL 1
static void unit(u8 flags, u8 page, u8 length) { PUT(0, 0, length, 0, flags, 0, 0, 0, 0, page, 0xd9, 0xfe, 0, 0, 0, 0); }
static void region(u8 first, u8 last, u8 length)
{
    PUT(1, 0, length, 0, 0, 0, 0, 0, 0, first, 0xa0, 0, 0, 0, 0, 0, 0xff, last, 0xa0, 0, 0, 0, 0, 0);
}
static void device(u8 type, u8 bus, u8 slot, u8 function) { PUT(type, 8, 0, 0, 0, bus, slot, function); }

static int parse(struct dmar *d)
{
    void *exact = malloc(size);
    int rc;

    memcpy(exact, table, size);
    rc = dmar_parse(exact, size, d);
    free(exact);
    return rc;
}

static void test_good(void **state)
{
    struct dmar d;

    begin();
    unit(0, 0x10, 16 + 8 + 8 + 10);
    device(3, 0xff, 0, 0);                     /* an IO-APIC */
    device(1, 0, 2, 0);
    PUT(2, 10, 0, 0, 0, 0, 28, 0, 3, 1);       /* a bridge behind a bridge */
    PUT(2, 0, 8, 0, 0, 0, 0, 0);               /* a kind that is none of ours */
    unit(FLAG_ALL, 0x20, 16);
    region(0x10, 0x1f, 24 + 8 + 8);
    device(1, 0, 29, 0);
    device(2, 0, 26, 1);
    assert_int_equal(parse(&d), 0);
    assert_int_equal(d.nr_units, 2);
    assert_true(d.unit[0].address == 0xfed91000 && !d.unit[0].all && d.unit[1].address == 0xfed92000 && d.unit[1].all);
    assert_int_equal(d.nr_devices, 2);
    assert_true(d.device[0].unit == 0 && !d.device[0].is_bridge && d.device[0].path.devfn[0] == 2 << 3);
    assert_true(d.device[1].is_bridge && d.device[1].path.nr_hops == 2 && d.device[1].path.devfn[1] == (3 << 3 | 1));
    assert_int_equal(d.nr_regions, 2);
    for (unsigned int i = 0; i < 2; i++)
        assert_true(d.region[i].start == 0xa01000 && d.region[i].last == 0xa01fff);
    assert_true(d.region[0].device.devfn[0] == 29 << 3 && !d.region[0].is_bridge);
    assert_true(d.region[1].device.devfn[0] == (26 << 3 | 1) && d.region[1].is_bridge);
}

static void refused(int want)
{
    struct dmar d;

    assert_int_equal(parse(&d), want);
}

static void test_lengths(void **state)
{
    begin();
    size = 47;
    refused(-EINVAL);
    begin();
    PUT(0, 0);
    refused(-EINVAL);
    for (u8 length = 0; length < 16; length++) {
        begin();
        unit(0, 0x10, length);
        refused(-EINVAL);
    }
    begin();
    unit(0, 0x10, 17);                         /* longer than the table */
    refused(-EINVAL);
    begin();
    region(0x10, 0x1f, 20);
    refused(-EINVAL);
    for (u8 length = 0; length < 16; length++) {
        begin();
        unit(0, 0x10, 24);
        PUT(1, length, 0, 0, 0, 0, 2, 0);
        if (length != 8)
            refused(-EINVAL);
    }
    begin();
    unit(0, 0x10, 20);                         /* a scope that begins and does not go on */
    PUT(1, 8, 0, 0);
    refused(-EINVAL);
}

static void test_values(void **state)
{
    begin();
    unit(0, 0x11, 16);
    refused(-EINVAL);                          /* not at a page's beginning */
    begin();
    region(0x20, 0x1f, 24);
    refused(-EINVAL);                          /* ends before it begins */
    begin();
    region(0x10, 0x1e, 24);
    refused(-EINVAL);                          /* no whole page */
    begin();
    unit(0, 0x10, 24);
    device(1, 0, 32, 0);
    refused(-EINVAL);
    begin();
    unit(0, 0x10, 24);
    device(1, 0, 1, 8);
    refused(-EINVAL);
}

static void test_many(void **state)
{
    struct dmar d;

    begin();
    for (unsigned int i = 0; i < DMAR_MAX_UNITS; i++)
        unit(0, 0x10, 16);
    assert_int_equal(parse(&d), 0);
    unit(0, 0x10, 16);
    refused(-E2BIG);
    begin();
    for (unsigned int i = 0; i < DMAR_MAX_REGIONS; i++) {
        region(0x10, 0x1f, 32);
        device(1, 0, 1, 0);
    }
    assert_int_equal(parse(&d), 0);
    assert_int_equal(d.nr_regions, DMAR_MAX_REGIONS);
    region(0x10, 0x1f, 32);
    device(1, 0, 1, 0);
    refused(-E2BIG);
    begin();
    for (unsigned int i = 0; i <= DMAR_MAX_DEVICES / 16; i++) {
        unit(0, 0x10, 16 + 16 * 8);
        for (u8 n = 0; n < 16; n++)
            device(1, 0, n, 0);
    }
    refused(-E2BIG);
    begin();
    unit(0, 0x10, 16 + 6 + 2 * (DMAR_MAX_HOPS + 1));
    PUT(1, 6 + 2 * (DMAR_MAX_HOPS + 1), 0, 0, 0, 0);
    size += 2 * (DMAR_MAX_HOPS + 1);
    refused(-E2BIG);
}

/* Whatever bytes there are: it ends, and reads nothing but them. */
static void test_noise(void **state)
{
    u32 seed = 1, good = 0;
    struct dmar d;

    for (unsigned int round = 0; round < 20000; round++) {
        begin();
        unit(0, 0x10, 24);
        device(1, 0, 2, 0);
        region(0x10, 0x1f, 32);
        device(1, 0, 3, 0);
        for (unsigned int n = round % 4; n; n--) {
            seed = seed * 1103515245 + 12345;
            table[48 + (seed >> 8) % (size - 48)] = (u8)(seed >> 24);
        }
        good += !parse(&d);
    }
    assert_true(good > 5000 && good < 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_lengths), cmocka_unit_test(test_values), cmocka_unit_test(test_many),
        cmocka_unit_test(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
