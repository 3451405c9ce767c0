/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests' instructions that write page tables: decoding reads no byte too many, computing is defined for all operands. */
#include "input.h"
#include <string.h>
#include "../../xen/arch/x86/mm/ptwr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cpu_user_regs regs;
    struct ptwr_insn insn;
    struct ptwr_result r;
    uint8_t code[15];
    size_t n = size < 15 ? size : 15;
    uint64_t old = 0;

    memcpy(code, data, n);
    if (!ptwr_decode(code, (unsigned int)n, &insn))
        return 0;
    FUZZ_CHECK(insn.len && insn.len <= n);
    FUZZ_CHECK(insn.size == 1 || insn.size == 2 || insn.size == 4 || insn.size == 8);
    memset(&regs, 0x5a, sizeof(regs));
    if (size > n)
        memcpy(&regs, data + n, size - n < sizeof(regs) ? size - n : sizeof(regs));
    memcpy(&old, &regs, sizeof(old));
    if (insn.size < 8)
        old &= (1UL << 8 * insn.size) - 1;
    ptwr_compute(&insn, &regs, old, &r);
    FUZZ_CHECK(insn.size == 8 || !r.write || !(r.value >> 8 * insn.size));
    ptwr_commit(&insn, &regs, &r);
    return 0;
}
