/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request and its answer while allocations fail: with the reserve everything that was begun is finished, with the same result,
 * libxml2's part included.
 */
#include <malloc.h>
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
#include "show_config.h"

#define RESERVE (1u << 20)
#define PIECE (200u << 10)	/* whatever is freed of this size is of the reserve */

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);
void __wrap_free(void *p);
void __real_free(void *p);

/* Allocations are counted; from number @fail_at on (0: never) they get what was freed of the reserve, or with @once the next ones succeed. */
static unsigned int allocations, fail_at;
static bool once;
static size_t budget;

static bool fails(size_t size)
{
	if (!fail_at || ++allocations < fail_at || (once && allocations > fail_at))
		return false;
	if (once || size > budget)
		return true;
	budget -= size;
	return false;
}

void *__wrap_malloc(size_t size) { return fails(size) ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails(n * size) ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *old, size_t size) { return fails(size) ? NULL : __real_realloc(old, size); }

void __wrap_free(void *p)
{
	if (p && fail_at && malloc_usable_size(p) >= PIECE)
		budget += PIECE;
	__real_free(p);
}

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

static void each_allocation(const char *text, bool only_once)
{
	char *expected, *got;
	unsigned int count;

	once = only_once;
	fail_at = 1u << 30;
	allocations = 0;
	expected = request(text);
	count = allocations;
	assert_true(count > 20);
	for (unsigned int at = 1; at <= count; at++) {
		fail_at = 0;
		assert_true(mem_reserve(RESERVE));
		allocations = budget = 0;
		fail_at = at;
		got = request(text);
		if (!only_once && !mem_is_short())
			fail_msg("allocation %u of %u fails: the reserve is complete", at, count);
		fail_at = 0;
		if (strcmp(got, expected))
			fail_msg("allocation %u of %u fails: %s\n    instead of %s", at, count, got, expected);
		assert_false(mem_is_short());
		free(got);
	}
	free(expected);
	mem_reserve(0);
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
		each_allocation(texts[i], true);
		each_allocation(texts[i], false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(requests) };

	return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
