/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving bytes through the ring page that a guest shares with us.
 *
 * The guest may write anything into the page at any time. Indices are read
 * once and checked; data is copied out before it is looked at.
 */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <stdint.h>

#include <public/io/xs_wire.h>

/* At most len bytes of requests. -EIO: the indices are impossible. */
int ring_read(struct xenstore_domain_interface *ring, void *to, size_t len);
/* At most len bytes of answers, as room is. -EIO as above. */
int ring_write(struct xenstore_domain_interface *ring, const void *from,
               size_t len);
/* The guest asks for a connection as new. */
int ring_wants_reconnect(struct xenstore_domain_interface *ring);
/* Empties both directions and says what we can do. */
void ring_reset(struct xenstore_domain_interface *ring);
void ring_announce(struct xenstore_domain_interface *ring);
/* Tells the guest why it is not served any more: XENSTORE_ERROR_*. */
void ring_set_error(struct xenstore_domain_interface *ring, uint32_t error);

#endif /* RING_H */
