/* SPDX-License-Identifier: GPL-2.0-only */
/* The stream that input.h reads. */
#include "input.h"

const uint8_t *input;
size_t input_left;
