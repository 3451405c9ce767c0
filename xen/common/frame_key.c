/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console key 'F': all domains are paused, the frame table is checked in short pieces from a tasklet so that timers and
 * interrupts go on, and the domains go on.
 */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/frame_check.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <xen/time.h>

#define BUDGET 32768L      /* frames a piece: about a millisecond */

static struct tasklet check_tasklet;
static struct frame_check check;
enum { KEY_IDLE, KEY_WAITING, KEY_CHECKING };
static unsigned int state;  /* atomic from and to KEY_IDLE; else the tasklet's */
static s_time_t started;
static u64 zero_at;         /* the next check looks into clean frames from here on */

static void pause_one(struct domain *d, void *unused) { domain_pause_nosync(d); }
static void unpause_one(struct domain *d, void *unused) { domain_unpause(d); }

static void find_running(struct domain *d, void *any)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        if (__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))
            *(bool *)any = true;
}

static bool machine_is_quiet(void)
{
    bool any = domain_frees_pending();

    domain_for_each(find_running, &any);
    return !any;
}

static void finish(bool done)
{
    if (done) {
        printk("frame table: %lu frames, %lu violations (%ld ms)\n", check.frames, check.violations,
               (now() - started) / 1000000);
        zero_at = check.zero_left ? 0 : check.zero_at;
        frame_check_end(&check);
    } else {
        printk("frame table: no memory for the check\n");
    }
    domain_for_each(unpause_one, NULL);
    __atomic_store_n(&state, KEY_IDLE, __ATOMIC_RELEASE);
}

static void run_check(void *unused)
{
    if (state == KEY_WAITING && machine_is_quiet()) {
        if (!frame_check_begin(&check, zero_at)) {
            finish(false);
            return;
        }
        state = KEY_CHECKING;
    } else if (state == KEY_CHECKING && !frame_check_step(&check, BUDGET)) {
        finish(true);
        return;
    }
    tasklet_schedule(&check_tasklet);
}

static void key_check(struct cpu_user_regs *regs)
{
    unsigned int idle = KEY_IDLE;

    if (!__atomic_compare_exchange_n(&state, &idle, KEY_WAITING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    started = now();
    domain_for_each(pause_one, NULL);
    tasklet_schedule(&check_tasklet);
}

void frame_check_init(void)
{
    tasklet_init(&check_tasklet, run_check, NULL);
    keyhandler_register('F', key_check, "check the frame table");
}
