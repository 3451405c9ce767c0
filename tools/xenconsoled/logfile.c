/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a console's log; a guest that prints without end fills two files, not the disk. */
#include "logfile.h"
#include "../lib/gap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_BYTES (16L << 20)
/* How often a file that could not be opened is tried again. */
#define RETRY_S   1

struct logfile {
    int fd;                             /* -1: could not be opened, at @tried */
    time_t tried;
    long size;
    struct gap gap;
    char path[256];
};

static time_t seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void open_file(struct logfile *l)
{
    struct stat st;

    l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    l->tried = seconds();
    if (l->fd < 0 && !l->gap.lost)      /* it is said once, and tried again */
        fprintf(stderr, "%s: %s\n", l->path, strerror(errno));
    if (l->fd < 0)
        gap_add(&l->gap, l->path, errno, 0);
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

/* Returns how many bytes are in the file then; with fewer than @len, *code says why. */
static size_t append(struct logfile *l, const char *bytes, size_t len, int *code)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(l->fd, bytes + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            *code = n < 0 ? errno : ENOSPC;
            break;
        }
        done += (size_t)n;
        l->size += n;
    }
    return done;
}

/* Names what is missing before the next bytes. False where even that cannot be written. */
static bool close_gap(struct logfile *l)
{
    char text[160] = "\nxenconsoled: ";
    size_t at = strlen(text), len = gap_text(&l->gap, "bytes", text + at, sizeof(text) - at);
    int code;

    if (len && append(l, text, at + len, &code) < at + len)
        return false;
    l->gap.lost = 0;
    return true;
}

void logfile_write(struct logfile *l, const char *bytes, size_t len)
{
    size_t done = 0;
    int code = 0;

    if (!l)
        return;
    if (l->fd < 0 && seconds() - l->tried >= RETRY_S)
        open_file(l);
    if (l->fd < 0) {
        l->gap.lost += len;
        return;
    }
    if (close_gap(l))
        done = append(l, bytes, len, &code);
    if (done < len)
        gap_add(&l->gap, l->path, code, len - done);
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
