/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random hypercalls from a seed. A row names one operation and, by a letter each, the kinds of its arguments; a letter
 * stands for a value that is right half of the time: frames, ports, grants, addresses that the kernel really has.
 *
 * What the kernel itself needs (code, stacks, live tables of its image, the memory that holds arguments) is never
 * offered where an operation would write or take it away; what is taken from it otherwise is made anew (fuzz_restore).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "../common/test.h"

#define NR_VICTIMS 56      /* pages of ours that may become anything */
#define NR_LOOSE   64      /* frames of ours that are mapped nowhere */
#define NR_VCPUS   2
#define FUZZ_SLOT  40      /* L4 slots FUZZ_SLOT to FUZZ_SLOT + 7 are the playground */
#define FUZZ_VA    ((unsigned long)FUZZ_SLOT << 39)

/* How a row's arguments travel. */
enum how {
    REGISTERS,     /* each letter is a register */
    ARGUMENT,      /* a struct, its address the only register */
    COMMAND,       /* command, address of a struct */
    VCPU_COMMAND,  /* command, vCPU, address of a struct */
    LIST,          /* command, address of several structs, count */
    MMU_LIST,      /* address of several structs, count, done, domain */
    MMUEXT,        /* the same with struct mmuext_op: command, two letters */
    MULTICALL,     /* a list of other rows */
};

/* Who may run a row, and what it needs afterwards. */
#define NOT_DOM0   1u     /* the initial domain may do it for good: left out there */
#define RESTORE    2u     /* puts back handlers and stacks at once */
#define GIVES      4u     /* gives frames: those are given back or kept as loose ones */
#define ALONE      8u     /* not inside of a multicall, whose other entries write over its argument */

struct row {
    unsigned nr;
    long cmd;
    const char *name, *fields;
    enum how how;
    unsigned flags;
};
extern const struct row rows[];
extern const unsigned nr_rows;

/* One vCPU's own part. */
struct fuzzer {
    unsigned id;
    uint64_t random;
    uint64_t *args, *io, *list, *calls;   /* pages: structs; what pointers in them lead to; frames to name; multicalls */
    uint64_t *read_only;                  /* the page of clone */
    unsigned long clone;                  /* frame of an L4 with the kernel in it */
    volatile bool fragile;                /* its arguments are to stay as they are: changed ones could end the kernel */
};
extern struct fuzzer fuzzers[NR_VCPUS];
extern unsigned fuzz_vcpus;      /* that run */

/* What the command line says about others. */
extern domid_t fuzz_peer;              /* a domain that makes random calls, too; ours if there is none */
extern unsigned long fuzz_iomem;       /* first of NR_IOMEM frames of a device that this domain may map; 0: none */
extern unsigned fuzz_irq;              /* first of NR_IRQ interrupts that it may use */
#define NR_IOMEM 16
#define NR_IRQ   4

extern char *victims[NR_VICTIMS];
extern unsigned long victim_mfn[NR_VICTIMS], loose[NR_LOOSE];
extern uint64_t playground[4];   /* machine addresses of FUZZ_VA's tables: [1] the L1 to [3] the L3 */
extern uint64_t live_l4;
extern unsigned long shared_mfn, grant_mfn;
extern domid_t self;
static inline bool initial_domain(void) { return start_info->flags & SIF_INITDOMAIN; }
extern unsigned grant_version;

/* values.c */
uint64_t any(struct fuzzer *f);
unsigned below(struct fuzzer *f, unsigned n);
/* The value of kind @letter, and how many bytes it has in a struct. */
uint64_t value(struct fuzzer *f, char letter, unsigned *size);
/* Fills a struct from letters, naturally aligned; its size. */
unsigned fill(struct fuzzer *f, const char *fields, void *to);
uint64_t pointer(struct fuzzer *f, void *good);

/* call.c */
struct call { unsigned nr; uint64_t a[5]; };
/* Makes the call for @r; arguments stay in the fuzzer's pages. */
void prepare(struct fuzzer *f, const struct row *r, struct call *c);
long fuzz_one(struct fuzzer *f, const struct row *r);
/* Changes the arguments of @other while it makes calls with them. */
void scribble(struct fuzzer *f, struct fuzzer *other);

/* main.c */
void fuzz_handlers(void);

#endif
