/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: the map of addresses with the frame table and the direct map where a process may have memory. */
#ifndef HOST_X86_LAYOUT_H
#define HOST_X86_LAYOUT_H

#include_next <x86/layout.h>

#undef FRAMETABLE_VIRT
#undef DIRECTMAP_VIRT
#define FRAMETABLE_VIRT 0x200000000000
#define DIRECTMAP_VIRT  0x210000000000

#endif
