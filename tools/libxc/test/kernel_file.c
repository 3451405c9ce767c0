/* SPDX-License-Identifier: GPL-2.0-only */
/* For the tests: makes kernel files, whole and broken, in a scratch folder. */
#include "kernel_file.h"

#include <elf.h>
#include <public/elfnote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/libxc-test.XXXXXX";

static void remove_scratch(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    if (system(command))
        fprintf(stderr, "cannot remove %s\n", folder);
}

const char *scratch(void)
{
    static int made;

    if (!made) {
        if (!mkdtemp(folder))
            abort();
        made = 1;
        atexit(remove_scratch);
    }
    return folder;
}

const char *scratch_file(const char *name)
{
    static char path[4][256];
    static unsigned next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof(path[0]), "%s/%s", scratch(), name);
    return p;
}

const char *write_file(const char *name, const void *data, size_t len)
{
    const char *path = scratch_file(name);
    FILE *f = fopen(path, "w");

    if (!f || fwrite(data, 1, len, f) != len || fclose(f))
        abort();
    return path;
}

static size_t note(uint8_t *to, uint32_t type, const void *desc, size_t len)
{
    Elf64_Nhdr n = { .n_namesz = 4, .n_descsz = len, .n_type = type };

    memcpy(to, &n, sizeof(n));
    memcpy(to + sizeof(n), "Xen", 4);
    memcpy(to + sizeof(n) + 4, desc, len);
    return sizeof(n) + 4 + (len + 3) / 4 * 4;
}

static size_t note_string(uint8_t *to, uint32_t type, const char *s)
{
    return note(to, type, s, strlen(s) + 1);
}

static size_t note_number(uint8_t *to, uint32_t type, uint64_t v)
{
    return note(to, type, &v, sizeof(v));
}

static size_t make_notes(uint8_t *to, const struct kernel_recipe *r,
                         uint64_t base, uint64_t entry)
{
    size_t n = 0;

    n += note_string(to + n, XEN_ELFNOTE_GUEST_OS, "test");
    n += note_string(to + n, XEN_ELFNOTE_GUEST_VERSION, "1.0");
    if (r->only_phys32)
        return n + note_number(to + n, XEN_ELFNOTE_PHYS32_ENTRY, 0x100000);
    n += note_string(to + n, XEN_ELFNOTE_XEN_VERSION,
                     r->xen_version ? r->xen_version : "xen-3.0");
    n += note_string(to + n, XEN_ELFNOTE_LOADER, r->loader ? r->loader : "generic");
    n += note_number(to + n, XEN_ELFNOTE_VIRT_BASE, base);
    n += note_number(to + n, XEN_ELFNOTE_ENTRY, base + entry);
    if (r->features)
        n += note_string(to + n, XEN_ELFNOTE_FEATURES, r->features);
    if (r->init_p2m)
        n += note_number(to + n, XEN_ELFNOTE_INIT_P2M, r->init_p2m);
    if (r->hypercall_page)
        n += note_number(to + n, XEN_ELFNOTE_HYPERCALL_PAGE,
                         base + r->hypercall_page);
    if (r->mod_start_pfn) {
        uint32_t one = 1;

        n += note(to + n, XEN_ELFNOTE_MOD_START_PFN, &one, sizeof(one));
    }
    return n;
}

/* The section __xen_guest at 0x200, its name at 0x780, and both headers. */
static void put_guest_section(uint8_t *f, Elf64_Ehdr *eh, const char *text)
{
    static const char names[] = "\0.shstrtab\0__xen_guest";
    Elf64_Shdr sh[3] = {
        { .sh_type = SHT_NULL },
        { .sh_type = SHT_STRTAB, .sh_name = 1, .sh_offset = 0x780, .sh_size = sizeof(names) },
        { .sh_type = SHT_PROGBITS, .sh_name = 11, .sh_offset = 0x200, .sh_size = strlen(text) },
    };

    memcpy(f + 0x200, text, strlen(text));
    memcpy(f + 0x780, names, sizeof(names));
    memcpy(f + 0x800, sh, sizeof(sh));
    eh->e_shoff = 0x800;
    eh->e_shentsize = sizeof(sh[0]);
    eh->e_shnum = 3;
    eh->e_shstrndx = 1;
}

/* File: header, program headers, notes at 0x200, section header at 0x800, text
 * at 0x1000. Half of the text is noise, so that it does not pack to nothing. */
uint8_t *kernel_elf(const struct kernel_recipe *r, size_t *len)
{
    uint64_t base = r->virt_base ? r->virt_base : 0xffffffff80000000UL;
    uint8_t *f = calloc(1, 0x1000 + KERNEL_TEXT_LEN);
    size_t notes = 0;
    Elf64_Ehdr eh = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = r->type ? r->type : ET_EXEC,
        .e_machine = r->machine ? r->machine : EM_X86_64,
        .e_version = EV_CURRENT, .e_entry = base + KERNEL_TEXT_OFFSET,
        .e_phoff = sizeof(eh), .e_ehsize = sizeof(eh),
        .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
    };
    Elf64_Phdr ph[2] = {
        { .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = KERNEL_TEXT_OFFSET,
          .p_vaddr = base + KERNEL_TEXT_OFFSET, .p_filesz = KERNEL_TEXT_LEN,
          .p_memsz = KERNEL_TEXT_LEN + r->bss },
        { .p_type = PT_NULL },
    };

    srand(1);
    for (size_t i = 0; i < KERNEL_TEXT_LEN / 2; i++)
        f[0x1000 + i] = rand();
    if (!r->no_notes && !r->guest_section)
        notes = make_notes(f + 0x200, r, base,
                           r->entry ? r->entry : KERNEL_TEXT_OFFSET);
    if (notes && !r->notes_as_section)
        ph[1] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x200,
                              .p_filesz = notes };
    if (notes && r->notes_as_section) {
        Elf64_Shdr sh = { .sh_type = SHT_NOTE, .sh_offset = 0x200,
                          .sh_size = notes };

        eh.e_shoff = 0x800;
        eh.e_shentsize = sizeof(sh);
        eh.e_shnum = 1;
        memcpy(f + 0x800, &sh, sizeof(sh));
    }
    if (r->guest_section)
        put_guest_section(f, &eh, r->guest_section);
    if (r->paddr)
        ph[0].p_paddr = r->paddr;
    memcpy(f, &eh, sizeof(eh));
    memcpy(f + sizeof(eh), ph, sizeof(ph));
    *len = 0x1000 + KERNEL_TEXT_LEN;
    return f;
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "r");
    uint8_t *p;

    if (!f || fseek(f, 0, SEEK_END))
        abort();
    *len = ftell(f);
    rewind(f);
    p = malloc(*len + 1);
    if (!p || fread(p, 1, *len, f) != *len)
        abort();
    fclose(f);
    return p;
}

uint8_t *pack(const char *command, const void *data, size_t len, size_t *out_len)
{
    char line[600], in[256], out[256];

    snprintf(in, sizeof(in), "%s", write_file("unpacked", data, len));
    snprintf(out, sizeof(out), "%s", scratch_file("packed"));
    snprintf(line, sizeof(line), "%s < '%s' > '%s'", command, in, out);
    if (system(line))
        return NULL;
    return read_file(out, out_len);
}

uint8_t *bzimage(const uint8_t *payload, size_t len, uint32_t unpacked,
                 size_t *out_len)
{
    const size_t setup = 2 * 512, before = 64;
    size_t code = (before + len + 4 + 15) / 16 * 16;
    uint8_t *f = calloc(1, setup + code);
    uint32_t v;

    f[0x1f1] = 1;
    v = code / 16;
    memcpy(f + 0x1f4, &v, 4);
    f[0x1fe] = 0x55;
    f[0x1ff] = 0xaa;
    memcpy(f + 0x202, "HdrS", 4);
    f[0x206] = 0x0f;
    f[0x207] = 0x02;
    v = before;
    memcpy(f + 0x248, &v, 4);
    v = len + 4;
    memcpy(f + 0x24c, &v, 4);
    memcpy(f + setup + before, payload, len);
    memcpy(f + setup + before + len, &unpacked, 4);
    *out_len = setup + code;
    return f;
}
