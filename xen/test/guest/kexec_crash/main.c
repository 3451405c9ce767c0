/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec_op with a crash image: the memory that is kept for it, what is refused, and that it runs when the initial domain crashes. Not
 * compared with 4.17: it loads images without segments, with bad buffers and with an entry outside, and dies of a page fault
 * when a segment's end is beyond the last address.
 */
#include "payload.h"
#include "test.h"

#define MARK 0x6372617368206f6bul
static struct xen_kexec_range area = { .range = KEXEC_RANGE_MA_CRASH };
static uint64_t data[600];
static struct xen_kexec_segment image[17];

static long load(unsigned n) { return kexec_load(KEXEC_TYPE_CRASH, EM_X86_64, image, n, area.start); }

static void good_image(void)
{
    image[0] = payload_segment(payload, payload_size(), area.start, PAGE_SIZE);
    image[1] = payload_segment(data, sizeof(data), area.start + 16 * PAGE_SIZE, 4 * PAGE_SIZE);
    image[2] = payload_segment(NULL, 0, 0, 256 * PAGE_SIZE);
}

static void check_ranges(void)
{
    struct xen_kexec_range r = { .range = KEXEC_RANGE_MA_XEN };

    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &area), 0);
    EXPECT(area.size, 16 << 20);
    EXPECT(area.start & 0xfff, 0);
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &r), 0);
    CHECK(r.size && !(r.start & 0xfff) && (r.start + r.size <= area.start || r.start >= area.start + area.size),
          "the hypervisor is at %lx, %lx bytes", r.start, r.size);
    r = (struct xen_kexec_range){ .range = KEXEC_RANGE_MA_CPU, .nr = 0 };
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &r), 0);
    CHECK(r.size >= 336 && r.start, "CPU 0's note is at %lx, %lu bytes", r.start, r.size);
    r.nr = -1;
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &r), -XEN_ERANGE);
    r.nr = 1 << 20;
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &r), -XEN_ERANGE);
    r.range = 99;
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, &r), -XEN_EINVAL);
    EXPECT(kexec_op(KEXEC_CMD_kexec_get_range, (void *)8), -XEN_EFAULT);
}

static void check_refused(void)
{
    EXPECT(load(0), -XEN_EINVAL);
    for (unsigned i = 0; i < 17; i++)
        image[i] = payload_segment(payload, payload_size(), area.start + i * PAGE_SIZE, PAGE_SIZE);
    EXPECT(load(17), -XEN_EINVAL);
    good_image();
    image[0].dest_maddr += 8;
    EXPECT(load(3), -XEN_EINVAL);
    good_image();
    image[0].dest_size = 100;
    EXPECT(load(3), -XEN_EINVAL);
    good_image();
    image[1].buf_size = image[1].dest_size + 1;
    EXPECT(load(3), -XEN_EINVAL);
    good_image();
    image[1].dest_maddr = area.start;
    EXPECT(load(3), -XEN_EINVAL);
    good_image();
    image[1].dest_maddr = ~0xffful;
    EXPECT(load(3), -XEN_EINVAL);
    good_image();
    image[1].dest_maddr = area.start + area.size - PAGE_SIZE;
    EXPECT(load(3), -XEN_EADDRNOTAVAIL);
    good_image();
    image[1].dest_maddr = area.start - 4 * PAGE_SIZE;
    EXPECT(load(3), -XEN_EADDRNOTAVAIL);
    good_image();
    EXPECT(kexec_load(KEXEC_TYPE_CRASH, EM_X86_64, image, 3, area.start + 2 * PAGE_SIZE), -XEN_EINVAL);
    EXPECT(kexec_load(2, EM_X86_64, image, 3, area.start), -XEN_EINVAL);
    EXPECT(kexec_load(KEXEC_TYPE_CRASH, 40, image, 3, area.start) < 0, 1);
    EXPECT(kexec_load(KEXEC_TYPE_CRASH, EM_X86_64, (void *)8, 3, area.start), -XEN_EFAULT);
    set_xen_guest_handle(image[1].buf.h, (void *)8);
    EXPECT(load(3), -XEN_EFAULT);
    set_xen_guest_handle(image[1].buf.h, (void *)0xffff820000000000);
    EXPECT(load(3), -XEN_EFAULT);
    EXPECT(kexec_status(KEXEC_TYPE_CRASH), 0);
    EXPECT(kexec_status(2), -XEN_EINVAL);
    EXPECT(kexec_unload(2), -XEN_EINVAL);
    EXPECT(kexec_unload(KEXEC_TYPE_CRASH), 0);
    EXPECT(kexec_op(99, &area), -XEN_ENOSYS);
}

/* A load of all of the area ends, although it is done in pieces. */
static void check_large(void)
{
    good_image();
    image[1].dest_maddr = area.start + PAGE_SIZE;
    image[1].dest_size = area.size - PAGE_SIZE;
    EXPECT(load(2), 0);
    EXPECT(kexec_status(KEXEC_TYPE_CRASH), 1);
    EXPECT(kexec_unload(KEXEC_TYPE_CRASH), 0);
    EXPECT(kexec_status(KEXEC_TYPE_CRASH), 0);
}

void test_main(void)
{
    struct sched_shutdown how = { .reason = SHUTDOWN_crash };

    check_ranges();
    check_refused();
    check_large();
    data[0] = data[599] = MARK;
    payload_words[0] = (struct payload_word){ area.start + 16 * PAGE_SIZE, MARK };
    payload_words[1] = (struct payload_word){ area.start + 16 * PAGE_SIZE + 8 * 599, MARK };
    payload_words[2] = (struct payload_word){ area.start + 16 * PAGE_SIZE + 8 * 600, 0 };
    payload_words[3] = (struct payload_word){ area.start + 19 * PAGE_SIZE + 4088, 0 };
    good_image();
    EXPECT(load(3), 0);
    EXPECT(kexec_status(KEXEC_TYPE_CRASH), 1);
    report_expect_takeover();
    hc_sched_op(SCHEDOP_shutdown, &how);
    report_error("it came back");
}
