/* SPDX-License-Identifier: GPL-2.0-only */
/* The console's ring page, which the guest writes to at any time: no more is taken or put than fits, and nothing beside the page is touched. */
#include "input.h"
#include <string.h>
#include "../../tools/xenconsoled/conring.h"

#define GUARD 64

static struct { char before[GUARD]; struct xencons_interface ring; char after[GUARD]; } page;

static void scribble(void)
{
    uint32_t *index[] = { &page.ring.in_cons, &page.ring.in_prod, &page.ring.out_cons, &page.ring.out_prod };
    uint32_t value = input_below(2) ? input_below(5000) : input_below(1u << 24) << input_below(9);

    *index[input_below(4)] = input_below(8) ? value : 0u - value;
}

static void take(void)
{
    char to[3000];
    size_t want = input_below(sizeof(to) - 1);
    uint32_t before = page.ring.out_prod - page.ring.out_cons;
    int got;

    memset(to, 0x5a, sizeof(to));
    got = conring_take(&page.ring, to, want);
    FUZZ_CHECK(got <= (int)want && to[got > 0 ? got : 0] == 0x5a);
    FUZZ_CHECK((got < 0) == (before > sizeof(page.ring.out)));
    FUZZ_CHECK(page.ring.out_prod - page.ring.out_cons == (got < 0 ? 0 : before - (uint32_t)got));
}

static void put(void)
{
    static const char text[3000];
    size_t room = conring_room(&page.ring), want = input_below(sizeof(text)), got;
    uint32_t before = page.ring.in_prod;

    FUZZ_CHECK(room <= sizeof(page.ring.in));
    got = conring_put(&page.ring, text, want);
    FUZZ_CHECK(got == (want < room ? want : room) && page.ring.in_prod - before == got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    memset(&page, 0x77, sizeof(page));
    page.ring.in_cons = page.ring.in_prod = page.ring.out_cons = page.ring.out_prod = 0;
    while (input_left) {
        switch (input_below(4)) {
        case 0: take(); break;
        case 1: put(); break;
        default: scribble();
        }
    }
    for (unsigned i = 0; i < GUARD; i++)
        FUZZ_CHECK(page.before[i] == 0x77 && page.after[i] == 0x77);
    return 0;
}
