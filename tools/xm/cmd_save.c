/* SPDX-License-Identifier: GPL-2.0-only */
/* xm save and xm restore: a guest as a file. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "xm.h"

/* xend runs elsewhere: the whole path, also of a file that is not there yet. The caller frees it. */
static char *save_path(const char *file)
{
	char here[PATH_MAX];

	if (*file == '/')
		return mem_strdup(file);
	if (!getcwd(here, sizeof(here)))
		return NULL;
	return mem_printf("%s/%s", here, file);
}

static int save_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = { { "checkpoint", no_argument, NULL, 'c' }, { 0 } };
	struct json *args, *value;
	bool leave = false;
	char *path;

	while (xm_option(self, argc, argv, "c", options) != -1)
		leave = true;
	if (argc - optind != 2)
		return xm_usage(self, "which domain, and into which file?");
	path = save_path(argv[optind + 1]);
	if (!path)
		return xm_fail("%s: %s", argv[optind + 1], strerror(errno));
	args = xm_domain_args(argv[optind]);
	json_add_str(args, "file", path);
	json_add_bool(args, "leave", leave);
	free(path);
	value = xm_call("save", args);
	json_free(value);
	return value ? XM_DONE : XM_FAILED;
}

static int restore_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "paused", no_argument, NULL, 'p' }, { "quiet", no_argument, NULL, 'q' }, { 0 },
	};
	bool paused = false, quiet = false;
	struct json *args, *value;
	char *path;
	int letter;

	while ((letter = xm_option(self, argc, argv, "pq", options)) != -1) {
		paused |= letter == 'p';
		quiet |= letter == 'q';
	}
	if (argc - optind != 1)
		return xm_usage(self, "which file?");
	path = save_path(argv[optind]);
	if (!path)
		return xm_fail("%s: %s", argv[optind], strerror(errno));
	args = json_new(JSON_OBJECT);
	json_add_str(args, "file", path);
	json_add_bool(args, "paused", paused);
	free(path);
	value = xm_call("restore", args);
	if (!value)
		return XM_FAILED;
	if (!quiet)
		printf("%s is domain %u\n", json_str(value, "name", "?"), (unsigned int)json_int(value, "domid", 0));
	json_free(value);
	return XM_DONE;
}

const struct xm_command cmd_save = {
	"save", "[-c] DOMAIN FILE", "Has a guest suspend itself and keeps it in a file.",
	"  -c, --checkpoint  it goes on running afterwards\n",
	save_run,
};

const struct xm_command cmd_restore = {
	"restore", "[-p] [-q] FILE", "Continues a guest from a file that xm save has written.",
	"  -p, --paused     leave it paused (xm unpause lets it go on)\n"
	"  -q, --quiet      say nothing when all went well\n"
	"The file stays. Use it once, or with its disk as it was: the guest goes on where the file left it.\n",
	restore_run,
};
