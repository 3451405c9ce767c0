/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run in dom0: builds a guest from a kernel, starts it, prints what it writes to
 * its console ring, destroys it, tells free memory before and after.
 *
 *   xc-build-test KERNEL [RAMDISK] [-m MiB] [-v VCPUS] [-a CMDLINE] [-w TEXT]
 *                 [-t SECONDS] [-n]
 *
 * Succeeds when the console showed TEXT (-w; default: anything) in time. -n only
 * checks and builds, without starting. There is no store: guests that want one
 * wait for it, which is late enough to see them boot.
 */
#include <xenbuild.h>

#include <public/xen.h>
#include <public/io/console.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct options {
    struct xc_build_params p;
    const char *want;
    int seconds;
    bool build_only;
};

static char seen[1 << 20];
static size_t nr_seen;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Takes what the guest wrote; true if the wanted text has come by. */
static bool drain(struct xencons_interface *ring, const char *want)
{
    uint32_t prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
    uint32_t cons = ring->out_cons;

    while (cons != prod) {
        char c = ring->out[cons++ & (sizeof(ring->out) - 1)];

        putchar(c);
        if (nr_seen < sizeof(seen) - 1)
            seen[nr_seen++] = c;
    }
    fflush(stdout);
    __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
    return nr_seen && strstr(seen, want);
}

static int watch_console(struct xc_handle *h, uint32_t domid,
                         const struct xc_build_result *r,
                         const struct options *o)
{
    double end = now() + o->seconds;
    struct xc_domain_info info;
    struct xc_evtchn *e;
    void *ring;
    int port, rc = xc_map_foreign_page(h, domid, PROT_READ | PROT_WRITE,
                                       r->console_mfn, &ring);

    if (rc)
        return rc;
    rc = xc_evtchn_open(&e);
    if (rc)
        return rc;
    port = xc_evtchn_bind_interdomain(e, domid, r->console_port);
    rc = port < 0 ? port : xc_domain_unpause(h, domid);
    while (!rc && !drain(ring, o->want)) {
        if (now() > end)
            rc = -ETIMEDOUT;
        else if (!xc_domain_getinfo(h, domid, &info) && info.shutdown) {
            printf("\n[shut down, reason %u]\n", info.shutdown_reason);
            rc = drain(ring, o->want) ? 0 : -ESHUTDOWN;
            break;
        }
        xc_evtchn_notify(e, port);
        usleep(20000);
    }
    xc_evtchn_close(e);
    xc_unmap_foreign(h, ring, 1);
    return rc;
}

static int run(struct xc_handle *h, const struct options *o)
{
    struct xc_domain_config cfg = { .max_vcpus = o->p.max_vcpus, .handle = { 1 } };
    struct xc_build_result r;
    struct xc_kernel_info k;
    double t0 = now(), t1;
    uint32_t domid;
    int rc = xc_build_check(h, &o->p, &k);

    if (rc)
        return rc;
    t1 = now();
    printf("kernel: %s, %s %s, entry %#llx, needs %llu MiB; %.3f s%s\n", k.format,
           k.guest_os, k.guest_version, (unsigned long long)k.virt_entry,
           (unsigned long long)k.min_memory_kib >> 10, t1 - t0,
           k.from_cache ? " (cached)" : "");
    rc = xc_domain_create(h, &cfg, &domid);
    if (rc)
        return rc;
    rc = xc_build_pv(h, domid, &o->p, &r);
    printf("domain %u: build %s in %.3f s%s\n", domid, rc ? "failed" : "done",
           now() - t1, r.kernel_from_cache ? " (kernel cached)" : "");
    if (!rc && !o->build_only)
        rc = watch_console(h, domid, &r, o);
    if (!rc || !xc_last_error(h)->code)
        xc_domain_destroy(h, domid);
    else {
        struct xc_error e = *xc_last_error(h);

        xc_domain_destroy(h, domid);
        fprintf(stderr, "%s: %s; %s\n", e.step, e.reason, e.remedy);
    }
    return rc;
}

static int parse(int argc, char **argv, struct options *o)
{
    int c;

    *o = (struct options){ .p = { .memory_mib = 128, .max_vcpus = 1 },
                           .want = "", .seconds = 60 };
    while ((c = getopt(argc, argv, "m:v:a:w:t:n")) != -1) {
        switch (c) {
        case 'm': o->p.memory_mib = strtoull(optarg, NULL, 0); break;
        case 'v': o->p.max_vcpus = strtoul(optarg, NULL, 0); break;
        case 'a': o->p.cmdline = optarg; break;
        case 'w': o->want = optarg; break;
        case 't': o->seconds = atoi(optarg); break;
        case 'n': o->build_only = true; break;
        default: return -1;
        }
    }
    if (optind >= argc)
        return -1;
    o->p.kernel_path = argv[optind];
    o->p.ramdisk_path = argv[optind + 1];
    return 0;
}

int main(int argc, char **argv)
{
    struct xc_physinfo before, after;
    struct xc_handle *h;
    struct options o;
    int rc;

    if (parse(argc, argv, &o)) {
        fprintf(stderr, "usage: %s [-m MiB] [-v VCPUS] [-a CMDLINE] [-w TEXT]"
                " [-t SECONDS] [-n] KERNEL [RAMDISK]\n", argv[0]);
        return 2;
    }
    rc = xc_open(&h);
    if (rc) {
        fprintf(stderr, "%s\n", xc_open_strerror(rc));
        return 1;
    }
    xc_physinfo(h, &before);
    rc = run(h, &o);
    if (rc)
        fprintf(stderr, "failed: %s: %s\n", strerror(-rc), xc_error_text(h));
    for (int i = 0; i < 50; i++) {          /* frames go back lazily */
        xc_physinfo(h, &after);
        if (after.free_pages == before.free_pages)
            break;
        usleep(100000);
    }
    printf("free pages: %llu before, %llu after\n",
           (unsigned long long)before.free_pages,
           (unsigned long long)after.free_pages);
    xc_close(h);
    return rc ? 1 : 0;
}
