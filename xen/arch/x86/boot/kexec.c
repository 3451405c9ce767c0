/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec on this machine: memory kept for a crash image, page tables that map an image at its own addresses, the notes that say where
 * each CPU was, and the jump (kexec_entry.S).
 */
#include <xen/errno.h>
#include <xen/kexec.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/cpu_info.h>
#include <x86/irqflags.h>
#include <x86/kexec.h>
#include <x86/page.h>
#include <x86/platform.h>
#include <public/kexec.h>

#define AREA_ALIGN (1UL << 24)      /* what Linux aligns itself to */
#define LARGE_SIZE (1UL << 21)

extern const char kexec_code_start[], kexec_code_end[];

static struct kexec_range asked;

static int parse_crashkernel(const char *s) { return kexec_parse_area(s, &asked); }
PARAM_FN("crashkernel", crashkernel, parse_crashkernel, "SIZE[@START]: memory kept for a kernel that is started after a crash");

/* ---- the area ---- */

/* The highest place in @e below 4 GiB that nothing else has; 0: none. */
static u64 place_in(const struct e820_entry *e, bool (*taken)(u64 start, u64 end, u64 *next))
{
    u64 low = max(e->addr, AREA_ALIGN), high = min(e->addr + e->size, 1UL << 32), unused;

    if (e->type != E820_RAM || high < asked.size)
        return 0;
    for (u64 a = (high - asked.size) & ~(AREA_ALIGN - 1); a >= low; a -= AREA_ALIGN)
        if (!taken(a, a + asked.size, &unused))
            return a;
    return 0;
}

struct kexec_range kexec_reserve(bool (*taken)(u64 start, u64 end, u64 *next))
{
    u64 unused, start = 0;

    if (!asked.size)
        return asked;
    if (asked.start)
        start = e820_is_ram(asked.start, asked.start + asked.size) && !taken(asked.start, asked.start + asked.size, &unused) ?
            asked.start : 0;
    else
        for (unsigned int i = 0; i < boot_info.nr_e820; i++)
            start = max(start, place_in(&boot_info.e820[i], taken));
    if (start)
        kexec_crash_area = (struct kexec_range){ start, asked.size };
    if (start)
        printk("crashkernel: %lu MiB at %#lx\n", asked.size >> 20, start);
    else
        printk(XENLOG_WARN "crashkernel: no free RAM of %lu MiB %s; there will be no crash kernel\n", asked.size >> 20,
               asked.start ? "at the address given" : "below 4 GiB");
    return kexec_crash_area;
}

/* ---- notes: ELF core's PRSTATUS of each CPU, System V ABI for AMD64 and Linux' elfcore.h ---- */

struct note {
    u32 name_size, desc_size, type;
    char name[8];
    struct {
        u32 signal[3];
        u16 current_signal, pad;
        u64 pending, held;
        u32 pid, parent, group, session;
        u64 times[8];
        u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, rflags, rsp, ss,
            fs_base, gs_base, ds, es, fs, gs;
        u32 fpu_valid, pad2;
    } status;
    u32 end[3];              /* an empty note */
};
_Static_assert(offsetof(struct note, status.r15) - offsetof(struct note, status) == 112, "pr_reg");
_Static_assert(sizeof(((struct note *)0)->status) == 336, "struct elf_prstatus");
#define NT_PRSTATUS 1

/* A page, once somebody has asked where it is. */
static DEFINE_PER_CPU(struct note *, crash_note);

void kexec_note_cpu(const struct cpu_user_regs *r)
{
    unsigned int cpu = smp_processor_id();
    struct note *n = per_cpu(crash_note, cpu);

    if (!n || n->name_size)
        return;
    *n = (struct note){ .name_size = 5, .desc_size = sizeof(n->status), .type = NT_PRSTATUS, .name = "CORE", .status = {
        .pid = cpu, .r15 = r->r15, .r14 = r->r14, .r13 = r->r13, .r12 = r->r12, .rbp = r->rbp, .rbx = r->rbx, .r11 = r->r11,
        .r10 = r->r10, .r9 = r->r9, .r8 = r->r8, .rax = r->rax, .rcx = r->rcx, .rdx = r->rdx, .rsi = r->rsi, .rdi = r->rdi,
        .orig_rax = ~0UL, .rip = r->rip, .cs = r->cs, .rflags = r->rflags, .rsp = r->rsp, .ss = r->ss } };
}

static int note_of(int nr, struct kexec_range *out)
{
    struct note **n, *none = NULL, *page;

    if (nr < 0 || nr >= NR_CPUS || !cpumask_test((unsigned int)nr, &cpu_online_map))
        return -ERANGE;
    n = &per_cpu(crash_note, (unsigned int)nr);
    if (!READ_ONCE(*n)) {
        page = alloc_xen_page();
        if (!page)
            return -ENOMEM;
        if (!__atomic_compare_exchange_n(n, &none, page, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            free_xen_page(page);
    }
    *out = (struct kexec_range){ maddr_x(virt_to_maddr(*n)), sizeof(**n) };
    return 0;
}

int arch_kexec_range(int range, int nr, struct kexec_range *out)
{
    switch (range) {
    case KEXEC_RANGE_MA_CRASH:
        *out = kexec_crash_area;
        return 0;
    case KEXEC_RANGE_MA_XEN:
        *out = (struct kexec_range){ boot_info.xen_start, boot_info.xen_end - boot_info.xen_start };
        return 0;
    case KEXEC_RANGE_MA_CPU:
        return note_of(nr, out);
    }
    return -EINVAL;
}

/* ---- page tables ---- */

/* The table below entry @e, made when there is none. */
static int table_below(struct kexec_image *image, pte_t *e, pte_t **table)
{
    void *page;
    int rc;

    if (!pte_present(*e)) {
        rc = kexec_alloc_page(image, &page);
        if (rc)
            return rc;
        *e = pte_make(virt_to_mfn(page), PAGE_HV_TABLE);
    }
    *table = mfn_to_virt(pte_mfn(*e));
    return 0;
}

static int map_large(struct kexec_image *image, u64 a)
{
    pte_t *table = maddr_to_virt(maddr(image->tables));
    int rc;

    for (int level = 4; level > 2; level--) {
        rc = table_below(image, &table[PT_INDEX(a, level)], &table);
        if (rc)
            return rc;
    }
    table[PT_INDEX(a, 2)] = pte_make(maddr_to_mfn(maddr(a)), PTE_P | PTE_RW | PTE_A | PTE_D | PTE_PS);
    return 0;
}

static int map_range(struct kexec_image *image, u64 start, u64 size)
{
    int rc = 0;

    for (u64 a = start & ~(LARGE_SIZE - 1); !rc && a < start + size; a += LARGE_SIZE)
        rc = map_large(image, a);
    return rc;
}

/* What is moved, from where, and the list that says so. */
static int map_moves(struct kexec_image *image)
{
    const struct kexec_move *m = maddr_to_virt(maddr(image->moves));
    int rc = map_large(image, image->moves & ~(LARGE_SIZE - 1));

    while (!rc && !(m->from & KEXEC_MOVE_END)) {
        bool next = m->from & KEXEC_MOVE_NEXT;

        rc = map_large(image, (next ? m->to : m->from) & ~(LARGE_SIZE - 1));
        m = next ? maddr_to_virt(maddr(m->to)) : m + 1;
    }
    return rc;
}

int arch_kexec_prepare(struct kexec_image *image)
{
    void *tables, *code;
    int rc = kexec_alloc_page(image, &tables);

    if (!rc)
        rc = kexec_alloc_page(image, &code);
    if (rc)
        return rc;
    image->tables = maddr_x(virt_to_maddr(tables));
    image->code = maddr_x(virt_to_maddr(code));
    memcpy(code, kexec_code_start, (size_t)(kexec_code_end - kexec_code_start));
    rc = map_range(image, image->code, PAGE_SIZE);
    for (unsigned int i = 0; !rc && i < image->nr_segments; i++)
        rc = map_range(image, image->segment[i].start, image->segment[i].size);
    return rc ? rc : map_moves(image);
}

/* ---- the jump ---- */

/* Our tables get the image's lower half, so that its page of code runs on them and on its own. Nothing comes back. */
static void noreturn jump(const struct kexec_image *image)
{
    void noreturn (*code)(u64 moves, u64 entry, u64 tables, u64 stack) = (void *)image->code;

    memcpy(idle_l4, maddr_to_virt(maddr(image->tables)), HYPERVISOR_L4_FIRST * sizeof(pte_t));
    write_cr4(read_cr4() & ~(CR4_PGE | CR4_SMEP | CR4_SMAP));
    write_cr3(image_maddr(idle_l4));
    code(image->moves, image->entry, image->tables, image->code + PAGE_SIZE);
}

void machine_kexec(unsigned int type)
{
    const struct kexec_image *image = kexec_image_of(type);

    if (!image)
        return;
    printk("kexec: the %s image takes over at %#lx\n", type == KEXEC_TYPE_CRASH ? "crash" : "loaded", image->entry);
    local_irq_disable();
    kexec_note_cpu(guest_cpu_user_regs());
    machine_quiesce();
    jump(image);
}
