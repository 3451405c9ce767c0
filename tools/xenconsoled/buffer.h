/* SPDX-License-Identifier: GPL-2.0-only */
/* Output that nobody has read yet: a bounded queue of bytes that forgets its oldest. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>

struct buffer {                         /* all zero but limit: empty */
    char *data;
    size_t room;                        /* of data; grows by doubling up to limit */
    size_t first, len;                  /* oldest byte's place, how many */
    size_t limit;                       /* bytes, a power of two */
};

/* Never fails: what does not fit, or has no memory, pushes out the oldest. */
void buffer_add(struct buffer *b, const char *bytes, size_t len);
/* The oldest bytes that lie in one piece. */
size_t buffer_peek(const struct buffer *b, const char **bytes);
void buffer_drop(struct buffer *b, size_t len);
void buffer_free(struct buffer *b);

#endif /* BUFFER_H */
