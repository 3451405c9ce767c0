/* SPDX-License-Identifier: GPL-2.0-only */
/* chmod: permissions of a node, of the tree below it, of the nodes above it. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore_lib.h>

#define MAX_PERMS 64

struct mode {
    struct xs_permissions perms[MAX_PERMS];
    unsigned int nr;
};

static int set_below(struct call *c, const struct mode *m, const char *path)
{
    unsigned int nr;
    char **names;
    int rc = 0;

    if (!xs_set_permissions(c->xs, c->t, path,
                            (struct xs_permissions *)m->perms, m->nr))
        return fail(c, "couldn't set permissions of", path);
    if (!has_option(c, 'r'))
        return 0;
    names = xs_directory(c->xs, c->t, path, &nr);
    if (!names)
        return fail(c, "could not list path", path);
    for (unsigned int i = 0; i < nr && !rc; i++) {
        size_t room = strlen(path) + strlen(names[i]) + 2;
        char *child = malloc(room);

        if (!child) {
            rc = fail(c, "couldn't set permissions of", path);
            break;
        }
        snprintf(child, room, "%s/%s", strcmp(path, "/") ? path : "", names[i]);
        rc = set_below(c, m, child);
        free(child);
    }
    free(names);
    return rc;
}

static int set_above(struct call *c, const struct mode *m, const char *path)
{
    char *above = strdup(path), *slash;
    int rc = 0;

    while (above && !rc && (slash = strrchr(above, '/')) && slash != above) {
        *slash = '\0';
        if (!xs_set_permissions(c->xs, c->t, above,
                                (struct xs_permissions *)m->perms, m->nr))
            rc = fail(c, "couldn't set permissions of", above);
    }
    free(above);
    return rc;
}

int cmd_chmod(struct call *c)
{
    struct mode m = { .nr = 0 };
    int rc;

    for (int i = 1; i < c->nr; i++) {
        if (m.nr == MAX_PERMS ||
            !xs_strings_to_perms(&m.perms[m.nr], 1, c->args[i])) {
            errno = m.nr == MAX_PERMS ? E2BIG : EINVAL;
            return fail(c, "bad permission", c->args[i]);
        }
        m.nr++;
    }
    rc = set_below(c, &m, c->args[0]);
    if (!rc && has_option(c, 'u'))
        rc = set_above(c, &m, c->args[0]);
    return rc;
}
