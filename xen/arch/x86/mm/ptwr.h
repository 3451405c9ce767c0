/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest instructions that write memory, for writes to page tables (ptwr_decode.c decodes and computes, ptwr.c carries out). */
#ifndef X86_MM_PTWR_H
#define X86_MM_PTWR_H

#include <xen/types.h>
#include <public/xen.h>

enum ptwr_op {
    PTWR_ADD, PTWR_OR, PTWR_ADC, PTWR_SBB, PTWR_AND, PTWR_SUB, PTWR_XOR,   /* as the ALU encodes them, 0..6 */
    PTWR_MOV, PTWR_XCHG, PTWR_CMPXCHG, PTWR_XADD, PTWR_BTS, PTWR_BTR, PTWR_BTC, PTWR_INC, PTWR_DEC, PTWR_NOT, PTWR_NEG,
};

struct ptwr_insn {
    enum ptwr_op op;
    unsigned int len;        /* bytes of instruction */
    unsigned int size;       /* operand: 1, 2, 4, 8 bytes */
    bool has_reg;            /* source is register @reg, else @imm */
    bool high_byte;          /* … its bits 8..15 */
    unsigned int reg;
    u64 imm;
};

struct ptwr_result {
    u64 value;               /* new contents of the memory operand */
    bool write;              /* false: memory stays as it is */
    u64 flags;               /* new EFLAGS */
    u64 reg_out;             /* new contents of insn->reg, or of RAX for a failed CMPXCHG */
    bool set_reg, set_rax;
};

/* First instruction of @bytes[0..n) in 64-bit code; false: none that we know. */
bool ptwr_decode(const u8 *bytes, unsigned int n, struct ptwr_insn *insn);
/* What it does to a memory operand that holds @old. Pure. */
void ptwr_compute(const struct ptwr_insn *insn, const struct cpu_user_regs *regs, u64 old, struct ptwr_result *r);
/* Writes back registers, flags and RIP. */
void ptwr_commit(const struct ptwr_insn *insn, struct cpu_user_regs *regs, const struct ptwr_result *r);

#endif
