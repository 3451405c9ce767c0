/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of written pages of another domain, as the initial domain asks for it: what others write to is in it, reading it
 * clears it or does not, and it goes with the domain. The reference refuses it (built without shadow paging).
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>

#define FIRST  16
#define PAGES  32
#define PFNS   64

static struct xen_domctl ctl;
static domid_t dom;
static unsigned long mfns[PFNS];
static uint64_t bits;                 /* what was read last */

static long domctl(unsigned cmd, domid_t domain)
{
    return domctl_of(&ctl, cmd, domain);
}

static long shadow_op(unsigned op, unsigned mode)
{
    long rc;

    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.shadow_op.op = op;
    ctl.u.shadow_op.mode = mode;
    ctl.u.shadow_op.pages = PFNS;
    set_xen_guest_handle(ctl.u.shadow_op.dirty_bitmap, (uint8_t *)&bits);
    bits = ~0UL;
    do
        rc = domctl(XEN_DOMCTL_shadow_op, dom);
    while (rc == -85);                /* ERESTART */
    return rc;
}

static void give_page(unsigned long pfn)
{
    xen_pfn_t frame = pfn;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = dom };

    set_xen_guest_handle(r.extent_start, &frame);
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), 1);
    mfns[pfn] = frame;
}

static void create(void)
{
    ctl = target_description();
    dom = target_create(&ctl, 1024);
    for (unsigned long pfn = FIRST; pfn < FIRST + PAGES; pfn++)
        give_page(pfn);
}

static void expect_dirty(uint64_t want)
{
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_PEEK, 0), 0);
    CHECK(bits == want, "peek: %016lx instead of %016lx", bits, want);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_CLEAN, 0), 0);
    CHECK(bits == want, "clean: %016lx instead of %016lx", bits, want);
    EXPECT(ctl.u.shadow_op.pages, PFNS);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_PEEK, 0), 0);
    CHECK(bits == 0, "after clean: %016lx", bits);
}

static uint64_t bit(unsigned long pfn) { return 1UL << pfn; }

static long table_write(unsigned long pfn, uint64_t value)
{
    struct mmu_update u = { (mfns[pfn] << 12) + 8 * 7, value };

    /* Tables of @dom, frames of @dom. */
    return hc_mmu_update(&u, 1, NULL, (unsigned long)dom | (unsigned long)(dom + 1) << 16);
}

static long pin(unsigned cmd, unsigned long pfn)
{
    struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfns[pfn] };

    return hc_mmuext_op(&op, 1, NULL, dom);
}

static void check_writes_of_others(void)
{
    uint64_t m2p = mfns[20] << 12 | MMU_MACHPHYS_UPDATE;
    struct mmu_update u = { m2p, 60 };

    expect_dirty(0);
    /* A mapping by another domain counts when it ends. */
    EXPECT(hc_update_va_mapping_otherdomain(SCRATCH_VA, mfns[17] * PAGE_SIZE | PTE_DATA, UVMF_INVLPG, dom), 0);
    *(volatile uint64_t *)SCRATCH_VA = 1;
    EXPECT(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    EXPECT(hc_update_va_mapping_otherdomain(SCRATCH_VA, (mfns[18] * PAGE_SIZE | PTE_DATA) & ~2UL, UVMF_INVLPG, dom), 0);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    expect_dirty(bit(17));
    /* A page that becomes a table, is pinned, is changed, and is none any more. */
    EXPECT(pin(MMUEXT_PIN_L1_TABLE, 24), 0);
    expect_dirty(bit(24));
    EXPECT(table_write(24, mfns[25] << 12 | 7), 0);
    expect_dirty(bit(24));
    EXPECT(pin(MMUEXT_UNPIN_TABLE, 24), 0);
    expect_dirty(bit(24));
    /* Its number: the old one and the new one mean something else. */
    EXPECT(hc_mmu_update(&u, 1, NULL, dom), 0);
    expect_dirty(bit(20) | bit(60));
    give_page(50);
    expect_dirty(bit(50));
}

static void check_refusals(void)
{
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_CLEAN, 0), -XEN_EINVAL);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_PEEK, 0), -XEN_EINVAL);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_OFF, 0), 0);
    CHECK(shadow_op(XEN_DOMCTL_SHADOW_OP_ENABLE, XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE) < 0, "translation for a PV domain");
    CHECK(shadow_op(99, 0) < 0, "operation 99");
    ctl.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
    EXPECT(domctl(XEN_DOMCTL_shadow_op, 0), -XEN_EINVAL);
}

void test_main(void)
{
    pt_build(SCRATCH_VA);
    create();
    check_refusals();
    if (shadow_op(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0) == -XEN_EINVAL) {
        target_destroy(dom);
        report_skip("no log of written pages here");
    }
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0), -XEN_EINVAL);
    check_writes_of_others();
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_OFF, 0), 0);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_PEEK, 0), -XEN_EINVAL);
    EXPECT(shadow_op(XEN_DOMCTL_SHADOW_OP_ENABLE, XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY), 0);
    expect_dirty(0);
    target_destroy(dom);              /* the log goes with it */
}
