/* SPDX-License-Identifier: GPL-2.0-only */
/* From the firmware's memory map to a running allocator: direct map, frame table, reserved ranges. */
#include <xen/bitmap.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/kexec.h>
#include <x86/memory.h>
#include <x86/page.h>

#define MB(n) ((u64)(n) << 20)
#define MIN_RAM MB(64)

extern char image_start[], image_end[], text_end[], rodata_start[], rodata_end[];
extern pte_t directmap_l3[];
void map_heap_is_ready(void);

unsigned long max_frame;
unsigned long *ram_bitmap;

/* Ranges of RAM that hold something; sorted by nothing, few. */
static struct memory_range reserved[BOOT_MAX_MODULES + 10];
static unsigned int nr_reserved;
/*
 * Where boot_alloc_pages takes from, and the frame table where there is RAM above 4 GiB (a large machine's does not fit below): the
 * largest free piece of it, from its top downwards.
 */
static struct memory_range boot_pool, high_pool;
static u64 boot_pool_top, high_pool_top;

static void reserve(u64 start, u64 end)
{
    if (nr_reserved == ARRAY_SIZE(reserved))
        panic("too many reserved memory ranges at boot");
    reserved[nr_reserved++] = (struct memory_range){ start & PAGE_MASK, ROUND_UP(end, PAGE_SIZE) };
}

static bool is_reserved(u64 start, u64 end, u64 *next)
{
    for (unsigned int i = 0; i < nr_reserved; i++)
        if (reserved[i].start < end && start < reserved[i].end) {
            *next = reserved[i].end;
            return true;
        }
    return false;
}

static u64 modules_mib(void)
{
    u64 bytes = 0;

    for (unsigned int i = 0; i < boot_info.nr_mods; i++)
        bytes += boot_info.mods[i].size;
    return bytes >> 20;
}

/* The frame table is what grows with the machine: three quarters of what is taken here, or more. */
static void noreturn refuse_memory(void)
{
    u64 need = (max_frame * sizeof(struct frame_info) * 4 / 3 >> 20) + 2;

    boot_refuse("the hypervisor's tables need about %lu MiB, the largest free piece of RAM has %lu MiB beside modules of %lu MiB: "
                "give the machine more RAM", need, (boot_pool_top - boot_pool.start) >> 20, modules_mib());
}

void *boot_alloc_pages(unsigned long n)
{
    void *p;

    if (boot_pool.end - boot_pool.start < n << PAGE_SHIFT)
        refuse_memory();
    boot_pool.end -= n << PAGE_SHIFT;
    p = maddr_to_virt(maddr(boot_pool.end));
    memset(p, 0, n << PAGE_SHIFT);
    return p;
}

/* The largest piece of RAM between @from and @to with nothing in it. */
static struct memory_range largest_free(u64 from, u64 to)
{
    struct memory_range largest = { 0, 0 };

    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];
        u64 at = max(ROUND_UP(e->addr, PAGE_SIZE), from), end = min((e->addr + e->size) & PAGE_MASK, to);

        while (e->type == E820_RAM && at < end) {
            u64 stop = end, next;
            for (unsigned int r = 0; r < nr_reserved; r++)
                if (reserved[r].start >= at)
                    stop = min(stop, reserved[r].start);
            if (is_reserved(at, at + PAGE_SIZE, &next)) {
                at = next;
                continue;
            }
            if (stop - at > largest.end - largest.start)
                largest = (struct memory_range){ at, stop };
            at = stop;
        }
    }
    return largest;
}

/* All RAM is in the direct map, for which the ABI leaves this much (x86/layout.h). */
#define MAX_RAM_ADDRESS ((u64)(DIRECTMAP_END - DIRECTMAP_VIRT))

static void report_unused_ram(void)
{
    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];

        if (e->type == E820_RAM && e->addr + e->size > MAX_RAM_ADDRESS)
            printk(XENLOG_WARN "RAM above %lu GiB is not used\n", (unsigned long)(MAX_RAM_ADDRESS >> 30));
    }
}

static void for_each_ram(void (*fn)(u64 start, u64 end))
{
    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];
        u64 start = ROUND_UP(e->addr, PAGE_SIZE), end = min((e->addr + e->size) & PAGE_MASK, MAX_RAM_ADDRESS);

        if (e->type == E820_RAM && start < end)
            fn(start, end);
    }
}

static void note_max(u64 start, u64 end) { max_frame = max(max_frame, end >> PAGE_SHIFT); }

static void map_ram(u64 start, u64 end)
{
    if (map_pages(DIRECTMAP_VIRT + start, mfn(start >> PAGE_SHIFT), (end - start) >> PAGE_SHIFT, PAGE_HV_RW))
        boot_refuse("no memory for the direct map: give the machine more RAM");
}

/* @n zero pages at @va; 2 MiB, to which @va is aligned, as one mapping where they come from the high pool. */
static int map_zero_pages(unsigned long va, unsigned long n)
{
    int rc = 0;

    if (n == PTES_PER_PAGE && high_pool.end - high_pool.start >= MB(4)) {
        high_pool.end = (high_pool.end - MB(2)) & ~(MB(2) - 1);
        memset(maddr_to_virt(maddr(high_pool.end)), 0, MB(2));
        return map_pages(va, maddr_to_mfn(maddr(high_pool.end)), n, PAGE_HV_RW);
    }
    for (unsigned long i = 0; !rc && i < n; i++)
        rc = map_pages(va + (i << PAGE_SHIFT), virt_to_mfn(boot_alloc_pages(1)), 1, PAGE_HV_RW);
    return rc;
}

/* The frame table is there for every 2 MiB of it that describes some RAM (256 MiB of frames). */
static void map_frame_table(u64 start, u64 end)
{
    u64 per = MB(2) / sizeof(struct frame_info) * PAGE_SIZE;

    for (u64 a = start & ~(per - 1); a < end; a += per) {
        unsigned long va = FRAMETABLE_VIRT + (a >> PAGE_SHIFT) * sizeof(struct frame_info);
        unsigned long bytes = min(MB(2), ((max_frame << PAGE_SHIFT) - a) / PAGE_SIZE * sizeof(struct frame_info));
        unsigned long n = DIV_ROUND_UP(bytes, PAGE_SIZE);
        pte_t *l3e = &idle_l4[PT_INDEX(va, 4)];

        if (pte_present(*l3e)) {
            pte_t *l3 = mfn_to_virt(pte_mfn(*l3e)), e3 = l3[PT_INDEX(va, 3)];
            if (pte_present(e3) && pte_present(((pte_t *)mfn_to_virt(pte_mfn(e3)))[PT_INDEX(va, 2)]))
                continue;
        }
        if (map_zero_pages(va, n))
            boot_refuse("no memory for the frame table: give the machine more RAM");
    }
}

static void mark_ram(u64 start, u64 end)
{
    for (u64 m = start >> PAGE_SHIFT; m < end >> PAGE_SHIFT; m++)
        set_bit((unsigned int)m, ram_bitmap);
}

static void release(u64 start, u64 end)
{
    while (start < end) {
        u64 stop = end, next;

        if (is_reserved(start, start + PAGE_SIZE, &next)) {
            start = next;
            continue;
        }
        for (unsigned int r = 0; r < nr_reserved; r++)
            if (reserved[r].start > start)
                stop = min(stop, reserved[r].start);
        page_alloc_init_range(mfn(start >> PAGE_SHIFT), (stop - start) >> PAGE_SHIFT);
        start = stop;
    }
}

struct memory_range memory_own_range(u64 start, u64 end)
{
    const struct memory_range own[] = {
        { TRAMPOLINE_PADDR, TRAMPOLINE_PADDR + PAGE_SIZE }, { boot_info.xen_start, ROUND_UP(boot_info.xen_end, PAGE_SIZE) },
        { boot_pool.end, boot_pool_top }, { high_pool.end, high_pool_top },
    };
    struct memory_range first = { end, end };

    for (unsigned int i = 0; i < ARRAY_SIZE(own); i++)
        if (own[i].start < first.start && start < own[i].end)
            first = (struct memory_range){ max(start, own[i].start), min(end, own[i].end) };
    return first;
}

void memory_release_range(u64 start, u64 end)
{
    start = ROUND_UP(start, PAGE_SIZE);
    end &= PAGE_MASK;
    if (start < end)
        page_alloc_init_range(mfn(start >> PAGE_SHIFT), (end - start) >> PAGE_SHIFT);
}

/* All L3 tables of the hypervisor's slots exist from now on, so that guests' L4s never need an update. */
static void fill_l4(void)
{
    for (unsigned int slot = HYPERVISOR_L4_FIRST; slot <= HYPERVISOR_L4_LAST; slot++)
        if (!pte_present(idle_l4[slot]))
            idle_l4[slot] = pte_make(virt_to_mfn(boot_alloc_pages(1)), PAGE_HV_TABLE);
    idle_l4[PERDOMAIN_L4_SLOT] = pte(0);
}

static const char *e820_name(u32 type)
{
    static const char *const name[] = { "type 0", "usable", "reserved", "ACPI data", "ACPI NVS", "unusable" };

    return type < ARRAY_SIZE(name) ? name[type] : "other";
}

static void check_enough(void)
{
    u64 ram = 0;

    printk("Memory map of the firmware:\n");
    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];

        printk(" %016lx to %016lx %s\n", e->addr, e->addr + e->size - 1, e820_name(e->type));
        if (e->type == E820_RAM)
            ram += e->size;
    }
    if (boot_info.lost_e820)
        printk(XENLOG_WARN "%u entries more than there is room for are not used\n", boot_info.lost_e820);
    printk("RAM: %lu MiB in %u ranges\n", ram >> 20, boot_info.nr_e820);
    if (ram < MIN_RAM)
        boot_refuse("the machine has %lu MiB of RAM, at least %lu MiB are needed: give it more", ram >> 20, MIN_RAM >> 20);
}

static bool no_ram_in_2m(u64 m)
{
    return m >= max_frame || bitmap_next_set(ram_bitmap, (unsigned int)m + PTES_PER_PAGE, (unsigned int)m) == m + PTES_PER_PAGE;
}

/* The boot tables mapped all of the first 4 GiB: device memory must have no cached alias. */
static void unmap_non_ram(void)
{
    for (u64 m = 0; m < MB(4096) >> PAGE_SHIFT; m += PTES_PER_PAGE) {
        pte_t *l2 = mfn_to_virt(pte_mfn(directmap_l3[PT_INDEX(m << PAGE_SHIFT, 3)]));
        pte_t *e = &l2[PT_INDEX(m << PAGE_SHIFT, 2)], *l1;

        if (no_ram_in_2m(m)) {
            *e = pte(0);
            continue;
        }
        if (pte_x(*e) & PTE_PS)
            continue;
        l1 = mfn_to_virt(pte_mfn(*e));
        for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
            if (!mfn_is_ram(mfn(m + i)))
                l1[i] = pte(0);
    }
    write_cr3(read_cr3());
}

void memory_init(void)
{
    struct kexec_range crash;

    check_enough();
    boot_info.xen_end = boot_info.xen_start + (u64)(image_end - image_start);
    reserve(0, MB(1));
    reserve(boot_info.xen_start, boot_info.xen_end);
    for (unsigned int i = 0; i < boot_info.nr_mods; i++)
        reserve(boot_info.mods[i].start, boot_info.mods[i].start + boot_info.mods[i].size);
    crash = kexec_reserve(is_reserved);
    if (crash.size)
        reserve(crash.start, crash.start + crash.size);
    boot_pool = largest_free(MB(2), MB(4096));
    boot_pool_top = boot_pool.end;
    high_pool = largest_free(MB(4096), MAX_RAM_ADDRESS);
    high_pool_top = high_pool.end;
    report_unused_ram();
    for_each_ram(note_max);
    fill_l4();
    for_each_ram(map_ram);
    for_each_ram(map_frame_table);
    ram_bitmap = boot_alloc_pages(DIV_ROUND_UP(max_frame / 8 + 128, PAGE_SIZE));
    for_each_ram(mark_ram);
    unmap_non_ram();
    reserve(boot_pool.end, boot_pool_top);
    reserve(high_pool.end, high_pool_top);
    map_heap_is_ready();
    for_each_ram(release);
    printk("%lu MiB free, %lu KiB used by the hypervisor's tables\n", free_pages_total() >> 8,
           (boot_pool_top - boot_pool.end + high_pool_top - high_pool.end) >> 10);
}

static void protect(const char *from, const char *to, u64 flags)
{
    u64 off = (u64)(from - image_start);

    if (map_pages((unsigned long)from, mfn((boot_info.xen_start + off) >> PAGE_SHIFT),
                  (unsigned long)(to - from) >> PAGE_SHIFT, flags))
        panic("no memory to protect the image");
}

void memory_protect_image(void)
{
    protect(image_start, text_end, PAGE_HV_RX);
    protect(rodata_start, rodata_end, PAGE_HV_RO);
    protect(rodata_end, image_end, PAGE_HV_RW);
    write_cr4(read_cr4() | CR4_PGE);
}

void memory_drop_identity(void)
{
    idle_l4[0] = pte(0);
    write_cr3(read_cr3());
}
