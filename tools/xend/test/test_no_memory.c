/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request and its answer while allocations fail: with the reserve everything that was begun is finished, with the same result,
 * libxml2's part included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../../lib/wire.h"
#include "../config.h"
#include "fail_reserve.h"
#include "show_config.h"

/* A request with a configuration through to its answer: the caller frees what was packed. */
static char *request(const char *text)
{
	struct json *j = json_parse(text, strlen(text), NULL), *answer = json_new(JSON_OBJECT);
	const char *file = json_str(j, "text", "");
	struct config_source source = { .file = "t", .text = file, .len = strlen(file) };
	struct strbuf shown = { 0 }, warnings = { 0 }, packed = { 0 };
	struct config_error err = { 0 };
	struct domain_config c;

	if (domain_config_read(&source, &c, &warnings, &err) < 0) {
		json_add_str(answer, "error", err.text);
	} else {
		show_config(&shown, &c);
		json_add_str(answer, "ok", shown.data);
		json_add_str(answer, "warnings", warnings.data ? warnings.data : "");
		domain_config_free(&c);
	}
	json_write(answer, &packed, 0);
	config_error_free(&err);
	strbuf_free(&shown);
	strbuf_free(&warnings);
	json_free(answer);
	json_free(j);
	return strbuf_take(&packed);
}

static void answers(void *text, char **answer)
{
	*answer = request(text);
}

static void requests(void **state)
{
	static const char *const texts[] = {
		"{\"text\":\"name='a';kernel='/k';memory=64;vcpus=2;cpus=['0','1-3'];usb=1\\ndisk=['/a,,xvda','/b,raw,xvdb,ro']\\nvif=['mac=00:16:3e:00:00:01']\"}",
		"{\"text\":\"name='a';kernel='/k';memroy=64\"}",
		"{\"text\":\"<domain type='xen'><name>a</name><memory unit='MiB'>64</memory><vcpu current='2'>4</vcpu><os><kernel>/k</kernel>"
		"</os><on_reboot>destroy</on_reboot><devices><disk type='file'><source file='/a'/><target dev='xvda'/><readonly/></disk>"
		"<interface type='bridge'><mac address='00:16:3e:00:00:01'/></interface></devices></domain>\"}",
		"{\"text\":\"<domain><nme>a</nme></domain>\"}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		fail_each_allocation(answers, (void *)texts[i], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(requests) };

	return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
