/* SPDX-License-Identifier: GPL-2.0-only */
/* The accounts of the guests' time. All periods begin at multiples of their length. */
#include "rate.h"

/* Begins the period that now belongs to. Time used beyond the budget is carried over. */
static void advance(struct rate *r, int64_t now, int64_t budget)
{
    int64_t periods = (now - r->period_start) / RATE_PERIOD_US;

    if (periods <= 0)
        return;
    r->period_start += periods * RATE_PERIOD_US;
    r->used = r->used / budget >= periods ? r->used - periods * budget : 0;
}

static void charge(struct rate *r, int64_t now, int64_t us, int64_t budget)
{
    advance(r, now, budget);
    r->exhausted += r->used < budget && r->used + us >= budget;
    r->used += us;
    r->total += us;
}

void rate_charge(struct rate *r, struct rate *sum, int64_t now, int64_t us)
{
    if (us > RATE_CHARGE_MAX_US)
        us = RATE_CHARGE_MAX_US;
    charge(r, now, us, RATE_BUDGET_US);
    charge(sum, now, us, RATE_SUM_US);
}

/* An account at its limit is empty, and waits for as many periods as it has used. */
static int64_t account_wait(struct rate *r, int64_t now, int64_t budget)
{
    int64_t periods;

    advance(r, now, budget);
    periods = r->used / budget;
    return periods ? r->period_start + periods * RATE_PERIOD_US - now : 0;
}

int64_t rate_wait(struct rate *r, struct rate *sum, int64_t now)
{
    int64_t own = account_wait(r, now, RATE_BUDGET_US);

    return own || r->used < RATE_SHARE_US ? own : account_wait(sum, now, RATE_SUM_US);
}
