/* SPDX-License-Identifier: GPL-2.0-only */
/* The trap table, the exception table, the 2-level event loop. */
#include "trap.h"
#include "memory.h"
#include "report.h"

struct vcpu_info *vcpu_self;
struct trap_record trap_last = { .vector = VECTOR_NONE };
bool (*trap_hook)(struct regs *regs);
static void count_event(unsigned port);
void (*event_hook)(unsigned port) = count_event;
unsigned event_count[4096];
unsigned event_upcalls;

extern const unsigned long ex_table_start[][2], ex_table_end[][2];

static struct trap_info table[257];

static void count_event(unsigned port)
{
    event_count[port]++;
}

const struct trap_info *trap_table(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 256; i++) {
        unsigned dpl = i == VECTOR_BP || i == VECTOR_OF || i == 0x80 ? 3 : 0;

        table[n++] = (struct trap_info){ .vector = (uint8_t)i, .flags = (uint8_t)dpl, .cs = FLAT_KERNEL_CS,
                                         .address = trap_entries[i] };
    }
    table[n] = (struct trap_info){ 0 };
    return table;
}

void trap_init(void)
{
    vcpu_self = &shared->vcpu_info[0];
    NEED(hc_set_trap_table(trap_table()), 0);
    NEED(hc_set_callbacks(event_entry, failsafe_entry, syscall_entry), 0);
    NEED(hc_stack_switch(FLAT_KERNEL_SS, trap_stack + TRAP_STACK_SIZE), 0);
}

void trap_clear(void)
{
    trap_last = (struct trap_record){ .vector = VECTOR_NONE };
    barrier();
}

static void run_events(void)
{
    struct vcpu_info *v = vcpu_self;
    unsigned long sel;

    event_upcalls++;
    v->evtchn_upcall_pending = 0;
    sel = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (unsigned w = 0; w < 64; w++) {
        unsigned long ready;

        if (!(sel & (1ul << w)))
            continue;
        ready = shared->evtchn_pending[w] & ~shared->evtchn_mask[w];
        for (unsigned b = 0; b < 64; b++) {
            if (!(ready & (1ul << b)))
                continue;
            __atomic_and_fetch(&shared->evtchn_pending[w], ~(1ul << b), __ATOMIC_SEQ_CST);
            event_hook(w * 64 + b);
        }
    }
}

static void dump(const struct regs *r)
{
    printf("vector %lu error %lx rip %lx cs %lx rflags %lx rsp %lx ss %lx cr2 %lx\n", r->vector, r->error, r->rip, r->cs,
           r->rflags, r->rsp, r->ss, vcpu_self->arch.cr2);
    printf("rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx r8 %lx r9 %lx\n", r->rax, r->rbx, r->rcx, r->rdx,
           r->rsi, r->rdi, r->rbp, r->r8, r->r9);
}

void trap_c(struct regs *regs);
void trap_c(struct regs *regs)
{
    if (trap_hook && trap_hook(regs))
        return;
    if (regs->vector == VECTOR_EVENT) {
        run_events();
        return;
    }
    trap_last.vector = (int)regs->vector;
    trap_last.count++;
    trap_last.cr2 = vcpu_self->arch.cr2;
    trap_last.mask = vcpu_self->evtchn_upcall_mask;
    trap_last.regs = *regs;
    for (const unsigned long(*e)[2] = ex_table_start; e < ex_table_end; e++) {
        if (regs->rip == (*e)[0])
            regs->rip = (*e)[1];
        if (regs->rip == (*e)[1])
            return;
    }
    dump(regs);
    report_error("unexpected trap %lu at %lx", regs->vector, regs->rip);
}

int try_read(unsigned long address)
{
    unsigned char byte;

    return TRY("movb (%1), %0", "=q"(byte), "r"(address));
}

int try_write(unsigned long address)
{
    return TRY("lock orb $0, (%0)", NO_OUTPUTS, "r"(address));
}

void event_mask_all(void)
{
    vcpu_self->evtchn_upcall_mask = 1;
    barrier();
}

void event_unmask_all(void)
{
    struct vcpu_info *v = vcpu_self;

    v->evtchn_upcall_mask = 0;
    barrier();
    /* The hypervisor looks at the mask only when it sets an event or is called: any hypercall delivers. */
    while (v->evtchn_upcall_pending)
        hc_xen_version(XENVER_version, 0);
}
