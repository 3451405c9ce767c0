/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the decoder of privileged instructions and those that carry them out. Private to arch/x86/pv. */
#ifndef PV_EMULATE_H
#define PV_EMULATE_H

#include <xen/domain.h>
#include <x86/cpu_info.h>

struct emulation {
    struct vcpu *v;
    struct cpu_user_regs *regs;
    u8 code[15];
    unsigned int fetched, at;    /* bytes in code[], decoded so far */
    u8 rex, opsize, repeat;      /* REX prefix; operand bytes 2, 4, 8; 0, 0xf2 or 0xf3 */
    bool address32, twobyte;
    int segment;                 /* 0x64 FS, 0x65 GS, else 0 */
    u8 opcode, modrm;
    u8 dr6;                      /* I/O breakpoints that the instruction met, as bits of DR6 */
};

/* EMUL_DONE: rip goes behind the instruction. EMUL_RETRY: state was changed, rip stays (or was set). EMUL_REFUSED: #GP. */
enum emul_result { EMUL_REFUSED, EMUL_DONE, EMUL_RETRY };

typedef enum emul_result emul_fn(struct emulation *e);

/* emulate_io.c */
emul_fn emulate_port_imm, emulate_port_dx, emulate_string_io, emulate_cli_sti;
/* emulate_cr.c */
emul_fn emulate_mov_from_cr, emulate_mov_to_cr, emulate_mov_from_dr, emulate_mov_to_dr, emulate_clts, emulate_group_01;

/* Register 0..15 as modrm or opcode number it. */
u64 *emulate_register(struct cpu_user_regs *regs, unsigned int n);
/* Next byte of the instruction; 0 and e->at beyond e->fetched when it was not readable. */
u8 emulate_next(struct emulation *e);

#endif
