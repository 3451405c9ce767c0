/* SPDX-License-Identifier: GPL-2.0-only */
/* iret to frames that cannot be loaded: the failsafe callback (or #GP in the guest) comes, the hypervisor lives. */
#include "test.h"

/* With RPL 0 iret stays in kernel mode, with RPL 3 it goes to user mode. */
#define KERNEL_CS (FLAT_KERNEL_CS & ~3)

#define RFLAGS_IF   0x200ul
#define RFLAGS_IOPL 0x3000ul
#define RFLAGS_NT   0x4000ul
#define RFLAGS_VM   0x20000ul

static struct regs base;
static unsigned long caught, caught_vector, caught_rax;
static void *resume_buf[5];

/* Whatever comes after the bad iret: back to where the attempt began, on its stack. */
static bool catch_all(struct regs *regs)
{
    if (regs->vector == VECTOR_EVENT)
        return false;
    caught++;
    caught_vector = regs->vector;
    caught_rax = regs->rax;
    __builtin_longjmp(resume_buf, 1);
}

/* noinline: __builtin_setjmp's caller must not be merged into a loop. */
static __attribute__((noinline)) unsigned long attempt(struct regs frame)
{
    static struct regs copy;

    caught = 0;
    caught_vector = 0;
    copy = frame;
    if (__builtin_setjmp(resume_buf) == 0)
        regs_run(&copy);
    return caught;
}

/* RFLAGS as the CPU has them: in the frame of an exception the hypervisor may have put others. */
void landed(void);
asm("landed: pushfq; pop %rax; ud2");

/* No frame gives rights to I/O ports, keeps interrupts from the hypervisor, or leads to 16-bit code. */
static void check_flags(const char *what)
{
    EXPECT(caught_vector, VECTOR_UD);
    CHECK((caught_rax & (RFLAGS_IOPL | RFLAGS_IF | RFLAGS_VM)) == RFLAGS_IF, "%s: it runs with flags %lx", what, caught_rax);
}

static void try_frame(const char *what, uint64_t cs, uint64_t ss, uint64_t rip, uint64_t rflags)
{
    struct regs f = base;

    f.cs = cs;
    f.ss = ss;
    f.rip = rip;
    f.rflags = rflags;
    CHECK(attempt(f) == 1, "%s: %lu traps", what, caught);
    printf("%s: vector %lu\n", what, caught_vector);
}

static void set_nested_task(void)
{
    asm volatile("pushfq; orq %0, (%%rsp); popfq" : : "i"(RFLAGS_NT) : "memory", "cc");
}

void test_main(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    uint64_t good = (uint64_t)landed;

    base.rsp = (uint64_t)(stack + sizeof(stack) - 16);
    base.rip = good;
    base.rflags = 0x202;
    trap_hook = catch_all;

    try_frame("a good frame", KERNEL_CS, FLAT_KERNEL_SS, good, 0x202);
    EXPECT(caught_vector, VECTOR_UD);
    try_frame("CS of ring 0", 0xe008, FLAT_KERNEL_SS, good, 0x202);
    try_frame("CS null", 0, FLAT_KERNEL_SS, good, 0x202);
    try_frame("CS a data segment", FLAT_KERNEL_DS32 & ~3, FLAT_KERNEL_SS, good, 0x202);
    try_frame("CS out of the GDT", 0xfff8, FLAT_KERNEL_SS, good, 0x202);
    try_frame("CS in an LDT that is not", 0x000c, FLAT_KERNEL_SS, good, 0x202);
    try_frame("SS of ring 0", KERNEL_CS, 0xe010, good, 0x202);
    try_frame("SS out of the GDT", KERNEL_CS, 0xfffb, good, 0x202);
    try_frame("SS a code segment", KERNEL_CS, KERNEL_CS, good, 0x202);
    try_frame("RIP not canonical", KERNEL_CS, FLAT_KERNEL_SS, 0x0000800000000000ul, 0x202);
    try_frame("RIP in the hypervisor", KERNEL_CS, FLAT_KERNEL_SS, 0xffff82d040200000ul, 0x202);
    try_frame("NT set", KERNEL_CS, FLAT_KERNEL_SS, good, 0x4202);
    try_frame("IOPL 3", KERNEL_CS, FLAT_KERNEL_SS, good, 0x3202);
    check_flags("IOPL 3");
    try_frame("VM set", KERNEL_CS, FLAT_KERNEL_SS, good, 0x20202);
    check_flags("VM set");
    try_frame("IF clear", KERNEL_CS, FLAT_KERNEL_SS, good, 0x2);
    check_flags("IF clear");
    EXPECT(vcpu_self->evtchn_upcall_mask, 1);
    set_nested_task();                          /* the hypervisor's own IRET faults with it */
    try_frame("NT set before", KERNEL_CS, FLAT_KERNEL_SS, good, 0x202);
    EXPECT(caught_vector, VECTOR_UD);
    try_frame("again a good frame", KERNEL_CS, FLAT_KERNEL_SS, good, 0x202);
    EXPECT(caught_vector, VECTOR_UD);
    trap_hook = NULL;
    event_mask_all();
}
