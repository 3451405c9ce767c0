/* SPDX-License-Identifier: MIT */
/* nmi_op(cmd, arg): dom0's NMI handler, on vCPU 0. */
#ifndef __XEN_PUBLIC_NMI_H__
#define __XEN_PUBLIC_NMI_H__

#include "xen.h"

/* arch_shared_info.nmi_reason; set by the hypervisor, cleared by dom0. */
#define _XEN_NMIREASON_io_error 0
#define XEN_NMIREASON_io_error  (1UL << _XEN_NMIREASON_io_error)
#define _XEN_NMIREASON_pci_serr 1
#define XEN_NMIREASON_pci_serr  (1UL << _XEN_NMIREASON_pci_serr)
#define _XEN_NMIREASON_unknown  2
#define XEN_NMIREASON_unknown   (1UL << _XEN_NMIREASON_unknown)

#define XENNMI_register_callback   0 /* -EINVAL but for dom0's vCPU 0 or a bad address */
#define XENNMI_unregister_callback 1 /* no argument */

struct xennmi_callback {
    unsigned long handler_address; /* in */
    unsigned long pad;
};
typedef struct xennmi_callback xennmi_callback_t;
DEFINE_XEN_GUEST_HANDLE(xennmi_callback_t);

#endif
