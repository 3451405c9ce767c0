/* SPDX-License-Identifier: GPL-2.0-only */
/* Intel VT-d: registers and units (specification 4.1, chapter 11). Private to arch/x86/iommu. */
#ifndef X86_VTD_H
#define X86_VTD_H

#include <xen/dmar.h>
#include <xen/spinlock.h>

/* Registers. */
enum {
    VTD_CAP = 0x08, VTD_ECAP = 0x10, VTD_GCMD = 0x18, VTD_GSTS = 0x1c, VTD_RTADDR = 0x20, VTD_FSTS = 0x34, VTD_FECTL = 0x38,
    VTD_FEDATA = 0x3c, VTD_FEADDR = 0x40, VTD_FEUADDR = 0x44, VTD_PMEN = 0x64, VTD_IQH = 0x80, VTD_IQT = 0x88, VTD_IQA = 0x90,
};

#define CAP_NR_IDS(c)       (1u << (2 * ((c) & 7) + 4))
#define CAP_NEEDS_WB_FLUSH  (1UL << 4)
#define CAP_PROTECTED_LOW   (1UL << 5)
#define CAP_PROTECTED_HIGH  (1UL << 6)
#define CAP_CACHES_ABSENT   (1UL << 7)             /* caching mode: what was not mapped is remembered */
#define CAP_SAGAW_39        (1UL << 9)
#define CAP_SAGAW_48        (1UL << 10)
#define CAP_WIDTH(c)        ((((c) >> 16) & 0x3f) + 1)
#define CAP_FAULT_OFFSET(c) ((((c) >> 24) & 0x3ff) * 16)
#define CAP_LEAF_2M         (1UL << 34)
#define CAP_LEAF_1G         (1UL << 35)
#define CAP_PAGE_FLUSH      (1UL << 39)
#define CAP_NR_FAULTS(c)    ((((c) >> 40) & 0xff) + 1)

#define ECAP_COHERENT       (1UL << 0)
#define ECAP_QUEUE          (1UL << 1)
#define ECAP_SNOOP          (1UL << 7)             /* tables may ask for coherent accesses */
#define ECAP_IOTLB_OFFSET(e) ((((e) >> 8) & 0x3ff) * 16)

/* GCMD and GSTS have the same bits. */
#define G_TRANSLATE         (1u << 31)
#define G_ROOT              (1u << 30)
#define G_QUEUE             (1u << 26)
#define G_REMAP_INTERRUPTS  (1u << 25)
#define G_KEPT              0x96ffffffu            /* of GSTS, what a command has to repeat (11.4.4.1) */

#define FSTS_OVERFLOW       (1u << 0)
#define FSTS_PENDING        (1u << 1)
#define FSTS_QUEUE_ERRORS   (7u << 4)
#define FECTL_MASKED        (1u << 31)

#define PMEN_ENABLE         (1u << 31)
#define PMEN_IS_ON          (1u << 0)

struct vtd_unit {
    u64 address, bytes;                /* machine address of the registers; where the last of them ends */
    volatile char *regs;
    u64 cap, ecap;
    spinlock_t lock;                   /* queue, tail, round; never taken by an interrupt */
    u64 (*queue)[2];                   /* one page of invalidation descriptors */
    unsigned int tail;
    u32 round;                         /* what the unit writes to *done when the last wait descriptor is reached */
    volatile u32 *done;
    bool failed;                       /* it did not answer: nothing that it remembers can be relied on. Never taken back; lock */
};

extern struct vtd_unit vtd_units[DMAR_MAX_UNITS];
extern unsigned int vtd_nr_units;      /* those whose translation is, or is about to be, on */
extern struct dmar vtd_dmar;           /* what the firmware said */

/* unit.c. Probe: maps the registers and takes what the unit had on off. NULL, or why it cannot be used. */
const char *vtd_probe(struct vtd_unit *u, u64 address);
int vtd_prepare_queue(struct vtd_unit *u);         /* -ENOMEM */
/* Switches translation on. NULL, or why it cannot be used: vtd_end() it then. */
const char *vtd_begin(struct vtd_unit *u, u64 root);
/* Switches translation off; boot, where another unit cannot be used. */
void vtd_end(struct vtd_unit *u);
/* All translations of all units are forgotten, and what was done by them has reached memory. -EIO: of a unit that does not answer not. */
int vtd_flush_all(void);

/* context.c: the root table, in which no device has tables. Its machine address, 0: no memory. */
u64 vtd_make_root(void);
/* What request id @sbdf reaches, nothing where @pt is NULL, without a flush. 1: it is another entry than before; 0; -ENOMEM. */
int vtd_set_context(u32 sbdf, const struct iommu_pt *pt, u16 id);

/* device.c: boot. Each device that is there, and each that the firmware has memory for, reaches what @pt maps. 0 or -ENOMEM. */
int vtd_admit_all(const struct iommu_pt *pt, u16 id);

/* fault.c */
void vtd_faults_init(void);
void vtd_faults_begin(struct vtd_unit *u);

#endif
