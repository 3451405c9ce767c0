/* SPDX-License-Identifier: GPL-2.0-only */
/* The xenstore commands' common part: which one, its options, its transaction. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
    { "read", "[-p] [-R] path...", "print values", "pR", 1, 1, TXN_MANY, 1, cmd_read },
    { "write", "[-R] path value ...", "write values, creating nodes", "R", 2, 2, TXN_MANY, 2, cmd_write },
    { "rm", "[-t] path...", "remove nodes and what is below", "t", 1, 1, TXN_MANY, 0, cmd_rm },
    { "exists", "path...", "exit with 0 if all exist, else 1", "", 1, 1, TXN_MANY, 1, cmd_exists },
    { "list", "[-p] path...", "print names of children", "p", 1, 1, TXN_MANY, 1, cmd_list },
    { "ls", "[-f] [-p] [path...]", "print trees", "fpwR", 0, 1, TXN_NEVER, 0, cmd_ls },
    { "chmod", "[-r] [-u] path mode...", "set permissions", "ru", 2, 1, TXN_ALWAYS, 0, cmd_chmod },
    { "watch", "[-n count] [-w seconds] path...", "print changed paths", "n:w:", 1, 1, TXN_NEVER, 0, cmd_watch },
    { "control", "command [argument...]", "send the daemon a command", "", 1, 1, TXN_NEVER, 0, cmd_control },
    { NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL },
};

bool has_option(const struct call *c, char letter)
{
    return c->given[(unsigned char)letter & 127] != NULL;
}

int fail(const struct call *c, const char *what, const char *path)
{
    fprintf(stderr, "xenstore-%s: %s %s: %s\n", c->command->name, what, path,
            strerror(errno));
    return 1;
}

void print_value(FILE *to, const char *value, unsigned int len, bool raw)
{
    if (raw) {
        fwrite(value, 1, len, to);
        return;
    }
    for (unsigned int i = 0; i < len; i++) {
        unsigned char ch = (unsigned char)value[i];

        if (ch == '\\')
            fputs("\\\\", to);
        else if (ch == '\n')
            fputs("\\n", to);
        else if (ch == '\t')
            fputs("\\t", to);
        else if (ch >= ' ' && ch < 0x7f)
            fputc(ch, to);
        else
            fprintf(to, "\\x%02x", ch);
    }
}

static const struct command *find_command(const char *name)
{
    const struct command *c = commands;

    while (c->name && strcmp(c->name, name) != 0)
        c++;
    return c->name ? c : NULL;
}

static void print_usage(FILE *to, const struct command *c)
{
    if (c) {
        fprintf(to, "Usage: xenstore-%s %s\n", c->name, c->usage);
        return;
    }
    fprintf(to, "Usage: xenstore COMMAND ...\n\n");
    for (c = commands; c->name; c++)
        fprintf(to, "  %-8s %-34s %s\n", c->name, c->usage, c->summary);
}

/* Fills given; args and nr shrink to what is left. */
static void parse_options(struct call *c)
{
    char letters[24];
    int letter;

    /* '+': what follows the first argument is no option, it may be a value. */
    snprintf(letters, sizeof(letters), "+hs%s", c->command->getopt);
    while ((letter = getopt(c->nr, c->args, letters)) != -1) {
        if (letter == 'h') {
            print_usage(stdout, c->command);
            exit(0);
        }
        if (letter == '?') {
            print_usage(stderr, c->command);
            exit(2);
        }
        c->given[letter & 127] = optarg ? optarg : "";
    }
    c->args += optind;
    c->nr -= optind;
    if (c->nr < c->command->min_args || c->nr % c->command->multiple) {
        print_usage(stderr, c->command);
        exit(2);
    }
}

static int run_in_transaction(struct call *c)
{
    int rc;

    for (;;) {
        c->t = xs_transaction_start(c->xs);
        if (c->t == XBT_NULL)
            return fail(c, "cannot start", "a transaction");
        rc = c->command->run(c);
        if (xs_transaction_end(c->xs, c->t, rc != 0) || rc)
            return rc;
        if (errno != EAGAIN)
            return fail(c, "cannot end", "the transaction");
    }
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    struct call c = { .nr = argc, .args = argv, .t = XBT_NULL };
    int rc;

    if (strncmp(name, "xenstore-", 9) == 0) {
        name += 9;
    } else {
        name = argc > 1 ? argv[1] : "";
        c.nr--;
        c.args++;
        if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
            print_usage(stdout, NULL);
            return 0;
        }
    }
    c.command = find_command(name);
    if (!c.command) {
        print_usage(stderr, NULL);
        return 2;
    }
    if (c.nr > 1 && strcmp(c.args[1], "--help") == 0) {
        print_usage(stdout, c.command);
        return 0;
    }
    parse_options(&c);
    c.xs = xs_open(0);
    if (!c.xs)
        return fail(&c, "no connection to", "xenstored");
    if (c.command->txn == TXN_ALWAYS ||
        (c.command->txn == TXN_MANY && c.nr > c.command->single))
        rc = run_in_transaction(&c);
    else
        rc = c.command->run(&c);
    if (fflush(stdout) == EOF)
        rc = fail(&c, "cannot write to", "stdout");
    xs_close(c.xs);
    return rc;
}
