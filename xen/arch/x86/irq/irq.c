/* SPDX-License-Identifier: GPL-2.0-only */
/* From a vector to whoever wants it; vectors and targets of interrupt sources. */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/apic.h>
#include <x86/cpu_info.h>
#include <x86/ioapic.h>
#include <x86/irq_desc.h>

struct irq_desc *irq_descs __read_mostly;
unsigned int nr_irqs __read_mostly, nr_gsis __read_mostly;

/* Fixed vectors: written at boot. */
static void (*fixed_handler[256])(struct cpu_user_regs *);
/* Others: whose they are; written under vector_lock. irq_desc.lock comes before it. */
static struct irq_desc *vector_desc[256];
static spinlock_t vector_lock = SPIN_LOCK_UNLOCKED;

void vector_register(unsigned int vector, void (*fn)(struct cpu_user_regs *))
{
    ASSERT(vector > VECTOR_DYN_LAST && !fixed_handler[vector]);
    fixed_handler[vector] = fn;
}

/* Above the GSIs: MSIs. */
void irq_descs_init(unsigned int gsis)
{
    unsigned int order = 0;

    nr_gsis = gsis;
    nr_irqs = gsis + NR_MSIS;
    while ((PAGE_SIZE << order) < nr_irqs * sizeof(*irq_descs))
        order++;
    irq_descs = alloc_xen_pages(order, ALLOC_ZERO);
    if (!irq_descs)
        panic("no memory for interrupt descriptors");
}

struct irq_desc *irq_desc_of(unsigned int irq)
{
    return irq < nr_irqs && irq_descs[irq].kind != IRQ_UNUSED ? &irq_descs[irq] : NULL;
}

unsigned int nr_pirqs(void) { return nr_irqs; }

/* Devices reach 8-bit APIC ids only. */
static u32 target_apicid(unsigned int *cpu)
{
    if (!cpumask_test(*cpu, &cpu_online_map) || cpu_apicid[*cpu] >= 0xff)
        *cpu = 0;
    return cpu_apicid[*cpu];
}

static u8 vector_alloc(struct irq_desc *desc)
{
    unsigned long flags = spin_lock_irqsave(&vector_lock);
    unsigned int v, found = 0;

    for (v = VECTOR_DYN_FIRST; v <= VECTOR_DYN_LAST && !found; v++)
        if (v != VECTOR_INT80 && !vector_desc[v]) {
            vector_desc[v] = desc;
            found = v;
        }
    spin_unlock_irqrestore(&vector_lock, flags);
    return (u8)found;
}

int irq_assign_vector_locked(struct irq_desc *desc)
{
    u32 apicid = target_apicid(&desc->cpu);

    if (!desc->vector) {
        desc->vector = vector_alloc(desc);
        if (!desc->vector)
            return -ENOSPC;
    }
    if (desc->kind == IRQ_GSI)
        ioapic_route(irq_of(desc), desc->vector, apicid, desc->level, desc->active_low);
    else
        msi_set_message_locked(desc);
    return 0;
}

/* An interrupt that is already on its way finds no owner and is only acknowledged. */
void irq_free_vector_locked(struct irq_desc *desc)
{
    if (!desc->vector)
        return;
    irq_mask_locked(desc);
    WRITE_ONCE(vector_desc[desc->vector], NULL);
    desc->vector = 0;
}

void irq_mask_locked(struct irq_desc *desc)
{
    if (desc->kind == IRQ_GSI)
        ioapic_mask(irq_of(desc));
    else
        msi_mask_locked(desc, true);
}

void irq_unmask_locked(struct irq_desc *desc)
{
    if (desc->kind == IRQ_GSI)
        ioapic_unmask(irq_of(desc));
    else
        msi_mask_locked(desc, false);
}

void irq_set_cpu_locked(struct irq_desc *desc, unsigned int cpu)
{
    u32 apicid = target_apicid(&cpu);

    if (desc->cpu == cpu)
        return;
    desc->cpu = cpu;
    if (!desc->vector)
        return;
    if (desc->kind == IRQ_GSI)
        ioapic_set_target(irq_of(desc), desc->vector, apicid);
    else
        msi_set_message_locked(desc);
}

/*
 * Without interrupt remapping a device can raise any vector by a message of its own. What is in service at the local
 * APIC is acknowledged, or it would hold back all interrupts of a lower priority; a spurious one is not in service.
 */
void irq_stray(unsigned int vector)
{
    static unsigned int told;

    if (apic_in_service(vector))
        apic_eoi();
    else if (pic_is_spurious(vector))
        return;
    if (told < 20) {
        told++;
        printk(XENLOG_WARN "CPU %u: stray interrupt on vector %#x\n", smp_processor_id(), vector);
    }
}

void do_IRQ(struct cpu_user_regs *regs, unsigned int vector)
{
    struct irq_desc *desc;
    void (*fn)(void *);
    void *arg;

    if (fixed_handler[vector]) {
        if (likely(vector != VECTOR_SPURIOUS) || apic_in_service(vector))
            apic_eoi();
        fixed_handler[vector](regs);
        return;
    }
    desc = READ_ONCE(vector_desc[vector]);
    if (!desc) {
        irq_stray(vector);
        return;
    }
    spin_lock(&desc->lock);
    desc->count++;
    if (desc->level && desc->nr_guests)
        irq_mask_locked(desc);
    if (!desc->level || desc->nr_guests)
        apic_eoi();
    if (desc->nr_guests) {
        irq_deliver_to_guests(desc);
        return;
    }
    fn = desc->fn;
    arg = desc->arg;
    spin_unlock(&desc->lock);
    if (fn)
        fn(arg);
    /* A level line's EOI comes when its device is content: at once again otherwise. */
    if (desc->level)
        apic_eoi();
}

int irq_request(unsigned int gsi, void (*fn)(void *), void *arg, const char *name)
{
    struct irq_desc *desc = irq_desc_of(gsi);
    unsigned long flags;
    int rc = -EBUSY;

    if (!desc)
        return -ENOENT;
    flags = spin_lock_irqsave(&desc->lock);
    if (!desc->fn && !desc->nr_guests) {
        rc = irq_assign_vector_locked(desc);
        if (!rc) {
            desc->fn = fn;
            desc->arg = arg;
            desc->name = name;
            irq_unmask_locked(desc);
        }
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    return rc;
}

static void spurious(struct cpu_user_regs *regs) { }

static void dump_irq(unsigned int i)
{
    struct irq_desc *d = &irq_descs[i];

    printk("irq %u: %s vector %#x cpu %u %s%s count %lu", i, d->kind == IRQ_GSI ? "GSI" : "MSI", d->vector, d->cpu,
           d->level ? "level" : "edge", d->active_low ? " low" : "", d->count);
    if (d->fn)
        printk(" %s", d->name);
    for (unsigned int g = 0; g < d->nr_guests; g++)
        printk(" %pd pirq %u%s", d->guest[g].d, d->guest[g].pirq, d->guest[g].eoi_due ? " (EOI due)" : "");
    printk("\n");
}

/* @pos: the interrupt to continue at. */
static u64 key_irqs(u64 pos)
{
    for (unsigned int lines = 0; pos < nr_irqs && lines < KEY_LINES; pos++)
        if (irq_descs[pos].vector) {
            dump_irq((unsigned int)pos);
            lines++;
        }
    return pos < nr_irqs ? pos : 0;
}

void irq_init(void)
{
    vector_register(VECTOR_SPURIOUS, spurious);
    keyhandler_register('i', key_irqs, "interrupts");
}
