/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the TSC of a machine with one CPU may be relied on, though CPUID does not vouch for it: it is trusted after it kept
 * time with the platform's clock for some seconds, until the two part (common/tsc_trust.c). Written by CPU 0.
 */
#ifndef XEN_TSC_TRUST_H
#define XEN_TSC_TRUST_H

#include <xen/types.h>

struct tsc_trust {
    enum { TSC_ON_TRIAL, TSC_TRUSTED, TSC_FAILED } state;
    unsigned int good;      /* seconds in a row */
};

/*
 * A second is over in which time by the TSC gained or lost @error ns on the platform's clock, wrong readings aside.
 * True: the state changed.
 */
bool tsc_trust_second(struct tsc_trust *t, s_time_t error);

#endif
