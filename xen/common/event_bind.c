/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: the table of ports, making, binding and closing them. Locks: event_impl.h. */
#include <xen/errno.h>
#include <xen/event_impl.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#define BUSY_TRIES       128    /* free ports that are busy, passed by in one search */
#define CLOSES_PER_CHECK 64
#define FREED_PER_CHECK 64      /* pages of ports, between two looks at pending work */

/* ---- the table; its lock is held ---- */

static int grow(struct evtchn_table *t)
{
    struct evtchn *p;
    u32 n = t->nr_valid / EVTCHNS_PER_PAGE;

    if (t->nr_valid >= t->nr_limit || n >= t->nr_pages_max)
        return -ENOSPC;
    p = alloc_xen_page();
    if (!p)
        return -ENOMEM;
    for (u32 i = 0; i < EVTCHNS_PER_PAGE; i++)
        p[i].port = t->nr_valid + i;
    t->page[n] = p;
    memset((u8 *)t->free + n * EVTCHNS_PER_PAGE / 8, 0xff, EVTCHNS_PER_PAGE / 8);
    if (!n)
        clear_bit(0, t->free);       /* port 0 is never used */
    __atomic_store_n(&t->nr_valid, t->nr_valid + (u32)EVTCHNS_PER_PAGE, __ATOMIC_RELEASE);
    return 0;
}

/*
 * The first port at or after *@at that is free and not busy. NULL: the table has none, or *@tries busy ports were passed.
 * *@at is left behind the last port seen, *@tries at the number of busy ports that may still be passed.
 */
static struct evtchn *find_free(struct domain *d, u32 *at, unsigned int *tries)
{
    struct evtchn_table *t = d->evtchn;
    u32 end = min(t->nr_valid, t->nr_limit);

    while (*tries && (*at = bitmap_next_set(t->free, end, *at)) < end) {
        u32 port = (*at)++;

        if (!t->ops->is_busy(d, port))
            return evtchn_of(t, port);
        --*tries;
    }
    return NULL;
}

/*
 * A free port for alloc_port(). A guest can keep any number of free ports busy, and the search runs with interrupts off
 * under the table's lock: one call passes BUSY_TRIES busy ports at most. Then the table grows, and where the table cannot
 * grow the call fails with -ENOSPC even if a later port is free. The next call goes on behind the ports seen by this one.
 */
static int find_port(struct domain *d, struct evtchn **out)
{
    struct evtchn_table *t = d->evtchn;
    unsigned int tries = BUSY_TRIES, tries_fresh = EVTCHNS_PER_PAGE;
    u32 at = t->next_free, fresh = t->nr_valid;
    struct evtchn *ch = find_free(d, &at, &tries);
    int rc = 0;

    if (!ch) {
        rc = grow(t);
        if (!rc) {
            ch = find_free(d, &fresh, &tries_fresh);
            if (tries)
                at = fresh;          /* every port below was seen */
        } else if (rc == -ENOSPC && tries) {
            at = 1;
            ch = find_free(d, &at, &tries);
        }
    }
    t->next_free = at;
    *out = ch;
    return ch ? 0 : rc ? rc : -ENOSPC;
}

/* A free port, RESERVED for the caller, on vCPU 0. -ENOSPC, -ENOMEM, -EINVAL for a dying domain. */
static int alloc_port(struct domain *d, struct evtchn **out)
{
    struct evtchn_table *t = d->evtchn;
    struct evtchn *ch;
    int rc = d->dying ? -EINVAL : find_port(d, &ch);

    if (rc)
        return rc;
    t->nr_used++;
    clear_bit(ch->port, t->free);
    ch->state = ECS_RESERVED;
    ch->vcpu = 0;
    ch->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    t->ops->init(d, ch);
    *out = ch;
    return 0;
}

static void free_port(struct domain *d, struct evtchn *ch)
{
    struct evtchn_table *t = d->evtchn;

    t->ops->clear_pending(d, ch);
    ch->state = ECS_FREE;
    ch->vcpu = 0;
    t->nr_used--;
    set_bit(ch->port, t->free);
    t->next_free = min(t->next_free, ch->port);
}

static void lock_two(spinlock_t *a, spinlock_t *b)
{
    if (a > b) {
        spinlock_t *t = a;

        a = b;
        b = t;
    }
    spin_lock(a);
    if (a != b)
        spin_lock(b);
}

static void unlock_two(spinlock_t *a, spinlock_t *b)
{
    spin_unlock(a);
    if (a != b)
        spin_unlock(b);
}

static unsigned long tables_lock(struct domain *a, struct domain *b)
{
    unsigned long f = local_irq_save();

    lock_two(&a->evtchn->lock, &b->evtchn->lock);
    return f;
}

static void tables_unlock(struct domain *a, struct domain *b, unsigned long f)
{
    unlock_two(&a->evtchn->lock, &b->evtchn->lock);
    local_irq_restore(f);
}

/* ---- binding ---- */

int evtchn_op_alloc_unbound(struct domain *d, u16 remote_domid, u32 *port)
{
    unsigned long f = spin_lock_irqsave(&d->evtchn->lock);
    struct evtchn *ch;
    int rc = alloc_port(d, &ch);

    if (!rc) {
        spin_lock(&ch->lock);
        ch->state = ECS_UNBOUND;
        ch->unbound.remote_domid = remote_domid;
        *port = ch->port;
        spin_unlock(&ch->lock);
    }
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    return rc;
}

int evtchn_alloc_unbound(struct domain *d, u16 remote_domid)
{
    u32 port;
    int rc = evtchn_op_alloc_unbound(d, remote_domid, &port);

    return rc ? rc : (int)port;
}

static void join(struct domain *d, struct evtchn *l, struct domain *rd, struct evtchn *r)
{
    lock_two(&l->lock, &r->lock);
    l->interdomain.remote_dom = rd;
    l->interdomain.remote_port = r->port;
    l->state = ECS_INTERDOMAIN;
    r->interdomain.remote_dom = d;
    r->interdomain.remote_port = l->port;
    r->state = ECS_INTERDOMAIN;
    unlock_two(&l->lock, &r->lock);
}

int evtchn_op_bind_interdomain(struct domain *d, struct domain *rd, u32 remote_port, u32 *port)
{
    unsigned long f = tables_lock(d, rd);
    struct evtchn *l, *r;
    int rc = -EINVAL;

    if (!remote_port || !evtchn_port_is_valid(rd, remote_port))
        goto out;
    r = evtchn_of(rd->evtchn, remote_port);
    if (r->state != ECS_UNBOUND || r->unbound.remote_domid != d->id)
        goto out;
    rc = alloc_port(d, &l);
    if (rc)
        goto out;
    join(d, l, rd, r);
    *port = l->port;
    /* The other end may have sent before it was bound. */
    spin_lock(&l->lock);
    if (d->vcpu[l->vcpu])
        d->evtchn->ops->set_pending(d->vcpu[l->vcpu], l);
    spin_unlock(&l->lock);
out:
    tables_unlock(d, rd, f);
    return rc;
}

int evtchn_op_bind_virq(struct domain *d, u32 virq, u32 vcpu, u32 *port)
{
    struct evtchn *ch;
    struct vcpu *v;
    unsigned long f;
    int rc;

    if (virq >= NR_VIRQS || (virq_is_global(virq) && vcpu != 0))
        return -EINVAL;
    v = domain_vcpu(d, vcpu);
    if (!v)
        return -ENOENT;
    f = spin_lock_irqsave(&d->evtchn->lock);
    rc = v->virq_port[virq] ? -EEXIST : alloc_port(d, &ch);
    if (!rc) {
        spin_lock(&ch->lock);
        ch->state = ECS_VIRQ;
        ch->virq = virq;
        ch->vcpu = vcpu;
        spin_unlock(&ch->lock);
        WRITE_ONCE(v->virq_port[virq], ch->port);
        *port = ch->port;
    }
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    return rc;
}

int evtchn_op_bind_ipi(struct domain *d, u32 vcpu, u32 *port)
{
    struct evtchn *ch;
    unsigned long f;
    int rc;

    if (!domain_vcpu(d, vcpu))
        return -ENOENT;
    f = spin_lock_irqsave(&d->evtchn->lock);
    rc = alloc_port(d, &ch);
    if (!rc) {
        spin_lock(&ch->lock);
        ch->state = ECS_IPI;
        ch->vcpu = vcpu;
        spin_unlock(&ch->lock);
        *port = ch->port;
    }
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    return rc;
}

/* One entry for each interrupt that a guest may have: which port it raises. */
static int make_pirq_map(struct evtchn_table *t)
{
    u32 *map, *none = NULL;

    if (__atomic_load_n(&t->pirq_port, __ATOMIC_ACQUIRE))
        return 0;
    map = xcalloc(nr_pirqs(), sizeof(*map));
    if (!map)
        return -ENOMEM;
    if (!__atomic_compare_exchange_n(&t->pirq_port, &none, map, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        xfree(map);
    return 0;
}

/* The table's lock is held. The port is made before the line is bound, so that the first interrupt finds it. */
static int bind_pirq_locked(struct domain *d, u32 pirq, bool share, u32 *port)
{
    struct evtchn_table *t = d->evtchn;
    struct evtchn *ch;
    int rc = t->pirq_port[pirq] ? -EEXIST : alloc_port(d, &ch);

    if (rc)
        return rc;
    spin_lock(&ch->lock);
    ch->state = ECS_PIRQ;
    ch->pirq = pirq;
    spin_unlock(&ch->lock);
    WRITE_ONCE(t->pirq_port[pirq], ch->port);
    rc = irq_guest_bind(d, pirq, share);
    if (rc) {
        WRITE_ONCE(t->pirq_port[pirq], 0);
        spin_lock(&ch->lock);
        free_port(d, ch);
        spin_unlock(&ch->lock);
    } else {
        *port = ch->port;
    }
    return rc;
}

/*
 * A port and its line come and go together, under the table's lock: a port closed by another vCPU between the two steps
 * would leave the line bound to a domain that has nothing to close any more.
 */
int evtchn_op_bind_pirq(struct domain *d, u32 pirq, bool share, u32 *port)
{
    unsigned long f;
    int rc;

    if (pirq >= nr_pirqs())
        return -EINVAL;
    rc = make_pirq_map(d->evtchn);
    if (rc)
        return rc;
    f = spin_lock_irqsave(&d->evtchn->lock);
    rc = bind_pirq_locked(d, pirq, share, port);
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    if (!rc)
        irq_set_affinity_vcpu(d, pirq, d->vcpu[0]);
    return rc;
}

/* ---- closing ---- */

/* Both tables' locks are held (@rd is NULL but for a channel). */
static void close_locked(struct domain *d, struct evtchn *ch, struct domain *rd)
{
    u32 pirq = ~0u;

    if (rd) {
        struct evtchn *r = evtchn_of(rd->evtchn, ch->interdomain.remote_port);

        lock_two(&ch->lock, &r->lock);
        r->state = ECS_UNBOUND;
        r->unbound.remote_domid = d->id;
        free_port(d, ch);
        unlock_two(&ch->lock, &r->lock);
        return;
    }
    spin_lock(&ch->lock);
    if (ch->state == ECS_PIRQ) {
        pirq = ch->pirq;
        WRITE_ONCE(d->evtchn->pirq_port[pirq], 0);
    } else if (ch->state == ECS_VIRQ) {
        struct vcpu *v = d->vcpu[virq_is_global(ch->virq) ? 0 : ch->vcpu];

        ASSERT(v->virq_port[ch->virq] == ch->port);
        WRITE_ONCE(v->virq_port[ch->virq], 0);
    }
    free_port(d, ch);
    spin_unlock(&ch->lock);
    if (pirq != ~0u)
        irq_guest_unbind(d, pirq);
}

/*
 * The other end's domain must be locked in order, but which it is is known under our lock only: try until both agree.
 * A channel keeps both domains' structures alive, as a domain closes its ports before it goes.
 */
int evtchn_op_close(struct domain *d, u32 port)
{
    struct domain *rd = NULL;
    struct evtchn *ch;
    unsigned long f;
    int rc = -EINVAL;

    if (!port || !evtchn_port_is_valid(d, port))
        return -EINVAL;
    ch = evtchn_of(d->evtchn, port);
    for (;;) {
        struct domain *now_rd;

        f = tables_lock(d, rd ? rd : d);
        now_rd = ch->state == ECS_INTERDOMAIN ? evtchn_remote(ch) : NULL;
        if (now_rd == rd)
            break;
        if (now_rd && !domain_get(now_rd))
            ASSERT_UNREACHABLE();
        tables_unlock(d, rd ? rd : d, f);
        if (rd)
            domain_put(rd);
        rd = now_rd;
    }
    if (ch->state > ECS_RESERVED) {
        close_locked(d, ch, rd);
        rc = 0;
    }
    tables_unlock(d, rd ? rd : d, f);
    if (rd)
        domain_put(rd);
    return rc;
}

/*
 * Closes ports from t->close_from on. -ERESTART after a bounded number when there is other work. Several vCPUs of a
 * domain may be here at once: close_from is where to go on, no more.
 */
static int close_some(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;
    unsigned int n = 0;

    for (u32 port = evtchn_next_used(t, READ_ONCE(t->close_from)); evtchn_port_is_valid(d, port);
         port = evtchn_next_used(t, port + 1)) {
        evtchn_op_close(d, port);
        if (++n % CLOSES_PER_CHECK == 0 && preempt_check()) {
            WRITE_ONCE(t->close_from, port + 1);
            return -ERESTART;
        }
    }
    WRITE_ONCE(t->close_from, t->nr_valid);
    return 0;
}

/*
 * At most one FIFO form is detached and not freed at a time: a guest need not continue its call, and the memory of the forms
 * is on no account.
 */
int evtchn_op_reset(struct domain *d, bool go_on)
{
    struct evtchn_table *t = d->evtchn;
    unsigned long f;
    int rc;

    if (d != current->domain && !d->controller_pause_count)
        return -EINVAL;
    if (!go_on)
        WRITE_ONCE(t->close_from, 0);
    rc = evtchn_fifo_free(d);        /* of this call, or of one that was given up */
    if (!rc)
        rc = close_some(d);
    if (rc)
        return rc;
    f = spin_lock_irqsave(&t->lock);
    if (t->nr_used) {
        rc = -EAGAIN;                /* another vCPU opened some meanwhile */
    } else if (t->fifo_gone) {
        rc = -ERESTART;              /* another vCPU's call detached a form meanwhile */
    } else {
        evtchn_fifo_detach(d);
        t->ops = &evtchn_2l_ops;
        t->nr_limit = min((u32)EVTCHN_2L_NR_CHANNELS, t->max_port + 1);
        t->next_free = 1;
    }
    spin_unlock_irqrestore(&t->lock, f);
    return rc ? rc : evtchn_fifo_free(d);
}

/* ---- life ---- */

int evtchn_domain_init(struct domain *d, u32 max_port)
{
    struct evtchn_table *t = xzalloc(sizeof(*t));

    if (!t)
        return -ENOMEM;
    spin_lock_init(&t->lock);
    t->ops = &evtchn_2l_ops;
    t->max_port = min(max_port, (u32)EVTCHN_FIFO_NR_CHANNELS - 1);
    t->nr_limit = min((u32)EVTCHN_2L_NR_CHANNELS, t->max_port + 1);
    t->next_free = 1;
    t->nr_pages_max = DIV_ROUND_UP(t->max_port + 1, EVTCHNS_PER_PAGE);
    t->page = xcalloc(t->nr_pages_max, sizeof(*t->page));
    t->free = xcalloc(BITS_TO_LONGS(t->nr_pages_max * EVTCHNS_PER_PAGE), sizeof(*t->free));
    d->evtchn = t;
    if (!t->page || !t->free || grow(t)) {
        evtchn_domain_free(d);
        return -ENOMEM;
    }
    return 0;
}

int evtchn_domain_close_all(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;
    unsigned long f;
    int rc;

    if (!t->ending) {
        t->ending = true;
        WRITE_ONCE(t->close_from, 0);
    }
    rc = close_some(d);
    if (rc)
        return rc;
    f = spin_lock_irqsave(&t->lock);
    evtchn_fifo_detach(d);
    t->ops = &evtchn_2l_ops;
    spin_unlock_irqrestore(&t->lock, f);
    rc = evtchn_fifo_free(d);
    if (!rc)
        evtchn_drop_virq_handler(d);
    return rc;
}

bool evtchn_domain_free_pages(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;

    for (unsigned int n = 1; t && t->nr_valid; n++) {
        t->nr_valid -= EVTCHNS_PER_PAGE;
        free_xen_page(t->page[t->nr_valid / EVTCHNS_PER_PAGE]);
        if (n % FREED_PER_CHECK == 0 && preempt_check())
            return false;
    }
    return true;
}

void evtchn_domain_free(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;

    if (!t)
        return;
    while (!evtchn_domain_free_pages(d))
        ;                           /* of a domain that could not be created: one */
    xfree(t->page);
    xfree(t->free);
    xfree(t->pirq_port);
    xfree(t);
    d->evtchn = NULL;
}

int evtchn_vcpu_init(struct vcpu *v) { return 0; }
void evtchn_vcpu_destroy(struct vcpu *v) { ASSERT(!v->evtchn_fifo); }   /* went with the domain's ports */
