/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of xm share: their table's row, talking to xend, saying what is wrong. */
#ifndef XM_XM_H
#define XM_XM_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/json.h"

enum { XM_DONE = 0, XM_FAILED = 1, XM_USAGE = 2 };	/* exit status */

struct xm_command {
	const char *name;
	const char *arguments;		/* for the usage line */
	const char *summary;
	const char *details;		/* options, one a line, and remarks; may be NULL */
	/* argv[0] is the command's name. Returns the exit status. */
	int (*run)(const struct xm_command *self, int argc, char **argv);
};

extern const struct xm_command cmd_console, cmd_create, cmd_debug_keys, cmd_destroy, cmd_dmesg, cmd_domid, cmd_domname,
	cmd_help, cmd_info, cmd_list, cmd_log, cmd_pause, cmd_pci_assignable_list, cmd_pci_attach,
	cmd_pci_detach, cmd_pci_list, cmd_reboot, cmd_restore, cmd_save, cmd_shutdown, cmd_sysrq, cmd_unpause, cmd_uptime,
	cmd_vcpu_list, cmd_vcpu_set;
extern const struct xm_command *const xm_commands[];	/* NULL at the end */

/* Messages on stderr, one line, with "xm: " in front. Returns XM_FAILED. */
int xm_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void xm_print_usage(const struct xm_command *c, FILE *out);
/* Says what is wrong and the usage line. Returns XM_USAGE. */
int xm_usage(const struct xm_command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The next option, as getopt_long(), -1 at the end. letters and options are the command's own (options may be NULL).
 * -h and --help are dealt with here, unknown ones too: both end the program.
 */
int xm_option(const struct xm_command *c, int argc, char **argv, const char *letters, const struct option *options);

/*
 * Asks xend. args is taken (NULL: none). The value that came back, to be freed by the caller, or NULL after the failure
 * has been said. Warnings go to stderr.
 */
struct json *xm_call(const char *op, struct json *args);
/* For waiting: the answer must come within that many seconds, 0 without limit. */
void xm_call_timeout(unsigned int seconds);
/*
 * Waits until the domain with that number is gone, @seconds at most (0: without limit). 0, -EAGAIN after that time, or another
 * negative errno; nothing is printed unless xend does not run.
 */
int xm_wait(const char *domid, unsigned int seconds);
/* {"domain": domain} */
struct json *xm_domain_args(const char *domain);
/* A command that does one operation to each domain named. */
int xm_each_domain(const struct xm_command *c, int argc, char **argv, const char *op);
/* Asks for one operation on one domain and forgets its answer. False when it failed (said). */
bool xm_do(const char *op, const char *domain);
/* A whole number from min to max; false otherwise. */
bool xm_number(const char *text, long min, long max, long *out);
/* Replaces this program with the console client. Returns only on failure, XM_FAILED. */
int xm_exec_console(uint32_t domid);

#endif
