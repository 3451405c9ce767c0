/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercall numbers that are none answer -ENOSYS and do nothing; so does every 64-bit value of RAX. */
#include "test.h"

static long raw(unsigned long number)
{
    long result;

    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
    return result;
}

void test_main(void)
{
    static const unsigned gone[] = { 11, 43, 44, 45, 46, 47, 52, 53, 54, 55, 56, 63, 64, 100, 255, 256, 1000, 1u << 31, ~0u };

    for (unsigned i = 0; i < ARRAY_SIZE(gone); i++)
        CHECK(raw(gone[i]) == -XEN_ENOSYS, "hypercall %u: %ld", gone[i], raw(gone[i]));
    EXPECT(raw(__HYPERVISOR_tmem_op), -XEN_ENOSYS);
    EXPECT(raw(__HYPERVISOR_xen_version), 4 << 16 | 17);
}
