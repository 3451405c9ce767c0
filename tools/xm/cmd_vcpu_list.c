/* SPDX-License-Identifier: GPL-2.0-only */
/* xm vcpu-list and xm vcpu-set */
#include "xm.h"

static void vcpu_print(const struct json *v)
{
	long long ms = json_int(v, "cpu_time_ns", 0) / 1000000;
	char cpu[16] = "-";

	if (json_int(v, "cpu", -1) >= 0)
		snprintf(cpu, sizeof(cpu), "%lld", (long long)json_int(v, "cpu", 0));
	printf("%-32s %5lld %5lld %5s   %5s %7lld.%lld  %s\n", json_str(v, "name", "?"), (long long)json_int(v, "domid", 0),
	       (long long)json_int(v, "vcpu", 0), cpu, json_str(v, "state", "?"), ms / 1000, ms % 1000 / 100, json_str(v, "affinity", ""));
}

static int vcpu_list_run(const struct xm_command *self, int argc, char **argv)
{
	int status = XM_DONE;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	printf("%-32s %5s %5s %5s   %5s %9s  %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)", "Affinity");
	do {
		struct json *list = xm_call("vcpu-list", optind < argc ? xm_domain_args(argv[optind]) : NULL);

		if (!list)
			status = XM_FAILED;
		for (size_t i = 0; list && i < list->count; i++)
			vcpu_print(list->items[i]);
		json_free(list);
	} while (++optind < argc);
	return status;
}

static int vcpu_set_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *args, *value;
	long count;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 2)
		return xm_usage(self, "which domain, and how many?");
	if (!xm_number(argv[optind + 1], 1, 4096, &count))
		return xm_usage(self, "%s is no number of vcpus", argv[optind + 1]);
	args = xm_domain_args(argv[optind]);
	json_add_int(args, "count", count);
	value = xm_call("vcpu-set", args);
	json_free(value);
	return value ? XM_DONE : XM_FAILED;
}

const struct xm_command cmd_vcpu_list = {
	"vcpu-list", "[DOMAIN...]", "Shows domains' virtual CPUs.",
	"State: r running, b blocked, p not online. CPU: where it ran last.\n", vcpu_list_run,
};

const struct xm_command cmd_vcpu_set = {
	"vcpu-set", "DOMAIN COUNT", "Asks a guest to use so many of its virtual CPUs.", NULL, vcpu_set_run,
};
