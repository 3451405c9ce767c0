/* SPDX-License-Identifier: GPL-2.0-only */
/* What xm and xend say to each other: what is read is written so that it reads the same. */
#include "input.h"
#include <string.h>
#include "../../tools/lib/json.h"
#include "../../tools/lib/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    struct json *j = json_parse((const char *)data, size, &why), *again;
    struct strbuf text = { 0 }, second = { 0 };

    if (!j) {
        FUZZ_CHECK(why);
        return 0;
    }
    json_write(j, &text, 0);
    again = json_parse(text.data, text.len, &why);
    FUZZ_CHECK(again);
    json_write(again, &second, 0);
    FUZZ_CHECK(text.len == second.len && !memcmp(text.data, second.data, text.len));
    json_free(j);
    json_free(again);
    strbuf_free(&text);
    strbuf_free(&second);
    return 0;
}
