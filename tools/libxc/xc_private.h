/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of libxc: the handle, error reporting, hypercall buffers, and the
 * public ABI headers with the tools' half of them switched on.
 */
#ifndef XC_PRIVATE_H
#define XC_PRIVATE_H

#define __XEN_TOOLS__ 1

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <public/xen.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include <public/memory.h>
#include <public/physdev.h>
#include <public/sched.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/version.h>
#include <public/features.h>

#include <xenctrl.h>

#define XC_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define XC_ROUND_UP(x, to) ((((x) + (to) - 1) / (to)) * (to))

/* Buffers kept for reuse: most calls need one page, once. */
#define XC_HBUF_SLOTS 32

/* One mapping of /dev/xen/hypercall, or of locked anonymous memory. */
struct xc_hbuf {
    void *addr;                   /* NULL: slot is free */
    size_t pages;
    bool used;
};

struct xc_handle {
    int privcmd_fd;               /* -1: offline handle */
    int hypercall_fd;             /* -1: buffers are anonymous and mlock()ed */
    int max_cpus;                 /* 0: not asked yet */
    struct xc_hbuf hbuf[XC_HBUF_SLOTS];
    struct xc_error error;
    char error_text[640];
};

/* Gives a slot's memory back to the system. */
void xc_hbuf_unmap(struct xc_hbuf *slot);

/* Records a failure and returns err, so that callers can `return xc_fail(...)`. */
int xc_fail(struct xc_handle *h, int err, enum xc_about about, const char *step,
            const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Describes rc, if it is a failure that nothing below has described since xc_error_clear(). Returns rc. */
int xc_fail_unsaid(struct xc_handle *h, int rc, const char *step);
/* Adds what the user can do about the failure just recorded. */
void xc_remedy(struct xc_handle *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A hypercall failed with err: words the errno as the hypervisor means it. */
int xc_fail_call(struct xc_handle *h, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Copies op into a hypercall buffer, calls, copies the result back. The union
 * members' own buffers must be hbufs already. Fails silently: callers name it.
 */
int xc_domctl(struct xc_handle *h, struct xen_domctl *op);
/* The same, but the hypervisor may do a piece only and answer -EAGAIN: the caller repeats the call. */
int xc_domctl_piece(struct xc_handle *h, struct xen_domctl *op);
int xc_sysctl(struct xc_handle *h, struct xen_sysctl *op);
/* memory_op with an argument struct of len bytes, copied in and out. */
long xc_memory_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len);
/* Any other hypercall of the form (command, pointer to struct). */
long xc_call_arg(struct xc_handle *h, unsigned hypercall, unsigned cmd,
                 void *arg, size_t len);

/* Physical CPU map of nr_bits in a hypercall buffer. */
static inline size_t xc_map_bytes(uint32_t nr_bits)
{
    return (nr_bits + 7) / 8;
}

#endif /* XC_PRIVATE_H */
