/* SPDX-License-Identifier: GPL-2.0-only */
/* GNTTABOP_transfer: a page given to oneself through an entry, and what must be refused.  Some releases refuse the
 * loopback as a whole: then only the refusals are checked. */
#include "test.h"

static long transfer(unsigned long mfn, domid_t dom, grant_ref_t ref)
{
    struct gnttab_transfer t = { .mfn = mfn, .domid = dom, .ref = ref, .status = 99 };
    long result = hc_grant_table_op(GNTTABOP_transfer, &t, 1);

    return result ? result - 1000 : t.status;
}

void test_main(void)
{
    char *mapped = page_alloc();
    unsigned long pfn = pfn_spare(), mfn = pfn_to_mfn(pfn);
    struct xen_memory_domain self = { .domid = DOMID_SELF };
    long before = hc_memory_op(XENMEM_current_reservation, &self);
    long result;

    grants_init(1);
    /* A page that is mapped writable cannot go. */
    grants_v1[8].domid = grants_self;
    grants_v1[8].frame = 0;
    barrier();
    grants_v1[8].flags = GTF_accept_transfer;
    CHECK(transfer(virt_to_mfn(mapped), grants_self, 8) < 0, "gave away a mapped page");
    CHECK(transfer(1ul << 40, grants_self, 8) < 0, "gave away no page");
    CHECK(transfer(pt_base_mfn(), grants_self, 8) < 0, "gave away the page table in use");
    CHECK(transfer(mfn, 77, 8) < 0, "gave to nobody");
    EXPECT(grants_v1[8].flags, GTF_accept_transfer);
    /* 4.17 takes the page before it looks for the receiver, and frees it when there is none.  A failed operation should
     * leave no trace: ours keeps the page with its owner. */
    if (on_reference()) {
        CHECK(hc_memory_op(XENMEM_current_reservation, &self) == before - 1, "the reference has changed");
        before--;
        mfn = pfn_to_mfn(pfn_spare());
    }
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
    EXPECT(try_write((unsigned long)mapped), VECTOR_NONE);

    result = transfer(mfn, grants_self, 8);
    if (result == GNTST_okay) {
        CHECK(grants_v1[8].flags == (GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed), "flags %x",
              grants_v1[8].flags);
        CHECK(grants_v1[8].frame != 0, "no frame came");
    } else {
        EXPECT(grants_v1[8].flags, GTF_accept_transfer);
    }
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
}
