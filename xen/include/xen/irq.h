/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware interrupts: vectors, IO-APIC pins and MSIs, and their way to a guest (arch/x86/irq/). */
#ifndef XEN_IRQ_H
#define XEN_IRQ_H

#include <xen/types.h>

struct domain;
struct vcpu;
struct cpu_user_regs;

/* Called from the common interrupt entry with interrupts off; acknowledges. */
void do_IRQ(struct cpu_user_regs *regs, unsigned int vector);

/* A hypervisor interrupt handler (serial, HPET): @gsi line. 0 or -EBUSY. */
int irq_request(unsigned int gsi, void (*fn)(void *), void *arg, const char *name);
/* A fixed vector of the hypervisor's own (IPIs, LAPIC timer, spurious, error). */
void vector_register(unsigned int vector, void (*fn)(struct cpu_user_regs *regs));

/*
 * Guest interrupts: pirq numbers are global GSIs, then dynamically allocated MSIs.
 * irq_guest_bind makes @pirq raise evtchn_send_pirq(d, pirq) on its arrival and keeps the line
 * masked (level) until irq_guest_eoi. 0, -EBUSY (shared without @share), -EINVAL, -ENOENT (no such line).
 */
int irq_guest_bind(struct domain *d, unsigned int pirq, bool share);
void irq_guest_unbind(struct domain *d, unsigned int pirq);
void irq_guest_eoi(struct domain *d, unsigned int pirq);
/* Whether the guest has to tell EOI (level-triggered), for PHYSDEVOP_irq_status_query and pirq_eoi_map. */
bool irq_needs_eoi(struct domain *d, unsigned int pirq);
void irq_set_affinity_vcpu(struct domain *d, unsigned int pirq, struct vcpu *v);
/* Frees all that @d holds (lines, MSIs); domain destruction. */
void irq_domain_release(struct domain *d);
void irq_domain_free(struct domain *d);     /* @d has no reference left */
unsigned int nr_pirqs(void);

#endif
