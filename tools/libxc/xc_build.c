/* SPDX-License-Identifier: GPL-2.0-only */
/* PV builder: the checks and steps from a kernel file to a runnable domain. */
#include "xc_build.h"
#include "xc_private.h"

#include <stdio.h>

#define MIB_PAGES 256UL

/* A p2m list of 8 bytes a page must fit one L4 slot and pfns an L1 entry. */
#define MEMORY_MAX_MIB (1ULL << 24)

static int check_numbers(struct xc_handle *h, const struct xc_build_params *p)
{
    size_t len = p->cmdline ? strlen(p->cmdline) : 0;
    int rc;

    if (!p->memory_mib || p->memory_mib > MEMORY_MAX_MIB)
        return xc_fail(h, p->memory_mib ? -ENOMEM : -ENOSPC, XC_ABOUT_MEMORY,
                       "plan memory", "%llu MiB is no possible size",
                       (unsigned long long)p->memory_mib);
    if (p->maxmem_mib && p->maxmem_mib < p->memory_mib)
        return xc_fail(h, -EINVAL, XC_ABOUT_MEMORY, "plan memory",
                       "maxmem (%llu MiB) is less than memory (%llu MiB)",
                       (unsigned long long)p->maxmem_mib,
                       (unsigned long long)p->memory_mib);
    if (len < MAX_GUEST_CMDLINE)
        return 0;
    rc = xc_fail(h, -E2BIG, XC_ABOUT_CMDLINE, "check command line",
                 "it has %zu characters, at most %d are possible", len,
                 MAX_GUEST_CMDLINE - 1);
    return rc;
}

static int open_ramdisk(struct xc_build *b)
{
    const struct xc_build_params *p = b->p;
    int rc = 0;

    b->ramdisk.fd = -1;
    if (p->ramdisk_data)
        xc_source_from_memory(&b->ramdisk, p->ramdisk_data, p->ramdisk_len,
                              p->ramdisk_path ? p->ramdisk_path : "(ramdisk)");
    else if (p->ramdisk_path)
        rc = xc_source_open(b->h, p->ramdisk_path, XC_ABOUT_RAMDISK, &b->ramdisk);
    b->has_ramdisk = !rc && b->ramdisk.len;
    return rc;
}

/*
 * The memory that would do: the plan depends on it through the p2m list, so ask
 * the plan until it is content. In whole MiB.
 */
static uint64_t needed_mib(const struct xc_elf *elf, uint64_t ramdisk_len)
{
    struct xc_layout l;
    uint64_t mib = 1;
    const char *why;

    while (xc_layout_plan(elf, mib * MIB_PAGES, ramdisk_len, &l, &why) == -ENOSPC)
        mib = (l.needed_pages + MIB_PAGES - 1) / MIB_PAGES;
    return mib;
}

static int plan(struct xc_build *b)
{
    const struct xc_elf *elf = &b->kernel.elf;
    uint64_t ramdisk_len = b->has_ramdisk ? b->ramdisk.len : 0;
    const char *why = NULL;
    int rc = xc_layout_plan(elf, b->p->memory_mib * MIB_PAGES, ramdisk_len,
                            &b->layout, &why);

    if (rc == -ENOEXEC)
        return xc_fail(b->h, rc, XC_ABOUT_KERNEL, "plan memory", "%s: %s",
                       b->kernel.src.name, why);
    if (rc == -ENOSPC) {
        uint64_t mib = needed_mib(elf, ramdisk_len);

        xc_fail(b->h, rc, XC_ABOUT_MEMORY, "plan memory",
                "%llu MiB are too small for %s%s%s: at least %llu MiB are needed",
                (unsigned long long)b->p->memory_mib, b->kernel.src.name,
                b->has_ramdisk ? " with " : "",
                b->has_ramdisk ? b->ramdisk.name : "", (unsigned long long)mib);
        xc_remedy(b->h, "set memory to %llu or more", (unsigned long long)mib);
    }
    return rc;
}

static void release(struct xc_build *b)
{
    xc_build_close_window(b);
    xc_frames_free(&b->frames);
    xc_kernel_close(&b->kernel);
    xc_source_close(&b->ramdisk);
}

/* Everything that can be known without a domain. */
static int prepare(struct xc_build *b)
{
    int rc;

    b->kernel.src.fd = -1;
    b->ramdisk.fd = -1;
    b->max_vcpus = b->p->max_vcpus ? b->p->max_vcpus : 1;
    rc = check_numbers(b->h, b->p);
    if (!rc)
        rc = open_ramdisk(b);
    if (!rc)
        rc = xc_kernel_open(b->h, b->p, &b->kernel);
    return rc ? rc : plan(b);
}

static void fill_info(const struct xc_build *b, struct xc_kernel_info *info)
{
    const struct xc_elf *elf = &b->kernel.elf;
    uint64_t ramdisk_len = b->has_ramdisk ? b->ramdisk.len : 0;

    *info = (struct xc_kernel_info){
        .virt_base = elf->virt_base,
        .virt_entry = elf->entry,
        .image_bytes = elf->virt_end - elf->virt_start,
        .min_memory_kib = needed_mib(elf, ramdisk_len) << 10,
        .from_cache = b->kernel.from_cache,
    };
    snprintf(info->format, sizeof(info->format), "%s", b->kernel.format);
    snprintf(info->guest_os, sizeof(info->guest_os), "%s", elf->guest_os);
    snprintf(info->guest_version, sizeof(info->guest_version), "%s",
             elf->guest_version);
    snprintf(info->xen_version, sizeof(info->xen_version), "%s", elf->xen_version);
    snprintf(info->loader, sizeof(info->loader), "%s", elf->loader);
}

int xc_build_check(struct xc_handle *h, const struct xc_build_params *p,
                   struct xc_kernel_info *info)
{
    struct xc_build b = { .h = h, .p = p };
    int rc = prepare(&b);

    if (!rc && info)
        fill_info(&b, info);
    if (!rc && h->privcmd_fd >= 0)
        rc = xc_build_check_free(h, p->memory_mib);
    release(&b);
    return rc;
}

static int fill_memory(struct xc_build *b)
{
    int rc = xc_build_open_window(b);

    if (!rc)
        rc = xc_build_load(b);
    if (!rc)
        rc = xc_build_start_info(b);
    if (!rc)
        xc_pagetables_write(&b->layout, &b->frames, &b->window);
    xc_build_close_window(b);
    return rc;
}

static int build(struct xc_build *b)
{
    int rc = xc_build_limits(b);

    if (!rc)
        rc = xc_build_populate(b);
    if (!rc)
        rc = xc_build_ports(b);
    if (!rc)
        rc = fill_memory(b);
    if (!rc)
        rc = xc_build_shared_info(b);
    if (!rc)
        rc = xc_gnttab_seed(b->h, b->domid, b->r->console_mfn,
                            b->p->console_domid, b->r->store_mfn,
                            b->p->store_domid);
    if (!rc)
        rc = xc_build_pin(b);
    if (!rc)
        rc = xc_build_vcpu(b);
    return rc;
}

static void fill_result(struct xc_build *b)
{
    const struct xc_elf *elf = &b->kernel.elf;
    struct xc_build_result *r = b->r;

    r->nr_pages = b->frames.nr_pages;
    r->virt_base = elf->virt_base;
    r->virt_entry = elf->entry;
    r->virt_end = b->layout.virt_end;
    r->kernel_from_cache = b->kernel.from_cache;
    snprintf(r->guest_os, sizeof(r->guest_os), "%s", elf->guest_os);
    snprintf(r->guest_version, sizeof(r->guest_version), "%s",
             elf->guest_version);
    snprintf(r->loader, sizeof(r->loader), "%s", elf->loader);
}

int xc_build_pv(struct xc_handle *h, uint32_t domid,
                const struct xc_build_params *p, struct xc_build_result *r)
{
    struct xc_build b = { .h = h, .domid = domid, .p = p, .r = r };
    int rc;

    *r = (struct xc_build_result){ 0 };
    rc = prepare(&b);
    if (!rc)
        rc = build(&b);
    if (!rc)
        fill_result(&b);
    release(&b);
    return rc;
}
