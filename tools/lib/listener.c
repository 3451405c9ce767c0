/* SPDX-License-Identifier: GPL-2.0-only */
/* Accepting as long as there are file descriptors. */
#include "listener.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 1000

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int listener_accept(struct listener *l)
{
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        l->told = false;
        return fd;
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
        return -EAGAIN;
    l->full = true;
    l->retry_at = milliseconds() + RETRY_MS;
    if (l->told)
        return -EAGAIN;
    l->told = true;
    return -errno;
}

int listener_poll_fd(struct listener *l)
{
    if (l->full && milliseconds() >= l->retry_at)
        l->full = false;
    return l->full ? -1 : l->fd;
}

int listener_timeout(const struct listener *l)
{
    int64_t left;

    if (!l->full)
        return -1;
    left = l->retry_at - milliseconds();
    return left > 0 ? (int)left : 0;
}

void listener_retry(struct listener *l)
{
    l->full = false;
}

void listener_raise_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

void listener_remove_left(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
}
