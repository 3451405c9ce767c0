/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kexec tests have the hypervisor go on with: code that looks at some words of memory, by machine address, and
 * writes the test's result to the serial port itself.
 */
#ifndef TEST_PAYLOAD_H
#define TEST_PAYLOAD_H

#include "lib.h"
#include <public/kexec.h>

#define EM_386    3
#define EM_X86_64 62

/* Up to 7 words that have to be @value at machine address @at; address 0 ends them. */
struct payload_word { uint64_t at, value; };
extern char payload[], payload_end[];
extern struct payload_word payload_words[8];

static inline size_t payload_size(void) { return (size_t)(payload_end - payload); }
static inline struct xen_kexec_segment payload_segment(const void *from, size_t bytes, uint64_t to, uint64_t size)
{
    struct xen_kexec_segment s = { .buf_size = bytes, .dest_maddr = to, .dest_size = size };

    set_xen_guest_handle(s.buf.h, from);
    return s;
}

long kexec_op(unsigned cmd, void *arg);
long kexec_load(unsigned type, unsigned arch, struct xen_kexec_segment *segments, unsigned n, uint64_t entry);
long kexec_unload(unsigned type);
long kexec_status(unsigned type);

#endif
