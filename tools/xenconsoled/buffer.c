/* SPDX-License-Identifier: GPL-2.0-only */
/* The bounded queue of bytes. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

/* Makes room for len more bytes as far as limit and memory go. */
static void grow(struct buffer *b, size_t len)
{
    size_t room = b->room ? b->room : FIRST_ROOM, part;
    char *data;

    while (room < b->len + len && room < b->limit)
        room *= 2;
    if (room > b->limit)
        room = b->limit;
    if (room <= b->room)
        return;
    data = malloc(room);
    if (!data)
        return;
    part = b->room - b->first;
    if (part > b->len)
        part = b->len;
    if (b->len) {
        memcpy(data, b->data + b->first, part);
        memcpy(data + part, b->data, b->len - part);
    }
    free(b->data);
    b->data = data;
    b->room = room;
    b->first = 0;
}

void buffer_drop(struct buffer *b, size_t len)
{
    b->len -= len;
    b->first = b->len ? (b->first + len) % b->room : 0;
}

void buffer_add(struct buffer *b, const char *bytes, size_t len)
{
    size_t at, part;

    if (b->len + len > b->room)
        grow(b, len);
    if (len > b->room) {                /* only its end can stay */
        bytes += len - b->room;
        len = b->room;
    }
    if (!len)
        return;
    if (b->len + len > b->room)
        buffer_drop(b, b->len + len - b->room);
    at = (b->first + b->len) % b->room;
    part = b->room - at < len ? b->room - at : len;
    memcpy(b->data + at, bytes, part);
    memcpy(b->data, bytes + part, len - part);
    b->len += len;
}

size_t buffer_peek(const struct buffer *b, const char **bytes)
{
    size_t part = b->room - b->first;

    *bytes = b->data + b->first;
    return part < b->len ? part : b->len;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){ .limit = b->limit };
}
