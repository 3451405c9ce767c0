/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants between two domains, both with their tables to scribble on: uses are as many as mappings at any time, and when
 * both have ended every frame is as it was at the start.
 */
#include "../../xen/test/host/host.h"
#include "input.h"
#include <xen/frame_check.h>
#include <xen/grant.h>
#include <x86/mm.h>

#define OWN_FIRST 10        /* frames 10..41: of the first domain, then of the second */
#define OWN_EACH  16
#define LENT      48        /* from here on: what the hypervisor lends */
#define NR_FRAMES 191
#define NR_VA     12        /* page-table entries that mappings are made in, by both domains */
#define NR_OPS    600

static struct domain *dom[2];
static struct { struct frame_info *f; bool writable; } entries[2][NR_VA];
static bool lent_used[NR_FRAMES + 1];
static unsigned int user;   /* whose call it is */

/* ---- what the code calls ---- */

void free_domain_frame(struct frame_info *f) { FUZZ_CHECK(f->count_info == 0); }
struct domain *domain_get_by_id(u16 id)
{
    if (id < 1 || id > 2)
        return NULL;
    dom[id - 1]->refs++;
    return dom[id - 1];
}
void domain_for_each(void (*fn)(struct domain *, void *), void *arg)
{
    fn(dom[0], arg);
    fn(dom[1], arg);
}
void tlb_filter(cpumask_t *mask, u32 stamp) { }
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va) { }
u32 tlb_flush_clock = 1;
int frame_validate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible) { return -EINVAL; }
int frame_devalidate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible) { return 0; }

void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    for (unsigned int m = LENT; m <= NR_FRAMES; m++)
        if (!lent_used[m]) {
            if (host_fail_alloc_after >= 0 && host_fail_alloc_after-- == 0)
                return NULL;
            lent_used[m] = true;
            memset(mfn_to_virt(mfn(m)), 0, PAGE_SIZE);
            return mfn_to_virt(mfn(m));
        }
    return NULL;
}
void free_xen_pages(void *p, unsigned int order)
{
    unsigned int m = p ? (unsigned int)virt_to_mfn(p).v : 0;

    if (m < LENT)           /* one of a domain's, given up: nobody's from now on */
        return;
    FUZZ_CHECK(lent_used[m]);
    lent_used[m] = false;
}
int share_xen_page_with_guest(void *p, struct domain *d, bool writable)
{
    struct frame_info *f = virt_to_frame(p);

    f->type_info = FT_WRITABLE | FT_VALIDATED | 1;
    frame_set_owner(f, d);
    f->count_info = FRAME_XENHEAP | FRAME_ALLOCATED | 1;
    return 0;
}
void unshare_xen_page(void *p)
{
    struct frame_info *f = virt_to_frame(p);

    if (!f->count_info)     /* never shared, as the hypervisor's own pages of a table */
        return;
    FUZZ_CHECK((f->type_info & FT_COUNT_MASK) == 1 && f->count_info == (FRAME_XENHEAP | FRAME_ALLOCATED | 1));
    f->type_info = f->count_info = 0;
}
int steal_frame(struct domain *d, struct frame_info *f)
{
    if (frame_owner(f) != d || (f->type_info & FT_COUNT_MASK) || f->count_info != (FRAME_ALLOCATED | 1))
        return -EBUSY;
    f->count_info = 0;
    frame_set_owner(f, NULL);
    d->tot_pages--;
    return 0;
}
int assign_frames(struct domain *d, struct frame_info *f, unsigned long n, unsigned int flags)
{
    frame_set_owner(f, d);
    f->count_info = FRAME_ALLOCATED | 1;
    d->tot_pages++;
    return 0;
}

static void entry_drop(unsigned int u, unsigned int i)
{
    struct frame_info *f = entries[u][i].f;

    if (f && entries[u][i].writable)
        (void)frame_put_type(f, false);
    if (f)
        frame_put(f);
    entries[u][i].f = NULL;
}

int grant_map_pte(u64 addr, struct domain *granter, mfn_t m, u32 flags)
{
    unsigned int i = (unsigned int)(addr >> PAGE_SHIFT);
    bool writable = !(flags & GNTMAP_readonly);
    struct frame_info *f = i && i <= NR_VA ? frame_get_mfn(m, granter) : NULL;

    if (!f)
        return GNTST_general_error;
    if (writable && frame_get_type(f, FT_WRITABLE, false)) {
        frame_put(f);
        return GNTST_general_error;
    }
    entry_drop(user, i - 1);
    entries[user][i - 1].f = f;
    entries[user][i - 1].writable = writable;
    return GNTST_okay;
}
int grant_unmap_pte(u64 addr, mfn_t m, u32 flags, u64 new_addr, bool *writable)
{
    unsigned int i = (unsigned int)(addr >> PAGE_SHIFT);

    if (!i || i > NR_VA || !entries[user][i - 1].f || frame_to_mfn(entries[user][i - 1].f).v != m.v)
        return GNTST_general_error;
    *writable = entries[user][i - 1].writable;
    entry_drop(user, i - 1);
    return GNTST_okay;
}

/* ---- the two ---- */

static u16 some_domid(void) { return (u16)(input_below(12) ? 1 + input_below(2) : input_below(0x8000)); }
static grant_ref_t ref(void) { return input_below(16) ? input_below(10) : input_below(1u << 14); }
static u64 own_frame(void) { return input_below(12) ? OWN_FIRST + input_below(2 * OWN_EACH) : input_below(NR_FRAMES + 40); }

/* A guest's own entries and its status words: anything at any time. */
static void offer(struct domain *d)
{
    struct grant_table *gt = d->grant;
    u16 flags = (u16)(input_below(4) ? GTF_permit_access | (input_below(2) ? GTF_readonly : 0) : input_byte() | input_byte() << 8);
    grant_ref_t at = input_below(10);

    if (gt->version == 1) {
        grant_v1(gt, at)->domid = some_domid();
        grant_v1(gt, at)->frame = (u32)own_frame();
    } else {
        union grant_entry_v2 *e = grant_v2(gt, at);

        e->hdr.domid = some_domid();
        e->full_page.frame = own_frame();
        if (!input_below(4)) {
            e->sub_page.page_off = (u16)input_below(5000);
            e->sub_page.length = (u16)input_below(5000);
        }
        if ((flags & GTF_type_mask) == GTF_transitive) {
            e->transitive.trans_domid = some_domid();
            e->transitive.gref = input_below(10);
        }
    }
    grant_header(gt, at)->flags = flags;
}

static void map(void)
{
    struct gnttab_map_grant_ref op = { .host_addr = (u64)input_below(NR_VA + 2) << PAGE_SHIFT, .flags = input_below(8) | (input_below(9) ? 0 : input_below(1u << 24)),
                                       .ref = ref(), .dom = some_domid() };

    grant_map(&op);
}

static void unmap(void)
{
    struct grant_unmap u = { .host_addr = (u64)input_below(NR_VA + 2) << PAGE_SHIFT, .dev_addr = input_below(2) ? own_frame() << PAGE_SHIFT : 0,
                             .handle = input_below(16) ? input_below(24) : input_below(1u << 20) };

    grant_unmap_begin(&u);
    grant_unmap_end(&u);
}

static void copy(void)
{
    struct gnttab_copy op = { .len = (u16)input_below(5000), .flags = (u16)(input_below(16) ? input_below(4) : input_byte()) };
    struct gnttab_copy_ptr *ends[2] = { &op.source, &op.dest };

    for (unsigned int i = 0; i < 2; i++) {
        ends[i]->domid = input_below(3) ? some_domid() : DOMID_SELF;
        ends[i]->offset = (u16)input_below(5000);
        if (op.flags & (i ? GNTCOPY_dest_gref : GNTCOPY_source_gref))
            ends[i]->u.ref = ref();
        else
            ends[i]->u.gmfn = own_frame();
    }
    grant_copy(&op);
}

static void one(void)
{
    struct gnttab_transfer t;

    user = input_below(2);
    host_cpu_info[0].current_vcpu = dom[user]->vcpu[0];
    host_fail_alloc_after = input_below(16) ? -1 : (int)input_below(3);
    switch (input_below(12)) {
    case 0: case 1: offer(dom[user]); break;
    case 2: case 3: case 4: map(); break;
    case 5: case 6: unmap(); break;
    case 7: copy(); break;
    case 8: (void)grant_swap(dom[user], ref(), ref()); break;
    case 9: if (!input_below(3)) (void)grant_set_version(dom[user], input_below(4)); break;
    case 10: entry_drop(user, input_below(NR_VA)); break;
    default:
        t = (struct gnttab_transfer){ .mfn = own_frame(), .domid = some_domid(), .ref = ref() };
        grant_transfer(&t);
    }
    host_fail_alloc_after = -1;
}

/* ---- the machine ---- */

static void begin(void)
{
    host_memory(NR_FRAMES);
    memset(entries, 0, sizeof(entries));
    memset(lent_used, 0, sizeof(lent_used));
    host_live_allocs = 0;
    for (u16 i = 0; i < 2; i++) {
        dom[i] = mfn_to_virt(mfn(2u + i * 4u));      /* a frame's owner is a frame number, too */
        dom[i]->id = (u16)(i + 1);
        dom[i]->refs = 1;
        dom[i]->max_vcpus = 1;
        dom[i]->vcpu = xcalloc(1, sizeof(*dom[i]->vcpu));
        dom[i]->vcpu[0] = xzalloc(sizeof(struct vcpu));
        dom[i]->vcpu[0]->domain = dom[i];
        dom[i]->tot_pages = OWN_EACH;
        dom[i]->max_pages = 2 * OWN_EACH;
        FUZZ_CHECK(!grant_table_create(dom[i], 4, 2, 2));
        for (unsigned int n = 0; n < OWN_EACH; n++) {
            struct frame_info *f = mfn_to_frame(mfn(OWN_FIRST + i * OWN_EACH + n));

            frame_set_owner(f, dom[i]);
            f->count_info = FRAME_ALLOCATED | 1;
        }
    }
}

static void end(void)
{
    for (user = 0; user < 2; user++) {
        for (unsigned int i = 0; i < NR_VA; i++)
            entry_drop(user, i);
        host_cpu_info[0].current_vcpu = dom[user]->vcpu[0];
        while (grant_table_relinquish(dom[user]))
            ;
    }
    for (unsigned int i = 0; i < 2; i++) {
        grant_table_destroy(dom[i]);
        xfree(dom[i]->vcpu[0]);
        xfree(dom[i]->vcpu);
        FUZZ_CHECK(dom[i]->refs == 1);
    }
    for (unsigned int m = OWN_FIRST; m < OWN_FIRST + 2 * OWN_EACH; m++) {
        struct frame_info *f = mfn_to_frame(mfn(m));

        FUZZ_CHECK(f->count_info == (FRAME_ALLOCATED | 1) && !(f->type_info & FT_COUNT_MASK));
    }
    for (unsigned int m = LENT; m <= NR_FRAMES; m++)
        FUZZ_CHECK(!lent_used[m]);
    FUZZ_CHECK(!host_live_allocs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    host_cpu_info[0].softirq_pending = 0;
    begin();
    for (unsigned int i = 0; input_left && i < NR_OPS; i++) {
        one();
        FUZZ_CHECK(!grant_check_counts(dom[0]) && !grant_check_counts(dom[1]));
    }
    end();
    return 0;
}
