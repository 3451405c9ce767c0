/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0: from the loader's two modules to a domain whose first vCPU stands at its kernel's entry. */
#include <xen/decompress.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <x86/acpi.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/mm.h>
#include "dom0.h"

static unsigned int opt_max_vcpus;
PARAM("dom0_max_vcpus", dom0_max_vcpus, PARAM_UINT, &opt_max_vcpus, "number of dom0's virtual CPUs (default: one a CPU)");

static struct domain *create_domain(void)
{
    unsigned int cpus = cpumask_weight(&cpu_online_map);
    unsigned int vcpus = min(opt_max_vcpus ? opt_max_vcpus : cpus, (unsigned int)MAX_VCPUS);
    struct domain_config cfg = { .max_vcpus = vcpus, .max_evtchn_port = ~0u, .max_grant_frames = 64,
                                 .max_maptrack_frames = 1024, .grant_max_version = 2 };
    struct domain *d;
    int err;

    d = domain_create(0, &cfg, true, &err);
    if (!d)
        panic("dom0 could not be created: %d", err);
    for (unsigned int i = 0; i < vcpus; i++)
        if (!vcpu_create(d, i))
            panic("dom0: vCPU %u could not be created", i);
    return d;
}

static void load_kernel(const struct dom0_image *im)
{
    /* memory that has just been allocated is zero or scrubbed, but what the segments do not fill must be zero for certain */
    for (u64 pfn = 0; pfn < im->l.end_pfn; pfn++)
        memset(dom0_page(im, pfn), 0, PAGE_SIZE);
    for (unsigned int i = 0; i < im->elf.nr_segments; i++)
        dom0_copy(im, im->elf.segment[i].vaddr, im->elf.segment[i].data, im->elf.segment[i].file_size);
    if (im->elf.hypercall_page != ELF_UNSET) {
        u64 pfn = (im->elf.hypercall_page - im->l.v_start) >> PAGE_SHIFT;

        if (im->elf.hypercall_page < im->l.v_start || im->elf.hypercall_page >= im->l.v_end ||
            im->elf.hypercall_page % PAGE_SIZE)
            boot_refuse("dom0 kernel: its hypercall page %#lx is outside of it", im->elf.hypercall_page);
        hypercall_page_fill(dom0_page(im, pfn));
    }
}

static void load_initrd(const struct dom0_image *im)
{
    const char *p = im->initrd;

    for (u64 i = 0; i < im->l.initrd_pages; i++)
        memcpy(dom0_page(im, im->l.initrd_pfn + i), p + i * PAGE_SIZE, min(PAGE_SIZE, im->initrd_size - i * PAGE_SIZE));
}

static void load_p2m(const struct dom0_image *im)
{
    u64 bytes = im->nr_pages * sizeof(u64), first = im->l.p2m_pfn;

    if (!im->l.p2m_apart)
        first = (im->l.p2m - im->l.v_start) >> PAGE_SHIFT;
    for (u64 at = 0; at < bytes; at += PAGE_SIZE)
        memcpy(dom0_page(im, first + at / PAGE_SIZE), (const char *)im->p2m + at, min(PAGE_SIZE, bytes - at));
}

/* The screen in text mode, as a BIOS leaves it. Returns bytes used. */
static size_t vga_info(struct dom0_vga_console_info *info)
{
    if (boot_info.is_efi)
        return 0;
    info->video_type = XEN_VGATYPE_TEXT_MODE_3;
    info->u.text_mode_3.font_height = 16;
    info->u.text_mode_3.rows = 25;
    info->u.text_mode_3.columns = 80;
    info->u.text_mode_3.cursor_y = 24;
    return sizeof(*info);
}

static u64 machine_address(const void *xen_page)
{
    return virt_to_maddr(xen_page).v;
}

/*
 * dom0's kernel finds the ACPI tables of a BIOS by itself. Those of UEFI it finds by the firmware's services, which it does
 * not get: it is told where the root pointer is, unless its administrator has done so.
 */
static void fill_cmdline(struct start_info *si, const struct dom0_image *im)
{
    char *line = (char *)si->cmd_line;
    char option[sizeof(" acpi_rsdp=0x") + 16] = "";
    size_t n = strlcpy(line, im->cmdline, sizeof(si->cmd_line));

    if (boot_info.is_efi && acpi_info.rsdp && !strstr(line, "acpi_rsdp="))
        snprintf(option, sizeof(option), " acpi_rsdp=%#lx", acpi_info.rsdp);
    if (n < sizeof(si->cmd_line))
        n = strlcat(line, option, sizeof(si->cmd_line));
    if (n >= sizeof(si->cmd_line))
        printk(XENLOG_WARN "dom0's command line is cut off after %zu characters\n", sizeof(si->cmd_line) - 1);
}

static void fill_start_info(const struct domain *d, const struct dom0_image *im)
{
    const struct dom0_layout *l = &im->l;
    struct start_info *si = dom0_page(im, (l->start_info - l->v_start) >> PAGE_SHIFT);

    strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
    si->nr_pages = im->nr_pages;
    si->shared_info = machine_address(d->shared_info);
    si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
    si->pt_base = l->page_tables;
    si->nr_pt_frames = l->nr_page_tables;
    si->mfn_list = l->p2m;
    if (l->p2m_apart) {
        si->first_p2m_pfn = l->p2m_pfn;
        si->nr_p2m_frames = l->nr_p2m_pfns;
    }
    if (im->initrd_size) {
        si->mod_start = l->initrd_apart ? l->initrd_pfn : l->initrd;
        si->mod_len = im->initrd_size;
        if (l->initrd_apart)
            si->flags |= SIF_MOD_START_PFN;
    }
    fill_cmdline(si, im);
    si->console.dom0.info_off = sizeof(*si);
    si->console.dom0.info_size = vga_info((struct dom0_vga_console_info *)(si + 1));
}

static void start_vcpu(struct vcpu *v, const struct dom0_image *im)
{
    struct cpu_user_regs *r = &v->arch.user_regs;

    r->rip = im->elf.entry;
    r->rsp = im->l.stack + PAGE_SIZE;
    r->rsi = im->l.start_info;
    r->cs = FLAT_KERNEL_CS;
    r->ss = FLAT_KERNEL_SS;
    r->rflags = EFLAGS_IF | 2;
    v->arch.in_kernel = true;
    v->is_initialised = true;
    __atomic_and_fetch(&v->pause_flags, ~VPF_DOWN, __ATOMIC_SEQ_CST);
}

static void mask_events(struct domain *d)
{
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
}

static void report(const struct dom0_image *im)
{
    const struct dom0_layout *l = &im->l;

    printk("dom0 memory: %lu MiB; kernel %#lx to %#lx, mapped to %#lx\n", im->nr_pages >> 8, l->v_start, l->kernel_end,
           l->v_end);
    printk("dom0 layout: start_info %#lx, page tables %#lx (%lu), stack %#lx, p2m %#lx%s\n", l->start_info, l->page_tables,
           l->nr_page_tables, l->stack, l->p2m, l->p2m_apart ? " (apart)" : "");
    if (im->initrd_size)
        printk("dom0 initrd: pfn %#lx, %zu bytes\n", l->initrd_pfn, im->initrd_size);
}

static void free_temporary(struct dom0_image *im)
{
    if (im->unpacked)
        decompress_free(im->unpacked, im->unpacked_size);
    decompress_free(im->p2m, im->nr_pages * sizeof(u64));
}

void dom0_build(const struct boot_module *kernel, const struct boot_module *initrd)
{
    static struct dom0_image image;
    struct dom0_image *im = &image;
    struct domain *d;

    dom0_load_image(im, kernel);
    if (initrd->size) {
        im->initrd = maddr_to_virt(maddr(initrd->start));
        im->initrd_size = initrd->size;
    }
    d = create_domain();
    im->nr_pages = dom0_choose_pages(&d->max_pages);
    dom0_plan_layout(im);
    dom0_allocate(d, im);
    report(im);
    load_kernel(im);
    load_initrd(im);
    load_p2m(im);
    fill_start_info(d, im);
    mask_events(d);
    dom0_build_page_tables(d->vcpu[0], im);
    dom0_grant_hardware(d);
    start_vcpu(d->vcpu[0], im);
    free_temporary(im);
}
