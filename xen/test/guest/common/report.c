/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts checks, prints the result line, stops the machine. */
#include "console.h"
#include "report.h"
#include "hypercall.h"

static unsigned checks, failures;
static char first[200];

static _Noreturn void stop(void)
{
    struct sched_shutdown how = { .reason = SHUTDOWN_reboot };

    console_flush();
    for (;;)
        hc_sched_op(SCHEDOP_shutdown, &how);
}

static _Noreturn void end(const char *word, const char *format, va_list args)
{
    char text[300];

    vsnprintf(text, sizeof(text), format, args);
    printf("\n%s: %s\n", word, text);
    stop();
}

/* What failed before stays a failure. */
void report_skip(const char *format, ...)
{
    va_list args;

    if (failures)
        report_done();
    va_start(args, format);
    end("SKIP", format, args);
}

void report_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end("ERROR", format, args);
}

void report_done(void)
{
    if (failures)
        printf("\nFAILURE: %u of %u checks; %s\n", failures, checks, first);
    else
        printf("\nSUCCESS: %u checks\n", checks);
    stop();
}

static void expect(const char *what)
{
    if (failures)
        report_done();
    printf("\nEXPECT %s\n", what);
    console_flush();
}

void report_expect_crash(void) { expect("CRASH"); }
void report_expect_takeover(void) { expect("TAKEOVER"); }

bool on_reference(void)
{
    xen_extraversion_t extra = "";

    hc_xen_version(XENVER_extraversion, extra);
    for (const char *p = extra; *p; p++)
        if (starts_with(p, "again"))
            return false;
    return true;
}

void report_check(bool good, const char *file, int line, const char *format, ...)
{
    char text[150];
    va_list args;

    checks++;
    if (good)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!failures++)
        snprintf(first, sizeof(first), "%s:%d: %s", file, line, text);
    printf("  %s:%d: %s\n", file, line, text);
}

void report_equal(long got, long want, const char *what, const char *file, int line)
{
    report_check(got == want, file, line, "%s is %ld, not %ld", what, got, want);
}
