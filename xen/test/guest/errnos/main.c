/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each operation with each class of wrong argument, one row a call, compared with what 4.17 answered (`expected`, made by
 * `record`). Where this hypervisor rightly answers otherwise, `differs` has the row and the reason. A guest without rights has tables of
 * its own (`expected.guest`, `differs.guest`: what `differs` does not say already).
 */
#include "errnos.h"

#define NAME_MAX 80

extern const char expected_dom0[], differs_dom0[], expected_guest[], differs_guest[];

char buffer[PAGE_SIZE] __attribute__((aligned(4096), section(".bss.page")));
char list_of_zeros[PAGE_SIZE] __attribute__((aligned(4096), section(".bss.page")));
static char scratch[2][PAGE_SIZE] __attribute__((aligned(4096), section(".bss.page")));   /* the argument; then the end of memory */
static const char *expected, *at;
static bool reference;
static unsigned long frames[8], closed_port;

/* ---- the recorded answers ---- */

/* The number that follows @name in the line at @p; false: the line is another row's. */
static bool line_is(const char *p, const char *name, long *value)
{
    size_t n = strlen(name);
    bool minus;

    if (!starts_with(p, name) || p[n] != ' ')
        return false;
    p += n + 1;
    minus = *p == '-';
    p += minus;
    for (*value = 0; *p >= '0' && *p <= '9'; p++)
        *value = *value * 10 + *p - '0';
    if (minus)
        *value = -*value;
    return true;
}

static const char *next_line(const char *p)
{
    while (*p && *p != '\n')
        p++;
    return *p ? p + 1 : p;
}

static bool find(const char *table, const char *name, long *value)
{
    for (const char *p = table; *p; p = next_line(p))
        if (line_is(p, name, value))
            return true;
    return false;
}

static bool find_expected(const char *name, long *value)
{
    if (!line_is(at, name, value) && !find(expected, name, value))
        return false;
    at = next_line(at);
    return true;
}

static bool find_differing(const char *name, long *value)
{
    return (!privileged() && find(differs_guest, name, value)) || find(differs_dom0, name, value);
}

void row(const char *name, long result)
{
    long want = 0;
    bool known = find_expected(name, &want);

    /* What `differs` says of dom0 need not hold for a guest, who is refused first. */
    if (!reference && (privileged() || !known || result != want) && find_differing(name, &want))
        known = true;
    if (known && result == want)
        report_check(true, "", 0, "%s", name);
    else if (known)
        report_check(false, "row", 0, "%s %ld, not %ld", name, result, want);
    else
        report_check(false, "row", 0, "%s %ld", name, result);
}

/* ---- calls ---- */

static long call(const struct op *op, const unsigned long *args)
{
    long result = hypercall(op->nr, args[0], args[1], args[2], args[3]);
    const char *arg = op->pointer >= 0 ? (const char *)args[op->pointer] : NULL;

    if (result > 0)
        result = 0;
    if (!result && op->status && arg >= scratch[0] && arg < scratch[1]) {
        int16_t status;

        memcpy(&status, arg + op->status, sizeof(status));
        result = status ? status - 1000 : 0;
    }
    if (result >= 0 && op->undo)
        op->undo(arg);
    return result;
}

static void prepare(const struct op *op, unsigned long *args)
{
    memset(scratch[0], 0, PAGE_SIZE);
    memset(buffer, 0, PAGE_SIZE);
    if (op->good)
        memcpy(scratch[0], op->good, op->size);
    memcpy(args, op->args, sizeof(op->args));
    if (op->pointer >= 0)
        args[op->pointer] = (unsigned long)scratch[0];
}

static void probe_value(const struct op *op, const struct field *f, const char *what, unsigned long value)
{
    unsigned long args[4];
    char name[NAME_MAX];

    snprintf(name, sizeof(name), "%s %s=%s", op->name, f->name, what);
    prepare(op, args);
    if (f->size)
        memcpy(scratch[0] + f->at, &value, f->size);
    else
        args[f->at] = value;
    row(name, call(op, args));
}

/* ---- classes ---- */

struct named { const char *name; unsigned long value; };

static const struct named pointers[] = {
    { "null", 0 }, { "unmapped", 0x1000 }, { "noncanonical", 0x0000800000000000ul }, { "high-noncanonical", 0xffff7ffffffff000ul },
    { "hypervisor", HYPERVISOR_VIRT_START + (3ul << 39) }, { "last", ~7ul },
};
static const struct named domids[] = {
    { "self", DOMID_SELF }, { "dom0", 0 }, { "absent", 0x1234 }, { "io", DOMID_IO }, { "xen", DOMID_XEN }, { "cow", DOMID_COW },
    { "invalid", DOMID_INVALID }, { "idle", DOMID_IDLE }, { "huge", 0xffff },
};
static const struct named vcpus[] = {
    { "1", 1 }, { "31", 31 }, { "32", 32 }, { "64", 64 }, { "8191", 8191 }, { "8192", 8192 }, { "huge", 0xffffffff },
};
static const char *const frame_names[] = { "page", "table", "shared", "0", "apic", "absent", "huge", "all" };

static void probe_named(const struct op *op, const struct field *f, const struct named *values, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        probe_value(op, f, values[i].name, values[i].value);
}

static void probe_frames(const struct op *op, const struct field *f)
{
    for (unsigned i = f->class == OTHER_FRAME; i < ARRAY_SIZE(frames); i++)
        probe_value(op, f, frame_names[i], f->class == MADDR ? frames[i] * PAGE_SIZE : frames[i]);
}

static void probe_field(const struct op *op, const struct field *f)
{
    const struct named ports[] = { { "0", 0 }, { "closed", closed_port }, { "4095", 4095 }, { "4096", 4096 }, { "131072", 131072 },
                                   { "huge", 0xffffffff } };
    unsigned others = 2;   /* the caller as dom0, or dom0 as another domain */
    char text[24];

    switch (f->class) {
    case POINTER:
        probe_named(op, f, pointers, ARRAY_SIZE(pointers));
        break;
    case DOMID:
        probe_named(op, f, domids, ARRAY_SIZE(domids));
        break;
    case OTHER_DOMID:
        probe_named(op, f, domids + others, ARRAY_SIZE(domids) - others);
        break;
    case PORT:
        probe_named(op, f, ports, ARRAY_SIZE(ports));
        break;
    case VCPU:
        probe_named(op, f, vcpus, ARRAY_SIZE(vcpus));
        break;
    case FRAME:
    case OTHER_FRAME:
    case MADDR:
        probe_frames(op, f);
        break;
    case VALUES:
        for (unsigned i = 0; i < f->nr_values; i++) {
            snprintf(text, sizeof(text), "0x%lx", f->values[i]);
            probe_value(op, f, text, f->values[i]);
        }
    }
}

static void probe_good(const struct op *op)
{
    unsigned long args[4];
    char name[NAME_MAX];

    prepare(op, args);
    snprintf(name, sizeof(name), "%s good", op->name);
    row(name, call(op, args));
    if (op->pointer < 0)
        return;
    prepare(op, args);
    NEED(page_set_ro(scratch[0]), 0);
    snprintf(name, sizeof(name), "%s read-only", op->name);
    row(name, call(op, args));
    NEED(page_set_rw(scratch[0]), 0);
    prepare(op, args);
    args[op->pointer] = (unsigned long)scratch[0] + 1;
    memset(scratch[0], 0, PAGE_SIZE);
    if (op->good)
        memcpy(scratch[0] + 1, op->good, op->size);
    snprintf(name, sizeof(name), "%s unaligned", op->name);
    row(name, hypercall(op->nr, args[0], args[1], args[2], args[3]) < 0 ? -1 : 0);
}

void probe(const struct op *op)
{
    if (op->pointer >= 0)
        probe_field(op, &(struct field){ .name = "arg", .at = (unsigned short)op->pointer, .class = POINTER });
    if (op->run)
        probe_good(op);
    for (const struct field *f = op->fields; f->name; f++)
        probe_field(op, f);
}

void probe_all(const struct op *ops)
{
    for (; ops->name; ops++)
        probe(ops);
}

void probe_commands(const char *name, unsigned nr, int pointer, unsigned first, unsigned last)
{
    for (unsigned long cmd = first; cmd <= last; cmd++) {
        const struct op op = { .nr = nr, .args = { cmd }, .pointer = pointer };
        unsigned long args[4];
        char text[NAME_MAX];

        prepare(&op, args);
        snprintf(text, sizeof(text), "%s.%lx", name, cmd);
        row(text, call(&op, args));
    }
}

/* ---- what the rows are about ---- */

static void set_up(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    char *table = page_alloc();

    NEED(page_set_ro(table), 0);
    NEED(pin_table(1, virt_to_mfn(table)), 0);
    frames[0] = virt_to_mfn(page_alloc());
    frames[1] = virt_to_mfn(table);
    frames[2] = start_info->shared_info / PAGE_SIZE;
    frames[4] = 0xfee00;
    frames[5] = 0x3ffffff;
    frames[6] = 1ul << 40;
    frames[7] = ~0ul;
    NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    closed_port = a.port;
    NEED(hc_event_channel_op(EVTCHNOP_close, &(struct evtchn_close){ .port = a.port }), 0);
}

void test_main(void)
{
    reference = on_reference();
    at = expected = privileged() ? expected_dom0 : expected_guest;
    set_up();
    probe_all(event_ops);
    probe_all(memory_ops);
    probe_all(grant_ops);
    probe_all(vcpu_ops);
    probe_all(physdev_ops);
    probe_all(other_ops);
    NEED(hc_set_callbacks(event_entry, failsafe_entry, syscall_entry), 0);
    probe_mmu();
    probe_controls();
}
