/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the compressed kernel lies in a Linux bzImage.
 * Source of offsets: Linux Documentation/x86/boot.rst, "The real-mode kernel
 * header"; the payload fields exist since boot protocol 2.08.
 */
#include "xc_image.h"
#include "xc_private.h"

#include <endian.h>

enum {
    BZ_SETUP_SECTS = 0x1f1,       /* u8: 512-byte sectors of setup code, 0 is 4 */
    BZ_SYSSIZE = 0x1f4,           /* u32: protected-mode code in 16-byte units */
    BZ_BOOT_FLAG = 0x1fe,         /* u16: 0xaa55 */
    BZ_MAGIC = 0x202,             /* "HdrS" */
    BZ_VERSION = 0x206,           /* u16 */
    BZ_PAYLOAD_OFFSET = 0x248,    /* u32, from the protected-mode code's start */
    BZ_PAYLOAD_LENGTH = 0x24c,    /* u32 */
    BZ_HEADER_END = 0x250,
};

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return le16toh(v);
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

int xc_bzimage_payload(const uint8_t *file, size_t len, size_t *off,
                       size_t *payload_len, const char **why)
{
    uint64_t code, start, size;

    *why = NULL;
    if (len < BZ_VERSION || memcmp(file + BZ_MAGIC, "HdrS", 4) ||
        get16(file + BZ_BOOT_FLAG) != 0xaa55)
        return -ENOEXEC;
    *why = "the file is truncated: it ends within its header";
    if (len < BZ_HEADER_END)
        return -ENOEXEC;
    *why = "its boot protocol is older than 2.08 (Linux before 2.6.24)";
    if (get16(file + BZ_VERSION) < 0x0208)
        return -ENOEXEC;
    code = ((file[BZ_SETUP_SECTS] ? file[BZ_SETUP_SECTS] : 4) + 1) * 512ULL;
    start = code + get32(file + BZ_PAYLOAD_OFFSET);
    size = get32(file + BZ_PAYLOAD_LENGTH);
    *why = "the file is truncated: its kernel is not all there";
    if (start + size > len || code + get32(file + BZ_SYSSIZE) * 16ULL > len)
        return -ENOEXEC;
    *why = "it says that its kernel is empty";
    if (size < 16)
        return -ENOEXEC;
    *off = start;
    *payload_len = size;
    *why = NULL;
    return 0;
}
