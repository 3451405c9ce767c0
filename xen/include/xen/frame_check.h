/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the frame table again from what refers to frames, and compares (common/frame_check.c); console key 'F' and
 * `xm debug-keys F` (common/frame_key.c). Nothing may change frames meanwhile: no vCPU of a guest runs.
 */
#ifndef XEN_FRAME_CHECK_H
#define XEN_FRAME_CHECK_H

#include <xen/frame.h>

struct domain;

/* What was found to refer to one frame. */
struct frame_tally {
    u32 refs;               /* general references */
    u32 types : 24;         /* references to a type */
    u32 type : 4;           /* which one: FT_* >> FT_SHIFT, TALLY_MIXED when they disagree */
    u32 listed : 1;         /* on its owner's list */
};
_Static_assert(sizeof(struct frame_tally) == 8, "memory that a check needs");

enum frame_check_stage { CHECK_CLEAR, CHECK_TABLES, CHECK_HOLDERS, CHECK_LISTS, CHECK_FRAMES, CHECK_GRANTS, CHECK_DONE };

/* One check. The machine is looked at in windows of as many frames as there is memory for tallies. */
struct frame_check {
    struct frame_tally *tally;
    unsigned int order;         /* of tally */
    u64 from, window;           /* frames from..from + window - 1 are counted now */
    enum frame_check_stage stage;
    u64 at;                     /* frame or domain id that the stage is at */
    struct domain *listing;     /* referenced: whose list the stage is on; at: the frame, 0 its list's end */
    bool listing_lent;          /* … of lent frames */
    u64 list_left;              /* frames that it says to have left */
    u32 list_prev;
    u64 block_end, nr_free;     /* a free or held block covers the frames below; free frames seen */
    u64 frames, violations;     /* results */
    u64 zero_at;                /* clean free frames are looked into by turns, a few a check */
    unsigned int zero_left;
};

/* 0, -ENOMEM, -ERESTART: to be called again. @start_zero: where to begin looking into clean frames. */
int frame_check_begin(struct frame_check *c, u64 start_zero);
/* Looks at about @budget entries or frames; false: done. */
bool frame_check_step(struct frame_check *c, long budget);
void frame_check_end(struct frame_check *c);
/* Console key. */
void frame_check_init(void);

/*
 * Those who hold references other than by page-table entries say so: @fn once for each general reference, with the type
 * that they hold with it (FT_NONE: none).
 */
typedef void frame_holder_fn(struct frame_check *c, struct frame_info *f, u64 type);
void evtchn_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c);
void grant_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c);
void arch_domain_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c);
/* Contents of a checked frame as arch/x86/mm would make it; NULL or what is wrong. */
const char *arch_check_contents(struct frame_info *f);

/* Uses of @granter's entries against the mappings of all domains; NULL or what is wrong. */
const char *grant_check_counts(struct domain *granter);

/* common/domain_kill.c: dead domains are being freed in the background. */
bool domain_frees_pending(void);

#endif
