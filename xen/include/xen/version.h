/* SPDX-License-Identifier: GPL-2.0-only */
/* What this build is (common/version.c). */
#ifndef XEN_VERSION_H
#define XEN_VERSION_H

#include <xen/types.h>

extern const char build_extra_version[], build_changeset[], build_compiler[], build_by[], build_domain[], build_date[];
/* The linker's build id: its bytes and how many; 0 none. */
size_t build_id_bytes(const u8 **bytes);

#endif
