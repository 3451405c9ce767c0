/* SPDX-License-Identifier: GPL-2.0-only */
/* Decodes the boot loader's information block, Multiboot 1 or 2, into boot_info, once. */
#include <xen/lib.h>
#include <x86/boot.h>
#include <x86/multiboot.h>
#include <x86/page.h>

struct boot_info boot_info;

static char strings[8192];
static size_t strings_used;

/* The loader's block may be overwritten later: keep our own copy of each string. */
static const char *keep_string(const char *s)
{
    size_t room = sizeof(strings) - strings_used;
    char *copy = strings + strings_used;

    if (room < 2)
        return "";
    strings_used += min(strlcpy(copy, s, room), room - 1) + 1;
    return copy;
}

/* QEMU and GRUB give the file's name (or GRUB's menu the word "placeholder") first: it is no option. */
static const char *skip_first_word(const char *s, bool always)
{
    const char *p = s;

    while (*p && *p != ' ')
        p++;
    if (!always && memchr(s, '=', (size_t)(p - s)) && *s != '/')
        return s;
    while (*p == ' ')
        p++;
    return p;
}

static void add_module(u64 start, u64 end, const char *cmdline)
{
    struct boot_mod *m;

    if (boot_info.nr_mods == BOOT_MAX_MODULES || end < start)
        return;
    m = &boot_info.mods[boot_info.nr_mods++];
    m->start = start;
    m->size = end - start;
    m->cmdline = keep_string(skip_first_word(cmdline, true));
}

static void add_e820(u64 addr, u64 size, u32 type)
{
    struct e820_entry *e = boot_info.e820;
    unsigned int i = boot_info.nr_e820;

    if (!size)
        return;
    if (i == BOOT_MAX_E820) {
        boot_info.lost_e820++;
        return;
    }
    for (; i > 0 && e[i - 1].addr > addr; i--)
        e[i] = e[i - 1];
    e[i] = (struct e820_entry){ addr, size, type };
    boot_info.nr_e820++;
}

static void parse_mb1(const struct mb1_info *mbi)
{
    if (mbi->flags & MB1_INFO_LOADER)
        boot_info.loader_name = keep_string(maddr_to_virt(maddr(mbi->boot_loader_name)));
    if (mbi->flags & MB1_INFO_CMDLINE)
        strlcpy(boot_info.cmdline, skip_first_word(maddr_to_virt(maddr(mbi->cmdline)), true),
                sizeof(boot_info.cmdline));
    if (mbi->flags & MB1_INFO_MODS) {
        const struct mb1_mod *m = maddr_to_virt(maddr(mbi->mods_addr));
        for (u32 i = 0; i < mbi->mods_count; i++)
            add_module(m[i].start, m[i].end, m[i].cmdline ? maddr_to_virt(maddr(m[i].cmdline)) : "");
    }
    if (!(mbi->flags & MB1_INFO_MMAP))
        boot_refuse("the boot loader gave no memory map: use GRUB 2 or another Multiboot loader that does");
    for (u32 off = 0; off < mbi->mmap_length; ) {
        const struct mb1_mmap *e = maddr_to_virt(maddr(mbi->mmap_addr + off));
        add_e820(e->addr, e->len, e->type);
        off += e->size + 4;
    }
}

static void parse_mb2_mmap(const struct mb2_mmap *m)
{
    const char *p = (const char *)(m + 1), *end = (const char *)m + m->t.size;

    for (; p + sizeof(struct mb2_mmap_entry) <= end; p += m->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)p;
        add_e820(e->addr, e->len, e->type);
    }
}

static void parse_mb2_tag(const struct mb2_tag *t)
{
    const char *text = (const char *)(t + 1);

    switch (t->type) {
    case MB2_TAG_LOADER:
        boot_info.loader_name = keep_string(text);
        break;
    case MB2_TAG_CMDLINE:
        strlcpy(boot_info.cmdline, skip_first_word(text, !strncmp(text, "placeholder", 11)),
                sizeof(boot_info.cmdline));
        break;
    case MB2_TAG_MODULE: {
        const struct mb2_module *m = (const void *)t;
        add_module(m->start, m->end, m->cmdline);
        break;
    }
    case MB2_TAG_MMAP:
        parse_mb2_mmap((const void *)t);
        break;
    case MB2_TAG_RSDP_NEW:
        memcpy(boot_info.rsdp_copy, text, min(t->size - sizeof(*t), sizeof(boot_info.rsdp_copy)));
        break;
    case MB2_TAG_RSDP_OLD:
        if (!boot_info.rsdp_copy[0])
            memcpy(boot_info.rsdp_copy, text, min(t->size - sizeof(*t), (size_t)20));
        break;
    case MB2_TAG_EFI32:
    case MB2_TAG_EFI64:
    case MB2_TAG_EFI_MMAP:
        boot_info.is_efi = true;
        break;
    }
}

static void parse_mb2(u32 info)
{
    u32 total = *(u32 *)maddr_to_virt(maddr(info));

    for (u32 off = 8; off + sizeof(struct mb2_tag) <= total; ) {
        const struct mb2_tag *t = maddr_to_virt(maddr(info + off));
        if (t->type == MB2_TAG_END || t->size < sizeof(*t))
            break;
        parse_mb2_tag(t);
        off += ROUND_UP(t->size, 8u);
    }
    if (!boot_info.nr_e820)
        boot_refuse("the boot loader gave no memory map: use GRUB 2 or another Multiboot2 loader that does");
}

/* Overlaps: the more restrictive (higher) type wins, so cut RAM short. The map is sorted by address. */
static void sanitize_e820(void)
{
    struct e820_entry *e = boot_info.e820;

    for (unsigned int i = 0; i + 1 < boot_info.nr_e820; i++)
        if (e[i].addr + e[i].size > e[i + 1].addr && e[i].type == E820_RAM)
            e[i].size = e[i + 1].addr - e[i].addr;
}

void multiboot_parse(u32 magic, u32 info)
{
    boot_info.loader_name = "unknown";
    if (magic == MB1_LOADER_MAGIC)
        parse_mb1(maddr_to_virt(maddr(info)));
    else if (magic == MB2_LOADER_MAGIC)
        parse_mb2(info);
    else
        boot_refuse("not started by a Multiboot loader (magic %#x): boot this image with GRUB's multiboot2 command", magic);
    sanitize_e820();
}

bool e820_is_ram(u64 start, u64 end)
{
    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];
        if (e->type == E820_RAM && e->addr <= start && end <= e->addr + e->size)
            return true;
    }
    return false;
}
