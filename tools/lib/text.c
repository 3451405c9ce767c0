/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from outside on its way to a terminal or a log: see text.h. */
#include "text.h"

#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 sequence at @s that stands for a printable character (RFC 3629), 0 for anything else. */
static size_t text_printable(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
	uint32_t code;

	if (len < 2)
		return len && *s >= ' ' && *s != 0x7f;
	code = *s & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[len] || code < 0xa0 || code > 0x10ffff || code >> 11 == 0x1b)
		return 0;
	/* Separators of lines, and marks that reorder the text around them: U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
	if (code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
		return 0;
	return len;
}

static bool text_is_layout(const unsigned char *s)
{
	return *s == '\n' || *s == '\t' || (*s == '\r' && s[1] == '\n');
}

char *text_clean(char *text, bool lines)
{
	unsigned char *s = (unsigned char *)text;

	while (*s) {
		size_t len = lines && text_is_layout(s) ? 1 : text_printable(s);

		if (!len)
			*s = '?';
		s += len ? len : 1;
	}
	return text;
}
