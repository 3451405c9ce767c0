/* SPDX-License-Identifier: GPL-2.0-only */
/* For targets: the fuzzer's bytes taken as a stream of small numbers, zeros when they are used up. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t *input;
extern size_t input_left;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline unsigned int input_byte(void)
{
    if (!input_left)
        return 0;
    input_left--;
    return *input++;
}

/* Below n; the low byte first, so that one byte does where n is small. */
static inline unsigned int input_below(unsigned int n)
{
    unsigned int x = input_byte();

    if (n > 256)
        x |= input_byte() << 8 | input_byte() << 16;
    return x % n;
}

#define FUZZ_CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

#endif
