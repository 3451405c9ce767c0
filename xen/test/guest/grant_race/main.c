/* SPDX-License-Identifier: GPL-2.0-only */
/* One vCPU ends mappings while another one makes them, and fails: each use of a grant ends once. */
#include "test.h"

#define NO_TABLE_VA (SCRATCH_VA + (300ul << 30))
#define ROUNDS 20000

static volatile int stop, stopped;
static struct gnttab_map_grant_ref map = { .ref = 8, .flags = GNTMAP_device_map, .status = 99 };
static grant_handle_t handle;
static uint64_t dev_addr;

static long end_device_part(void)
{
    struct gnttab_unmap_grant_ref unmap = { .dev_bus_addr = dev_addr, .handle = handle, .status = 99 };
    long result = hc_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);

    return result ? result - 1000 : unmap.status;
}

static void other_cpu(void)
{
    while (!stop)
        end_device_part();
    stopped = 1;
    smp_stop();
}

void test_main(void)
{
    char *page = page_alloc();
    int refused = 0;

    grants_init(1);
    grant_v1(8, grants_self, page, GTF_permit_access);
    map.dom = grants_self;
    NEED(hc_grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0);
    NEED(map.status, GNTST_okay);
    handle = map.handle;         /* the next one made is this one again */
    dev_addr = map.dev_bus_addr;
    EXPECT(end_device_part(), GNTST_okay);
    smp_start(other_cpu);
    for (int i = 0; i < ROUNDS; i++)
        refused += grant_map(grants_self, 8, GNTMAP_device_map | GNTMAP_host_map, NO_TABLE_VA, NULL) < 0;
    stop = 1;
    while (!stopped)
        hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(refused, ROUNDS);
    EXPECT(grants_v1[8].flags, GTF_permit_access);
    /* Nothing is left of any use: the page may become a table. */
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
}
