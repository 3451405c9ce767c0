/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images of saved domains, read by libxc into a domain that stands here: frames that it was given are mapped, no others, and
 * what was mapped is unmapped. Bytes behind an image's end say when memory runs out.
 */
#include "input.h"
#include "no_memory.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "xc_restore.h"

#define FRAMES     600
#define FIRST_MFN  0x1000
#define SHARED_MFN 0x500

static uint8_t memory[FRAMES][XC_PAGE_SIZE], shared[XC_PAGE_SIZE];
static unsigned given, mapped;

struct mapping { uint64_t mfn[512]; size_t nr; void *at; };
static struct mapping mappings[2];

static uint8_t *frame_at(uint64_t mfn)
{
    if (mfn == SHARED_MFN)
        return shared;
    FUZZ_CHECK(mfn >= FIRST_MFN && mfn - FIRST_MFN < given);
    return memory[mfn - FIRST_MFN];
}

/* ---- the hypervisor and the rest of the library ---- */

int xc_build_limits(struct xc_build *b) { return 0; }
int xc_build_ports(struct xc_build *b)
{
    b->r->store_port = 1;
    b->r->console_port = 2;
    return 0;
}
int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    memset(info, 0, sizeof(*info));
    info->shared_info_mfn = SHARED_MFN;
    return 0;
}
int xc_domctl(struct xc_handle *h, struct xen_domctl *op) { return 0; }
int xc_gnttab_seed(struct xc_handle *h, uint32_t domid, uint64_t console_mfn, uint32_t console_domid, uint64_t store_mfn,
                   uint32_t store_domid)
{
    (void)frame_at(console_mfn);
    (void)frame_at(store_mfn);
    return 0;
}
void *xc_hbuf_alloc(struct xc_handle *h, size_t bytes) { return calloc(1, bytes); }
void xc_hbuf_free(struct xc_handle *h, void *p) { free(p); }

long xc_memory_populate(struct xc_handle *h, uint32_t domid, unsigned order, uint64_t *frames, unsigned long nr)
{
    unsigned long done = 0;

    for (; done < nr && given < FRAMES; done++)
        frames[done] = FIRST_MFN + given++;
    return (long)done;
}

int xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot, const uint64_t *mfns, size_t nr, int *err, void **out)
{
    struct mapping *m = &mappings[mapped];

    FUZZ_CHECK(mapped < XC_ARRAY_SIZE(mappings));
    if (nr > XC_ARRAY_SIZE(m->mfn))
        return -ENOMEM;
    *m = (struct mapping){ .nr = nr, .at = malloc(nr * XC_PAGE_SIZE) };
    if (!m->at)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "map", "no memory");
    memcpy(m->mfn, mfns, nr * sizeof(*mfns));
    for (size_t i = 0; i < nr; i++)
        memcpy((uint8_t *)m->at + i * XC_PAGE_SIZE, frame_at(mfns[i]), XC_PAGE_SIZE);
    mapped++;
    *out = m->at;
    return 0;
}
int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out)
{
    return xc_map_foreign(h, domid, prot, &mfn, 1, NULL, out);
}
void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
    struct mapping *m = &mappings[mapped - 1];

    FUZZ_CHECK(mapped && m->at == addr && m->nr == nr);
    for (size_t i = 0; i < nr; i++)
        memcpy(frame_at(m->mfn[i]), (uint8_t *)addr + i * XC_PAGE_SIZE, XC_PAGE_SIZE);
    free(addr);
    mapped--;
}
int xc_mmuext_pin(struct xc_handle *h, uint32_t domid, const struct xc_pin *pin, unsigned nr)
{
    FUZZ_CHECK(!mapped);
    for (unsigned i = 0; i < nr; i++) {
        FUZZ_CHECK(pin[i].level >= 1 && pin[i].level <= 4);
        (void)frame_at(pin[i].mfn);
    }
    return 0;
}
int xc_vcpu_setcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu, const struct vcpu_guest_context *c)
{
    FUZZ_CHECK(vcpu < 2);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xc_handle h;
    struct xc_build_params p = { .memory_mib = 2, .max_vcpus = 2 };
    struct xc_build_result out;
    int fd = memfd_create("image", 0), rc;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
        abort();
    given = 0;
    h = (struct xc_handle){ 0 };
    no_memory_after = size && data[size - 1] > 128 ? data[size - 1] - 128 : 0;
    rc = xc_domain_restore(&h, 1, fd, &p, &out);
    FUZZ_CHECK(!rc || xc_last_error(&h)->code == rc);
    no_memory_after = 0;
    FUZZ_CHECK(!mapped);
    close(fd);
    return 0;
}
