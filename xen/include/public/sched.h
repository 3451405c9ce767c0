/* SPDX-License-Identifier: MIT */
/* sched_op(cmd, arg): a vCPU's and a domain's running and stopping. */
#ifndef __XEN_PUBLIC_SCHED_H__
#define __XEN_PUBLIC_SCHED_H__

#include "event_channel.h"

#define SCHEDOP_yield           0 /* no argument: let others run */
#define SCHEDOP_block           1 /* no argument: unmask upcalls and sleep until one is pending */
#define SCHEDOP_shutdown        2 /* sched_shutdown: stop the caller's domain */
#define SCHEDOP_poll            3 /* sched_poll: sleep until a port is pending */
#define SCHEDOP_remote_shutdown 4 /* sched_remote_shutdown: stop another domain; -EPERM, -ESRCH */
#define SCHEDOP_shutdown_code   5 /* sched_shutdown: record the reason that a later crash gives */
#define SCHEDOP_watchdog        6 /* sched_watchdog: arm or reset a timer that stops the domain */
#define SCHEDOP_pin_override    7 /* sched_pin_override: dom0's vCPU stays on one CPU for firmware's sake */

struct sched_shutdown {
    unsigned int reason; /* in: SHUTDOWN_ */
};
typedef struct sched_shutdown sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

/* All in.  0 on wake-up or timeout; -EINVAL for a bad port or more than 128. */
struct sched_poll {
    XEN_GUEST_HANDLE(evtchn_port_t) ports;
    unsigned int nr_ports;
    uint64_t timeout; /* system time in ns; 0 for none */
};
typedef struct sched_poll sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

struct sched_remote_shutdown {
    domid_t domain_id;   /* in */
    unsigned int reason; /* in: SHUTDOWN_ */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

/* id 0 takes a free timer and returns its number; timeout 0 disarms.  -ENOSPC none free, -EEXIST, -EINVAL bad id. */
struct sched_watchdog {
    uint32_t id;      /* in */
    uint32_t timeout; /* in: seconds */
};
typedef struct sched_watchdog sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

/* -EPERM but for dom0, -EBUSY where the vCPU cannot go there, -EINVAL no such CPU. */
struct sched_pin_override {
    int32_t pcpu; /* in: -1 gives the vCPU back to the scheduler */
};
typedef struct sched_pin_override sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);

/* Why a domain stopped; the tools read it from XEN_DOMINF_shutdownmask. */
#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot     1
#define SHUTDOWN_suspend    2 /* saved or migrated; goes on afterwards */
#define SHUTDOWN_crash      3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX        5

#endif
