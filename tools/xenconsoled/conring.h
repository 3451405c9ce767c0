/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console ring page shared with a guest. The guest may write anything
 * into it at any time: indices are read once and checked.
 */
#ifndef CONRING_H
#define CONRING_H

#include <stddef.h>
#include <stdint.h>

#include <public/io/console.h>

/*
 * Copies at most len bytes of the guest's output. When its indices are
 * impossible, what they describe is skipped and -EIO returned.
 */
int conring_take(struct xencons_interface *ring, char *to, size_t len);
/* Bytes of input that fit now; 0 also when the indices are impossible. */
size_t conring_room(struct xencons_interface *ring);
/* Puts at most len bytes of input; returns how many. */
size_t conring_put(struct xencons_interface *ring, const char *from, size_t len);

#endif /* CONRING_H */
