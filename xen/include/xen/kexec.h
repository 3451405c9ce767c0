/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine goes on with after its end: a crash image, which lies ready in memory kept for it (crashkernel=), when dom0 or
 * the hypervisor crash; a default image, which is moved to its place at the end, when dom0 asks for it. common/kexec.c decides
 * and keeps them, hypercall/hc_kexec.c fills them, arch/x86/boot/kexec.c jumps. public/kexec.h.
 */
#ifndef XEN_KEXEC_H
#define XEN_KEXEC_H

#include <xen/types.h>

#define KEXEC_MAX_SEGMENTS 16
#define KEXEC_PIECE        (16 * PAGE_SIZE)    /* filled, or freed, between two looks for preemption */

struct vcpu;

/* Bytes of machine addresses. */
struct kexec_range { u64 start, size; };

/*
 * A part of the image: @size bytes at @start, the first @filled from the guest's @from, the others zero. With @filled 0 it is left as
 * it is, and may be any memory: the image only finds it mapped.
 */
struct kexec_segment {
    u64 start, size;
    u64 filled;
    gva_t from;              /* for hc_kexec.c alone */
};
#define KEXEC_MAX_BYTES (1UL << 34)            /* of all segments: bounds the page tables */

/*
 * One page of a default image on its way: @to and @from are machine addresses of pages. With one of the flags in @from, it is where the list
 * goes on (@to), or its end. Read by arch/x86/boot/kexec_entry.S.
 */
struct kexec_move { u64 to, from; };
#define KEXEC_MOVE_NEXT 1u
#define KEXEC_MOVE_END  2u

struct kexec_ledger;

struct kexec_image {
    unsigned int type;       /* KEXEC_TYPE_* */
    u16 arch;                /* ELF machine */
    unsigned int nr_segments;
    struct kexec_segment segment[KEXEC_MAX_SEGMENTS];
    u64 entry;               /* machine address */

    /* Set while it is loaded. Pages that are none of its destinations: nothing that is moved overwrites them. */
    unsigned int at;         /* the segment that is being filled */
    u64 done;                /* bytes of it that are */
    struct kexec_move *move; /* the next free one */
    u64 moves;               /* machine address of the first */
    u64 tables, code;        /* of the page tables and of the page that runs while the image is moved; 0: not made yet */
    struct kexec_ledger *ledger;       /* all pages that go with the image */
    struct kexec_image *next_dying;
};

/* Memory kept for a crash image; size 0: none. Set at boot. */
extern struct kexec_range kexec_crash_area;
/* crashkernel=SIZE[@START]. 0 or -EINVAL. START 0: anywhere. */
int kexec_parse_area(const char *s, struct kexec_range *area);

/*
 * Whether @image may be loaded: 0; -EINVAL: type, number, alignment, order of sizes, overlap or entry; -EOPNOTSUPP: its machine;
 * -EADDRNOTAVAIL: a segment of a crash image that is not in the area; -ENOMEM: too large.
 */
int kexec_check_image(const struct kexec_image *image);

/* All below take the lock of kexec.c. */

/*
 * Starts loading @image (checked) for @by; a load that is under way is given up. 0 or -ENOMEM.
 * Copies @image.
 */
int kexec_load_begin(const struct kexec_image *image, const struct vcpu *by);
/*
 * Fills up to KEXEC_PIECE bytes of what @by loads. @copy(to, from, n) brings n bytes, at most a page; 0 or -EFAULT. 0: all is
 * there and the image in force. -ERESTART: more to do. Others end the load: -ENOMEM, -EFAULT, -EADDRNOTAVAIL (not RAM), -EBUSY
 * (given up for another).
 */
int kexec_load_step(const struct vcpu *by, int (*copy)(void *to, gva_t from, size_t n));
int kexec_unload(unsigned int type);          /* 0, also without one; -EINVAL */
int kexec_status(unsigned int type);          /* 1: loaded, 0; -EINVAL */
/* Frees a piece of images that are no more. -ERESTART: there is more. */
int kexec_reap(void);

/* A zeroed page for @image that is in none of its segments; freed with it. 0, -ENOMEM, or -ERESTART: many were tried, call again. */
int kexec_alloc_page(struct kexec_image *image, void **page);

/* The image to go on with, or NULL. Does not lock: for the end, when nobody else runs. */
const struct kexec_image *kexec_image_of(unsigned int type);

/* ---- the machine's side, arch/x86/boot/kexec.c ---- */

/* Makes the page tables and the page of code, anew when called again. As kexec_alloc_page(). */
int arch_kexec_prepare(struct kexec_image *image);
/* KEXEC_RANGE_* of CPU @nr. 0, -EINVAL, -ERANGE (no such CPU), -ENOMEM. */
int arch_kexec_range(int range, int nr, struct kexec_range *out);
/* Goes on with the image of @type, if there is one. Interrupts off or on; other CPUs are stopped. */
void machine_kexec(unsigned int type);

#endif
