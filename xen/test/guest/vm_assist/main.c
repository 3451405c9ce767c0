/* SPDX-License-Identifier: GPL-2.0-only */
/* vm_assist: the types that a 64-bit guest has, and those that nobody has. */
#include "test.h"

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
}
