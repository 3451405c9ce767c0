/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the JSON reader and writer and of message framing, with damaged input too. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../json.h"
#include "../strbuf.h"
#include "../wire.h"

static const char sample[] = "{\"a\":[1,-2,true,false,null,\"x\\\"\\\\\\n\\u0001\"],\"b\":{\"c\":\"\",\"d\":{}},\"e\":[]}";

static void test_round_trip(void **state)
{
	struct strbuf b = { 0 };
	struct json *j = json_parse(sample, strlen(sample), NULL);

	assert_non_null(j);
	json_write(j, &b, 0);
	assert_string_equal(b.data, sample);
	assert_int_equal(json_count(j, "a"), 6);
	assert_string_equal(json_str(json_get(j, "b"), "c", "no"), "");
	assert_int_equal(json_int(j, "zz", 7), 7);
	strbuf_free(&b);
	json_free(j);
}

static void test_numbers(void **state)
{
	static const char *const good[] = { "9223372036854775807", "-9223372036854775808", "0" };
	static const char *const bad[] = { "9223372036854775808", "-9223372036854775809", "1.5", "1e3", "-", "+1" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct json *j = json_parse(good[i], strlen(good[i]), NULL);
		struct strbuf b = { 0 };

		assert_non_null(j);
		json_write(j, &b, 0);
		assert_string_equal(b.data, good[i]);
		strbuf_free(&b);
		json_free(j);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(json_parse(bad[i], strlen(bad[i]), NULL));
}

static void test_unicode(void **state)
{
	const char text[] = "\"\\u00e4\\u20ac\\ud83d\\ude00\"";
	struct json *j = json_parse(text, strlen(text), NULL);

	assert_non_null(j);
	assert_string_equal(j->str, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	json_free(j);
	assert_null(json_parse("\"\\u0000\"", 8, NULL));
	assert_null(json_parse("\"\\ud83d\"", 8, NULL));
}

static void test_damage(void **state)
{
	char copy[sizeof(sample)], deep[200];

	for (size_t len = 0; len < strlen(sample); len++)
		assert_null(json_parse(sample, len, NULL));
	for (size_t i = 0; i < strlen(sample); i++) {
		for (int c = 0; c < 256; c += 3) {
			memcpy(copy, sample, sizeof(sample));
			copy[i] = c;
			json_free(json_parse(copy, strlen(sample), NULL));
		}
	}
	memset(deep, '[', sizeof(deep));
	assert_null(json_parse(deep, sizeof(deep), NULL));
}

static void test_wire(void **state)
{
	struct strbuf b = { 0 };
	struct json *j = json_new(JSON_OBJECT);

	json_add_str(j, "op", "list");
	wire_pack(j, &b);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(wire_complete(b.data, i), 0);
	assert_int_equal(wire_complete(b.data, b.len), b.len);
	b.data[3] = 0x7f;
	assert_int_equal(wire_complete(b.data, b.len), -EMSGSIZE);
	strbuf_free(&b);
	json_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_numbers), cmocka_unit_test(test_unicode),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_wire),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
