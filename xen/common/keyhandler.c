/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's debug keys: a table filled by the parts that can dump something. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/frame_check.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <x86/arch_domain.h>

#define REBOOT_KEY 'R'    /* works at once, also on a machine that is stuck */

struct key { void (*fn)(struct cpu_user_regs *); const char *what; };

static struct key keys[128];      /* written at boot only */

/* Most keys take locks that the interrupted code may hold: they run from a tasklet. The last one pressed counts. */
static struct tasklet key_tasklet;
static char waiting_key;

void keyhandler_register(char key, void (*fn)(struct cpu_user_regs *), const char *what)
{
    ASSERT(key > 0 && !keys[(int)key].fn);
    keys[(int)key] = (struct key){ fn, what };
}

void keyhandler_run(char key, struct cpu_user_regs *regs)
{
    if (key > 0 && keys[(int)key].fn) {
        printk("'%c' pressed -> %s\n", key, keys[(int)key].what);
        keys[(int)key].fn(regs);
    }
}

static void run_waiting(void *unused) { keyhandler_run(waiting_key, NULL); }

void keyhandler_interrupt(char key, struct cpu_user_regs *regs)
{
    if (key == REBOOT_KEY) {
        keyhandler_run(key, regs);
        return;
    }
    waiting_key = key;
    tasklet_schedule(&key_tasklet);
}

static void show_keys(struct cpu_user_regs *regs)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i].fn)
            printk(" key '%c' => %s\n", (int)i, keys[i].what);
}

#define MAX_HELD_FRAMES 8

/* What keeps a dead domain: frames that others still map. */
static void dump_held_frames(struct domain *d)
{
    struct frame_info *f;
    unsigned int n = 0;

    spin_lock(&d->page_lock);
    for (f = frame_list_first(&d->page_list); f && n < MAX_HELD_FRAMES; f = frame_list_next(f), n++)
        printk("  frame %lx: count %016lx type %016lx\n", mfn_x(frame_to_mfn(f)), f->count_info, f->type_info);
    spin_unlock(&d->page_lock);
}

static void dump_domain(struct domain *d, void *unused)
{
    struct vcpu *v;

    printk("%pd: refs=%d dying=%d pause=%d shut_down=%d(%u) pages=%lu/%lu xenheap=%lu\n", d, d->refs, d->dying,
           d->pause_count, d->is_shut_down, d->shutdown_code, d->tot_pages, d->max_pages, d->xenheap_pages);
    for_each_vcpu(d, v)
        printk("  %pv: cpu%u %s flags=%#x pause=%d upcall pending=%u masked=%u\n", v, v->cpu,
               v->is_running ? "running" : "not running", v->pause_flags, v->pause_count,
               v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask);
    if (d->dying == DOMAIN_DEAD)
        dump_held_frames(d);
}

static void dump_domains(struct cpu_user_regs *regs)
{
    printk("system time %ld ns\n", now());
    domain_for_each(dump_domain, NULL);
}

static void dump_domain_events(struct domain *d, void *unused) { evtchn_dump(d); }
static void dump_events(struct cpu_user_regs *regs) { domain_for_each(dump_domain_events, NULL); }

static void dump_tables(struct domain *d, void *unused)
{
    printk("%pd: %u pages of event channels, %u of grant mappings\n", d, evtchn_nr_pages(d), grant_nr_map_pages(d));
}

static void dump_memory(struct cpu_user_regs *regs)
{
    printk("total %lu pages, free %lu; below 4 GiB free %lu\n", total_pages(), free_pages_total(),
           free_pages_below(32));
    domain_for_each(dump_tables, NULL);
}

static void dump_domain_vcpus(struct domain *d, void *unused)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        arch_dump_vcpu(v);
}
static void dump_vcpus(struct cpu_user_regs *regs) { domain_for_each(dump_domain_vcpus, NULL); }

static void reboot(struct cpu_user_regs *regs) { machine_restart(); }

void keyhandler_init(void)
{
    tasklet_init(&key_tasklet, run_waiting, NULL);
    keyhandler_register('h', show_keys, "show this help");
    keyhandler_register('q', dump_domains, "dump domains and their vCPUs");
    keyhandler_register('e', dump_events, "dump event channels");
    keyhandler_register('m', dump_memory, "dump memory use");
    keyhandler_register('0', dump_vcpus, "dump vCPU registers");
    frame_check_init();
    keyhandler_register(REBOOT_KEY, reboot, "reboot the machine at once");
}
