/* SPDX-License-Identifier: GPL-2.0-only */
/* Which bytes before an address are a CALL: each encoding, its neighbours, a target outside of the text, too few bytes. */
#include "host.h"
#include <xen/callsite.h>
#include <xen/lib.h>

#define TEXT  0x10000UL
#define END   0x20000UL
#define AT    0x18000UL

static bool ends(const char *bytes, size_t n)
{
    return callsite_ends_at((const u8 *)bytes, n, AT, TEXT, END);
}
#define ENDS(s) ends(s, sizeof(s) - 1)

static void direct_calls(void **state)
{
    assert_true(ENDS("\xe8\x00\x01\x00\x00"));
    assert_true(ENDS("\x90\x90\xe8\x00\x81\xff\xff"));         /* backwards, to 0x10100 */
    assert_true(ENDS("\xe8\x00\x80\xff\xff"));                 /* the text's first byte */
    assert_false(ENDS("\xe8\xff\x7f\xff\xff"));                /* the byte before it */
    assert_false(ENDS("\xe8\x00\x80\x00\x00"));                /* the byte behind it */
    assert_false(ENDS("\xe9\x00\x01\x00\x00"));                /* JMP */
    assert_false(ENDS("\xe8\x00\x01\x00\x00\x90"));            /* an instruction later */
    assert_false(ENDS("\x00\x01\x00\x00"));                    /* cut off */
}

static void indirect_calls(void **state)
{
    assert_true(ENDS("\xff\xd0"));                             /* call *%rax */
    assert_true(ENDS("\x41\xff\xd3"));                         /* call *%r11 */
    assert_true(ENDS("\xff\x10"));                             /* call *(%rax) */
    assert_true(ENDS("\xff\x50\x18"));                         /* call *0x18(%rax) */
    assert_true(ENDS("\xff\x14\x24"));                         /* call *(%rsp) */
    assert_true(ENDS("\xff\x54\x24\x08"));                     /* call *8(%rsp) */
    assert_true(ENDS("\xff\x15\x00\x10\x00\x00"));             /* call *0x1000(%rip) */
    assert_true(ENDS("\xff\x90\x00\x01\x00\x00"));             /* call *0x100(%rax) */
    assert_true(ENDS("\xff\x94\xc3\x00\x01\x00\x00"));         /* call *0x100(%rbx,%rax,8) */
    assert_true(ENDS("\xff\x14\xc5\x00\x10\x00\x00"));         /* call *0x1000(,%rax,8) */
}

static void others(void **state)
{
    assert_false(ENDS(""));
    assert_false(ENDS("\xd0"));
    assert_false(ENDS("\xff\xe0"));                            /* jmp *%rax */
    assert_false(ENDS("\xff\x20"));                            /* jmp *(%rax) */
    assert_false(ENDS("\xff\xf0"));                            /* push %rax */
    assert_false(ENDS("\xff\x50"));                            /* its displacement is missing */
    assert_false(ENDS("\xff\x15\x00\x10\x00"));                /* so is part of it */
    assert_false(ENDS("\x0f\x0b"));                            /* UD2 */
    assert_false(ENDS("\x5d\xc3"));                            /* pop; ret */
    assert_false(ENDS("\x90\x90\x90\x90\x90\x90\x90"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_calls), cmocka_unit_test(indirect_calls), cmocka_unit_test(others),
    };

    return cmocka_run_group_tests_name("callsite", tests, NULL, NULL);
}
