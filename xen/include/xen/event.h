/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: what the rest of the hypervisor calls (common/event.c, event_2l.c, event_fifo.c). */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include <xen/types.h>

struct domain;
struct vcpu;

/* Any context that may take evtchn locks (irqsave inside). @virq per public/xen.h VIRQ_*. */
void evtchn_send_vcpu_virq(struct vcpu *v, unsigned int virq);
void evtchn_send_global_virq(unsigned int virq);       /* to the domain that handles it, dom0 by default */
void evtchn_send_pirq(struct domain *d, unsigned int pirq);
/* The guest-visible send, also used by common code on behalf of @d. Interrupts on. */
long evtchn_send(struct domain *d, unsigned int port);

/* @max_port: highest port number the domain may have (~0 no limit of its own). -ENOMEM. */
int evtchn_domain_init(struct domain *d, u32 max_port);
/* Closes all ports; peers see them unbound. -ERESTART: call again. Harmless when done before. */
int evtchn_domain_close_all(struct domain *d);
/* Frees the pages of ports of a domain without references until this CPU has pending work; true: none is left. */
bool evtchn_domain_free_pages(struct domain *d);
void evtchn_domain_free(struct domain *d);             /* last: the rest of the memory */
int evtchn_vcpu_init(struct vcpu *v);
void evtchn_vcpu_destroy(struct vcpu *v);
/* Re-marks all pending events after a change of vcpu_info's place (VCPUOP_register_vcpu_info). */
void evtchn_resync_vcpu(struct vcpu *v);
/* For an initial domain or console: a port of @d bound to nobody yet. Port number or -errno. */
int evtchn_alloc_unbound(struct domain *d, u16 remote_domid);
unsigned int evtchn_nr_pages(const struct domain *d);   /* they grow with the ports in use and stay until the domain ends */
/* A piece of debug key e (xen/console.h). */
u64 evtchn_dump(struct domain *d, u64 item);

/* True when @v has a deliverable event (pending and not masked in vcpu_info). */
bool vcpu_event_deliverable(const struct vcpu *v);

#endif
