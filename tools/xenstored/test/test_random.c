/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random requests against a simple model, and random bytes against the
 * sanitizers. The model is a list of paths and values; a transaction copies
 * it whole. $SEED and $STEPS choose another run.
 */
#include "harness.h"

#include <stdio.h>

#define MAX_NODES 512
#define NR_TX     4

struct model {
    unsigned int nr;
    struct { char path[24], value[8]; } nodes[MAX_NODES];  /* any order */
};

struct step { uint32_t type; char path[24], value[8]; int answer; };

struct open_tx {
    uint32_t id;                        /* 0: not open */
    struct model view;
    struct step steps[64];
    unsigned int nr;
    unsigned long since;                /* changes outside at its start */
};

/* Which client asks, and whether its transactions keep what they saw, however much others change. */
struct client { unsigned int domid; bool keeps; };

static unsigned long state_word;

static unsigned int roll(unsigned int n)
{
    state_word = state_word * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned int)(state_word >> 33) % n;
}

static unsigned long from_env(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : otherwise;
}

/* ---- the model --------------------------------------------------------------------- */

static int model_find(const struct model *m, const char *path)
{
    for (unsigned int i = 0; i < m->nr; i++)
        if (strcmp(m->nodes[i].path, path) == 0)
            return (int)i;
    return -1;
}

static void model_make(struct model *m, const char *path)
{
    char part[24];

    for (const char *p = path + 1; ; p++) {
        if (*p && *p != '/')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
        if (model_find(m, part) < 0) {
            assert_true(m->nr < MAX_NODES);
            strcpy(m->nodes[m->nr].path, part);
            m->nodes[m->nr++].value[0] = '\0';
        }
        if (!*p)
            return;
    }
}

static bool is_below(const char *path, const char *above)
{
    size_t len = strlen(above);

    return strncmp(path, above, len) == 0 && (!path[len] || path[len] == '/');
}

static int model_remove(struct model *m, const char *path)
{
    char parent[24];

    snprintf(parent, sizeof(parent), "%.*s",
             (int)(strrchr(path, '/') - path), path);
    if (model_find(m, path) < 0)
        return !*parent || model_find(m, parent) >= 0 ? 0 : -ENOENT;
    for (unsigned int i = 0; i < m->nr; )
        if (is_below(m->nodes[i].path, path))
            m->nodes[i] = m->nodes[--m->nr];
        else
            i++;
    return 0;
}

/* Does the step; what the store should answer. */
static int model_step(struct model *m, const struct step *s)
{
    switch (s->type) {
    case XS_WRITE:
        model_make(m, s->path);
        strcpy(m->nodes[model_find(m, s->path)].value, s->value);
        return 0;
    case XS_MKDIR:
        model_make(m, s->path);
        return 0;
    case XS_RM:
        return model_remove(m, s->path);
    default:
        return model_find(m, s->path) < 0 ? -ENOENT : 0;
    }
}

/* ---- comparing ------------------------------------------------------------------------ */

static unsigned int compare_below(struct model *m, const struct node *n,
                                  const char *path)
{
    unsigned int found = 0;

    for (unsigned int i = 0; i < n->nr_children; i++) {
        const struct node *c = n->children[i];
        char full[64];
        int at;

        snprintf(full, sizeof(full), "%s/%s", path, c->name);
        at = model_find(m, full);
        if (at < 0)
            fail_msg("%s should not be there", full);
        assert_int_equal(c->len, strlen(m->nodes[at].value));
        if (c->len)
            assert_memory_equal(c->value, m->nodes[at].value, c->len);
        if (i)
            assert_true(strcmp(n->children[i - 1]->name, c->name) < 0);
        found += 1 + compare_below(m, c, full);
    }
    return found;
}

static void compare(struct world *w, struct model *m)
{
    assert_int_equal(compare_below(m, w->store->root, ""), m->nr);
    check_accounts(w);
}

/* ---- random steps --------------------------------------------------------------------------- */

static struct step random_step(void)
{
    static const uint32_t types[] = {
        XS_WRITE, XS_WRITE, XS_WRITE, XS_MKDIR, XS_RM, XS_READ, XS_READ,
        XS_DIRECTORY,
    };
    struct step s = { .type = types[roll(8)] };
    unsigned int depth = 1 + roll(4);

    for (unsigned int i = 0; i < depth; i++)
        sprintf(s.path + strlen(s.path), "/%c", 'a' + (int)roll(4));
    snprintf(s.value, sizeof(s.value), "%u", roll(1000));
    return s;
}

static int do_step(struct world *w, const struct client *who, uint32_t tx, const struct step *s)
{
    if (s->type == XS_WRITE)
        return s_write(w, who->domid, tx, s->path, s->value);
    return s_path(w, who->domid, s->type, tx, s->path);
}

/* In the transaction, and on its view where that is known. */
static void do_step_in(struct world *w, const struct client *who, struct open_tx *t, struct step *s)
{
    s->answer = do_step(w, who, t->id, s);
    assert_int_not_equal(s->answer, -EAGAIN);   /* of the end only */
    if (who->keeps)
        assert_int_equal(s->answer, model_step(&t->view, s));
    t->steps[t->nr++] = *s;
}

/* A commit is as if all of it had been done now: each step answers what it did answer. */
static void end_tx(struct world *w, const struct client *who, struct model *m, struct open_tx *t,
                   unsigned long changes, unsigned int counts[2])
{
    bool commit = roll(4) != 0;
    int rc = s_end(w, who->domid, t->id, commit);

    t->id = 0;
    if (!commit) {
        assert_int_equal(rc, 0);
        return;
    }
    if (rc) {
        assert_int_equal(rc, -EAGAIN);
        assert_true(changes != t->since);   /* not without a reason */
        counts[1]++;
        return;
    }
    counts[0]++;
    for (unsigned int i = 0; i < t->nr; i++)
        assert_int_equal(model_step(m, &t->steps[i]), t->steps[i].answer);
}

/* It begins with a change, so that its end has something to do. */
static void start_tx(struct world *w, const struct client *who, const struct model *m, struct open_tx *t,
                     unsigned long changes)
{
    struct step first = { .type = XS_WRITE, .value = "x" };

    *t = (struct open_tx){ .id = s_start(w, who->domid), .view = *m, .since = changes };
    snprintf(first.path, sizeof(first.path), "/tx-%u", t->id % NR_TX);
    do_step_in(w, who, t, &first);
}

static void run_model(const struct client *who)
{
    unsigned long seed = from_env("SEED", 1), changes = 0;
    unsigned long steps = from_env("STEPS", 30000);
    static struct open_tx tx[NR_TX];
    static struct model m;
    unsigned int counts[2] = { 0 };
    struct world *w = world_new(2);

    w->store->quota.nodes = MAX_NODES;
    w->store->quota.snapshot_bytes = 2000;
    s_chmod(w, 0, 0, "/", "b0");
    state_word = seed;
    memset(tx, 0, sizeof(tx));
    m = (struct model){ .nr = 2, .nodes = { { "/tool", "" },
                                            { "/tool/xenstored", "" } } };
    for (unsigned long i = 0; i < steps; i++) {
        struct open_tx *t = &tx[roll(NR_TX)];
        struct step s = random_step();
        unsigned int what = roll(10);

        if (what < 2) {
            if (!t->id) {
                start_tx(w, who, &m, t, changes);
            } else {
                end_tx(w, who, &m, t, changes, counts);
                changes++;
            }
        } else if (what < 8 && t->id && t->nr < 64) {
            do_step_in(w, who, t, &s);
        } else {
            assert_int_equal(do_step(w, who, 0, &s), model_step(&m, &s));
            changes += s.type != XS_READ && s.type != XS_DIRECTORY;
        }
        if (i % 16 == 0)
            compare(w, &m);
    }
    compare(w, &m);
    print_message("%u commits, %u conflicts\n", counts[0], counts[1]);
    assert_true(counts[0] > 10 && counts[1] > 10);
    world_free(w);
}

static void against_model(void **unused)
{
    run_model(&(struct client){ .domid = 0, .keeps = true });
}

/* Snapshots are taken away all the time. */
static void without_snapshots(void **unused)
{
    run_model(&(struct client){ .domid = 1, .keeps = false });
}

/* ---- random bytes -------------------------------------------------------------------------------- */

/* Something that often looks like a request. */
static size_t random_body(char *body)
{
    static const char *const words[] = {
        "/local/domain/1/data", "data", "/", "", "@releaseDomain", "n1", "r0",
        "b2", "T", "F", "1", "4294967295", "/tool", "data/a", "data/a/b", "x",
        "quota", "check", "//", "data/", "w1", "99999999999999999999",
    };
    size_t len = 0, n;

    for (unsigned int i = roll(5); i; i--) {
        const char *word = words[roll(22)];

        n = strlen(word) + (roll(8) != 0);
        memcpy(body + len, word, n);
        len += n;
    }
    if (roll(20) == 0)
        for (n = roll(4000); n; n--)
            body[len++] = (char)roll(256);
    return len;
}

static void drain(struct conn *c)
{
    const void *bytes;
    size_t len;

    while ((len = conn_output(c, &bytes)))
        conn_output_done(c, 1 + roll((unsigned int)len));
}

static void random_requests(void **unused)
{
    unsigned long steps = from_env("STEPS", 30000);
    struct world *w = world_new(4);
    static char body[8192];

    state_word = from_env("SEED", 1) * 77;
    s_path(w, 0, XS_MKDIR, 0, "/local/domain/1/data");
    s_chmod(w, 0, 0, "/local/domain/1", "r1");
    for (unsigned long i = 0; i < steps; i++) {
        struct conn *c = w->conns[roll(4)];
        struct xsd_sockmsg hdr = { roll(24), (uint32_t)i,
                                   roll(3) ? 0 : roll(200), 0 };
        size_t len = random_body(body);
        void *where;

        hdr.len = (uint32_t)len;
        c->hdr = hdr;
        c->in_have = sizeof(hdr);
        assert_true(conn_input_room(c, &where) == len);
        memcpy(where, body, len);
        if (conn_input_add(c, len) == 1)
            proto_handle(c);
        if (roll(3) == 0)
            drain(c);
        if (roll(500) == 0) {
            unsigned int domid = 1 + roll(3);

            conn_free(w->conns[domid]);
            store_forget_domain(w->store, domid, false);
            w->conns[domid] = conn_new(w->store, domid, false);
        }
        if (i % 64 == 0)
            check_accounts(w);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_model), cmocka_unit_test(without_snapshots),
        cmocka_unit_test(random_requests),
    };

    return cmocka_run_group_tests_name("xenstored random", tests, NULL, NULL);
}
