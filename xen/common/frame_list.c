/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of frames linked by frame number; the caller holds the list's lock. Frame 0 is never on one. */
#include <xen/domain.h>
#include <xen/frame.h>

void frame_list_init(struct frame_list *l) { *l = (struct frame_list){ 0, 0, 0 }; }

static struct frame_info *nth(u32 m) { return m ? mfn_to_frame(mfn(m)) : NULL; }

void frame_list_add_tail(struct frame_list *l, struct frame_info *f)
{
    u32 m = (u32)mfn_x(frame_to_mfn(f));

    f->next = 0;
    f->prev = l->tail;
    if (l->tail)
        nth(l->tail)->next = m;
    else
        l->head = m;
    l->tail = m;
    l->count++;
}

void frame_list_del(struct frame_list *l, struct frame_info *f)
{
    if (f->prev)
        nth(f->prev)->next = f->next;
    else
        l->head = f->next;
    if (f->next)
        nth(f->next)->prev = f->prev;
    else
        l->tail = f->prev;
    f->next = f->prev = 0;
    l->count--;
}

void frame_list_cut(struct frame_list *l, unsigned long n, struct frame_info *f)
{
    l->head = f ? (u32)mfn_x(frame_to_mfn(f)) : 0;
    if (f)
        f->prev = 0;
    else
        l->tail = 0;
    l->count -= n;
}

void frame_list_rotate(struct frame_list *l, struct frame_info *f)
{
    u32 m = (u32)mfn_x(frame_to_mfn(f));

    if (l->head == m)
        return;
    nth(l->tail)->next = l->head;
    nth(l->head)->prev = l->tail;
    l->head = m;
    l->tail = f->prev;
    nth(l->tail)->next = 0;
    f->prev = 0;
}

struct frame_info *frame_list_first(const struct frame_list *l) { return nth(l->head); }
struct frame_info *frame_list_next(const struct frame_info *f) { return nth(f->next); }

void frame_set_owner(struct frame_info *f, struct domain *d)
{
    f->owner_mfn = d ? (u32)mfn_x(virt_to_mfn(d)) : 0;
}
