/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a guest's p2m list from where the guest says that it keeps it: a list that is good, and roots and entries that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xc_stream.h"

#define FRAMES 16
#define ENTRIES 1000            /* a list of two pages */
#define SHARED 1                /* frames of the guest, 1 to FRAMES - 1 */
#define ROOT   4                /* level 4; 3, 2 and 1 follow */
#define LIST   8                /* 8 and 9 */
#define TOP    10               /* of the tree; 11 is its second level */

/* In the place of the functions of that name, by the linker. */
int __wrap_xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info);
int __wrap_xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot, const uint64_t *mfns, size_t nr, int *err,
                          void **out);
int __wrap_xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out);
void __wrap_xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr);

static uint64_t memory[FRAMES][PTE_COUNT];
static unsigned asked_for_0;
/* Called after a page was copied: the guest runs on. */
static void (*meanwhile)(void);

int __wrap_xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    *info = (struct xc_domain_info){ .shared_info_mfn = SHARED };
    return 0;
}

int __wrap_xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot, const uint64_t *mfns, size_t nr, int *err,
                          void **out)
{
    uint64_t (*copy)[PTE_COUNT] = malloc(nr * XC_PAGE_SIZE);

    for (size_t i = 0; i < nr; i++) {
        if (!mfns[i] || mfns[i] >= FRAMES) {
            asked_for_0 += !mfns[i];
            free(copy);
            return -EINVAL;
        }
        memcpy(copy[i], memory[mfns[i]], XC_PAGE_SIZE);
    }
    *out = copy;
    return 0;
}

int __wrap_xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out)
{
    if (mfn != SHARED)
        return __wrap_xc_map_foreign(h, domid, prot, &mfn, 1, NULL, out);
    *out = memory[SHARED];
    return 0;
}

void __wrap_xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
    if (addr == memory[SHARED])
        return;
    free(addr);
    if (meanwhile)
        meanwhile();
}

static struct arch_shared_info *arch(void)
{
    return &((struct shared_info *)memory[SHARED])->arch;
}

/* A guest whose list is where both ways lead to; address 0, so that entry 0 of each table is the one. */
static void make_guest(void)
{
    memset(memory, 0, sizeof(memory));
    asked_for_0 = 0;
    meanwhile = NULL;
    for (unsigned level = 4; level > 1; level--)
        memory[ROOT + 4 - level][0] = (uint64_t)(ROOT + 5 - level) << XC_PAGE_SHIFT | PTE_PRESENT;
    for (unsigned i = 0; i < 2; i++) {
        memory[ROOT + 3][i] = (uint64_t)(LIST + i) << XC_PAGE_SHIFT | PTE_PRESENT;
        memory[TOP + 1][i] = LIST + i;
    }
    memory[TOP][0] = TOP + 1;
    for (unsigned i = 0; i < ENTRIES; i++)
        memory[LIST + i / PTE_COUNT][i % PTE_COUNT] = i + 7;
    arch()->max_pfn = ENTRIES;
    arch()->p2m_cr3 = xen_pfn_to_cr3(ROOT);
}

static int open_list(struct xc_p2m *p2m)
{
    struct xc_handle *h;
    int rc;

    assert_int_equal(xc_open_offline(&h), 0);
    rc = xc_p2m_open(h, 1, 2 * ENTRIES, false, p2m);
    xc_close(h);
    return rc;
}

static void test_good(void **state)
{
    for (int tree = 0; tree < 2; tree++) {
        struct xc_p2m p2m;

        make_guest();
        if (tree) {
            arch()->p2m_cr3 = 0;
            arch()->pfn_to_mfn_frame_list_list = TOP;
        }
        assert_int_equal(open_list(&p2m), 0);
        assert_int_equal(p2m.nr, ENTRIES);
        assert_int_equal(p2m.nr_frames, 2);
        assert_int_equal(p2m.frame[1], LIST + 1);
        assert_int_equal(p2m.mfn[0], 7);
        assert_int_equal(p2m.mfn[ENTRIES - 1], ENTRIES + 6);
        xc_p2m_close(&p2m);
    }
}

/* Frame 0 is no guest's: who names it has the hypervisor asked, which refuses; nothing else is taken for the table. */
static void test_frame_0(void **state)
{
    struct xc_p2m p2m;

    make_guest();
    arch()->p2m_cr3 = 0x800;
    assert_int_equal(open_list(&p2m), -EINVAL);
    assert_int_equal(asked_for_0, 1);
    for (unsigned level = 4; level > 1; level--) {
        make_guest();
        memory[ROOT + 4 - level][0] = PTE_PRESENT;
        assert_int_equal(open_list(&p2m), -EINVAL);
        assert_int_equal(asked_for_0, 1);
    }
    make_guest();
    arch()->p2m_cr3 = 0;
    arch()->pfn_to_mfn_frame_list_list = TOP;
    memory[TOP][0] = 0;
    assert_int_equal(open_list(&p2m), -EINVAL);
    assert_int_equal(asked_for_0, 1);
}

static void test_bad(void **state)
{
    struct xc_p2m p2m;

    make_guest();
    arch()->p2m_cr3 = ~0UL;
    assert_int_equal(open_list(&p2m), -EINVAL);
    make_guest();
    memory[ROOT + 3][1] = 0;    /* half the list */
    assert_int_equal(open_list(&p2m), -ENODATA);
    make_guest();
    arch()->max_pfn = 0;
    assert_int_equal(open_list(&p2m), -ENODATA);
    make_guest();
    arch()->max_pfn = ~0UL;
    assert_int_equal(open_list(&p2m), -E2BIG);
    make_guest();
    arch()->p2m_cr3 = 0;
    arch()->pfn_to_mfn_frame_list_list = ~0UL;
    assert_int_equal(open_list(&p2m), -ENODATA);
}

static void move_list(void)
{
    arch()->p2m_generation += 2;
}

/* A list that moves whenever it is looked at is not one that was read. */
static void test_moving(void **state)
{
    struct xc_p2m p2m;

    make_guest();
    arch()->p2m_generation = 1;
    assert_int_equal(open_list(&p2m), -EAGAIN);
    make_guest();
    meanwhile = move_list;
    assert_int_equal(open_list(&p2m), -EAGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_frame_0),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_moving),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
