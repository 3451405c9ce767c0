/* SPDX-License-Identifier: GPL-2.0-only */
/* From the entry to the test and to its result. */
#include "console.h"
#include "test.h"

void start_c(struct start_info *si);
void start_c(struct start_info *si)
{
    memory_init(si);
    console_init();
    trap_init();
    test_main();
    report_done();
}
