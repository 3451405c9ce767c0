/* SPDX-License-Identifier: GPL-2.0-only */
/* The host: its CPUs and memory, the hypervisor's console. */
#include "xc_private.h"

static int ask(struct xc_handle *h, struct xen_sysctl *op, const char *what)
{
    int rc = xc_sysctl(h, op);

    return rc < 0 ? xc_fail_call(h, rc, "%s", what) : 0;
}

static int no_buffer(struct xc_handle *h, const char *what)
{
    return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, what,
                   "no memory for a hypercall buffer");
}

int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
    const struct xen_sysctl_physinfo *p = &op.u.physinfo;
    int rc = ask(h, &op, "ask for the host's figures");

    if (rc)
        return rc;
    *info = (struct xc_physinfo){
        .threads_per_core = p->threads_per_core,
        .cores_per_socket = p->cores_per_socket,
        .nr_cpus = p->nr_cpus,
        .max_cpu_id = p->max_cpu_id,
        .nr_nodes = p->nr_nodes,
        .max_node_id = p->max_node_id,
        .cpu_khz = p->cpu_khz,
        .cap_hvm = p->capabilities & XEN_SYSCTL_PHYSCAP_hvm,
        .cap_pv = p->capabilities & XEN_SYSCTL_PHYSCAP_pv,
        .cap_directio = p->capabilities & XEN_SYSCTL_PHYSCAP_directio,
        .cap_hap = p->capabilities & XEN_SYSCTL_PHYSCAP_hap,
        .cap_shadow = p->capabilities & XEN_SYSCTL_PHYSCAP_shadow,
        .cap_gnttab_v1 = p->capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1,
        .cap_gnttab_v2 = p->capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2,
        .total_pages = p->total_pages,
        .free_pages = p->free_pages,
        .scrub_pages = p->scrub_pages,
        .outstanding_pages = p->outstanding_pages,
        .max_mfn = p->max_mfn,
    };
    memcpy(info->hw_cap, p->hw_cap, sizeof(info->hw_cap));
    return 0;
}

int xc_max_cpus(struct xc_handle *h)
{
    struct xc_physinfo info;
    int rc;

    if (h->max_cpus)
        return h->max_cpus;
    rc = xc_physinfo(h, &info);
    if (rc)
        return rc;
    h->max_cpus = info.max_cpu_id + 1;
    return h->max_cpus;
}

int xc_cputopoinfo(struct xc_handle *h, struct xc_cputopo *topo, uint32_t max)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_cputopoinfo };
    xen_sysctl_cputopo_t *buf = xc_hbuf_alloc(h, max * sizeof(*buf));
    int rc;

    if (!buf)
        return no_buffer(h, "ask for the CPU topology");
    op.u.cputopoinfo.num_cpus = max;
    set_xen_guest_handle(op.u.cputopoinfo.cputopo, buf);
    rc = ask(h, &op, "ask for the CPU topology");
    for (uint32_t i = 0; !rc && i < max && i < op.u.cputopoinfo.num_cpus; i++)
        topo[i] = (struct xc_cputopo){ buf[i].core, buf[i].socket, buf[i].node };
    xc_hbuf_free(h, buf);
    return rc ? rc : (int)op.u.cputopoinfo.num_cpus;
}

int xc_numainfo(struct xc_handle *h, struct xc_numanode *nodes, uint32_t max)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_numainfo };
    xen_sysctl_meminfo_t *buf = xc_hbuf_alloc(h, max * sizeof(*buf));
    int rc;

    if (!buf)
        return no_buffer(h, "ask for the memory nodes");
    op.u.numainfo.num_nodes = max;
    set_xen_guest_handle(op.u.numainfo.meminfo, buf);
    rc = ask(h, &op, "ask for the memory nodes");
    for (uint32_t i = 0; !rc && i < max && i < op.u.numainfo.num_nodes; i++)
        nodes[i] = (struct xc_numanode){ buf[i].memsize, buf[i].memfree };
    xc_hbuf_free(h, buf);
    return rc ? rc : (int)op.u.numainfo.num_nodes;
}

int xc_cpu_idletime(struct xc_handle *h, uint64_t *idle_ns, uint32_t max)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_getcpuinfo };
    xen_sysctl_cpuinfo_t *buf = xc_hbuf_alloc(h, max * sizeof(*buf));
    int rc;

    if (!buf)
        return no_buffer(h, "ask for idle times");
    op.u.getcpuinfo.max_cpus = max;
    set_xen_guest_handle(op.u.getcpuinfo.info, buf);
    rc = ask(h, &op, "ask for idle times");
    for (uint32_t i = 0; !rc && i < max && i < op.u.getcpuinfo.nr_cpus; i++)
        idle_ns[i] = buf[i].idletime;
    xc_hbuf_free(h, buf);
    return rc ? rc : (int)op.u.getcpuinfo.nr_cpus;
}

long xc_readconsole(struct xc_handle *h, char *buf, size_t len, uint32_t *index,
                    bool clear)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_readconsole };
    struct xen_sysctl_readconsole *r = &op.u.readconsole;
    char *hb = xc_hbuf_alloc(h, len);
    int rc;

    if (!hb)
        return no_buffer(h, "read the hypervisor's console");
    r->clear = clear;
    r->incremental = index != NULL;
    r->index = index ? *index : 0;
    r->count = len;
    set_xen_guest_handle(r->buffer, hb);
    rc = ask(h, &op, "read the hypervisor's console");
    if (!rc) {
        memcpy(buf, hb, r->count < len ? r->count : len);
        if (index)
            *index = r->index;
    }
    xc_hbuf_free(h, hb);
    return rc ? rc : (long)r->count;
}

int xc_send_debug_keys(struct xc_handle *h, const char *keys)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_debug_keys };
    size_t len = strlen(keys);
    char *hb = xc_hbuf_alloc(h, len);
    int rc;

    if (!hb)
        return no_buffer(h, "send debug keys");
    memcpy(hb, keys, len);
    set_xen_guest_handle(op.u.debug_keys.keys, hb);
    op.u.debug_keys.nr_keys = len;
    rc = ask(h, &op, "send debug keys");
    xc_hbuf_free(h, hb);
    return rc;
}
