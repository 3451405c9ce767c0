/* SPDX-License-Identifier: GPL-2.0-only */
/* Each CPU's GDT, TSS, IDT register, syscall MSRs and syscall stub. */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/entry_asm.h>
#include <x86/fpu.h>
#include <x86/msr.h>
#include <x86/pv.h>
#include <x86/spec.h>

#define MSR_STAR         0xc0000081
#define MSR_LSTAR        0xc0000082
#define MSR_CSTAR        0xc0000083
#define MSR_SFMASK       0xc0000084
#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

/* AMD64 vol. 2, 12.2.5 */
struct tss {
    u32 reserved0;
    u64 rsp[3];
    u64 reserved1;
    u64 ist[7];
    u64 reserved2;
    u16 reserved3, iomap_base;
} __packed;

/* Page 14 of every vCPU's GDT window; the TSS shares the allocation, behind the page. */
struct cpu_descriptors {
    u64 gdt[512];
    struct tss tss;
};

#define GDT_SLOT(selector) (((selector) & 0xfff) >> 3)
#define GDT_LIMIT          (15 * 4096 - 1)

struct gate { u16 offset_low, selector; u8 ist, type; u16 offset_mid; u32 offset_high, reserved; } __packed;
struct table_register { u16 limit; u64 base; } __packed;

static struct gate idt[256] __aligned(4096);
static DEFINE_PER_CPU(struct cpu_descriptors *, descriptors);
static DEFINE_PER_CPU(u8 *, stub_page);

/* The ways in: plain, and those of guard.S. */
extern const u64 entry_stubs[256], entry_stubs_guarded[256];
extern const char syscall_entry[], syscall32_entry[], sysenter_entry[];
extern const char syscall_entry_guarded[], syscall32_entry_guarded[], sysenter_entry_guarded[];

struct entries { const u64 *stubs; const char *syscall, *syscall32, *sysenter; };
static const struct entries plain_entries = { entry_stubs, syscall_entry, syscall32_entry, sysenter_entry };
static const struct entries guarded_entries = { entry_stubs_guarded, syscall_entry_guarded, syscall32_entry_guarded,
                                                sysenter_entry_guarded };

enum { IST_NONE, IST_NMI, IST_MC, IST_DF, IST_DB };

static void idt_set(const u64 *stubs, unsigned int vector, unsigned int dpl, unsigned int ist)
{
    u64 a = stubs[vector];

    idt[vector] = (struct gate){ .offset_low = a, .selector = HV_CS, .ist = ist, .type = 0x8e | dpl << 5,
                                 .offset_mid = a >> 16, .offset_high = a >> 32 };
}

static void fill_idt(const u64 *stubs)
{
    for (unsigned int i = 0; i < 256; i++)
        idt_set(stubs, i, i == 3 || i == 4 || i == 0x80 ? 3 : 0, IST_NONE);
    idt_set(stubs, 1, 0, IST_DB);
    idt_set(stubs, 2, 0, IST_NMI);
    idt_set(stubs, 8, 0, IST_DF);
    idt_set(stubs, 18, 0, IST_MC);
}

void traps_init(void)
{
    fill_idt(entry_stubs);
}

mfn_t cpu_gdt_mfn(unsigned int cpu)
{
    return virt_to_mfn(per_cpu(descriptors, cpu)->gdt);
}

/* A 16-byte system descriptor: type 0x89 available TSS, 0x82 LDT. */
static void set_system_descriptor(u64 *gdt, unsigned int selector, u64 base, u32 limit, u8 type)
{
    unsigned int slot = GDT_SLOT(selector);

    gdt[slot] = (limit & 0xffff) | (base & 0xffffff) << 16 | (u64)type << 40 | (u64)(limit & 0xf0000) << 32 |
                (base >> 24 & 0xff) << 56;
    gdt[slot + 1] = base >> 32;
}

static void fill_gdt(u64 *gdt)
{
    /* accessed bits are set already: nothing ever writes to the page */
    gdt[GDT_SLOT(HV_CS)] = 0x00af9b000000ffff;
    gdt[GDT_SLOT(HV_DS)] = 0x00cf93000000ffff;
    gdt[GDT_SLOT(GUEST_CS32)] = 0x00cffb000000ffff;
    gdt[GDT_SLOT(GUEST_SS)] = 0x00cff3000000ffff;
    gdt[GDT_SLOT(GUEST_CS64)] = 0x00affb000000ffff;
}

static void lgdt(u64 base)
{
    struct table_register r = { GDT_LIMIT, base };

    asm volatile ("lgdt %0" :: "m" (r));
}

/* GDT register := this CPU's own page, at a hypervisor address, so that selectors stay what they are. */
void gdt_load_own(void)
{
    lgdt((u64)this_cpu(descriptors)->gdt - 14 * 4096);
}

void gdt_load_window(unsigned int vcpu_id)
{
    lgdt(PERDOMAIN_GDT(vcpu_id));
}

void load_guest_ldt(struct vcpu *v)
{
    unsigned int entries = v->arch.pv.ldt_entries;
    u16 selector = 0;

    if (entries) {
        set_system_descriptor(this_cpu(descriptors)->gdt, LDT_SELECTOR, PERDOMAIN_LDT(v->id), entries * 8 - 1, 0x82);
        selector = LDT_SELECTOR;
    }
    asm volatile ("lldt %0" :: "rm" (selector));
}

static u8 *emit(u8 *p, const void *code, size_t n, u64 imm)
{
    memcpy(p, code, n);
    memcpy(p + n, &imm, 8);
    return p + n + 8;
}

/* movabs %rax, &guest_regs.rax; mov %rsp, %rax; movabs $&guest_regs.es, %rsp; jmp target */
static void emit_stub(u8 *p, u64 runs_at, struct cpu_info *info, const char *target)
{
    u8 *start = p;
    s64 distance;

    p = emit(p, "\x48\xa3", 2, (u64)&info->guest_regs.rax);
    p = emit(p, "\x48\x89\xe0\x48\xbc", 5, (u64)&info->guest_regs.es);
    *p++ = 0xe9;
    distance = (s64)target - (s64)(runs_at + (p - start) + 4);
    BUG_ON(distance != (int)distance);
    memcpy(p, &distance, 4);
}

static void fill_stubs(unsigned int cpu, struct cpu_info *info, const struct entries *e)
{
    u64 at = STUBS_VIRT + cpu * PAGE_SIZE;
    u8 *page = per_cpu(stub_page, cpu);

    memset(page, 0xcc, PAGE_SIZE);
    emit_stub(page, at, info, e->syscall);
    emit_stub(page + 64, at + 64, info, e->syscall32);
    if (cpuid_edx(1) & (1u << 11))
        wrmsr(MSR_SYSENTER_EIP, (u64)e->sysenter);
}

static void init_syscall(unsigned int cpu, struct cpu_info *info)
{
    u64 at = STUBS_VIRT + cpu * PAGE_SIZE;
    u8 *page = alloc_xen_page();

    if (!page || map_pages(at, virt_to_mfn(page), 1, PAGE_HV_RX))
        panic("CPU %u: no memory for its syscall stub", cpu);
    per_cpu(stub_page, cpu) = page;
    fill_stubs(cpu, info, &plain_entries);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
    wrmsr(MSR_STAR, (u64)GUEST_CS32 << 48 | (u64)HV_CS << 32);
    wrmsr(MSR_LSTAR, at);
    wrmsr(MSR_CSTAR, at + 64);
    wrmsr(MSR_SFMASK, EFLAGS_IF | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT | EFLAGS_AC | EFLAGS_IOPL | EFLAGS_RF);
    if (cpuid_edx(1) & (1u << 11)) {
        wrmsr(MSR_SYSENTER_CS, HV_CS);
        wrmsr(MSR_SYSENTER_ESP, (u64)&info->guest_regs.es);
    }
}

/* The IDT is everybody's: the boot CPU changes it before there are others. */
void cpu_guard_entries(unsigned int cpu)
{
    if (cpu == 0)
        fill_idt(entry_stubs_guarded);
    fill_stubs(cpu, get_cpu_info(), &guarded_entries);
}

bool cpu_entry_memory(unsigned int cpu, unsigned int i, const void **from, const void **to)
{
    const char *stub = (const char *)(STUBS_VIRT + cpu * PAGE_SIZE);
    const struct cpu_descriptors *d = per_cpu(descriptors, cpu);
    const struct { const void *from, *to; } part[] = { { idt, idt + 256 }, { stub, stub + PAGE_SIZE }, { d, d + 1 } };

    if (i >= ARRAY_SIZE(part))
        return false;
    *from = part[i].from;
    *to = part[i].to;
    return true;
}

static void load_tables(void)
{
    struct table_register idtr = { sizeof(idt) - 1, (u64)idt };

    gdt_load_own();
    asm volatile ("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:" :: "i" (HV_CS) : "rax", "memory");
    asm volatile ("mov %0, %%ss; mov %1, %%ds; mov %1, %%es; mov %1, %%fs; mov %1, %%gs"
                  :: "r" (HV_DS), "r" (0) : "memory");
    asm volatile ("lidt %0; lldt %w1; ltr %w2" :: "m" (idtr), "r" (0), "r" (TSS_SELECTOR));
}

void cpu_init_descriptors(unsigned int cpu)
{
    struct cpu_info *info = get_cpu_info();
    char *stack = (char *)(info + 1) - STACK_SIZE;
    unsigned int order = sizeof(struct cpu_descriptors) > PAGE_SIZE;
    struct cpu_descriptors *d = alloc_xen_pages(order, ALLOC_ZERO);

    if (!d)
        panic("CPU %u: no memory for its descriptor tables", cpu);
    per_cpu(descriptors, cpu) = d;
    fill_gdt(d->gdt);
    d->tss.rsp[0] = (u64)&info->guest_regs.es;
    d->tss.ist[IST_NMI - 1] = (u64)stack + (IST_NMI_PAGE + 1) * PAGE_SIZE;
    d->tss.ist[IST_MC - 1] = (u64)stack + (IST_MC_PAGE + 1) * PAGE_SIZE;
    d->tss.ist[IST_DF - 1] = (u64)stack + (IST_DF_PAGE + 1) * PAGE_SIZE;
    d->tss.ist[IST_DB - 1] = (u64)stack + (IST_DB_PAGE + 1) * PAGE_SIZE;
    d->tss.iomap_base = sizeof(struct tss);
    set_system_descriptor(d->gdt, TSS_SELECTOR, (u64)&d->tss, sizeof(struct tss) - 1, 0x89);
    load_tables();
    init_syscall(cpu, info);
    fpu_init_cpu();
}
