/* SPDX-License-Identifier: MIT */
/*
 * ELF notes, owner "Xen", by which a guest kernel tells its loader what it needs.  Numbers are 4 or 8 bytes wide.
 * N: number.  S: string.
 */
#ifndef __XEN_PUBLIC_ELFNOTE_H__
#define __XEN_PUBLIC_ELFNOTE_H__

#define XEN_ELFNOTE_INFO                0 /* S: the old all-in-one text */
#define XEN_ELFNOTE_ENTRY               1 /* N: virtual address to start at; else the ELF header's */
#define XEN_ELFNOTE_HYPERCALL_PAGE      2 /* N: virtual address of the page to fill with call stubs */
#define XEN_ELFNOTE_VIRT_BASE           3 /* N: virtual address of pfn 0 */
#define XEN_ELFNOTE_PADDR_OFFSET        4 /* N: p_paddr that stands for pfn 0 */
#define XEN_ELFNOTE_XEN_VERSION         5 /* S: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS            6 /* S */
#define XEN_ELFNOTE_GUEST_VERSION       7 /* S */
#define XEN_ELFNOTE_LOADER              8 /* S: "generic" */
#define XEN_ELFNOTE_PAE_MODE            9 /* S: 32-bit guests */
#define XEN_ELFNOTE_FEATURES           10 /* S: "a|!b": features needed, by name */
#define XEN_ELFNOTE_BSD_SYMTAB         11 /* S: "yes" loads the symbol table */
#define XEN_ELFNOTE_HV_START_LOW       12 /* N: 32-bit guests */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* N pairs mask, value: how to know a valid L1 entry */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* N: the suspend call returns 1 when cancelled */
#define XEN_ELFNOTE_INIT_P2M           15 /* N: virtual address at which to map the initial p2m */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* N: takes the module as a pfn, unmapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* N: bitmap of features it can use */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* N: 32-bit entry for hardware-virtualized guests */
#define XEN_ELFNOTE_MAX                XEN_ELFNOTE_PHYS32_ENTRY

/* In crash images. */
#define XEN_ELFNOTE_CRASH_INFO              0x1000001
#define XEN_ELFNOTE_CRASH_REGS              0x1000002

/* In core dumps of guests. */
#define XEN_ELFNOTE_DUMPCORE_NONE           0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER         0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
