/* SPDX-License-Identifier: GPL-2.0-only */
/* Every way to a writable mapping of a level 4 page table. */
#include "attack.h"
#include "test.h"

void test_main(void)
{
    attack_writable(4);
}
