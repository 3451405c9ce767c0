/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call writes is what it has to say, and nothing that lay about in the hypervisor: each structure is filled with
 * one pattern and another before the call; a byte that is written both times the same is said, one that differs between
 * the calls, or that is written where the structure has a gap, would be found.
 */
#include "test.h"

#define SIZE 2048

static unsigned char one[SIZE], two[SIZE];

/* Leaves values of our choice in the hypervisor's stack and registers. */
static void dirty(unsigned long value)
{
    struct gnttab_copy c = { .len = 0xffff };
    struct xen_memory_exchange x = { .nr_exchanged = value };

    hypercall5(__HYPERVISOR_xen_version, 77, value, value, value, value);
    hypercall5(__HYPERVISOR_update_descriptor, value, value, value, value, value);
    hc_grant_table_op(GNTTABOP_copy, &c, 1);
    hc_memory_op(XENMEM_exchange, &x);
}

struct out {
    const char *name;
    unsigned number;
    unsigned long args[3];
    unsigned pointer;      /* which argument is the structure's address */
    unsigned size;         /* of what is written */
    bool string;           /* ends with a zero; what is behind it must be zero or left alone */
};

static const struct out outs[] = {
    { "extraversion", __HYPERVISOR_xen_version, { XENVER_extraversion }, 1, sizeof(xen_extraversion_t), true },
    { "capabilities", __HYPERVISOR_xen_version, { XENVER_capabilities }, 1, sizeof(xen_capabilities_info_t), true },
    { "changeset", __HYPERVISOR_xen_version, { XENVER_changeset }, 1, sizeof(xen_changeset_info_t), true },
    { "commandline", __HYPERVISOR_xen_version, { XENVER_commandline }, 1, sizeof(xen_commandline_t), true },
    { "platform_parameters", __HYPERVISOR_xen_version, { XENVER_platform_parameters }, 1, sizeof(struct xen_platform_parameters), false },
    { "guest_handle", __HYPERVISOR_xen_version, { XENVER_guest_handle }, 1, sizeof(xen_domain_handle_t), false },
    { "machphys_mapping", __HYPERVISOR_memory_op, { XENMEM_machphys_mapping }, 1, sizeof(struct xen_machphys_mapping), false },
};

static void call(const struct out *o, unsigned char *buffer, unsigned char fill)
{
    unsigned long a[3] = { o->args[0], o->args[1], o->args[2] };

    memset(buffer, fill, SIZE);
    a[o->pointer] = (unsigned long)buffer;
    dirty(fill * 0x0101010101010101ul);
    CHECK(hypercall(o->number, a[0], a[1], a[2], 0) >= 0, "%s", o->name);
}

static void check(const struct out *o)
{
    bool ended = false;

    call(o, one, 0xa5);
    call(o, two, 0x5a);
    for (unsigned i = 0; i < SIZE; i++) {
        bool untouched = one[i] == 0xa5 && two[i] == 0x5a;

        CHECK(untouched || (i < o->size && one[i] == two[i]), "%s: byte %u is %x, then %x", o->name, i, one[i], two[i]);
        if (o->string && ended)
            CHECK(untouched || one[i] == 0, "%s: byte %u behind the end is %x", o->name, i, one[i]);
        ended |= o->string && one[i] == 0;
    }
}

/* Four strings, each of which ends somewhere. */
static void check_compile_info(void)
{
    struct xen_compile_info *a = (void *)one, *b = (void *)two;
    const struct out o = { "compile_info", __HYPERVISOR_xen_version, { XENVER_compile_info }, 1, sizeof(*a), false };

    check(&o);
    CHECK(memcmp(a->compiler + strlen(a->compiler), b->compiler + strlen(b->compiler), 1) == 0, "compiler");
}

/* Times differ from call to call: its gap is the word behind the state. */
static void check_runstate(void)
{
    struct vcpu_runstate_info *r = (void *)one;

    for (unsigned i = 0; i < 8; i++) {
        memset(one, 0xa5, SIZE);
        dirty(0x5a5a5a5a5a5a5a5aul + i);
        EXPECT(hc_vcpu_op(VCPUOP_get_runstate_info, 0, one), 0);
        CHECK(((uint32_t *)one)[1] == 0 || ((uint32_t *)one)[1] == 0xa5a5a5a5u, "the gap is %x", ((uint32_t *)one)[1]);
        EXPECT(r->state, RUNSTATE_running);
        CHECK(one[sizeof(*r)] == 0xa5, "written behind its end");
    }
}

/* A new page of memory, and one that grants or events will use, is empty. */
static void check_pages(void)
{
    xen_pfn_t frame;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
    unsigned long pfn = pfn_spare(), *page = (void *)SCRATCH_VA;

    frame = pfn_to_mfn(pfn);
    NEED(map_frame(SCRATCH_VA, frame, PTE_DATA), 0);
    memset(page, 0x77, PAGE_SIZE);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    set_xen_guest_handle(r.extent_start, &frame);
    for (unsigned i = 0; i < 20; i++) {
        EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
        frame = pfn;
        EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), 1);
        NEED(map_frame(SCRATCH_VA, frame, PTE_DATA), 0);
        for (unsigned k = 0; k < PAGE_SIZE / sizeof(*page); k++)
            CHECK(!page[k], "word %u of a new page is %lx", k, page[k]);
        memset(page, 0x77, PAGE_SIZE);
        NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    }
}

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(outs); i++)
        check(&outs[i]);
    check_compile_info();
    check_runstate();
    check_pages();
}
