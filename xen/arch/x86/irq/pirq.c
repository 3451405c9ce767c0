/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's own numbers for interrupts. A GSI's pirq is the GSI unless asked for otherwise; MSIs take
 * free ones from the top. Entries change under domain.lock and are read without: an int each. The table
 * goes with the domain's last reference, as whoever holds one may look; a dying domain gets no new entries.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/rangeset.h>
#include <x86/irq_desc.h>

enum { PIRQ_FREE = 0, PIRQ_RESERVED = -1 };
/* irq number + 1, or one of the above. */
struct pirq { int irq1; };

static struct pirq *table_of(struct domain *d)
{
    return __atomic_load_n(&d->arch.pirqs, __ATOMIC_ACQUIRE);
}

/* domain.lock held. NULL: no memory, or irq_domain_release() has been or will be through the table. */
static struct pirq *make_table(struct domain *d)
{
    if (d->dying != DOMAIN_ALIVE)
        return NULL;
    if (!d->arch.pirqs)
        __atomic_store_n(&d->arch.pirqs, xcalloc(nr_pirqs(), sizeof(struct pirq)), __ATOMIC_RELEASE);
    return d->arch.pirqs;
}

int pirq_to_irq(struct domain *d, unsigned int pirq)
{
    struct pirq *t = table_of(d);
    int irq1 = t && pirq < nr_pirqs() ? READ_ONCE(t[pirq].irq1) : PIRQ_FREE;

    return irq1 > 0 ? irq1 - 1 : -ENOENT;
}

/* Highest free number, @want where the caller wants one (a reserved one counts as free then). */
static int choose(const struct pirq *t, int want)
{
    if (want >= 0)
        return (unsigned int)want < nr_pirqs() ? (t[want].irq1 <= 0 ? want : -EEXIST) : -EINVAL;
    for (int i = (int)nr_pirqs() - 1; i >= (int)nr_gsis; i--)
        if (t[i].irq1 == PIRQ_FREE)
            return i;
    return -ENOSPC;
}

int pirq_get_free(struct domain *d)
{
    struct pirq *t;
    int pirq;

    spin_lock(&d->lock);
    t = make_table(d);
    pirq = t ? choose(t, -1) : -ENOMEM;
    if (pirq >= 0)
        t[pirq].irq1 = PIRQ_RESERVED;
    spin_unlock(&d->lock);
    return pirq;
}

static int map(struct domain *d, unsigned int irq, int want)
{
    struct pirq *t;
    int pirq;

    spin_lock(&d->lock);
    t = make_table(d);
    pirq = t ? choose(t, want) : -ENOMEM;
    if (pirq >= 0)
        WRITE_ONCE(t[pirq].irq1, (int)irq + 1);
    else if (pirq == -EEXIST && t[want].irq1 == (int)irq + 1)
        pirq = want;                     /* mapped that way already */
    spin_unlock(&d->lock);
    return pirq;
}

int pirq_map_gsi(struct domain *d, unsigned int gsi, int want)
{
    struct irq_desc *desc = gsi < nr_gsis ? irq_desc_of(gsi) : NULL;
    int pirq;

    if (!desc)
        return -EINVAL;
    /* The caller gives what it has itself; what d may go on to bind is for irq_permission to say, before or after. */
    if (!rangeset_contains(current->domain->irq_caps, gsi, gsi))
        return -EPERM;
    pirq = map(d, gsi, want < 0 ? (int)gsi : want);
    if (pirq >= 0)
        pirq_update_eoi_map(d, (unsigned int)pirq, desc->level);
    return pirq;
}

int pirq_map_msi(struct domain *d, u32 device, bool msix, unsigned int entry, u64 table_base, int want)
{
    int irq = msi_create(device, msix, entry, table_base), pirq;

    if (irq < 0)
        return irq;
    pirq = map(d, (unsigned int)irq, want);
    if (pirq < 0)
        msi_destroy(&irq_descs[irq]);
    else
        pirq_update_eoi_map(d, (unsigned int)pirq, false);
    return pirq;
}

int pirq_unmap(struct domain *d, unsigned int pirq)
{
    struct irq_desc *desc;
    int irq;

    spin_lock(&d->lock);
    irq = pirq_to_irq(d, pirq);
    if (irq >= 0)
        WRITE_ONCE(table_of(d)[pirq].irq1, PIRQ_FREE);
    spin_unlock(&d->lock);
    /* Of several callers at once one found the entry: the message is destroyed once. */
    if (irq < 0)
        return -EINVAL;
    desc = &irq_descs[irq];
    irq_guest_remove(desc, d, pirq);     /* after the entry: whoever binds now finds it gone */
    if (desc->kind == IRQ_MSI)
        msi_destroy(desc);
    return 0;
}

/* What the first that knows says, holds; a line in use is left as it is. */
int pirq_setup_gsi(unsigned int gsi, bool level, bool active_low)
{
    struct irq_desc *desc = gsi < nr_gsis ? irq_desc_of(gsi) : NULL;
    unsigned long flags;
    int rc = 0;

    if (!desc)
        return -EINVAL;
    flags = spin_lock_irqsave(&desc->lock);
    if (desc->set_up || desc->fn || desc->nr_guests) {
        rc = -EEXIST;
    } else {
        desc->level = level;
        desc->active_low = active_low;
        desc->set_up = true;
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    if (!rc && dom0 && pirq_to_irq(dom0, gsi) == (int)gsi)
        pirq_update_eoi_map(dom0, gsi, level);
    return rc;
}

void pirq_update_eoi_map(struct domain *d, unsigned int pirq, bool needs_eoi)
{
    unsigned long flags = spin_lock_irqsave(&d->arch.pirq_eoi_lock);
    u64 *bits = d->arch.pirq_eoi_map;

    if (bits && pirq < PAGE_SIZE * 8) {
        if (needs_eoi)
            set_bit_atomic(pirq, bits);
        else
            clear_bit_atomic(pirq, bits);
    }
    spin_unlock_irqrestore(&d->arch.pirq_eoi_lock, flags);
}

/* The page holds a writable type reference from now on until the domain's end. */
int pirq_set_eoi_map(struct domain *d, mfn_t page)
{
    struct frame_info *f;
    u64 *none = NULL;

    if (!mfn_is_ram(page))
        return -EINVAL;
    f = mfn_to_frame(page);
    if (frame_get_and_type(f, d, FT_WRITABLE))
        return -EINVAL;
    if (!__atomic_compare_exchange_n(&d->arch.pirq_eoi_map, &none, frame_to_virt(f), false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        frame_put_and_type(f);
        return -EBUSY;
    }
    d->arch.pirq_eoi_map_mfn = mfn_x(page);
    for (unsigned int i = 0; i < nr_pirqs(); i++)
        pirq_update_eoi_map(d, i, irq_needs_eoi(d, i));
    return 0;
}

void irq_domain_release(struct domain *d)
{
    unsigned long flags;
    u64 *bits;

    for (unsigned int i = 0; d->arch.pirqs && i < nr_pirqs(); i++)
        pirq_unmap(d, i);
    /* dom0 may be mapping an interrupt for the domain still: it must not write to a page that is another domain's already. */
    flags = spin_lock_irqsave(&d->arch.pirq_eoi_lock);
    bits = d->arch.pirq_eoi_map;
    d->arch.pirq_eoi_map = NULL;
    spin_unlock_irqrestore(&d->arch.pirq_eoi_lock, flags);
    if (bits)
        frame_put_and_type(virt_to_frame(bits));
}

void irq_domain_free(struct domain *d)
{
    xfree(d->arch.pirqs);
    d->arch.pirqs = NULL;
}
