/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of a guest's first memory and its page tables: built in plain memory,
 * then walked as a CPU does.
 */
#include "xc_build.h"
#include "xc_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define BASE 0xffffffff80000000UL
#define MIB_PAGES 256UL

static struct xc_elf kernel(uint64_t start, uint64_t len, uint64_t init_p2m,
                            bool mod_start_pfn)
{
    return (struct xc_elf){
        .virt_base = BASE, .virt_start = BASE + start,
        .virt_end = BASE + start + len, .has_init_p2m = init_p2m,
        .init_p2m = init_p2m, .mod_start_pfn = mod_start_pfn,
    };
}

/* Areas must not overlap, and lie below the end. */
static void check_areas(const struct xc_layout *l)
{
    const struct xc_area *a[] = { &l->kernel, &l->ramdisk, &l->p2m, &l->start_info,
                                  &l->store, &l->console, &l->tables,
                                  &l->p2m_tables, &l->stack };

    for (unsigned i = 0; i < XC_ARRAY_SIZE(a); i++) {
        if (!a[i]->nr)
            continue;
        assert_true(a[i]->pfn + a[i]->nr <= l->needed_pages);
        for (unsigned j = 0; j < i; j++)
            assert_true(!a[j]->nr || a[i]->pfn >= a[j]->pfn + a[j]->nr ||
                        a[j]->pfn >= a[i]->pfn + a[i]->nr);
    }
    assert_int_equal(l->virt_end % (4 << 20), 0);
    assert_true(l->virt_end - BASE >=
                (l->stack.pfn + 1) * XC_PAGE_SIZE + (512 << 10));
    assert_int_equal(l->p2m.nr, (l->nr_pages * 8 + 4095) / 4096);
}

/* Fake machine frames: every pfn somewhere else, so that mixing them up shows. */
static uint64_t fake_mfn(uint64_t pfn)
{
    return pfn * 3 + 0x100000;
}

static void fake_frames(struct xc_frames *f, uint64_t nr)
{
    assert_int_equal(xc_frames_init(f, nr), 0);
    for (uint64_t c = 0; c < f->nr_chunks; c++) {
        f->chunk[c].single = calloc(512, sizeof(uint64_t));
        for (unsigned i = 0; i < 512; i++)
            f->chunk[c].single[i] = fake_mfn(c * 512 + i);
    }
}

/* Walks va; returns the leaf entry or 0. Tables must be table frames. */
static uint64_t walk(const struct xc_layout *l, const struct xc_window *w,
                     uint64_t va)
{
    uint64_t pfn = l->l4;

    for (int level = 4; level; level--) {
        uint64_t e = ((uint64_t *)xc_window_at(w, pfn))[(va >> XC_PT_SHIFT(level)) & 511];

        if (!(e & 1) || level == 1)
            return e;
        assert_int_equal(e & 0x6, 0x6);
        pfn = ((e >> 12) - 0x100000) / 3;
        assert_true(pfn - l->tables.pfn < l->tables.nr ||
                    pfn - l->p2m_tables.pfn < l->p2m_tables.nr);
    }
    return 0;
}

static void check_tables(const struct xc_elf *elf, uint64_t nr_pages,
                         uint64_t ramdisk)
{
    struct xc_window w = { 0 };
    struct xc_frames f;
    struct xc_layout l;
    const char *why;

    assert_int_equal(xc_layout_plan(elf, nr_pages, ramdisk, &l, &why), 0);
    check_areas(&l);
    fake_frames(&f, nr_pages);
    w.run[0] = (struct xc_area){ 0, l.needed_pages };
    w.addr[0] = malloc(l.needed_pages * XC_PAGE_SIZE);
    memset(w.addr[0], 0xa5, l.needed_pages * XC_PAGE_SIZE);
    xc_pagetables_write(&l, &f, &w);
    for (uint64_t va = BASE; va < l.virt_end; va += XC_PAGE_SIZE) {
        uint64_t pfn = (va - BASE) >> 12, e = walk(&l, &w, va);
        bool table = pfn - l.tables.pfn < l.tables.nr;

        assert_int_equal(e >> 12, fake_mfn(pfn));
        assert_int_equal(e & 0x7, table ? 0x5 : 0x7);
    }
    assert_int_equal(walk(&l, &w, BASE - XC_PAGE_SIZE), 0);
    assert_int_equal(walk(&l, &w, l.virt_end), 0);
    for (uint64_t i = 0; elf->has_init_p2m && i < l.p2m.nr; i++) {
        uint64_t e = walk(&l, &w, elf->init_p2m + i * XC_PAGE_SIZE);

        assert_int_equal(e >> 12, fake_mfn(l.p2m.pfn + i));
        assert_int_equal(e & 0x7, 0x7);
    }
    if (elf->has_init_p2m)
        assert_int_equal(walk(&l, &w, elf->init_p2m + l.p2m.nr * XC_PAGE_SIZE), 0);
    free(w.addr[0]);
    xc_frames_free(&f);
}

static void tables(void **state)
{
    struct xc_elf tiny = kernel(0x100000, 40000, 0, false);
    struct xc_elf linux_like = kernel(0x1000000, 58UL << 20, 0x8000000000UL, true);
    struct xc_elf mapped_rd = kernel(0x1000000, 20UL << 20, 0, false);
    struct xc_elf odd_p2m = kernel(0x200000, 5UL << 20, 0x80003ff000UL, true);

    check_tables(&tiny, 32 * MIB_PAGES, 0);
    check_tables(&tiny, 4096 * MIB_PAGES, 12345);
    check_tables(&linux_like, 256 * MIB_PAGES, 30UL << 20);
    check_tables(&linux_like, 2048 * MIB_PAGES, 0);
    check_tables(&mapped_rd, 512 * MIB_PAGES, 100UL << 20);
    check_tables(&odd_p2m, 1024 * MIB_PAGES + 3, 4096);
}

static void too_small(void **state)
{
    struct xc_elf k = kernel(0x1000000, 58UL << 20, 0x8000000000UL, true);
    const char *why;
    struct xc_layout l;

    assert_int_equal(xc_layout_plan(&k, 64 * MIB_PAGES, 0, &l, &why), -ENOSPC);
    /* More memory has a longer p2m list: ask until it holds. */
    while (xc_layout_plan(&k, l.needed_pages, 0, &l, &why) == -ENOSPC)
        ;
    assert_int_equal(l.needed_pages, l.nr_pages);
    assert_int_equal(xc_layout_plan(&k, l.nr_pages - 1, 0, &l, &why), -ENOSPC);
}

static void impossible(void **state)
{
    struct xc_elf k = kernel(0x100000, 4UL << 20, BASE + 0x10000000, false);
    const char *why = NULL;
    struct xc_layout l;

    assert_int_equal(xc_layout_plan(&k, 65536, 0, &l, &why), -ENOEXEC);
    assert_non_null(why);
    k = kernel(0x100000, 4UL << 20, 0xffff800000000000UL, false);
    assert_int_equal(xc_layout_plan(&k, 65536, 0, &l, &why), -ENOEXEC);
    k = kernel(0x100000, 4UL << 20, 0x7fffffff000UL, false);
    assert_int_equal(xc_layout_plan(&k, 65536, 0, &l, &why), -ENOEXEC);
    k = kernel(0x100000, 4UL << 20, 0x1000000000000UL, false);
    assert_int_equal(xc_layout_plan(&k, 65536, 0, &l, &why), -ENOEXEC);
}

/* Memory or ramdisk so large that what is to be mapped passes the top. */
static void no_room(void **state)
{
    struct xc_elf k = kernel(0x1000000, 58UL << 20, 0, false);
    const char *why = NULL;
    struct xc_layout l;

    assert_int_equal(xc_layout_plan(&k, 1UL << 28, 0, &l, &why), -ENOEXEC);
    assert_non_null(why);
    assert_int_equal(xc_layout_plan(&k, 65536, 3UL << 30, &l, &why), -ENOEXEC);
    k = kernel(0x1000000, 58UL << 20, 0x8000000000UL, true);
    assert_int_equal(xc_layout_plan(&k, 1UL << 32, 3UL << 30, &l, &why), 0);
}

/* Whatever a kernel asks for: an answer, soon, without arithmetic going wrong. */
static void hostile(void **state)
{
    srand(11);
    for (int i = 0; i < 200000; i++) {
        uint64_t base = ((uint64_t)rand() << 33 ^ (uint64_t)rand() << 12) &
                        ~4095UL;
        struct xc_elf k = kernel(rand() & 0x3fffffff, rand() & 0xfffffff,
                                 ((uint64_t)rand() << 33) & ~4095UL, i & 1);
        const char *why;
        struct xc_layout l;
        int rc;

        if (i & 2)
            base |= 0xffffffff00000000UL;
        if (base > UINT64_MAX - (1UL << 30))
            continue;
        k.virt_end += base - k.virt_base;
        k.virt_start += base - k.virt_base;
        k.virt_base = base;
        rc = xc_layout_plan(&k, 1UL << (rand() % 34), (uint64_t)rand() << (rand() % 8),
                            &l, &why);
        assert_true(rc == 0 || rc == -ENOSPC || rc == -ENOEXEC);
    }
}

static void frames(void **state)
{
    uint64_t list[1100];
    struct xc_frames f;

    assert_int_equal(xc_frames_init(&f, 1100), 0);
    assert_int_equal(f.nr_chunks, 3);
    f.chunk[0].mfn = 0x1000;
    f.chunk[1].single = calloc(512, sizeof(uint64_t));
    for (unsigned i = 0; i < 512; i++)
        f.chunk[1].single[i] = 0x900000 - i;
    f.chunk[2].mfn = 0x2000;
    xc_frames_list(&f, list);
    for (unsigned i = 0; i < 1100; i++)
        assert_int_equal(list[i], xc_frames_mfn(&f, i));
    assert_int_equal(list[511], 0x11ff);
    assert_int_equal(list[512], 0x900000);
    assert_int_equal(list[1099], 0x2000 + 75);
    xc_frames_free(&f);
}

/* All of the builder that needs no hypervisor, and what it says. */
static void offline(void **state)
{
    struct xc_build_params p = { .kernel_path = "/no/kernel", .memory_mib = 64 };
    struct xc_handle *h;
    char line[1100];

    assert_int_equal(xc_open_offline(&h), 0);
    assert_int_equal(xc_build_check(h, &p, NULL), -ENOENT);
    assert_int_equal(xc_last_error(h)->about, XC_ABOUT_KERNEL);
    p.ramdisk_path = "/no/ramdisk";
    assert_int_equal(xc_build_check(h, &p, NULL), -ENOENT);
    assert_int_equal(xc_last_error(h)->about, XC_ABOUT_RAMDISK);
    p.memory_mib = 0;
    assert_int_equal(xc_build_check(h, &p, NULL), -ENOSPC);
    p.memory_mib = 64;
    p.maxmem_mib = 32;
    assert_int_equal(xc_build_check(h, &p, NULL), -EINVAL);
    p.maxmem_mib = 0;
    memset(line, 'x', sizeof(line));
    line[1024] = '\0';
    p.cmdline = line;
    assert_int_equal(xc_build_check(h, &p, NULL), -E2BIG);
    assert_int_equal(xc_last_error(h)->about, XC_ABOUT_CMDLINE);
    assert_int_equal(xc_domain_pause(h, 1), -ENOTTY);
    assert_non_null(strstr(xc_error_text(h), "pause domain 1"));
    xc_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables), cmocka_unit_test(too_small),
        cmocka_unit_test(impossible), cmocka_unit_test(no_room),
        cmocka_unit_test(hostile), cmocka_unit_test(frames),
        cmocka_unit_test(offline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
