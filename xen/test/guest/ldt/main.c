/* SPDX-License-Identifier: GPL-2.0-only */
/* LDT: MMUEXT_SET_LDT, faulting in its pages, bad contents, bad places. */
#include "test.h"

#define DATA_RING3 0x00cff3000000ffffull
#define CALL_GATE  0x0000ec0000330000ull

static int load_fs(unsigned selector)
{
    return TRY("mov %0, %%fs", NO_OUTPUTS, "r"((unsigned short)selector));
}

/* Goes on behind itself with another stack selector, by the iret hypercall. */
static void iret_with_ss(unsigned long ss)
{
    struct iret_context frame = { .cs = FLAT_KERNEL_CS & ~3ul, .ss = ss, .rflags = 0x202 };
    unsigned long old_rsp;

    asm volatile("mov %%rsp, %0\n\tmov %0, %c[rsp](%[frame])\n\tlea 1f(%%rip), %%rax\n\tmov %%rax, %c[rip](%[frame])\n\t"
                 "mov %[frame], %%rsp\n\tmov %[nr], %%eax\n\tsyscall\n1:"
                 : "=&b"(old_rsp)
                 : [frame] "r"(&frame), [nr] "i"(__HYPERVISOR_iret), [rsp] "i"(offsetof(struct iret_context, rsp)),
                   [rip] "i"(offsetof(struct iret_context, rip))
                 : "memory", "rax", "rcx", "r11", "cc");
}

/*
 * The way back to the guest loads a selector whose page is not there yet, and meanwhile a timer fires: the event must
 * not wait for the guest's next call, as the guest may never make one.
 */
static void check_interrupts(uint64_t *ldt)
{
    unsigned port = timer_port(), late = 0;
    struct evtchn_unmask unmask = { .port = port };

    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    NEED(page_set_ro(ldt), 0);
    for (unsigned i = 0; i < 600; i++) {
        unsigned before = *(volatile unsigned *)&event_count[port];
        uint64_t end;

        NEED(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
        NEED(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
        NEED(hc_set_timer_op(time_now() + i * 100), 0);
        iret_with_ss(1 * 8 | 7);
        end = time_now() + 5000 * MILLISECONDS;
        while (*(volatile unsigned *)&event_count[port] == before && time_now() < end)
            continue;
        late += *(volatile unsigned *)&event_count[port] == before;
        iret_with_ss(FLAT_KERNEL_SS);
        event_unmask_all();
    }
    CHECK(!late, "%u of 600 timers did not interrupt the guest", late);
    NEED(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
    NEED(page_set_rw(ldt), 0);
}

void test_main(void)
{
    uint64_t *ldt = page_alloc(), *second = page_alloc(), *bad = page_alloc();

    CHECK(second == ldt + 512, "pages are not in a row");
    ldt[1] = DATA_RING3;
    second[2] = DATA_RING3;
    bad[1] = CALL_GATE;
    EXPECT(load_fs(1 * 8 | 7), VECTOR_GP); /* no LDT yet */
    NEED(page_set_ro(ldt), 0);
    NEED(page_set_ro(second), 0);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 1024), 0);
    EXPECT(load_fs(1 * 8 | 7), VECTOR_NONE);
    EXPECT(load_fs(514 * 8 | 7), VECTOR_NONE); /* its page comes in by a fault that the guest does not see */
    EXPECT(load_fs(3 * 8 | 7), VECTOR_GP);
    EXPECT(trap_last.regs.error, 3 * 8 | 4);
    EXPECT(load_fs(1024 * 8 | 7), VECTOR_GP);
    CHECK(page_set_rw(ldt) < 0, "an LDT page in use made writable");
    EXPECT(load_fs(0), VECTOR_NONE);
    /* Gone again: the pages are free for other use. */
    EXPECT(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
    EXPECT(load_fs(1 * 8 | 7), VECTOR_GP);
    EXPECT(page_set_rw(ldt), 0);
    EXPECT(page_set_rw(second), 0);

    /* A page with a gate in it, and a writable page, never become descriptor pages: the load faults in the guest. */
    NEED(page_set_ro(bad), 0);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)bad, 512), 0);
    CHECK(load_fs(1 * 8 | 7) != VECTOR_NONE, "a call gate loaded");
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
    CHECK(load_fs(1 * 8 | 7) != VECTOR_NONE, "loaded from a writable LDT page");
    EXPECT(try_write((unsigned long)ldt), VECTOR_NONE);

    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt + 8, 16), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 8193), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_SET_LDT, 0x0000800000000000ul, 16), -XEN_EINVAL);
    CHECK(mmuext(MMUEXT_SET_LDT, HYPERVISOR_VIRT_START, 16) < 0, "an LDT in the hypervisor's range");
    EXPECT(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
    if (!on_reference())
        check_interrupts(ldt);
}
