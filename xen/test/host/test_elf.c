/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel images: headers and notes of a small one, and of ten thousand damaged copies, each in a buffer of its exact size. */
#include "host.h"
#include <xen/elf.h>
#include <xen/errno.h>
#include <public/elfnote.h>
#include <stdlib.h>
#include <string.h>

#define PH_OFF   64
#define NOTE_OFF (PH_OFF + 2 * 56)
#define DATA_OFF 0x200
#define SIZE     0x300

static void put(unsigned char *p, uint64_t v, unsigned int n) { memcpy(p, &v, n); }

static size_t put_note(unsigned char *p, unsigned int type, const void *desc, unsigned int n)
{
    put(p, 4, 4);
    put(p + 4, n, 4);
    put(p + 8, type, 4);
    memcpy(p + 12, "Xen", 4);
    memcpy(p + 16, desc, n);
    return 16 + (n + 3) / 4 * 4;
}

static void segment(unsigned char *p, uint32_t type, uint64_t offset, uint64_t addr, uint64_t filesz, uint64_t memsz)
{
    put(p, type, 4);
    put(p + 8, offset, 8);
    put(p + 16, addr, 8);
    put(p + 24, addr & 0xfffffff, 8);
    put(p + 32, filesz, 8);
    put(p + 40, memsz, 8);
}

static void make_image(unsigned char image[SIZE])
{
    uint64_t virt_base = 0xffffffff80000000, one = 1;
    size_t n = NOTE_OFF;

    memset(image, 0, SIZE);
    memcpy(image, "\177ELF\2\1\1", 7);
    put(image + 16, 2, 2);
    put(image + 18, 62, 2);
    put(image + 24, 0xffffffff80001000, 8);
    put(image + 32, PH_OFF, 8);
    put(image + 54, 56, 2);
    put(image + 56, 2, 2);
    n += put_note(image + n, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    n += put_note(image + n, XEN_ELFNOTE_VIRT_BASE, &virt_base, 8);
    n += put_note(image + n, XEN_ELFNOTE_MOD_START_PFN, &one, 4);
    n += put_note(image + n, XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae", 25);
    segment(image + PH_OFF, 1, DATA_OFF, 0xffffffff80001000, 0x100, 0x2000);
    segment(image + PH_OFF + 56, 4, NOTE_OFF, 0, n - NOTE_OFF, n - NOTE_OFF);
}

static void reads_headers_and_notes(void **state)
{
    unsigned char image[SIZE];
    struct elf_kernel k;

    make_image(image);
    assert_int_equal(elf_parse(image, SIZE, &k), 0);
    assert_int_equal(k.nr_segments, 1);
    assert_true(k.segment[0].data == image + DATA_OFF);
    assert_true(k.entry == 0xffffffff80001000 && k.virt_base == 0xffffffff80000000);
    assert_true(k.has_xen_notes && k.mod_start_pfn);
    assert_true(k.init_p2m == ELF_UNSET && k.hypercall_page == ELF_UNSET);
    assert_string_equal(k.xen_version, "xen-3.0");
    assert_string_equal(k.features, "!writable_page_tables|pae");
}

static void refuses_other_files(void **state)
{
    unsigned char image[SIZE];
    struct elf_kernel k;

    make_image(image);
    assert_int_equal(elf_parse(image, 63, &k), -ENOEXEC);
    image[4] = 1;                            /* 32-bit */
    assert_int_equal(elf_parse(image, SIZE, &k), -ENOEXEC);
    make_image(image);
    put(image + PH_OFF + 32, SIZE, 8);       /* more in the file than the file has */
    assert_int_equal(elf_parse(image, SIZE, &k), -EINVAL);
    make_image(image);
    put(image + PH_OFF + 40, 0x80, 8);       /* less in memory than in the file */
    assert_int_equal(elf_parse(image, SIZE, &k), -EINVAL);
    make_image(image);
    put(image + 56, 0xffff, 2);
    assert_int_equal(elf_parse(image, SIZE, &k), -EINVAL);
}

/* Whatever the damage: no access outside of the file, and what is accepted lies inside. */
static void survives_damage(void **state)
{
    srand(4);
    for (unsigned int round = 0; round < 10000; round++) {
        size_t size = rand() % 4 ? SIZE : (size_t)rand() % SIZE;
        unsigned char whole[SIZE], *image = malloc(size ? size : 1);
        struct elf_kernel k;

        make_image(whole);
        memcpy(image, whole, size);
        for (unsigned int i = rand() % 8; size && i; i--)
            image[rand() % (rand() % 2 ? size : size < NOTE_OFF + 64 ? size : NOTE_OFF + 64)] = rand();
        if (!elf_parse(image, size, &k))
            for (unsigned int i = 0; i < k.nr_segments; i++)
                assert_true((const unsigned char *)k.segment[i].data >= image &&
                            (const unsigned char *)k.segment[i].data + k.segment[i].file_size <= image + size);
        free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers_and_notes),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(survives_damage),
    };

    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
