/* SPDX-License-Identifier: GPL-2.0-only */
/* Free frames: one buddy system, zoned by the width of the frame number (common/buddy.c). All calls take heap_lock inside. */
#ifndef XEN_BUDDY_H
#define XEN_BUDDY_H

#include <xen/frame.h>

/* 2^@order frames, all below frame number 2^@bits; highest zones first. NULL: none. Contents: count_info is FRAME_UNCLEAN or 0 (clean). */
struct frame_info *buddy_alloc(unsigned int order, unsigned int bits);
/*
 * Frames have count 0. @dirty: the frames were in use, and each is marked FRAME_NEED_SCRUB. Else they are as buddy_alloc() left
 * them, apart from cleaning, and those that are FRAME_UNCLEAN still are marked.
 */
void buddy_free(struct frame_info *f, unsigned int order, bool dirty);
/*
 * A block to be had in pieces, the lowest first: buddy_hold() takes it as buddy_alloc() does, but looks at no frame of it.
 * buddy_claim_held() makes the first 2^@order frames of held block @f what buddy_alloc() returns, and the rest held blocks
 * of orders @order and up, each double the one before it. buddy_hold_again() undoes that for one piece, of which some frames
 * may have been cleaned. buddy_free_held() frees a held block and returns its order.
 */
struct frame_info *buddy_hold(unsigned int order, unsigned int bits);
void buddy_claim_held(struct frame_info *f, unsigned int order);
void buddy_hold_again(struct frame_info *f, unsigned int order);
unsigned int buddy_free_held(struct frame_info *f);
unsigned long buddy_free_total(void);
unsigned long buddy_free_below(unsigned int bits);
/* Cleans a dirty free frame, if it finds one soon, with @clean, without heap_lock; true: worth another call. False while another CPU is at it. */
bool buddy_scrub(void (*clean)(struct frame_info *));

#endif
