/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line, numbers and sizes. */
#include <xen/lib.h>

int parse_bool(const char *s)
{
    static const struct { const char *word; int value; } words[] = {
        { "", 1 }, { "1", 1 }, { "yes", 1 }, { "on", 1 }, { "true", 1 }, { "enable", 1 },
        { "0", 0 }, { "no", 0 }, { "off", 0 }, { "false", 0 }, { "disable", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (!strcmp(s, words[i].word))
            return words[i].value;
    return -1;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

u64 strtou64(const char *s, const char **end, int base)
{
    u64 v = 0;

    if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' && digit(s[2]) < 16) {
        s += 2;
        base = 16;
    }
    if (base == 0)
        base = s[0] == '0' ? 8 : 10;
    while (digit(*s) < base)
        v = v * (u64)base + (u64)digit(*s++);
    if (end)
        *end = s;
    return v;
}

u64 parse_size(const char *s, const char **end)
{
    static const char units[] = "BKMGT";
    u64 v = strtou64(s, &s, 0);
    const char *u = *s ? strchr(units, *s & ~0x20) : NULL;

    if (u && *u) {
        v <<= 10 * (u - units);
        s++;
    } else {
        v <<= 10;
    }
    if (end)
        *end = s;
    return v;
}
