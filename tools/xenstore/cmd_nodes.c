/* SPDX-License-Identifier: GPL-2.0-only */
/* read, write, rm, exists, list: one call of the library for each argument. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cmd_read(struct call *c)
{
    bool raw = has_option(c, 'R');

    for (int i = 0; i < c->nr; i++) {
        unsigned int len;
        char *value = xs_read(c->xs, c->t, c->args[i], &len);

        if (!value)
            return fail(c, "couldn't read path", c->args[i]);
        if (has_option(c, 'p'))
            printf("%s: ", c->args[i]);
        print_value(stdout, value, len, raw);
        if (!raw)
            putchar('\n');
        free(value);
    }
    return 0;
}

/* A value as typed: \\ \n \t and \xHH stand for bytes. Returns its length. */
static unsigned int unescape(char *out, const char *in)
{
    char *start = out;
    unsigned int byte;
    int n;

    while (*in) {
        n = 0;
        if (in[0] == '\\' && in[1] == 'x' &&
            sscanf(in + 2, "%2x%n", &byte, &n) == 1) {
            *out++ = (char)byte;
            in += 2 + n;
        } else if (in[0] == '\\' && in[1] && strchr("\\nt", in[1])) {
            *out++ = in[1] == 'n' ? '\n' : in[1] == 't' ? '\t' : '\\';
            in += 2;
        } else {
            *out++ = *in++;
        }
    }
    return (unsigned int)(out - start);
}

int cmd_write(struct call *c)
{
    for (int i = 0; i < c->nr; i += 2) {
        char *value = malloc(strlen(c->args[i + 1]) + 1);
        unsigned int len;
        bool ok;

        if (!value)
            return fail(c, "couldn't write path", c->args[i]);
        if (has_option(c, 'R')) {
            len = (unsigned int)strlen(c->args[i + 1]);
            memcpy(value, c->args[i + 1], len);
        } else {
            len = unescape(value, c->args[i + 1]);
        }
        ok = xs_write(c->xs, c->t, c->args[i], value, len);
        free(value);
        if (!ok)
            return fail(c, "couldn't write path", c->args[i]);
    }
    return 0;
}

/* Removes the parents that have become empty and have no value. */
static void tidy(struct call *c, const char *path)
{
    char *parent = strdup(path), *slash;

    while (parent && (slash = strrchr(parent, '/')) && slash != parent) {
        unsigned int children, len;
        char **names, *value;

        *slash = '\0';
        names = xs_directory(c->xs, c->t, parent, &children);
        value = xs_read(c->xs, c->t, parent, &len);
        free(names);
        free(value);
        if (!names || !value || children || len ||
            !xs_rm(c->xs, c->t, parent))
            break;
    }
    free(parent);
}

int cmd_rm(struct call *c)
{
    for (int i = 0; i < c->nr; i++) {
        if (!xs_rm(c->xs, c->t, c->args[i]))
            return fail(c, "couldn't remove", c->args[i]);
        if (has_option(c, 't'))
            tidy(c, c->args[i]);
    }
    return 0;
}

int cmd_exists(struct call *c)
{
    for (int i = 0; i < c->nr; i++) {
        char *value = xs_read(c->xs, c->t, c->args[i], NULL);

        if (!value)
            return errno == ENOENT ? 1 : fail(c, "couldn't read", c->args[i]);
        free(value);
    }
    return 0;
}

int cmd_list(struct call *c)
{
    for (int i = 0; i < c->nr; i++) {
        unsigned int nr;
        char **names = xs_directory(c->xs, c->t, c->args[i], &nr);

        if (!names)
            return fail(c, "could not list path", c->args[i]);
        for (unsigned int n = 0; n < nr; n++)
            if (has_option(c, 'p'))
                printf("%s/%s\n", strcmp(c->args[i], "/") ? c->args[i] : "",
                       names[n]);
            else
                printf("%s\n", names[n]);
        free(names);
    }
    return 0;
}
