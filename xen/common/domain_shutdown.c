/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains that stop: shutdown, crash, resume, watchdog; dom0's takes the machine along. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/domain_impl.h>
#include <xen/errno.h>
#include <xen/kexec.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <public/kexec.h>
#include <public/sched.h>
#include <x86/irqflags.h>

bool opt_noreboot;
PARAM("noreboot", noreboot, PARAM_BOOL, &opt_noreboot, "stop instead of restarting after a crash of dom0 or the hypervisor");

static const char *const reason_name[] = {
    "power-off", "reboot", "suspend", "crash", "watchdog", "soft reset",
};

/* dom0's end is the machine's. Power-off proper is dom0's own call (platform_op); what is left here is to stop. */
static void machine_follows(u32 reason)
{
    printk(XENLOG_ERR "dom0 has shut down: %s\n", reason < ARRAY_SIZE(reason_name) ? reason_name[reason] : "unknown reason");
    if (reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog)
        machine_kexec(KEXEC_TYPE_CRASH);
    if (reason == SHUTDOWN_poweroff || opt_noreboot) {
        printk(XENLOG_ERR "The machine is halted.\n");
        machine_halt();
    }
    printk(XENLOG_ERR "The machine restarts.\n");
    machine_restart();
}

/* Interrupts on: the holder of domain.lock may wait for this CPU to flush its TLB, and sending the event turns them on. */
void domain_shutdown(struct domain *d, u32 reason)
{
    struct vcpu *v;
    u32 port;

    ASSERT(local_irq_is_enabled());
    spin_lock(&d->lock);
    if (d->shutdown_code == ~0u)
        d->shutdown_code = reason;
    reason = d->shutdown_code;
    if (d == dom0) {
        spin_unlock(&d->lock);
        machine_follows(reason);
    }
    if (d->is_shutting_down) {
        spin_unlock(&d->lock);
        return;
    }
    d->is_shutting_down = d->is_shut_down = true;
    for_each_vcpu(d, v)
        if (!v->paused_for_shutdown) {
            v->paused_for_shutdown = true;
            vcpu_pause_nosync(v);
        }
    port = reason == SHUTDOWN_suspend ? d->suspend_evtchn : 0;
    spin_unlock(&d->lock);
    if (port)
        evtchn_send(d, port);
    else
        evtchn_send_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
    struct vcpu *v;

    domain_pause(d);
    spin_lock(&d->lock);
    d->is_shutting_down = d->is_shut_down = false;
    d->shutdown_code = ~0u;
    for_each_vcpu(d, v) {
        if (v->paused_for_shutdown)
            vcpu_unpause(v);
        v->paused_for_shutdown = false;
    }
    spin_unlock(&d->lock);
    domain_unpause(d);
}

static void crash_deferred(void *arg)
{
    struct vcpu *v = arg;

    domain_shutdown(v->domain, SHUTDOWN_crash);
    v->crash_queued = false;
    vcpu_unpause(v);
    domain_put(v->domain);
}

/*
 * The rest of domain_crash() of @v, the current vCPU, for callers on the exit path to the guest, with interrupts off: a tasklet
 * shuts the domain down. The vCPU is paused until then, so that it does not return to the guest. One exit may deliver several
 * things and fail at each: only the first queues the tasklet.
 */
static void crash_defer(struct vcpu *v)
{
    if (v->crash_queued || !domain_get(v->domain))
        return;                          /* the latter: being freed: no vCPU of it runs again */
    v->crash_queued = true;
    vcpu_pause_nosync(v);
    tasklet_init(&v->crash_work, crash_deferred, v);
    tasklet_schedule(&v->crash_work);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
    char why[160];
    va_list ap;

    if (d->is_shutting_down)
        return;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    printk(XENLOG_ERR "d%u crashed: %s\n", d->id, why);
    if (current->domain == d)
        arch_dump_vcpu(current);
    if (local_irq_is_enabled()) {
        domain_shutdown(d, SHUTDOWN_crash);
        return;
    }
    ASSERT(current->domain == d);
    crash_defer(current);
}

/* ---- watchdogs ---- */

static void watchdog_fired(void *arg)
{
    struct domain *d = arg;

    printk(XENLOG_WARN "d%u did not serve its watchdog\n", d->id);
    domain_shutdown(d, SHUTDOWN_watchdog);
}

void domain_watchdog_init(struct domain *d)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
        timer_init(&d->watchdog_timer[i], watchdog_fired, d, 0);
}

void domain_watchdog_kill(struct domain *d)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
        timer_kill(&d->watchdog_timer[i]);
}

static int watchdog_arm_new(struct domain *d, u32 timeout)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog_timer); i++)
        if (!(d->watchdog_inuse & (1u << i))) {
            d->watchdog_inuse |= 1u << i;
            timer_set(&d->watchdog_timer[i], now() + timeout * NSEC_PER_SEC);
            return i + 1;
        }
    return -ENOSPC;
}

int domain_watchdog(struct domain *d, u32 id, u32 timeout)
{
    int rc = 0;

    if (id > ARRAY_SIZE(d->watchdog_timer))
        return -EINVAL;
    spin_lock(&d->lock);
    if (id == 0) {
        rc = timeout ? watchdog_arm_new(d, timeout) : -EINVAL;
    } else if (!(d->watchdog_inuse & (1u << (id - 1)))) {
        rc = -EINVAL;
    } else if (timeout) {
        timer_set(&d->watchdog_timer[id - 1], now() + timeout * NSEC_PER_SEC);
    } else {
        timer_stop(&d->watchdog_timer[id - 1]);
        d->watchdog_inuse &= ~(1u << (id - 1));
    }
    spin_unlock(&d->lock);
    return rc;
}
