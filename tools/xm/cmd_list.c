/* SPDX-License-Identifier: GPL-2.0-only */
/* xm list */
#include "../lib/strbuf.h"
#include "xm.h"

static void list_print_columns(const struct json *domains)
{
	printf("%-40s %5s %5s %5s %10s %9s\n", "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
	for (size_t i = 0; i < domains->count; i++) {
		const struct json *d = domains->items[i];
		long long ms = json_int(d, "cpu_time_ns", 0) / 1000000;

		printf("%-40s %5lld %5lld %5lld %10s %7lld.%lld\n", json_str(d, "name", "?"), (long long)json_int(d, "domid", 0),
		       (long long)(json_int(d, "memory_kib", 0) + 1023) / 1024, (long long)json_int(d, "vcpus", 0),
		       json_str(d, "state", "?"), ms / 1000, ms % 1000 / 100);
	}
}

static int list_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "long", no_argument, NULL, 'l' }, { "json", no_argument, NULL, 'j' }, { 0 },
	};
	struct json *args = json_new(JSON_OBJECT), *names, *domains;
	bool details = false, json = false;
	struct strbuf b = { 0 };
	int letter;

	while ((letter = xm_option(self, argc, argv, "lj", options)) != -1) {
		details |= letter == 'l';
		json = true;
	}
	json_add_bool(args, "details", details);
	names = json_add_new(args, "domains", JSON_ARRAY);
	for (; optind < argc; optind++)
		json_add_str(names, NULL, argv[optind]);
	domains = xm_call("list", args);
	if (!domains)
		return XM_FAILED;
	if (json) {
		json_write(domains, &b, 2);
		puts(b.data);
		strbuf_free(&b);
	} else {
		list_print_columns(domains);
	}
	json_free(domains);
	return XM_DONE;
}

const struct xm_command cmd_list = {
	"list", "[options] [DOMAIN...]", "Shows all domains, or those named.",
	"  -l, --long    with each guest's configuration, as JSON\n"
	"  -j, --json    as JSON\n"
	"State: r running, b blocked, p paused, s ended, c crashed, d dying. Mem is in MiB.\n",
	list_run,
};
