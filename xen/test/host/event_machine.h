/* SPDX-License-Identifier: GPL-2.0-only */
/* Two domains with event channels, and what the hypervisor does to a vCPU that has an event. */
#ifndef HOST_EVENT_MACHINE_H
#define HOST_EVENT_MACHINE_H

#include "host.h"
#include <xen/event_impl.h>
#include <xen/sched.h>

extern struct domain *a, *b;            /* domain 1 with two vCPUs, domain 2 with one */
extern unsigned int kicks, unblocked;
extern struct vcpu *kicked, *unblocked_vcpu;
extern int bound_pirq;                  /* -1: none */

int event_setup(void **state);
/* Every test leaves no memory, no frame, no lock and interrupts on. */
int event_teardown(void **state);
void channel(u32 *pa, u32 *pb);         /* between a's port and b's */
bool pending_2l(struct domain *d, u32 port);

#define EVENT_TEST(fn) cmocka_unit_test_setup_teardown(fn, event_setup, event_teardown)

#endif
