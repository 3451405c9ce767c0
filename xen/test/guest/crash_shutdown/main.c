/* SPDX-License-Identifier: GPL-2.0-only */
/* The initial domain reports its own crash. */
#include "test.h"

void test_main(void)
{
    struct sched_shutdown how = { .reason = SHUTDOWN_crash };

    report_expect_crash();
    hc_sched_op(SCHEDOP_shutdown, &how);
}
