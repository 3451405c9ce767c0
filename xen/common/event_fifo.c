/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FIFO form. Each port has a 32-bit word in pages that the guest gave (expand_array): PENDING, MASKED,
 * LINKED, BUSY and the number of the next port. A vCPU has one queue a priority: the head is in the guest's
 * control block, the tail is ours. We append, the guest takes from the head and clears LINKED; a queue whose
 * tail is no longer LINKED has been emptied. (Public description: "FIFO-based event channels", ABI design note.)
 *
 * Guests write these words at any time: nothing read from them is used as an index but link fields that we wrote.
 */
#include <xen/errno.h>
#include <xen/event_impl.h>
#include <xen/frame_check.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES     16
#define RAISED_PER_CHECK 64
#define FREED_PER_CHECK  16

#define W_PENDING (1u << EVTCHN_FIFO_PENDING)
#define W_MASKED  (1u << EVTCHN_FIFO_MASKED)
#define W_LINKED  (1u << EVTCHN_FIFO_LINKED)
#define W_BUSY    (1u << EVTCHN_FIFO_BUSY)

struct evtchn_fifo {
    u32 nr_words;                             /* ports below this have a word that is in use */
    u32 nr_pages;                             /* those of the words; more than nr_words needs: see raise_early() */
    struct evtchn_fifo_vcpu *detached;        /* the vCPUs' parts once it is detached */
    struct evtchn_fifo *next;                 /* in evtchn_table.fifo_gone */
    struct frame_info *page[MAX_PAGES];       /* referenced, typed writable */
};

struct fifo_queue {
    spinlock_t lock;
    u32 tail;                                 /* last port appended, 0 none */
};

struct evtchn_fifo_vcpu {
    struct frame_info *frame;                 /* of the control block; referenced, typed writable */
    struct evtchn_fifo_control_block *block;
    struct evtchn_fifo_vcpu *next;            /* in evtchn_fifo.detached */
    struct fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

static event_word_t *word_of(const struct domain *d, u32 port)
{
    const struct evtchn_fifo *ff = d->evtchn->fifo;

    if (!ff || port >= __atomic_load_n(&ff->nr_words, __ATOMIC_ACQUIRE))
        return NULL;
    return (event_word_t *)frame_to_virt(ff->page[port / WORDS_PER_PAGE]) + port % WORDS_PER_PAGE;
}

static u32 word_or(event_word_t *w, u32 bits) { return __atomic_fetch_or(w, bits, __ATOMIC_SEQ_CST); }
static u32 word_and(event_word_t *w, u32 bits) { return __atomic_fetch_and(w, bits, __ATOMIC_SEQ_CST); }

/*
 * Makes @port follow the word @w of the tail. False when @w left its queue. After some lost races BUSY asks the
 * guest to keep its hands off; a guest that does not is its own loss: the port starts a queue anew.
 */
static bool link_after(event_word_t *w, u32 port)
{
    event_word_t old = __atomic_load_n(w, __ATOMIC_SEQ_CST);

    for (int i = 0; i < LINK_TRIES; i++) {
        event_word_t new = (old & ~(W_BUSY | EVTCHN_FIFO_LINK_MASK)) | port;

        if (!(old & W_LINKED))
            break;
        if (__atomic_compare_exchange_n(w, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
        if (i == LINK_TRIES / 2)
            old = word_or(w, W_BUSY) | W_BUSY;
    }
    word_and(w, ~W_BUSY);
    return false;
}

/* Appends @ch to its queue of @v. Returns whether the guest has to be told. */
static bool queue_append(struct vcpu *v, struct evtchn *ch, event_word_t *w)
{
    struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;
    struct fifo_queue *q = &fv->queue[ch->priority], *old = NULL;
    struct vcpu *last = domain_vcpu(v->domain, ch->last_vcpu);
    event_word_t *tail;
    bool linked = false, tell = false;

    /* A port that moved to another queue may still be the tail of its former one, where nothing may be linked after it. */
    if (last && last->evtchn_fifo && (last != v || ch->last_priority != ch->priority)) {
        old = &last->evtchn_fifo->queue[ch->last_priority];
        spin_lock(&old->lock);
        if (old->tail == ch->port)
            old->tail = 0;
        spin_unlock(&old->lock);
    }
    spin_lock(&q->lock);
    if (!(word_or(w, W_LINKED) & W_LINKED)) {
        ch->last_vcpu = v->id;
        ch->last_priority = ch->priority;
        word_and(w, ~EVTCHN_FIFO_LINK_MASK);
        tail = q->tail ? word_of(v->domain, q->tail) : NULL;
        if (tail && q->tail != ch->port)
            linked = link_after(tail, ch->port);
        if (!linked)
            __atomic_store_n(&fv->block->head[ch->priority], ch->port, __ATOMIC_SEQ_CST);
        q->tail = ch->port;
        tell = !linked && !(__atomic_fetch_or(&fv->block->ready, 1u << ch->priority, __ATOMIC_SEQ_CST) &
                            (1u << ch->priority));
    }
    spin_unlock(&q->lock);
    return tell;
}

static void fifo_set_pending(struct vcpu *v, struct evtchn *ch)
{
    event_word_t *w = word_of(v->domain, ch->port), old;

    if (!w) {
        ch->pending_early = 1;
        return;
    }
    old = word_or(w, W_PENDING);
    if ((old & (W_MASKED | W_LINKED)) || !v->evtchn_fifo)
        return;
    if (queue_append(v, ch, w))
        evtchn_vcpu_mark_pending(v);
}

static void fifo_clear_pending(struct domain *d, struct evtchn *ch)
{
    event_word_t *w = word_of(d, ch->port);

    if (w)
        word_and(w, ~W_PENDING);
    ch->pending_early = 0;
}

static void fifo_unmask(struct domain *d, struct evtchn *ch)
{
    event_word_t *w = word_of(d, ch->port);

    if (!w)
        return;
    if (word_and(w, ~W_MASKED) & W_PENDING)
        fifo_set_pending(d->vcpu[ch->vcpu], ch);
}

static bool fifo_is_pending(const struct domain *d, u32 port)
{
    event_word_t *w = word_of(d, port);

    return w && (READ_ONCE(*w) & W_PENDING);
}

static bool fifo_is_masked(const struct domain *d, u32 port)
{
    event_word_t *w = word_of(d, port);

    return !w || (READ_ONCE(*w) & W_MASKED);
}

static bool fifo_is_busy(const struct domain *d, u32 port)
{
    event_word_t *w = word_of(d, port);

    return w && (READ_ONCE(*w) & W_LINKED);
}

/* Was @port made pending in the 2-level form? Asked once, when its word comes into use. */
static bool pending_before(const struct domain *d, u32 port)
{
    return port < EVTCHN_2L_NR_CHANNELS && test_bit(port, d->shared_info->evtchn_pending);
}

static void fifo_init_port(struct domain *d, struct evtchn *ch)
{
    ch->pending_early = 0;
    if (!word_of(d, ch->port) && pending_before(d, ch->port))
        clear_bit_atomic(ch->port, d->shared_info->evtchn_pending);
}

const struct evtchn_port_ops evtchn_fifo_ops = {
    .set_pending = fifo_set_pending, .clear_pending = fifo_clear_pending, .unmask = fifo_unmask,
    .is_pending = fifo_is_pending, .is_masked = fifo_is_masked, .is_busy = fifo_is_busy, .init = fifo_init_port,
};

/* ---- the guest's requests ---- */

/* A page of @d's own that stays writable while we hold it. */
static int hold_page(struct domain *d, u64 gfn, struct frame_info **out)
{
    struct frame_info *f;

    if (!mfn_is_ram(mfn(gfn)))
        return -EINVAL;
    f = mfn_to_frame(mfn(gfn));
    if (frame_get_and_type(f, d, FT_WRITABLE))
        return -EINVAL;
    *out = f;
    return 0;
}

/* From the 2-level form: the shared bits of pending ports stay as they are until the words come. Table lock held. */
static void turn_on(struct domain *d, struct evtchn_fifo *ff)
{
    struct evtchn_table *t = d->evtchn;

    t->fifo = ff;
    t->ops = &evtchn_fifo_ops;
    t->nr_limit = t->max_port + 1;
}

int evtchn_fifo_init_control(struct domain *d, u64 gfn, u32 offset, u32 vcpu)
{
    struct evtchn_fifo_vcpu *fv = NULL;
    struct evtchn_fifo *ff = NULL;
    struct frame_info *frame;
    struct vcpu *v = domain_vcpu(d, vcpu);
    unsigned long f;
    int rc;

    if (!v)
        return -ENOENT;
    if (offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || offset % 8)
        return -EINVAL;
    rc = hold_page(d, gfn, &frame);
    if (rc)
        return rc;
    fv = xzalloc(sizeof(*fv));
    ff = xzalloc(sizeof(*ff));
    if (!fv || !ff) {
        rc = -ENOMEM;
        goto out;
    }
    fv->frame = frame;
    fv->block = (struct evtchn_fifo_control_block *)((char *)frame_to_virt(frame) + offset);
    f = spin_lock_irqsave(&d->evtchn->lock);
    if (v->evtchn_fifo) {
        rc = -EINVAL;
    } else {
        memset(fv->block, 0, sizeof(*fv->block));     /* not before: a block in use is left as it is */
        __atomic_store_n(&v->evtchn_fifo, fv, __ATOMIC_RELEASE);
        fv = NULL;
        if (!d->evtchn->fifo) {
            turn_on(d, ff);
            ff = NULL;
        }
    }
    spin_unlock_irqrestore(&d->evtchn->lock, f);
out:
    if (rc)
        frame_put_and_type(frame);
    xfree(fv);
    xfree(ff);
    return rc;
}

/* The words of ports from @from to below @to have come into use: events that came before are raised. Table lock held. */
static void raise_ports(struct domain *d, u32 from, u32 to)
{
    struct evtchn_table *t = d->evtchn;

    for (u32 port = evtchn_next_used(t, from); port < min(to, t->nr_valid); port = evtchn_next_used(t, port + 1)) {
        struct evtchn *ch = evtchn_of(t, port);

        spin_lock(&ch->lock);
        if ((ch->pending_early || pending_before(d, port)) && d->vcpu[ch->vcpu]) {
            ch->pending_early = 0;
            fifo_set_pending(d->vcpu[ch->vcpu], ch);
        }
        spin_unlock(&ch->lock);
    }
}

/*
 * Takes the words of added pages into use, some ports at a time: raising an event costs 160 instructions, and all of a
 * page's 1,024 ports may have one. -ERESTART: other work is pending, the rest is to be done by another call.
 */
static int raise_early(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;
    bool more;

    do {
        unsigned long f = spin_lock_irqsave(&t->lock);
        struct evtchn_fifo *ff = t->fifo;
        u32 end = ff ? ff->nr_pages * WORDS_PER_PAGE : 0;

        more = ff && ff->nr_words < end;
        if (more) {
            u32 from = ff->nr_words, to = from < t->nr_valid ? from + RAISED_PER_CHECK : end;

            __atomic_store_n(&ff->nr_words, to, __ATOMIC_RELEASE);
            raise_ports(d, from, to);
            more = to < end;
        }
        spin_unlock_irqrestore(&t->lock, f);
    } while (more && !preempt_check());
    return more ? -ERESTART : 0;
}

/* -ERESTART: another vCPU's page is to be taken into use first. */
static int add_page(struct domain *d, u64 gfn)
{
    struct evtchn_fifo *ff;
    struct frame_info *frame;
    unsigned long f;
    int rc = hold_page(d, gfn, &frame);

    if (rc)
        return rc;
    f = spin_lock_irqsave(&d->evtchn->lock);
    ff = d->evtchn->fifo;
    if (!ff)
        rc = -EOPNOTSUPP;
    else if (ff->nr_pages >= DIV_ROUND_UP(d->evtchn->max_port + 1, WORDS_PER_PAGE))
        rc = -ENOSPC;
    else if (ff->nr_words < ff->nr_pages * WORDS_PER_PAGE)
        rc = -ERESTART;
    else
        ff->page[ff->nr_pages++] = frame;
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    if (rc)
        frame_put_and_type(frame);
    return rc;
}

int evtchn_fifo_expand_array(struct domain *d, u64 gfn, bool *added)
{
    int rc = raise_early(d);

    if (rc || *added)
        return rc;
    rc = add_page(d, gfn);
    *added = !rc;
    return rc ? rc : raise_early(d);
}

int evtchn_fifo_set_priority(struct domain *d, u32 port, u32 priority)
{
    struct evtchn *ch;
    unsigned long f;
    int rc = 0;

    if (!evtchn_port_is_valid(d, port))
        return -EINVAL;
    ch = evtchn_of(d->evtchn, port);
    f = spin_lock_irqsave(&ch->lock);
    if (!port || ch->state <= ECS_RESERVED)
        rc = -EACCES;
    else if (priority > EVTCHN_FIFO_PRIORITY_MIN)
        rc = -EINVAL;
    else if (!d->evtchn->fifo)
        rc = -ENOSYS;
    else
        ch->priority = priority;
    spin_unlock_irqrestore(&ch->lock, f);
    return rc;
}

/* Table lock held; no port is in use. evtchn_fifo_free() is to follow. */
void evtchn_fifo_detach(struct domain *d)
{
    struct evtchn_fifo *ff = d->evtchn->fifo;
    struct vcpu *v;

    if (!ff)
        return;
    d->evtchn->fifo = NULL;
    for_each_vcpu(d, v) {
        struct evtchn_fifo_vcpu *fv = v->evtchn_fifo;

        if (!fv)
            continue;
        v->evtchn_fifo = NULL;
        fv->next = ff->detached;
        ff->detached = fv;
    }
    ff->next = d->evtchn->fifo_gone;
    d->evtchn->fifo_gone = ff;
}

/* One piece of detached state: a frame to be let go, memory to be freed, or both. False: none is left. Table lock held. */
static bool take_detached(struct evtchn_table *t, struct frame_info **frame, void **memory)
{
    struct evtchn_fifo *ff = t->fifo_gone;

    *frame = NULL;
    *memory = NULL;
    if (!ff)
        return false;
    if (ff->detached) {
        *memory = ff->detached;
        *frame = ff->detached->frame;
        ff->detached = ff->detached->next;
    } else if (ff->nr_pages) {
        *frame = ff->page[--ff->nr_pages];
    } else {
        *memory = ff;
        t->fifo_gone = ff->next;
    }
    return true;
}

/*
 * Lets the control blocks and words of detached FIFO forms go. Without locks and with interrupts on: a frame whose last
 * reference this is leaves other CPUs' TLBs. -ERESTART: other work is pending, call again.
 */
int evtchn_fifo_free(struct domain *d)
{
    struct evtchn_table *t = d->evtchn;

    for (unsigned int n = 1;; n++) {
        unsigned long f = spin_lock_irqsave(&t->lock);
        struct frame_info *frame;
        void *memory;
        bool some = take_detached(t, &frame, &memory);

        spin_unlock_irqrestore(&t->lock, f);
        if (!some)
            return 0;
        if (frame)
            frame_put_and_type(frame);
        xfree(memory);
        if (n % FREED_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
}

static void frames_of(const struct evtchn_fifo *ff, frame_holder_fn *fn, struct frame_check *c)
{
    for (const struct evtchn_fifo_vcpu *fv = ff->detached; fv; fv = fv->next)
        fn(c, fv->frame, FT_WRITABLE);
    for (u32 i = 0; i < ff->nr_pages; i++)
        fn(c, ff->page[i], FT_WRITABLE);
}

/* No vCPU runs. */
void evtchn_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c)
{
    const struct evtchn_fifo *ff = d->evtchn->fifo;
    struct vcpu *v;

    for_each_vcpu(d, v)
        if (v->evtchn_fifo)
            fn(c, v->evtchn_fifo->frame, FT_WRITABLE);
    if (ff)
        frames_of(ff, fn, c);
    for (ff = d->evtchn->fifo_gone; ff; ff = ff->next)
        frames_of(ff, fn, c);
}
