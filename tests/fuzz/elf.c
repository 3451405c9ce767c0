/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's ELF reader: whatever it accepts lies within the file. */
#include "input.h"
#include <xen/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_kernel k;

    if (elf_parse(data, size, &k))
        return 0;
    FUZZ_CHECK(k.nr_segments <= ELF_MAX_SEGMENTS);
    for (unsigned int i = 0; i < k.nr_segments; i++) {
        const struct elf_segment *s = &k.segment[i];
        const uint8_t *from = s->data;

        FUZZ_CHECK(s->file_size <= s->mem_size);
        FUZZ_CHECK(!s->file_size || (from >= data && from <= data + size && s->file_size <= (size_t)(data + size - from)));
    }
    return 0;
}
