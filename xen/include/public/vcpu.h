/* SPDX-License-Identifier: MIT */
/* vcpu_op(cmd, vcpu, arg): vCPUs of the caller's own domain.  -ENOENT: no such vCPU. */
#ifndef __XEN_PUBLIC_VCPU_H__
#define __XEN_PUBLIC_VCPU_H__

#include "xen.h"

#define VCPUOP_initialise                     0 /* vcpu_guest_context; -EEXIST where done before */
#define VCPUOP_up                             1 /* starts it; -EINVAL before initialise */
#define VCPUOP_down                           2 /* stops it when it next leaves the CPU */
#define VCPUOP_is_up                          3 /* returns 1 or 0 */
#define VCPUOP_get_runstate_info              4 /* vcpu_runstate_info, out */
#define VCPUOP_register_runstate_memory_area  5 /* kept up to date from then on */
#define VCPUOP_set_periodic_timer             6 /* of the caller; -EINVAL under 1 ms */
#define VCPUOP_stop_periodic_timer            7
#define VCPUOP_set_singleshot_timer           8 /* of the caller; raises VIRQ_TIMER */
#define VCPUOP_stop_singleshot_timer          9
#define VCPUOP_register_vcpu_info            10 /* once a vCPU; -EINVAL for a second or a bad page, -ENXIO if it does not fit */
#define VCPUOP_send_nmi                      11
#define VCPUOP_get_physid                    12 /* dom0 with pinned vCPUs; else -EINVAL */
#define VCPUOP_register_vcpu_time_memory_area 13 /* kept up to date, readable from user mode */

#define RUNSTATE_running  0
#define RUNSTATE_runnable 1 /* would run, has no CPU */
#define RUNSTATE_blocked  2
#define RUNSTATE_offline  3

/* Written by the hypervisor. */
struct vcpu_runstate_info {
    int state;                 /* RUNSTATE_ */
    uint64_t state_entry_time; /* ns of system time; XEN_RUNSTATE_UPDATE while it is being written (see vm_assist) */
#define XEN_RUNSTATE_UPDATE (xen_mk_ullong(1) << 63)
    uint64_t time[4];          /* ns in each state, up to state_entry_time */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

/* in: the guest virtual address that gets a vcpu_runstate_info. */
struct vcpu_register_runstate_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
        struct vcpu_runstate_info *v;
        uint64_t p;
    } addr;
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

struct vcpu_set_periodic_timer {
    uint64_t period_ns; /* in */
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns; /* in: system time */
    uint32_t flags;          /* in: VCPU_SSHOTTMR_ */
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);
#define _VCPU_SSHOTTMR_future 0
#define VCPU_SSHOTTMR_future  (1U << _VCPU_SSHOTTMR_future) /* asks for -ETIME for a time in the past; ignored */

struct vcpu_register_vcpu_info {
    uint64_t mfn;    /* in: the page */
    uint32_t offset; /* in: bytes into it; vcpu_info must fit */
    uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

struct vcpu_get_physid {
    uint64_t phys_id; /* out: APIC id low, ACPI id high */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);
#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

/* in: the guest virtual address that gets a vcpu_time_info. */
DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
struct vcpu_register_time_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_time_info_t) h;
        struct vcpu_time_info *v;
        uint64_t p;
    } addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);

#endif
