/* SPDX-License-Identifier: GPL-2.0-only */
/* User mode: its own page tables, the ways from it into the kernel (system call, traps, INT n), the stack they come on. */
#include "test.h"

#define USER_VA  (SCRATCH_VA + (9ul << 30)) /* code, then a stack page */
#define USER_END (USER_VA + 2 * PAGE_SIZE)

/* The program.  Each step enters the kernel once; the kernel looks and sends it on. */
extern const char program[], program_end[];
asm(".pushsection .rodata\n"
    "program:\n"
    "    mov $0x1234, %eax\n"
    "    mov $0x77, %rbx\n"
    "    syscall\n"
    "    cmp $-85, %rax\n"
    "    jne 9f\n"
    "    int $0x80\n"
    "    int $0x30\n"
    "    nop\n"
    "    mov $0xffffffff80100000, %rax\n"
    "    mov (%rax), %al\n"
    "    hlt\n"
    "    mov $0xffff800000000000, %rax\n"
    "    mov (%rax), %al\n"
    "    in $0x71, %al\n"
    "    cli\n"
    "    clts\n"
    "    wbinvd\n"
    "    rdmsr\n"
    "    wrmsr\n"
    "    mov %cr0, %rax\n"
    "    mov %rax, %cr3\n"
    "    lmsw %ax\n"
    "    lgdt (%rsp)\n"
    "    lidt (%rsp)\n"
    "    invlpg (%rsp)\n"
    "9:  ud2\n"
    "program_end:\n"
    ".popsection");

/* SYSENTER with the nested-task flag, which it does not clear: the hypervisor's own IRET has to. AMD has no SYSENTER here. */
extern const char sysenter_program[], sysenter_end[];
asm(".pushsection .rodata\n"
    "sysenter_program:\n"
    "    pushfq\n"
    "    orl $0x4000, (%rsp)\n"
    "    popfq\n"
    "    sysenter\n"
    "sysenter_end:\n"
    ".popsection");
static char *user_code;

static void *resume[5];
static unsigned step;

/* What comes, in order; skip: length of the instruction that the kernel steps over. */
static const struct {
    const char *what;
    unsigned vector, skip;
} expected[] = {
    { "system call", VECTOR_SYSCALL, 0 },
    { "int $0x80", 0x80, 0 },
    { "int $0x30", VECTOR_GP, 2 },
    { "a kernel address", VECTOR_PF, 2 },
    { "HLT", VECTOR_GP, 1 },
    { "the m2p, which m2p_strict hides", VECTOR_PF, 2 },
    { "IN", VECTOR_GP, 2 },
    { "CLI", VECTOR_GP, 1 },
    { "CLTS", VECTOR_GP, 2 },
    { "WBINVD", VECTOR_GP, 2 },
    { "RDMSR", VECTOR_GP, 2 },
    { "WRMSR", VECTOR_GP, 2 },
    { "MOV from CR0", VECTOR_GP, 3 },
    { "MOV to CR3", VECTOR_GP, 3 },
    { "LMSW", VECTOR_GP, 3 },
    { "LGDT", VECTOR_GP, 4 },
    { "LIDT", VECTOR_GP, 4 },
    { "INVLPG", VECTOR_GP, 4 },
    { "the end", VECTOR_UD, 0 },
};

/* Events go on in user mode: the console's, say. They are nothing to this test. */
static bool from_console(const struct regs *r)
{
    if (r->vector != VECTOR_EVENT)
        return false;
    vcpu_self->evtchn_upcall_pending = 0;
    return true;
}

/* What the program starts with and never changes; RCX and R11 are the SYSCALL instruction's. */
static const struct regs start = {
    .rip = USER_VA, .cs = FLAT_USER_CS, .rflags = 0x202, .rsp = USER_END - 16, .ss = FLAT_USER_SS,
    .rdx = 0xd0, .rsi = 0xd1, .rdi = 0xd2, .rbp = 0xd3, .r8 = 0xd8, .r9 = 0xd9, .r10 = 0xda, .r12 = 0xdc, .r13 = 0xdd,
    .r14 = 0xde, .r15 = 0xdf,
};

static void check_kept(const struct regs *r, const char *what)
{
    CHECK(r->rdx == start.rdx && r->rsi == start.rsi && r->rdi == start.rdi && r->rbp == start.rbp && r->r8 == start.r8 &&
          r->r9 == start.r9 && r->r10 == start.r10 && r->r12 == start.r12 && r->r13 == start.r13 && r->r14 == start.r14 &&
          r->r15 == start.r15, "%s: a register changed: rdi %lx rbp %lx r10 %lx r12 %lx", what, r->rdi, r->rbp, r->r10, r->r12);
}

static bool from_user(struct regs *r)
{
    if (from_console(r))
        return true;
    if (step >= ARRAY_SIZE(expected) || (r->cs & 3) != 3)
        return false;
    CHECK(r->vector == expected[step].vector, "%s: vector %lu, rip +%lx", expected[step].what, r->vector, r->rip - USER_VA);
    CHECK((char *)r > trap_stack && (char *)(r + 1) <= trap_stack + TRAP_STACK_SIZE, "%s: on another stack, %p",
          expected[step].what, (void *)r);
    CHECK((char *)(r + 1) == trap_stack + TRAP_STACK_SIZE, "%s: %ld bytes below the stack's top", expected[step].what,
          trap_stack + TRAP_STACK_SIZE - (char *)(r + 1));
    CHECK(r->rsp == USER_END - 16, "%s: RSP %lx", expected[step].what, r->rsp);
    check_kept(r, expected[step].what);
    if (r->vector == VECTOR_PF)
        CHECK((r->error & 4) == 4, "%s: error code %lx lacks the user bit", expected[step].what, r->error);
    if (step == 0) {
        EXPECT(r->rax, 0x1234);
        EXPECT(r->rbx, 0x77);
        r->rax = -85ul; /* a value like any other, though it is -ERESTART */
    }
    if (++step == ARRAY_SIZE(expected))
        __builtin_longjmp(resume, 1);
    r->rip += expected[step - 1].skip;
    return true;
}

static bool from_sysenter(struct regs *r)
{
    if (from_console(r))
        return true;
    if (step++)
        return false;
    CHECK(r->vector == VECTOR_UD || r->vector == VECTOR_GP, "SYSENTER: vector %lu", r->vector);
    __builtin_longjmp(resume, 1);
}

static void build_tables(void)
{
    char *code = user_code = page_alloc();
    uint64_t *l4 = page_alloc(), share;

    memcpy(code, program, (size_t)(program_end - program));
    NEED(map_frame(USER_VA, virt_to_mfn(code), PTE_DATA), 0);
    NEED(map_frame(USER_VA + PAGE_SIZE, virt_to_mfn(page_alloc()), PTE_DATA), 0);
    share = *pt_entry(USER_VA, 4);
    NEED(page_set_ro(l4), 0);
    NEED(pin_table(4, virt_to_mfn(l4)), 0);
    NEED(pt_write(virt_to_mfn(l4) * PAGE_SIZE + ((USER_VA >> 39) & 511) * 8, share), 0);
    EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l4), 0), 0);
}

static __attribute__((noinline)) void run_program(void)
{
    static struct regs r;

    r = start;
    if (__builtin_setjmp(resume) == 0)
        regs_run(&r);
}

void test_main(void)
{
    NEED(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0);
    build_tables();
    trap_hook = from_user;
    run_program();
    EXPECT(step, ARRAY_SIZE(expected));
    memcpy(user_code, sysenter_program, (size_t)(sysenter_end - sysenter_program));
    trap_hook = from_sysenter;
    step = 0;
    run_program();
    trap_hook = NULL;
    EXPECT(step, 1);
    /* The kernel's own view is unharmed. */
    EXPECT(try_read(VIRT_BASE + 0x100000), VECTOR_NONE);
    EXPECT(try_read(MACH2PHYS_VIRT_START), VECTOR_NONE);
}
