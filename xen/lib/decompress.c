/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gzip, xz, zstd and lz4 in memory. The libraries are Debian's static archives; what they take from libc is here:
 * malloc and the stack guard's alarm.
 */
#include <xen/decompress.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#define MAX_UNPACKED (1UL << 30)

/* ---- what the libraries call ---- */

struct block { unsigned int order; } __aligned(64);

void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);
void __stack_chk_fail(void) noreturn;

/* Hooks for measuring, weak in the library: none. */
unsigned long long ZSTD_trace_decompress_begin(void *dctx);
void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace);
unsigned long long ZSTD_trace_decompress_begin(void *dctx) { return 0; }
void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace) { }

static unsigned int order_of(size_t bytes)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < bytes)
        order++;
    return order;
}

void *malloc(size_t n)
{
    unsigned int order;
    struct block *b;

    if (n > MAX_UNPACKED)
        return NULL;
    order = order_of(n + sizeof(*b));
    b = alloc_xen_pages(order, 0);
    if (!b)
        return NULL;
    b->order = order;
    return b + 1;
}

void *calloc(size_t n, size_t size)
{
    size_t bytes;
    void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : malloc(bytes);

    return p ? memset(p, 0, bytes) : NULL;
}

void free(void *p)
{
    struct block *b = p;

    if (b)
        free_xen_pages(b - 1, b[-1].order);
}

void __stack_chk_fail(void)
{
    panic("stack overwritten while the dom0 kernel was decompressed");
}

/* ---- formats: @out_n bytes are expected, exactly ---- */

static bool unpack_gzip(const u8 *in, size_t n, u8 *out, size_t out_n)
{
    z_stream z = { .next_in = (u8 *)in, .avail_in = n, .next_out = out, .avail_out = out_n };
    bool ok;

    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return false;
    ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == out_n;
    inflateEnd(&z);
    return ok;
}

static bool unpack_xz(const u8 *in, size_t n, u8 *out, size_t out_n)
{
    uint64_t limit = UINT64_MAX;
    size_t in_at = 0, out_at = 0;

    return lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_at, n, out, &out_at, out_n) == LZMA_OK && out_at == out_n;
}

/* The size behind the frame is no part of it. */
static bool unpack_zstd(const u8 *in, size_t n, u8 *out, size_t out_n)
{
    size_t frame = ZSTD_findFrameCompressedSize(in, n);

    return !ZSTD_isError(frame) && ZSTD_decompress(out, out_n, in, frame) == out_n;
}

/* The legacy format: magic, then blocks, each with its size before it and at most 8 MiB unpacked. */
static bool unpack_lz4(const u8 *in, size_t n, u8 *out, size_t out_n)
{
    size_t at = 4, done = 0;

    while (done < out_n) {
        u32 size;
        int got;

        if (n - at < 4)
            return false;
        memcpy(&size, in + at, 4);
        at += 4;
        if (!size || size > n - at)
            return false;
        got = LZ4_decompress_safe((const char *)in + at, (char *)out + done, size,
                                  min(out_n - done, (size_t)8 << 20));
        if (got <= 0)
            return false;
        at += size;
        done += got;
    }
    return true;
}

static const struct format {
    const char *name;
    u8 magic[6], magic_len;
    bool (*unpack)(const u8 *in, size_t n, u8 *out, size_t out_n);
} formats[] = {
    { "gzip", { 0x1f, 0x8b }, 2, unpack_gzip },
    { "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
    { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
    { "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
};

static const struct format *find_format(const void *in, size_t n)
{
    for (const struct format *f = formats; f < formats + ARRAY_SIZE(formats); f++)
        if (n > 16 && !memcmp(in, f->magic, f->magic_len))
            return f;
    return NULL;
}

const char *decompress_format(const void *in, size_t n)
{
    const struct format *f = find_format(in, n);

    return f ? f->name : NULL;
}

void decompress_free(void *out, size_t out_n)
{
    free_xen_pages(out, order_of(out_n));
}

int decompress(const void *in, size_t n, void **out, size_t *out_n)
{
    const struct format *f = find_format(in, n);
    const u8 *bytes = in;
    /* gzip's own size field is its end; the other formats must not see the size behind them */
    size_t packed = f && f->unpack != unpack_gzip ? n - 4 : n;
    u32 size;
    void *p;
    bool ok;

    if (!f)
        return -EINVAL;
    memcpy(&size, bytes + n - 4, 4);
    if (!size || size > MAX_UNPACKED)
        return -EINVAL;
    p = alloc_xen_pages(order_of(size), 0);
    if (!p)
        return -ENOMEM;
    library_enter();
    ok = f->unpack(bytes, packed, p, size);
    library_leave();
    if (!ok) {
        decompress_free(p, size);
        return -EINVAL;
    }
    *out = p;
    *out_n = size;
    return 0;
}
