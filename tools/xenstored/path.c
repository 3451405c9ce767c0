/* SPDX-License-Identifier: GPL-2.0-only */
/* Checking of node names and making them absolute. */
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const bool allowed[256] = {
    ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
    ['-'] = true, ['/'] = true, ['_'] = true, ['@'] = true,
};

static bool name_valid(const char *path, size_t len)
{
    char before = '\0';

    for (size_t i = 0; i < len; before = path[i++])
        if (!allowed[(unsigned char)path[i]] || (path[i] == '/' && before == '/'))
            return false;
    return len == 1 || (len && before != '/');
}

int path_canonical(char out[PATH_ROOM], const char *path, unsigned int domid,
                   bool special)
{
    size_t len = strnlen(path, XENSTORE_ABS_PATH_MAX + 1);

    if (len > XENSTORE_ABS_PATH_MAX || !name_valid(path, len))
        return -EINVAL;
    if (path[0] == '/' || (path[0] == '@' && special)) {
        memcpy(out, path, len + 1);
        return 0;
    }
    if (path[0] == '@' || len > XENSTORE_REL_PATH_MAX)
        return -EINVAL;
    snprintf(out, PATH_ROOM, "/local/domain/%u/%s", domid, path);
    return 0;
}

size_t path_home_length(const char *path, unsigned int domid)
{
    if (path[0] == '/' || path[0] == '@')
        return 0;
    return (size_t)snprintf(NULL, 0, "/local/domain/%u/", domid);
}

unsigned int path_depth(const char *path)
{
    unsigned int depth = 0;

    if (path[0] == '/' && path[1] == '\0')
        return 0;
    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

const char *path_next(const char *at, size_t *len)
{
    while (*at == '/')
        at++;
    *len = (size_t)(strchrnul(at, '/') - at);
    return *len ? at : NULL;
}
