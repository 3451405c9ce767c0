/* SPDX-License-Identifier: GPL-2.0-only */
/* Call sites by their encoding: E8 rel32, and FF /2 with each length of its operand (AMD64 vol. 3, CALL (Near); 1.2 to 1.5). */
#include <xen/callsite.h>
#include <xen/lib.h>

#define OP_CALL_REL32 0xe8
#define OP_GROUP5     0xff
#define GROUP5_CALL   2

static bool is_direct_call(const u8 *end, size_t n, u64 at, u64 text_start, u64 text_end)
{
    s32 distance;
    u64 target;

    if (n < 5 || end[-5] != OP_CALL_REL32)
        return false;
    memcpy(&distance, end - 4, sizeof(distance));
    target = at + (u64)(s64)distance;
    return target >= text_start && target < text_end;
}

/* Bytes of ModRM, SIB and displacement. */
static size_t operand_length(const u8 *modrm)
{
    u8 mod = *modrm >> 6, rm = *modrm & 7;
    size_t n = 1;

    if (mod == 3)
        return n;
    if (rm == 4) {
        n++;
        if (mod == 0 && (modrm[1] & 7) == 5)
            return n + 4;
    }
    if (mod == 0)
        return rm == 5 ? n + 4 : n;
    return n + (mod == 1 ? 1 : 4);
}

static bool is_indirect_call(const u8 *end, size_t n)
{
    for (size_t length = 2; length <= 7 && length <= n; length++) {
        const u8 *modrm = end - length + 1;

        if (modrm[-1] == OP_GROUP5 && (*modrm >> 3 & 7) == GROUP5_CALL && operand_length(modrm) == length - 1)
            return true;
    }
    return false;
}

bool callsite_ends_at(const u8 *code, size_t n, u64 at, u64 text_start, u64 text_end)
{
    return is_direct_call(code + n, n, at, text_start, text_end) || is_indirect_call(code + n, n);
}
