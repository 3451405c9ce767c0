/* SPDX-License-Identifier: GPL-2.0-only */
/* A row and its random values become a hypercall; what has to be put right around it. */
#include "fuzz.h"

#define MAX_LIST 6

/* Three of four are a vCPU's real state with one thing changed, for one that never comes up. */
static void context(struct fuzzer *f, struct call *c)
{
    struct vcpu_guest_context *v = (struct vcpu_guest_context *)f->calls;

    _Static_assert(sizeof(*v) <= 2 * PAGE_SIZE, "fuzzer.calls");
    smp_context(v, (void (*)(void))event_entry);
    if (below(f, 4))
        ((uint64_t *)v)[below(f, sizeof(*v) / 8)] = any(f);
    if (below(f, 2))
        v->ctrlreg[below(f, 2) ? 3 : 1] = xen_pfn_to_cr3(below(f, 2) ? f->clone : victim_mfn[below(f, NR_VICTIMS)]);
    if (!below(f, 4)) {
        v->gdt_ents = below(f, 2000);
        for (unsigned i = 0; i < 4; i++)
            v->gdt_frames[i] = victim_mfn[below(f, NR_VICTIMS)];
    }
    *c = (struct call){ __HYPERVISOR_vcpu_op, { VCPUOP_initialise, below(f, 8) ? 2 : below(f, 6), pointer(f, v) } };
}

static uint64_t structs(struct fuzzer *f, const char *fields, unsigned n)
{
    char *at = (char *)f->args;

    while (n--)
        at += fill(f, fields, at);
    return pointer(f, f->args);
}

static void mmuext_list(struct fuzzer *f, const struct row *r, unsigned n)
{
    struct mmuext_op *op = (struct mmuext_op *)f->args;

    for (unsigned i = 0; i < n; i++) {
        unsigned size;

        op[i].cmd = (unsigned)r->cmd;
        op[i].arg1.mfn = value(f, r->fields[0], &size);
        op[i].arg2.src_mfn = value(f, r->fields[1], &size);
    }
}

static void multicall(struct fuzzer *f, struct call *c)
{
    struct multicall_entry *list = (struct multicall_entry *)f->calls;
    unsigned n = 1 + below(f, MAX_LIST);

    for (unsigned i = 0; i < n; i++) {
        const struct row *r = &rows[below(f, nr_rows)];
        struct call one;

        if ((r->flags & ALONE) || ((r->flags & NOT_DOM0) && initial_domain()))
            r = &rows[0];
        prepare(f, r, &one);
        list[i].op = one.nr;
        for (unsigned k = 0; k < 5; k++)
            list[i].args[k] = one.a[k];
    }
    *c = (struct call){ __HYPERVISOR_multicall, { pointer(f, list), below(f, 64) ? n : any(f) } };
}

/* Grant mappings that there are, to be ended as they were made. */
static struct { uint64_t host, device; grant_handle_t handle; } mappings[64];
static unsigned nr_mappings;

static void remember(const struct gnttab_map_grant_ref *op, unsigned n)
{
    for (; n--; op++)
        if (op->status == GNTST_okay) {
            unsigned i = __atomic_fetch_add(&nr_mappings, 1, __ATOMIC_RELAXED) % ARRAY_SIZE(mappings);

            mappings[i].host = op->flags & GNTMAP_host_map ? op->host_addr : 0;
            mappings[i].device = op->flags & GNTMAP_device_map ? op->dev_bus_addr : 0;
            mappings[i].handle = op->handle;
        }
}

static void recall(struct fuzzer *f, struct gnttab_unmap_grant_ref *op, unsigned n)
{
    for (; n--; op++) {
        unsigned i = below(f, ARRAY_SIZE(mappings));

        op->handle = mappings[i].handle;
        op->host_addr = mappings[i].host;
        op->dev_bus_addr = mappings[i].device;
    }
}

/* Loose frames for as many others: the only exchange that works. */
static void fair_exchange(struct fuzzer *f, struct xen_memory_exchange *e)
{
    unsigned n = 1 + below(f, 3);

    for (unsigned i = 0; i < n; i++) {
        f->list[i] = loose[below(f, NR_LOOSE)];
        f->list[i + 8] = 100000 + i;
    }
    e->in.nr_extents = e->out.nr_extents = n;
    e->in.extent_order = e->out.extent_order = 0;
    e->in.domid = e->out.domid = DOMID_SELF;
    e->in.mem_flags = e->out.mem_flags = 0;
    set_xen_guest_handle(e->in.extent_start, (xen_pfn_t *)f->list);
    set_xen_guest_handle(e->out.extent_start, (xen_pfn_t *)f->list + 8);
    e->nr_exchanged = 0;
}

static void after_exchange(struct fuzzer *f, const struct xen_memory_exchange *e)
{
    for (uint64_t i = 0; i < e->nr_exchanged && i < 4; i++)
        for (unsigned k = 0; k < NR_LOOSE; k++)
            if (loose[k] == f->list[i])
                loose[k] = f->list[i + 8];
}

void prepare(struct fuzzer *f, const struct row *r, struct call *c)
{
    const char *fields = r->fields;
    unsigned size, n = below(f, 3) ? 1 : 1 + below(f, MAX_LIST);
    bool certain = r->nr == __HYPERVISOR_sched_op;   /* other memory could say "for ever" or "end" */

    *c = (struct call){ .nr = r->nr };
    switch (r->how) {
    case REGISTERS:
        for (unsigned i = 0; fields[i] && i < 5; i++)
            c->a[i] = value(f, fields[i], &size);
        break;
    case ARGUMENT:
        c->a[0] = structs(f, fields, 1);
        break;
    case VCPU_COMMAND:
        if (*fields == 'C') {
            context(f, c);
            break;
        }
        c->a[0] = (uint64_t)r->cmd;
        c->a[1] = value(f, *fields, &size);
        c->a[2] = structs(f, fields + 1, 1);
        break;
    case COMMAND:
        c->a[0] = (uint64_t)r->cmd;
        c->a[1] = structs(f, fields, 1);
        if (certain)
            c->a[1] = (uint64_t)f->args;
        if (r->nr == __HYPERVISOR_memory_op && r->cmd == XENMEM_exchange && below(f, 4))
            fair_exchange(f, (struct xen_memory_exchange *)f->args);
        break;
    case LIST:
        *c = (struct call){ r->nr, { (uint64_t)r->cmd, structs(f, fields, n), below(f, 64) ? n : any(f) } };
        if (r->nr == __HYPERVISOR_grant_table_op && r->cmd == GNTTABOP_unmap_grant_ref && below(f, 4))
            recall(f, (struct gnttab_unmap_grant_ref *)f->args, n);
        break;
    case MMU_LIST:
        *c = (struct call){ r->nr, { structs(f, fields, n), below(f, 64) ? n : any(f), below(f, 4) ? 0 : pointer(f, f->io),
                                     value(f, below(f, 3) ? '1' : 'd', &size) } };
        break;
    case MMUEXT:
        mmuext_list(f, r, n);
        *c = (struct call){ r->nr, { pointer(f, f->args), below(f, 64) ? n : any(f), below(f, 4) ? 0 : pointer(f, f->io),
                                     value(f, below(f, 3) ? '1' : 'd', &size) } };
        break;
    case MULTICALL:
        multicall(f, c);
        break;
    }
}

/* Random entries in the first page of the grant table, of either version's form. */
static void offer_grants(struct fuzzer *f)
{
    static const uint16_t flags[] = { GTF_permit_access, GTF_permit_access, GTF_permit_access | GTF_readonly, GTF_accept_transfer,
                                      GTF_permit_access | GTF_sub_page, GTF_transitive, 0, 0xffff };
    unsigned ref = below(f, 24), size;
    union grant_entry_v2 *e = &grants_v2[ref];

    if (grant_version == 1) {
        grants_v1[ref].domid = (domid_t)value(f, 'd', &size);
        grants_v1[ref].frame = (uint32_t)value(f, 'W', &size);
        grants_v1[ref].flags = flags[below(f, ARRAY_SIZE(flags))];
        return;
    }
    e->full_page.frame = value(f, 'W', &size);
    e->sub_page.page_off = (uint16_t)below(f, 5000);
    e->sub_page.length = (uint16_t)below(f, 5000);
    e->hdr.domid = (domid_t)value(f, 'd', &size);
    e->hdr.flags = flags[below(f, ARRAY_SIZE(flags))];
    if (e->hdr.flags == GTF_transitive) {
        e->transitive.trans_domid = (domid_t)value(f, 'd', &size);
        e->transitive.gref = below(f, 24);
    }
}

/* Frames that were given: single ones may become loose, the rest goes back, so that memory does not run out. */
static void take_back(struct fuzzer *f, const struct call *c, long got)
{
    struct xen_memory_reservation r = *(struct xen_memory_reservation *)f->args;

    if (c->a[1] != (uint64_t)f->args || got <= 0 || (uint64_t)r.extent_start.p != (uint64_t)f->list)
        return;
    for (long i = 0; i < got && i < (long)(PAGE_SIZE / 8); i++) {
        if (r.extent_order == 0) {
            unsigned slot = below(f, NR_LOOSE);
            unsigned long old = loose[slot];

            loose[slot] = f->list[i];
            f->list[i] = old;
        }
        /* One at a time: another may be in use, or not ours any more. */
        set_xen_guest_handle(r.extent_start, (xen_pfn_t *)&f->list[i]);
        r.nr_extents = 1;
        r.domid = DOMID_SELF;
        hc_memory_op(XENMEM_decrease_reservation, &r);
    }
}

/* The playground as the CPU sees it: reads, writes (emulated where it is a table) and selectors of the LDT. */
static void touch(struct fuzzer *f)
{
    unsigned size;
    unsigned long at = value(f, 'a', &size);

    switch (below(f, 4)) {
    case 0: try_read(at); break;
    case 1: TRY("movw %w0, %%fs", NO_OUTPUTS, "r"(below(f, 8192) * 8 | 7)); break;
    case 2: TRY("movq %0, (%1)", NO_OUTPUTS, "r"(value(f, 'E', &size)), "r"(at & ~7ul)); break;
    default: try_write(at); break;
    }
    asm volatile("movw %w0, %%fs" : : "r"(0));
}

void scribble(struct fuzzer *f, struct fuzzer *other)
{
    static const char kinds[] = "WEdrpq0";

    for (unsigned n = 20 + below(f, 200); n--;) {
        unsigned size, at = below(f, 24);
        uint64_t v = value(f, kinds[below(f, sizeof(kinds) - 1)], &size);
        uint64_t *page = below(f, 4) ? other->args : other->io;

        if (other->fragile)
            continue;
        if (size == 8)
            *(volatile uint64_t *)&page[at] = v;
        else
            *(volatile uint16_t *)((uint16_t *)page + at * 2) = (uint16_t)v;
    }
}

long fuzz_one(struct fuzzer *f, const struct row *r)
{
    struct call c;
    long result;

    if (!below(f, 8))
        touch(f);
    if (!below(f, 4) && grants_v1)
        offer_grants(f);
    f->fragile = r->nr == __HYPERVISOR_sched_op || r->nr == __HYPERVISOR_multicall || r->nr == __HYPERVISOR_console_io ||
                 r->how == MMUEXT /* another command would do something else to a frame */ || (r->flags & RESTORE);
    prepare(f, r, &c);
    /* Something to wake up for: these may block. */
    if (r->nr == __HYPERVISOR_sched_op || r->nr == __HYPERVISOR_sched_op_compat || r->nr == __HYPERVISOR_multicall)
        shared->vcpu_info[f->id].evtchn_upcall_pending = 1;
    result = hypercall5(c.nr, c.a[0], c.a[1], c.a[2], c.a[3], c.a[4]);
    shared->vcpu_info[f->id].evtchn_upcall_mask = 1;
    if (r->flags & RESTORE)
        fuzz_handlers();
    if (r->nr == __HYPERVISOR_memory_op && r->cmd == XENMEM_exchange && !result)
        after_exchange(f, (struct xen_memory_exchange *)f->args);
    if (r->nr == __HYPERVISOR_grant_table_op && r->cmd == GNTTABOP_map_grant_ref && !result && c.a[1] == (uint64_t)f->args &&
        c.a[2] <= MAX_LIST)
        remember((struct gnttab_map_grant_ref *)f->args, (unsigned)c.a[2]);
    if (r->flags & GIVES)
        take_back(f, &c, result);
    return result;
}
