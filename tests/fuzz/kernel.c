/* SPDX-License-Identifier: GPL-2.0-only */
/* libxc's reader of guests' kernels: bzImage, each compression, ELF and notes. What it accepts can be read whole. */
#include "input.h"
#include <stdlib.h>
#include "xc_image.h"
#include "xc_private.h"
#include <xenbuild.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xc_handle *h;
    struct xc_build_params p = { .kernel_path = "fuzz", .kernel_data = data, .kernel_len = size, .cache_dir = "" };
    struct xc_kernel k;

    if (!h && xc_open_offline(&h))
        return 0;
    if (xc_kernel_open(h, &p, &k))
        return 0;
    for (unsigned i = 0; i < k.elf.nr_segs; i++) {
        const struct xc_elf_segment *s = &k.elf.seg[i];
        uint8_t byte;

        FUZZ_CHECK(s->mem_len >= s->file_len);
        FUZZ_CHECK(s->va + s->mem_len >= s->va);
        FUZZ_CHECK(!s->file_len || !xc_source_read(&k.src, s->file_off + s->file_len - 1, &byte, 1));
    }
    xc_kernel_close(&k);
    return 0;
}
