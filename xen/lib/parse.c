/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line. */
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
