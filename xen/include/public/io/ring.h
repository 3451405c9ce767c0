/* SPDX-License-Identifier: MIT */
/*
 * The rings that split device drivers share: requests one way, responses back, in the same slots.
 *
 * A producer writes slots, then its private index, then publishes (PUSH).  Each side says in an event index when it
 * wants to hear of the other's progress.  The includer provides memset and the barriers xen_mb, xen_rmb, xen_wmb.
 */
#ifndef __XEN_PUBLIC_IO_RING_H__
#define __XEN_PUBLIC_IO_RING_H__

#include "../xen-compat.h"

typedef unsigned int RING_IDX;

/* The highest power of two in x, as a constant expression. */
#define __RD2(x)  (((x) & 0x2) ? 0x2 : ((x) & 0x1))
#define __RD4(x)  (((x) & 0xc) ? __RD2((x) >> 2) << 2 : __RD2(x))
#define __RD8(x)  (((x) & 0xf0) ? __RD4((x) >> 4) << 4 : __RD4(x))
#define __RD16(x) (((x) & 0xff00) ? __RD8((x) >> 8) << 8 : __RD8(x))
#define __RD32(x) (((x) & 0xffff0000) ? __RD16((x) >> 16) << 16 : __RD16(x))

/* Slots that fit into sz bytes: of the ring type s; of the mapped ring s. */
#define __CONST_RING_SIZE(s, sz)                                                                                      \
    (__RD32(((sz) - offsetof(struct s##_sring, ring)) / sizeof(((struct s##_sring *)0)->ring[0])))
#define __RING_SIZE(s, sz) (__RD32(((sz) - (long)(s)->ring + (long)(s)) / sizeof((s)->ring[0])))

/* The shared page and each side's private view of it, for a driver called name. */
#define DEFINE_RING_TYPES(name, req_t, rsp_t)                                                                         \
    union name##_sring_entry {                                                                                        \
        req_t req;                                                                                                    \
        rsp_t rsp;                                                                                                    \
    };                                                                                                                \
    struct name##_sring {                                                                                             \
        RING_IDX req_prod, req_event;                                                                                 \
        RING_IDX rsp_prod, rsp_event;                                                                                 \
        union {                                                                                                       \
            struct {                                                                                                  \
                uint8_t smartpoll_active;                                                                             \
            } netif;                                                                                                  \
            struct {                                                                                                  \
                uint8_t msg;                                                                                          \
            } tapif_user;                                                                                             \
            uint8_t pvt_pad[4];                                                                                       \
        } pvt;                                                                                                        \
        uint8_t __pad[44];                                                                                            \
        union name##_sring_entry ring[1];                                                                             \
    };                                                                                                                \
    struct name##_front_ring {                                                                                        \
        RING_IDX req_prod_pvt;                                                                                        \
        RING_IDX rsp_cons;                                                                                            \
        unsigned int nr_ents;                                                                                         \
        struct name##_sring *sring;                                                                                   \
    };                                                                                                                \
    struct name##_back_ring {                                                                                         \
        RING_IDX rsp_prod_pvt;                                                                                        \
        RING_IDX req_cons;                                                                                            \
        unsigned int nr_ents;                                                                                         \
        struct name##_sring *sring;                                                                                   \
    };                                                                                                                \
    typedef struct name##_sring name##_sring_t;                                                                       \
    typedef struct name##_front_ring name##_front_ring_t;                                                             \
    typedef struct name##_back_ring name##_back_ring_t

#define SHARED_RING_INIT(s)                                                                                           \
    do {                                                                                                              \
        (s)->req_prod = (s)->rsp_prod = 0;                                                                            \
        (s)->req_event = (s)->rsp_event = 1;                                                                          \
        (void)memset((s)->pvt.pvt_pad, 0, sizeof((s)->pvt.pvt_pad));                                                  \
        (void)memset((s)->__pad, 0, sizeof((s)->__pad));                                                              \
    } while (0)

#define FRONT_RING_ATTACH(r, s, i, size)                                                                              \
    do {                                                                                                              \
        (r)->req_prod_pvt = (i);                                                                                      \
        (r)->rsp_cons = (i);                                                                                          \
        (r)->nr_ents = __RING_SIZE(s, size);                                                                          \
        (r)->sring = (s);                                                                                             \
    } while (0)
#define FRONT_RING_INIT(r, s, size) FRONT_RING_ATTACH(r, s, 0, size)
#define XEN_FRONT_RING_INIT(r, s, size)                                                                               \
    do {                                                                                                              \
        SHARED_RING_INIT(s);                                                                                          \
        FRONT_RING_INIT(r, s, size);                                                                                  \
    } while (0)

#define BACK_RING_ATTACH(r, s, i, size)                                                                               \
    do {                                                                                                              \
        (r)->rsp_prod_pvt = (i);                                                                                      \
        (r)->req_cons = (i);                                                                                          \
        (r)->nr_ents = __RING_SIZE(s, size);                                                                          \
        (r)->sring = (s);                                                                                             \
    } while (0)
#define BACK_RING_INIT(r, s, size) BACK_RING_ATTACH(r, s, 0, size)

#define RING_SIZE(r)          ((r)->nr_ents)
#define RING_FREE_REQUESTS(r) (RING_SIZE(r) - ((r)->req_prod_pvt - (r)->rsp_cons))
#define RING_FULL(r)          (RING_FREE_REQUESTS(r) == 0)

/* How many the other side has published that we have not taken; requests never more than there is room to answer. */
#define XEN_RING_NR_UNCONSUMED_RESPONSES(r) ((r)->sring->rsp_prod - (r)->rsp_cons)
#define XEN_RING_NR_UNCONSUMED_REQUESTS(r)                                                                            \
    ({                                                                                                                \
        unsigned int asked_ = (r)->sring->req_prod - (r)->req_cons;                                                   \
        unsigned int room_ = RING_SIZE(r) - ((r)->req_cons - (r)->rsp_prod_pvt);                                      \
        asked_ < room_ ? asked_ : room_;                                                                              \
    })
#define RING_HAS_UNCONSUMED_RESPONSES(r) (!!XEN_RING_NR_UNCONSUMED_RESPONSES(r))
#define RING_HAS_UNCONSUMED_REQUESTS(r)  (!!XEN_RING_NR_UNCONSUMED_REQUESTS(r))

#define RING_GET_REQUEST(r, idx)  (&((r)->sring->ring[((idx) & (RING_SIZE(r) - 1))].req))
#define RING_GET_RESPONSE(r, idx) (&((r)->sring->ring[((idx) & (RING_SIZE(r) - 1))].rsp))

/* One read of the shared slot, so that later checks hold for what is used. */
#define RING_COPY_(type, r, idx, dest)                                                                                \
    do {                                                                                                              \
        *(dest) = *(volatile __typeof__(dest))RING_GET_##type(r, idx);                                                \
    } while (0)
#define RING_COPY_REQUEST(r, idx, req)  RING_COPY_(REQUEST, r, idx, req)
#define RING_COPY_RESPONSE(r, idx, rsp) RING_COPY_(RESPONSE, r, idx, rsp)

/* The other side's index is impossible. */
#define RING_REQUEST_CONS_OVERFLOW(r, cons)  (((cons) - (r)->rsp_prod_pvt) >= RING_SIZE(r))
#define RING_REQUEST_PROD_OVERFLOW(r, prod)  (((prod) - (r)->rsp_prod_pvt) > RING_SIZE(r))
#define RING_RESPONSE_PROD_OVERFLOW(r, prod) (((prod) - (r)->rsp_cons) > RING_SIZE(r))

#define RING_PUSH_REQUESTS(r)                                                                                         \
    do {                                                                                                              \
        xen_wmb();                                                                                                    \
        (r)->sring->req_prod = (r)->req_prod_pvt;                                                                     \
    } while (0)
#define RING_PUSH_RESPONSES(r)                                                                                        \
    do {                                                                                                              \
        xen_wmb();                                                                                                    \
        (r)->sring->rsp_prod = (r)->rsp_prod_pvt;                                                                     \
    } while (0)

/* Publish; notify says whether the other side asked to hear of it. */
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(r, notify)                                                                \
    do {                                                                                                              \
        RING_IDX was_ = (r)->sring->req_prod, now_ = (r)->req_prod_pvt;                                               \
        RING_PUSH_REQUESTS(r);                                                                                        \
        xen_mb();                                                                                                     \
        (notify) = (RING_IDX)(now_ - (r)->sring->req_event) < (RING_IDX)(now_ - was_);                                \
    } while (0)
#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(r, notify)                                                               \
    do {                                                                                                              \
        RING_IDX was_ = (r)->sring->rsp_prod, now_ = (r)->rsp_prod_pvt;                                               \
        RING_PUSH_RESPONSES(r);                                                                                       \
        xen_mb();                                                                                                     \
        (notify) = (RING_IDX)(now_ - (r)->sring->rsp_event) < (RING_IDX)(now_ - was_);                                \
    } while (0)

/* Ask to hear of the next one, unless one is there already. */
#define RING_FINAL_CHECK_FOR_REQUESTS(r, work)                                                                        \
    do {                                                                                                              \
        (work) = RING_HAS_UNCONSUMED_REQUESTS(r);                                                                     \
        if (work)                                                                                                     \
            break;                                                                                                    \
        (r)->sring->req_event = (r)->req_cons + 1;                                                                    \
        xen_mb();                                                                                                     \
        (work) = RING_HAS_UNCONSUMED_REQUESTS(r);                                                                     \
    } while (0)
#define RING_FINAL_CHECK_FOR_RESPONSES(r, work)                                                                       \
    do {                                                                                                              \
        (work) = RING_HAS_UNCONSUMED_RESPONSES(r);                                                                    \
        if (work)                                                                                                     \
            break;                                                                                                    \
        (r)->sring->rsp_event = (r)->rsp_cons + 1;                                                                    \
        xen_mb();                                                                                                     \
        (work) = RING_HAS_UNCONSUMED_RESPONSES(r);                                                                    \
    } while (0)

#endif
