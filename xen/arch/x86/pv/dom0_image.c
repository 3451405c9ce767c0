/* SPDX-License-Identifier: GPL-2.0-only */
/* The dom0 kernel file: bzImage (Linux/x86 boot protocol 2.08 and later) or plain ELF, packed or not. */
#include <xen/decompress.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/page.h>
#include <public/features.h>
#include "dom0.h"

#define SETUP_SECTS_OFF    0x1f1
#define BOOT_FLAG_OFF      0x1fe
#define HEADER_MAGIC_OFF   0x202
#define VERSION_OFF        0x206
#define PAYLOAD_OFF        0x248
#define PAYLOAD_LENGTH_OFF 0x24c

static u32 get32(const u8 *p) { u32 v; memcpy(&v, p, 4); return v; }
static u16 get16(const u8 *p) { u16 v; memcpy(&v, p, 2); return v; }

static bool is_bzimage(const u8 *p, size_t n)
{
    return n > 0x268 && get16(p + BOOT_FLAG_OFF) == 0xaa55 && !memcmp(p + HEADER_MAGIC_OFF, "HdrS", 4);
}

/* The packed kernel inside a bzImage. */
static void find_payload(const u8 **p, size_t *n)
{
    const u8 *file = *p;
    u64 offset, length;

    if (get16(file + VERSION_OFF) < 0x208)
        boot_refuse("dom0 kernel: bzImage of boot protocol %x.%02x, at least 2.08 is needed: give a newer kernel",
                    file[VERSION_OFF + 1], file[VERSION_OFF]);
    offset = ((u64)(file[SETUP_SECTS_OFF] ? file[SETUP_SECTS_OFF] : 4) + 1) * 512 + get32(file + PAYLOAD_OFF);
    length = get32(file + PAYLOAD_LENGTH_OFF);
    if (length < 16 || offset > *n || length > *n - offset)
        boot_refuse("dom0 kernel: the file (%zu bytes) is shorter than its header says: install it again", *n);
    *p = file + offset;
    *n = length;
}

static void unpack(struct dom0_image *im, const u8 **p, size_t *n)
{
    const char *format = decompress_format(*p, *n);
    int rc;

    if (!format)
        return;
    rc = decompress(*p, *n, &im->unpacked, &im->unpacked_size);
    if (rc == -ENOMEM)
        boot_refuse("dom0 kernel: not enough memory to unpack it (%s, %zu bytes; %lu MiB are free): give the machine more RAM",
                    format, *n, free_pages_total() >> 8);
    if (rc)
        boot_refuse("dom0 kernel: its %s data is broken or truncated: install it again", format);
    printk("dom0 kernel: %s, %zu bytes, unpacked %zu\n", format, *n, im->unpacked_size);
    *p = im->unpacked;
    *n = im->unpacked_size;
}

static bool feature_known(const char *name, size_t n)
{
    static const char *const known[] = { "writable_page_tables", "pae_pgdir_above_4gb", "dom0", "writable_descriptor_tables",
                                         "mmu_pt_update_preserve_ad" };

    for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
        if (strlen(known[i]) == n && !strncmp(known[i], name, n))
            return true;
    return false;
}

/* "a|!b": '!' marks what the kernel cannot do without. */
static void check_features(const struct elf_kernel *k)
{
    const char *s = k->features;

    while (*s) {
        const char *end = strchr(s, '|');
        size_t n = end ? (size_t)(end - s) : strlen(s);

        if (*s == '!' && !feature_known(s + 1, n - 1))
            boot_refuse("dom0 kernel: it requires feature '%s', which PV domains have not", s + 1);
        s += n + !!end;
    }
    if (k->supported_features != ELF_UNSET && !(k->supported_features & (1UL << XENFEAT_dom0)))
        boot_refuse("dom0 kernel: it says that it cannot be dom0 (Linux: CONFIG_XEN_DOM0)");
}

void dom0_load_image(struct dom0_image *im, const struct boot_module *kernel)
{
    const u8 *p = maddr_to_virt(maddr(kernel->start));
    size_t n = kernel->size;
    bool bz;

    if (n < 512)
        boot_refuse("dom0 kernel: the first module has %zu bytes and is no kernel: give /boot/vmlinuz-… first", n);
    bz = is_bzimage(p, n);
    if (bz)
        find_payload(&p, &n);
    unpack(im, &p, &n);
    switch (elf_parse(p, n, &im->elf)) {
    case 0:
        break;
    case -ENOEXEC:
        boot_refuse("dom0 kernel: %s: give /boot/vmlinuz-… as the first module",
                    bz ? "unknown compression of the bzImage, or no 64-bit kernel"
                       : "neither a bzImage nor a 64-bit ELF executable");
    default:
        boot_refuse("dom0 kernel: broken ELF headers: install it again");
    }
    if (!im->elf.has_xen_notes)
        boot_refuse("dom0 kernel: no Xen notes: it cannot run as a PV guest (Linux: CONFIG_XEN_PV)");
    if (strncmp(im->elf.xen_version, "xen-3.", 6))
        boot_refuse("dom0 kernel: made for interface '%s', not xen-3.0", im->elf.xen_version);
    check_features(&im->elf);
    printk("dom0 kernel: %s %s, entry %#lx\n", im->elf.guest_os, im->elf.guest_version, im->elf.entry);
    im->cmdline = kernel->cmdline ? kernel->cmdline : "";
}
