/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of model-specific registers that more than one file uses (Intel SDM vol. 4, AMD64 vol. 2 appendix A). */
#ifndef X86_MSR_H
#define X86_MSR_H

#define MSR_TSC               0x10
#define MSR_APIC_BASE         0x1b
#define MSR_APIC_BASE_BSP     (1UL << 8)
#define MSR_APIC_BASE_X2APIC  (1UL << 10)
#define MSR_APIC_BASE_ENABLE  (1UL << 11)
#define MSR_TSC_ADJUST        0x3b
#define MSR_SPEC_CTRL         0x48
#define MSR_PRED_CMD          0x49
#define MSR_MICROCODE         0x8b
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_MCU_OPT_CTRL      0x123
#define MCU_OPT_GDS_MITG_DIS  (1UL << 4)
#define MSR_EFER              0xc0000080
#define MSR_PAT               0x277
#define MSR_TSC_DEADLINE      0x6e0
#define MSR_X2APIC_FIRST      0x800
#define MSR_TSC_AUX           0xc0000103

/* PAT as the ABI fixes it for all guests: WB WT UC- UC WC WP UC UC (index 0 first). */
#define PAT_VALUE             0x050100070406UL

#endif
