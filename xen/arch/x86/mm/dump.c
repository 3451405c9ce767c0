/* SPDX-License-Identifier: GPL-2.0-only */
/* Console key 'f': what a domain that is dying has not got back yet, and who holds it. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <x86/mm.h>
#include "pt.h"

#define MAX_SHOWN 32

static void show_list(const struct frame_list *l, const char *what)
{
    unsigned int n = 0;

    printk(" %s: %lu\n", what, l->count);
    for (const struct frame_info *f = frame_list_first(l); f && n < MAX_SHOWN; f = frame_list_next(f), n++)
        printk("  frame %lx pfn %lx count %lx type %lx\n", frame_to_mfn(f).v, m2p_get(frame_to_mfn(f)), f->count_info,
               f->type_info);
}

static void show_domain(struct domain *d, void *unused)
{
    if (d->dying == DOMAIN_ALIVE)
        return;
    printk("d%u: dying, %d references\n", d->id, d->refs);
    spin_lock(&d->page_lock);
    show_list(&d->page_list, "frames");
    show_list(&d->xen_page_list, "lent frames");
    spin_unlock(&d->page_lock);
    if (d->grant)
        grant_dump(d);
}

static void key_frames(struct cpu_user_regs *regs)
{
    domain_for_each(show_domain, NULL);
}

void mm_dump_init(void)
{
    keyhandler_register('f', key_frames, "frames of dying domains");
}
