/* SPDX-License-Identifier: GPL-2.0-only */
/* Reflected exceptions: vector, error code, RIP, CR2, mask, registers, selectors of each. */
#include "test.h"

static void check_frame(int vector, unsigned long error, const char *what)
{
    const struct regs *r = &trap_last.regs;

    CHECK(trap_last.vector == vector, "%s: vector %d, not %d", what, trap_last.vector, vector);
    CHECK(r->error == error, "%s: error code %lx, not %lx", what, r->error, error);
    CHECK(trap_last.count == 1, "%s: %u traps", what, trap_last.count);
    CHECK((r->cs & 0xfffc) == (FLAT_KERNEL_CS & 0xfffc), "%s: CS %lx", what, r->cs);
    /* 64-bit kernels run without a stack selector of their own: null or the flat one. */
    CHECK((r->ss & 0xfffc) == (FLAT_KERNEL_SS & 0xfffc) || (r->ss & 0xfffc) == 0, "%s: SS %lx", what, r->ss);
    CHECK(r->rsp > (unsigned long)boot_stack && r->rsp <= (unsigned long)boot_stack_end, "%s: RSP %lx", what, r->rsp);
}

static void check_faults(void)
{
    unsigned long zero = 0;
    unsigned rax = 1, rdx = 0;
    void *readonly = page_alloc();

    NEED(page_set_ro(readonly), 0);
    TRY("ud2", NO_OUTPUTS);
    check_frame(VECTOR_UD, 0, "#UD");
    TRY("divl %2", OUT("+a"(rax), "+d"(rdx)), "r"((unsigned)zero));
    check_frame(VECTOR_DE, 0, "#DE");
    try_read(0xdeadbeef000ul);
    check_frame(VECTOR_PF, 0, "#PF read");
    EXPECT(trap_last.cr2, 0xdeadbeef000);
    TRY("movb $1, (%0)", NO_OUTPUTS, "r"(0xdeadbeef123ul));
    check_frame(VECTOR_PF, 2, "#PF write");
    EXPECT(trap_last.cr2, 0xdeadbeef123);
    TRY("movb $1, (%0)", NO_OUTPUTS, "r"(readonly));
    check_frame(VECTOR_PF, 3, "#PF on a read-only page");
    try_read(0x0000900000000000ul);
    check_frame(VECTOR_GP, 0, "#GP, address not canonical");
    TRY("mov %0, %%ds", NO_OUTPUTS, "r"((unsigned short)0x1230));
    check_frame(VECTOR_GP, 0x1230, "#GP, selector");
}

/* The hypervisor's addresses are no less a page fault. */
static void check_hypervisor_addresses(void)
{
    static const unsigned long where[] = { 0xffff820000000000ul, 0xffff82d040000000ul, 0xffff830000000000ul,
                                           0xffff87fffffffff8ul };

    for (unsigned i = 0; i < ARRAY_SIZE(where); i++) {
        CHECK(try_read(where[i]) == VECTOR_PF, "reading %lx: vector %d", where[i], trap_last.vector);
        CHECK(trap_last.cr2 == where[i], "reading %lx: CR2 %lx", where[i], trap_last.cr2);
        CHECK(try_write(where[i]) == VECTOR_PF, "writing %lx: vector %d", where[i], trap_last.vector);
    }
}

static void check_software(void)
{
    unsigned long at;

    trap_clear();
    asm volatile("int3\n1: lea 1b(%%rip), %0\n.pushsection .ex_table,\"a\"\n.quad 1b,1b\n.popsection" : "=r"(at) : : "memory");
    check_frame(VECTOR_BP, 0, "#BP");
    EXPECT(trap_last.regs.rip, at);
    trap_clear();
    asm volatile("int $0x80\n1: lea 1b(%%rip), %0\n.pushsection .ex_table,\"a\"\n.quad 1b,1b\n.popsection" : "=r"(at) : : "memory");
    check_frame(0x80, 0, "int $0x80");
    EXPECT(trap_last.regs.rip, at);
    trap_clear();
    asm volatile("int $4\n1: lea 1b(%%rip), %0\n.pushsection .ex_table,\"a\"\n.quad 1b,1b\n.popsection" : "=r"(at) : : "memory");
    check_frame(VECTOR_OF, 0, "int $4");
    EXPECT(trap_last.regs.rip, at);
}

/* A gate with DPL 0 and no way through: #GP with the vector in the error code.  The processor says vector * 8 + 2; QEMU
 * 7.2's emulation vector * 16 + 2, so both are taken. */
static void check_gate(void)
{
    EXPECT(TRY("int $0x30", NO_OUTPUTS), VECTOR_GP);
    CHECK(trap_last.regs.error == 0x30 * 8 + 2 || trap_last.regs.error == 0x30 * 16 + 2, "error code %lx",
          trap_last.regs.error);
}

/* The kernel's own gate for INT @n, by the same wrong error code: it is found by the instruction. */
#define CHECK_OWN_GATE(n)                                                                                                \
    do {                                                                                                                 \
        struct trap_info own[2] = { { .vector = n, .flags = 3, .cs = FLAT_KERNEL_CS, .address = trap_entries[n] } };     \
        NEED(hc_set_trap_table(own), 0);                                                                                 \
        CHECK(TRY("int $" #n, NO_OUTPUTS) == n, "int $" #n ": vector %d", trap_last.vector);                             \
        own[0].flags = 0;                                                                                                \
        NEED(hc_set_trap_table(own), 0);                                                                                 \
        CHECK(TRY("int $" #n, NO_OUTPUTS) == VECTOR_GP, "int $" #n ", DPL 0: vector %d", trap_last.vector);              \
        CHECK(trap_last.regs.error == n * 8 + 2, "int $" #n ", DPL 0: error code %lx", trap_last.regs.error);            \
    } while (0)

static void check_own_gates(void)
{
    CHECK_OWN_GATE(0x20);
    CHECK_OWN_GATE(0x40);
    CHECK_OWN_GATE(0x7f);
    CHECK_OWN_GATE(0xc0);
    CHECK_OWN_GATE(0xff);
}

/* Runs @insn with a number in each register. */
#define WITH_REGISTERS(insn)                                                                                            \
    asm volatile("push %%rbp; mov $0x11, %%rbx; mov $0x22, %%rcx; mov $0x33, %%rdx; mov $0x44, %%rsi; mov $0x55, %%rdi;" \
                 "mov $0x66, %%r8; mov $0x77, %%r9; mov $0x88, %%r10; mov $0x99, %%r11; mov $0xaa, %%r12;"              \
                 "mov $0xab, %%r13; mov $0xac, %%r14; mov $0xbb, %%r15; mov $0xcc, %%rax; mov $0xdd, %%rbp\n"           \
                 "1: " insn "\n2: pop %%rbp\n.pushsection .ex_table,\"a\"\n.quad 1b,2b\n.popsection"                   \
                 : : : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory")

static void check_kept(int vector)
{
    const struct regs *r = &trap_last.regs;

    EXPECT(trap_last.vector, vector);
    CHECK(r->rbx == 0x11 && r->rcx == 0x22 && r->rdx == 0x33 && r->rsi == 0x44 && r->rdi == 0x55 && r->r8 == 0x66 &&
          r->r9 == 0x77 && r->r10 == 0x88 && r->r11 == 0x99 && r->r12 == 0xaa && r->r13 == 0xab && r->r14 == 0xac &&
          r->r15 == 0xbb && r->rax == 0xcc && r->rbp == 0xdd,
          "vector %d, a register changed: rbx %lx rcx %lx r11 %lx rax %lx rbp %lx", vector, r->rbx, r->rcx, r->r11, r->rax, r->rbp);
}

/* No register changes on the way. */
static void check_registers(void)
{
    trap_clear();
    WITH_REGISTERS("ud2");
    check_kept(VECTOR_UD);
    trap_clear();
    WITH_REGISTERS("mov (%%rax), %%al");
    check_kept(VECTOR_PF);
    trap_clear();
    WITH_REGISTERS("int $0x30");
    check_kept(VECTOR_GP);
}

/* The mask bit of an entry in the trap table. */
static void check_masking(void)
{
    struct trap_info entry[2] = { { .vector = VECTOR_UD, .flags = 4, .cs = FLAT_KERNEL_CS, .address = trap_entries[VECTOR_UD] } };

    event_unmask_all();
    TRY("ud2", NO_OUTPUTS);
    EXPECT(trap_last.mask, 0);
    EXPECT(hc_set_trap_table(entry), 0);
    TRY("ud2", NO_OUTPUTS);
    EXPECT(trap_last.mask, 1);
    EXPECT(vcpu_self->evtchn_upcall_mask, 0);
    event_mask_all();
    TRY("ud2", NO_OUTPUTS);
    EXPECT(vcpu_self->evtchn_upcall_mask, 1);
}

void test_main(void)
{
    struct trap_info bad[2] = { { .vector = VECTOR_UD, .cs = FLAT_KERNEL_CS, .address = 0x0000800000000000ul } };

    check_faults();
    check_hypervisor_addresses();
    check_software();
    check_gate();
    if (!on_reference()) /* which takes QEMU's error code for the processor's */
        check_own_gates();
    check_registers();
    check_masking();
    EXPECT(hc_set_trap_table(bad), -XEN_EINVAL);
    EXPECT(hc_set_trap_table(0x1000), -XEN_EFAULT);
    EXPECT(TRY("ud2", NO_OUTPUTS), VECTOR_UD);
}
