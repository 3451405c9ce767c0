/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths and permission strings: what clients and the daemon agree on without talking. */
#include "xenstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNDIR "/run/xenstored"

const char *xs_daemon_rundir(void)
{
    const char *dir = getenv("XENSTORED_RUNDIR");

    return dir ? dir : RUNDIR;
}

const char *xs_daemon_socket(void)
{
    static char path[108];              /* sizeof(sockaddr_un.sun_path) */
    const char *env = getenv("XENSTORED_PATH");

    if (env)
        return env;
    if (snprintf(path, sizeof(path), "%s/socket", xs_daemon_rundir()) >=
        (int)sizeof(path))
        return NULL;
    return path;
}

const char *xs_daemon_socket_ro(void)
{
    return xs_daemon_socket();
}

bool xs_write_all(int fd, const void *data, unsigned int len)
{
    const char *p = data;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

/* One row a letter: what it allows. */
static const struct { char letter; unsigned int perms; } letters[] = {
    { 'n', XS_PERM_NONE },
    { 'r', XS_PERM_READ },
    { 'w', XS_PERM_WRITE },
    { 'b', XS_PERM_READ | XS_PERM_WRITE },
};

static bool perm_from_string(struct xs_permissions *perm, const char *s)
{
    unsigned long id = 0;
    unsigned int i;

    for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (letters[i].letter == *s)
            break;
    if (i == sizeof(letters) / sizeof(letters[0]) || !s[1])
        return false;
    for (s++; *s; s++) {
        if (*s < '0' || *s > '9' || id > 0xffff)
            return false;
        id = id * 10 + (unsigned long)(*s - '0');
    }
    if (id > 0xffff)
        return false;
    perm->id = (unsigned int)id;
    perm->perms = letters[i].perms;
    return true;
}

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num,
                         const char *strings)
{
    for (unsigned int i = 0; i < num; i++) {
        if (!perm_from_string(&perms[i], strings)) {
            errno = EINVAL;
            return false;
        }
        strings += strlen(strings) + 1;
    }
    return true;
}

bool xs_perm_to_string(const struct xs_permissions *perm, char *buffer,
                       size_t size)
{
    for (unsigned int i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i].perms != (perm->perms & ~XS_PERM_OWNER))
            continue;
        if (snprintf(buffer, size, "%c%u", letters[i].letter, perm->id) <
            (int)size)
            return true;
        errno = ENOSPC;
        return false;
    }
    errno = EINVAL;
    return false;
}

bool xs_path_is_subpath(const char *parent, const char *child)
{
    size_t len = strlen(parent);

    while (len && parent[len - 1] == '/')       /* "/" is everybody's parent */
        len--;
    return strncmp(parent, child, len) == 0 &&
           (child[len] == '/' || child[len] == '\0');
}
