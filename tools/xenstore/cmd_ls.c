/* SPDX-License-Identifier: GPL-2.0-only */
/* ls: a tree with its values, indented or with full paths, with permissions if wanted. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xenstore_lib.h>

#define PATH_ROOM (XENSTORE_ABS_PATH_MAX + 256)

struct listing {
    struct call *call;
    unsigned int width;                 /* cut lines there; 0: never */
    char path[PATH_ROOM];
};

static void print_perms(struct listing *l)
{
    char text[MAX_STRLEN(unsigned int) + 1];
    unsigned int nr;
    struct xs_permissions *perms = xs_get_permissions(l->call->xs, XBT_NULL,
                                                      l->path, &nr);

    if (!perms)
        return;                         /* gone meanwhile */
    fputs("  (", stdout);
    for (unsigned int i = 0; i < nr; i++)
        if (xs_perm_to_string(&perms[i], text, sizeof(text)))
            printf("%s%s", i ? "," : "", text);
    putchar(')');
    free(perms);
}

/* Cuts a value so that a line of that much indentation fits the terminal. */
static unsigned int shown_length(const struct listing *l, unsigned int used,
                                 unsigned int len)
{
    if (!l->width)
        return len;
    used += 5;                          /* ' = ""' */
    if (used + len <= l->width)
        return len;
    return l->width > used + 3 ? l->width - used - 3 : 0;
}

static void print_node(struct listing *l, const char *name, unsigned int depth)
{
    bool full = has_option(l->call, 'f');
    unsigned int len, shown, used;
    char *value = xs_read(l->call->xs, XBT_NULL, l->path, &len);

    used = full ? (unsigned int)strlen(l->path)
                : depth + (unsigned int)strlen(name);
    if (full)
        printf("%s", l->path);
    else
        printf("%*s%s", (int)depth, "", name);
    if (value) {
        shown = shown_length(l, used, len);
        fputs(" = \"", stdout);
        print_value(stdout, value, shown, false);
        fputs(shown < len ? "...\"" : "\"", stdout);
    } else {
        fputs(":", stdout);
    }
    free(value);
    if (has_option(l->call, 'p'))
        print_perms(l);
    putchar('\n');
}

/* Everything below l->path, of which len bytes are used. */
static int print_below(struct listing *l, size_t len, unsigned int depth)
{
    unsigned int nr;
    char **names = xs_directory(l->call->xs, XBT_NULL, l->path, &nr);
    size_t at = len == 1 ? 0 : len;     /* "/" and "name" make "/name" */
    int rc = 0;

    if (!names)
        return errno == ENOENT && depth ? 0
             : fail(l->call, "could not access", l->path);
    for (unsigned int i = 0; i < nr && !rc; i++) {
        size_t all = at + 1 + strlen(names[i]);

        if (all >= sizeof(l->path))
            continue;
        l->path[at] = '/';
        strcpy(l->path + at + 1, names[i]);
        print_node(l, names[i], depth);
        rc = print_below(l, all, depth + 1);
        l->path[len] = '\0';
    }
    free(names);
    return rc;
}

int cmd_ls(struct call *c)
{
    struct listing l = { .call = c };
    struct winsize size;
    int rc = 0;

    if (isatty(STDOUT_FILENO) && !has_option(c, 'w') &&
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        l.width = size.ws_col;
    for (int i = 0; i < (c->nr ? c->nr : 1) && !rc; i++) {
        snprintf(l.path, sizeof(l.path), "%s", c->nr ? c->args[i] : "/");
        rc = print_below(&l, strlen(l.path), 0);
    }
    return rc;
}
