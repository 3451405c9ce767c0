/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plugin for QEMU's emulator that counts the instructions which the machine executes; unlike the TSC under -icount the
 * count stands still while all CPUs are halted. One CPU: the counters are not atomic.
 *
 *   -plugin insn_count.so,out=FILE[,mark=NAME:ADDRESS]...
 *       FILE gets "NAME COUNT", how many came before the first time the instruction at ADDRESS (virtual; physical while
 *       paging is off) was executed.
 *   -plugin insn_count.so,profile=FILE[,start=ADDRESS][,stop=ADDRESS]
 *       FILE gets "ADDRESS COUNT", where a block of instructions begins and how many were executed in it, from the last time
 *       ADDRESS `start` was met to `stop`, else from the machine's start to its end. With the same address for both, that is
 *       once round a loop.
 *
 * QEMU's documentation: "QEMU TCG Plugins", interface version 1. Its header comes with no Debian package, so what is used of
 * it is declared here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MARKS_MAX 16

struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CALLBACK_USES_NO_REGS = 0, INLINE_ADD_U64 = 0 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*run)(unsigned int cpu, void *data), int flags,
                                            void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter, uint64_t add);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter, uint64_t add);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*end)(uint64_t id, void *data), void *data);
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

EXPORT int qemu_plugin_version = 1;

static uint64_t executed;
static FILE *out;
static struct mark {
    char name[32];
    uint64_t address;
    bool seen;
} marks[MARKS_MAX];
static unsigned int mark_count;

/* One for each block that QEMU translated; the same address may have several. They stay where they are: QEMU's code adds to them. */
static struct block {
    struct block *next;
    uint64_t address, count;
} *blocks;
static const char *profile;
static uint64_t start_at, stop_at;

static void reached(unsigned int cpu, void *data)
{
    struct mark *m = data;

    (void)cpu;
    if (m->seen)
        return;
    m->seen = true;
    fprintf(out, "%s %llu\n", m->name, (unsigned long long)executed);
    fflush(out);
}

static void profile_start(unsigned int cpu, void *data)
{
    (void)cpu;
    (void)data;
    for (struct block *b = blocks; b; b = b->next)
        b->count = 0;
}

static void profile_write(void)
{
    FILE *f = fopen(profile, "w");

    for (struct block *b = blocks; f && b; b = b->next)
        if (b->count)
            fprintf(f, "%llx %llu\n", (unsigned long long)b->address, (unsigned long long)b->count);
    if (!f || fclose(f))
        fprintf(stderr, "insn_count: %s cannot be written\n", profile);
}

static void profile_stop(unsigned int cpu, void *data)
{
    (void)cpu;
    (void)data;
    profile_write();
}

static void profile_end(uint64_t id, void *data)
{
    (void)id;
    (void)data;
    if (!stop_at)
        profile_write();
}

static void translated_for_profile(uint64_t id, struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *b = calloc(1, sizeof(*b));

    (void)id;
    if (!b)
        abort();
    b->next = blocks;
    b->address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    blocks = b;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &b->count, count);
    if (b->address == stop_at)
        qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, 0), profile_stop, CALLBACK_USES_NO_REGS, NULL);
    if (b->address == start_at)
        qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, 0), profile_start, CALLBACK_USES_NO_REGS, NULL);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb);

    (void)id;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);

        for (unsigned int m = 0; m < mark_count; m++)
            if (marks[m].address == address && !marks[m].seen)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, reached, CALLBACK_USES_NO_REGS, &marks[m]);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &executed, 1);
    }
}

/* "NAME:ADDRESS" */
static bool add_mark(const char *text)
{
    const char *colon = strchr(text, ':');
    struct mark *m = &marks[mark_count];

    if (!colon || mark_count == MARKS_MAX || colon - text >= (long)sizeof(m->name))
        return false;
    memcpy(m->name, text, colon - text);
    m->address = strtoull(colon + 1, NULL, 0);
    mark_count++;
    return true;
}

static bool take_option(const char *text)
{
    if (!strncmp(text, "out=", 4))
        return (out = fopen(text + 4, "w")) != NULL;
    if (!strncmp(text, "mark=", 5))
        return add_mark(text + 5);
    if (!strncmp(text, "profile=", 8))
        return (profile = strdup(text + 8)) != NULL;
    if (!strncmp(text, "start=", 6))
        return (start_at = strtoull(text + 6, NULL, 0)) != 0;
    if (!strncmp(text, "stop=", 5))
        return (stop_at = strtoull(text + 5, NULL, 0)) != 0;
    return false;
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (take_option(argv[i]))
            continue;
        fprintf(stderr, "insn_count: %s: no such option, or not possible\n", argv[i]);
        return -1;
    }
    if (!out && !profile) {
        fprintf(stderr, "insn_count: out= or profile= is needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, out ? translated : translated_for_profile);
    if (profile)
        qemu_plugin_register_atexit_cb(id, profile_end, NULL);
    return 0;
}
