/* SPDX-License-Identifier: GPL-2.0-only */
/* Decodes instructions that write memory and computes their results; no guest memory is touched here. AMD64 vol. 3. */
#include <xen/lib.h>
#include "ptwr.h"

#define F_CF  (1UL << 0)
#define F_PF  (1UL << 2)
#define F_AF  (1UL << 4)
#define F_ZF  (1UL << 6)
#define F_SF  (1UL << 7)
#define F_RF  (1UL << 16)
#define F_OF  (1UL << 11)
#define F_ALU (F_CF | F_PF | F_AF | F_ZF | F_SF | F_OF)

struct cursor {
    const u8 *p;
    unsigned int n, at;
    bool opsize16, rex_seen;
    u8 rex, modrm;
};

static bool fetch(struct cursor *c, u8 *b)
{
    if (c->at >= c->n)
        return false;
    *b = c->p[c->at++];
    return true;
}

/* Immediate of @size bytes, sign-extended; that of an 8-byte operand has 4. */
static bool fetch_imm(struct cursor *c, unsigned int size, u64 *imm)
{
    unsigned int bytes = min(size, 4U);
    u64 v = 0;

    if (c->at + bytes > c->n)
        return false;
    for (unsigned int i = 0; i < bytes; i++)
        v |= (u64)c->p[c->at++] << (8 * i);
    *imm = (u64)((s64)(v << (64 - 8 * bytes)) >> (64 - 8 * bytes));
    return true;
}

/* ModRM with SIB and displacement; the address itself is the fault's. */
static bool fetch_modrm(struct cursor *c)
{
    unsigned int mod, rm, disp = 0;
    u8 sib;

    if (!fetch(c, &c->modrm))
        return false;
    mod = c->modrm >> 6;
    rm = c->modrm & 7;
    if (mod == 3)
        return false;
    if (rm == 4) {
        if (!fetch(c, &sib))
            return false;
        if (mod == 0 && (sib & 7) == 5)
            disp = 4;
    } else if (mod == 0 && rm == 5) {
        disp = 4;
    }
    if (mod)
        disp = mod == 1 ? 1 : 4;
    c->at += disp;
    return c->at <= c->n;
}

static bool skip_prefixes(struct cursor *c, u8 *opcode)
{
    while (fetch(c, opcode)) {
        switch (*opcode) {
        case 0x66:
            c->opsize16 = true;
            continue;
        case 0xf0: case 0x2e: case 0x36: case 0x3e: case 0x26: case 0x64: case 0x65:
            continue;
        case 0x40 ... 0x4f:
            c->rex = *opcode;
            c->rex_seen = true;
            return fetch(c, opcode);
        default:
            return true;
        }
    }
    return false;
}

static unsigned int reg_field(const struct cursor *c)
{
    return (c->modrm >> 3 & 7) | (c->rex & 4) << 1;
}

/* Operand width: opcodes with bit 0 clear are the byte forms. */
static void set_size(const struct cursor *c, struct ptwr_insn *i, bool byte)
{
    i->size = byte ? 1 : c->rex & 8 ? 8 : c->opsize16 ? 2 : 4;
}

static void use_reg(const struct cursor *c, struct ptwr_insn *i)
{
    i->has_reg = true;
    i->reg = reg_field(c);
    if (i->size == 1 && !c->rex_seen && i->reg >= 4) {
        i->high_byte = true;
        i->reg -= 4;
    }
}

static bool decode_reg_form(struct cursor *c, struct ptwr_insn *i, enum ptwr_op op, bool byte)
{
    if (!fetch_modrm(c))
        return false;
    i->op = op;
    set_size(c, i, byte);
    use_reg(c, i);
    return true;
}

/* Opcodes whose ModRM.reg says which operation: 80, 81, 83, C6, C7, F6, F7, FE, FF and 0F BA. */
static bool decode_group(struct cursor *c, struct ptwr_insn *i, u8 opcode, bool two_byte)
{
    unsigned int sub;

    if (!fetch_modrm(c))
        return false;
    sub = c->modrm >> 3 & 7;
    set_size(c, i, !(opcode & 1) && !two_byte);
    if (two_byte) {
        i->op = PTWR_BTS + (sub - 5);
        return sub >= 5 && fetch_imm(c, 1, &i->imm);
    }
    switch (opcode) {
    case 0x80: case 0x81: case 0x83:
        i->op = (enum ptwr_op)sub;
        return sub != 7 && fetch_imm(c, opcode == 0x83 ? 1 : i->size, &i->imm);
    case 0xc6: case 0xc7:
        i->op = PTWR_MOV;
        return sub == 0 && fetch_imm(c, i->size, &i->imm);
    case 0xf6: case 0xf7:
        i->op = sub == 2 ? PTWR_NOT : PTWR_NEG;
        return sub == 2 || sub == 3;
    default:
        i->op = sub == 0 ? PTWR_INC : PTWR_DEC;
        return sub <= 1;
    }
}

static bool decode_two_byte(struct cursor *c, struct ptwr_insn *i)
{
    u8 b;

    if (!fetch(c, &b))
        return false;
    switch (b) {
    case 0xab: return decode_reg_form(c, i, PTWR_BTS, false);
    case 0xb3: return decode_reg_form(c, i, PTWR_BTR, false);
    case 0xbb: return decode_reg_form(c, i, PTWR_BTC, false);
    case 0xb0: case 0xb1: return decode_reg_form(c, i, PTWR_CMPXCHG, b == 0xb0);
    case 0xc0: case 0xc1: return decode_reg_form(c, i, PTWR_XADD, b == 0xc0);
    case 0xc3: return decode_reg_form(c, i, PTWR_MOV, false);
    case 0xba: return decode_group(c, i, b, true);
    default: return false;
    }
}

static bool decode_one_byte(struct cursor *c, struct ptwr_insn *i, u8 b)
{
    if (b < 0x38 && (b & 7) <= 1)
        return decode_reg_form(c, i, (enum ptwr_op)(b >> 3), !(b & 1));
    switch (b) {
    case 0x86: case 0x87: return decode_reg_form(c, i, PTWR_XCHG, b == 0x86);
    case 0x88: case 0x89: return decode_reg_form(c, i, PTWR_MOV, b == 0x88);
    case 0x80: case 0x81: case 0x83: case 0xc6: case 0xc7: case 0xf6: case 0xf7: case 0xfe: case 0xff:
        return decode_group(c, i, b, false);
    default: return false;
    }
}

bool ptwr_decode(const u8 *bytes, unsigned int n, struct ptwr_insn *insn)
{
    struct cursor c = { .p = bytes, .n = n };
    u8 b;

    *insn = (struct ptwr_insn){ .op = PTWR_MOV };
    if (!skip_prefixes(&c, &b))
        return false;
    if (!(b == 0x0f ? decode_two_byte(&c, insn) : decode_one_byte(&c, insn, b)))
        return false;
    insn->len = c.at;
    return true;
}

/* Register by its number in instructions. */
static u64 *reg_ptr(struct cpu_user_regs *r, unsigned int n)
{
#define AT(name) offsetof(struct cpu_user_regs, name)
    static const u8 at[16] = {
        AT(rax), AT(rcx), AT(rdx), AT(rbx), AT(rsp), AT(rbp), AT(rsi), AT(rdi),
        AT(r8), AT(r9), AT(r10), AT(r11), AT(r12), AT(r13), AT(r14), AT(r15),
    };
#undef AT

    return (u64 *)((char *)r + at[n]);
}

static u64 mask_of(unsigned int size)
{
    return size == 8 ? ~0UL : (1UL << (8 * size)) - 1;
}

static u64 result_flags(u64 v, unsigned int size)
{
    u64 f = 0;

    if (!v)
        f |= F_ZF;
    if (v >> (8 * size - 1) & 1)
        f |= F_SF;
    if (!(__builtin_popcount((unsigned int)v & 0xff) & 1))
        f |= F_PF;
    return f;
}

/* @a + @b + @carry or @a - @b - @carry, with the flags. Operands are masked. */
static u64 add_sub(u64 a, u64 b, unsigned int carry, bool sub, unsigned int size, u64 *flags)
{
    u64 mask = mask_of(size), sign = 1UL << (8 * size - 1);
    u64 v = (sub ? a - b - carry : a + b + carry) & mask;
    bool cf = sub ? a < b || (carry && a == b) : v < a || (carry && v == a);
    bool of = (sub ? (a ^ b) & (a ^ v) : (a ^ v) & (b ^ v)) & sign;

    *flags = result_flags(v, size) | (cf ? F_CF : 0) | (of ? F_OF : 0) | ((a ^ b ^ v) & F_AF);
    return v;
}

static u64 bit_op(enum ptwr_op op, u64 old, u64 index, u64 *flags)
{
    u64 bit = 1UL << index;

    *flags = (*flags & ~F_CF) | (old & bit ? F_CF : 0);
    return op == PTWR_BTS ? old | bit : op == PTWR_BTR ? old & ~bit : old ^ bit;
}

static void alu(const struct ptwr_insn *i, u64 old, u64 src, struct ptwr_result *r)
{
    unsigned int carry = r->flags & F_CF;
    u64 f = 0, keep = r->flags & ~F_ALU, v;

    switch (i->op) {
    case PTWR_OR:  v = old | src; f = result_flags(v, i->size); break;
    case PTWR_AND: v = old & src; f = result_flags(v, i->size); break;
    case PTWR_XOR: v = old ^ src; f = result_flags(v, i->size); break;
    case PTWR_ADC: v = add_sub(old, src, carry, false, i->size, &f); break;
    case PTWR_SBB: v = add_sub(old, src, carry, true, i->size, &f); break;
    case PTWR_SUB: v = add_sub(old, src, 0, true, i->size, &f); break;
    case PTWR_NEG: v = add_sub(0, old, 0, true, i->size, &f); break;
    case PTWR_INC: v = add_sub(old, 1, 0, false, i->size, &f); f = (f & ~F_CF) | carry; break;
    case PTWR_DEC: v = add_sub(old, 1, 0, true, i->size, &f); f = (f & ~F_CF) | carry; break;
    default:       v = add_sub(old, src, 0, false, i->size, &f); break;    /* ADD, XADD */
    }
    r->value = v;
    r->flags = keep | f;
}

void ptwr_compute(const struct ptwr_insn *i, const struct cpu_user_regs *regs, u64 old, struct ptwr_result *r)
{
    u64 mask = mask_of(i->size), src = i->imm, acc = regs->rax & mask;

    if (i->has_reg)
        src = *reg_ptr((struct cpu_user_regs *)regs, i->reg) >> (i->high_byte ? 8 : 0);
    src &= mask;
    *r = (struct ptwr_result){ .value = src, .write = true, .flags = regs->rflags };
    switch (i->op) {
    case PTWR_MOV:
        break;
    case PTWR_XCHG:
        r->set_reg = true;
        r->reg_out = old;
        break;
    case PTWR_CMPXCHG:
        (void)add_sub(acc, old, 0, true, i->size, &r->flags);
        r->flags |= regs->rflags & ~F_ALU;
        r->write = acc == old;
        r->set_rax = acc != old;
        r->reg_out = old;
        break;
    case PTWR_BTS: case PTWR_BTR: case PTWR_BTC:
        r->value = bit_op(i->op, old, src & (8 * i->size - 1), &r->flags);
        break;
    case PTWR_NOT:
        r->value = ~old & mask;
        break;
    case PTWR_XADD:
        r->set_reg = true;
        r->reg_out = old;
        alu(i, old, src, r);
        break;
    default:
        alu(i, old, src, r);
        break;
    }
}

static void set_reg(struct cpu_user_regs *regs, unsigned int n, unsigned int size, bool high, u64 v)
{
    u64 *p = reg_ptr(regs, n), mask = mask_of(size) << (high ? 8 : 0);

    if (size == 4)
        *p = (u32)v;
    else
        *p = (*p & ~mask) | ((v << (high ? 8 : 0)) & mask);
}

void ptwr_commit(const struct ptwr_insn *i, struct cpu_user_regs *regs, const struct ptwr_result *r)
{
    if (r->set_reg)
        set_reg(regs, i->reg, i->size, i->high_byte, r->reg_out);
    if (r->set_rax)
        set_reg(regs, 0, i->size, false, r->reg_out);
    regs->rflags = r->flags & ~F_RF;
    regs->rip += i->len;
}
