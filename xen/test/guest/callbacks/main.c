/* SPDX-License-Identifier: GPL-2.0-only */
/* callback_op and set_callbacks: every type, flags, unregistering, bad addresses. */
#include "test.h"

static long reg(unsigned type, unsigned flags, unsigned long address)
{
    struct callback_register r = { .type = (uint16_t)type, .flags = (uint16_t)flags, .address = address };

    return hc_callback_op(CALLBACKOP_register, &r);
}

static long unreg(unsigned type)
{
    struct callback_unregister u = { .type = (uint16_t)type };

    return hc_callback_op(CALLBACKOP_unregister, &u);
}


static void check_event_handler(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    struct evtchn_send send;

    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    send.port = b.port;
    event_unmask_all();
    event_upcalls = 0;
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    EXPECT(event_upcalls, 1);
    CHECK(event_count[b.port] > 0, "the event did not arrive");
}

void test_main(void)
{
    static const unsigned keep[] = { CALLBACKTYPE_event, CALLBACKTYPE_failsafe, CALLBACKTYPE_syscall };
    static const unsigned drop[] = { CALLBACKTYPE_nmi, CALLBACKTYPE_sysenter, CALLBACKTYPE_syscall32 };
    unsigned long entry = (unsigned long)event_entry;

    EXPECT(reg(CALLBACKTYPE_event, 0, entry), 0);
    EXPECT(reg(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, (unsigned long)failsafe_entry), 0);
    EXPECT(reg(CALLBACKTYPE_syscall, CALLBACKF_mask_events, (unsigned long)syscall_entry), 0);
    EXPECT(reg(CALLBACKTYPE_syscall32, 0, (unsigned long)syscall_entry), 0);
    EXPECT(reg(CALLBACKTYPE_sysenter, 0, (unsigned long)syscall_entry), 0);
    EXPECT(reg(CALLBACKTYPE_nmi, 0, entry), 0);
    check_event_handler();
    for (unsigned i = 0; i < ARRAY_SIZE(keep); i++) {
        CHECK(unreg(keep[i]) == -XEN_EINVAL, "type %u unregistered: %ld", keep[i], unreg(keep[i]));
        CHECK(reg(keep[i], 0, 0x0000800000000000ul) == -XEN_EINVAL, "type %u at a bad address", keep[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(drop); i++) {
        /* 4.17 knows no way back from a registered system call entry: -EINVAL there, 0 for NMI. */
        long result = unreg(drop[i]);

        CHECK(result == 0 || result == -XEN_EINVAL, "type %u unregistered: %ld", drop[i], result);
    }
    EXPECT(reg(6, 0, entry), -XEN_ENOSYS);
    EXPECT(reg(8, 0, entry), -XEN_ENOSYS);
    EXPECT(unreg(8), -XEN_ENOSYS);
    EXPECT(hc_callback_op(2, &entry), -XEN_ENOSYS);
    EXPECT(hc_callback_op(CALLBACKOP_register, 0x1000), -XEN_EFAULT);
    check_event_handler();
    EXPECT(hc_set_callbacks(event_entry, failsafe_entry, syscall_entry), 0);
    check_event_handler();
}
