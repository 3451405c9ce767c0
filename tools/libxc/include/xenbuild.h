/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxc's PV domain builder: from a kernel file to a paused domain that will
 * run it, following the 64-bit PV start-of-day ABI (public/xen.h, "start of day").
 */
#ifndef XENBUILD_H
#define XENBUILD_H

#include <xenctrl.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* Everything the builder wants to know. Zero the struct, set what you have. */
struct xc_build_params {
    const char *kernel_path;      /* used for messages, and read if no buffer */
    const void *kernel_data;      /* or the file's contents, borrowed */
    size_t kernel_len;
    const char *ramdisk_path;     /* NULL: none */
    const void *ramdisk_data;     /* or its contents, borrowed */
    size_t ramdisk_len;
    const char *cmdline;          /* NULL: "" */
    uint64_t memory_mib;          /* what the guest starts with */
    uint64_t maxmem_mib;          /* what it may grow to; 0: memory_mib */
    uint32_t max_vcpus;           /* 0: 1 */
    uint32_t online_vcpus;        /* told nobody here; kept for the store. 0: max */
    uint32_t console_domid;       /* whose xenconsoled serves it; usually 0 */
    uint32_t store_domid;         /* whose xenstored serves it; usually 0 */
    uint32_t sif_flags;           /* extra SIF_* for start_info */
    const char *cache_dir;        /* NULL: XC_KERNEL_CACHE; "": no cache */
};

/* Unpacked kernels are kept here; key: device, inode, size, mtime of the file. */
#define XC_KERNEL_CACHE "/run/xen/kernel-cache"

struct xc_build_result {
    uint64_t console_mfn, store_mfn;        /* ring pages, for the store's nodes */
    uint32_t console_port, store_port;      /* the guest's ports */
    uint64_t shared_info_mfn, start_info_mfn;
    uint64_t nr_pages;                      /* the guest starts with */
    uint64_t virt_base, virt_entry, virt_end;
    bool kernel_from_cache;
    char guest_os[32], guest_version[32], loader[32];   /* from its ELF notes */
};

/* What a kernel needs, found without touching the hypervisor. */
struct xc_kernel_info {
    char format[24];              /* "bzImage, xz", "ELF", "ELF, gzip" ... */
    char guest_os[32], guest_version[32], xen_version[32], loader[32];
    uint64_t virt_base, virt_entry;
    uint64_t image_bytes;         /* the kernel's extent in guest memory */
    uint64_t min_memory_kib;      /* with the given ramdisk, to be built at all */
    bool from_cache;
};

/*
 * Checks everything about p that can be checked without a domain: files there
 * and readable, format, PV capability, architecture, memory large enough.  A
 * kernel that it had to unpack is then in the cache.  Works on an offline
 * handle.  Errors as for xc_build_pv(). info may be NULL.
 */
int xc_build_check(struct xc_handle *h, const struct xc_build_params *p,
                   struct xc_kernel_info *info);

/*
 * Builds p's kernel into the domain, which xc_domain_create() has just made.
 * Sets its vcpus and memory limits, fills memory, page tables, rings, event
 * ports, reserved grants and vcpu 0's registers.  Afterwards the caller
 * introduces the domain to the store and unpauses it.
 *
 * On failure the domain is half built: destroy it.  xc_last_error() says what
 * failed, and .about which setting is to blame:
 *  -ENOENT, -EACCES, ...  a file cannot be read            KERNEL, RAMDISK
 *  -ENOEXEC   no kernel, truncated, corrupt, not PV, wrong architecture,
 *             needs a feature that a domU has not           KERNEL
 *  -ENOTSUP   compressed in a form this library has not     KERNEL
 *  -E2BIG     command line too long                         CMDLINE
 *  -ENOSPC    memory_mib too small (text says how much)     MEMORY
 *  -ENOMEM    not enough free in the host (text says both)  MEMORY
 */
int xc_build_pv(struct xc_handle *h, uint32_t domid,
                const struct xc_build_params *p, struct xc_build_result *r);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* XENBUILD_H */
