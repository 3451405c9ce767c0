/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the PV builder: the plan of a guest's first memory (pure
 * calculation) and the steps that carry it out.
 *
 * Guest memory at start, by pfn (public/xen.h "start of day"):
 *
 *   mapped, va = virt_base + pfn * 4096       not mapped at virt_base
 *   kernel | [ramdisk] | [p2m] | start_info   | [p2m tables | p2m] | [ramdisk]
 *   | store | console | page tables | stack
 *   | at least 512 KiB, up to 4 MiB border
 *
 * The ramdisk is unmapped if the kernel takes it by pfn (MOD_START_PFN), the
 * p2m has a place of its own if the kernel names one (INIT_P2M).
 */
#ifndef XC_BUILD_H
#define XC_BUILD_H

#include <xenbuild.h>

#include "xc_image.h"

#define XC_PT_LEVELS 4
#define XC_PT_SHIFT(level) (XC_PAGE_SHIFT + 9 * ((level) - 1))

/* A run of guest frames; nr 0: not there. */
struct xc_area {
    uint64_t pfn, nr;
};

/* Page tables for one run of virtual addresses that shares no L4 slot with
 * another run. first[l]/nr[l]: its level l tables (l = 1..3), as pfns. */
struct xc_pt_range {
    uint64_t va, end;             /* mapped: [va, end), page aligned */
    uint64_t pfn;                 /* what va maps */
    uint64_t first[XC_PT_LEVELS], nr[XC_PT_LEVELS];
};

struct xc_layout {
    uint64_t virt_base, virt_end; /* of the main range */
    uint64_t nr_pages;            /* the guest's */
    uint64_t needed_pages;        /* what this layout takes */
    struct xc_area kernel, ramdisk, p2m, start_info, store, console, tables,
        p2m_tables, stack;
    uint64_t l4;                  /* pfn: the first of .tables */
    struct xc_pt_range main_range, p2m_range;   /* p2m_range.nr[1] == 0: none */
    uint64_t p2m_va;
    bool ramdisk_by_pfn;
};

/*
 * Plans for nr_pages of memory; the ramdisk has ramdisk_len bytes. Returns
 * -ENOSPC if it does not fit: then needed_pages says what would do.  -ENOEXEC
 * if the kernel's own wishes contradict each other; *why is the reason.
 */
int xc_layout_plan(const struct xc_elf *elf, uint64_t nr_pages,
                   uint64_t ramdisk_len, struct xc_layout *l, const char **why);

/* The guest's frames: one entry per 2 MiB, or 512 single frames where no
 * contiguous 2 MiB were to be had. */
struct xc_frames {
    uint64_t nr_pages;
    uint64_t nr_chunks;
    struct xc_chunk { uint64_t mfn; uint64_t *single; } *chunk;
};

int xc_frames_init(struct xc_frames *f, uint64_t nr_pages);
void xc_frames_free(struct xc_frames *f);
uint64_t xc_frames_mfn(const struct xc_frames *f, uint64_t pfn);
/* The p2m list of the first nr_pages entries. */
void xc_frames_list(const struct xc_frames *f, uint64_t *to);

/*
 * Guest pages as the builder sees them: two runs of pfns, mapped one behind the
 * other.  Also made by tests from plain memory.
 */
struct xc_window {
    struct xc_area run[2];
    uint8_t *addr[2];
    void *map;                    /* of both, NULL if not a foreign mapping */
    uint64_t map_pages;
};

/* Address of a guest frame; it must lie in the window. */
void *xc_window_at(const struct xc_window *w, uint64_t pfn);

/* Writes all page tables of the plan into the window. */
void xc_pagetables_write(const struct xc_layout *l, const struct xc_frames *f,
                         const struct xc_window *w);

/* ---- one build: state and steps (each names its own failure in h) ---- */

struct xc_build {
    struct xc_handle *h;
    uint32_t domid;
    const struct xc_build_params *p;
    struct xc_build_result *r;
    struct xc_kernel kernel;
    struct xc_source ramdisk;
    bool has_ramdisk;
    struct xc_layout layout;
    struct xc_frames frames;
    struct xc_window window;
    uint32_t max_vcpus;
};

/* xc_build_memory.c: limits, the frames, the window on them */
int xc_build_check_free(struct xc_handle *h, uint64_t memory_mib);
int xc_build_limits(struct xc_build *b);
static inline uint64_t xc_build_max_mib(const struct xc_build_params *p)
{
    return p->maxmem_mib < p->memory_mib ? p->memory_mib : p->maxmem_mib;
}
int xc_build_populate(struct xc_build *b);
int xc_build_open_window(struct xc_build *b);
void xc_build_close_window(struct xc_build *b);
/* xc_build_load.c: kernel, ramdisk, p2m list into the window */
int xc_build_load(struct xc_build *b);
/* xc_build_start.c: what the guest finds in its registers and first pages */
int xc_build_ports(struct xc_build *b);
int xc_build_start_info(struct xc_build *b);
int xc_build_shared_info(struct xc_build *b);
int xc_build_pin(struct xc_build *b);
int xc_build_vcpu(struct xc_build *b);

#endif /* XC_BUILD_H */
