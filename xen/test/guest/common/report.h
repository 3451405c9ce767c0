/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test's result.  The last line a test kernel prints is one of
 *   SUCCESS | SKIP: why | FAILURE: what the hypervisor did wrong | ERROR: why the test could not be made
 * A test that the hypervisor is to end prints "EXPECT CRASH" before; one that another kernel is to go on for, "EXPECT TAKEOVER".
 */
#ifndef TEST_REPORT_H
#define TEST_REPORT_H

#include "lib.h"

void test_main(void); /* each test's own */

_Noreturn void report_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void report_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void report_done(void); /* SUCCESS or FAILURE, by the checks so far */
void report_expect_takeover(void);
void report_expect_crash(void);

/* Runs on Debian's 4.17, not on this tree's hypervisor; for the few places where they rightly differ. */
bool on_reference(void);

/* Counts one check; prints those that fail. */
void report_check(bool good, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
void report_equal(long got, long want, const char *what, const char *file, int line);

#define CHECK(cond, ...) report_check(cond, __FILE__, __LINE__, __VA_ARGS__)
/* The value of an expression, for hypercall results above all. */
#define EXPECT(expr, want) report_equal((long)(expr), (long)(want), #expr, __FILE__, __LINE__)
/* For what the rest of the test cannot go on without. */
#define NEED(expr, want)                                                                                              \
    do {                                                                                                              \
        long got_ = (long)(expr);                                                                                     \
        if (got_ != (long)(want))                                                                                     \
            report_error("%s:%d: %s is %ld", __FILE__, __LINE__, #expr, got_);                                        \
    } while (0)

#endif
