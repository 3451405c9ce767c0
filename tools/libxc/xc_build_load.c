/* SPDX-License-Identifier: GPL-2.0-only */
/* PV builder: kernel, ramdisk and p2m list into the guest's memory. */
#include "xc_build.h"
#include "xc_private.h"

static uint8_t *at_va(const struct xc_build *b, uint64_t va)
{
    uint64_t off = va - b->layout.virt_base;

    return (uint8_t *)xc_window_at(&b->window, off >> XC_PAGE_SHIFT) +
           off % XC_PAGE_SIZE;
}

/* The file is read straight into the guest's pages; only what the file does not
 * have (bss) is cleared. */
static int load_kernel(struct xc_build *b)
{
    const struct xc_elf *elf = &b->kernel.elf;

    for (unsigned i = 0; i < elf->nr_segs; i++) {
        const struct xc_elf_segment *g = &elf->seg[i];
        uint8_t *to = at_va(b, g->va);
        int rc = xc_source_read(&b->kernel.src, g->file_off, to, g->file_len);

        if (rc)
            return xc_fail(b->h, rc, XC_ABOUT_KERNEL, "load kernel",
                           "%s changed while it was read: %s", b->kernel.src.name,
                           strerror(-rc));
        memset(to + g->file_len, 0, g->mem_len - g->file_len);
    }
    return 0;
}

static int load_ramdisk(struct xc_build *b)
{
    uint8_t *to;
    int rc;

    if (!b->has_ramdisk)
        return 0;
    to = xc_window_at(&b->window, b->layout.ramdisk.pfn);
    rc = xc_source_read(&b->ramdisk, 0, to, b->ramdisk.len);
    if (rc)
        return xc_fail(b->h, rc, XC_ABOUT_RAMDISK, "load ramdisk",
                       "%s changed while it was read: %s", b->ramdisk.name,
                       strerror(-rc));
    memset(to + b->ramdisk.len, 0,
           b->layout.ramdisk.nr * XC_PAGE_SIZE - b->ramdisk.len);
    return 0;
}

static void load_p2m(struct xc_build *b)
{
    uint8_t *to = xc_window_at(&b->window, b->layout.p2m.pfn);
    uint64_t len = b->frames.nr_pages * sizeof(uint64_t);

    xc_frames_list(&b->frames, (uint64_t *)to);
    memset(to + len, 0, b->layout.p2m.nr * XC_PAGE_SIZE - len);
}

int xc_build_load(struct xc_build *b)
{
    int rc = load_kernel(b);

    if (!rc)
        rc = load_ramdisk(b);
    if (!rc)
        load_p2m(b);
    return rc;
}
