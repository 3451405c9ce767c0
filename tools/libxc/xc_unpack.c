/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decompression of kernel payloads: gzip, xz, zstd and lz4 (in the "legacy"
 * frame that Linux uses) by their libraries.  A stream must end properly;
 * what follows its end (Linux appends the unpacked size) is ignored.
 */
#include "xc_image.h"
#include "xc_private.h"

#include <endian.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#define FIRST_GUESS (1UL << 20)

static const char truncated[] = "the compressed data ends too early (the file is"
                                " truncated)";
static const char corrupt[] = "the compressed data is corrupt";
static const char too_big[] = "it unpacks to more than 512 MiB";
static const char no_memory[] = "no memory to unpack it";

/* More room behind out->len: at first what the kernel says it needs. */
static int grow(struct xc_bytes *out, size_t hint, const char **why)
{
    size_t want = out->mapped ? out->mapped * 2 : hint ? hint : FIRST_GUESS;

    if (out->mapped >= XC_UNPACK_MAX) {
        *why = too_big;
        return -ENOEXEC;
    }
    if (want > XC_UNPACK_MAX)
        want = XC_UNPACK_MAX;
    *why = no_memory;
    return xc_bytes_reserve(out, want);
}

static int unpack_gzip(const uint8_t *in, size_t len, size_t hint,
                       struct xc_bytes *out, const char **why)
{
    z_stream z = { .next_in = (uint8_t *)in, .avail_in = len };
    int rc = 0, zr = Z_OK;

    *why = no_memory;
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return -ENOMEM;
    while (!rc && zr == Z_OK) {
        if (out->len == out->mapped)
            rc = grow(out, hint, why);
        if (rc)
            break;
        z.next_out = out->data + out->len;
        z.avail_out = out->mapped - out->len;
        zr = inflate(&z, Z_NO_FLUSH);
        out->len = z.next_out - out->data;
        if (zr == Z_BUF_ERROR && !z.avail_out)
            zr = Z_OK;
        if (zr == Z_OK && !z.avail_in && z.avail_out)
            zr = Z_BUF_ERROR;
    }
    inflateEnd(&z);
    if (rc || zr == Z_STREAM_END)
        return rc;
    *why = zr == Z_BUF_ERROR ? truncated : corrupt;
    return -ENOEXEC;
}

static int unpack_xz(const uint8_t *in, size_t len, size_t hint,
                     struct xc_bytes *out, const char **why)
{
    lzma_stream x = LZMA_STREAM_INIT;
    lzma_ret lr = LZMA_OK;
    int rc = 0;

    *why = no_memory;
    if (lzma_stream_decoder(&x, XC_UNPACK_MAX, 0) != LZMA_OK)
        return -ENOMEM;
    x.next_in = in;
    x.avail_in = len;
    while (!rc && lr == LZMA_OK) {
        if (out->len == out->mapped)
            rc = grow(out, hint, why);
        if (rc)
            break;
        x.next_out = out->data + out->len;
        x.avail_out = out->mapped - out->len;
        lr = lzma_code(&x, LZMA_RUN);
        out->len = x.next_out - out->data;
        if (lr == LZMA_BUF_ERROR && !x.avail_out)
            lr = LZMA_OK;
        if (lr == LZMA_OK && !x.avail_in && x.avail_out)
            lr = LZMA_BUF_ERROR;
    }
    lzma_end(&x);
    if (rc || lr == LZMA_STREAM_END)
        return rc;
    *why = lr == LZMA_BUF_ERROR ? truncated : corrupt;
    return -ENOEXEC;
}

static int unpack_zstd(const uint8_t *in, size_t len, size_t hint,
                       struct xc_bytes *out, const char **why)
{
    ZSTD_DStream *d = ZSTD_createDStream();
    ZSTD_inBuffer src = { .src = in, .size = len };
    size_t left = 1;
    int rc = 0;

    *why = no_memory;
    if (!d)
        return -ENOMEM;
    while (left && !rc) {
        ZSTD_outBuffer dst;

        if (out->len == out->mapped)
            rc = grow(out, hint, why);
        if (rc)
            break;
        dst = (ZSTD_outBuffer){ out->data, out->mapped, out->len };
        left = ZSTD_decompressStream(d, &dst, &src);
        out->len = dst.pos;
        if (ZSTD_isError(left)) {
            *why = corrupt;
            rc = -ENOEXEC;
        } else if (left && src.pos == src.size && dst.pos < dst.size) {
            *why = truncated;
            rc = -ENOEXEC;
        }
    }
    ZSTD_freeDStream(d);
    return rc;
}

/*
 * The legacy lz4 frame: magic, then blocks { 32-bit length, data } of at most
 * 8 MiB unpacked each; it has no end mark.  A rest of at most four bytes is
 * Linux' appended size.
 */
#define LZ4_BLOCK (8UL << 20)

static int unpack_lz4(const uint8_t *in, size_t len, size_t hint,
                      struct xc_bytes *out, const char **why)
{
    size_t pos = 4;
    (void)hint;

    while (len - pos > 4) {
        uint32_t block;
        int n, rc;

        memcpy(&block, in + pos, sizeof(block));
        block = le32toh(block);
        pos += sizeof(block);
        *why = corrupt;
        if (!block || block > (uint32_t)LZ4_COMPRESSBOUND(LZ4_BLOCK))
            return -ENOEXEC;
        *why = truncated;
        if (block > len - pos)
            return -ENOEXEC;
        *why = too_big;
        if (out->len + LZ4_BLOCK > XC_UNPACK_MAX)
            return -ENOEXEC;
        *why = no_memory;
        rc = xc_bytes_reserve(out, out->len + LZ4_BLOCK);
        if (rc)
            return rc;
        n = LZ4_decompress_safe((const char *)in + pos,
                                (char *)out->data + out->len, block, LZ4_BLOCK);
        *why = corrupt;
        if (n < 0)
            return -ENOEXEC;
        out->len += n;
        pos += block;
    }
    return 0;
}

static const struct xc_unpacker unpackers[] = {
    { "gzip",  { 0x1f, 0x8b }, 2, unpack_gzip },
    { "xz",    { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
    { "zstd",  { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
    { "lz4",   { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
    { "bzip2", { 'B', 'Z', 'h' }, 3, NULL },
    { "lzma",  { 0x5d, 0x00, 0x00 }, 3, NULL },
    { "lzo",   { 0x89, 'L', 'Z', 'O' }, 4, NULL },
};

const struct xc_unpacker *xc_unpacker_find(const uint8_t *in, size_t len)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(unpackers); i++) {
        const struct xc_unpacker *u = &unpackers[i];

        if (len > u->magic_len && !memcmp(in, u->magic, u->magic_len))
            return u;
    }
    return NULL;
}
