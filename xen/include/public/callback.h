/* SPDX-License-Identifier: MIT */
/* callback_op(cmd, arg): the addresses at which the hypervisor enters the calling vCPU's kernel. */
#ifndef __XEN_PUBLIC_CALLBACK_H__
#define __XEN_PUBLIC_CALLBACK_H__

#include "xen.h"

#define CALLBACKTYPE_event               0 /* an event is pending and not masked */
#define CALLBACKTYPE_failsafe            1 /* a segment or return frame could not be loaded */
#define CALLBACKTYPE_syscall             2 /* SYSCALL from 64-bit user mode */
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi                 4
#define CALLBACKTYPE_sysenter            5 /* SYSENTER from 32-bit user mode */
#define CALLBACKTYPE_syscall32           7 /* SYSCALL from 32-bit user mode */

#define _CALLBACKF_mask_events 0
#define CALLBACKF_mask_events  (1U << _CALLBACKF_mask_events) /* enter with events masked */

#define CALLBACKOP_register   0
#define CALLBACKOP_unregister 1 /* event, failsafe and syscall cannot be taken back: -EINVAL */

/* All in.  -EINVAL unless the address is canonical, -ENOSYS for an unknown type. */
struct callback_register {
    uint16_t type;  /* CALLBACKTYPE_ */
    uint16_t flags; /* CALLBACKF_ */
    xen_callback_t address;
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

struct callback_unregister {
    uint16_t type; /* in */
    uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);

#endif
