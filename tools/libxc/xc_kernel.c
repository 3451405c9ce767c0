/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel file, whatever its packing, as an ELF file ready to be loaded. */
#include "xc_image.h"
#include "xc_private.h"

#include <xenbuild.h>

#include <stdio.h>


static int not_a_kernel(struct xc_handle *h, const char *name, const char *why)
{
    return xc_fail(h, -ENOEXEC, XC_ABOUT_KERNEL, "read kernel", "%s: %s", name,
                   why);
}

static int open_packed(struct xc_handle *h, const struct xc_build_params *p,
                       struct xc_source *file)
{
    if (!p->kernel_data && !p->kernel_path) {
        *file = (struct xc_source){ .fd = -1 };
        return xc_fail(h, -EINVAL, XC_ABOUT_KERNEL, "open kernel",
                       "no kernel is given");
    }
    if (!p->kernel_data)
        return xc_source_open(h, p->kernel_path, XC_ABOUT_KERNEL, file);
    xc_source_from_memory(file, p->kernel_data, p->kernel_len, p->kernel_path);
    return 0;
}

/*
 * The unpacked size as Linux' build leaves it behind the data. Memory for it is
 * taken at once, so believe only what a kernel may be packed by.
 */
#define RATIO_MAX 32

static size_t size_hint(const uint8_t *payload, size_t len)
{
    uint32_t size;

    if (len < sizeof(size))
        return 0;
    memcpy(&size, payload + len - sizeof(size), sizeof(size));
    if (size < len || size > XC_UNPACK_MAX || size / RATIO_MAX > len)
        return 4 * len < XC_UNPACK_MAX ? 4 * len : 0;
    return (size_t)size + 1;      /* one spare: the end is seen without growing */
}

/* payload..len is compressed, or an ELF file already. Owns nothing of it. */
static int unpack_payload(struct xc_handle *h, struct xc_kernel *k,
                          const uint8_t *payload, size_t len, const char *outer)
{
    const char *name = k->src.name, *why = NULL;
    const struct xc_unpacker *u = xc_unpacker_find(payload, len);
    struct xc_bytes out = { 0 };
    int rc;

    if (!u)
        return not_a_kernel(h, name, "its kernel is compressed in an unknown form");
    if (!u->unpack) {
        rc = xc_fail(h, -ENOTSUP, XC_ABOUT_KERNEL, "unpack kernel",
                     "%s is compressed with %s, which is not supported", name,
                     u->name);
        xc_remedy(h, "use a kernel compressed with gzip, xz, zstd or lz4");
        return rc;
    }
    rc = u->unpack(payload, len, size_hint(payload, len), &out, &why);
    if (rc) {
        xc_bytes_free(&out);
        return xc_fail(h, rc, XC_ABOUT_KERNEL, "unpack kernel", "%s (%s): %s",
                       name, u->name, why);
    }
    snprintf(k->format, sizeof(k->format), "%s, %s", outer, u->name);
    k->src.mem = out.data;
    k->src.mem_owned = out.data != NULL;
    k->src.mem_mapped = out.mapped;
    k->src.len = out.len;
    return 0;
}

/* The whole packed file in memory, then its payload. */
static int unpack_file(struct xc_handle *h, struct xc_kernel *k,
                       const struct xc_source *file)
{
    const char *why = NULL, *outer = "ELF";
    size_t off = 0, len = file->len;
    struct xc_bytes in = { 0 };
    const uint8_t *data = file->mem;
    int rc = 0;

    if (len > XC_UNPACK_MAX)
        return not_a_kernel(h, file->name, "it is larger than 512 MiB");
    if (file->fd >= 0) {
        rc = xc_bytes_reserve(&in, len);
        if (!rc)
            rc = xc_source_read(file, 0, in.data, len);
        if (rc) {
            xc_fail(h, rc, XC_ABOUT_KERNEL, "read kernel", "%s: %s", file->name,
                    strerror(-rc));
            goto out;
        }
        data = in.data;
    }
    if (!xc_unpacker_find(data, len)) {
        outer = "bzImage";
        rc = xc_bzimage_payload(data, len, &off, &len, &why);
        if (rc) {
            not_a_kernel(h, file->name, why ? why :
                         "it is no kernel: neither bzImage nor ELF");
            goto out;
        }
    }
    rc = unpack_payload(h, k, data + off, len, outer);
out:
    xc_bytes_free(&in);
    return rc;
}

static bool is_elf(const struct xc_source *file)
{
    char magic[4];

    return !xc_source_read(file, 0, magic, sizeof(magic)) &&
           !memcmp(magic, "\177ELF", sizeof(magic));
}

/* From the cache, or by unpacking (and then into the cache, once it parses). */
static int open_unpacked(struct xc_handle *h, const char *cache,
                         const struct xc_source *file, struct xc_kernel *k)
{
    bool cached = cache[0] && file->has_stat;
    int rc;

    if (cached && !xc_kcache_get(cache, &file->st, &k->src, k->format,
                                 sizeof(k->format))) {
        k->src.name = file->name;
        if (!xc_elf_parse(h, &k->src, &k->elf)) {
            k->from_cache = true;
            return 0;
        }
        xc_source_close(&k->src);
    }
    k->src = (struct xc_source){ .fd = -1, .name = file->name };
    rc = unpack_file(h, k, file);
    if (!rc)
        rc = xc_elf_parse(h, &k->src, &k->elf);
    if (!rc && cached)
        xc_kcache_put(cache, &file->st, k->format, k->src.mem, k->src.len);
    return rc;
}

int xc_kernel_open(struct xc_handle *h, const struct xc_build_params *p,
                   struct xc_kernel *k)
{
    struct xc_source file;
    int rc;

    *k = (struct xc_kernel){ .src.fd = -1 };
    rc = open_packed(h, p, &file);
    if (rc)
        return rc;
    if (is_elf(&file)) {
        k->src = file;
        snprintf(k->format, sizeof(k->format), "ELF");
        rc = xc_elf_parse(h, &k->src, &k->elf);
    } else {
        rc = open_unpacked(h, p->cache_dir ? p->cache_dir : XC_KERNEL_CACHE,
                           &file, k);
        xc_source_close(&file);
    }
    if (rc)
        xc_kernel_close(k);
    else
        xc_error_clear(h);
    return rc;
}

void xc_kernel_close(struct xc_kernel *k)
{
    xc_source_close(&k->src);
}
