/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring: wrapping, partial moves, indices that no honest guest writes. */
#include "harness.h"
#include "../ring.h"

static struct xenstore_domain_interface ring;

static int setup(void **state)
{
    memset(&ring, 0, sizeof(ring));
    return 0;
}

static void put(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ring.req[MASK_XENSTORE_IDX(ring.req_prod++)] = bytes[i];
}

static void wraps(void **state)
{
    char out[200], in[200];

    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof(out); i++)
            out[i] = (char)(round + (int)i);
        put(out, sizeof(out));
        assert_int_equal(ring_read(&ring, in, 77), 77);
        assert_int_equal(ring_read(&ring, in + 77, sizeof(in)), 123);
        assert_memory_equal(in, out, sizeof(out));
        assert_int_equal(ring_read(&ring, in, 1), 0);
        assert_int_equal(ring_write(&ring, out, sizeof(out)), sizeof(out));
        for (size_t i = 0; i < sizeof(in); i++)
            in[i] = ring.rsp[MASK_XENSTORE_IDX(ring.rsp_cons++)];
        assert_memory_equal(in, out, sizeof(out));
    }
}

static void index_overflow(void **state)
{
    char in[16];

    ring.req_cons = ring.req_prod = 0xfffffff8u;
    ring.rsp_cons = ring.rsp_prod = 0xfffffff8u;
    put("0123456789abcdef", 16);
    assert_int_equal(ring_read(&ring, in, 16), 16);
    assert_memory_equal(in, "0123456789abcdef", 16);
    assert_int_equal(ring.req_cons, 8);
    assert_int_equal(ring_write(&ring, in, 16), 16);
    assert_int_equal(ring.rsp_prod, 8);
}

static void full(void **state)
{
    char bytes[XENSTORE_RING_SIZE * 2] = { 0 };

    assert_int_equal(ring_write(&ring, bytes, sizeof(bytes)),
                     XENSTORE_RING_SIZE);
    assert_int_equal(ring_write(&ring, bytes, sizeof(bytes)), 0);
    ring.rsp_cons += 3;
    assert_int_equal(ring_write(&ring, bytes, sizeof(bytes)), 3);
    ring.req_prod = XENSTORE_RING_SIZE;
    assert_int_equal(ring_read(&ring, bytes, sizeof(bytes)), XENSTORE_RING_SIZE);
}

static void impossible(void **state)
{
    char bytes[16] = { 0 };

    ring.req_prod = XENSTORE_RING_SIZE + 1;
    assert_int_equal(ring_read(&ring, bytes, 16), -EIO);
    ring.req_prod = 0xffffffff;
    assert_int_equal(ring_read(&ring, bytes, 16), -EIO);
    ring.rsp_cons = 1;
    assert_int_equal(ring_write(&ring, bytes, 16), -EIO);
    ring.rsp_cons = 0x80000000;
    assert_int_equal(ring_write(&ring, bytes, 16), -EIO);
    ring.connection = XENSTORE_RECONNECT;
    assert_true(ring_wants_reconnect(&ring));
    ring_reset(&ring);
    assert_false(ring_wants_reconnect(&ring));
    assert_int_equal(ring_read(&ring, bytes, 16), 0);
    assert_int_equal(ring_write(&ring, bytes, 16), 16);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wraps), TEST(index_overflow), TEST(full), TEST(impossible),
    };

    return cmocka_run_group_tests_name("xenstored ring", tests, NULL, NULL);
}
