/* SPDX-License-Identifier: GPL-2.0-only */
/* Console key 'f': what a domain that is dying has not got back yet, and who holds it. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <x86/mm.h>
#include "pt.h"

#define MAX_SHOWN  32
#define STAGE_BITS 28
enum { OWN_FRAMES, SHARED_FRAMES, GRANTS };

/* A piece of @l, of which @shown frames were shown. How many are by now; 0: MAX_SHOWN, or all. page_lock held. */
static unsigned int show_list_locked(const struct frame_list *l, const char *what, unsigned int shown)
{
    const struct frame_info *f = frame_list_first(l);
    unsigned int n = 0, end = shown + KEY_LINES;

    if (!shown)
        printk(" %s: %lu\n", what, l->count);
    for (; f && n < end; f = frame_list_next(f))
        if (n++ >= shown)
            printk("  frame %lx pfn %lx count %lx type %lx\n", frame_to_mfn(f).v, m2p_get(frame_to_mfn(f)), f->count_info,
                   f->type_info);
    return f && end < MAX_SHOWN ? end : 0;
}

static u64 show_list(struct domain *d, unsigned int stage, unsigned int shown)
{
    spin_lock(&d->page_lock);
    shown = stage == OWN_FRAMES ? show_list_locked(&d->page_list, "frames", shown) :
            show_list_locked(&d->xen_page_list, "lent frames", shown);
    spin_unlock(&d->page_lock);
    return shown ? (u64)stage << STAGE_BITS | shown : (u64)(stage + 1) << STAGE_BITS;
}

/* @item: a stage << STAGE_BITS | what of it was shown. */
static u64 show_domain(struct domain *d, u64 item)
{
    u64 stage = item >> STAGE_BITS, shown = item & ((1u << STAGE_BITS) - 1);

    if (d->dying == DOMAIN_ALIVE)
        return 0;
    if (!item)
        printk("d%u: dying, %d references\n", d->id, d->refs - 1);
    if (stage < GRANTS)
        return show_list(d, (unsigned int)stage, (unsigned int)shown);
    shown = d->grant ? grant_dump(d, shown) : 0;
    return shown ? (u64)GRANTS << STAGE_BITS | shown : 0;
}

static u64 key_frames(u64 pos) { return key_of_domains(pos, show_domain); }

void mm_dump_init(void)
{
    keyhandler_register('f', key_frames, "frames of dying domains");
}
