/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of the DMAR table, which firmware made. */
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include <xen/dmar.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dmar d;

    if (dmar_parse(data, size, &d))
        return 0;
    FUZZ_CHECK(d.nr_units <= ARRAY_SIZE(d.unit));
    return 0;
}
