/* SPDX-License-Identifier: GPL-2.0-only */
/* A hypervisor of arrays behind libxc's functions: domains with a ring page and an event channel each. */
#ifndef FAKE_XC_H
#define FAKE_XC_H

#include <stdbool.h>
#include <stdint.h>

#include <public/io/xs_wire.h>
#include <xenctrl.h>

#define FAKE_DOMAINS 16
#define FAKE_PORT(domid) (100 + (int)(domid))   /* of its store ring, as xenstored sees it */
#define FAKE_DEATH_PORT 99

struct fake_domain {
    bool exists, dying, shutdown;
    uint8_t handle;                     /* tells it from the next of its number, as does: */
    uint64_t frame;                     /* of its shared info */
    bool floods;                        /* sends an event as soon as it is heard */
    bool pending, masked;               /* its port */
    unsigned int heard;                 /* events that xenstored has taken */
    unsigned int notified;              /* events that xenstored has sent */
    struct xenstore_domain_interface ring;
};

extern struct fake_domain fake_domains[FAKE_DOMAINS];
extern bool fake_death_pending;
extern int fake_pages;                  /* mapped now */
extern unsigned int fake_looks;         /* at one domain's state */
extern unsigned int fake_notify_us;     /* how long another process runs at each event that is sent */

void fake_reset(void);
/* Puts a request into the ring and sends an event. False: there is no room. */
bool fake_send(unsigned int domid, uint32_t type, uint32_t tx, const void *body, uint32_t len);
/* Takes an answer or event with its body, a NUL behind. False: there is none. */
bool fake_receive(unsigned int domid, struct xsd_sockmsg *hdr, char body[XENSTORE_PAYLOAD_MAX + 1]);

#endif /* FAKE_XC_H */
