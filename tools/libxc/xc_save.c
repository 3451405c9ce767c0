/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a suspended PV domain's image.  All machine frames in it, in page
 * tables and registers, become the guest's own frame numbers.
 */
#include "xc_save.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_all(struct save *s, const void *data, size_t len)
{
    const char *p = data;

    while (len) {
        ssize_t n = write(s->fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int rc = n < 0 ? -errno : -EIO;

            return xc_fail(s->h, rc, XC_ABOUT_SYSTEM, "write the image", "%s",
                           strerror(-rc));
        }
        p += n;
        len -= n;
    }
    return 0;
}

int xc_save_record(struct save *s, uint32_t type, const struct iovec *part,
                   unsigned parts)
{
    static const char zero[8];
    struct stream_rec rec = { .type = type };
    int rc;

    for (unsigned i = 0; i < parts; i++)
        rec.len += part[i].iov_len;
    rc = write_all(s, &rec, sizeof(rec));
    for (unsigned i = 0; i < parts && !rc; i++)
        rc = write_all(s, part[i].iov_base, part[i].iov_len);
    return rc ? rc : write_all(s, zero, -rec.len & 7);
}

static int save_headers(struct save *s)
{
    struct stream_header head = {
        .marker = STREAM_MARKER, .id = htonl(STREAM_ID),
        .version = htonl(STREAM_VERSION),
    };
    struct stream_domain domain = {
        .type = STREAM_X86_PV, .page_shift = XC_PAGE_SHIFT,
        .xen_major = 4, .xen_minor = 17,
    };
    struct stream_pv_info pv = { .guest_width = 8, .pt_levels = 4 };
    struct iovec part = { &pv, sizeof(pv) };
    int rc = write_all(s, &head, sizeof(head));

    if (!rc)
        rc = write_all(s, &domain, sizeof(domain));
    if (!rc)
        rc = xc_save_record(s, REC_X86_PV_INFO, &part, 1);
    return rc ? rc : xc_save_record(s, REC_STATIC_DATA_END, NULL, 0);
}

static int save_shared_info(struct save *s)
{
    char page[XC_PAGE_SIZE];
    struct iovec part = { page, sizeof(page) };
    void *p;
    int rc = xc_map_foreign_page(s->h, s->domid, PROT_READ,
                                 s->info.shared_info_mfn, &p);

    if (rc)
        return rc;
    memcpy(page, p, sizeof(page));
    xc_unmap_foreign(s->h, p, 1);
    return xc_save_record(s, REC_SHARED_INFO, &part, 1);
}

static int save_tsc(struct save *s)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_gettscinfo, .domain = s->domid };
    const struct xen_domctl_tsc_info *t = &op.u.tsc_info;
    struct stream_tsc tsc;
    struct iovec part = { &tsc, sizeof(tsc) };
    int rc = xc_domctl(s->h, &op);

    if (rc < 0)
        return xc_fail_call(s->h, rc, "read the time base of domain %u", s->domid);
    tsc = (struct stream_tsc){
        .mode = t->tsc_mode, .khz = t->gtsc_khz, .nsec = t->elapsed_nsec,
        .incarnation = t->incarnation,
    };
    return xc_save_record(s, REC_X86_TSC_INFO, &part, 1);
}

/* A number that is a machine frame becomes the guest's; 0 stays. */
static int to_pfn(struct save *s, unsigned long *frame, const char *what)
{
    uint64_t pfn;

    if (!*frame)
        return 0;
    if (!xc_save_pfn(s, *frame, &pfn))
        return xc_fail(s->h, -EXDEV, XC_ABOUT_HYPERVISOR, "save registers",
                       "%s is frame %#lx, which is not the domain's own", what,
                       *frame);
    *frame = pfn;
    return 0;
}

static int save_vcpu_basic(struct save *s, uint32_t id)
{
    struct vcpu_guest_context c;
    struct stream_vcpu head = { .id = id };
    struct iovec part[] = { { &head, sizeof(head) }, { &c, sizeof(c) } };
    int rc = xc_vcpu_getcontext(s->h, s->domid, id, &c);

    if (rc)
        return rc;
    /* The argument of the call in which vcpu 0 waits: start_info's frame. */
    if (id == 0)
        rc = to_pfn(s, &c.user_regs.rdx, "start_info");
    for (unsigned i = 0; i < GDT_FRAMES(c.gdt_ents) && i < 16 && !rc; i++)
        rc = to_pfn(s, &c.gdt_frames[i], "the GDT");
    for (unsigned i = 1; i <= 3 && !rc; i += 2) {   /* user's and kernel's root */
        unsigned long frame = xen_cr3_to_pfn(c.ctrlreg[i]);

        rc = c.ctrlreg[i] ? to_pfn(s, &frame, "the page-table root") : 0;
        if (c.ctrlreg[i])
            c.ctrlreg[i] = xen_pfn_to_cr3(frame);
    }
    return rc ? rc : xc_save_record(s, REC_X86_PV_VCPU_BASIC, part, 2);
}

static int save_vcpu_extended(struct save *s, uint32_t id)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_get_ext_vcpucontext,
                             .domain = s->domid };
    struct stream_vcpu head = { .id = id };
    struct iovec part[] = { { &head, sizeof(head) },
                            { &op.u.ext_vcpucontext, 128 } };
    int rc;

    op.u.ext_vcpucontext.vcpu = id;
    rc = xc_domctl(s->h, &op);
    if (rc < 0)
        return xc_fail_call(s->h, rc, "get callbacks of vcpu %u, domain %u", id,
                            s->domid);
    return xc_save_record(s, REC_X86_PV_VCPU_EXTENDED, part, 2);
}

/* FPU and vector registers beyond the context's; nothing on a CPU without XSAVE. */
static int save_vcpu_xsave(struct save *s, uint32_t id)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuextstate,
                             .domain = s->domid };
    struct xen_domctl_vcpuextstate *e = &op.u.vcpuextstate;
    struct stream_vcpu head = { .id = id };
    void *buf = NULL;
    int rc;

    e->vcpu = id;
    rc = xc_domctl(s->h, &op);
    if (rc < 0 || !e->size)
        goto out;
    buf = xc_hbuf_alloc(s->h, e->size);
    if (!buf)
        return -ENOMEM;
    set_xen_guest_handle(e->buffer, buf);
    rc = xc_domctl(s->h, &op);
    if (rc >= 0) {
        struct iovec part[] = { { &head, sizeof(head) }, { buf, e->size } };

        rc = xc_save_record(s, REC_X86_PV_VCPU_XSAVE, part, 2);
        xc_hbuf_free(s->h, buf);
        return rc;
    }
out:
    xc_hbuf_free(s->h, buf);
    return rc < 0 ? xc_fail_call(s->h, rc, "get the vector registers of vcpu %u, domain %u",
                                 id, s->domid) : 0;
}

static int save_vcpus(struct save *s)
{
    int rc = 0;

    for (uint32_t id = 0; id <= s->info.max_vcpu_id && !rc; id++) {
        struct xc_vcpu_info v;

        rc = xc_vcpu_getinfo(s->h, s->domid, id, &v);
        if (rc || !v.online)
            continue;
        rc = save_vcpu_basic(s, id);
        if (!rc)
            rc = save_vcpu_extended(s, id);
        if (!rc)
            rc = save_vcpu_xsave(s, id);
    }
    return rc;
}

static int save_check(struct save *s)
{
    uint32_t bits = 0;
    int rc = xc_domain_getinfo(s->h, s->domid, &s->info);

    if (rc)
        return rc;
    if (!s->info.shutdown || s->info.shutdown_reason != XC_SHUTDOWN_SUSPEND ||
        s->info.max_vcpu_id == UINT32_MAX)
        return xc_fail(s->h, -EINVAL, XC_ABOUT_HYPERVISOR, "save",
                       "domain %u is not suspended", s->domid);
    rc = s->info.hvm ? 0 : xc_domain_get_address_size(s->h, s->domid, &bits);
    if (!rc && bits != 64)
        rc = xc_fail(s->h, -EINVAL, XC_ABOUT_HYPERVISOR, "save",
                     "domain %u is not a 64-bit PV guest", s->domid);
    return rc;
}

int xc_domain_save(struct xc_handle *h, uint32_t domid, int fd)
{
    struct save s = { .h = h, .domid = domid, .fd = fd };
    int rc;

    xc_error_clear(h);
    rc = save_check(&s);
    if (!rc)
        rc = xc_save_frames_open(&s);
    if (!rc)
        rc = save_headers(&s);
    if (!rc)
        rc = xc_save_p2m(&s);
    if (!rc)
        rc = xc_save_pages(&s);
    if (!rc)
        rc = save_tsc(&s);
    if (!rc)
        rc = save_shared_info(&s);
    if (!rc)
        rc = save_vcpus(&s);
    if (!rc)
        rc = xc_save_record(&s, REC_END, NULL, 0);
    xc_save_frames_close(&s);
    return xc_fail_unsaid(h, rc, "save");
}

int xc_domain_resume_cancelled(struct xc_handle *h, uint32_t domid)
{
    struct vcpu_guest_context c;
    int rc = xc_vcpu_getcontext(h, domid, 0, &c);

    if (rc)
        return rc;
    c.user_regs.rax = 1;
    rc = xc_vcpu_setcontext(h, domid, 0, &c);
    return rc ? rc : xc_domain_resume(h, domid);
}
