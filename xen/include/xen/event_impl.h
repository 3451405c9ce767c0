/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of event channels share (common/event*.c, poll.c) and what hypercall/hc_event_channel.c calls.
 *
 * Locks, outermost first:
 *   evtchn_table.lock   which ports exist and what they are bound to; of two domains the one at the lower address first
 *   struct evtchn.lock  one port's state, so that a send needs no other; of two ports the one at the lower address first
 *   fifo queue lock     (event_fifo.c)
 * All are taken with interrupts off: physical interrupts send.
 * A port's state changes only with both the table's and the port's lock held (for a channel: both ends' locks).
 */
#ifndef XEN_EVENT_IMPL_H
#define XEN_EVENT_IMPL_H

#include <xen/bitmap.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/spinlock.h>
#include <public/event_channel.h>

enum evtchn_state { ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI };

struct evtchn {
    spinlock_t lock;
    u32 port;
    u8 state;                    /* enum evtchn_state */
    u8 priority;                 /* FIFO */
    u8 last_priority;            /* FIFO: the queue it was put in last */
    u8 pending_early;            /* FIFO: became pending before its word existed */
    u16 vcpu;                    /* which one is told */
    u16 last_vcpu;               /* FIFO, with last_priority */
    union {
        struct { u16 remote_domid; } unbound;
        struct { struct domain *remote_dom; u32 remote_port; } interdomain;   /* the channel holds no reference: closing is how domains end */
        u32 pirq;
        u32 virq;
    };
};
_Static_assert(sizeof(struct evtchn) == 32, "128 a page");

#define EVTCHNS_PER_PAGE (PAGE_SIZE / sizeof(struct evtchn))

/* One form of the guest's pending and mask bits. */
struct evtchn_port_ops {
    void (*set_pending)(struct vcpu *v, struct evtchn *ch);   /* port lock held */
    void (*clear_pending)(struct domain *d, struct evtchn *ch);
    void (*unmask)(struct domain *d, struct evtchn *ch);
    bool (*is_pending)(const struct domain *d, u32 port);
    bool (*is_masked)(const struct domain *d, u32 port);
    bool (*is_busy)(const struct domain *d, u32 port);        /* closed, but the guest has yet to take it off a queue */
    void (*init)(struct domain *d, struct evtchn *ch);
};
extern const struct evtchn_port_ops evtchn_2l_ops, evtchn_fifo_ops;

struct evtchn_fifo;

struct evtchn_table {
    spinlock_t lock;
    const struct evtchn_port_ops *ops;
    u32 nr_limit;                /* ports are below this: form and configuration */
    u32 max_port;                /* configuration: highest allowed */
    u32 nr_valid;                /* ports below this have a struct evtchn; a multiple of EVTCHNS_PER_PAGE */
    u32 nr_used;
    u32 next_free;               /* where to look for a free port first; below it are none but some that were busy */
    u32 close_from;              /* progress of closing all */
    bool ending;                 /* … because the domain ends; it began anew then, wherever a reset had come to */
    struct evtchn **page;        /* nr_valid / EVTCHNS_PER_PAGE used */
    unsigned long *free;         /* by port: it is valid and ECS_FREE; never port 0 */
    u32 nr_pages_max;
    struct evtchn_fifo *fifo;    /* NULL in the 2-level form */
    struct evtchn_fifo *fifo_gone;   /* detached, not yet freed */
    u32 *pirq_port;              /* port of each pirq; NULL until one is bound */
};

static inline struct evtchn *evtchn_of(const struct evtchn_table *t, u32 port)
{
    return t->page[port / EVTCHNS_PER_PAGE] + port % EVTCHNS_PER_PAGE;
}
static inline bool evtchn_port_is_valid(const struct domain *d, u32 port)
{
    return port < __atomic_load_n(&d->evtchn->nr_valid, __ATOMIC_ACQUIRE);
}
/* The first port in use at or after @from, never port 0; nr_valid: there is none. A hint without the table's lock. */
static inline u32 evtchn_next_used(const struct evtchn_table *t, u32 from)
{
    return bitmap_next_clear(t->free, __atomic_load_n(&t->nr_valid, __ATOMIC_ACQUIRE), max(from, 1u));
}
/* Bound on vCPU 0, and may be moved; the other virqs stay on the vCPU that they were bound on. */
static inline bool virq_is_global(u32 virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}
bool evtchn_port_is_pending(const struct domain *d, u32 port);     /* port valid */
void evtchn_vcpu_mark_pending(struct vcpu *v);                     /* upcall_pending, and a kick when it was clear */
void poll_check_slow(struct domain *d, u32 port);
/* @port of @d has become pending: wakes who sleeps in SCHEDOP_poll for it (poll.c). */
static inline void poll_check(struct domain *d, u32 port)
{
    unsigned long any = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(d->poll_mask); i++)
        any |= READ_ONCE(d->poll_mask[i]);
    if (unlikely(any))
        poll_check_slow(d, port);
}
static inline struct domain *evtchn_remote(const struct evtchn *ch) { return ch->interdomain.remote_dom; }

/* The operations of EVTCHNOP_*; errors as in public/event_channel.h. @d is the caller's domain unless said. */
int evtchn_op_alloc_unbound(struct domain *d, u16 remote_domid, u32 *port);        /* @d any domain */
int evtchn_op_bind_interdomain(struct domain *d, struct domain *rd, u32 remote_port, u32 *port);
int evtchn_op_bind_virq(struct domain *d, u32 virq, u32 vcpu, u32 *port);
int evtchn_op_bind_ipi(struct domain *d, u32 vcpu, u32 *port);
int evtchn_op_bind_pirq(struct domain *d, u32 pirq, bool share, u32 *port);
int evtchn_op_close(struct domain *d, u32 port);
int evtchn_op_status(struct domain *d, struct evtchn_status *st);                  /* @d any domain */
int evtchn_op_bind_vcpu(struct domain *d, u32 port, u32 vcpu);
int evtchn_op_unmask(struct domain *d, u32 port);
int evtchn_op_reset(struct domain *d, bool go_on);                                 /* -ERESTART: again with @go_on */
int evtchn_set_global_virq_handler(struct domain *d, u32 virq);                    /* XEN_DOMCTL_set_virq_handler */

void evtchn_drop_virq_handler(struct domain *d);                                   /* a dying domain handles none */

/* common/event_fifo.c; errors as in public/event_channel.h */
int evtchn_fifo_init_control(struct domain *d, u64 gfn, u32 offset, u32 vcpu);
/* -ERESTART: call again with the same @added, false at first. */
int evtchn_fifo_expand_array(struct domain *d, u64 gfn, bool *added);
int evtchn_fifo_set_priority(struct domain *d, u32 port, u32 priority);
void evtchn_fifo_detach(struct domain *d);           /* back to no FIFO state */
int evtchn_fifo_free(struct domain *d);              /* the detached words and control blocks let go; -ERESTART */

/* The 2-level form, inline as most domains have it: @v of @d is told of @port. The port's lock is held. */
static inline void evtchn_2l_set_pending(struct domain *d, struct vcpu *v, u32 port)
{
    struct shared_info *s = d->shared_info;

    if (test_and_set_bit_atomic(port, s->evtchn_pending))
        return;
    if (s->evtchn_mask[port / 64] >> (port % 64) & 1)      /* read after the atomic operation */
        return;
    if (!test_and_set_bit_atomic(port / 64, &v->info->evtchn_pending_sel))
        evtchn_vcpu_mark_pending(v);
}

#endif
