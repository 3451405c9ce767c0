/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec_op with a default image: it may go anywhere in RAM, here over frames of the kernel's own; it is moved there at the end only, what a
 * segment's buffer does not fill is zero, and a segment without a buffer is left as it is.
 */
#include "payload.h"
#include "test.h"

#define MARK 0x6b65786563206f6bul
static char *page[4];
static uint64_t at[4];

/* Four neighbouring frames of the pool. */
static void find_pages(void)
{
    for (unsigned tries = 0, have = 0; have < 4; tries++) {
        if (tries == 300)
            report_error("no four neighbouring frames");
        page[have] = page_alloc();
        at[have] = (uint64_t)virt_to_mfn(page[have]) << 12;
        if (have && at[have] != at[have - 1] + PAGE_SIZE) {
            page[0] = page[have];
            at[0] = at[have];
            have = 0;
        }
        have++;
    }
}

void test_main(void)
{
    static uint64_t data[64];
    struct xen_kexec_exec exec = { .type = KEXEC_TYPE_DEFAULT };
    struct xen_kexec_segment image[3];

    find_pages();
    data[0] = data[63] = MARK;
    *(uint64_t *)page[3] = MARK + 3;
    /* Where it is moved to holds something else until then. */
    memset(page[0], 0xcc, 3 * PAGE_SIZE);
    payload_words[0] = (struct payload_word){ at[1], MARK };
    payload_words[1] = (struct payload_word){ at[1] + 504, MARK };
    payload_words[2] = (struct payload_word){ at[1] + 512, 0 };
    payload_words[3] = (struct payload_word){ at[2] + 4088, 0 };
    payload_words[4] = (struct payload_word){ at[3], MARK + 3 };
    image[0] = payload_segment(payload, payload_size(), at[0], PAGE_SIZE);
    image[1] = payload_segment(data, sizeof(data), at[1], 2 * PAGE_SIZE);
    image[2] = payload_segment(NULL, 0, at[3], PAGE_SIZE);

    EXPECT(kexec_status(KEXEC_TYPE_DEFAULT), 0);
    EXPECT(kexec_load(KEXEC_TYPE_DEFAULT, EM_X86_64, image, 3, at[0]), 0);
    EXPECT(kexec_status(KEXEC_TYPE_DEFAULT), 1);
    EXPECT(kexec_status(KEXEC_TYPE_CRASH), 0);
    EXPECT(kexec_unload(KEXEC_TYPE_DEFAULT), 0);
    EXPECT(kexec_status(KEXEC_TYPE_DEFAULT), 0);
    EXPECT(kexec_load(KEXEC_TYPE_DEFAULT, EM_X86_64, image, 3, at[0]), 0);
    EXPECT((uint8_t)page[0][0], 0xcc);
    memset(data, 0, sizeof(data));
    report_expect_takeover();
    EXPECT(kexec_op(KEXEC_CMD_kexec, &exec), 0);
    report_error("it came back");
}
