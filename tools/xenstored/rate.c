/* SPDX-License-Identifier: GPL-2.0-only */
/* The account of a domain's time. */
#include "rate.h"

/* Begins the period that now belongs to. Time used beyond the budget is carried over. */
static void advance(struct rate *r, int64_t now)
{
    int64_t periods = (now - r->period_start) / RATE_PERIOD_US;

    if (periods <= 0)
        return;
    r->period_start += periods * RATE_PERIOD_US;
    r->used = r->used / RATE_BUDGET_US >= periods ? r->used - periods * RATE_BUDGET_US : 0;
}

void rate_charge(struct rate *r, int64_t now, int64_t us)
{
    advance(r, now);
    r->used += us;
}

int64_t rate_wait(struct rate *r, int64_t now)
{
    int64_t periods;

    advance(r, now);
    periods = r->used / RATE_BUDGET_US; /* to be waited for: the account is empty at its limit */
    return periods ? r->period_start + periods * RATE_PERIOD_US - now : 0;
}
