/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries and pins of other domains, in batches. */
#include "xc_private.h"

#include <stdlib.h>

#define MMU_BATCH 1024

struct xc_mmu {
    struct xc_handle *h;
    uint32_t domid;
    unsigned nr;
    struct mmu_update *buf;       /* hypercall buffer of MMU_BATCH entries */
};

/* The domain whose page tables these are goes into the upper half of foreigndom
 * (plus one), the owner of the frames mapped into the lower (public/xen.h). */
static unsigned long mmu_foreigndom(uint32_t domid)
{
    return domid | ((unsigned long)(domid + 1) << 16);
}

int xc_mmu_begin(struct xc_handle *h, uint32_t domid, struct xc_mmu **out)
{
    struct xc_mmu *m = calloc(1, sizeof(*m));

    *out = NULL;
    if (m)
        m->buf = xc_hbuf_alloc(h, MMU_BATCH * sizeof(*m->buf));
    if (!m || !m->buf) {
        free(m);
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "update page tables",
                       "no memory for a hypercall buffer");
    }
    m->h = h;
    m->domid = domid;
    *out = m;
    return 0;
}

int xc_mmu_flush(struct xc_mmu *m)
{
    unsigned nr = m->nr;
    long rc;

    if (!nr)
        return 0;
    m->nr = 0;
    rc = xc_hypercall(m->h, __HYPERVISOR_mmu_update, (unsigned long)m->buf, nr,
                      0, mmu_foreigndom(m->domid), 0);
    if (rc < 0)
        return xc_fail_call(m->h, rc, "update page tables of domain %u",
                            m->domid);
    return 0;
}

int xc_mmu_queue(struct xc_mmu *m, uint64_t ptr, uint64_t val)
{
    m->buf[m->nr++] = (struct mmu_update){ .ptr = ptr, .val = val };
    return m->nr == MMU_BATCH ? xc_mmu_flush(m) : 0;
}

int xc_mmu_end(struct xc_mmu *m)
{
    int rc = xc_mmu_flush(m);

    xc_hbuf_free(m->h, m->buf);
    free(m);
    return rc;
}

static const unsigned pin_commands[] = {
    MMUEXT_UNPIN_TABLE, MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE,
    MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE,
};

int xc_mmuext_pin(struct xc_handle *h, uint32_t domid, const struct xc_pin *ops,
                  unsigned nr)
{
    struct mmuext_op *buf = xc_hbuf_alloc(h, nr * sizeof(*buf));
    long rc = 0;

    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "pin page tables",
                       "no memory for a hypercall buffer");
    for (unsigned i = 0; i < nr; i++) {
        if (ops[i].level >= XC_ARRAY_SIZE(pin_commands)) {
            rc = -EINVAL;
            break;
        }
        buf[i].cmd = pin_commands[ops[i].level];
        buf[i].arg1.mfn = ops[i].mfn;
    }
    if (!rc)
        rc = xc_hypercall(h, __HYPERVISOR_mmuext_op, (unsigned long)buf, nr, 0,
                          domid, 0);
    xc_hbuf_free(h, buf);
    return rc < 0 ? xc_fail_call(h, rc, "pin page tables of domain %u", domid) : 0;
}
