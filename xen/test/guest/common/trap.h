/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions, events and callbacks of a test kernel: recorded, so that the test can look at them. */
#ifndef TEST_TRAP_H
#define TEST_TRAP_H

#include "hypercall.h"
#include "lib.h"

/* The first vCPU's vcpu_info, wherever it is. */
extern struct vcpu_info *vcpu_self;

/* What entry.S saves; lowest address first. */
struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

#define VECTOR_DE  0
#define VECTOR_DB  1
#define VECTOR_BP  3
#define VECTOR_OF  4
#define VECTOR_UD  6
#define VECTOR_NM  7
#define VECTOR_NP 11
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_AC 17
#define VECTOR_EVENT    256
#define VECTOR_FAILSAFE 257
#define VECTOR_SYSCALL  258
#define VECTOR_NONE     (-1)

/* The last exception since trap_clear(). */
struct trap_record {
    int vector; /* VECTOR_NONE: there was none */
    unsigned count;
    uint64_t cr2;  /* as vcpu_info has it, at the time */
    uint8_t mask;  /* evtchn_upcall_mask on entry */
    struct regs regs;
};
extern struct trap_record trap_last;
extern unsigned long failsafe_segments[4];

/* A test's own handler, asked first; returns true when it dealt with the trap. */
extern bool (*trap_hook)(struct regs *regs);
/* Called for every pending port of the 2-level form; the default counts in event_count. */
extern void (*event_hook)(unsigned port);
extern unsigned event_count[4096];
extern unsigned event_upcalls;

void trap_init(void);
void trap_clear(void);
_Noreturn void regs_run(struct regs *regs);
/* A whole trap table, the kernel's own, ending with a zero entry; for other vCPUs. */
const struct trap_info *trap_table(void);

extern const unsigned long trap_entries[256];
void event_entry(void);
void syscall_entry(void);
void failsafe_entry(void);

/*
 * Runs one instruction (text may have operands) that may fault, and gives the vector of its exception or VECTOR_NONE.
 * The kernel goes on behind the instruction.
 */
#define TRY(text, outputs, ...)                                                                                       \
    ({                                                                                                                \
        trap_clear();                                                                                                 \
        asm volatile("1: " text "\n2:\n.pushsection .ex_table,\"a\"\n.quad 1b,2b\n.popsection"                        \
                     : outputs                                                                                        \
                     : __VA_ARGS__                                                                                    \
                     : "memory", "cc");                                                                               \
        barrier();                                                                                                    \
        trap_last.vector;                                                                                             \
    })
#define NO_OUTPUTS
#define OUT(...) __VA_ARGS__

/* One byte read or written at an address; the vector. */
int try_read(unsigned long address);
int try_write(unsigned long address);

void event_mask_all(void);   /* this vCPU's upcalls off */
void event_unmask_all(void); /* on, delivering what is pending */

#endif
