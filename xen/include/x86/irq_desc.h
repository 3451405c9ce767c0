/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt sources inside arch/x86/irq: an irq number is a GSI, or above those an MSI. Vectors are the
 * same on all CPUs, so that changing an interrupt's CPU changes its target only.
 */
#ifndef X86_IRQ_DESC_H
#define X86_IRQ_DESC_H

#include <xen/domain.h>
#include <xen/spinlock.h>

#define IRQ_MAX_GUESTS 8
#define NR_MSIS        256           /* more than there are vectors */

struct msi_entry;

struct irq_guest { struct domain *d; unsigned int pirq; bool eoi_due; };

struct irq_desc {
    spinlock_t lock;                 /* all below; taken in interrupts */
    enum { IRQ_UNUSED, IRQ_GSI, IRQ_MSI } kind;
    u8 vector;                       /* 0: none yet */
    bool level, active_low;
    bool set_up;                     /* trigger and polarity came from the firmware or dom0 */
    unsigned int cpu;                /* target */
    /* A handler of the hypervisor's, or guests, or neither. */
    void (*fn)(void *);
    void *arg;
    const char *name;
    struct irq_guest guest[IRQ_MAX_GUESTS];
    unsigned int nr_guests;
    bool shared;                     /* guests agreed to share */
    unsigned int eois_due;           /* guests that have yet to say EOI: the line stays masked */
    struct msi_entry *msi;
    u64 count;
};

extern struct irq_desc *irq_descs;   /* nr_irqs of them */
extern unsigned int nr_irqs, nr_gsis;

void irq_init(void);
/* After the IO-APICs are known. */
void irq_descs_init(unsigned int gsis);
struct irq_desc *irq_desc_of(unsigned int irq);      /* NULL: out of range or no such line */
static inline unsigned int irq_of(const struct irq_desc *desc) { return (unsigned int)(desc - irq_descs); }

/* With desc->lock held. */
int irq_assign_vector_locked(struct irq_desc *desc); /* and routes it; -ENOSPC: vectors are used up */
void irq_free_vector_locked(struct irq_desc *desc);  /* masked */
void irq_mask_locked(struct irq_desc *desc);
void irq_unmask_locked(struct irq_desc *desc);
void irq_set_cpu_locked(struct irq_desc *desc, unsigned int cpu);

/* guest.c, called by do_IRQ() with the lock held; releases it. */
void irq_deliver_to_guests(struct irq_desc *desc);
/* Ends what irq_guest_bind() began, if it did, for whoever has the descriptor, but not the pirq any more. */
void irq_guest_remove(struct irq_desc *desc, struct domain *d, unsigned int pirq);

/* MSI (msi.c). An irq for message @entry of @device. Irq number, -ENODEV (no capability), -EBUSY, -ENOSPC, -ENOMEM, -EINVAL. */
int msi_create(u32 device, bool msix, unsigned int entry, u64 table_base);
void msi_destroy(struct irq_desc *desc);
void msi_set_message_locked(struct irq_desc *desc);
void msi_mask_locked(struct irq_desc *desc, bool mask);
int msi_restore_device(u32 device);                  /* after a reset: writes all its messages again; -ENODEV */

/* An interrupt came on @vector, which no source has: acknowledged, the first ones reported. Interrupts are off. */
void irq_stray(unsigned int vector);

void pic_init(void);
bool pic_is_spurious(unsigned int vector);

/* pirqs of a domain (pirq.c), for physdev_op. domain.lock held inside. */
int pirq_map_gsi(struct domain *d, unsigned int gsi, int want);      /* pirq or -EINVAL, -EEXIST, -EPERM, -ENOMEM */
int pirq_map_msi(struct domain *d, u32 device, bool msix, unsigned int entry, u64 table_base, int want);
int pirq_unmap(struct domain *d, unsigned int pirq);                 /* -EINVAL: not mapped */
int pirq_get_free(struct domain *d);                                 /* reserves; -ENOSPC */
int pirq_to_irq(struct domain *d, unsigned int pirq);                /* -ENOENT */
int pirq_setup_gsi(unsigned int gsi, bool level, bool active_low);   /* -EEXIST, -EINVAL */
int pirq_set_eoi_map(struct domain *d, mfn_t page);                  /* -EBUSY, -EINVAL */
void pirq_update_eoi_map(struct domain *d, unsigned int pirq, bool needs_eoi);

#endif
