/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of the daemon's CPU time a guest may take, and all guests together: accounts that are
 * filled at a constant rate and charged for events and for the CPU time of requests. While the sum
 * of all is used up, a guest that has used less than its share is served nevertheless.
 */
#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_PERIOD_US 200000
#define RATE_BUDGET_US 50000            /* a period */
#define RATE_SUM_US    150000           /* a period, of all guests: the rest is dom0's */
#define RATE_SHARE_US  2000             /* a period, served whatever others have used */
#define RATE_CHARGE_MAX_US RATE_PERIOD_US   /* of one turn, which takes less unless a clock is wrong */
#define RATE_EVENT_US  10               /* of poll(), read() and the hypercall that unmasks it */

struct rate {                           /* all zero: nothing used */
    int64_t period_start;               /* microseconds of a monotonic clock */
    int64_t used;                       /* in this period, and beyond the budget of earlier ones */
    int64_t total;                      /* since the start */
    unsigned int exhausted;             /* how often the budget was used up */
};

/* Charges a guest's account and the sum's. */
void rate_charge(struct rate *r, struct rate *sum, int64_t now, int64_t us);
/* Microseconds until the guest may be served again; 0: now. */
int64_t rate_wait(struct rate *r, struct rate *sum, int64_t now);

#endif /* RATE_H */
