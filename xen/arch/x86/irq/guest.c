/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that guests handle. An edge (or message) is acknowledged and sent on. A level line is masked
 * when it fires and unmasked when every guest that has it said EOI, so that a guest
 * that never does holds up its own line only.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <x86/irq_desc.h>

static struct irq_desc *desc_of_pirq(struct domain *d, unsigned int pirq)
{
    int irq = pirq_to_irq(d, pirq);

    return irq < 0 ? NULL : irq_desc_of((unsigned int)irq);
}

static struct irq_guest *find_guest(struct irq_desc *desc, const struct domain *d)
{
    for (unsigned int i = 0; i < desc->nr_guests; i++)
        if (desc->guest[i].d == d)
            return &desc->guest[i];
    return NULL;
}

/* Event locks come before an irq's: guests are told after the lock is dropped, by a copy that keeps them alive. */
void irq_deliver_to_guests(struct irq_desc *desc)
{
    struct irq_guest copy[IRQ_MAX_GUESTS];
    unsigned int n = desc->nr_guests;

    for (unsigned int i = 0; i < n; i++) {
        struct irq_guest *g = &desc->guest[i];

        if (desc->level && !g->eoi_due) {
            g->eoi_due = true;
            desc->eois_due++;
        }
        copy[i] = *g;
        if (!domain_get(g->d))
            copy[i].d = NULL;
    }
    spin_unlock(&desc->lock);
    for (unsigned int i = 0; i < n; i++)
        if (copy[i].d) {
            evtchn_send_pirq(copy[i].d, copy[i].pirq);
            domain_put(copy[i].d);
        }
}

static int bind_locked(struct irq_desc *desc, struct domain *d, unsigned int pirq, bool share)
{
    int rc;

    if (desc->fn || find_guest(desc, d))
        return -EBUSY;
    if (desc->nr_guests && !(share && desc->shared && desc->level))
        return -EBUSY;
    if (desc->nr_guests == IRQ_MAX_GUESTS)
        return -EBUSY;
    if (!desc->nr_guests) {
        if (d->max_vcpus && d->vcpu[0])
            desc->cpu = d->vcpu[0]->cpu;
        rc = irq_assign_vector_locked(desc);
        if (rc)
            return rc;
        desc->shared = share;
        desc->eois_due = 0;
    }
    desc->guest[desc->nr_guests++] = (struct irq_guest){ .d = d, .pirq = pirq };
    if (!desc->eois_due)
        irq_unmask_locked(desc);
    return 0;
}

int irq_guest_bind(struct domain *d, unsigned int pirq, bool share)
{
    struct irq_desc *desc;
    unsigned long flags;
    int rc;

    if (pirq >= nr_pirqs())
        return -EINVAL;
    desc = desc_of_pirq(d, pirq);
    if (!desc)
        return -ENOENT;
    flags = spin_lock_irqsave(&desc->lock);
    /* It may have been unmapped since, and irq_guest_remove() been here. */
    rc = desc_of_pirq(d, pirq) == desc ? bind_locked(desc, d, pirq, share) : -ENOENT;
    spin_unlock_irqrestore(&desc->lock, flags);
    if (!rc)
        pirq_update_eoi_map(d, pirq, desc->level);
    return rc;
}

/* One EOI less to wait for. */
static void eoi_locked(struct irq_desc *desc, struct irq_guest *g)
{
    if (!g->eoi_due)
        return;
    g->eoi_due = false;
    if (--desc->eois_due == 0)
        irq_unmask_locked(desc);
}

void irq_guest_remove(struct irq_desc *desc, struct domain *d, unsigned int pirq)
{
    struct irq_guest *g;
    unsigned long flags;

    flags = spin_lock_irqsave(&desc->lock);
    g = find_guest(desc, d);
    if (g && g->pirq == pirq) {      /* a line may have two numbers, of which one is bound */
        eoi_locked(desc, g);
        *g = desc->guest[--desc->nr_guests];
        if (!desc->nr_guests)
            irq_mask_locked(desc);
    }
    spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_guest_unbind(struct domain *d, unsigned int pirq)
{
    struct irq_desc *desc = desc_of_pirq(d, pirq);

    if (desc)
        irq_guest_remove(desc, d, pirq);
}

void irq_guest_eoi(struct domain *d, unsigned int pirq)
{
    struct irq_desc *desc = desc_of_pirq(d, pirq);
    struct irq_guest *g;
    unsigned long flags;

    if (!desc)
        return;
    flags = spin_lock_irqsave(&desc->lock);
    g = find_guest(desc, d);
    if (g)
        eoi_locked(desc, g);
    spin_unlock_irqrestore(&desc->lock, flags);
}

bool irq_needs_eoi(struct domain *d, unsigned int pirq)
{
    struct irq_desc *desc = desc_of_pirq(d, pirq);

    return desc && desc->level;
}

void irq_set_affinity_vcpu(struct domain *d, unsigned int pirq, struct vcpu *v)
{
    struct irq_desc *desc = desc_of_pirq(d, pirq);
    unsigned long flags;

    if (!desc)
        return;
    flags = spin_lock_irqsave(&desc->lock);
    if (find_guest(desc, d))
        irq_set_cpu_locked(desc, v->cpu);
    spin_unlock_irqrestore(&desc->lock, flags);
}
