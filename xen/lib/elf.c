/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads an ELF64 executable's headers and its "Xen" notes. Every offset is checked against the file. */
#include <xen/elf.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <public/elfnote.h>

struct ehdr {
    u8 ident[16];
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct phdr { u32 type, flags; u64 offset, vaddr, paddr, filesz, memsz, align; };
struct shdr { u32 name, type; u64 flags, addr, offset, size; u32 link, info; u64 addralign, entsize; };
struct nhdr { u32 namesz, descsz, type; };

#define ET_EXEC   2
#define ET_DYN    3
#define EM_X86_64 62
#define PT_LOAD   1
#define PT_NOTE   4
#define SHT_NOTE  7

static bool in_file(const struct elf_kernel *k, u64 offset, u64 n)
{
    return offset <= k->size && n <= k->size - offset;
}

static u64 note_number(const u8 *desc, u32 n)
{
    u64 v = 0;

    memcpy(&v, desc, n >= 8 ? 8 : n >= 4 ? 4 : 0);
    return v;
}

static void note_string(char *to, size_t size, const u8 *desc, u32 n)
{
    size_t len = min((size_t)n, size - 1);

    memcpy(to, desc, len);
    to[len] = 0;
}

static void take_note(struct elf_kernel *k, u32 type, const u8 *desc, u32 n)
{
    k->has_xen_notes = true;
    switch (type) {
    case XEN_ELFNOTE_ENTRY: k->entry = note_number(desc, n); break;
    case XEN_ELFNOTE_HYPERCALL_PAGE: k->hypercall_page = note_number(desc, n); break;
    case XEN_ELFNOTE_VIRT_BASE: k->virt_base = note_number(desc, n); break;
    case XEN_ELFNOTE_PADDR_OFFSET: k->paddr_offset = note_number(desc, n); break;
    case XEN_ELFNOTE_INIT_P2M: k->init_p2m = note_number(desc, n); break;
    case XEN_ELFNOTE_MOD_START_PFN: k->mod_start_pfn = note_number(desc, n); break;
    case XEN_ELFNOTE_SUPPORTED_FEATURES: k->supported_features = note_number(desc, n); break;
    case XEN_ELFNOTE_GUEST_OS: note_string(k->guest_os, sizeof(k->guest_os), desc, n); break;
    case XEN_ELFNOTE_GUEST_VERSION: note_string(k->guest_version, sizeof(k->guest_version), desc, n); break;
    case XEN_ELFNOTE_XEN_VERSION: note_string(k->xen_version, sizeof(k->xen_version), desc, n); break;
    case XEN_ELFNOTE_LOADER: note_string(k->loader, sizeof(k->loader), desc, n); break;
    case XEN_ELFNOTE_FEATURES: note_string(k->features, sizeof(k->features), desc, n); break;
    default: break;
    }
}

static void parse_notes(struct elf_kernel *k, u64 offset, u64 size)
{
    const u8 *p = k->image;
    struct nhdr h;

    if (!in_file(k, offset, size))
        return;
    p += offset;
    while (size >= sizeof(h)) {
        u64 name, desc;

        memcpy(&h, p, sizeof(h));
        name = ROUND_UP((u64)h.namesz, 4);
        desc = ROUND_UP((u64)h.descsz, 4);
        if (sizeof(h) + name + h.descsz > size)
            return;
        if (h.namesz == 4 && !memcmp(p + sizeof(h), "Xen", 4))
            take_note(k, h.type, p + sizeof(h) + name, h.descsz);
        if (sizeof(h) + name + desc >= size)
            return;
        p += sizeof(h) + name + desc;
        size -= sizeof(h) + name + desc;
    }
}

static int take_segment(struct elf_kernel *k, const struct phdr *p)
{
    if (p->type == PT_NOTE)
        parse_notes(k, p->offset, p->filesz);
    if (p->type != PT_LOAD || !p->memsz)
        return 0;
    if (k->nr_segments == ELF_MAX_SEGMENTS || p->filesz > p->memsz || !in_file(k, p->offset, p->filesz) ||
        p->vaddr + p->memsz < p->vaddr || p->paddr + p->memsz < p->paddr)
        return -EINVAL;
    k->segment[k->nr_segments++] = (struct elf_segment){ p->vaddr, p->paddr, p->memsz, p->filesz,
                                                         (const u8 *)k->image + p->offset };
    return 0;
}

/* A kernel without PT_NOTE may have its notes in a section. */
static void notes_from_sections(struct elf_kernel *k, const struct ehdr *e)
{
    struct shdr s;

    if (e->shentsize < sizeof(s) || !in_file(k, e->shoff, (u64)e->shnum * e->shentsize))
        return;
    for (unsigned int i = 0; i < e->shnum; i++) {
        memcpy(&s, (const u8 *)k->image + e->shoff + i * e->shentsize, sizeof(s));
        if (s.type == SHT_NOTE)
            parse_notes(k, s.offset, s.size);
    }
}

int elf_parse(const void *image, size_t size, struct elf_kernel *k)
{
    struct ehdr e;
    struct phdr p;
    int rc;

    memset(k, 0, sizeof(*k));
    k->image = image;
    k->size = size;
    k->virt_base = k->paddr_offset = k->hypercall_page = k->init_p2m = k->supported_features = ELF_UNSET;
    if (size < sizeof(e))
        return -ENOEXEC;
    memcpy(&e, image, sizeof(e));
    if (memcmp(e.ident, "\177ELF\2\1", 6) || e.machine != EM_X86_64 || (e.type != ET_EXEC && e.type != ET_DYN))
        return -ENOEXEC;
    if (e.phentsize < sizeof(p) || !in_file(k, e.phoff, (u64)e.phnum * e.phentsize))
        return -EINVAL;
    k->entry = e.entry;
    for (unsigned int i = 0; i < e.phnum; i++) {
        memcpy(&p, (const u8 *)image + e.phoff + i * e.phentsize, sizeof(p));
        rc = take_segment(k, &p);
        if (rc)
            return rc;
    }
    if (!k->has_xen_notes)
        notes_from_sections(k, &e);
    return k->nr_segments ? 0 : -EINVAL;
}
