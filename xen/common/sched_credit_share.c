/* SPDX-License-Identifier: GPL-2.0-only */
/* The credit policy's arithmetic: one period's CPU time, shared out by weight. No locks, no hardware: the caller's lists. */
#include <xen/lib.h>
#include <xen/sched_credit.h>

/* What is left over by those at their limit goes to the others. At most as many rounds as claims. */
void credit_distribute(struct credit_claim *first, u64 total)
{
    bool again = true;

    for (struct credit_claim *c = first; c; c = c->next)
        c->full = false;
    while (again) {
        u64 weights = 0, left = total;

        again = false;
        for (struct credit_claim *c = first; c; c = c->next) {
            if (c->full)
                left -= min(left, c->share);
            else
                weights += c->weight;
        }
        for (struct credit_claim *c = first; c; c = c->next) {
            if (c->full)
                continue;
            c->share = weights ? left * c->weight / weights : 0;
            if (c->share >= c->limit) {
                c->share = c->limit;
                c->full = again = true;
            }
        }
    }
}

/* The first in the list that is confined to the same CPUs as @w. */
static struct credit_want *leader_of(struct credit_want *first, const struct credit_want *w)
{
    while (memcmp(&first->only, &w->only, sizeof(w->only)))
        first = first->next;
    return first;
}

static void join(struct credit_want *leader, struct credit_want *w)
{
    w->own.next = leader->members;
    leader->members = &w->own;
    leader->group.weight += w->own.weight;
    leader->group.limit += w->own.limit;
}

void credit_share_out(struct credit_want *first, unsigned int cpus, u64 slice)
{
    struct credit_claim *top = NULL;

    for (struct credit_want *w = first; w; w = w->next) {
        struct credit_want *leader = cpumask_empty(&w->only) ? NULL : leader_of(first, w);
        struct credit_claim *claim = leader ? &w->group : &w->own;

        w->members = NULL;
        w->group = (struct credit_claim){ 0 };
        if (leader)
            join(leader, w);
        if (leader && leader != w)
            continue;
        claim->next = top;
        top = claim;
    }
    for (struct credit_want *w = first; w; w = w->next)
        if (w->members)
            w->group.limit = min(w->group.limit, slice * cpumask_weight(&w->only));
    credit_distribute(top, slice * cpus);
    for (struct credit_want *w = first; w; w = w->next)
        if (w->members)
            credit_distribute(w->members, w->group.share);
}
