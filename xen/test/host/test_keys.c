/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug keys print in pieces of a few lines, which together are all that the key shows, from a sysctl and from the console. */
#include "host.h"

#include <xen/console.h>
#include <xen/event.h>
#include <xen/frame_check.h>
#include <xen/grant.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <x86/arch_domain.h>

#define NR_DOMAINS 5
#define NR_VCPUS   20
#define MAX_LINES  (KEY_LINES + 3)      /* with the title, the key's own and a domain's own line */

static struct domain *domains[NR_DOMAINS];
static unsigned int lines, parts;

void printk(const char *fmt, ...)
{
    for (; *fmt; fmt++)
        lines += *fmt == '\n';
}
struct domain *domain_get_next(u16 id)
{
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        if (domains[i]->id >= id) {
            domains[i]->refs++;
            return domains[i];
        }
    return NULL;
}
u64 evtchn_dump(struct domain *d, u64 item) { return 0; }
unsigned int evtchn_nr_pages(const struct domain *d) { return 1; }
unsigned int grant_nr_map_pages(const struct domain *d) { return 1; }
unsigned long total_pages(void) { return 1; }
unsigned long free_pages_total(void) { return 1; }
unsigned long free_pages_below(unsigned int bits) { return 1; }
struct frame_info *frame_list_first(const struct frame_list *l) { return NULL; }
struct frame_info *frame_list_next(const struct frame_info *f) { return NULL; }

/* The frame table's check: so many steps. */
static unsigned int steps_left, checks, frees_pending, not_clean;
static int paused[NR_DOMAINS];

static int *pauses_of(const struct domain *d)
{
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        if (domains[i] == d)
            return &paused[i];
    fail_msg("an unknown domain");
    return NULL;
}

void domain_pause_nosync(struct domain *d) { ++*pauses_of(d); }
void domain_unpause(struct domain *d) { --*pauses_of(d); }
bool domain_frees_pending(void) { return frees_pending && frees_pending--; }
int frame_check_begin(struct frame_check *c, u64 zero_at)
{
    if (not_clean && not_clean--)
        return -ERESTART;
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        assert_true(paused[i] == 1 && !domains[i]->vcpu[0]->is_running);
    steps_left = 3;
    return 0;
}
bool frame_check_step(struct frame_check *c, long budget) { return --steps_left; }
void frame_check_end(struct frame_check *c) { checks++; }
void machine_restart(void) { abort(); }
static unsigned int behind;
bool console_is_behind(void) { return behind && behind--; }
void arch_dump_vcpu_part(struct vcpu *v, unsigned int part)
{
    parts++;
    printk("\n\n\n\n\n\n\n\n");
}

static struct tasklet *queued;
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg) { *t = (struct tasklet){ .fn = fn, .arg = arg }; }
void tasklet_schedule(struct tasklet *t) { queued = t; }

static struct timer *timer;
void timer_set(struct timer *t, s_time_t expires) { timer = t; }

static int setup(void **state)
{
    keyhandler_init();
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        domains[i] = host_domain((u16)(i * 3000), NR_VCPUS);
        for (unsigned int id = 0; id < NR_VCPUS; id++)
            domains[i]->vcpu[id]->info = &dummy_vcpu_info;
    }
    return 0;
}

struct vcpu_info dummy_vcpu_info;

static int teardown(void **state)
{
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        assert_int_equal(domains[i]->refs, 1);
        host_domain_free(domains[i]);
    }
    return 0;
}

/* All lines of @key, in pieces. */
static unsigned int lines_of(char key)
{
    unsigned int all = 0;
    u64 pos = 0;

    do {
        lines = 0;
        pos = keyhandler_run(key, pos);
        assert_true(lines <= MAX_LINES && !(pos >> KEY_POS_BITS));
        all += lines;
    } while (pos);
    return all;
}

static void pieces_are_short_and_whole(void **state)
{
    assert_int_equal(lines_of('q'), 2 + NR_DOMAINS * (1 + NR_VCPUS));
    assert_int_equal(lines_of('m'), 2 + NR_DOMAINS);
    parts = 0;
    assert_int_equal(lines_of('0'), 1 + NR_DOMAINS * NR_VCPUS * VCPU_DUMP_PARTS * 8);
    assert_int_equal(parts, NR_DOMAINS * NR_VCPUS * VCPU_DUMP_PARTS);
    assert_int_equal(lines_of('h'), 1 + 7);
    assert_int_equal(lines_of('?'), 0);
    domains[2]->dying = DOMAIN_DEAD;
    assert_int_equal(lines_of('q'), 2 + NR_DOMAINS * (1 + NR_VCPUS));
    domains[2]->dying = DOMAIN_ALIVE;
}

/* With work pending a piece is printed each time that the timer fires, none while the console is behind; the last key pressed comes next. */
static void console_keys_give_way(void **state)
{
    unsigned int all = 0, calls = 0;

    host_cpu_info[0].softirq_pending = 1;
    keyhandler_interrupt('q');
    keyhandler_interrupt('m');
    while (queued) {
        struct tasklet *t = queued;
        bool held_up = behind;

        queued = NULL;
        timer = NULL;
        lines = 0;
        t->fn(t->arg);
        assert_true(lines <= (held_up ? 0 : MAX_LINES));
        all += lines;
        if (calls % 7 == 3)
            behind = 1;                       /* for one call, then it goes on */
        if (calls++ == 1)
            keyhandler_interrupt('q');
        if (timer)
            timer->fn(timer->arg);
    }
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(all, 2 + NR_DOMAINS + 2 + NR_DOMAINS * (1 + NR_VCPUS));
    assert_true(calls > NR_DOMAINS * NR_VCPUS / KEY_LINES);
}

/* All domains are paused once, waited for, and go on once when the frames are checked. */
static void check_pauses_all(void **state)
{
    unsigned int runs = 0;

    domains[1]->vcpu[0]->is_running = true;
    frees_pending = not_clean = 2;
    assert_int_equal(keyhandler_run('F', 0), 0);
    assert_int_equal(keyhandler_run('F', 0), 0);         /* it is at it */
    for (; queued; runs++) {
        struct tasklet *t = queued;

        queued = NULL;
        t->fn(t->arg);
        if (runs == 50)
            domains[1]->vcpu[0]->is_running = false;
    }
    assert_true(runs > 50 + NR_DOMAINS);
    assert_true(checks == 1 && !not_clean);
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        assert_int_equal(paused[i], 0);
    assert_int_equal(keyhandler_run('F', 0), 0);
    assert_non_null(queued);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_short_and_whole),
        cmocka_unit_test(console_keys_give_way),
        cmocka_unit_test(check_pauses_all),
    };

    return cmocka_run_group_tests_name("keys", tests, setup, teardown);
}
