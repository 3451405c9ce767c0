/* SPDX-License-Identifier: GPL-2.0-only */
/* The PV kind of guest's rows of struct guest_ops (arch/x86/pv/domain.c, context.c). Owner: PV. */
#ifndef X86_PV_DOMAIN_H
#define X86_PV_DOMAIN_H

struct domain;
struct vcpu;
struct vcpu_guest_context;

int pv_domain_init(struct domain *d);
void pv_domain_destroy(struct domain *d);
int pv_domain_relinquish(struct domain *d);
int pv_vcpu_init(struct vcpu *v);
void pv_vcpu_destroy(struct vcpu *v);
int pv_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void pv_get_context(struct vcpu *v, struct vcpu_guest_context *c);

#endif
