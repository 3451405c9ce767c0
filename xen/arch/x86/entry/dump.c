/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic or a crashed guest prints: registers, stack, code. */
#include <xen/callsite.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/pv.h>

#define CALLS_PER_PART 6u

extern const char text_start[], text_end[];

/* In the hypervisor's text, behind a CALL. */
static bool is_return_address(u64 a)
{
    const u64 start = (u64)text_start, end = (u64)text_end;
    size_t before = 8;

    return a >= start + before && a < end && callsite_ends_at((const u8 *)a - before, before, a, start, end);
}

static void print_registers(const struct cpu_user_regs *r)
{
    printk(XENLOG_ERR "rip: %04x:%016lx  rflags: %016lx  vector %02x error %04x\n", r->cs, r->rip, r->rflags,
           r->entry_vector & 0xff, r->error_code);
    printk(XENLOG_ERR "rax: %016lx  rbx: %016lx  rcx: %016lx\n", r->rax, r->rbx, r->rcx);
    printk(XENLOG_ERR "rdx: %016lx  rsi: %016lx  rdi: %016lx\n", r->rdx, r->rsi, r->rdi);
    printk(XENLOG_ERR "rbp: %016lx  rsp: %016lx  r8:  %016lx\n", r->rbp, r->rsp, r->r8);
    printk(XENLOG_ERR "r9:  %016lx  r10: %016lx  r11: %016lx\n", r->r9, r->r10, r->r11);
    printk(XENLOG_ERR "r12: %016lx  r13: %016lx  r14: %016lx  r15: %016lx\n", r->r12, r->r13, r->r14, r->r15);
}

void show_registers(const struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    printk(XENLOG_ERR "CPU %u, vCPU %pv, %s\n", smp_processor_id(), v, regs->cs & 3 ? "guest" : "hypervisor");
    if (!(regs->cs & 3))
        printk(XENLOG_ERR "at %ps\n", (void *)regs->rip);
    print_registers(regs);
    printk(XENLOG_ERR "cr0: %016lx  cr2: %016lx  cr3: %016lx  cr4: %016lx\n", read_cr0(), read_cr2(), read_cr3(),
           read_cr4());
}

/* Words of this CPU's stack from @sp on that are return addresses, of calls that are under way or that returned before. Their number. */
static unsigned int find_calls(const u64 *sp, u64 found[MAX_CALLS])
{
    const u64 *end = (const u64 *)get_cpu_info();
    unsigned int n = 0;

    if ((u64)sp & 7 || sp >= end || (u64)end - (u64)sp > STACK_SIZE)
        return 0;
    for (; sp < end && n < MAX_CALLS; sp++)
        if (is_return_address(*sp))
            found[n++] = *sp;
    return n;
}

static void print_calls(const u64 *calls, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        printk(XENLOG_ERR "  [%016lx] %ps\n", calls[i], (void *)calls[i]);
}

#define TRACE_TITLE XENLOG_ERR "Call trace (words of the stack that follow a CALL):\n"

static void show_call_trace(const u64 *sp)
{
    u64 calls[MAX_CALLS];
    unsigned int n = find_calls(sp, calls);

    if (n) {
        printk(TRACE_TITLE);
        print_calls(calls, n);
    }
}

static void show_guest_stack(const struct cpu_user_regs *regs)
{
    u64 words[16];

    if (copy_from_guest(words, gva(regs->rsp & ~7UL), sizeof(words))) {
        printk(XENLOG_ERR "Guest stack at %016lx cannot be read.\n", regs->rsp);
        return;
    }
    printk(XENLOG_ERR "Guest stack from rsp:\n");
    for (unsigned int i = 0; i < ARRAY_SIZE(words); i += 4)
        printk(XENLOG_ERR "  %016lx %016lx %016lx %016lx\n", words[i], words[i + 1], words[i + 2], words[i + 3]);
}

void show_stack(const struct cpu_user_regs *regs)
{
    if (regs->cs & 3)
        show_guest_stack(regs);
    else
        show_call_trace((const u64 *)regs->rsp);
}

void cpu_dump_take(struct cpu_dump *c)
{
    struct vcpu *v = current;

    c->cpu = smp_processor_id();
    c->domid = v ? v->domain->id : DOMID_INVALID;
    c->vcpu = v ? v->id : 0;
    c->in_guest = v && !v->is_idle;
    if (c->in_guest)
        c->regs = *guest_cpu_user_regs();
    c->nr_calls = find_calls(__builtin_frame_address(0), c->calls);
}

bool cpu_dump_print(const struct cpu_dump *c, unsigned int part)
{
    unsigned int from = part * CALLS_PER_PART;

    if (!part) {
        printk(XENLOG_ERR "CPU %u, vCPU d%uv%u\n", c->cpu, c->domid, c->vcpu);
        printk(TRACE_TITLE);
    }
    if (from < c->nr_calls || !part) {
        print_calls(c->calls + from, min(c->nr_calls - from, CALLS_PER_PART));
        return from + CALLS_PER_PART < c->nr_calls || c->in_guest;
    }
    printk(XENLOG_ERR "The guest's registers at its last entry:\n");
    print_registers(&c->regs);
    return false;
}

void show_here(void)
{
    struct cpu_dump c;

    cpu_dump_take(&c);
    for (unsigned int part = 0; cpu_dump_print(&c, part); part++)
        ;
}

static void print_guest_state(const struct vcpu *v)
{
    const struct pv_vcpu *pv = &v->arch.pv;

    printk(XENLOG_ERR "  mode: %s  cr3: %016lx  fs: %016lx  gs kernel: %016lx  user: %016lx\n",
           v->arch.in_kernel ? "kernel" : "user", v->arch.cr3, pv->fs_base, pv->gs_base_kernel, pv->gs_base_user);
    printk(XENLOG_ERR "  kernel stack %016lx  callbacks: event %016lx failsafe %016lx syscall %016lx\n", pv->kernel_sp,
           pv->event_callback, pv->failsafe_callback, pv->syscall_callback);
    printk(XENLOG_ERR "  events: pending %u masked %u  cr2: %016lx\n", v->info->evtchn_upcall_pending,
           v->info->evtchn_upcall_mask, v->info->arch.cr2);
}

void arch_dump_vcpu_part(struct vcpu *v, unsigned int part)
{
    bool here = v == current;
    const struct cpu_user_regs *regs = here ? guest_cpu_user_regs() : &v->arch.user_regs;

    if (!part) {
        printk(XENLOG_ERR "%pv on CPU %u%s:\n", v, v->cpu, v->is_running && !here ? " (running: registers of its last exit)" : "");
        print_registers(regs);
        return;
    }
    print_guest_state(v);
    if (here)
        show_guest_stack(regs);
}

void arch_dump_vcpu(struct vcpu *v)
{
    for (unsigned int part = 0; part < VCPU_DUMP_PARTS; part++)
        arch_dump_vcpu_part(v, part);
}
