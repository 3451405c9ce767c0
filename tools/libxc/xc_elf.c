/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF kernels: segments to load and the Xen notes that say how to start them
 * (public/elfnote.h), or the section __xen_guest that was there before notes.
 */
#include "xc_image.h"
#include "xc_private.h"

#include <elf.h>
#include <public/elfnote.h>
#include <stdio.h>
#include <stdlib.h>

/* Notes are small; a kernel's are some hundred bytes, build ids included. */
#define NOTES_MAX (256UL << 10)

/* Names in a FEATURES note, and what an ordinary 64-bit PV domain offers. */
static const struct { const char *name; unsigned bit; bool offered; } features[] = {
    { "writable_page_tables", XENFEAT_writable_page_tables, true },
    { "writable_descriptor_tables", XENFEAT_writable_descriptor_tables, false },
    { "auto_translated_physmap", XENFEAT_auto_translated_physmap, false },
    { "supervisor_mode_kernel", XENFEAT_supervisor_mode_kernel, false },
    { "pae_pgdir_above_4gb", XENFEAT_pae_pgdir_above_4gb, true },
    { "mmu_pt_update_preserve_ad", XENFEAT_mmu_pt_update_preserve_ad, true },
    { "highmem_assist", XENFEAT_highmem_assist, true },
    { "gnttab_map_avail_bits", XENFEAT_gnttab_map_avail_bits, true },
    { "hvm_callback_vector", XENFEAT_hvm_callback_vector, false },
    { "hvm_safe_pvclock", XENFEAT_hvm_safe_pvclock, false },
    { "hvm_pirqs", XENFEAT_hvm_pirqs, false },
    { "dom0", XENFEAT_dom0, false },
};

static void note_string(char *to, size_t max, const uint8_t *desc, size_t len)
{
    size_t n = strnlen((const char *)desc, len);

    snprintf(to, max, "%.*s", (int)n, (const char *)desc);
}

/* Numeric notes have four or eight bytes. */
static bool note_number(uint64_t *to, const uint8_t *desc, size_t len)
{
    uint32_t v32;

    if (len == sizeof(*to)) {
        memcpy(to, desc, sizeof(*to));
        return true;
    }
    if (len != sizeof(v32))
        return false;
    memcpy(&v32, desc, sizeof(v32));
    *to = v32;
    return true;
}

static void note_feature(struct xc_elf *elf, const char *name, bool required)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(features); i++) {
        if (strcmp(features[i].name, name))
            continue;
        elf->features_supported |= 1U << features[i].bit;
        if (!required)
            return;
        elf->features_required |= 1U << features[i].bit;
        if (features[i].offered)
            return;
    }
    if (required && !elf->bad_feature[0])
        snprintf(elf->bad_feature, sizeof(elf->bad_feature), "%s", name);
}

/* "a|!b|c": names separated by bars, '!' before those it cannot do without. */
static void note_features(struct xc_elf *elf, const uint8_t *desc, size_t len)
{
    char text[256], *name, *rest = text;

    note_string(text, sizeof(text), desc, len);
    while ((name = strsep(&rest, "|")))
        if (*name)
            note_feature(elf, name + (*name == '!'), *name == '!');
}

static void take_note(struct xc_elf *elf, uint32_t type, const uint8_t *desc,
                      size_t len)
{
    uint64_t v = 0;
    bool number = note_number(&v, desc, len);

    elf->has_notes = true;
    switch (type) {
    case XEN_ELFNOTE_ENTRY:
        elf->entry = v;
        elf->has_entry = number;
        break;
    case XEN_ELFNOTE_VIRT_BASE:
        elf->virt_base = v;
        break;
    case XEN_ELFNOTE_PADDR_OFFSET:
        elf->paddr_offset = v;
        break;
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        elf->hypercall_page = v;
        break;
    case XEN_ELFNOTE_HV_START_LOW:
        elf->hv_start_low = v;
        break;
    case XEN_ELFNOTE_INIT_P2M:
        elf->init_p2m = v;
        elf->has_init_p2m = number;
        break;
    case XEN_ELFNOTE_MOD_START_PFN:
        elf->mod_start_pfn = v;
        break;
    case XEN_ELFNOTE_SUSPEND_CANCEL:
        elf->suspend_cancel = v;
        break;
    case XEN_ELFNOTE_SUPPORTED_FEATURES:
        elf->features_supported |= v;
        break;
    case XEN_ELFNOTE_PHYS32_ENTRY:
        elf->has_phys32 = true;
        break;
    case XEN_ELFNOTE_FEATURES:
        note_features(elf, desc, len);
        break;
    case XEN_ELFNOTE_GUEST_OS:
        note_string(elf->guest_os, sizeof(elf->guest_os), desc, len);
        break;
    case XEN_ELFNOTE_GUEST_VERSION:
        note_string(elf->guest_version, sizeof(elf->guest_version), desc, len);
        break;
    case XEN_ELFNOTE_XEN_VERSION:
        note_string(elf->xen_version, sizeof(elf->xen_version), desc, len);
        break;
    case XEN_ELFNOTE_LOADER:
        note_string(elf->loader, sizeof(elf->loader), desc, len);
        break;
    default:                      /* others concern 32-bit or HVM guests */
        break;
    }
}

/* Walks one block of notes: { namesz, descsz, type, name, desc }, 4-aligned. */
static void walk_notes(struct xc_elf *elf, const uint8_t *p, size_t len)
{
    while (len >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr n;
        uint64_t name, desc;

        memcpy(&n, p, sizeof(n));
        name = XC_ROUND_UP((uint64_t)n.n_namesz, 4);
        desc = XC_ROUND_UP((uint64_t)n.n_descsz, 4);
        p += sizeof(n);
        len -= sizeof(n);
        if (name > len || n.n_descsz > len - name)
            return;
        if (n.n_namesz == 4 && !memcmp(p, "Xen", 4))
            take_note(elf, n.n_type, p + name, n.n_descsz);
        if (name + desc >= len)
            return;
        p += name + desc;
        len -= name + desc;
    }
}

static int bad_kernel(struct xc_handle *h, const struct xc_source *s,
                      const char *what)
{
    return xc_fail(h, -ENOEXEC, XC_ABOUT_KERNEL, "read kernel", "%s: %s", s->name,
                   what);
}

static int read_notes(struct xc_handle *h, const struct xc_source *s,
                      uint64_t off, uint64_t len, struct xc_elf *elf)
{
    uint8_t *buf;
    int rc;

    if (len > NOTES_MAX)
        return bad_kernel(h, s, "its notes are larger than 256 KiB");
    buf = malloc(len ? len : 1);
    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "read kernel", "no memory");
    rc = xc_source_read(s, off, buf, len);
    if (rc)
        rc = bad_kernel(h, s, "truncated: its notes are not all there");
    else
        walk_notes(elf, buf, len);
    free(buf);
    return rc;
}

static int add_segment(struct xc_handle *h, const struct xc_source *s,
                       const Elf64_Phdr *ph, struct xc_elf *elf)
{
    if (!ph->p_memsz)
        return 0;
    if (ph->p_offset > s->len || ph->p_filesz > s->len - ph->p_offset)
        return bad_kernel(h, s, "truncated: a segment is not all there");
    if (ph->p_filesz > ph->p_memsz || ph->p_memsz > XC_UNPACK_MAX)
        return bad_kernel(h, s, "corrupt: a segment has an impossible size");
    if (elf->nr_segs == XC_ELF_SEGMENTS)
        return bad_kernel(h, s, "it has more than 32 segments");
    elf->seg[elf->nr_segs++] = (struct xc_elf_segment){
        .file_off = ph->p_offset, .file_len = ph->p_filesz,
        .va = ph->p_paddr,        /* made virtual when the notes are known */
        .mem_len = ph->p_memsz,
    };
    return 0;
}

static int read_program_headers(struct xc_handle *h, const struct xc_source *s,
                                const Elf64_Ehdr *eh, struct xc_elf *elf)
{
    int rc = 0;

    if (eh->e_phentsize != sizeof(Elf64_Phdr) || !eh->e_phnum)
        return bad_kernel(h, s, "it has no program headers");
    for (unsigned i = 0; i < eh->e_phnum && !rc; i++) {
        Elf64_Phdr ph;

        if (xc_source_read(s, eh->e_phoff + i * sizeof(ph), &ph, sizeof(ph)))
            return bad_kernel(h, s, "truncated: its headers are not all there");
        if (ph.p_type == PT_LOAD)
            rc = add_segment(h, s, &ph, elf);
        else if (ph.p_type == PT_NOTE)
            rc = read_notes(h, s, ph.p_offset, ph.p_filesz, elf);
    }
    return rc;
}

/* Some kernels have notes only as sections, without a segment for them. */
static int read_note_sections(struct xc_handle *h, const struct xc_source *s,
                              const Elf64_Ehdr *eh, struct xc_elf *elf)
{
    int rc = 0;

    if (eh->e_shentsize != sizeof(Elf64_Shdr))
        return 0;
    for (unsigned i = 0; i < eh->e_shnum && !rc; i++) {
        Elf64_Shdr sh;

        if (xc_source_read(s, eh->e_shoff + i * sizeof(sh), &sh, sizeof(sh)))
            return 0;
        if (sh.sh_type == SHT_NOTE)
            rc = read_notes(h, s, sh.sh_offset, sh.sh_size, elf);
    }
    return rc;
}

/* ---- the form before the notes: a section __xen_guest with NAME=VALUE,... ---- */

/* A name and the note that has replaced it (public/elfnote.h, LEGACY). */
static const struct guest_name {
    const char *name;
    uint32_t type;
    bool number;
} guest_names[] = {
    { "VIRT_ENTRY", XEN_ELFNOTE_ENTRY, true },
    { "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE, true },
    { "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE, true },
    { "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET, true },
    { "XEN_VER", XEN_ELFNOTE_XEN_VERSION, false },
    { "GUEST_OS", XEN_ELFNOTE_GUEST_OS, false },
    { "GUEST_VER", XEN_ELFNOTE_GUEST_VERSION, false },
    { "LOADER", XEN_ELFNOTE_LOADER, false },
    { "FEATURES", XEN_ELFNOTE_FEATURES, false },
};

/* The row of a "NAME=VALUE"; others concern 32-bit guests. */
static const struct guest_name *guest_find(const char *pair, size_t len)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(guest_names); i++)
        if (strlen(guest_names[i].name) == len &&
            !memcmp(guest_names[i].name, pair, len))
            return &guest_names[i];
    return NULL;
}

/*
 * Reads the text, which is changed. Two values differ from the notes': the
 * hypercall page is a page's number, and PADDR_OFFSET is VIRT_BASE where it is
 * not given.
 */
static int take_guest_text(struct xc_handle *h, const struct xc_source *s,
                           char *text, struct xc_elf *elf)
{
    bool has_offset = false, has_page = false;
    char *pair, *rest = text, *end;

    while ((pair = strsep(&rest, ","))) {
        size_t len = strcspn(pair, "=");
        const struct guest_name *n = guest_find(pair, len);
        const char *value = pair[len] ? pair + len + 1 : "";
        uint64_t v;

        if (!n)
            continue;
        has_offset |= n->type == XEN_ELFNOTE_PADDR_OFFSET;
        has_page |= n->type == XEN_ELFNOTE_HYPERCALL_PAGE;
        if (!n->number) {
            take_note(elf, n->type, (const uint8_t *)value, strlen(value));
            continue;
        }
        v = strtoull(value, &end, 0);
        if (end == value || *end)
            return bad_kernel(h, s, "a number in its __xen_guest section is none");
        take_note(elf, n->type, (const uint8_t *)&v, sizeof(v));
    }
    if (!has_offset)
        elf->paddr_offset = elf->virt_base;
    if (has_page)
        elf->hypercall_page = elf->virt_base + elf->hypercall_page * XC_PAGE_SIZE;
    return 0;
}

static int read_guest_text(struct xc_handle *h, const struct xc_source *s,
                           const Elf64_Shdr *sh, struct xc_elf *elf)
{
    char *text;
    int rc;

    if (sh->sh_size > NOTES_MAX)
        return bad_kernel(h, s, "its __xen_guest section is larger than 256 KiB");
    text = calloc(1, sh->sh_size + 1);
    if (!text)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "read kernel", "no memory");
    if (xc_source_read(s, sh->sh_offset, text, sh->sh_size))
        rc = bad_kernel(h, s, "truncated: its __xen_guest section is not all there");
    else
        rc = take_guest_text(h, s, text, elf);
    free(text);
    return rc;
}

static int read_guest_section(struct xc_handle *h, const struct xc_source *s,
                              const Elf64_Ehdr *eh, struct xc_elf *elf)
{
    static const char wanted[] = "__xen_guest";
    Elf64_Shdr names, sh;
    char name[sizeof(wanted)];

    if (eh->e_shentsize != sizeof(sh) || eh->e_shstrndx >= eh->e_shnum ||
        xc_source_read(s, eh->e_shoff + eh->e_shstrndx * sizeof(sh), &names,
                       sizeof(names)))
        return 0;
    for (unsigned i = 0; i < eh->e_shnum; i++) {
        if (xc_source_read(s, eh->e_shoff + i * sizeof(sh), &sh, sizeof(sh)))
            return 0;
        if (!xc_source_read(s, names.sh_offset + sh.sh_name, name, sizeof(name)) &&
            !memcmp(name, wanted, sizeof(wanted)))
            return read_guest_text(h, s, &sh, elf);
    }
    return 0;
}

static const char *machine_name(unsigned machine)
{
    static const struct { unsigned machine; const char *name; } names[] = {
        { EM_386, "32-bit x86" }, { EM_AARCH64, "ARM64" }, { EM_ARM, "ARM" },
        { EM_RISCV, "RISC-V" }, { EM_PPC64, "POWER" }, { EM_S390, "S/390" },
    };

    for (unsigned i = 0; i < XC_ARRAY_SIZE(names); i++)
        if (names[i].machine == machine)
            return names[i].name;
    return "an architecture other than x86-64";
}

static int check_header(struct xc_handle *h, const struct xc_source *s,
                        const Elf64_Ehdr *eh)
{
    int rc;

    if (memcmp(eh->e_ident, ELFMAG, SELFMAG))
        return bad_kernel(h, s, "it is no kernel: neither bzImage nor ELF");
    if (eh->e_ident[EI_CLASS] == ELFCLASS64 && eh->e_machine == EM_X86_64 &&
        eh->e_ident[EI_DATA] == ELFDATA2LSB) {
        if (eh->e_type == ET_EXEC || eh->e_type == ET_DYN)
            return 0;
        return bad_kernel(h, s, "it is an object or core file, no kernel");
    }
    /* e_machine lies at the same place in 32-bit files */
    rc = xc_fail(h, -ENOEXEC, XC_ABOUT_KERNEL, "read kernel",
                 "%s is for %s", s->name, machine_name(eh->e_machine));
    xc_remedy(h, "use a kernel for x86-64");
    return rc;
}

/* Can this be started as an unprivileged 64-bit PV domain? */
static int check_notes(struct xc_handle *h, const struct xc_source *s,
                       const struct xc_elf *elf)
{
    int rc = -ENOEXEC;

    if (!elf->has_entry && elf->has_phys32) {
        bad_kernel(h, s, "it is no PV kernel: it can only be started as PVH");
        xc_remedy(h, "use a kernel built with CONFIG_XEN_PV");
    } else if (!elf->has_entry && !elf->xen_version[0]) {
        bad_kernel(h, s, "it is no PV kernel: it has no Xen notes");
        xc_remedy(h, "use a kernel built with CONFIG_XEN_PV");
    } else if (elf->xen_version[0] && strcmp(elf->xen_version, "xen-3.0")) {
        xc_fail(h, rc, XC_ABOUT_KERNEL, "read kernel",
                "%s is made for interface \"%s\", not \"xen-3.0\"", s->name,
                elf->xen_version);
    } else if (elf->loader[0] && strcmp(elf->loader, "generic")) {
        xc_fail(h, rc, XC_ABOUT_KERNEL, "read kernel",
                "%s wants the loader \"%s\", only \"generic\" is there", s->name,
                elf->loader);
    } else if (elf->bad_feature[0]) {
        xc_fail(h, rc, XC_ABOUT_KERNEL, "read kernel",
                "%s requires the feature \"%s\", which a PV guest does not have",
                s->name, elf->bad_feature);
    } else {
        rc = 0;
    }
    return rc;
}

/*
 * va = paddr - PADDR_OFFSET + VIRT_BASE; virt_base itself is guest frame 0.
 * Everything must lie in [virt_base, virt_base + 1 GiB), which is what the
 * kernel half of the top 2 GiB can hold and bounds our tables.
 */
static int place_segments(struct xc_handle *h, const struct xc_source *s,
                          struct xc_elf *elf)
{
    const uint64_t span = 1ULL << 30;

    if (!elf->nr_segs)
        return bad_kernel(h, s, "it has nothing to load");
    if (elf->virt_base > UINT64_MAX - span)
        return bad_kernel(h, s, "its VIRT_BASE note is too high");
    if (elf->virt_base % XC_PAGE_SIZE)
        return bad_kernel(h, s, "its VIRT_BASE note is not page aligned");
    elf->virt_start = UINT64_MAX;
    for (unsigned i = 0; i < elf->nr_segs; i++) {
        struct xc_elf_segment *g = &elf->seg[i];
        uint64_t offset = g->va - elf->paddr_offset;

        if (offset >= span || g->mem_len > span - offset)
            return bad_kernel(h, s, "a segment lies outside of the first GiB"
                                    " behind VIRT_BASE");
        g->va = elf->virt_base + offset;
        if (g->va < elf->virt_start)
            elf->virt_start = g->va;
        if (g->va + g->mem_len > elf->virt_end)
            elf->virt_end = g->va + g->mem_len;
    }
    if (elf->entry < elf->virt_start || elf->entry >= elf->virt_end)
        return bad_kernel(h, s, "its entry point lies outside of it");
    if (elf->hypercall_page &&
        (elf->hypercall_page % XC_PAGE_SIZE ||
         elf->hypercall_page < elf->virt_start ||
         elf->hypercall_page >= elf->virt_end))
        return bad_kernel(h, s, "its HYPERCALL_PAGE note is out of range");
    if (elf->has_init_p2m && elf->init_p2m % XC_PAGE_SIZE)
        return bad_kernel(h, s, "its INIT_P2M note is not page aligned");
    return 0;
}

int xc_elf_parse(struct xc_handle *h, const struct xc_source *s,
                 struct xc_elf *elf)
{
    Elf64_Ehdr eh;
    int rc;

    *elf = (struct xc_elf){ 0 };
    if (xc_source_read(s, 0, &eh, sizeof(eh)))
        return bad_kernel(h, s, "it is no kernel: too short for any");
    rc = check_header(h, s, &eh);
    if (!rc)
        rc = read_program_headers(h, s, &eh, elf);
    if (!rc && !elf->has_notes)
        rc = read_note_sections(h, s, &eh, elf);
    if (!rc && !elf->has_notes)
        rc = read_guest_section(h, s, &eh, elf);
    if (!rc)
        rc = check_notes(h, s, elf);
    if (rc)
        return rc;
    if (!elf->has_entry)
        elf->entry = eh.e_entry;
    return place_segments(h, s, elf);
}
