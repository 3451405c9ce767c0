/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command gets and answers; one row of the table in main.c each. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include <xenstore.h>

struct command;

/* A command under way. */
struct call {
    const struct command *command;
    struct xs_handle *xs;
    xs_transaction_t t;                 /* XBT_NULL where it takes none */
    const char *given[128];             /* by option letter: its argument or "", else NULL */
    int nr;
    char **args;                        /* what followed the options */
};

#define TXN_NEVER  0                    /* each step by itself */
#define TXN_MANY   1                    /* with more than `single` arguments */
#define TXN_ALWAYS 2

struct command {
    const char *name, *usage, *summary;
    const char *getopt;                 /* letters it knows, beside h and s: */
    int min_args, multiple;             /* fewest arguments; they come in groups of */
    int txn;                            /* TXN_* */
    int single;
    /* 0 or the exit status. In a transaction it may be run again, so it prints
     * only where a second time does no harm. */
    int (*run)(struct call *c);
};

extern const struct command commands[];

bool has_option(const struct call *c, char letter);
/* Says what failed with errno's text; returns 1, the exit status for it. */
int fail(const struct call *c, const char *what, const char *path);
/* Prints a value with what is not printable as \ooo, or as it is. */
void print_value(FILE *to, const char *value, unsigned int len, bool raw);

int cmd_read(struct call *c);
int cmd_write(struct call *c);
int cmd_rm(struct call *c);
int cmd_exists(struct call *c);
int cmd_list(struct call *c);
int cmd_ls(struct call *c);
int cmd_chmod(struct call *c);
int cmd_watch(struct call *c);
int cmd_control(struct call *c);

#endif /* COMMAND_H */
