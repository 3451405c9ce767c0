/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the hypervisor's own functions, for panics (lib/symbols.c). */
#ifndef XEN_SYMBOLS_H
#define XEN_SYMBOLS_H

#include <xen/types.h>

/* Function that contains @addr with the distance from its start, or NULL. */
const char *symbol_lookup(u64 addr, u64 *offset);
/* The @n-th function by address, NULL past the last. */
const char *symbol_at(u64 n, u64 *addr);
/* "name+0x12", or the bare address. */
void symbol_format(char *buf, size_t size, u64 addr);
bool is_hypervisor_text(u64 addr);

#endif
