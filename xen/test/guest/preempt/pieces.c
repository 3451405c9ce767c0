/* SPDX-License-Identifier: GPL-2.0-only */
/* The longest piece of a call. */
#include "pieces.h"
#include "preempt.h"

#define MOMENTS 16

static uint64_t longest(const struct piece *p)
{
    uint64_t begun, whole, worst = 0;
    long result;

    if (p->prepare)
        p->prepare();
    begun = time_now();
    result = p->call();
    whole = time_now() - begun;
    CHECK(result == p->want, "%s: %ld", p->name, result);
    if (whole < LIMIT)
        return whole;
    for (unsigned i = 0; i < MOMENTS; i++) {
        uint64_t late;

        if (p->prepare)
            p->prepare();
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
