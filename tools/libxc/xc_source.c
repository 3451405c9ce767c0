/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an image's bytes come from: a file or memory; and growing buffers. */
#include "xc_image.h"
#include "xc_private.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int xc_source_open(struct xc_handle *h, const char *path, enum xc_about about,
                   struct xc_source *s)
{
    const char *step = about == XC_ABOUT_RAMDISK ? "open ramdisk" : "open kernel";
    int rc;

    *s = (struct xc_source){ .fd = -1, .name = path };
    /* O_NONBLOCK: a FIFO must not hang us before we see that it is one. */
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0) {
        rc = xc_fail(h, -errno, about, step, "%s: %s", path, strerror(errno));
        xc_remedy(h, "check the path");
        return rc;
    }
    if (fstat(s->fd, &s->st)) {
        rc = xc_fail(h, -errno, about, step, "%s: %s", path, strerror(errno));
        goto fail;
    }
    if (!S_ISREG(s->st.st_mode)) {
        rc = xc_fail(h, -EINVAL, about, step, "%s is no regular file", path);
        goto fail;
    }
    if (!s->st.st_size) {
        rc = xc_fail(h, about == XC_ABOUT_RAMDISK ? -EINVAL : -ENOEXEC, about,
                     step, "%s is empty", path);
        goto fail;
    }
    s->len = s->st.st_size;
    s->has_stat = true;
    return 0;
fail:
    xc_source_close(s);
    return rc;
}

void xc_source_from_memory(struct xc_source *s, const void *mem, size_t len,
                           const char *name)
{
    *s = (struct xc_source){
        .fd = -1, .mem = (uint8_t *)mem, .len = len,
        .name = name ? name : "(kernel in memory)",
    };
}

void xc_source_close(struct xc_source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->mem_owned)
        munmap(s->mem, s->mem_mapped);
    s->fd = -1;
    s->mem = NULL;
    s->mem_owned = false;
}

int xc_source_read(const struct xc_source *s, uint64_t off, void *to, size_t len)
{
    uint8_t *p = to;

    if (off > s->len || len > s->len - off)
        return -ENODATA;
    if (s->fd < 0) {
        memcpy(to, s->mem + off, len);
        return 0;
    }
    while (len) {
        ssize_t n = pread(s->fd, p, len, s->base + off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -ENODATA;
        p += n;
        off += n;
        len -= n;
    }
    return 0;
}

int xc_bytes_reserve(struct xc_bytes *b, size_t want)
{
    size_t mapped = XC_ROUND_UP(want, XC_PAGE_SIZE);
    void *p;

    if (want <= b->mapped)
        return 0;
    if (b->data)
        p = mremap(b->data, b->mapped, mapped, MREMAP_MAYMOVE);
    else
        p = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (p == MAP_FAILED)
        return -ENOMEM;
    b->data = p;
    b->mapped = mapped;
    return 0;
}

void xc_bytes_free(struct xc_bytes *b)
{
    if (b->data)
        munmap(b->data, b->mapped);
    *b = (struct xc_bytes){ 0 };
}
