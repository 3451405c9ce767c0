/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/lib.h>
#include <xen/time.h>
#include <xen/tsc_trust.h>

#define SECONDS_ON_TRIAL 4
#define ERROR_ON_TRIAL   MICROSECS(50)
/* Both readings of a second may be wrong by half the width that is accepted (arch/x86/cpu/time.c): only more is the TSC's fault. */
#define ERROR_ALLOWED    MICROSECS(200)

bool tsc_trust_second(struct tsc_trust *t, s_time_t error)
{
    u64 size = (u64)(error < 0 ? -error : error);

    switch (t->state) {
    case TSC_ON_TRIAL:
        t->good = size < ERROR_ON_TRIAL ? t->good + 1 : 0;
        if (t->good < SECONDS_ON_TRIAL)
            return false;
        t->state = TSC_TRUSTED;
        return true;
    case TSC_TRUSTED:
        if (size < ERROR_ALLOWED)
            return false;
        t->state = TSC_FAILED;
        return true;
    default:
        return false;
    }
}
