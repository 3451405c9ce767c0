/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel images' compressions, by Debian's static libraries (lib/decompress.c). Boot time only. Owner: PV. */
#ifndef XEN_DECOMPRESS_H
#define XEN_DECOMPRESS_H

#include <xen/types.h>

/* Name of the format that @in begins with: "gzip", "xz", "zstd", "lz4"; NULL for anything else. */
const char *decompress_format(const void *in, size_t n);
/*
 * @in ends with its uncompressed size in 4 bytes, as gzip has it and Linux adds to the others. *@out: new pages, to be
 * given to decompress_free(). -EINVAL: unknown format or broken data; -ENOMEM.
 */
int decompress(const void *in, size_t n, void **out, size_t *out_n);
void decompress_free(void *out, size_t out_n);

/* What the libraries need of a process (arch/x86/pv/library_env.c): vector registers and a stack guard. */
void library_enter(void);
void library_leave(void);

#endif
