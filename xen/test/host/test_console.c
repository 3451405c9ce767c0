/* SPDX-License-Identifier: GPL-2.0-only */
/* common/console.c: what a guest writes, as "xm dmesg" shows it. */
#include "host.h"
#include <xen/console.h>
#include <xen/params.h>
#include <stdio.h>
#include <string.h>

size_t strlcpy(char *to, const char *from, size_t size)
{
    return (size_t)snprintf(to, size, "%s", from);
}

/* The text of the last line that domain 1 wrote, without its prefix. */
static const char *last_line(const char *written, size_t n)
{
    static char ring[8192];
    u32 index = 0;
    char *mark;

    console_ring_clear();
    console_domu_write(1, written, n);
    ring[console_ring_read(ring, sizeof(ring) - 1, &index, false)] = 0;
    mark = strstr(ring, "(d1) ");
    return mark ? mark + 5 : ring;
}

#define SHOWS(written, shown) assert_string_equal(last_line(written, sizeof(written) - 1), shown)

static void test_guest_lines(void **state)
{
    SHOWS("plain\n", "plain\n");
    SHOWS("dos\r\n", "dos\n");
    SHOWS("pro\rgress\n", "progress\n");
    SHOWS("tab\tbell\a\033[2J\n", "tab bell??[2J\n");
    SHOWS("\302\233 8-bit\n", "?? 8-bit\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_guest_lines) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
