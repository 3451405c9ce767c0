/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random hypercalls on one or two vCPUs: the machine must live, and afterwards the hypervisor's own check of the frame
 * table must find nothing; a guest of the initial domain (tests/system/60-fuzz.sh) leaves that check to it. Command line:
 * seed=N calls=N vcpus=N verbose=1; in a guest also peer=DOMID iomem=FRAME irq=N, what others it knows and what it was given.
 */
#define __XEN_TOOLS__ 1
#include "fuzz.h"
#include "tally.h"
#include <public/sysctl.h>

#define RESTORE_EVERY 2000

struct fuzzer fuzzers[NR_VCPUS];
unsigned fuzz_vcpus = 1, fuzz_irq;
domid_t fuzz_peer;
unsigned long fuzz_iomem;
static unsigned long seed = 1, calls_wanted = 5000;
static volatile bool stop;
static bool verbose;
static volatile unsigned long calls_second;     /* of vCPU 1 */
static unsigned first_ok;                       /* rows that this kind of domain may run are among all */

static unsigned long option(const char *name, unsigned long otherwise)
{
    const char *line = (const char *)start_info->cmd_line;
    unsigned long n = 0;

    for (; *line; line++)
        if (starts_with(line, name)) {
            for (line += strlen(name); *line >= '0' && *line <= '9'; line++)
                n = n * 10 + (unsigned long)(*line - '0');
            return n;
        }
    return otherwise;
}

/* Events are nobody's; what is pending for the vCPU whose stack this is goes. */
static void drop_events(struct regs *regs)
{
    bool first = (char *)regs >= boot_stack && (char *)regs < boot_stack_end;
    struct vcpu_info *v = &shared->vcpu_info[first ? 0 : 1];

    v->evtchn_upcall_pending = 0;
    v->evtchn_pending_sel = 0;
}

/* What is not the fuzzer's fault: its own breakpoints, segments that went away with their table. */
static bool swallow(struct regs *regs)
{
    if (regs->vector == VECTOR_EVENT) {
        drop_events(regs);
        return true;
    }
    if (regs->vector == VECTOR_DB) {
        regs->rflags = (regs->rflags & ~0x100ul) | 0x10000;
        return true;
    }
    return regs->vector == VECTOR_FAILSAFE || regs->vector == 2;
}

void fuzz_handlers(void)
{
    struct callback_unregister nmi = { .type = CALLBACKTYPE_nmi };

    hc_set_trap_table(trap_table());
    hc_set_callbacks(event_entry, failsafe_entry, syscall_entry);
    hc_stack_switch(FLAT_KERNEL_SS, trap_stack + TRAP_STACK_SIZE);
    hc_set_debugreg(7, 0x400);
    hc_callback_op(CALLBACKOP_unregister, &nmi);
}

static const struct row *random_row(struct fuzzer *f)
{
    for (;;) {
        const struct row *r = &rows[below(f, nr_rows)];

        if (!(r->flags & NOT_DOM0) || !initial_domain())
            return r;
    }
}

static void one(struct fuzzer *f)
{
    const struct row *r = random_row(f);

    if (verbose)
        say("vCPU %u: %s\n", f->id, r->name);
    tally(f->id, (unsigned)(r - rows), fuzz_one(f, r));
}

static void second_vcpu(void)
{
    struct fuzzer *f = &fuzzers[1];

    while (!stop) {
        if (below(f, 3)) {
            one(f);
            calls_second++;
        } else {
            scribble(f, &fuzzers[0]);
        }
    }
    smp_stop();
    for (;;)
        ;
}

static void init_fuzzer(unsigned id)
{
    struct fuzzer *f = &fuzzers[id];
    void *clone = page_alloc();

    f->id = id;
    f->random = seed * 0x9e3779b97f4a7c15ul + id + 1;
    f->io = page_alloc();
    f->args = page_alloc();      /* behind io: see pointer() */
    guard();
    f->list = page_alloc();
    guard();
    f->calls = page_alloc();
    page_alloc();                /* calls: two pages */
    guard();
    memcpy(clone, (void *)start_info->pt_base, PAGE_SIZE);
    NEED(page_set_ro(clone), 0);
    f->read_only = clone;
    f->clone = virt_to_mfn(clone);
    NEED(pin_table(4, f->clone), 0);
}

/* The hypervisor's own count of all references. The key pauses everybody: the answer is there when we run again. */
static void check_frame_table(void)
{
    static char text[16384];
    const char *line = NULL;
    char key = 'F';
    struct xen_sysctl op = { .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    op.cmd = XEN_SYSCTL_readconsole;
    op.u.readconsole.clear = 1;
    NEED(hc_sysctl(&op), 0);
    memset(&op.u, 0, sizeof(op.u));
    op.cmd = XEN_SYSCTL_debug_keys;
    set_xen_guest_handle(op.u.debug_keys.keys, &key);
    op.u.debug_keys.nr_keys = 1;
    NEED(hc_sysctl(&op), 0);
    hc_sched_op(SCHEDOP_yield, NULL);
    memset(&op.u, 0, sizeof(op.u));
    op.cmd = XEN_SYSCTL_readconsole;
    set_xen_guest_handle(op.u.readconsole.buffer, text);
    op.u.readconsole.count = sizeof(text) - 1;
    NEED(hc_sysctl(&op), 0);
    for (const char *p = text; *p; p++)
        if (starts_with(p, "frame table: "))
            line = p;
    if (!line) {
        CHECK(false, "the frame table's check says nothing");
        return;
    }
    for (const char *p = line; *p && *p != '\n'; p++)
        if (starts_with(p, " 0 violations"))
            return;
    CHECK(false, "violations in the frame table");
}

static void sane(void)
{
    xen_extraversion_t extra;

    EXPECT(hc_xen_version(XENVER_version, 0), 4 << 16 | 17);
    EXPECT(hc_xen_version(XENVER_extraversion, extra), 0);
}

/* Not on the reference: a run of ours says nothing about ours, and its machine has no key to ask. */
void test_main(void)
{
    if (on_reference())
        report_skip("random calls are for this tree's hypervisor");
    seed = option("seed=", seed);
    verbose = option("verbose=", 0);
    calls_wanted = option("calls=", calls_wanted);
    fuzz_vcpus = option("vcpus=", 1) > 1 && hc_vcpu_op(VCPUOP_is_up, 1, NULL) >= 0 ? 2 : 1;
    fuzz_iomem = option("iomem=", 0);
    fuzz_irq = (unsigned)option("irq=", 0);
    playground_init();
    fuzz_peer = (domid_t)option("peer=", self);
    for (unsigned i = 0; i < fuzz_vcpus; i++)
        init_fuzzer(i);
    trap_hook = swallow;
    event_mask_all();
    say("fuzz: seed %lu, %lu calls, %u vCPUs, domain %u\n", seed, calls_wanted, fuzz_vcpus, self);
    if (fuzz_vcpus > 1)
        smp_start(second_vcpu);
    for (unsigned long n = 0; n + calls_second < calls_wanted; n++) {
        if (n % RESTORE_EVERY == 0)
            playground_restore(&fuzzers[0]);
        one(&fuzzers[0]);
    }
    stop = true;
    while (fuzz_vcpus > 1 && hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    playground_restore(&fuzzers[0]);
    sane();
    first_ok = tally_report();
    CHECK(first_ok * 3 >= nr_rows, "only %u rows ever succeeded", first_ok);
    if (initial_domain())
        check_frame_table();
    say("fuzz: seed %lu done\n", seed);
}
