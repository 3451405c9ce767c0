/* SPDX-License-Identifier: GPL-2.0-only */
/* xm: the table of commands, and what they share on the side of the user. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "xm.h"

#ifndef XM_CONSOLE
#define XM_CONSOLE "/usr/lib/xen/bin/xenconsole"
#endif

const struct xm_command *const xm_commands[] = {
	&cmd_create, &cmd_list, &cmd_console, &cmd_shutdown, &cmd_reboot, &cmd_destroy, &cmd_pause, &cmd_unpause, &cmd_save, &cmd_restore, &cmd_info,
	&cmd_dmesg, &cmd_log, &cmd_domid, &cmd_domname, &cmd_vcpu_list, &cmd_vcpu_set, &cmd_uptime, &cmd_sysrq,
	&cmd_pci_attach, &cmd_pci_detach, &cmd_pci_list, &cmd_pci_assignable_list, &cmd_debug_keys, &cmd_help, NULL,
};

int xm_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	fputs("xm: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return XM_FAILED;
}

void xm_print_usage(const struct xm_command *c, FILE *out)
{
	fprintf(out, "usage: xm %s%s%s\n", c->name, *c->arguments ? " " : "", c->arguments);
}

int xm_usage(const struct xm_command *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "xm: %s: ", c->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	xm_print_usage(c, stderr);
	return XM_USAGE;
}

int xm_option(const struct xm_command *c, int argc, char **argv, const char *letters, const struct option *options)
{
	static const struct option none[] = { { 0 } };
	const struct option *known = options ? options : none;
	int letter;

	for (int i = 1; optind == 1 && i < argc && strcmp(argv[i], "--"); i++) {
		if (strcmp(argv[i], "--help") && strcmp(argv[i], "-h"))
			continue;
		xm_print_usage(c, stdout);
		printf("%s\n%s", c->summary, c->details ? c->details : "");
		exit(XM_DONE);
	}
	opterr = 0;
	letter = getopt_long(argc, argv, letters, known, NULL);
	if (letter == '?')
		exit(xm_usage(c, "%s is not an option of it, or wants a value", argv[optind - 1]));
	return letter;
}

bool xm_number(const char *text, long min, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return !errno && end != text && !*end && *out >= min && *out <= max;
}

int xm_exec_console(uint32_t domid)
{
	char id[16];

	snprintf(id, sizeof(id), "%u", domid);
	fflush(stdout);
	execl(XM_CONSOLE, "xenconsole", id, (char *)NULL);
	return xm_fail("%s: %s; is xenconsoled installed?", XM_CONSOLE, strerror(errno));
}

/* Output that could not be written is a failure of a command that succeeded otherwise. */
static int xm_finish(int status)
{
	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status != XM_DONE)
		return status;
	return xm_fail("standard output: %s", errno ? strerror(errno) : "not all could be written");
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name)
		return xm_finish(cmd_help.run(&cmd_help, 0, NULL));
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	for (size_t i = 0; xm_commands[i]; i++)
		if (!strcmp(xm_commands[i]->name, name))
			return xm_finish(xm_commands[i]->run(xm_commands[i], argc - 1, argv + 1));
	xm_fail("%s is no command; xm help lists them", name);
	return XM_USAGE;
}
