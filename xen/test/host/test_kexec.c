/* SPDX-License-Identifier: GPL-2.0-only */
/* Which images kexec takes, where their pages come from, and that all pages come back (common/kexec.c). */
#include "host.h"

#include <string.h>
#include <xen/kexec.h>
#include <public/kexec.h>

#define NR        2048
#define EM_X86_64 62
#define AT(n)     ((u64)(n) << PAGE_SHIFT)

static unsigned int next_page;     /* the frame that the allocator gives next; 0: none */
static int prepared;               /* what arch_kexec_prepare() answers */
static struct vcpu *me = (void *)0x1000, *another = (void *)0x2000;

void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    if (!next_page || next_page >= NR)
        return NULL;
    host_live_allocs++;
    return memset(mfn_to_virt(mfn(next_page++)), 0, PAGE_SIZE);
}
void free_xen_pages(void *p, unsigned int order) { host_live_allocs--; }
int arch_kexec_prepare(struct kexec_image *image) { return prepared; }

static int copy(void *to, gva_t from, size_t n)
{
    if (!from.v)
        return -EFAULT;
    memset(to, (int)(from.v >> PAGE_SHIFT), n);
    return 0;
}

static int setup(void **state)
{
    host_memory(NR);
    kexec_crash_area = (struct kexec_range){ AT(100), AT(50) };
    next_page = 400;
    prepared = 0;
    return 0;
}

/* Nothing is left of any image. */
static int teardown(void **state)
{
    assert_int_equal(kexec_unload(KEXEC_TYPE_CRASH), 0);
    assert_int_equal(kexec_unload(KEXEC_TYPE_DEFAULT), 0);
    while (kexec_reap())
        ;
    assert_int_equal(host_live_allocs, 0);
    return 0;
}

static struct kexec_image image_of(unsigned int type, u64 start)
{
    return (struct kexec_image){ .type = type, .arch = EM_X86_64, .nr_segments = 2, .entry = start, .segment = {
        { .start = start, .size = AT(2), .filled = 5000, .from = gva(0x7000) },
        { .start = start + AT(30), .size = AT(1), .filled = 8, .from = gva(0x9000) } } };
}

static void test_area(void **state)
{
    struct kexec_range r = { 1, 1 };

    assert_int_equal(kexec_parse_area("64M", &r), 0);
    assert_true(r.size == 64UL << 20 && !r.start);
    assert_int_equal(kexec_parse_area("16M@32M", &r), 0);
    assert_true(r.size == 16UL << 20 && r.start == 32UL << 20);
    assert_int_equal(kexec_parse_area("", &r), -EINVAL);
    assert_int_equal(kexec_parse_area("16M@", &r), 0);
    assert_int_equal(kexec_parse_area("16M,32M", &r), -EINVAL);
    assert_int_equal(kexec_parse_area("100B", &r), -EINVAL);
    assert_int_equal(kexec_parse_area("0", &r), -EINVAL);
}

static void test_refused(void **state)
{
    struct kexec_image good = image_of(KEXEC_TYPE_CRASH, AT(100)), bad;

    assert_int_equal(kexec_check_image(&good), 0);
#define REFUSED(change, rc) do { bad = good; change; assert_int_equal(kexec_check_image(&bad), rc); } while (0)
    REFUSED(bad.type = 2, -EINVAL);
    REFUSED(bad.arch = 3, -EOPNOTSUPP);
    REFUSED(bad.nr_segments = 0, -EINVAL);
    REFUSED(bad.nr_segments = KEXEC_MAX_SEGMENTS + 1, -EINVAL);
    REFUSED(bad.entry = AT(102), -EINVAL);
    REFUSED(bad.segment[1].start = AT(101), -EINVAL);
    REFUSED(bad.segment[1].start += 1, -EINVAL);
    REFUSED(bad.segment[1].size = 0, -EINVAL);
    REFUSED(bad.segment[1].filled = AT(1) + 1, -EINVAL);
    REFUSED(bad.segment[1].start = ~PAGE_MASK ^ ~0UL, -EINVAL);
    REFUSED(bad.segment[1].start = AT(150), -EADDRNOTAVAIL);
    REFUSED(bad.segment[1].start = AT(99), -EADDRNOTAVAIL);
    REFUSED(bad.segment[1].size = AT(60), -EADDRNOTAVAIL);
    REFUSED(bad.segment[1] = ((struct kexec_segment){ .start = 0, .size = KEXEC_MAX_BYTES }), -ENOMEM);
    /* What is not filled may be anywhere, but the entry is not there. */
    REFUSED(bad.segment[1] = ((struct kexec_segment){ .start = 0, .size = AT(200) }), 0);
    REFUSED(bad.segment[0].filled = 0, -EINVAL);
}

static int load(const struct kexec_image *image)
{
    int rc = kexec_load_begin(image, me);

    while (!rc && (rc = kexec_load_step(me, copy)) == -ERESTART)
        rc = 0;
    return rc;
}

static void test_crash(void **state)
{
    struct kexec_image image = image_of(KEXEC_TYPE_CRASH, AT(100));
    const u8 *at = mfn_to_virt(mfn(100));

    memset(mfn_to_virt(mfn(100)), 0xcc, AT(50));
    assert_int_equal(kexec_load_begin(&image, me), 0);
    assert_int_equal(kexec_load_step(another, copy), -EBUSY);
    assert_int_equal(kexec_load_step(me, copy), 0);
    assert_int_equal(kexec_load_step(me, copy), -EBUSY);
    assert_true(at[0] == 7 && at[4096] == 8 && at[4999] == 8 && !at[5000] && !at[8191] && at[8192] == 0xcc);
    assert_int_equal(kexec_status(KEXEC_TYPE_CRASH), 1);
    assert_int_equal(kexec_status(KEXEC_TYPE_DEFAULT), 0);
    assert_int_equal(kexec_status(2), -EINVAL);
    assert_ptr_equal(kexec_image_of(KEXEC_TYPE_DEFAULT), NULL);
    assert_int_equal(kexec_image_of(KEXEC_TYPE_CRASH)->entry, AT(100));
    /* A load that fails leaves none: the area is half of each. */
    image.segment[1].from = gva(0);
    assert_int_equal(load(&image), -EFAULT);
    assert_int_equal(kexec_status(KEXEC_TYPE_CRASH), 0);
}

/* Pages of a default image are never its destinations, wherever the allocator is; the list leads to all of them. */
static void test_default(void **state)
{
    struct kexec_image image = image_of(KEXEC_TYPE_DEFAULT, AT(405));
    const struct kexec_image *loaded;
    const struct kexec_move *m;
    unsigned int moves = 0;

    image.segment[0].size = AT(300);
    image.segment[0].filled = AT(300);
    image.segment[1].start = AT(800);
    assert_int_equal(kexec_check_image(&image), 0);
    assert_int_equal(load(&image), 0);
    loaded = kexec_image_of(KEXEC_TYPE_DEFAULT);
    for (m = maddr_to_virt(maddr(loaded->moves)); !(m->from & KEXEC_MOVE_END); m = m->from & KEXEC_MOVE_NEXT ? maddr_to_virt(maddr(m->to)) : m + 1) {
        if (m->from & KEXEC_MOVE_NEXT)
            continue;
        assert_true(m->from < AT(405) || (m->from >= AT(705) && m->from != AT(800)));
        assert_int_equal(*(u8 *)maddr_to_virt(maddr(m->from)), moves < 300 ? (7 + moves) & 0xff : 9);
        assert_int_equal(m->to, moves < 300 ? AT(405 + moves) : AT(800));
        moves++;
    }
    assert_int_equal(moves, 301);
    image.segment[1].start = AT(NR + 100);
    assert_int_equal(load(&image), -EADDRNOTAVAIL);
    /* The one before is still there, also when memory ends. */
    assert_int_equal(kexec_status(KEXEC_TYPE_DEFAULT), 1);
    image.segment[1].start = AT(800);
    next_page = NR - 20;
    assert_int_equal(load(&image), -ENOMEM);
    next_page = 1800;
    prepared = -ENOMEM;
    image.segment[0].size = image.segment[0].filled = AT(10);
    assert_int_equal(load(&image), -ENOMEM);
    assert_int_equal(kexec_status(KEXEC_TYPE_DEFAULT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_area),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_default, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
