/* SPDX-License-Identifier: MIT */
/* The one record of hardware-virtualized guests' saved state that the control interface shares. */
#ifndef __XEN_PUBLIC_HVM_SAVE_H__
#define __XEN_PUBLIC_HVM_SAVE_H__

/* A vCPU's machine-check registers: MCG_CAP, CTL2 of the two banks it has, MCG_EXT_CTL. */
struct hvm_vmce_vcpu {
    uint64_t caps;
    uint64_t mci_ctl2_bank0;
    uint64_t mci_ctl2_bank1;
    uint64_t mcg_ext_ctl;
};

#endif
