/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_access leak|overflow: what a sanitizer must report, to show that it does in dom0. Built with AddressSanitizer. */
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char *volatile p = malloc(77);
    size_t last = argc > 1 && strcmp(argv[1], "overflow") == 0 ? 77 : 76;

    p[last] = 1;
    p = NULL;
    return 0;
}
