/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading an image into a new domain: first all records, then, when every
 * frame has its new number, what names frames: tables, p2m, start_info,
 * registers. The image is not trusted further than the guest it came from is.
 */
#include "xc_restore.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int xc_restore_bad(struct restore *r, const char *what)
{
    return xc_fail(r->b.h, -EINVAL, XC_ABOUT_SYSTEM, "read the image", "%s", what);
}

static int read_all(struct restore *r, void *to, size_t len)
{
    char *p = to;

    while (len) {
        ssize_t n = read(r->fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return xc_fail(r->b.h, -errno, XC_ABOUT_SYSTEM, "read the image", "%s",
                           strerror(errno));
        if (n == 0)
            return xc_restore_bad(r, "it ends too early");
        p += n;
        len -= n;
    }
    return 0;
}

static int rec_end(struct restore *r, const void *body, uint32_t len)
{
    r->ended = true;
    return 0;
}

static int rec_skip(struct restore *r, const void *body, uint32_t len)
{
    return 0;
}

static int rec_pv_info(struct restore *r, const void *body, uint32_t len)
{
    const struct stream_pv_info *pv = body;

    if (pv->guest_width != 8 || pv->pt_levels != 4)
        return xc_restore_bad(r, "the guest is not a 64-bit one");
    return 0;
}

static int rec_shared_info(struct restore *r, const void *body, uint32_t len)
{
    if (!r->shared)
        r->shared = malloc(XC_PAGE_SIZE);
    if (!r->shared)
        return -ENOMEM;
    memcpy(r->shared, body, XC_PAGE_SIZE);
    return 0;
}

static int rec_tsc(struct restore *r, const void *body, uint32_t len)
{
    memcpy(&r->tsc, body, sizeof(r->tsc));
    return 0;
}

static struct restore_vcpu *rec_vcpu(struct restore *r, const void *body)
{
    const struct stream_vcpu *head = body;

    return head->id < r->b.max_vcpus ? &r->vcpu[head->id] : NULL;
}

/* A copy of size bytes of a vcpu record's contents, zeros where it is shorter. */
static int keep(struct restore *r, const void *body, uint32_t len, size_t size,
                void **to)
{
    size_t have = len - sizeof(struct stream_vcpu);

    free(*to);
    *to = calloc(1, size);
    if (!*to)
        return -ENOMEM;
    memcpy(*to, (const char *)body + sizeof(struct stream_vcpu),
           have < size ? have : size);
    return 0;
}

static int rec_vcpu_basic(struct restore *r, const void *body, uint32_t len)
{
    struct restore_vcpu *v = rec_vcpu(r, body);

    if (!v || len != sizeof(struct stream_vcpu) + sizeof(*v->basic))
        return xc_restore_bad(r, "it has more vcpus than the domain, or other registers");
    return keep(r, body, len, sizeof(*v->basic), (void **)&v->basic);
}

static int rec_vcpu_extended(struct restore *r, const void *body, uint32_t len)
{
    struct restore_vcpu *v = rec_vcpu(r, body);

    if (!v)
        return xc_restore_bad(r, "it has more vcpus than the domain");
    return keep(r, body, len, sizeof(*v->extended), (void **)&v->extended);
}

static int rec_vcpu_xsave(struct restore *r, const void *body, uint32_t len)
{
    struct restore_vcpu *v = rec_vcpu(r, body);

    if (!v)
        return xc_restore_bad(r, "it has more vcpus than the domain");
    v->xsave_len = len - sizeof(struct stream_vcpu);
    return keep(r, body, len, v->xsave_len, &v->xsave);
}

/* Lengths are bodies'; max 0: any. */
static const struct rec_kind {
    uint32_t type, min, max;
    int (*read)(struct restore *r, const void *body, uint32_t len);
} kinds[] = {
    { REC_END, 0, 0, rec_end },
    { REC_PAGE_DATA, sizeof(struct stream_pages), 0, xc_restore_pages },
    { REC_X86_PV_INFO, 3, sizeof(struct stream_pv_info), rec_pv_info },
    { REC_X86_PV_P2M_FRAMES, sizeof(struct stream_p2m), 0, xc_restore_p2m_frames },
    { REC_X86_PV_VCPU_BASIC, sizeof(struct stream_vcpu), 0, rec_vcpu_basic },
    { REC_X86_PV_VCPU_EXTENDED, sizeof(struct stream_vcpu), 0, rec_vcpu_extended },
    { REC_X86_PV_VCPU_XSAVE, sizeof(struct stream_vcpu) + 1, 0, rec_vcpu_xsave },
    { REC_SHARED_INFO, XC_PAGE_SIZE, XC_PAGE_SIZE, rec_shared_info },
    { REC_X86_TSC_INFO, sizeof(struct stream_tsc), sizeof(struct stream_tsc), rec_tsc },
    /* What the hypervisor gives every PV guest anyway. */
    { REC_X86_PV_VCPU_MSRS, 0, 0, rec_skip },
    { REC_STATIC_DATA_END, 0, 0, rec_skip },
    { REC_X86_CPUID_POLICY, 0, 0, rec_skip },
    { REC_X86_MSR_POLICY, 0, 0, rec_skip },
};

static int read_body(struct restore *r, const struct stream_rec *rec, const void *body)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(kinds); i++) {
        const struct rec_kind *k = &kinds[i];

        if (k->type != rec->type)
            continue;
        if (rec->len < k->min || (k->max && rec->len > k->max))
            return xc_restore_bad(r, "a record has an impossible length");
        return k->read(r, body, rec->len);
    }
    if (rec->type & REC_OPTIONAL)
        return 0;
    return xc_fail(r->b.h, -ENOTSUP, XC_ABOUT_SYSTEM, "read the image",
                   "a record of type %#x is not known here", rec->type);
}

static int read_record(struct restore *r)
{
    struct stream_rec rec;
    void *body;
    int rc = read_all(r, &rec, sizeof(rec));

    if (rc)
        return rc;
    if (rec.len > STREAM_REC_MAX)
        return xc_restore_bad(r, "a record has an impossible length");
    body = malloc(XC_ROUND_UP(rec.len, 8) + 8);
    if (!body)
        return xc_fail(r->b.h, -ENOMEM, XC_ABOUT_SYSTEM, "restore", "no memory");
    rc = read_all(r, body, XC_ROUND_UP(rec.len, 8));
    if (!rc)
        rc = read_body(r, &rec, body);
    free(body);
    return rc;
}

static int read_headers(struct restore *r)
{
    struct stream_header head;
    struct stream_domain domain;
    int rc = read_all(r, &head, sizeof(head));

    if (!rc)
        rc = read_all(r, &domain, sizeof(domain));
    if (rc)
        return rc;
    if (head.marker != STREAM_MARKER || ntohl(head.id) != STREAM_ID)
        return xc_restore_bad(r, "it is not an image of a domain");
    if (ntohl(head.version) != STREAM_VERSION ||
        (ntohs(head.options) & STREAM_BIG_ENDIAN) ||
        domain.type != STREAM_X86_PV || domain.page_shift != XC_PAGE_SHIFT)
        return xc_fail(r->b.h, -ENOTSUP, XC_ABOUT_SYSTEM, "read the image",
                       "version %u, domain type %u; version %u of a PV domain is what can be read",
                       ntohl(head.version), domain.type, STREAM_VERSION);
    return 0;
}

/* start_info's pages were named in guest numbers when the guest suspended. */
static int restore_start_info(struct restore *r, uint64_t start_mfn)
{
    struct xc_build_result *out = r->b.r;
    struct start_info *si;
    void *p;
    int rc = xc_map_foreign_page(r->b.h, r->b.domid, PROT_READ | PROT_WRITE,
                                 start_mfn, &p);

    if (rc)
        return rc;
    si = p;
    if (!xc_restore_mfn(r, si->store_mfn, &out->store_mfn) ||
        !xc_restore_mfn(r, si->console.domU.mfn, &out->console_mfn)) {
        rc = xc_restore_bad(r, "start_info names pages that it has not");
        goto out;
    }
    out->start_info_mfn = start_mfn;
    si->nr_pages = r->nr;
    si->shared_info = out->shared_info_mfn << XC_PAGE_SHIFT;
    si->flags = 0;
    si->store_mfn = out->store_mfn;
    si->store_evtchn = out->store_port;
    si->console.domU.mfn = out->console_mfn;
    si->console.domU.evtchn = out->console_port;
out:
    xc_unmap_foreign(r->b.h, p, 1);
    return rc;
}

/* What the hypervisor keeps there (clocks) stays; the guest tells anew where its
 * p2m is, and binds its events anew. */
static int restore_shared_info(struct restore *r)
{
    struct shared_info *s;
    void *p;
    int rc = xc_map_foreign_page(r->b.h, r->b.domid, PROT_READ | PROT_WRITE,
                                 r->b.r->shared_info_mfn, &p);

    if (rc)
        return rc;
    s = p;
    for (unsigned i = 0; i < XC_ARRAY_SIZE(s->vcpu_info); i++) {
        s->vcpu_info[i].evtchn_upcall_pending = 0;
        s->vcpu_info[i].evtchn_upcall_mask = 1;
        s->vcpu_info[i].evtchn_pending_sel = 0;
        s->vcpu_info[i].arch = r->shared->vcpu_info[i].arch;
    }
    memset(s->evtchn_pending, 0, sizeof(s->evtchn_pending));
    memset(s->evtchn_mask, 0xff, sizeof(s->evtchn_mask));
    s->arch.max_pfn = r->shared->arch.max_pfn;
    s->arch.p2m_generation = r->shared->arch.p2m_generation;
    s->arch.pfn_to_mfn_frame_list_list = 0;
    s->arch.p2m_cr3 = 0;
    xc_unmap_foreign(r->b.h, p, 1);
    return 0;
}

static int to_mfn(struct restore *r, unsigned long *frame)
{
    uint64_t mfn;

    if (!*frame)
        return 0;
    if (!xc_restore_mfn(r, *frame, &mfn))
        return xc_restore_bad(r, "registers name a page that it has not");
    *frame = mfn;
    return 0;
}

static int restore_vcpu_frames(struct restore *r, struct vcpu_guest_context *c)
{
    int rc = 0;

    if (GDT_FRAMES(c->gdt_ents) > 16)
        return xc_restore_bad(r, "a GDT is too long");
    for (unsigned i = 0; i < GDT_FRAMES(c->gdt_ents) && !rc; i++)
        rc = to_mfn(r, &c->gdt_frames[i]);
    for (unsigned i = 1; i <= 3 && !rc; i += 2) {
        unsigned long frame = xen_cr3_to_pfn(c->ctrlreg[i]);

        if (!c->ctrlreg[i])
            continue;
        rc = to_mfn(r, &frame);
        c->ctrlreg[i] = xen_pfn_to_cr3(frame);
    }
    return rc;
}

static int restore_vcpu_extended(struct restore *r, uint32_t id)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_set_ext_vcpucontext,
                             .domain = r->b.domid };
    int rc;

    op.u.ext_vcpucontext = *r->vcpu[id].extended;
    op.u.ext_vcpucontext.vcpu = id;
    rc = xc_domctl(r->b.h, &op);
    return rc < 0 ? xc_fail_call(r->b.h, rc, "set callbacks of vcpu %u, domain %u",
                                 id, r->b.domid) : 0;
}

static int restore_vcpu_xsave(struct restore *r, uint32_t id)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuextstate,
                             .domain = r->b.domid };
    const struct restore_vcpu *v = &r->vcpu[id];
    void *buf = xc_hbuf_alloc(r->b.h, v->xsave_len);
    int rc;

    if (!buf)
        return -ENOMEM;
    memcpy(buf, v->xsave, v->xsave_len);
    op.u.vcpuextstate.vcpu = id;
    op.u.vcpuextstate.size = v->xsave_len;
    set_xen_guest_handle(op.u.vcpuextstate.buffer, buf);
    rc = xc_domctl(r->b.h, &op);
    xc_hbuf_free(r->b.h, buf);
    return rc < 0 ? xc_fail_call(r->b.h, rc, "set the vector registers of vcpu %u, domain %u",
                                 id, r->b.domid) : 0;
}

static int restore_vcpus(struct restore *r)
{
    int rc = 0;

    for (uint32_t id = 0; id < r->b.max_vcpus && !rc; id++) {
        const struct restore_vcpu *v = &r->vcpu[id];

        if (!v->basic)
            continue;
        rc = restore_vcpu_frames(r, v->basic);
        if (!rc)
            rc = xc_vcpu_setcontext(r->b.h, r->b.domid, id, v->basic);
        if (!rc && v->extended)
            rc = restore_vcpu_extended(r, id);
        if (!rc && v->xsave)
            rc = restore_vcpu_xsave(r, id);
    }
    return rc;
}

static int restore_tsc(struct restore *r)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_settscinfo, .domain = r->b.domid };
    int rc;

    op.u.tsc_info = (struct xen_domctl_tsc_info){
        .tsc_mode = r->tsc.mode, .gtsc_khz = r->tsc.khz,
        .elapsed_nsec = r->tsc.nsec, .incarnation = r->tsc.incarnation,
    };
    rc = xc_domctl(r->b.h, &op);
    return rc < 0 ? xc_fail_call(r->b.h, rc, "set the time base of domain %u",
                                 r->b.domid) : 0;
}

/* All records are there: from contents to a domain that can run. */
static int finish(struct restore *r)
{
    struct vcpu_guest_context *first = r->vcpu[0].basic;
    struct xc_build *b = &r->b;
    struct xc_domain_info info;
    int rc;

    if (!r->nr || !first || !r->shared)
        return xc_restore_bad(r, "it lacks memory, registers or the shared page");
    if (!first->user_regs.rdx)
        return xc_restore_bad(r, "registers do not name start_info");
    rc = xc_domain_getinfo(b->h, b->domid, &info);
    if (!rc)
        rc = to_mfn(r, &first->user_regs.rdx);
    if (rc)
        return rc;
    b->r->shared_info_mfn = info.shared_info_mfn;
    rc = xc_build_ports(b);
    if (!rc)
        rc = xc_restore_tables(r);
    if (!rc)
        rc = xc_restore_list(r);
    if (!rc)
        rc = restore_start_info(r, first->user_regs.rdx);
    if (!rc)
        rc = restore_shared_info(r);
    if (!rc)
        rc = xc_gnttab_seed(b->h, b->domid, b->r->console_mfn, b->p->console_domid,
                            b->r->store_mfn, b->p->store_domid);
    if (!rc)
        rc = xc_restore_pins(r);
    if (!rc)
        rc = restore_tsc(r);
    return rc ? rc : restore_vcpus(r);
}

static void release(struct restore *r)
{
    for (uint32_t i = 0; r->vcpu && i < r->b.max_vcpus; i++) {
        free(r->vcpu[i].basic);
        free(r->vcpu[i].extended);
        free(r->vcpu[i].xsave);
    }
    free(r->vcpu);
    free(r->shared);
    free(r->list);
    free(r->type);
    free(r->mfn);
}

int xc_domain_restore(struct xc_handle *h, uint32_t domid, int fd,
                      const struct xc_build_params *p, struct xc_build_result *out)
{
    struct restore r = {
        .b = { .h = h, .domid = domid, .p = p, .r = out,
               .max_vcpus = p->max_vcpus ? p->max_vcpus : 1 },
        .fd = fd,
    };
    int rc;

    xc_error_clear(h);
    *out = (struct xc_build_result){ 0 };
    r.vcpu = calloc(r.b.max_vcpus, sizeof(*r.vcpu));
    rc = r.vcpu ? read_headers(&r) : -ENOMEM;
    if (!rc)
        rc = xc_build_limits(&r.b);
    while (!rc && !r.ended)
        rc = read_record(&r);
    if (!rc)
        rc = finish(&r);
    release(&r);
    return xc_fail_unsaid(h, rc, "restore");
}
