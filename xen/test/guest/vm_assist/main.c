/* SPDX-License-Identifier: GPL-2.0-only */
/* vm_assist: the types that a 64-bit guest has, and those that nobody has. */
#include "test.h"

#define RFLAGS_IOPL 0x3000ul

/* At I/O privilege level @level: may the kernel execute CLI, and what level does a frame say? The port is nobody's. */
static void check_level(unsigned level, bool allowed, unsigned long in_frame)
{
    struct physdev_set_iopl iopl = { .iopl = level };
    int want = allowed ? VECTOR_NONE : VECTOR_GP;

    EXPECT(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK(TRY("cli", NO_OUTPUTS) == want, "CLI at IOPL %u: vector %d", level, trap_last.vector);
    CHECK(TRY("sti", NO_OUTPUTS) == want, "STI at IOPL %u: vector %d", level, trap_last.vector);
    CHECK(TRY("inb $0xe0, %%al", NO_OUTPUTS, "a"(0)) == want, "IN at IOPL %u: vector %d", level, trap_last.vector);
    CHECK(TRY("outb %%al, $0xe0", NO_OUTPUTS, "a"(0)) == want, "OUT at IOPL %u: vector %d", level, trap_last.vector);
    EXPECT(TRY("ud2", NO_OUTPUTS), VECTOR_UD);
    CHECK((trap_last.regs.rflags & RFLAGS_IOPL) >> 12 == in_frame, "IOPL %u: frame with %lx", level, trap_last.regs.rflags);
}

/* The kernel counts as level 1 without the assist, and as level 0 with it. */
static void check_iopl(void)
{
    check_level(0, false, 0);
    check_level(1, true, 0);
    check_level(3, true, 0);
    NEED(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
    check_level(0, true, 0);
    check_level(1, true, 1);
    check_level(3, true, 3);
    NEED(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0);
    check_level(0, false, 0);
}

void test_main(void)
{
    static const unsigned good[] = { VMASST_TYPE_writable_pagetables, VMASST_TYPE_architectural_iopl,
                                     VMASST_TYPE_runstate_update_flag, VMASST_TYPE_m2p_strict };
    static const unsigned bad[] = { 6, 31, 33, 63, 64, 1000, ~0u };

    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        CHECK(hc_vm_assist(VMASST_CMD_enable, good[i]) == 0, "enabling type %u fails", good[i]);
        CHECK(hc_vm_assist(VMASST_CMD_disable, good[i]) == 0, "disabling type %u fails", good[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK(hc_vm_assist(VMASST_CMD_enable, bad[i]) == -XEN_EINVAL, "type %u: %ld", bad[i],
              hc_vm_assist(VMASST_CMD_enable, bad[i]));
    EXPECT(hc_vm_assist(2, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
    EXPECT(hc_vm_assist(~0u, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
    check_iopl();
}
