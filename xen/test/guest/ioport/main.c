/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O ports of dom0: those it may use, those that the hypervisor keeps, the virtual privilege level, PCI configuration. */
#include "test.h"

static uint8_t byte;
static uint32_t dword;

static int in8(uint16_t port)
{
    return TRY("inb %w1, %b0", OUT("=a"(byte)), "d"(port));
}

static int out8(uint16_t port, uint8_t value)
{
    return TRY("outb %b0, %w1", NO_OUTPUTS, "a"(value), "d"(port));
}

static int in32(uint16_t port)
{
    return TRY("inl %w1, %0", OUT("=a"(dword)), "d"(port));
}

static int out32(uint16_t port, uint32_t value)
{
    return TRY("outl %0, %w1", NO_OUTPUTS, "a"(value), "d"(port));
}

static void check_iopl(void)
{
    struct physdev_set_iopl iopl = { .iopl = 1 };

    /* Without the architectural_iopl assist the kernel counts as level 1, and the vCPU begins with 0: no access yet. */
    EXPECT(in8(0x71), VECTOR_GP);
    EXPECT(out8(0x80, 0), VECTOR_GP);
    EXPECT(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    EXPECT(in8(0x71), VECTOR_NONE);
    iopl.iopl = 4;
    EXPECT(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
}

static void check_allowed(void)
{
    EXPECT(out8(0x80, 0x12), VECTOR_NONE);
    /* RTC register 10 (status A): the divider is 010. */
    EXPECT(out8(0x70, 0x0a), VECTOR_NONE);
    EXPECT(in8(0x71), VECTOR_NONE);
    EXPECT(byte & 0x70, 0x20);
}

/* Interrupt controllers and timers are not dom0's: reads give ones, writes go nowhere, neither traps. */
static void check_kept(void)
{
    static const uint16_t kept[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41 };

    for (unsigned i = 0; i < ARRAY_SIZE(kept); i++) {
        int vector = in8(kept[i]);

        CHECK(vector == VECTOR_GP || (vector == VECTOR_NONE && byte == 0xff), "port %x: vector %d, byte %x", kept[i], vector,
              byte);
        vector = out8(kept[i], 0xff);
        CHECK(vector == VECTOR_GP || vector == VECTOR_NONE, "port %x: vector %d", kept[i], vector);
    }
    /* With the controllers untouched the timer goes on. */
    timer_sleep(2 * MILLISECONDS);
}

static void check_pci(void)
{
    EXPECT(out32(0xcf8, 0x80000000), VECTOR_NONE);
    EXPECT(in32(0xcf8), VECTOR_NONE);
    EXPECT(dword, 0x80000000);
    EXPECT(in32(0xcfc), VECTOR_NONE);
    CHECK((dword & 0xffff) == 0x8086, "the host bridge is %x", dword);
    EXPECT(out32(0xcf8, 0x80000000 | 31 << 11), VECTOR_NONE);
    EXPECT(in32(0xcfc), VECTOR_NONE);
    EXPECT(dword, ~0u);
}

static void check_string(void)
{
    static uint8_t buf[4];
    void *to = buf;
    unsigned long count = 4;

    EXPECT(out8(0x70, 0x0a), VECTOR_NONE);
    EXPECT(TRY("rep insb", OUT("+D"(to), "+c"(count)), "d"((uint16_t)0x71)), VECTOR_NONE);
    EXPECT(count, 0);
    EXPECT(buf[3] & 0x70, 0x20);
    /* Into a page that is not there: the guest's own fault, at its address. */
    to = (void *)SCRATCH_VA;
    count = 1;
    EXPECT(TRY("rep insb", OUT("+D"(to), "+c"(count)), "d"((uint16_t)0x71)), VECTOR_PF);
    EXPECT(trap_last.cr2, SCRATCH_VA);
}

void test_main(void)
{
    check_iopl();
    check_allowed();
    check_kept();
    check_pci();
    check_string();
}
