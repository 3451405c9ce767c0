/* SPDX-License-Identifier: GPL-2.0-only */
/* Free frames: one buddy system, zoned by the width of the frame number (common/buddy.c). All calls take heap_lock inside. */
#ifndef XEN_BUDDY_H
#define XEN_BUDDY_H

#include <xen/frame.h>

/* 2^@order frames, all below frame number 2^@bits; highest zones first. NULL: none. Contents: count_info is FRAME_UNCLEAN or 0 (clean). */
struct frame_info *buddy_alloc(unsigned int order, unsigned int bits);
/* @dirty marks each frame FRAME_NEED_SCRUB. Frames have count 0 and no owner. */
void buddy_free(struct frame_info *f, unsigned int order, bool dirty);
unsigned long buddy_free_total(void);
unsigned long buddy_free_below(unsigned int bits);
/* Cleans a dirty free frame, if it finds one soon, with @clean, without heap_lock; true: worth another call. False while another CPU is at it. */
bool buddy_scrub(void (*clean)(struct frame_info *));

#endif
