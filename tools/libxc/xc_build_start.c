/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PV builder: what the guest finds when it starts: start_info, shared page,
 * event ports, pinned page tables, registers of vcpu 0.
 */
#include "xc_build.h"
#include "xc_private.h"

#include <stdio.h>
#include <sys/mman.h>

#define FLAGS_RESERVED 0x002UL    /* always one */
#define FLAGS_IF 0x200UL

int xc_build_ports(struct xc_build *b)
{
    int port = xc_evtchn_alloc_unbound(b->h, b->domid, b->p->store_domid);

    if (port < 0)
        return port;
    b->r->store_port = port;
    port = xc_evtchn_alloc_unbound(b->h, b->domid, b->p->console_domid);
    if (port < 0)
        return port;
    b->r->console_port = port;
    return 0;
}

static uint64_t va_of(const struct xc_build *b, uint64_t pfn)
{
    return b->layout.virt_base + pfn * XC_PAGE_SIZE;
}

static void start_ramdisk(const struct xc_build *b, struct start_info *si)
{
    const struct xc_layout *l = &b->layout;

    if (!b->has_ramdisk)
        return;
    si->mod_len = b->ramdisk.len;
    si->mod_start = va_of(b, l->ramdisk.pfn);
    if (l->ramdisk_by_pfn) {
        si->mod_start = l->ramdisk.pfn;
        si->flags |= SIF_MOD_START_PFN;
    }
}

/* start_info, and the ring pages empty. All strings were measured before. */
int xc_build_start_info(struct xc_build *b)
{
    const struct xc_layout *l = &b->layout;
    struct start_info *si = xc_window_at(&b->window, l->start_info.pfn);
    struct xc_domain_info info;
    int rc = xc_domain_getinfo(b->h, b->domid, &info);

    if (rc)
        return rc;
    b->r->shared_info_mfn = info.shared_info_mfn;
    b->r->start_info_mfn = xc_frames_mfn(&b->frames, l->start_info.pfn);
    b->r->store_mfn = xc_frames_mfn(&b->frames, l->store.pfn);
    b->r->console_mfn = xc_frames_mfn(&b->frames, l->console.pfn);
    memset(si, 0, XC_PAGE_SIZE);
    snprintf(si->magic, sizeof(si->magic), "xen-3.0-x86_64");
    si->nr_pages = b->frames.nr_pages;
    si->shared_info = info.shared_info_mfn << XC_PAGE_SHIFT;
    si->flags = b->p->sif_flags;
    si->store_mfn = b->r->store_mfn;
    si->store_evtchn = b->r->store_port;
    si->console.domU.mfn = b->r->console_mfn;
    si->console.domU.evtchn = b->r->console_port;
    si->pt_base = va_of(b, l->tables.pfn);
    si->nr_pt_frames = l->tables.nr;
    si->mfn_list = l->p2m_va;
    if (l->p2m_tables.nr) {
        si->first_p2m_pfn = l->p2m_tables.pfn;
        si->nr_p2m_frames = l->p2m_tables.nr + l->p2m.nr;
    }
    start_ramdisk(b, si);
    if (b->p->cmdline)
        snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", b->p->cmdline);
    memset(xc_window_at(&b->window, l->store.pfn), 0, XC_PAGE_SIZE);
    memset(xc_window_at(&b->window, l->console.pfn), 0, XC_PAGE_SIZE);
    memset(xc_window_at(&b->window, l->stack.pfn), 0, XC_PAGE_SIZE);
    return 0;
}

/* A guest starts with its events masked. The rest is the hypervisor's. */
int xc_build_shared_info(struct xc_build *b)
{
    struct shared_info *s;
    void *p;
    int rc = xc_map_foreign_page(b->h, b->domid, PROT_READ | PROT_WRITE,
                                 b->r->shared_info_mfn, &p);

    if (rc)
        return rc;
    s = p;
    for (unsigned i = 0; i < XC_ARRAY_SIZE(s->vcpu_info); i++)
        s->vcpu_info[i].evtchn_upcall_mask = 1;
    xc_unmap_foreign(b->h, p, 1);
    return 0;
}

/* Needs the window closed: a pinned table may not be mapped writable. */
int xc_build_pin(struct xc_build *b)
{
    struct xc_pin pin = { 4, xc_frames_mfn(&b->frames, b->layout.l4) };
    const struct xc_elf *elf = &b->kernel.elf;
    int rc = 0;

    if (elf->hypercall_page)
        rc = xc_domain_hypercall_init(b->h, b->domid,
            xc_frames_mfn(&b->frames, (elf->hypercall_page - elf->virt_base) >>
                                          XC_PAGE_SHIFT));
    return rc ? rc : xc_mmuext_pin(b->h, b->domid, &pin, 1);
}

/* Registers at entry (public/xen.h "start of day"): rsi start_info, rsp the top
 * of the bootstrap stack, flat segments of the hypervisor's GDT, cr3. */
int xc_build_vcpu(struct xc_build *b)
{
    const struct xc_layout *l = &b->layout;
    struct vcpu_guest_context c = { 0 };

    c.flags = VGCF_in_kernel | VGCF_online;
    c.user_regs.rip = b->kernel.elf.entry;
    c.user_regs.rsp = va_of(b, l->stack.pfn + l->stack.nr);
    c.user_regs.rsi = va_of(b, l->start_info.pfn);
    c.user_regs.rflags = FLAGS_RESERVED | FLAGS_IF;
    c.user_regs.cs = FLAT_KERNEL_CS;
    c.user_regs.ss = FLAT_KERNEL_SS;
    c.user_regs.ds = FLAT_KERNEL_DS;
    c.user_regs.es = FLAT_KERNEL_DS;
    c.user_regs.fs = FLAT_KERNEL_DS;
    c.user_regs.gs = FLAT_KERNEL_DS;
    c.kernel_ss = FLAT_KERNEL_SS;
    c.kernel_sp = c.user_regs.rsp;
    c.ctrlreg[3] = xen_pfn_to_cr3(xc_frames_mfn(&b->frames, l->l4));
    return xc_vcpu_setcontext(b->h, b->domid, 0, &c);
}
