/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacked kernels kept for the next create: unpacking costs most of it. Pages
 * of zeros become holes: a third of a kernel is that, and /run is memory.
 *
 * One file a kernel, named after the identity of the packed file (device,
 * inode, size, mtime, ctime), a page of header before the ELF file. It appears
 * by rename() only when complete. The directory is root's alone; an entry that
 * is not exactly what we would have written is ignored.
 */
#include "xc_image.h"
#include "xc_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define CACHE_MAGIC 0x314b434358ULL   /* "XCCK1" */
#define CACHE_HEADER XC_PAGE_SIZE
#define CACHE_ENTRIES 16
#define CACHE_MAX (512ULL << 20)
#define TEMP_PREFIX ".new-"

/* Who the entry is of; compared as a whole. */
struct cache_key {
    uint64_t dev, ino, size;
    int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
};

struct cache_header {
    uint64_t magic;
    struct cache_key key;
    uint64_t len;                 /* of the ELF file behind the header page */
    char format[24];
};

static struct cache_key key_of(const struct stat *st)
{
    return (struct cache_key){
        .dev = st->st_dev, .ino = st->st_ino, .size = st->st_size,
        .mtime_s = st->st_mtim.tv_sec, .mtime_ns = st->st_mtim.tv_nsec,
        .ctime_s = st->st_ctim.tv_sec, .ctime_ns = st->st_ctim.tv_nsec,
    };
}

static void name_of(const struct cache_key *k, char *to, size_t len)
{
    snprintf(to, len, "%llx-%llx-%llx-%llx.%llx-%llx.%llx",
             (unsigned long long)k->dev, (unsigned long long)k->ino,
             (unsigned long long)k->size, (unsigned long long)k->mtime_s,
             (unsigned long long)k->mtime_ns, (unsigned long long)k->ctime_s,
             (unsigned long long)k->ctime_ns);
}

/* The directory must be ours and closed to others: we trust what is in it. */
static int open_dir(const char *dir, bool create)
{
    struct stat st;
    int fd;

    if (create && mkdir(dir, 0700) && errno == ENOENT) {
        char parent[256], *slash;

        snprintf(parent, sizeof(parent), "%s", dir);
        slash = strrchr(parent, '/');
        if (slash && slash != parent) {
            *slash = '\0';
            mkdir(parent, 0755);
            mkdir(dir, 0700);
        }
    }
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    if (!fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & 077))
        return fd;
    close(fd);
    return -EPERM;
}

/* Is this file a complete entry for that key? Fills head. */
static bool entry_valid(int fd, const struct cache_key *key,
                        struct cache_header *head)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        pread(fd, head, sizeof(*head), 0) != sizeof(*head))
        return false;
    head->format[sizeof(head->format) - 1] = '\0';
    return head->magic == CACHE_MAGIC &&
           !memcmp(&head->key, key, sizeof(*key)) &&
           (uint64_t)st.st_size == CACHE_HEADER + head->len;
}

int xc_kcache_get(const char *dir, const struct stat *st, struct xc_source *out,
                  char *format, size_t format_len)
{
    struct cache_key key = key_of(st);
    struct cache_header head;
    char name[160];
    int dirfd = open_dir(dir, false), fd;

    if (dirfd < 0)
        return -ENOENT;
    name_of(&key, name, sizeof(name));
    fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    close(dirfd);
    if (fd < 0)
        return -ENOENT;
    if (!entry_valid(fd, &key, &head)) {
        close(fd);
        return -ENOENT;
    }
    futimens(fd, NULL);           /* used now: see make_room() */
    *out = (struct xc_source){ .fd = fd, .base = CACHE_HEADER, .len = head.len };
    snprintf(format, format_len, "%s", head.format);
    return 0;
}

/* Bytes that the cache may hold: it is dom0's memory, so an eighth of it. */
static uint64_t cache_limit(void)
{
    struct sysinfo si;
    uint64_t limit = CACHE_MAX;

    if (!sysinfo(&si) && (uint64_t)si.totalram * si.mem_unit / 8 < limit)
        limit = (uint64_t)si.totalram * si.mem_unit / 8;
    return limit;
}

struct entry {
    char name[160];
    uint64_t size;
    struct timespec used;
};

static int by_age(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec > y->used.tv_nsec) -
           (x->used.tv_nsec < y->used.tv_nsec);
}

/*
 * Collects at most max entries. Temporary files are another create's, unless
 * older than a minute: then whoever wrote them is gone, and so are they.
 */
static unsigned list_entries(int dirfd, struct entry *e, unsigned max)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *de;
    unsigned n = 0;

    while (d && (de = readdir(d))) {
        struct stat st;

        if (fstatat(dirfd, de->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(st.st_mode))
            continue;
        if (!strncmp(de->d_name, TEMP_PREFIX, strlen(TEMP_PREFIX))) {
            if (st.st_mtime + 60 < time(NULL))
                unlinkat(dirfd, de->d_name, 0);
            continue;
        }
        if (n == max || strlen(de->d_name) >= sizeof(e->name)) {
            unlinkat(dirfd, de->d_name, 0);
            continue;
        }
        strcpy(e[n].name, de->d_name);
        e[n].size = st.st_blocks * 512ULL;
        e[n++].used = st.st_mtim;
    }
    if (d)
        closedir(d);
    return n;
}

/* Drops the entries unused for longest until `want` more bytes fit. */
static int make_room(int dirfd, uint64_t want)
{
    struct entry *e = calloc(4 * CACHE_ENTRIES, sizeof(*e));
    uint64_t total = 0, limit = cache_limit();
    unsigned n, left;

    if (!e)
        return -ENOMEM;
    n = left = list_entries(dirfd, e, 4 * CACHE_ENTRIES);
    qsort(e, n, sizeof(*e), by_age);
    for (unsigned i = 0; i < n; i++)
        total += e[i].size;
    for (unsigned i = 0; i < n; i++) {
        if (total + want <= limit && left < CACHE_ENTRIES)
            break;
        unlinkat(dirfd, e[i].name, 0);
        total -= e[i].size;
        left--;
    }
    free(e);
    return total + want <= limit ? 0 : -ENOSPC;
}

static int write_all(int fd, const void *data, size_t len, off_t off)
{
    const char *p = data;

    while (len) {
        ssize_t n = pwrite(fd, p, len, off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -EIO;
        p += n;
        off += n;
        len -= n;
    }
    return 0;
}

static bool is_zero(const uint8_t *p, size_t len)
{
    return !p[0] && !memcmp(p, p + 1, len - 1);
}

/* Writes the pages that are not all zero; returns how many bytes that were, or
 * only counts them if fd is -1. The file's length is set in the end. */
static int64_t write_sparse(int fd, const uint8_t *data, size_t len, off_t off)
{
    size_t pos = 0, written = 0;

    while (pos < len) {
        size_t n = 0;
        int rc;

        while (pos + n < len) {   /* the run of pages from here to the next hole */
            size_t page = len - pos - n < XC_PAGE_SIZE ? len - pos - n : XC_PAGE_SIZE;

            if (is_zero(data + pos + n, page))
                break;
            n += page;
        }
        rc = n && fd >= 0 ? write_all(fd, data + pos, n, off + pos) : 0;
        if (rc)
            return rc;
        written += n;
        pos += n + XC_PAGE_SIZE;
    }
    if (fd >= 0 && ftruncate(fd, off + len))
        return -errno;
    return written;
}

int xc_kcache_put(const char *dir, const struct stat *st, const char *format,
                  const void *data, size_t len)
{
    struct cache_header head = { .magic = CACHE_MAGIC, .key = key_of(st),
                                 .len = len };
    char name[160], temp[64];
    int dirfd = open_dir(dir, true), fd = -1, rc;
    int64_t written;

    if (dirfd < 0)
        return dirfd;
    snprintf(head.format, sizeof(head.format), "%s", format);
    name_of(&head.key, name, sizeof(name));
    snprintf(temp, sizeof(temp), TEMP_PREFIX "%ld-%llx", (long)getpid(),
             (unsigned long long)(uintptr_t)data);
    rc = make_room(dirfd, CACHE_HEADER + write_sparse(-1, data, len, 0));
    if (rc)
        goto out;
    fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                0600);
    if (fd < 0) {
        rc = -errno;
        goto out;
    }
    rc = write_all(fd, &head, sizeof(head), 0);
    written = rc ? 0 : write_sparse(fd, data, len, CACHE_HEADER);
    if (written < 0)
        rc = written;
    if (!rc && renameat(dirfd, temp, dirfd, name))
        rc = -errno;
    if (rc)
        unlinkat(dirfd, temp, 0);
    close(fd);
out:
    close(dirfd);
    return rc;
}
