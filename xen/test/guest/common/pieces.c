/* SPDX-License-Identifier: GPL-2.0-only */
/* The longest piece of a call (pieces.h). */
#include "pieces.h"
#include "test.h"

#define MOMENTS  16
#define INTERVAL 20000u          /* between two timers of a call that is made once */

static volatile uint64_t fired_at;
static uint64_t due, latest;
static bool again;               /* the timer is set anew by its event */

static void note_time(unsigned which)
{
    uint64_t now = time_now();

    if (which != timer_port())
        return;
    if (!fired_at)
        fired_at = now;
    if (!again)
        return;
    if (now > due && now - due > latest)
        latest = now - due;
    due = now + INTERVAL;
    NEED(hc_set_timer_op(due), 0);
}

uint64_t piece_limit(void)
{
    static uint64_t limit;
    char name[96] = "";     /* of 64 at the most */

    if (limit)
        return limit;
    NEED(hc_xen_version(XENVER_changeset, name), 0);
    limit = PIECE_LIMIT;
    for (const char *at = name; at < name + sizeof(name) && *at; at++)
        if (starts_with(at, ", access check"))
            limit = 2 * PIECE_LIMIT;
    return limit;
}

void pieces_begin(void)
{
    struct evtchn_unmask unmask = { .port = timer_port() };

    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    event_hook = note_time;
    event_unmask_all();
}

uint64_t lateness(long (*call)(void), uint64_t after, long want, const char *name)
{
    long result;

    fired_at = 0;
    due = time_now() + after;
    NEED(hc_set_timer_op(due), 0);
    result = call();
    CHECK(result == want, "%s: %ld", name, result);
    if (time_now() < due) {
        while (!fired_at)
            hc_sched_op(SCHEDOP_yield, NULL);
        return 0;
    }
    while (!fired_at && time_now() < due + 10 * MILLISECONDS)
        hc_sched_op(SCHEDOP_yield, NULL);
    return fired_at ? fired_at - due : 10 * MILLISECONDS;
}

void report_cost(const char *name, uint64_t instructions)
{
    printf("  %s: %lu instructions\n", name, (unsigned long)instructions);
    CHECK(instructions < piece_limit(), "%s keeps the CPU for %lu instructions", name, (unsigned long)instructions);
}

static void prepare(const struct piece *p)
{
    if (p->prepare)
        p->prepare();
}

static uint64_t longest(const struct piece *p)
{
    uint64_t begun, whole, worst = 0;
    long result;

    prepare(p);
    begun = time_now();
    result = p->call();
    whole = time_now() - begun;
    CHECK(result == p->want, "%s: %ld", p->name, result);
    if (whole < PIECE_LIMIT)
        return whole;
    for (unsigned i = 0; i < MOMENTS; i++) {
        uint64_t late;

        prepare(p);
        late = lateness(p->call, whole * (2 * i + 1) / (2 * MOMENTS), p->want, p->name);
        worst = late > worst ? late : worst;
    }
    return worst;
}

void measure_pieces(const struct piece *pieces, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        report_cost(pieces[i].name, longest(&pieces[i]));
}

static uint64_t longest_of_one(const struct piece *p)
{
    uint64_t begun, whole;
    long result;

    prepare(p);
    latest = 0;
    again = true;
    begun = time_now();
    due = begun + INTERVAL;
    NEED(hc_set_timer_op(due), 0);
    result = p->call();
    whole = time_now() - begun;
    again = false;
    NEED(hc_set_timer_op(0), 0);
    CHECK(result == p->want, "%s: %ld", p->name, result);
    return whole < PIECE_LIMIT ? whole : latest;
}

void measure_pieces_once(const struct piece *pieces, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        report_cost(pieces[i].name, longest_of_one(&pieces[i]));
}
