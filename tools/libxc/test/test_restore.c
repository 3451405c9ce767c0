/* SPDX-License-Identifier: GPL-2.0-only */
/* Images of domains that are none, or contradict themselves: refused before anything is taken from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "xc_restore.h"

static struct xc_handle *h;

/* What xc_domain_restore() says to a file of these bytes. */
static int restore_bytes(const void *data, size_t len)
{
    struct xc_build_params p = { .max_vcpus = 2, .memory_mib = 16 };
    struct xc_build_result out;
    int fd[2], rc;

    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], data, len), len);
    close(fd[1]);
    rc = xc_domain_restore(h, 1, fd[0], &p, &out);
    close(fd[0]);
    return rc;
}

static void test_headers(void **state)
{
    struct { struct stream_header head; struct stream_domain domain; } good = {
        { .marker = STREAM_MARKER, .id = htonl(STREAM_ID), .version = htonl(STREAM_VERSION) },
        { .type = STREAM_X86_PV, .page_shift = XC_PAGE_SHIFT },
    }, bad;

    /* The first thing done with a good one is a hypercall, which an offline handle has not. */
    assert_int_equal(restore_bytes(&good, sizeof(good)), -ENOTTY);
    for (size_t len = 0; len < sizeof(good); len += 4)
        assert_int_equal(restore_bytes(&good, len), -EINVAL);
    bad = good;
    bad.head.marker = 0;
    assert_int_equal(restore_bytes(&bad, sizeof(bad)), -EINVAL);
    bad = good;
    bad.head.id = STREAM_ID;    /* of the other byte order */
    assert_int_equal(restore_bytes(&bad, sizeof(bad)), -EINVAL);
    bad = good;
    bad.head.version = htonl(2);
    assert_int_equal(restore_bytes(&bad, sizeof(bad)), -ENOTSUP);
    bad = good;
    bad.head.options = htons(STREAM_BIG_ENDIAN);
    assert_int_equal(restore_bytes(&bad, sizeof(bad)), -ENOTSUP);
    bad = good;
    bad.domain.type = 2;        /* HVM */
    assert_int_equal(restore_bytes(&bad, sizeof(bad)), -ENOTSUP);
    assert_non_null(strstr(xc_error_text(h), "domain type 2"));
}

static void drop(struct restore *r)
{
    free(r->mfn);
    free(r->type);
    free(r->list);
}

static void test_p2m_frames(void **state)
{
    /* 1,000 pages: a list of two. */
    struct { struct stream_p2m head; uint64_t pfn[3]; } p = { { 0, 999 }, { 7, 8, 9 } };
    struct xc_build_params params = { .memory_mib = 16 };
    struct restore r = { .b = { .h = h, .p = &params } };
    static struct { struct stream_p2m head; uint64_t pfn[2600]; } long_list;
    size_t right = sizeof(p.head) + 2 * sizeof(uint64_t);

    assert_int_equal(xc_restore_p2m_frames(&r, &p, right - 8), -EINVAL);
    assert_int_equal(xc_restore_p2m_frames(&r, &p, right + 8), -EINVAL);
    assert_int_equal(xc_restore_p2m_frames(&r, &p, 4), -EINVAL);
    p.head.end_pfn = UINT32_MAX;    /* of 16 TiB, in the same record */
    assert_int_equal(xc_restore_p2m_frames(&r, &p, right), -EINVAL);
    long_list.head.end_pfn = 512 * XC_ARRAY_SIZE(long_list.pfn) - 1;
    assert_int_equal(xc_restore_p2m_frames(&r, &long_list, sizeof(long_list)), -EINVAL);   /* of 5 GiB, for a domain of 16 MiB */
    p.head.end_pfn = 999;
    assert_null(r.mfn);
    assert_int_equal(xc_restore_p2m_frames(&r, &p, right), 0);
    assert_int_equal(r.nr, 1000);
    assert_int_equal(r.nr_list, 2);
    assert_int_equal(r.list[1], 8);
    assert_int_equal(r.mfn[999], RESTORE_NO_MFN);
    assert_int_equal(xc_restore_p2m_frames(&r, &p, right), -EINVAL);    /* again */
    drop(&r);
}

static void test_pages(void **state)
{
    struct { struct stream_p2m head; uint64_t pfn[1]; } list = { { 0, 99 }, { 7 } };
    struct { struct stream_pages head; uint64_t pfn[2]; char data[XC_PAGE_SIZE]; } p = {
        { .count = 2 }, { 5, 6 | (uint64_t)FRAME_NONE << PAGES_TYPE_SHIFT }, { 0 },
    };
    struct xc_build_result out = { 0 };
    struct xc_build_params params = { .memory_mib = 16 };
    struct restore r = { .b = { .h = h, .p = &params, .r = &out } };
    uint64_t mfn;

    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -EINVAL);     /* no list yet */
    assert_int_equal(xc_restore_p2m_frames(&r, &list, sizeof(list)), 0);
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p) - 8), -EINVAL);
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p.head)), -EINVAL);
    p.pfn[1] = 6;                       /* one with contents too many */
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -EINVAL);
    p.pfn[1] = 100;                     /* beyond the list */
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -EINVAL);
    p.pfn[1] = 6 | 5UL << PAGES_TYPE_SHIFT;     /* a table of level 5 */
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -EINVAL);
    p.pfn[1] = 6;
    p.head.count = UINT32_MAX;
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -EINVAL);
    p.head.count = 2;
    p.pfn[1] |= (uint64_t)FRAME_NONE << PAGES_TYPE_SHIFT;
    assert_int_equal(xc_restore_pages(&r, &p, sizeof(p)), -ENOTTY);     /* good: wants memory */
    assert_false(xc_restore_mfn(&r, 5, &mfn));
    assert_false(xc_restore_mfn(&r, 100, &mfn));
    r.mfn[5] = 1234;
    assert_true(xc_restore_mfn(&r, 5, &mfn));
    assert_int_equal(mfn, 1234);
    drop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_p2m_frames),
        cmocka_unit_test(test_pages),
    };
    int rc;

    if (xc_open_offline(&h))
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    xc_close(h);
    return rc;
}
