/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of the daemon's time one domain may take: an account that is filled at a constant rate
 * and charged for events and for the time that requests took.
 */
#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_PERIOD_US 200000
#define RATE_BUDGET_US 50000            /* a period */
#define RATE_EVENT_US  10               /* of poll(), read() and the hypercall that unmasks it */

struct rate {                           /* all zero: nothing used */
    int64_t period_start;               /* microseconds of a monotonic clock */
    int64_t used;                       /* in this period, and beyond the budget of earlier ones */
};

void rate_charge(struct rate *r, int64_t now, int64_t us);
/* Microseconds until the domain may be served again; 0: now. */
int64_t rate_wait(struct rate *r, int64_t now);

#endif /* RATE_H */
