/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a domain whose memory, page tables, p2m list and registers are what the input makes of them: only frames of its own are
 * mapped, and unmapped again, also when memory runs out; what a save that succeeded has written is a stream of whole records, without a machine frame in it.
 */
#include "input.h"
#include "no_memory.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "xc_save.h"

#define FRAMES     32           /* of the guest: FIRST_MFN and on; the last one is shared_info */
#define FIRST_MFN  0x100
#define SHARED     (FRAMES - 1)
#define ROOT       1            /* tables of levels 4 to 1 */
#define LIST       5
#define TOP        6            /* of the tree, and its second level */
#define MFN(n)     ((uint64_t)FIRST_MFN + (n))
#define VCPUS      2

static uint64_t memory[FRAMES][PTE_COUNT];
static uint8_t types[FRAMES];
static struct vcpu_guest_context contexts[VCPUS];
static size_t xsave_size;
static unsigned mapped;

/* ---- the hypervisor and the rest of the library ---- */

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    *info = (struct xc_domain_info){ .shutdown = true, .shutdown_reason = XC_SHUTDOWN_SUSPEND, .max_vcpu_id = VCPUS - 1,
                                     .shared_info_mfn = MFN(SHARED), .max_pages = FRAMES };
    return 0;
}
int xc_domain_get_address_size(struct xc_handle *h, uint32_t domid, uint32_t *bits)
{
    *bits = 64;
    return 0;
}
int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info)
{
    *info = (struct xc_physinfo){ .max_mfn = MFN(FRAMES) + 16 };
    return 0;
}
int xc_get_pageframe_types(struct xc_handle *h, uint32_t domid, uint64_t *array, unsigned nr)
{
    FUZZ_CHECK(nr <= 1024);
    for (unsigned i = 0; i < nr; i++) {
        bool own = array[i] >= FIRST_MFN && array[i] < MFN(SHARED);

        array[i] |= (uint64_t)(own ? types[array[i] - FIRST_MFN] : FRAME_NONE) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
    }
    return 0;
}
int xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot, const uint64_t *mfns, size_t nr, int *err, void **out)
{
    uint8_t *p = malloc(nr * XC_PAGE_SIZE);

    FUZZ_CHECK(prot == PROT_READ && nr);
    if (!p)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "map", "no memory");
    for (size_t i = 0; i < nr; i++) {
        if (mfns[i] < FIRST_MFN || mfns[i] >= MFN(FRAMES)) {
            free(p);
            return xc_fail(h, -EINVAL, XC_ABOUT_HYPERVISOR, "map", "not the domain's");
        }
        memcpy(p + i * XC_PAGE_SIZE, memory[mfns[i] - FIRST_MFN], XC_PAGE_SIZE);
    }
    mapped++;
    *out = p;
    return 0;
}
int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out)
{
    return xc_map_foreign(h, domid, prot, &mfn, 1, NULL, out);
}
void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
    FUZZ_CHECK(mapped);
    mapped--;
    free(addr);
}
int xc_vcpu_getinfo(struct xc_handle *h, uint32_t domid, uint32_t vcpu, struct xc_vcpu_info *info)
{
    FUZZ_CHECK(vcpu < VCPUS);
    *info = (struct xc_vcpu_info){ .online = true };
    return 0;
}
int xc_vcpu_getcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu, struct vcpu_guest_context *c)
{
    FUZZ_CHECK(vcpu < VCPUS);
    *c = contexts[vcpu];
    return 0;
}
int xc_vcpu_setcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu, const struct vcpu_guest_context *c) { return 0; }
int xc_domain_resume(struct xc_handle *h, uint32_t domid) { return 0; }
int xc_domctl(struct xc_handle *h, struct xen_domctl *op)
{
    if (op->cmd == XEN_DOMCTL_getvcpuextstate)
        op->u.vcpuextstate.size = xsave_size;
    return 0;
}
void *xc_hbuf_alloc(struct xc_handle *h, size_t bytes) { return calloc(1, bytes); }
void xc_hbuf_free(struct xc_handle *h, void *p) { free(p); }

/* ---- the guest ---- */

static struct arch_shared_info *arch(void)
{
    return &((struct shared_info *)memory[SHARED])->arch;
}

/* One that can be saved. Its list is where both ways lead to. */
static void make_guest(void)
{
    memset(memory, 0, sizeof(memory));
    memset(types, 0, sizeof(types));
    memset(contexts, 0, sizeof(contexts));
    for (unsigned i = 0; i < 4; i++) {
        types[ROOT + i] = (4 - i) | (i ? 0 : FRAME_PINNED);
        memory[ROOT + i][0] = MFN(ROOT + 1 + i) << XC_PAGE_SHIFT | 0x67;
    }
    for (unsigned i = 0; i < SHARED; i++)
        memory[LIST][i] = MFN(i);
    memory[TOP][0] = MFN(TOP + 1);
    memory[TOP + 1][0] = MFN(LIST);
    arch()->max_pfn = SHARED;
    arch()->p2m_cr3 = xen_pfn_to_cr3(MFN(ROOT));
    arch()->pfn_to_mfn_frame_list_list = MFN(TOP);
    for (unsigned i = 0; i < VCPUS; i++)
        contexts[i].ctrlreg[3] = xen_pfn_to_cr3(MFN(ROOT));
    contexts[0].user_regs.rdx = MFN(8);
    xsave_size = 576;
}

/* A number that may be a frame's, as it stands or in an entry. */
static uint64_t any_number(void)
{
    uint64_t n = input_below(4) ? MFN(input_below(FRAMES + 2)) : input_below(1 << 20);

    switch (input_below(6)) {
    case 0:
        return 0;
    case 1:
        return ~0UL - input_below(3);
    case 2:
        return n;
    case 3:
        return n << input_below(64);
    default:
        return n << XC_PAGE_SHIFT | input_byte();
    }
}

static void change_guest(void)
{
    struct vcpu_guest_context *c = &contexts[input_below(VCPUS)];
    unsigned long *special[] = {
        &arch()->max_pfn, &arch()->p2m_cr3, &arch()->p2m_vaddr, &arch()->p2m_generation, &arch()->pfn_to_mfn_frame_list_list,
        &c->gdt_ents, &c->gdt_frames[input_below(16)], &c->ctrlreg[1], &c->ctrlreg[3], &contexts[0].user_regs.rdx,
    };

    switch (input_below(4)) {
    case 0:
        types[input_below(FRAMES)] = input_below(16);
        break;
    case 1:
        *special[input_below(XC_ARRAY_SIZE(special))] = any_number();
        break;
    case 2:
        xsave_size = input_below(2048);
        break;
    default:
        memory[input_below(FRAMES)][input_below(8) ? input_below(SHARED) : input_below(PTE_COUNT)] = any_number();
    }
}

/* ---- what was written ---- */

static void check_pages(const uint8_t *body, uint32_t len)
{
    const struct stream_pages *head = (const void *)body;
    const uint64_t *list = (const void *)(head + 1);
    size_t at = sizeof(*head) + head->count * sizeof(*list);

    FUZZ_CHECK(len >= at);
    for (uint32_t i = 0; i < head->count; i++, at += XC_PAGE_SIZE) {
        unsigned type = list[i] >> PAGES_TYPE_SHIFT;

        FUZZ_CHECK(frame_has_data(type) && (list[i] & PAGES_PFN) < arch()->max_pfn && len >= at + XC_PAGE_SIZE);
        for (unsigned n = 0; frame_level(type) && n < PTE_COUNT; n++) {
            uint64_t e;

            memcpy(&e, body + at + n * sizeof(e), sizeof(e));
            FUZZ_CHECK(!(e & PTE_PRESENT) || (e & PTE_FRAME) >> XC_PAGE_SHIFT < arch()->max_pfn);
        }
    }
    FUZZ_CHECK(len == at);
}

static void check_stream(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END), at = sizeof(struct stream_header) + sizeof(struct stream_domain);
    uint8_t *p = malloc(size);
    struct stream_rec rec = { .type = ~0U };

    FUZZ_CHECK(p && pread(fd, p, size, 0) == size);
    while (rec.type != REC_END) {
        FUZZ_CHECK(size - at >= (off_t)sizeof(rec));
        memcpy(&rec, p + at, sizeof(rec));
        at += sizeof(rec);
        FUZZ_CHECK(size - at >= (off_t)XC_ROUND_UP(rec.len, 8));
        if (rec.type == REC_PAGE_DATA)
            check_pages(p + at, rec.len);
        at += XC_ROUND_UP(rec.len, 8);
    }
    FUZZ_CHECK(at == size);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xc_handle h;
    int fd = memfd_create("image", 0), rc;

    if (fd < 0)
        abort();
    input = data;
    input_left = size;
    make_guest();
    if (input_below(2))
        arch()->p2m_cr3 = 0;
    no_memory_after = 0;
    if (!input_below(4))
        no_memory_after = input_below(64);
    while (input_left)
        change_guest();
    rc = xc_domain_save(&h, 1, fd);
    no_memory_after = 0;
    FUZZ_CHECK(!mapped && (!rc || xc_last_error(&h)->code == rc));
    if (!rc)
        check_stream(fd);
    close(fd);
    return 0;
}
