/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls on nodes, transactions and domains, each one message to the daemon. */
#include "xs_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- replies that are lists of strings ------------------------------------------- */

static unsigned int count_strings(const char *s, size_t len)
{
    unsigned int n = 0;

    for (size_t i = 0; i < len; i++)
        n += s[i] == '\0';
    return n;
}

/* An array of pointers and the strings they point at, in one block. */
static char **strings_to_array(const char *text, size_t len, unsigned int *num)
{
    unsigned int n = count_strings(text, len);
    char **out = malloc(n * sizeof(*out) + len + 1);
    char *p;

    if (!out)
        return NULL;
    p = memcpy(out + n, text, len);
    for (unsigned int i = 0; i < n; i++) {
        out[i] = p;
        p += strlen(p) + 1;
    }
    *num = n;
    return out;
}

/*
 * A list too long for one message comes in parts, each "generation\0name\0...".
 * The last part ends with an empty name. When the generation changes between
 * two parts the list was changed: EAGAIN, and *text is to be collected anew.
 */
static int collect_parts(struct xs_handle *h, xs_transaction_t t,
                         const char *path, char **text, size_t *len)
{
    char gen[24] = "", offset[24];
    bool last = false;

    for (*len = 0; !last; ) {
        struct iovec pieces[2] = { xs_piece_string(path) };
        struct xs_message *m;
        size_t gen_len, part;
        char *grown;

        snprintf(offset, sizeof(offset), "%zu", *len);
        pieces[1] = xs_piece_string(offset);
        m = xs_exchange(h, XS_DIRECTORY_PART, t, pieces, 2);
        if (!m)
            return errno;
        gen_len = strlen(m->body) + 1;
        if (gen_len > sizeof(gen) || gen_len >= m->hdr.len) {
            free(m);
            return EIO;
        }
        if (*len && strcmp(gen, m->body) != 0) {
            free(m);
            return EAGAIN;
        }
        memcpy(gen, m->body, gen_len);
        part = m->hdr.len - gen_len;
        last = m->body[m->hdr.len - 1] == '\0' &&
               m->body[m->hdr.len - 2] == '\0';
        part -= last;
        grown = realloc(*text, *len + part + 1);
        if (grown) {
            *text = grown;
            memcpy(*text + *len, m->body + gen_len, part);
            *len += part;
        }
        free(m);
        if (!grown)
            return ENOMEM;
    }
    return 0;
}

static char **directory_in_parts(struct xs_handle *h, xs_transaction_t t,
                                 const char *path, unsigned int *num)
{
    char *text = NULL, **out = NULL;
    size_t len;
    int rc;

    do {
        rc = collect_parts(h, t, path, &text, &len);
    } while (rc == EAGAIN);
    if (rc)
        errno = rc;
    else
        out = strings_to_array(text, len, num);
    free(text);
    return out;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned int *num)
{
    struct iovec piece = xs_piece_string(path);
    struct xs_message *m = xs_exchange(h, XS_DIRECTORY, t, &piece, 1);
    char **out;

    if (!m)
        return errno == E2BIG ? directory_in_parts(h, t, path, num) : NULL;
    out = strings_to_array(m->body, m->hdr.len, num);
    free(m);
    return out;
}

/* ---- nodes -------------------------------------------------------------------------- */

void *xs_take_body(struct xs_message *m, unsigned int *len)
{
    uint32_t n;

    if (!m)
        return NULL;
    n = m->hdr.len;
    if (len)
        *len = n;
    /* Moving the text to the front saves a copy to a second block. */
    return memmove(m, m->body, (size_t)n + 1);
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    struct iovec piece = xs_piece_string(path);

    return xs_take_body(xs_exchange(h, XS_READ, t, &piece, 1), len);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
              const void *data, unsigned int len)
{
    struct iovec pieces[] = { xs_piece_string(path), { (void *)data, len } };

    return xs_exchange_ok(h, XS_WRITE, t, pieces, 2);
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    struct iovec piece = xs_piece_string(path);

    return xs_exchange_ok(h, XS_MKDIR, t, &piece, 1);
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    struct iovec piece = xs_piece_string(path);

    return xs_exchange_ok(h, XS_RM, t, &piece, 1);
}

struct xs_permissions *xs_get_permissions(struct xs_handle *h,
                                          xs_transaction_t t, const char *path,
                                          unsigned int *num)
{
    struct iovec piece = xs_piece_string(path);
    struct xs_message *m = xs_exchange(h, XS_GET_PERMS, t, &piece, 1);
    struct xs_permissions *perms;

    if (!m)
        return NULL;
    *num = count_strings(m->body, m->hdr.len);
    perms = malloc((*num ? *num : 1) * sizeof(*perms));
    if (perms && !xs_strings_to_perms(perms, *num, m->body)) {
        free(perms);
        perms = NULL;
    }
    free(m);
    return perms;
}

bool xs_perms_to_text(const struct xs_permissions *perms, unsigned int nr,
                      char *text, size_t room, size_t *len)
{
    *len = 0;
    for (unsigned int i = 0; i < nr; i++) {
        if (!xs_perm_to_string(&perms[i], text + *len, room - *len))
            return false;
        *len += strlen(text + *len) + 1;
    }
    return true;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
                        const char *path, struct xs_permissions *perms,
                        unsigned int num_perms)
{
    char text[XENSTORE_PAYLOAD_MAX];
    struct iovec pieces[] = { xs_piece_string(path), { text, 0 } };

    if (!xs_perms_to_text(perms, num_perms, text, sizeof(text),
                          &pieces[1].iov_len))
        return false;
    return xs_exchange_ok(h, XS_SET_PERMS, t, pieces, 2);
}

/* ---- transactions ---------------------------------------------------------------------- */

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    struct iovec piece = xs_piece_string("");
    struct xs_message *m = xs_exchange(h, XS_TRANSACTION_START, XBT_NULL,
                                       &piece, 1);
    xs_transaction_t t;

    if (!m)
        return XBT_NULL;
    t = (xs_transaction_t)strtoul(m->body, NULL, 10);
    free(m);
    return t;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    struct iovec piece = xs_piece_string(abort ? "F" : "T");

    return xs_exchange_ok(h, XS_TRANSACTION_END, t, &piece, 1);
}

/* ---- domains ------------------------------------------------------------------------------ */

/* A request whose arguments are numbers; up to 3 of them. */
static struct xs_message *exchange_numbers(struct xs_handle *h,
                                           enum xsd_sockmsg_type type,
                                           unsigned int nr,
                                           const unsigned long *numbers)
{
    char text[3][24];
    struct iovec pieces[3];

    for (unsigned int i = 0; i < nr; i++) {
        snprintf(text[i], sizeof(text[i]), "%lu", numbers[i]);
        pieces[i] = xs_piece_string(text[i]);
    }
    return xs_exchange(h, type, XBT_NULL, pieces, nr);
}

static bool numbers_ok(struct xs_handle *h, enum xsd_sockmsg_type type,
                       unsigned int nr, const unsigned long *numbers)
{
    struct xs_message *m = exchange_numbers(h, type, nr, numbers);

    free(m);
    return m != NULL;
}

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid,
                         unsigned long mfn, unsigned int eventchn)
{
    return numbers_ok(h, XS_INTRODUCE, 3,
                      (unsigned long[]){ domid, mfn, eventchn });
}

bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target)
{
    return numbers_ok(h, XS_SET_TARGET, 2, (unsigned long[]){ domid, target });
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
    return numbers_ok(h, XS_RESUME, 1, (unsigned long[]){ domid });
}

bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
    return numbers_ok(h, XS_RELEASE, 1, (unsigned long[]){ domid });
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
    return xs_take_body(exchange_numbers(h, XS_GET_DOMAIN_PATH, 1,
                                      (unsigned long[]){ domid }), NULL);
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
    struct xs_message *m = exchange_numbers(h, XS_IS_DOMAIN_INTRODUCED, 1,
                                            (unsigned long[]){ domid });
    bool yes;

    if (!m)
        return false;
    yes = m->body[0] == 'T';
    free(m);
    errno = 0;
    return yes;
}

/* ---- others ------------------------------------------------------------------------------- */

char *xs_control_command(struct xs_handle *h, const char *cmd, void *data,
                         unsigned int len)
{
    struct iovec pieces[] = { xs_piece_string(cmd), { data, len } };

    return xs_take_body(xs_exchange(h, XS_CONTROL, XBT_NULL, pieces, 2), NULL);
}

char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data,
                       unsigned int len)
{
    return xs_control_command(h, cmd, data, len);
}

bool xs_restrict(struct xs_handle *h, unsigned domid)
{
    errno = ENOSYS;
    return false;
}

int xs_suspend_evtchn_port(int domid)
{
    char path[64], *value, *end;
    struct xs_handle *h = xs_open(0);
    unsigned long port = 0;
    bool ok;

    if (!h)
        return -1;
    snprintf(path, sizeof(path), "/local/domain/%d/device/suspend/event-channel",
             domid);
    value = xs_read(h, XBT_NULL, path, NULL);
    /* libxl makes the node for every guest; it is empty until a guest announces a port. */
    ok = value && *value >= '0' && *value <= '9';
    if (ok) {
        port = strtoul(value, &end, 10);
        ok = !*end && port <= INT_MAX;
    }
    free(value);
    xs_close(h);
    return ok ? (int)port : -1;
}
