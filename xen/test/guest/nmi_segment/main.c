/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPU 0 runs on a code and a stack segment of its own GDT; vCPU 1 makes one of them not present meanwhile. That shows at
 * the next return to vCPU 0: after an NMI it must be the guest's fault (its failsafe callback), not the hypervisor's.
 */
#include "test.h"

#define CODE      0x00affb000000ffffull
#define STACK     0x00cff3000000ffffull
#define PRESENT   (1ull << 47)
#define CODE_SEL  0x08ul
#define STACK_SEL 0x13ul
#define NMIS      40

static volatile unsigned nmis, failsafes, stop;
static volatile unsigned long turns;
static uint64_t *gdt;
static void *resume[5];

static void put_descriptor(unsigned selector, uint64_t descriptor)
{
    hc_update_descriptor(virt_to_mfn(gdt) * PAGE_SIZE + (selector & ~7u), descriptor);
}

/* vCPU 1: takes a segment away, gives it back when vCPU 0 has been told, waits until it runs on. */
static void flip(void)
{
    for (unsigned round = 0; !stop; round++) {
        unsigned long told = failsafes, at;

        put_descriptor(round & 1 ? STACK_SEL : CODE_SEL, (round & 1 ? STACK : CODE) & ~PRESENT);
        while (failsafes == told && !stop)
            asm volatile("pause");
        put_descriptor(CODE_SEL, CODE);
        put_descriptor(STACK_SEL, STACK);
        at = turns;
        while (turns == at && !stop)
            asm volatile("pause");
    }
    smp_stop();
}

/* vCPU 0, on those segments. */
void turn(void);
asm("turn: incq turns(%rip); jmp turn");

static bool take_trap(struct regs *regs)
{
    if (regs->vector == VECTOR_EVENT)
        return false;
    if (regs->vector == 2)
        nmis++;
    else if (regs->vector == VECTOR_FAILSAFE)
        failsafes++;
    else
        return false;
    if (nmis >= NMIS && failsafes >= NMIS / 2)
        __builtin_longjmp(resume, 1);
    return true;
}

static void take_nmis(void)
{
    struct sched_pin_override pin = { .pcpu = 0 };
    struct callback_register r = { .type = CALLBACKTYPE_nmi, .address = trap_entries[2] };

    NEED(hc_sched_op(SCHEDOP_pin_override, &pin), 0);  /* the monitor's NMIs go to CPU 0 */
    NEED(hc_callback_op(CALLBACKOP_register, &r), 0);
}

static __attribute__((noinline)) void run(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    static struct regs r;

    r = (struct regs){ .rip = (unsigned long)turn, .cs = CODE_SEL, .ss = STACK_SEL, .rflags = 0x202,
                       .rsp = (unsigned long)(stack + sizeof(stack) - 16) };
    if (__builtin_setjmp(resume) == 0)
        regs_run(&r);
}

void test_main(void)
{
    xen_pfn_t frame;

    gdt = page_alloc();
    gdt[CODE_SEL / 8] = CODE;
    gdt[STACK_SEL / 8] = STACK;
    frame = virt_to_mfn(gdt);
    NEED(page_set_ro(gdt), 0);
    NEED(hc_set_gdt(&frame, 512), 0);
    take_nmis();
    trap_hook = take_trap;
    smp_start(flip);
    printf("SEND NMI\n");
    run();
    stop = 1;
    trap_hook = NULL;
    event_mask_all();
    CHECK(nmis >= NMIS, "%u NMIs", nmis);
    CHECK(failsafes >= NMIS / 2, "%u failsafe callbacks", failsafes);
}
