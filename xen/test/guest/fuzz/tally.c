/* SPDX-License-Identifier: GPL-2.0-only */
/* Results by operation and error. */
#include "fuzz.h"
#include "tally.h"
#include "../common/console.h"

#define MAX_ROWS   256
#define MAX_ERRORS 10

struct count { unsigned calls, good, times[MAX_ERRORS]; short error[MAX_ERRORS]; };
static struct count counts[NR_VCPUS][MAX_ROWS];

static void add(struct count *c, long result, unsigned times)
{
    if (result >= 0 || result < -1000) {
        c->good += times;
        return;
    }
    for (unsigned i = 0; i < MAX_ERRORS; i++)
        if (!c->error[i] || c->error[i] == (short)result) {
            c->error[i] = (short)result;
            c->times[i] += times;
            return;
        }
}

void tally(unsigned fuzzer, unsigned row, long result)
{
    counts[fuzzer][row].calls++;
    add(&counts[fuzzer][row], result, 1);
}

void say(const char *format, ...)
{
    char line[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    console_write(line, (unsigned)n);
}

static void show(const struct row *r, const struct count *c)
{
    char line[200];
    int n = snprintf(line, sizeof(line), "  %s: %u calls, %u good;", r->name, c->calls, c->good);

    for (unsigned i = 0; i < MAX_ERRORS && c->error[i]; i++)
        n += snprintf(line + n, sizeof(line) - (size_t)n, " %d: %u", c->error[i], c->times[i]);
    say("%s\n", line);
}

/* Rows of the same name are one operation. */
static bool same_name(unsigned a, unsigned b)
{
    return strlen(rows[a].name) == strlen(rows[b].name) && starts_with(rows[a].name, rows[b].name);
}

static bool first_of_name(unsigned row)
{
    for (unsigned i = 0; i < row; i++)
        if (same_name(i, row))
            return false;
    return true;
}

/* All rows of that name on all vCPUs. */
static struct count sum_of_name(unsigned row)
{
    struct count sum = { 0 };

    for (unsigned k = 0; k < nr_rows; k++)
        for (unsigned v = 0; v < NR_VCPUS && same_name(row, k); v++) {
            const struct count *c = &counts[v][k];

            sum.calls += c->calls;
            sum.good += c->good;
            for (unsigned i = 0; i < MAX_ERRORS && c->error[i]; i++)
                add(&sum, c->error[i], c->times[i]);
        }
    return sum;
}

unsigned tally_report(void)
{
    unsigned good = 0, calls = 0;

    if (nr_rows > MAX_ROWS)
        report_error("%u rows", nr_rows);
    for (unsigned r = 0; r < nr_rows; r++) {
        struct count sum = sum_of_name(r);

        for (unsigned v = 0; v < NR_VCPUS; v++)
            calls += counts[v][r].calls;
        good += counts[0][r].good || counts[1][r].good;
        if (initial_domain() && first_of_name(r))     /* a guest's console would not hold it */
            show(&rows[r], &sum);
    }
    say("fuzz: %u calls, %u of %u rows succeeded\n", calls, good, nr_rows);
    return good;
}
