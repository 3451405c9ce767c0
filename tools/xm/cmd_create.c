/* SPDX-License-Identifier: GPL-2.0-only */
/* xm create: sends a configuration file, as it is, and the settings given beside it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "xm.h"

#define CREATE_FOLDER "/etc/xen/"
#define CREATE_FILE_MAX (1u << 20)

/* A bare name that is no file here is looked for in /etc/xen. *name gets what was opened. */
static int create_open(const char *file, char **name)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *other;

	*name = mem_strdup(file);
	if (fd >= 0 || errno != ENOENT || strchr(file, '/'))
		return fd;
	other = mem_printf(CREATE_FOLDER "%s", file);
	fd = open(other, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		free(other);
		errno = ENOENT;
		return fd;
	}
	free(*name);
	*name = other;
	return fd;
}

/* The file's text, NULL after the failure has been said. */
static char *create_read(const char *file, char **name)
{
	struct strbuf b = { 0 };
	int fd = create_open(file, name);
	char chunk[8192];
	ssize_t n = 0;

	if (fd < 0) {
		xm_fail("%s: %s; give the path of a configuration file (xm.cfg(5))", file, strerror(errno));
		return NULL;
	}
	while (b.len <= CREATE_FILE_MAX && (n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(&b, chunk, n);
	if (n < 0)
		xm_fail("%s: %s", file, strerror(errno));
	else if (b.len > CREATE_FILE_MAX)
		xm_fail("%s: larger than 1 MiB; is it a configuration file?", file);
	else if (b.data && memchr(b.data, 0, b.len))
		xm_fail("%s: a zero byte in the text; is it a configuration file?", file);
	close(fd);
	if (n == 0 && b.len <= CREATE_FILE_MAX && !(b.data && memchr(b.data, 0, b.len)))
		return strbuf_take(&b);
	strbuf_free(&b);
	return NULL;
}

/* Relative paths start where xm was started, unless the setting folder says otherwise; xend runs elsewhere. */
static void create_add_folder(struct json *args)
{
	char *here = getcwd(NULL, 0);

	if (here && *here == '/')
		json_add_str(args, "folder", here);
	free(here);
}

static int create_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "console", no_argument, NULL, 'c' }, { "paused", no_argument, NULL, 'p' },
		{ "dryrun", no_argument, NULL, 'n' }, { "quiet", no_argument, NULL, 'q' },
		{ "defconfig", required_argument, NULL, 'f' }, { 0 },
	};
	bool console = false, paused = false, dry_run = false, quiet = false;
	char *file = NULL, *name = NULL, *text;
	struct json *args, *list, *value;
	uint32_t domid;
	int letter;

	while ((letter = xm_option(self, argc, argv, "cpnqf:", options)) != -1) {
		console |= letter == 'c';
		paused |= letter == 'p';
		dry_run |= letter == 'n';
		quiet |= letter == 'q';
		file = letter == 'f' ? optarg : file;
	}
	if (!file && optind < argc)
		file = argv[optind++];
	if (!file)
		return xm_usage(self, "which configuration file?");
	text = create_read(file, &name);
	if (!text) {
		free(name);
		return XM_FAILED;
	}
	args = json_new(JSON_OBJECT);
	json_add_str(args, "file", name);
	json_add_str(args, "text", text);
	json_add_bool(args, "paused", paused);
	json_add_bool(args, "dry_run", dry_run);
	list = json_add_new(args, "overrides", JSON_ARRAY);
	create_add_folder(args);
	for (; optind < argc; optind++)
		json_add_str(list, NULL, argv[optind]);
	free(text);
	free(name);
	value = xm_call("create", args);
	if (!value)
		return XM_FAILED;
	domid = json_int(value, "domid", 0);
	if (!quiet && dry_run)
		printf("%s: the configuration is valid; nothing was created\n", file);
	else if (!quiet)
		printf("%s is domain %u\n", json_str(value, "name", "?"), domid);
	json_free(value);
	return console && !dry_run ? xm_exec_console(domid) : XM_DONE;
}

const struct xm_command cmd_create = {
	"create", "[options] FILE [KEY=VALUE...]", "Makes a guest from a configuration file and starts it.",
	"  -c, --console    connect to its console\n"
	"  -p, --paused     leave it paused (xm unpause starts it)\n"
	"  -n, --dryrun     only check the configuration against this host\n"
	"  -q, --quiet      say nothing when all went well\n"
	"  -f FILE          the file, for those who are used to it\n"
	"FILE may be /dev/null, with everything in settings. A name without / is also looked for in /etc/xen.\n",
	create_run,
};
