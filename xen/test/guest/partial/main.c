/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A partially validated L2 that has no references: a call that cannot be preempted does not take its up to 512 L1 tables
 * down, it is refused. And a vCPU whose context is taken away (a null context) gives its tables back in pieces. Run with
 * --icount: 1 ns is one instruction.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>
#include <public/vcpu.h>

#define LIMIT     100000ul
#define L1_TABLES 256

static uint64_t *l2, *spare;
static volatile uint64_t fired_at;

static void note_time(unsigned which)
{
    if (which == timer_port() && !fired_at)
        fired_at = time_now();
}

/* An L2 whose last entry is no table: pinning checks all of the others, is refused, and takes them down again. */
static void build_tree(void)
{
    uint64_t entry;

    spare = page_alloc();
    entry = virt_to_mfn(spare) * PAGE_SIZE | PTE_RO;
    l2 = page_alloc();
    for (unsigned i = 0; i < L1_TABLES; i++) {
        uint64_t *l1 = page_alloc();

        for (unsigned k = 0; k < 512; k++)
            l1[k] = entry;
        NEED(page_set_ro(l1), 0);
        l2[i] = virt_to_mfn(l1) * PAGE_SIZE | PTE_TABLE;
    }
    l2[511] = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_TABLE;    /* mapped writable */
    NEED(page_set_ro(l2), 0);
}

/* Instructions that a call takes; *result is what it gave. */
static uint64_t cost(long (*call)(void), long *result)
{
    uint64_t begun = time_now();

    *result = call();
    return time_now() - begun;
}

static long clear(void) { return mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(l2), 0); }
static long copy(void) { return mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(l2), virt_to_mfn(spare)); }
static long pin(void) { return pin_table(2, virt_to_mfn(l2)); }
static long map_writable(void) { return map_frame(SCRATCH_VA, virt_to_mfn(l2), PTE_DATA); }

static long copy_into(void)
{
    struct gnttab_copy c = { .len = 64, .source.domid = DOMID_SELF, .dest.domid = DOMID_SELF };

    c.source.u.gmfn = virt_to_mfn(spare);
    c.dest.u.gmfn = virt_to_mfn(l2);
    return grant_copy(&c);
}

static long vcpu_info(void)
{
    struct vcpu_register_vcpu_info info = { .mfn = virt_to_mfn(l2) };

    return hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &info);
}

static long control_block(void)
{
    struct evtchn_init_control init = { .control_gfn = virt_to_mfn(l2) };

    return hc_event_channel_op(EVTCHNOP_init_control, &init);
}

/* A timer preempts the end of a refused pin, which leaves the L2 partially validated; false if it came too early or too late. */
static bool leave_partial(uint64_t after)
{
    long result;
    uint64_t n;

    NEED(hc_set_timer_op(time_now() + after), 0);
    CHECK(pin() < 0, "an L2 that names a writable page was pinned");
    n = cost(clear, &result);
    CHECK(n < LIMIT, "MMUEXT_CLEAR_PAGE of a partially validated L2 takes %lu instructions", n);
    return result < 0;
}

static void check_partial(void)
{
    static const struct { const char *name; long (*call)(void); } rows[] = {
        { "MMUEXT_CLEAR_PAGE", clear }, { "MMUEXT_COPY_PAGE", copy }, { "GNTTABOP_copy", copy_into },
        { "VCPUOP_register_vcpu_info", vcpu_info }, { "EVTCHNOP_init_control", control_block }, { "a writable mapping", map_writable },
    };
    uint64_t whole;
    long result;
    bool left = false;

    whole = cost(pin, &result);
    for (unsigned part = 10; part < 20 && !left; part++)
        left = leave_partial(whole * part / 20);
    CHECK(left, "no L2 was left partially validated");
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t n = cost(rows[i].call, &result);

        printf("  %s of a partially validated L2: %ld after %lu instructions\n", rows[i].name, result, n);
        CHECK(result < 0, "%s of a partially validated L2: %ld", rows[i].name, result);
        CHECK(n < LIMIT, "%s of a partially validated L2 takes %lu instructions", rows[i].name, n);
    }
    /* A call that can be preempted takes it down: its former tables are no tables then, which an L1 may map. */
    EXPECT(pin_table(1, virt_to_mfn(l2)), 0);
    EXPECT(unpin_table(virt_to_mfn(l2)), 0);
    EXPECT(clear(), 0);
    EXPECT(l2[0], 0);
}

static struct xen_domctl ctl;
static domid_t dom;

/* An L4 with L1_TABLES full L1 tables below it. */
static unsigned long its_tables(void)
{
    unsigned long page = target_give_page(dom, 0), l4 = target_give_page(dom, 4), l3 = target_give_page(dom, 3), below = target_give_page(dom, 2);

    for (unsigned i = 0; i < L1_TABLES; i++) {
        unsigned long l1 = target_give_page(dom, 8 + i);
        volatile uint64_t *t = target_map(dom, l1, PTE_DATA);

        for (unsigned k = 0; k < 512; k++)
            t[k] = page * PAGE_SIZE | PTE_RO;
        target_map(dom, below, PTE_DATA)[i] = l1 * PAGE_SIZE | PTE_TABLE;
    }
    target_map(dom, l3, PTE_DATA)[0] = below * PAGE_SIZE | PTE_TABLE;
    target_map(dom, l4, PTE_DATA)[0] = l3 * PAGE_SIZE | PTE_TABLE;
    target_map(dom, 0, 0);
    return l4;
}

static long set_context(struct vcpu_guest_context *c)
{
    memset(&ctl.u, 0, sizeof(ctl.u));
    set_xen_guest_handle(ctl.u.vcpucontext.ctxt, c);
    return domctl_of(&ctl, XEN_DOMCTL_setvcpucontext, dom);
}

static void check_reset(unsigned long l4, uint64_t after)
{
    static struct vcpu_guest_context context;
    uint64_t due;

    context.ctrlreg[3] = l4 * PAGE_SIZE;
    context.flags = VGCF_in_kernel;
    NEED(set_context(&context), 0);
    fired_at = 0;
    due = time_now() + after;
    NEED(hc_set_timer_op(due), 0);
    EXPECT(set_context(NULL), 0);
    CHECK(time_now() > due, "the tables were down before the timer's time");
    while (!fired_at)
        hc_sched_op(SCHEDOP_yield, NULL);
    printf("  null context of a vCPU with %u L1 tables: the timer came %lu instructions late\n", L1_TABLES, fired_at - due);
    CHECK(fired_at - due < LIMIT, "a null context keeps the CPU for %lu instructions", fired_at - due);
}

void test_main(void)
{
    struct xen_domctl description = target_description();
    struct evtchn_unmask unmask = { .port = timer_port() };
    unsigned long l4;

    pt_build(SCRATCH_VA);
    build_tree();
    check_partial();
    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    event_hook = note_time;
    event_unmask_all();
    dom = target_create(&description, L1_TABLES + 64);
    l4 = its_tables();
    for (unsigned i = 1; i < 6; i++)
        check_reset(l4, i * MILLISECONDS);
    target_destroy(dom);
    event_mask_all();
}
