/* SPDX-License-Identifier: GPL-2.0-only */
/* Which words of a stack can be return addresses: those that follow a CALL instruction. */
#ifndef XEN_CALLSITE_H
#define XEN_CALLSITE_H

#include <xen/types.h>

/*
 * Whether a CALL ends where code[n] begins. @at is the address of code[n], so that the target of a direct call can be looked
 * at: it has to lie in [text_start, text_end). A sequence of bytes that only looks like an indirect call is taken for one.
 */
bool callsite_ends_at(const u8 *code, size_t n, u64 at, u64 text_start, u64 text_end);

#endif
