/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: sending and all that happens to bound ports. Making and closing ports is in event_bind.c. */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/event_impl.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/nospec.h>
#include <xen/percpu.h>
#include <xen/sched.h>

bool vcpu_event_deliverable(const struct vcpu *v)
{
    return v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask;
}

/* The lock and the state keep the port's word from going in a reset. */
bool evtchn_port_is_pending(const struct domain *d, u32 port)
{
    struct evtchn *ch = evtchn_of(d->evtchn, port);
    unsigned long f = spin_lock_irqsave(&ch->lock);
    bool pending = ch->state > ECS_RESERVED && d->evtchn->ops->is_pending(d, port);

    spin_unlock_irqrestore(&ch->lock, f);
    return pending;
}

void evtchn_vcpu_mark_pending(struct vcpu *v)
{
    if (!__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
}

/* The port's lock is held. */
static inline void set_pending(struct domain *d, struct evtchn *ch)
{
    struct vcpu *v = d->vcpu[ch->vcpu];

    if (unlikely(!v))            /* a channel made before the domain got vCPUs */
        return;
    if (likely(d->evtchn->ops == &evtchn_2l_ops))
        evtchn_2l_set_pending(d, v, ch->port);
    else
        d->evtchn->ops->set_pending(v, ch);
    poll_check(d, ch->port);
}

long evtchn_send(struct domain *d, unsigned int port)
{
    const struct evtchn_table *t = d->evtchn;
    struct domain *to = d;
    struct evtchn *ch, *end;
    unsigned int nr = __atomic_load_n(&t->nr_valid, __ATOMIC_ACQUIRE);
    long rc = 0;

    if (unlikely(port >= nr))
        return -EINVAL;
    ch = end = evtchn_of(t, index_nospec(port, nr));
    spin_lock_irq(&ch->lock);
    if (likely(ch->state == ECS_INTERDOMAIN)) {
        to = evtchn_remote(ch);
        end = evtchn_of(to->evtchn, ch->interdomain.remote_port);
    } else if (ch->state != ECS_IPI) {
        if (ch->state != ECS_UNBOUND)            /* else the other end is gone or not there yet */
            rc = -EINVAL;
        goto out;
    }
    set_pending(to, end);
out:
    spin_unlock_irq(&ch->lock);
    return rc;
}

/* Raises @port of @d if it still is what the caller found it to be. */
static void send_if(struct domain *d, u32 port, enum evtchn_state state, u32 what)
{
    struct evtchn *ch;
    unsigned long f;

    if (!port || !evtchn_port_is_valid(d, port))
        return;
    ch = evtchn_of(d->evtchn, port);
    f = spin_lock_irqsave(&ch->lock);
    if (ch->state == state && (state == ECS_PIRQ ? ch->pirq : ch->virq) == what)
        set_pending(d, ch);
    spin_unlock_irqrestore(&ch->lock, f);
}

void evtchn_send_vcpu_virq(struct vcpu *v, unsigned int virq)
{
    send_if(v->domain, READ_ONCE(v->virq_port[virq]), ECS_VIRQ, virq);
}

/* Who gets each global virq instead of dom0; holds a reference. handler_lock guards it. */
static struct domain *virq_handler[NR_VIRQS];
static spinlock_t handler_lock = SPIN_LOCK_UNLOCKED;

void evtchn_send_global_virq(unsigned int virq)
{
    unsigned long f = spin_lock_irqsave(&handler_lock);
    struct domain *d = virq_handler[virq] ? virq_handler[virq] : dom0;

    if (d && d->dying == DOMAIN_ALIVE && d->vcpu[0])
        evtchn_send_vcpu_virq(d->vcpu[0], virq);
    spin_unlock_irqrestore(&handler_lock, f);
}

int evtchn_set_global_virq_handler(struct domain *d, u32 virq)
{
    struct domain *old;
    unsigned long f;

    if (virq >= NR_VIRQS || !virq_is_global(virq))
        return -EINVAL;
    if (d == dom0)
        d = NULL;
    else if (!domain_get(d))
        return -ESRCH;
    f = spin_lock_irqsave(&handler_lock);
    old = virq_handler[virq];
    virq_handler[virq] = d;
    spin_unlock_irqrestore(&handler_lock, f);
    if (old)
        domain_put(old);
    return 0;
}

/* A dying domain handles nothing any more. */
void evtchn_drop_virq_handler(struct domain *d)
{
    for (unsigned int i = 0; i < NR_VIRQS; i++) {
        unsigned long f = spin_lock_irqsave(&handler_lock);
        bool mine = virq_handler[i] == d;

        if (mine)
            virq_handler[i] = NULL;
        spin_unlock_irqrestore(&handler_lock, f);
        if (mine)
            domain_put(d);
    }
}

void evtchn_send_pirq(struct domain *d, unsigned int pirq)
{
    u32 *port = __atomic_load_n(&d->evtchn->pirq_port, __ATOMIC_ACQUIRE);

    if (port && pirq < nr_pirqs())
        send_if(d, READ_ONCE(port[pirq]), ECS_PIRQ, pirq);
}

/* ---- operations on ports that exist ---- */

/* The port's lock held, or NULL for a port that is not valid. */
static struct evtchn *port_lock(struct domain *d, u32 port, unsigned long *f)
{
    struct evtchn *ch;

    if (!port || !evtchn_port_is_valid(d, port))
        return NULL;
    ch = evtchn_of(d->evtchn, port);
    *f = spin_lock_irqsave(&ch->lock);
    return ch;
}

int evtchn_op_status(struct domain *d, struct evtchn_status *st)
{
    unsigned long f;
    struct evtchn *ch = port_lock(d, st->port, &f);

    if (!ch && st->port)
        return -EINVAL;
    if (!ch) {                               /* port 0 is never bound */
        st->vcpu = 0;
        st->status = EVTCHNSTAT_closed;
        return 0;
    }
    st->vcpu = ch->vcpu;
    switch (ch->state) {
    case ECS_UNBOUND:
        st->status = EVTCHNSTAT_unbound;
        st->u.unbound.dom = ch->unbound.remote_domid;
        break;
    case ECS_INTERDOMAIN:
        st->status = EVTCHNSTAT_interdomain;
        st->u.interdomain.dom = evtchn_remote(ch)->id;
        st->u.interdomain.port = ch->interdomain.remote_port;
        break;
    case ECS_PIRQ:
        st->status = EVTCHNSTAT_pirq;
        st->u.pirq = ch->pirq;
        break;
    case ECS_VIRQ:
        st->status = EVTCHNSTAT_virq;
        st->u.virq = ch->virq;
        break;
    case ECS_IPI:
        st->status = EVTCHNSTAT_ipi;
        break;
    default:
        st->status = EVTCHNSTAT_closed;
        break;
    }
    spin_unlock_irqrestore(&ch->lock, f);
    return 0;
}

int evtchn_op_bind_vcpu(struct domain *d, u32 port, u32 vcpu)
{
    struct vcpu *v = domain_vcpu(d, vcpu);
    struct evtchn *ch;
    unsigned long f;
    u32 pirq = ~0u;
    int rc = 0;

    if (!v)
        return -ENOENT;
    ch = port_lock(d, port, &f);
    if (!ch)
        return -EINVAL;
    switch (ch->state) {
    case ECS_VIRQ:
        rc = virq_is_global(ch->virq) ? 0 : -EINVAL;
        break;
    case ECS_UNBOUND:
    case ECS_INTERDOMAIN:
        break;
    case ECS_PIRQ:
        pirq = ch->pirq;
        break;
    default:
        rc = -EINVAL;
        break;
    }
    if (!rc)
        ch->vcpu = vcpu;
    spin_unlock_irqrestore(&ch->lock, f);
    if (!rc && pirq != ~0u)
        irq_set_affinity_vcpu(d, pirq, v);
    return rc;
}

int evtchn_op_unmask(struct domain *d, u32 port)
{
    unsigned long f;
    struct evtchn *ch = port_lock(d, port, &f);

    if (!ch)
        return port ? -EINVAL : 0;
    if (ch->state > ECS_RESERVED)            /* the words of a port that is not in use may go at any time (reset) */
        d->evtchn->ops->unmask(d, ch);
    spin_unlock_irqrestore(&ch->lock, f);
    return 0;
}

/* The guest finds every selector bit set and looks at all its ports. */
void evtchn_resync_vcpu(struct vcpu *v)
{
    __atomic_store_n(&v->info->evtchn_pending_sel, ~0UL, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    vcpu_kick(v);
}

/* ---- 'e' key ---- */

#define PORT_BITS 18
#define MAX_SHOWN_PORTS 128      /* of a domain: the console is slow, and a guest may have 131,072 */

static void dump_port(struct domain *d, struct evtchn *ch)
{
    static const char *const name[] = { "free", "reserved", "unbound", "channel", "pirq", "virq", "ipi" };
    const struct evtchn_port_ops *ops = d->evtchn->ops;

    printk("  %4u [%u/%u] %s v%u", ch->port, ops->is_pending(d, ch->port), ops->is_masked(d, ch->port), name[ch->state], ch->vcpu);
    if (ch->state == ECS_INTERDOMAIN)
        printk(" with d%u:%u", evtchn_remote(ch)->id, ch->interdomain.remote_port);
    else if (ch->state == ECS_UNBOUND)
        printk(" for d%u", ch->unbound.remote_domid);
    else if (ch->state == ECS_PIRQ || ch->state == ECS_VIRQ)
        printk(" %u", ch->state == ECS_PIRQ ? ch->pirq : ch->virq);
    printk("\n");
}

unsigned int evtchn_nr_pages(const struct domain *d) { return READ_ONCE(d->evtchn->nr_valid) / (u32)EVTCHNS_PER_PAGE; }

/* @item: ports shown << PORT_BITS | the port to continue at. */
u64 evtchn_dump(struct domain *d, u64 item)
{
    struct evtchn_table *t = d->evtchn;
    u64 shown = item >> PORT_BITS;
    u32 port = max((u32)(item & ((1u << PORT_BITS) - 1)), 1u);

    if (!item)
        printk("d%u: %u ports, %s form [pending/masked]\n", d->id, t->nr_used, t->fifo ? "FIFO" : "2-level");
    for (unsigned int lines = 0; lines < KEY_LINES; port++) {
        unsigned long f;
        struct evtchn *ch;

        port = evtchn_next_used(t, port);
        if (!evtchn_port_is_valid(d, port) || shown >= MAX_SHOWN_PORTS)
            return 0;
        ch = port_lock(d, port, &f);
        if (ch->state != ECS_FREE)
            dump_port(d, ch);
        spin_unlock_irqrestore(&ch->lock, f);
        shown++;
        lines++;
    }
    return shown << PORT_BITS | port;
}
