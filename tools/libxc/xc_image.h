/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel images: from a file (bzImage, compressed or plain ELF) to the ELF
 * inside it, its Xen notes and its loadable segments.  Nothing here talks to
 * the hypervisor.  The handle is only where errors are described.
 */
#ifndef XC_IMAGE_H
#define XC_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <xenctrl.h>

/* ---- sources: bytes in a file or in memory ---- */

struct xc_source {
    int fd;                       /* -1: in memory. Owned. */
    uint64_t base;                /* of the contents within the file */
    uint8_t *mem;                 /* fd == -1 */
    bool mem_owned;               /* mem is from xc_bytes_*, ours to free */
    size_t mem_mapped;            /* its length as mapped */
    uint64_t len;
    struct stat st;               /* of the file it came from */
    bool has_stat;
    const char *name;             /* for messages; borrowed */
};

/* Opens a regular, readable file; errors name it. about: KERNEL or RAMDISK. */
int xc_source_open(struct xc_handle *h, const char *path, enum xc_about about,
                   struct xc_source *s);
void xc_source_from_memory(struct xc_source *s, const void *mem, size_t len,
                           const char *name);
void xc_source_close(struct xc_source *s);
/* Reads exactly len bytes; -ENODATA if the source ends before. */
int xc_source_read(const struct xc_source *s, uint64_t off, void *to, size_t len);

/* ---- growing byte buffers, whole pages from the system ---- */

struct xc_bytes {
    uint8_t *data;
    size_t len, mapped;
};

/* Room for at least `want` bytes in all; keeps what is there. */
int xc_bytes_reserve(struct xc_bytes *b, size_t want);
void xc_bytes_free(struct xc_bytes *b);

/* ---- decompression ---- */

/* Largest kernel that we unpack: a bound for hostile files. */
#define XC_UNPACK_MAX (512UL << 20)

struct xc_unpacker {
    const char *name;             /* "xz" */
    uint8_t magic[6];
    unsigned magic_len;
    /* NULL: known but not supported. *why: reason, static text. hint: expected
     * size or 0. Bytes behind the end of the stream are ignored. */
    int (*unpack)(const uint8_t *in, size_t len, size_t hint,
                  struct xc_bytes *out, const char **why);
};

/* By magic number; NULL if it is none that we know. */
const struct xc_unpacker *xc_unpacker_find(const uint8_t *in, size_t len);

/* ---- bzImage ---- */

/*
 * Offset and length of the compressed payload. Returns 0, -ENOEXEC if the file
 * is no bzImage (*why == NULL) or is a broken one (*why says how).
 */
int xc_bzimage_payload(const uint8_t *file, size_t len, size_t *off,
                       size_t *payload_len, const char **why);

/* ---- ELF with Xen notes ---- */

#define XC_ELF_SEGMENTS 32

struct xc_elf_segment {
    uint64_t file_off, file_len;  /* bytes to load */
    uint64_t va, mem_len;         /* where to; mem_len >= file_len, rest zero */
};

struct xc_elf {
    uint64_t entry, virt_base, paddr_offset;
    uint64_t virt_start, virt_end;          /* of all segments; end exclusive */
    uint64_t hypercall_page;                /* 0: none */
    uint64_t init_p2m;                      /* valid if has_init_p2m */
    uint64_t hv_start_low;
    bool has_entry, has_init_p2m, mod_start_pfn, suspend_cancel, has_notes;
    bool has_phys32;
    uint32_t features_supported, features_required;   /* XENFEAT_* bits */
    char bad_feature[40];                   /* first required one we don't know */
    char guest_os[32], guest_version[32], xen_version[32], loader[32];
    struct xc_elf_segment seg[XC_ELF_SEGMENTS];
    unsigned nr_segs;
};

/* Reads headers and notes and checks that the kernel can run as a PV domU. */
int xc_elf_parse(struct xc_handle *h, const struct xc_source *s,
                 struct xc_elf *elf);

/* ---- the cache of unpacked kernels ---- */

/* *out is the unpacked kernel of the file described by st. -ENOENT: not there. */
int xc_kcache_get(const char *dir, const struct stat *st, struct xc_source *out,
                  char *format, size_t format_len);
/* Best effort: a kernel that cannot be cached is still a kernel. */
int xc_kcache_put(const char *dir, const struct stat *st, const char *format,
                  const void *data, size_t len);

/* ---- all together ---- */

struct xc_kernel {
    struct xc_source src;         /* the ELF file */
    struct xc_elf elf;
    char format[24];
    bool from_cache;
};

struct xc_build_params;
int xc_kernel_open(struct xc_handle *h, const struct xc_build_params *p,
                   struct xc_kernel *k);
void xc_kernel_close(struct xc_kernel *k);

#endif /* XC_IMAGE_H */
