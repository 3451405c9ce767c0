/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space by ports, for the initial domain. A device's address: bus << 8 | device << 3 | function. */
#ifndef TEST_PCI_H
#define TEST_PCI_H

#include <stdint.h>

#define PCI_CAPABILITY_MSI  0x05u
#define PCI_CAPABILITY_MSIX 0x11u

/* Finds the device with these identifiers (device << 16 | vendor) that comes @nth of all; 0: there are not so many. Raises IOPL. */
uint32_t pci_find(uint32_t id, unsigned nth);
uint32_t pci_config_read(uint32_t sbdf, unsigned reg);
void pci_config_write(uint32_t sbdf, unsigned reg, uint32_t value);
/* Offset of the capability, 0: none. */
unsigned pci_find_capability(uint32_t sbdf, unsigned id);

#endif
