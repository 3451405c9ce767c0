/* SPDX-License-Identifier: GPL-2.0-only */
/* What guests see of time: each vCPU's time page and each domain's wall clock. */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/time.h>
#include <x86/pv.h>
#include "time_impl.h"

/* Guards boot_wall_ns and the writers of wc_* fields. */
static spinlock_t wall_lock = SPIN_LOCK_UNLOCKED;
static u64 boot_wall_ns;      /* the wall clock at system time 0: ns since 1970 */

/* Release order between the version and what it covers. */
static void write_begin(u32 *version)
{
    WRITE_ONCE(*version, (*version + 1) | 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void write_end(u32 *version)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    WRITE_ONCE(*version, *version + 1);
}

void time_update_vcpu(struct vcpu *v, bool force)
{
    const struct time_base *b = &this_cpu(time_base);
    struct vcpu_time_info *t = &v->info->time;
    u8 stable = tsc_is_reliable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;

    if (v->is_idle)
        return;
    if (v->info != &dummy_vcpu_info && (force || t->tsc_timestamp != b->tsc || t->system_time != (u64)b->ns || t->flags != stable)) {
        write_begin(&t->version);
        t->tsc_timestamp = b->tsc;
        t->system_time = (u64)b->ns;
        t->tsc_to_system_mul = b->mul;
        t->tsc_shift = b->shift;
        t->flags = stable;
        write_end(&t->version);
    } else if (!force) {
        return;
    }
    if (v->time_guest && v == current)
        pv_write_time_area(v, t);
}

void time_update_wallclock(struct domain *d)
{
    struct shared_info *s = d->shared_info;
    u64 ns, seconds;

    if (!s)
        return;
    spin_lock(&wall_lock);
    ns = boot_wall_ns + (u64)d->time_offset_seconds * NSEC_PER_SEC;
    seconds = ns / NSEC_PER_SEC;
    write_begin(&s->wc_version);
    s->wc_sec = (u32)seconds;
    s->wc_sec_hi = (u32)(seconds >> 32);
    s->wc_nsec = (u32)(ns % NSEC_PER_SEC);
    write_end(&s->wc_version);
    spin_unlock(&wall_lock);
}

static void update_one(struct domain *d, void *unused)
{
    time_update_wallclock(d);
}

void time_set_wallclock(u64 secs, u32 nsecs, u64 system_time)
{
    spin_lock(&wall_lock);
    boot_wall_ns = secs * NSEC_PER_SEC + nsecs - system_time;
    spin_unlock(&wall_lock);
    domain_for_each(update_one, NULL);
}

u64 time_wallclock_ns(void) { return READ_ONCE(boot_wall_ns) + (u64)now(); }

void wallclock_init(void)
{
    u64 secs = rtc_read();

    boot_wall_ns = secs * NSEC_PER_SEC - (u64)now();
    printk("Wall clock: %lu seconds since 1970\n", secs);
}
