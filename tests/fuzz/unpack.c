/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor does with a compressed dom0 kernel: the four formats, broken in any way. Memory all comes back. */
#undef free     /* the host's, here */
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include <xen/decompress.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>

#define LARGEST (16u << 20)

static unsigned int in_use;

void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    void *p = (PAGE_SIZE << order) > LARGEST ? NULL : aligned_alloc(64, PAGE_SIZE << order);

    in_use += p != NULL;
    return p;
}

void free_xen_pages(void *p, unsigned int order)
{
    in_use -= p != NULL;
    free(p);
}

void library_enter(void) { }
void library_leave(void) { }
void panic(const char *fmt, ...) { abort(); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = 0;
    void *out;
    int rc = decompress(data, size, &out, &n);

    FUZZ_CHECK(rc || decompress_format(data, size));
    if (!rc) {
        volatile uint8_t last = ((uint8_t *)out)[n - 1];

        (void)last;
        decompress_free(out, n);
    }
    FUZZ_CHECK(!in_use);
    return 0;
}
