/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op(cmd, arg): one-bit notifications between domains, vCPUs, virtual and physical interrupts.
 *
 * A port is the domain's own number for its end of a channel; 0 is never one.  Common errors: -EINVAL for a port that
 * is not in use or not of the right kind, -ENOSPC when the table is full, -ESRCH for a domain that does not exist,
 * -EPERM for another domain without the right to it, -ENOENT for a vCPU that does not exist.
 */
#ifndef __XEN_PUBLIC_EVENT_CHANNEL_H__
#define __XEN_PUBLIC_EVENT_CHANNEL_H__

#include "xen.h"

#define EVTCHNOP_bind_interdomain  0
#define EVTCHNOP_bind_virq         1
#define EVTCHNOP_bind_pirq         2
#define EVTCHNOP_close             3
#define EVTCHNOP_send              4
#define EVTCHNOP_status            5
#define EVTCHNOP_alloc_unbound     6
#define EVTCHNOP_bind_ipi          7
#define EVTCHNOP_bind_vcpu         8
#define EVTCHNOP_unmask            9
#define EVTCHNOP_reset            10
#define EVTCHNOP_init_control     11
#define EVTCHNOP_expand_array     12
#define EVTCHNOP_set_priority     13
#ifdef __XEN__
#define EVTCHNOP_reset_cont       14 /* the hypervisor's own continuation of reset */
#endif

typedef uint32_t evtchn_port_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_port_t);

/* Makes a port in dom that remote_dom may bind to.  dom other than the caller: control rights. */
struct evtchn_alloc_unbound {
    domid_t dom, remote_dom; /* in */
    evtchn_port_t port;      /* out */
};
typedef struct evtchn_alloc_unbound evtchn_alloc_unbound_t;

/* Joins a new local port with remote_dom's unbound one; the new port starts out pending. */
struct evtchn_bind_interdomain {
    domid_t remote_dom;        /* in */
    evtchn_port_t remote_port; /* in */
    evtchn_port_t local_port;  /* out */
};
typedef struct evtchn_bind_interdomain evtchn_bind_interdomain_t;

/* -EEXIST where that virq of that vCPU has a port, -EINVAL for a global virq on a vCPU but 0. */
struct evtchn_bind_virq {
    uint32_t virq;      /* in */
    uint32_t vcpu;      /* in */
    evtchn_port_t port; /* out */
};
typedef struct evtchn_bind_virq evtchn_bind_virq_t;

/* A physical interrupt of the domain's (physdev.h); -EEXIST when bound. */
struct evtchn_bind_pirq {
    uint32_t pirq;           /* in */
#define BIND_PIRQ__WILL_SHARE 1
    uint32_t flags;          /* in */
    evtchn_port_t port;      /* out */
};
typedef struct evtchn_bind_pirq evtchn_bind_pirq_t;

/* A port whose sends interrupt the given vCPU. */
struct evtchn_bind_ipi {
    uint32_t vcpu;      /* in */
    evtchn_port_t port; /* out */
};
typedef struct evtchn_bind_ipi evtchn_bind_ipi_t;

/* Frees the port; the other end becomes unbound. */
struct evtchn_close {
    evtchn_port_t port; /* in */
};
typedef struct evtchn_close evtchn_close_t;

/* Sets the other end pending; nothing happens on an unbound port. */
struct evtchn_send {
    evtchn_port_t port; /* in */
};
typedef struct evtchn_send evtchn_send_t;

/* What a port is. */
struct evtchn_status {
    domid_t dom;                   /* in */
    evtchn_port_t port;            /* in */
#define EVTCHNSTAT_closed      0
#define EVTCHNSTAT_unbound     1
#define EVTCHNSTAT_interdomain 2
#define EVTCHNSTAT_pirq        3
#define EVTCHNSTAT_virq        4
#define EVTCHNSTAT_ipi         5
    uint32_t status;               /* out */
    uint32_t vcpu;                 /* out: that it notifies */
    union {                        /* out */
        struct {
            domid_t dom;
        } unbound;
        struct {
            domid_t dom;
            evtchn_port_t port;
        } interdomain;
        uint32_t pirq;
        uint32_t virq;
    } u;
};
typedef struct evtchn_status evtchn_status_t;

/* Moves a port's notifications to another vCPU; not for IPIs and per-vCPU virqs (-EINVAL). */
struct evtchn_bind_vcpu {
    evtchn_port_t port; /* in */
    uint32_t vcpu;      /* in */
};
typedef struct evtchn_bind_vcpu evtchn_bind_vcpu_t;

/* Clears the port's mask and delivers what it kept back. */
struct evtchn_unmask {
    evtchn_port_t port; /* in */
};
typedef struct evtchn_unmask evtchn_unmask_t;

/* Closes all ports and goes back to the 2-level form. */
struct evtchn_reset {
    domid_t dom; /* in */
};
typedef struct evtchn_reset evtchn_reset_t;

/* Gives a vCPU its control block and, with the first one, turns the FIFO form on. */
struct evtchn_init_control {
    uint64_t control_gfn; /* in */
    uint32_t offset;      /* in: bytes, a multiple of 8 */
    uint32_t vcpu;        /* in */
    uint8_t link_bits;    /* out */
    uint8_t _pad[7];
};
typedef struct evtchn_init_control evtchn_init_control_t;

/* Adds one page of event words. */
struct evtchn_expand_array {
    uint64_t array_gfn; /* in */
};
typedef struct evtchn_expand_array evtchn_expand_array_t;

struct evtchn_set_priority {
    evtchn_port_t port; /* in */
    uint32_t priority;  /* in: EVTCHN_FIFO_PRIORITY_MAX to _MIN */
};
typedef struct evtchn_set_priority evtchn_set_priority_t;

/* The argument of event_channel_op_compat. */
struct evtchn_op {
    uint32_t cmd;
    union {
        evtchn_alloc_unbound_t alloc_unbound;
        evtchn_bind_interdomain_t bind_interdomain;
        evtchn_bind_virq_t bind_virq;
        evtchn_bind_pirq_t bind_pirq;
        evtchn_bind_ipi_t bind_ipi;
        evtchn_close_t close;
        evtchn_send_t send;
        evtchn_status_t status;
        evtchn_bind_vcpu_t bind_vcpu;
        evtchn_unmask_t unmask;
    } u;
};
typedef struct evtchn_op evtchn_op_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_op_t);

/* The 2-level form: one selector word, each bit of it one word of ports. */
#define EVTCHN_2L_NR_CHANNELS (sizeof(xen_ulong_t) * sizeof(xen_ulong_t) * 64)

/* The FIFO form: an event word a port, linked into one queue a priority and vCPU. */
#define EVTCHN_FIFO_PRIORITY_MAX     0
#define EVTCHN_FIFO_PRIORITY_DEFAULT 7
#define EVTCHN_FIFO_PRIORITY_MIN     15
#define EVTCHN_FIFO_MAX_QUEUES       (EVTCHN_FIFO_PRIORITY_MIN + 1)

typedef uint32_t event_word_t;
#define EVTCHN_FIFO_PENDING     31 /* hypervisor sets, guest clears */
#define EVTCHN_FIFO_MASKED      30 /* the guest's */
#define EVTCHN_FIFO_LINKED      29 /* in a queue: hypervisor sets, guest clears */
#define EVTCHN_FIFO_BUSY        28 /* the hypervisor is linking another after it */
#define EVTCHN_FIFO_LINK_BITS   17
#define EVTCHN_FIFO_LINK_MASK   ((1 << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS (1 << EVTCHN_FIFO_LINK_BITS)

struct evtchn_fifo_control_block {
    uint32_t ready;                        /* bit q: queue q has ports; hypervisor sets, guest clears */
    uint32_t _rsvd;
    uint32_t head[EVTCHN_FIFO_MAX_QUEUES]; /* first port; the guest moves it on */
};
typedef struct evtchn_fifo_control_block evtchn_fifo_control_block_t;

#endif
