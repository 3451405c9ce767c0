/* SPDX-License-Identifier: GPL-2.0-only */
/* Watches: who wants to know of changes below which path, and telling them. */
#ifndef WATCH_H
#define WATCH_H

#include "store.h"

struct watch_point;

struct watch {
    struct watch *next_of_conn;
    struct watch *next_here;            /* others at the same path */
    struct watch_point *point;
    struct conn *conn;
    size_t home_len;                    /* to cut from paths: it was set relative */
    char token[];
};

/* path is absolute. -EEXIST: the connection has that (path, token). */
int watch_add(struct conn *c, const char *path, const char *token,
              size_t home_len, struct watch **out);
int watch_delete(struct conn *c, const char *path, const char *token);
void watch_delete_all(struct conn *c);

/* Sends w's holder the event that it gets on setting the watch. */
void watch_fire_first(struct watch *w);
/* Tells all who watch what the change touched and may read it. */
void watch_fire_change(struct store *s, const struct change *c);
/* Tells all who watch that special path and may. */
void watch_fire_special(struct store *s, const char *path,
                        const struct node *perms);

#endif /* WATCH_H */
