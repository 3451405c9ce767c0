/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As `leaks`, for the structures of the control interfaces and for those that are read and written: a call is made with two
 * fillings around its arguments. What comes back is what was there or one value both times; a byte that differs otherwise
 * came from somewhere in the hypervisor. Times and counts that go on by themselves are left out by name.
 */
#define __XEN_TOOLS__
#include "test.h"
#include <public/domctl.h>
#include <public/platform.h>
#include <public/sysctl.h>
#include <public/physdev.h>

#define SIZE 2048

static unsigned char *one, *two;   /* pages: what came back */
static char *list;                 /* a page: what handles lead to, zero before each call */

/* Leaves values of our choice in the hypervisor's stack and registers. */
static void dirty(unsigned long value)
{
    struct gnttab_copy c = { .len = 0xffff };
    struct xen_memory_exchange x = { .nr_exchanged = value };

    for (unsigned i = 0; i < 4; i++)
        hypercall5(__HYPERVISOR_update_descriptor, value, value, value, value, value);
    hc_grant_table_op(GNTTABOP_copy, &c, 1);
    hc_memory_op(XENMEM_exchange, &x);
}

/* Bytes of a structure that may differ from call to call. */
struct span { unsigned from, to; };
#define NOTHING { 0, 0 }
#define FIELD(type, field) { offsetof(type, field), offsetof(type, field) + sizeof(((type *)0)->field) }

static void compare(const char *name, struct span but)
{
    unsigned bad = 0, first = 0;

    for (unsigned i = 0; i < SIZE; i++) {
        bool untouched = one[i] == 0xa5 && two[i] == 0x5a;

        if (untouched || one[i] == two[i] || (i >= but.from && i < but.to))
            continue;
        first = bad++ ? first : i;
    }
    CHECK(!bad, "%s: %u bytes are nobody's, the first at %u: %x, then %x", name, bad, first, one[first], two[first]);
}

/* ---- domctl, sysctl, platform_op: in and out in one structure ---- */

struct control { const char *name; unsigned cmd; struct span but; };

#define D_FIELD(field) FIELD(struct xen_domctl, u.field)
static const struct control domctls[] = {
    { "getdomaininfo", XEN_DOMCTL_getdomaininfo, D_FIELD(getdomaininfo.cpu_time) },
    { "getvcpuinfo", XEN_DOMCTL_getvcpuinfo, D_FIELD(getvcpuinfo.cpu_time) },
    { "gettscinfo", XEN_DOMCTL_gettscinfo, D_FIELD(tsc_info.elapsed_nsec) },
    { "get_address_size", XEN_DOMCTL_get_address_size, NOTHING },
    { "getvcpuextstate", XEN_DOMCTL_getvcpuextstate, NOTHING },
    { "get_vcpu_msrs", XEN_DOMCTL_get_vcpu_msrs, NOTHING },
    { "getpageframeinfo3", XEN_DOMCTL_getpageframeinfo3, NOTHING },
    { "scheduler_op", XEN_DOMCTL_scheduler_op, NOTHING },
    { "shadow_op", XEN_DOMCTL_shadow_op, NOTHING },
};

static long control_call(unsigned number, unsigned cmd, unsigned version, unsigned char *page, unsigned char fill)
{
    memset(page, fill, PAGE_SIZE);
    memset(list, 0, PAGE_SIZE);
    if (number == __HYPERVISOR_domctl) {
        struct xen_domctl *d = (void *)page;

        memset(&d->u, 0, 64); /* handles are null, numbers small: behind them the filling stays */
        d->cmd = cmd;
        d->interface_version = version;
        d->domain = own_domid();
    } else {
        struct xen_sysctl *s = (void *)page; /* struct xen_platform_op begins the same way */

        memset(&s->u, 0, 64);
        s->cmd = cmd;
        s->interface_version = version;
    }
    dirty(fill * 0x0101010101010101ul);
    return hypercall(number, page, 0, 0, 0);
}

static void check_control(unsigned number, unsigned version, const struct control *c)
{
    long a = control_call(number, c->cmd, version, one, 0xa5), b = control_call(number, c->cmd, version, two, 0x5a);

    CHECK(a == b, "%s: %ld, then %ld", c->name, a, b);
    compare(c->name, c->but);
}

#define S_FIELD(field) FIELD(struct xen_sysctl, u.field)
static const struct control sysctls[] = {
    { "physinfo", XEN_SYSCTL_physinfo, S_FIELD(physinfo.free_pages) },
    { "sched_id", XEN_SYSCTL_sched_id, NOTHING },
    { "availheap", XEN_SYSCTL_availheap, NOTHING },
    { "cputopoinfo", XEN_SYSCTL_cputopoinfo, NOTHING },
    { "numainfo", XEN_SYSCTL_numainfo, NOTHING },
    { "cpupool_op", XEN_SYSCTL_cpupool_op, NOTHING },
    { "pm_op", XEN_SYSCTL_pm_op, NOTHING },
    { "page_offline_op", XEN_SYSCTL_page_offline_op, NOTHING },
    { "get_cpu_levelling_caps", XEN_SYSCTL_get_cpu_levelling_caps, NOTHING },
    { "get_cpu_featureset", XEN_SYSCTL_get_cpu_featureset, NOTHING },
};

static const struct control platform_ops[] = {
    { "pcpuinfo", XENPF_get_cpuinfo, NOTHING },
    { "cpu_version", XENPF_get_cpu_version, NOTHING },
    { "firmware_info", XENPF_firmware_info, NOTHING },
    { "getidletime", XENPF_getidletime, FIELD(struct xen_platform_op, u.getidletime.now) },
    { "get_symbol", XENPF_get_symbol, NOTHING },
};

/* Lists of structures, which the hypervisor fills one by one. */
static void check_list(const char *name, struct xen_sysctl *op, size_t each)
{
    unsigned char *out[2] = { one, two };

    for (unsigned i = 0; i < 2; i++) {
        struct xen_sysctl s = *op;

        memset(list, i ? 0x5a : 0xa5, PAGE_SIZE);
        dirty(i ? 0x5a5a5a5a5a5a5a5aul : 0xa5a5a5a5a5a5a5a5ul);
        CHECK(hc_sysctl(&s) >= 0, "%s", name);
        memcpy(out[i], list, SIZE);
    }
    compare(name, op->cmd == XEN_SYSCTL_getdomaininfolist ? (struct span)FIELD(struct xen_domctl_getdomaininfo, cpu_time) :
                  op->cmd == XEN_SYSCTL_getcpuinfo ? (struct span){ 0, SIZE } : (struct span)NOTHING);
    for (size_t i = each; i < SIZE; i++)
        CHECK(one[i] == 0xa5, "%s: byte %zu is behind the end", name, i);
}

static void check_lists(void)
{
    struct xen_sysctl s = { .cmd = XEN_SYSCTL_getdomaininfolist, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    s.u.getdomaininfolist.max_domains = 1;
    set_xen_guest_handle(s.u.getdomaininfolist.buffer, (void *)list);
    check_list("getdomaininfolist", &s, sizeof(struct xen_domctl_getdomaininfo));
    s = (struct xen_sysctl){ .cmd = XEN_SYSCTL_cputopoinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };
    s.u.cputopoinfo.num_cpus = 1;
    set_xen_guest_handle(s.u.cputopoinfo.cputopo, (void *)list);
    check_list("cputopo", &s, sizeof(struct xen_sysctl_cputopo));
    s = (struct xen_sysctl){ .cmd = XEN_SYSCTL_getcpuinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };
    s.u.getcpuinfo.max_cpus = 1;
    set_xen_guest_handle(s.u.getcpuinfo.info, (void *)list);
    check_list("getcpuinfo", &s, sizeof(struct xen_sysctl_cpuinfo));
}

/* A vCPU's whole context: its gaps too. */
static void check_context(void)
{
    struct xen_domctl d = { .cmd = XEN_DOMCTL_getvcpucontext, .interface_version = XEN_DOMCTL_INTERFACE_VERSION };
    static vcpu_guest_context_t context[2];
    long result;

    d.domain = own_domid();
    for (unsigned i = 0; i < 2; i++) {
        memset(&context[i], i ? 0x5a : 0xa5, sizeof(context[i]));
        set_xen_guest_handle(d.u.vcpucontext.ctxt, &context[i]);
        dirty(i ? 0x5a5a5a5a5a5a5a5aul : 0xa5a5a5a5a5a5a5a5ul);
        result = hc_domctl(&d);
        if (result)
            return; /* of oneself: refused */
    }
    for (unsigned i = 0; i < sizeof(context[0]); i++) {
        unsigned char a = ((unsigned char *)&context[0])[i], b = ((unsigned char *)&context[1])[i];

        CHECK(a == b || (a == 0xa5 && b == 0x5a) || i < offsetof(struct vcpu_guest_context, trap_ctxt), "context: byte %u", i);
    }
}

/* ---- what every guest may ask ---- */

struct simple { const char *name; unsigned number; unsigned long cmd; unsigned in; struct span but; bool counted; };

static const struct simple calls[] = {
    { "event status", __HYPERVISOR_event_channel_op, EVTCHNOP_status, 8, NOTHING, false },
    { "alloc_unbound", __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, 4, FIELD(struct evtchn_alloc_unbound, port), false },
    { "query_size", __HYPERVISOR_grant_table_op, GNTTABOP_query_size, 2, NOTHING, true },
    { "get_version", __HYPERVISOR_grant_table_op, GNTTABOP_get_version, 2, NOTHING, false },
    { "setup_table", __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, 8, NOTHING, true },
    { "irq_status_query", __HYPERVISOR_physdev_op, PHYSDEVOP_irq_status_query, 4, NOTHING, false },
    { "maximum_gpfn", __HYPERVISOR_memory_op, XENMEM_maximum_gpfn, 2, NOTHING, false },
    { "memory_map", __HYPERVISOR_memory_op, XENMEM_memory_map, 16, NOTHING, false },
    { "get_features", __HYPERVISOR_xen_version, XENVER_get_features, 4, NOTHING, false },
    { "build_id", __HYPERVISOR_xen_version, XENVER_build_id, 4, NOTHING, false },
};

static void check_simple(const struct simple *s)
{
    unsigned char *out[2] = { one, two };

    for (unsigned i = 0; i < 2; i++) {
        memset(out[i], i ? 0x5a : 0xa5, PAGE_SIZE);
        memset(out[i], 0, s->in);
        if (s->in == 2 || s->in == 4 || s->cmd == EVTCHNOP_status)
            *(domid_t *)out[i] = s->number == __HYPERVISOR_xen_version || s->number == __HYPERVISOR_physdev_op ? 0 : DOMID_SELF;
        if (s->cmd == EVTCHNOP_status && s->number == __HYPERVISOR_event_channel_op)
            ((struct evtchn_status *)out[i])->port = 1;
        dirty(i ? 0x5a5a5a5a5a5a5a5aul : 0xa5a5a5a5a5a5a5a5ul);
        hypercall(s->number, s->cmd, out[i], s->counted, 0);
    }
    compare(s->name, s->but);
}

void test_main(void)
{
    one = page_alloc();
    two = page_alloc();
    list = page_alloc();
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
        check_simple(&calls[i]);
    if (!privileged())
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(domctls); i++)
        check_control(__HYPERVISOR_domctl, XEN_DOMCTL_INTERFACE_VERSION, &domctls[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(sysctls); i++)
        check_control(__HYPERVISOR_sysctl, XEN_SYSCTL_INTERFACE_VERSION, &sysctls[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(platform_ops); i++)
        check_control(__HYPERVISOR_platform_op, XENPF_INTERFACE_VERSION, &platform_ops[i]);
    check_lists();
    check_context();
}
