/* SPDX-License-Identifier: GPL-2.0-only */
/* The scheduler's identity and a domain's share of the CPUs. */
#include "xc_private.h"

static const struct { enum xc_scheduler id; const char *name; } schedulers[] = {
    { XC_SCHED_CREDIT, "credit" },
    { XC_SCHED_CREDIT2, "credit2" },
    { XC_SCHED_ARINC653, "arinc653" },
    { XC_SCHED_RTDS, "rtds" },
    { XC_SCHED_NULL, "null" },
};

const char *xc_sched_name(enum xc_scheduler id)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(schedulers); i++)
        if (schedulers[i].id == id)
            return schedulers[i].name;
    return "unknown";
}

int xc_sched_id(struct xc_handle *h, enum xc_scheduler *id)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };
    int rc = xc_sysctl(h, &op);

    if (rc < 0)
        return xc_fail_call(h, rc, "ask for the scheduler");
    *id = op.u.sched_id.sched_id;
    return 0;
}

/*
 * credit and credit2 have the same two parameters in the same place. The
 * hypervisor checks that the id is that of the scheduler in charge.
 */
static int scheduler_op(struct xc_handle *h, uint32_t domid, uint32_t cmd,
                        struct xc_sched_params *p)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_scheduler_op, .domain = domid };
    struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;
    enum xc_scheduler id = XC_SCHED_NULL;
    int rc = xc_sched_id(h, &id);

    if (rc)
        return rc;
    if (id != XC_SCHED_CREDIT && id != XC_SCHED_CREDIT2)
        return xc_fail(h, -EOPNOTSUPP, XC_ABOUT_HYPERVISOR, "scheduler weight",
                       "the %s scheduler has no weights", xc_sched_name(id));
    s->sched_id = id;
    s->cmd = cmd;
    if (id == XC_SCHED_CREDIT) {
        s->u.credit.weight = p->weight;
        s->u.credit.cap = p->cap;
    } else {
        s->u.credit2.weight = p->weight;
        s->u.credit2.cap = p->cap;
    }
    rc = xc_domctl(h, &op);
    if (rc < 0)
        return xc_fail_call(h, rc, "scheduler weight of domain %u", domid);
    p->weight = id == XC_SCHED_CREDIT ? s->u.credit.weight : s->u.credit2.weight;
    p->cap = id == XC_SCHED_CREDIT ? s->u.credit.cap : s->u.credit2.cap;
    return 0;
}

int xc_sched_get(struct xc_handle *h, uint32_t domid, struct xc_sched_params *p)
{
    *p = (struct xc_sched_params){ 0 };
    return scheduler_op(h, domid, XEN_DOMCTL_SCHEDOP_getinfo, p);
}

int xc_sched_set(struct xc_handle *h, uint32_t domid,
                 const struct xc_sched_params *p)
{
    struct xc_sched_params copy = *p;

    return scheduler_op(h, domid, XEN_DOMCTL_SCHEDOP_putinfo, &copy);
}
