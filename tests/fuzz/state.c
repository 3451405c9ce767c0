/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State files of guests: a file that is of no use stays, and no guest is made of it; one that is taken over is the same when it has
 * been written and read once more. Nothing else is removed, whatever the file names.
 */
#include "input.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xenctrl.h>
#include "../../tools/xend/domain.h"
#include "../../tools/xend/log.h"
#include "../../tools/xend/store.h"

static char file[sizeof(DOMAIN_DIR) + 40];
static bool there;

/* ---- the hypervisor, the store, the log, the images ---- */

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    *info = (struct xc_domain_info){ .domid = domid };
    return there ? 0 : -ESRCH;
}
int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info) { return 0; }
char *store_read(struct xs_handle *xs, const char *fmt, ...) { return NULL; }
int store_get(struct xs_handle *xs, char **value, const char *fmt, ...) { *value = NULL; return 0; }
void log_line(const char *fmt, ...) { }
void image_file_remove_left(const char *temp) { FUZZ_CHECK(temp); }
void image_id_free(struct image_id *id)
{
    free(id->path);
    *id = (struct image_id){ 0 };
}
bool image_file_is_complete(const struct image_id *id)
{
    FUZZ_CHECK(id->path);
    return id->ino & 1;
}

static struct xend *host(void)
{
    static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };

    return &x;
}

static void write_file(const uint8_t *data, size_t size)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static void forget(struct domain *d)
{
    domain_remove(host(), d);
    domain_free(d);
}

/* What a guest's own state says must be read as it was written. */
static void check_again(struct domain *d)
{
    struct domain *e;

    FUZZ_CHECK(domain_save(d) == 0);
    domain_remove(host(), d);
    unlink(file);
    FUZZ_CHECK(domain_load_all(host()) == 0);
    e = host()->domains;
    FUZZ_CHECK(e && !e->next && !strcmp(d->name, e->name) && d->domid == e->domid && d->vifs_up == e->vifs_up);
    FUZZ_CHECK(d->source.override_count == e->source.override_count && !strcmp(d->source.text, e->source.text));
    FUZZ_CHECK(d->source.present.target_kib == e->source.present.target_kib && d->source.again == e->source.again);
    domain_unsave(d->uuid_text);
    domain_free(d);
    forget(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct domain *d;

    mkdir(DOMAIN_DIR, 0700);
    snprintf(file, sizeof(file), DOMAIN_DIR "/%d", getpid());
    there = size && data[0] & 1;
    write_file(data + !!size, size - !!size);
    FUZZ_CHECK(domain_load_all(host()) == 0);
    FUZZ_CHECK(access(file, F_OK) == 0);
    d = host()->domains;
    if (d) {
        FUZZ_CHECK(!d->next && d->name && d->phase <= DOMAIN_SAVING && d->phase != DOMAIN_BUILDING);
        FUZZ_CHECK(d->vifs_up <= d->config.vif_count);
        /* A path in the folder is what xend writes; another's UUID is not. */
        if (strlen(d->uuid_text) == 36 && !strchr(d->uuid_text, '/'))
            check_again(d);
        else
            forget(d);
    }
    unlink(file);
    return 0;
}
