/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a console's log; a guest that prints without end fills two files, not the disk. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (16L << 20)

struct logfile {
    int fd;
    long size;
    char path[256];
};

static void open_file(struct logfile *l)
{
    struct stat st;

    l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (l->fd < 0)
        fprintf(stderr, "%s: %s\n", l->path, strerror(errno));
    l->size = l->fd >= 0 && fstat(l->fd, &st) == 0 ? (long)st.st_size : 0;
}

struct logfile *logfile_open(const char *dir, const char *prefix,
                             const char *name)
{
    struct logfile *l = calloc(1, sizeof(*l));
    char clean[128];

    if (!l)
        return NULL;
    snprintf(clean, sizeof(clean), "%s", name);
    for (char *p = clean; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ' || (p == clean && *p == '.'))
            *p = '_';
    snprintf(l->path, sizeof(l->path), "%.100s/%s%s.log", dir, prefix, clean);
    open_file(l);
    return l;
}

static void rotate(struct logfile *l)
{
    char old[sizeof(l->path) + 3];

    snprintf(old, sizeof(old), "%s.1", l->path);
    rename(l->path, old);
    logfile_reopen(l);
}

void logfile_write(struct logfile *l, const char *bytes, size_t len)
{
    if (!l || l->fd < 0)
        return;
    while (len) {
        ssize_t n = write(l->fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;                     /* disk full: the log has a gap */
        bytes += n;
        len -= (size_t)n;
        l->size += n;
    }
    if (l->size > MAX_BYTES)
        rotate(l);
}

void logfile_reopen(struct logfile *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        close(l->fd);
    open_file(l);
}

void logfile_close(struct logfile *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}
