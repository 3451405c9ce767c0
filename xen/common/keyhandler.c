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
#include <xen/timer.h>
#include <x86/arch_domain.h>

#define REBOOT_KEY 'R'    /* works at once, also on a machine that is stuck */
#define KEY_PAUSE  MICROSECS(100)    /* between two pieces, where work was pending */

struct key { key_fn *fn; const char *what; };

static struct key keys[128];      /* written at boot only */

/*
 * Most keys take locks that the interrupted code may hold: they run from a tasklet, in pieces between which the CPU returns to its vCPU,
 * and the console may send what was printed.
 * The last key that was pressed meanwhile comes next.
 */
static struct tasklet key_tasklet;
static struct timer key_timer;
static char waiting_key;          /* atomic; 0: none */
static spinlock_t running_lock = SPIN_LOCK_UNLOCKED;     /* guards running */
static struct { char key; u64 pos; } running;            /* key 0: none */

void keyhandler_register(char key, key_fn *fn, const char *what)
{
    ASSERT(key > 0 && !keys[(int)key].fn);
    keys[(int)key] = (struct key){ fn, what };
}

u64 keyhandler_run(char key, u64 pos)
{
    if (key <= 0 || !keys[(int)key].fn)
        return 0;
    if (!pos)
        printk("'%c' pressed -> %s\n", key, keys[(int)key].what);
    return keys[(int)key].fn(pos);
}

/* One piece of the key that runs, or of the one that waits. False: there is none. running_lock held. */
static bool run_piece_locked(void)
{
    if (!running.key) {
        running.key = __atomic_exchange_n(&waiting_key, 0, __ATOMIC_ACQ_REL);
        running.pos = 0;
    }
    if (!running.key)
        return false;
    running.pos = keyhandler_run(running.key, running.pos);
    if (!running.pos)
        running.key = 0;
    return true;
}

static void run_keys(void *unused)
{
    bool more = true;

    /* Where another CPU is at it, it may be past its last look at waiting_key. */
    if (spin_trylock(&running_lock)) {
        while (!console_is_behind() && (more = run_piece_locked()) && !preempt_check())
            ;
        spin_unlock(&running_lock);
    }
    if (more)
        timer_set(&key_timer, now() + KEY_PAUSE);
}

static void key_timer_fired(void *unused) { tasklet_schedule(&key_tasklet); }

void keyhandler_interrupt(char key)
{
    if (key == REBOOT_KEY) {
        (void)keyhandler_run(key, 0);
        return;
    }
    __atomic_store_n(&waiting_key, key, __ATOMIC_RELEASE);
    tasklet_schedule(&key_tasklet);
}

static u64 show_keys(u64 pos)
{
    u64 key = pos;

    for (unsigned int lines = 0; key < ARRAY_SIZE(keys) && lines < KEY_LINES; key++)
        if (keys[key].fn) {
            printk(" key '%c' => %s\n", (int)key, keys[key].what);
            lines++;
        }
    return key < ARRAY_SIZE(keys) ? key : 0;
}

u64 key_of_domains(u64 pos, key_domain_fn *fn)
{
    struct domain *d = pos >> KEY_ITEM_BITS < DOMID_FIRST_RESERVED ? domain_get_next((u16)(pos >> KEY_ITEM_BITS)) : NULL;
    u64 at, item;

    if (!d)
        return 0;
    at = (u64)d->id << KEY_ITEM_BITS;
    item = fn(d, pos > at ? pos - at : 0);
    domain_put(d);
    return item ? at + item : at + (1UL << KEY_ITEM_BITS);
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

static void dump_vcpu_line(const struct vcpu *v)
{
    printk("  %pv: cpu%u %s flags=%#x pause=%d upcall pending=%u masked=%u\n", v, v->cpu,
           v->is_running ? "running" : "not running", v->pause_flags, v->pause_count,
           v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask);
}

/* @item: the vCPU to continue at; max_vcpus: what holds the domain. The reference of this key is not counted. */
static u64 dump_domain(struct domain *d, u64 item)
{
    u64 id = item;

    if (!item)
        printk("%pd: refs=%d dying=%d pause=%d shut_down=%d(%u) pages=%lu/%lu xenheap=%lu\n", d, d->refs - 1, d->dying,
               d->pause_count, d->is_shut_down, d->shutdown_code, d->tot_pages, d->max_pages, d->xenheap_pages);
    for (unsigned int lines = 0; id < d->max_vcpus && lines < KEY_LINES; id++)
        if (domain_vcpu(d, (unsigned int)id)) {
            dump_vcpu_line(d->vcpu[id]);
            lines++;
        }
    if (id < d->max_vcpus || d->dying != DOMAIN_DEAD)
        return id < d->max_vcpus ? id : 0;
    if (item < d->max_vcpus)
        return d->max_vcpus;
    dump_held_frames(d);
    return 0;
}

static u64 dump_domains(u64 pos)
{
    if (!pos)
        printk("system time %ld ns\n", now());
    return key_of_domains(pos, dump_domain);
}

static u64 dump_events(u64 pos) { return key_of_domains(pos, evtchn_dump); }

static u64 dump_tables(struct domain *d, u64 item)
{
    printk("%pd: %u pages of event channels, %u of grant mappings\n", d, evtchn_nr_pages(d), grant_nr_map_pages(d));
    return 0;
}

static u64 dump_memory(u64 pos)
{
    if (!pos)
        printk("total %lu pages, free %lu; below 4 GiB free %lu\n", total_pages(), free_pages_total(),
               free_pages_below(32));
    return key_of_domains(pos, dump_tables);
}

/* @item: the vCPU and the part of what there is about it. */
static u64 dump_registers(struct domain *d, u64 item)
{
    struct vcpu *v;

    for (; item / VCPU_DUMP_PARTS < d->max_vcpus; item++) {
        v = domain_vcpu(d, (unsigned int)(item / VCPU_DUMP_PARTS));
        if (!v)
            continue;
        arch_dump_vcpu_part(v, item % VCPU_DUMP_PARTS);
        return item + 1;
    }
    return 0;
}
static u64 dump_vcpus(u64 pos) { return key_of_domains(pos, dump_registers); }

static u64 reboot(u64 pos)
{
    machine_restart();
    return 0;
}

void keyhandler_init(void)
{
    tasklet_init(&key_tasklet, run_keys, NULL);
    timer_init(&key_timer, key_timer_fired, NULL, 0);
    keyhandler_register('h', show_keys, "show this help");
    keyhandler_register('q', dump_domains, "dump domains and their vCPUs");
    keyhandler_register('e', dump_events, "dump event channels");
    keyhandler_register('m', dump_memory, "dump memory use");
    keyhandler_register('0', dump_vcpus, "dump vCPU registers");
    frame_check_init();
    keyhandler_register(REBOOT_KEY, reboot, "reboot the machine at once");
}
