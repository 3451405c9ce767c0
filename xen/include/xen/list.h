/* SPDX-License-Identifier: GPL-2.0-only */
/* Intrusive doubly linked list. The owner of the head provides the locking. */
#ifndef XEN_LIST_H
#define XEN_LIST_H

#include <xen/types.h>

struct list_head { struct list_head *next, *prev; };

#define LIST_HEAD_INIT(name) { &(name), &(name) }

static inline void list_init(struct list_head *h) { h->next = h->prev = h; }
static inline bool list_empty(const struct list_head *h) { return h->next == h; }

static inline void list_insert_between(struct list_head *n, struct list_head *prev,
                                       struct list_head *next)
{
    next->prev = n;
    n->next = next;
    n->prev = prev;
    prev->next = n;
}

static inline void list_add(struct list_head *n, struct list_head *h) { list_insert_between(n, h, h->next); }
static inline void list_add_tail(struct list_head *n, struct list_head *h) { list_insert_between(n, h->prev, h); }

/* Removes @n and leaves it an empty list of its own, so that removing twice is harmless. */
static inline void list_del(struct list_head *n)
{
    n->next->prev = n->prev;
    n->prev->next = n->next;
    list_init(n);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_for_each(p, h) for (p = (h)->next; p != (h); p = p->next)
#define list_for_each_entry(p, h, member) \
    for (p = list_entry((h)->next, __typeof__(*p), member); &p->member != (h); \
         p = list_entry(p->member.next, __typeof__(*p), member))
#define list_for_each_entry_safe(p, t, h, member) \
    for (p = list_entry((h)->next, __typeof__(*p), member), \
         t = list_entry(p->member.next, __typeof__(*p), member); &p->member != (h); \
         p = t, t = list_entry(t->member.next, __typeof__(*p), member))

#endif
