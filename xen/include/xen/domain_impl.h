/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up common/domain*.c and vcpu.c share; nobody else includes this. */
#ifndef XEN_DOMAIN_IMPL_H
#define XEN_DOMAIN_IMPL_H

#include <xen/domain.h>

/* common/domain.c */
void domlist_remove(struct domain *d);
/* Frees vCPUs of a domain without references until this CPU has pending work; true: none is left. */
bool domain_free_vcpus(struct domain *d);
/* The same for what hardware it may touch. */
bool domain_free_rights(struct domain *d);
void domain_free(struct domain *d);

/* common/domain_kill.c */
void domain_kill_init(void);

/* common/domain_shutdown.c */
void domain_watchdog_init(struct domain *d);
void domain_watchdog_kill(struct domain *d);

/* common/vcpu.c: off its timers, scheduler and events; the vCPU is not running. */
void vcpu_free(struct vcpu *v);

#endif
