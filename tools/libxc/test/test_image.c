/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel files: every packing, whole, truncated at many places, corrupt; notes
 * that ask for what cannot be; the cache. */
#include "kernel_file.h"

#include "xc_image.h"
#include "xc_private.h"

#include <elf.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xenbuild.h>

#include <cmocka.h>

static struct xc_handle *h;

static int open_bytes(const void *data, size_t len, struct xc_kernel *k)
{
    struct xc_build_params p = { .kernel_path = "test-kernel", .kernel_data = data,
                                 .kernel_len = len, .cache_dir = "" };

    return xc_kernel_open(h, &p, k);
}

/* The kernel inside must be the ELF file byte for byte. */
static void expect_kernel(const void *packed, size_t len, const uint8_t *elf,
                          size_t elf_len, const char *format)
{
    struct xc_kernel k;
    uint8_t *copy = malloc(elf_len);

    if (open_bytes(packed, len, &k))
        fail_msg("%s", xc_error_text(h));
    assert_string_equal(k.format, format);
    assert_int_equal(k.src.len, elf_len);
    assert_int_equal(xc_source_read(&k.src, 0, copy, elf_len), 0);
    assert_memory_equal(copy, elf, elf_len);
    free(copy);
    xc_kernel_close(&k);
}

static void expect_refusal(const void *data, size_t len, int err, const char *word)
{
    struct xc_kernel k;

    assert_int_equal(open_bytes(data, len, &k), err);
    assert_int_equal(xc_last_error(h)->about, XC_ABOUT_KERNEL);
    if (!strstr(xc_error_text(h), word))
        fail_msg("\"%s\" does not say \"%s\"", xc_error_text(h), word);
}

static const struct { const char *name, *command; } packers[] = {
    { "gzip", "gzip -9n" },
    { "xz", "xz --check=crc32 --x86 --lzma2" },
    { "zstd", "zstd -q -19" },
    { "lz4", "lz4 -q -l -9" },
};

static void all_packings(void **state)
{
    struct kernel_recipe r = { 0 };
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);

    expect_kernel(elf, len, elf, len, "ELF");
    for (unsigned i = 0; i < XC_ARRAY_SIZE(packers); i++) {
        char format[32];
        size_t plen, blen;
        uint8_t *p = pack(packers[i].command, elf, len, &plen), *b;

        assert_non_null(p);
        b = bzimage(p, plen, len, &blen);
        snprintf(format, sizeof(format), "bzImage, %s", packers[i].name);
        expect_kernel(b, blen, elf, len, format);
        snprintf(format, sizeof(format), "ELF, %s", packers[i].name);
        expect_kernel(p, plen, elf, len, format);
        /* a wrong size behind the data is only a wrong hint */
        free(b);
        b = bzimage(p, plen, len / 3, &blen);
        expect_kernel(b, blen, elf, len, xc_unpacker_find(p, plen) ?
                      (snprintf(format, sizeof(format), "bzImage, %s",
                                packers[i].name), format) : "");
        free(b);
        free(p);
    }
    free(elf);
}

/* Cut anywhere: always refused, never more than that. */
static void truncated(void **state)
{
    struct kernel_recipe r = { 0 };
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);

    for (unsigned i = 0; i < XC_ARRAY_SIZE(packers); i++) {
        size_t plen, blen;
        uint8_t *p = pack(packers[i].command, elf, len, &plen);
        uint8_t *b = bzimage(p, plen, len, &blen);
        struct xc_kernel k;

        for (size_t cut = 1; cut < blen; cut += cut < 1400 ? 37 : 9973) {
            uint8_t *exact = malloc(cut);

            memcpy(exact, b, cut);
            assert_int_equal(open_bytes(exact, cut, &k), -ENOEXEC);
            free(exact);
        }
        for (size_t cut = 1; cut < 20; cut++) {
            uint8_t *exact = malloc(cut);   /* less than the size behind the data */

            memcpy(exact, p, cut);
            assert_int_equal(open_bytes(exact, cut, &k), -ENOEXEC);
            free(exact);
        }
        for (size_t cut = 20; cut < plen - 8; cut += 7919) {
            uint8_t *exact = malloc(cut);

            memcpy(exact, p, cut);
            expect_refusal(exact, cut, -ENOEXEC, packers[i].name);
            free(exact);
        }
        expect_refusal(b, blen - 20000, -ENOEXEC, "truncated");
        free(b);
        free(p);
    }
    for (size_t cut = 1; cut < len; cut += cut < 0x900 ? 41 : 20011) {
        struct xc_kernel k;
        uint8_t *exact = malloc(cut);

        memcpy(exact, elf, cut);
        assert_int_equal(open_bytes(exact, cut, &k), -ENOEXEC);
        free(exact);
    }
    free(elf);
}

/* Bytes changed at random: refused or, where nothing checks them, taken; the
 * sanitizers watch. */
static void corrupt(void **state)
{
    struct kernel_recipe r = { .features = "writable_page_tables|pae_pgdir_above_4gb" };
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);

    srand(7);
    for (unsigned i = 0; i < XC_ARRAY_SIZE(packers); i++) {
        size_t plen, blen;
        uint8_t *p = pack(packers[i].command, elf, len, &plen);
        uint8_t *b = bzimage(p, plen, len, &blen);

        for (int round = 0; round < 60; round++) {
            uint8_t *copy = malloc(blen);
            struct xc_kernel k;

            memcpy(copy, b, blen);
            for (int n = 0; n < 8; n++)
                copy[(round & 1 ? 0x1f0 : 1088) + rand() % (round & 1 ? 96 : plen)] =
                    rand();
            if (!open_bytes(copy, blen, &k))
                xc_kernel_close(&k);
            free(copy);
        }
        free(b);
        free(p);
    }
    for (int round = 0; round < 4000; round++) {
        uint8_t *copy = malloc(len);
        struct xc_kernel k;

        memcpy(copy, elf, len);
        for (int n = 0; n < 3; n++)
            copy[rand() % 0x300] = rand();
        if (!open_bytes(copy, len, &k))
            xc_kernel_close(&k);
        free(copy);
    }
    free(elf);
}

static void unsupported_packings(void **state)
{
    uint8_t data[64] = "BZh91AY&SY";
    size_t len;
    uint8_t *b = bzimage(data, sizeof(data), 100, &len);

    expect_refusal(b, len, -ENOTSUP, "bzip2");
    free(b);
    memcpy(data, "\x5d\0\0\0\x80", 5);
    b = bzimage(data, sizeof(data), 100, &len);
    expect_refusal(b, len, -ENOTSUP, "lzma");
    free(b);
    memset(data, 'x', sizeof(data));
    b = bzimage(data, sizeof(data), 100, &len);
    expect_refusal(b, len, -ENOEXEC, "unknown form");
    free(b);
    expect_refusal("#!/bin/sh\necho no kernel at all, but long enough\n", 48,
                   -ENOEXEC, "neither bzImage nor ELF");
}

/* As Linux' and NetBSD's kernels of Xen 3.0 had it. */
#define OLD_GUEST "GUEST_OS=old,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000," \
    "HYPERCALL_PAGE=0x102,PAE=yes,LOADER=generic,FEATURES=writable_page_tables|dom0"

static const struct {
    struct kernel_recipe r;
    const char *word;             /* NULL: is a kernel */
} recipes[] = {
    { { .machine = EM_386 }, "32-bit x86" },
    { { .machine = EM_AARCH64 }, "ARM64" },
    { { .type = ET_REL }, "object" },
    { { .no_notes = 1 }, "no PV kernel" },
    { { .only_phys32 = 1 }, "PVH" },
    { { .xen_version = "xen-4.0" }, "xen-4.0" },
    { { .loader = "special" }, "special" },
    { { .features = "!dom0" }, "dom0" },
    { { .features = "!auto_translated_physmap|dom0" }, "auto_translated" },
    { { .features = "!no_such_thing" }, "no_such_thing" },
    { { .features = "!writable_page_tables|pae_pgdir_above_4gb" }, NULL },
    { { .features = "auto_translated_physmap|unheard_of" }, NULL },
    { { .notes_as_section = 1 }, NULL },
    { { .guest_section = OLD_GUEST, .paddr = 0xffffffff80100000UL }, NULL },
    { { .guest_section = OLD_GUEST ",ELF_PADDR_OFFSET=0x0" }, NULL },
    { { .guest_section = OLD_GUEST }, "outside of the first GiB" },
    { { .guest_section = "GUEST_OS=old,VIRT_BASE=0xffffffff80000000" }, "no PV kernel" },
    { { .guest_section = OLD_GUEST ",LOADER=special" }, "special" },
    { { .guest_section = OLD_GUEST ",ELF_PADDR_OFFSET=0,FEATURES=!dom0" }, "dom0" },
    { { .guest_section = OLD_GUEST ",VIRT_ENTRY=12x" }, "a number in its __xen_guest" },
    { { .guest_section = "XEN_VER=xen-2.0,VIRT_BASE=0" }, "xen-2.0" },
    { { .guest_section = "" }, "no PV kernel" },
    { { .virt_base = 0xffffffff80000800UL }, "aligned" },
    { { .virt_base = 0xffffffffd0000000UL }, "too high" },
    { { .entry = 0x1000 }, "entry" },
    { { .hypercall_page = 0x101000 }, NULL },
    { { .hypercall_page = 0x101010 }, "HYPERCALL_PAGE" },
    { { .hypercall_page = 0x901000 }, "HYPERCALL_PAGE" },
    { { .init_p2m = 0x8000000123UL }, "INIT_P2M" },
    { { .bss = 2UL << 30 }, "size" },
};

static void notes(void **state)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(recipes); i++) {
        size_t len;
        uint8_t *elf = kernel_elf(&recipes[i].r, &len);

        if (recipes[i].word)
            expect_refusal(elf, len, -ENOEXEC, recipes[i].word);
        else
            expect_kernel(elf, len, elf, len, "ELF");
        free(elf);
    }
}

static void fields(void **state)
{
    struct kernel_recipe r = {
        .features = "!writable_page_tables", .init_p2m = 0x8000000000UL,
        .hypercall_page = 0x102000, .mod_start_pfn = 1, .bss = 123456,
    };
    struct xc_kernel k;
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);

    assert_int_equal(open_bytes(elf, len, &k), 0);
    assert_int_equal(k.elf.virt_base, 0xffffffff80000000UL);
    assert_int_equal(k.elf.entry, 0xffffffff80100000UL);
    assert_int_equal(k.elf.virt_start, 0xffffffff80100000UL);
    assert_int_equal(k.elf.virt_end, 0xffffffff80100000UL + KERNEL_TEXT_LEN + 123456);
    assert_int_equal(k.elf.hypercall_page, 0xffffffff80102000UL);
    assert_true(k.elf.has_init_p2m && k.elf.mod_start_pfn);
    assert_int_equal(k.elf.init_p2m, 0x8000000000UL);
    assert_int_equal(k.elf.features_required, 1U << XENFEAT_writable_page_tables);
    assert_string_equal(k.elf.guest_os, "test");
    assert_string_equal(k.elf.loader, "generic");
    xc_kernel_close(&k);
    free(elf);
}

/* The text form: a page's number, and the default of PADDR_OFFSET. */
static void guest_section_fields(void **state)
{
    struct kernel_recipe r = { .guest_section = OLD_GUEST ",BSD_SYMTAB",
                               .paddr = 0xffffffff80100000UL };
    struct xc_kernel k;
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);

    if (open_bytes(elf, len, &k))
        fail_msg("%s", xc_error_text(h));
    assert_int_equal(k.elf.virt_base, 0xffffffff80000000UL);
    assert_int_equal(k.elf.paddr_offset, 0xffffffff80000000UL);
    assert_int_equal(k.elf.entry, 0xffffffff80100000UL);
    assert_int_equal(k.elf.virt_start, 0xffffffff80100000UL);
    assert_int_equal(k.elf.hypercall_page, 0xffffffff80102000UL);
    assert_int_equal(k.elf.features_supported, 1U << XENFEAT_writable_page_tables | 1U << XENFEAT_dom0);
    assert_string_equal(k.elf.guest_os, "old");
    assert_string_equal(k.elf.guest_version, "2.6");
    assert_string_equal(k.elf.xen_version, "xen-3.0");
    assert_string_equal(k.elf.loader, "generic");
    xc_kernel_close(&k);
    free(elf);
}

static void files(void **state)
{
    struct xc_build_params p = { .kernel_path = "/no/such/kernel", .cache_dir = "" };
    struct xc_kernel k;

    assert_int_equal(xc_kernel_open(h, &p, &k), -ENOENT);
    assert_non_null(strstr(xc_error_text(h), "/no/such/kernel"));
    p.kernel_path = "/tmp";
    assert_int_equal(xc_kernel_open(h, &p, &k), -EINVAL);
    p.kernel_path = write_file("empty", "", 0);
    assert_int_equal(xc_kernel_open(h, &p, &k), -ENOEXEC);
    p.kernel_path = NULL;
    assert_int_equal(xc_kernel_open(h, &p, &k), -EINVAL);
}

/* Opens a kernel file through the cache and compares what comes out. */
static void open_cached(const char *path, const char *cache, const uint8_t *elf,
                        size_t len, bool from_cache)
{
    struct xc_build_params p = { .kernel_path = path, .cache_dir = cache };
    uint8_t *copy = malloc(len);
    struct xc_kernel k;

    assert_int_equal(xc_kernel_open(h, &p, &k), 0);
    assert_int_equal(k.from_cache, from_cache);
    assert_string_equal(k.format, "bzImage, xz");
    assert_int_equal(xc_source_read(&k.src, 0, copy, len), 0);
    assert_memory_equal(copy, elf, len);
    xc_kernel_close(&k);
    free(copy);
}

static void cache(void **state)
{
    struct kernel_recipe r = { 0 };
    char dir[300], kernel[300];
    size_t len, plen, blen;
    uint8_t *elf = kernel_elf(&r, &len);
    uint8_t *p = pack("xz --check=crc32", elf, len, &plen);
    uint8_t *b = bzimage(p, plen, len, &blen);
    glob_t g;

    snprintf(dir, sizeof(dir), "%s/run/cache", scratch());
    snprintf(kernel, sizeof(kernel), "%s", write_file("bz", b, blen));
    open_cached(kernel, dir, elf, len, false);
    open_cached(kernel, dir, elf, len, true);
    /* Another file of the same name is another kernel. */
    unlink(kernel);
    write_file("bz2", b, 10);
    write_file("bz", b, blen);
    open_cached(kernel, dir, elf, len, false);
    open_cached(kernel, dir, elf, len, true);
    /* An entry that is not as it was written is not used, and replaced. */
    snprintf(dir, sizeof(dir), "%s/run/cache/*", scratch());
    assert_int_equal(glob(dir, 0, NULL, &g), 0);
    assert_int_equal(g.gl_pathc, 2);
    for (size_t i = 0; i < g.gl_pathc; i++)
        assert_int_equal(truncate(g.gl_pathv[i], 4096 + i * 1000), 0);
    globfree(&g);
    snprintf(dir, sizeof(dir), "%s/run/cache", scratch());
    open_cached(kernel, dir, elf, len, false);
    open_cached(kernel, dir, elf, len, true);
    /* A folder that others can enter is not ours to trust. */
    assert_int_equal(chmod(dir, 0755), 0);
    open_cached(kernel, dir, elf, len, false);
    open_cached(kernel, dir, elf, len, false);
    free(b);
    free(p);
    free(elf);
}

/* More kernels than entries: the oldest go, the folder stays bounded. */
static void cache_bound(void **state)
{
    struct kernel_recipe r = { 0 };
    char dir[300], pattern[320];
    size_t len;
    uint8_t *elf = kernel_elf(&r, &len);
    struct stat st = { .st_size = 1 };
    struct xc_source s;
    char format[24];
    glob_t g;

    snprintf(dir, sizeof(dir), "%s/bound", scratch());
    for (unsigned i = 0; i < 40; i++) {
        st.st_ino = i;
        assert_int_equal(xc_kcache_put(dir, &st, "ELF", elf, len), 0);
    }
    snprintf(pattern, sizeof(pattern), "%s/*", dir);
    assert_int_equal(glob(pattern, 0, NULL, &g), 0);
    assert_in_range(g.gl_pathc, 1, 16);
    globfree(&g);
    assert_int_equal(xc_kcache_get(dir, &st, &s, format, sizeof(format)), 0);
    xc_source_close(&s);
    st.st_ino = 0;
    assert_int_equal(xc_kcache_get(dir, &st, &s, format, sizeof(format)), -ENOENT);
    free(elf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_packings), cmocka_unit_test(truncated),
        cmocka_unit_test(corrupt), cmocka_unit_test(unsupported_packings),
        cmocka_unit_test(notes), cmocka_unit_test(fields),
        cmocka_unit_test(guest_section_fields), cmocka_unit_test(files),
        cmocka_unit_test(cache), cmocka_unit_test(cache_bound),
    };
    int rc;

    if (xc_open_offline(&h))
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    xc_close(h);
    return rc;
}
