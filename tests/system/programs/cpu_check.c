/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Linux lets a process do with its CPU, and what reaches it only through the hypervisor: bad returns from signals,
 * LDT segments, debug registers, single steps, RDTSC off, I/O privilege, vector registers kept apart.
 * Prints "ok - …" / "not ok - …" lines as the system tests count them.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void result(const char *what, int good)
{
    printf("%s - %s\n", good ? "ok" : "not ok", what);
    fflush(stdout);
}

/* Runs @fn in a child: its exit status, or -signal. */
static int in_child(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- returns to frames that cannot be loaded ---- */

static unsigned bad_cs, bad_ss;

static void spoil_frame(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t v = regs[REG_CSGSFS];

    (void)sig;
    (void)info;
    if (bad_cs)
        v = (v & ~0xffffull) | bad_cs;
    if (bad_ss)
        v = (v & ~(0xffffull << 48)) | (uint64_t)bad_ss << 48;
    regs[REG_CSGSFS] = v;
    ((ucontext_t *)context)->uc_flags |= 4;      /* UC_STRICT_RESTORE_SS */
}

static int bad_return(void)
{
    struct sigaction sa = { .sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO };

    sigaction(SIGUSR1, &sa, NULL);
    raise(SIGUSR1);
    return 0;
}

static void check_bad_returns(void)
{
    static const struct { const char *what; unsigned cs, ss; } cases[] = {
        { "signal return to a null CS kills the process", 0x3, 0 },
        { "signal return to a CS outside of the GDT kills the process", 0xfffb, 0 },
        { "signal return to the hypervisor's CS kills the process", 0xe00b, 0 },
        { "signal return to a missing LDT's CS kills the process", 0x7, 0 },
        { "signal return to a bad SS kills the process", 0, 0xfffb },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bad_cs = cases[i].cs;
        bad_ss = cases[i].ss;
        result(cases[i].what, in_child(bad_return) == -SIGSEGV);
    }
}

/* ---- segments ---- */

static int ldt_segment(void)
{
    static uint32_t word = 0x12345678;
    struct user_desc d = { .entry_number = 1, .base_addr = (uintptr_t)&word, .limit = 0xfff, .seg_32bit = 1, .useable = 1 };
    uint32_t seen;

    if (syscall(SYS_modify_ldt, 1, &d, sizeof(d)))
        return 1;
    for (int i = 0; i < 50; i++) {
        asm volatile("movw %w0, %%es" :: "r"(1 << 3 | 7));
        sched_yield();
        asm volatile("movw %w1, %%gs; movl %%gs:0, %0" : "=r"(seen) : "r"(1 << 3 | 7));
        if (seen != word)
            return 2;
        sched_yield();
    }
    d.useable = 0;                               /* taken away while GS holds it */
    d.seg_not_present = 1;
    if (syscall(SYS_modify_ldt, 1, &d, sizeof(d)))
        return 3;
    for (int i = 0; i < 50; i++)
        sched_yield();
    return 0;
}

/* ---- debug registers and single steps, by ptrace ---- */

static volatile int watched;

static pid_t start_traced(void (*fn)(void))
{
    pid_t pid = fork();

    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        fn();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return pid;
}

static void touch(void)
{
    watched = 1;
    asm volatile("nop");
    watched = 2;
}

static int watchpoint(void)
{
    pid_t pid = start_traced(touch);
    int status, hits = 0;

    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[0]), &watched) ||
        ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[7]), 1 | 1 << 16 | 3 << 18))
        return 100;
    for (;;) {
        ptrace(PTRACE_CONT, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status))
            break;
        if (WSTOPSIG(status) == SIGTRAP && (ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg[6]), 0) & 1))
            hits++;
    }
    return hits;
}

static void call_kernel(void)
{
    for (int i = 0; i < 3; i++)
        syscall(SYS_getppid);
}

static int single_steps(void)
{
    pid_t pid = start_traced(call_kernel);
    int status, n = 0;

    for (;; n++) {
        ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status))
            return n;
        if (WSTOPSIG(status) != SIGTRAP)
            return -1;
    }
}

/* ---- RDTSC, ports ---- */

static int tsc_off(void)
{
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    asm volatile("rdtsc" ::: "eax", "edx");
    return 0;
}

static int tsc_off_and_on(void)
{
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    sched_yield();
    prctl(PR_SET_TSC, PR_TSC_ENABLE);
    asm volatile("rdtsc" ::: "eax", "edx");
    return 0;
}

static int port_without(void)
{
    outb(0, 0x80);
    return 0;
}

static int port_with_ioperm(void)
{
    if (ioperm(0x80, 1, 1))
        return 1;
    for (int i = 0; i < 20; i++) {
        outb(i, 0x80);
        sched_yield();
    }
    return 0;
}

static int port_beside_ioperm(void)
{
    if (ioperm(0x80, 1, 1))
        return 1;
    outb(0, 0x84);
    return 0;
}

static int port_with_iopl(void)
{
    if (iopl(3))
        return 1;
    outb(0, 0x80);
    return 0;
}

/* ---- vector registers of several processes ---- */

static int keep_vectors(void)
{
    uint64_t mine[2] = { (uint64_t)getpid() * 0x0101010101010101ull, ~(uint64_t)getpid() }, seen[2];
    double x = getpid(), y = x;

    for (int i = 0; i < 20000; i++) {
        asm volatile("movdqu %1, %%xmm7\n\tmovl $20, %%ecx\n1:\tdecl %%ecx\n\tjnz 1b\n\tmovdqu %%xmm7, %0"
                     : "=m"(seen) : "m"(mine) : "xmm7", "ecx");
        if (memcmp(seen, mine, sizeof(mine)))
            return 1;
        y = y * 1.0000001 / 1.0000001;
        if (i % 500 == 0)
            sched_yield();
    }
    return y < x * 0.999 || y > x * 1.001 ? 2 : 0;
}

static int many_keep_vectors(void)
{
    int bad = 0, status;

    for (int i = 0; i < 8; i++)
        if (fork() == 0)
            _exit(keep_vectors());
    while (wait(&status) > 0)
        bad += !WIFEXITED(status) || WEXITSTATUS(status);
    return bad;
}

static int execute_privileged(void)
{
    asm volatile("hlt");
    return 0;
}

int main(void)
{
    int n;

    check_bad_returns();
    result("an LDT segment works and may be taken away", in_child(ldt_segment) == 0);
    n = in_child(watchpoint);
    printf("# watchpoint hits %d\n", n);
    result("a watchpoint is hit twice", n == 2);
    n = in_child(single_steps);
    printf("# single steps %d\n", n);
    result("single steps come, through system calls too", n > 10);
    result("RDTSC switched off gives SIGSEGV", in_child(tsc_off) == -SIGSEGV);
    result("RDTSC switched on again works", in_child(tsc_off_and_on) == 0);
    result("a port without permission gives SIGSEGV", in_child(port_without) == -SIGSEGV);
    result("ioperm gives the port", in_child(port_with_ioperm) == 0);
    result("ioperm gives no other port", in_child(port_beside_ioperm) == -SIGSEGV);
    result("iopl gives ports", in_child(port_with_iopl) == 0);
    result("HLT in a process gives SIGSEGV", in_child(execute_privileged) == -SIGSEGV);
    result("vector registers stay each process's own", in_child(many_keep_vectors) == 0);
    return 0;
}
