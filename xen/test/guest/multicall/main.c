/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall: results in place, errors that stop nothing, nesting, bad lists. */
#include "test.h"

static struct multicall_entry list[64];

/* An iret ends the multicall it is in: the registers are the frame's, entries behind it are not run. */
static void check_iret(void)
{
    struct iret_context frame = { .rax = 0x1234, .cs = FLAT_KERNEL_CS & ~3ul, .ss = FLAT_KERNEL_SS, .rflags = 0x202 };
    unsigned long rax, old_rsp;

    for (unsigned i = 0; i < 3; i++)
        list[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_pagesize }, .result = 0x5555 };
    list[1] = (struct multicall_entry){ .op = __HYPERVISOR_iret };
    asm volatile("mov %%rsp, %1\n\tmov %1, %c[rsp](%[frame])\n\tlea 1f(%%rip), %%rax\n\tmov %%rax, %c[rip](%[frame])\n\t"
                 "mov %[frame], %%rsp\n\tmov %[nr], %%eax\n\tsyscall\n1:\n\tmov %1, %%rsp"
                 : "=&a"(rax), "=&b"(old_rsp)
                 : [frame] "r"(&frame), [nr] "i"(__HYPERVISOR_multicall), "D"(list), "S"(3ul),
                   [rsp] "i"(offsetof(struct iret_context, rsp)), [rip] "i"(offsetof(struct iret_context, rip))
                 : "memory", "rcx", "r11", "r8", "r9", "r10", "rdx", "cc");
    EXPECT(rax, 0x1234);
    EXPECT(list[0].result, PAGE_SIZE);
    EXPECT(list[2].result, 0x5555);
    /* The frame's rax is the guest's own number, whatever it means to the hypervisor. */
    EXPECT(hc_xen_version(XENVER_pagesize, 0), PAGE_SIZE);
}

void test_main(void)
{
    struct multicall_entry *readonly, *last;

    EXPECT(hc_multicall(list, 0), 0);
    for (unsigned i = 0; i < 64; i++) {
        list[i].op = __HYPERVISOR_xen_version;
        list[i].args[0] = XENVER_pagesize;
        list[i].result = 0x5555;
    }
    list[7].op = 55;
    list[8].op = 1ul << 40;
    list[9].args[0] = 77;
    list[10].args[0] = XENVER_capabilities;
    list[10].args[1] = 0x1000;
    list[11].op = __HYPERVISOR_sched_op;
    list[11].args[0] = SCHEDOP_yield;
    list[12].op = __HYPERVISOR_multicall;
    list[12].args[0] = (unsigned long)&list[20];
    list[12].args[1] = 1;
    EXPECT(hc_multicall(list, 64), 0);
    for (unsigned i = 0; i < 64; i++)
        if (i < 7 || i > 12)
            CHECK(list[i].result == PAGE_SIZE, "result %u is %ld", i, (long)list[i].result);
    EXPECT(list[7].result, -XEN_ENOSYS);
    EXPECT(list[8].result, -XEN_ENOSYS);
    EXPECT(list[9].result, -XEN_ENOSYS);
    EXPECT(list[10].result, -XEN_EFAULT);
    EXPECT(list[11].result, 0);
    EXPECT(list[12].result, -XEN_EINVAL);

    EXPECT(hc_multicall(0x1000, 1), -XEN_EFAULT);
    EXPECT(hc_multicall(HYPERVISOR_VIRT_START, 1), -XEN_EFAULT);
    /* A list that runs out of mapped memory: what can be read is done, with its result. */
    NEED(map_frame(SCRATCH_VA, virt_to_mfn(page_alloc()), PTE_DATA), 0);
    last = (struct multicall_entry *)(SCRATCH_VA + PAGE_SIZE) - 1;
    *last = list[0];
    last->result = 0x5555;
    EXPECT(hc_multicall(last, 2), -XEN_EFAULT);
    EXPECT(last->result, PAGE_SIZE);
    /* A list that cannot be written back: the call is made, then the list refused. */
    readonly = page_alloc();
    readonly[0].op = __HYPERVISOR_xen_version;
    readonly[0].args[0] = XENVER_pagesize;
    NEED(page_set_ro(readonly), 0);
    EXPECT(hc_multicall(readonly, 1), -XEN_EFAULT);
    EXPECT(readonly[0].result, 0);
    if (!on_reference())
        check_iret();
}
