/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console key 'F': all domains are paused, the frame table is checked, and the domains go on. A tasklet does it in short pieces so that
 * timers and interrupts go on: a domain is paused, waited for or unpaused, or some frames are checked.
 */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/frame_check.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <xen/time.h>

#define BUDGET 2048L       /* frames a piece */

static struct tasklet check_tasklet;
static struct frame_check check;
enum { KEY_IDLE, KEY_PAUSING, KEY_WAITING, KEY_CHECKING, KEY_UNPAUSING };
static unsigned int state;  /* atomic from and to KEY_IDLE; else the tasklet's, with the following */
static u32 next_domid;      /* of this state: domains below are done */
static s_time_t started;
static u64 zero_at;         /* the next check looks into clean frames from here on */

static void enter(unsigned int next)
{
    next_domid = 0;
    __atomic_store_n(&state, next, __ATOMIC_RELEASE);
}

/* dom0 comes first: domains that it makes before it stops are not paused by this, nor by anything unpaused. */
static bool pause_one(struct domain *d)
{
    d->check_paused = true;
    domain_pause_nosync(d);
    return true;
}

static bool has_stopped(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        if (__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))
            return false;
    return true;
}

static bool unpause_one(struct domain *d)
{
    if (d->check_paused) {
        d->check_paused = false;
        domain_unpause(d);
    }
    return true;
}

/* @fn for the next domain, which is done when that says so. False: there is none, and the tasklet is to enter @next_state. */
static bool step_domain(bool (*fn)(struct domain *d), unsigned int next_state)
{
    struct domain *d = next_domid < DOMID_FIRST_RESERVED ? domain_get_next((u16)next_domid) : NULL;

    if (!d) {
        enter(next_state);
        return false;
    }
    if (fn(d))
        next_domid = d->id + 1u;
    domain_put(d);
    return true;
}

/* Where its memory is not clean yet, once more. */
static void begin_check(void)
{
    int rc = frame_check_begin(&check, zero_at);

    if (rc == -ENOMEM)
        printk("frame table: no memory for the check\n");
    if (rc)
        enter(rc == -ENOMEM ? KEY_UNPAUSING : KEY_WAITING);
}

static void check_some(void)
{
    if (frame_check_step(&check, BUDGET))
        return;
    printk("frame table: %lu frames, %lu violations (%ld ms)\n", check.frames, check.violations, (now() - started) / 1000000);
    zero_at = check.zero_left ? 0 : check.zero_at;
    frame_check_end(&check);
    enter(KEY_UNPAUSING);
}

static void run_check(void *unused)
{
    switch (state) {
    case KEY_PAUSING:
        (void)step_domain(pause_one, KEY_WAITING);
        break;
    case KEY_WAITING:
        if (!domain_frees_pending() && !step_domain(has_stopped, KEY_CHECKING))
            begin_check();
        break;
    case KEY_CHECKING:
        check_some();
        break;
    default:
        if (!step_domain(unpause_one, KEY_IDLE))
            return;
    }
    tasklet_schedule(&check_tasklet);
}

static u64 key_check(u64 pos)
{
    unsigned int idle = KEY_IDLE;

    if (__atomic_compare_exchange_n(&state, &idle, KEY_PAUSING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        started = now();
        tasklet_schedule(&check_tasklet);
    }
    return 0;
}

void frame_check_init(void)
{
    tasklet_init(&check_tasklet, run_check, NULL);
    keyhandler_register('F', key_check, "check the frame table");
}
