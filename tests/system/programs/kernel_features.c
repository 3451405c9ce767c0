/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests/system/soak-guest: uses a feature of the kernel that a shell cannot reach, and looks at the result. The command is
 * the feature (the table at the end); exit status 0: it works, 1: it does not, and the last line says where.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#define PAGE 4096UL
#define PAGES 64UL
#define MIB (1UL << 20)
#define GIB (1UL << 30)

static void need(int held, const char *what)
{
    if (held)
        return;
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static uint8_t *area_map(size_t bytes)
{
    uint8_t *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    need(p != MAP_FAILED, "mmap");
    return p;
}

static long number_of(const char *path)
{
    FILE *f = fopen(path, "r");
    long n = -1;

    need(f && fscanf(f, "%ld", &n) == 1, path);
    fclose(f);
    return n;
}

/* A program of two instructions, r0 = 42; exit: its length as machine code, and what the kernel gets when it runs it. */
static void bpf(void)
{
    struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 42}, {.code = BPF_JMP | BPF_EXIT}};
    char data[64] = {0};
    struct bpf_prog_info info = {0};
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (uintptr_t)code, .insn_cnt = 2,
                           .license = (uintptr_t)"GPL"};
    int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
    union bpf_attr run = {.test = {.prog_fd = fd, .data_in = (uintptr_t)data, .data_size_in = sizeof(data), .repeat = 1000}};
    union bpf_attr ask = {.info = {.bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info}};

    need(fd >= 0, "BPF_PROG_LOAD");
    need(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) == 0, "BPF_OBJ_GET_INFO_BY_FD");
    need(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &run, sizeof(run)) == 0, "BPF_PROG_TEST_RUN");
    printf("bpf: jited %u bytes, returns %u\n", info.jited_prog_len, run.test.retval);
    need(info.jited_prog_len > 0 && run.test.retval == 42, "bpf");
}

static int perf_open(uint32_t type, uint64_t config, uint64_t period)
{
    struct perf_event_attr attr = {.type = type, .size = sizeof(attr), .config = config, .sample_period = period,
                                   .sample_type = PERF_SAMPLE_IP};

    return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t perf_count(int fd)
{
    uint64_t n = 0;

    need(read(fd, &n, sizeof(n)) == sizeof(n), "perf: read");
    return n;
}

static void spin(long ms)
{
    struct timespec from, to;

    clock_gettime(CLOCK_MONOTONIC, &from);
    do
        clock_gettime(CLOCK_MONOTONIC, &to);
    while ((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < ms);
}

/* Page faults are counted, and the CPU clock samples into a ring. The machine's own counters are only asked for. */
static void perf(void)
{
    int faults = perf_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 0);
    int clock = perf_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 1000000);
    int cycles = perf_open(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0);
    const char *hardware = cycles >= 0 ? "counted" : strerror(errno);
    struct perf_event_mmap_page *ring;
    uint8_t *p = area_map(PAGES * PAGE);

    need(faults >= 0 && clock >= 0, "perf_event_open");
    ring = mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, clock, 0);
    need(ring != MAP_FAILED, "perf: mmap");
    madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < PAGES; i++)
        p[i * PAGE] = 1;
    spin(500);
    printf("perf: %lu faults, samples %s, cycles %s\n", perf_count(faults), ring->data_head ? "taken" : "none", hardware);
    need(perf_count(faults) >= PAGES && ring->data_head > 0, "perf");
}

/* Same pages become one, and come apart again when they are written. */
static void ksm(void)
{
    uint8_t *p = area_map(PAGES * PAGE);
    int tries = 0;

    memset(p, 0x5a, PAGES * PAGE);
    need(madvise(p, PAGES * PAGE, MADV_MERGEABLE) == 0, "MADV_MERGEABLE");
    while (number_of("/sys/kernel/mm/ksm/pages_sharing") < (long)PAGES / 2 && ++tries < 300)
        usleep(100000);
    printf("ksm: %ld shared\n", number_of("/sys/kernel/mm/ksm/pages_sharing"));
    need(tries < 300, "ksm: not merged");
    for (size_t i = 0; i < PAGES; i++)
        p[i * PAGE] = i;
    for (size_t i = 0; i < PAGES; i++)
        need(p[i * PAGE] == (uint8_t)i && p[i * PAGE + 1] == 0x5a, "ksm: contents");
}

static uint8_t *volatile watched;
static volatile int protected_faults;

/* Gives each missing page what it asks for; takes the protection off a page that is written. */
static void *faults_serve(void *arg)
{
    int fd = *(int *)arg;
    static uint8_t page[PAGE] __attribute__((aligned(4096)));
    struct uffd_msg msg;

    while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
        uint64_t at = msg.arg.pagefault.address & ~(PAGE - 1);

        memset(page, (at - (uintptr_t)watched) / PAGE + 1, PAGE);
        if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
            struct uffdio_writeprotect off = {.range = {at, PAGE}};

            protected_faults++;
            need(ioctl(fd, UFFDIO_WRITEPROTECT, &off) == 0, "UFFDIO_WRITEPROTECT");
        } else {
            struct uffdio_copy copy = {.dst = at, .src = (uintptr_t)page, .len = PAGE};

            need(ioctl(fd, UFFDIO_COPY, &copy) == 0, "UFFDIO_COPY");
        }
    }
    return NULL;
}

static void userfault(void)
{
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP};
    int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
    uint8_t *p = watched = area_map(PAGES * PAGE);
    struct uffdio_register range = {.range = {(uintptr_t)p, PAGES * PAGE},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP};
    struct uffdio_writeprotect on = {.range = range.range, .mode = UFFDIO_WRITEPROTECT_MODE_WP};
    pthread_t server;

    need(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0, "userfaultfd");
    need(ioctl(fd, UFFDIO_REGISTER, &range) == 0, "UFFDIO_REGISTER");
    need(pthread_create(&server, NULL, faults_serve, &fd) == 0, "thread");
    for (size_t i = 0; i < PAGES; i++)
        need(p[i * PAGE] == i + 1, "userfaultfd: contents");
    need(ioctl(fd, UFFDIO_WRITEPROTECT, &on) == 0, "UFFDIO_WRITEPROTECT");
    for (size_t i = 0; i < PAGES; i++)
        p[i * PAGE + 1] = i;
    printf("userfaultfd: %d writes caught\n", protected_faults);
    need(protected_faults == (int)PAGES, "userfaultfd: writes");
}

/* The page's soft-dirty bit is clear after clear_refs, and set by a write. */
static int soft_dirty(const uint8_t *p)
{
    int fd = open("/proc/self/pagemap", O_RDONLY);
    uint64_t entry = 0;

    need(fd >= 0 && pread(fd, &entry, 8, (uintptr_t)p / PAGE * 8) == 8, "pagemap");
    close(fd);
    return entry >> 55 & 1;
}

static void softdirty(void)
{
    uint8_t *p = area_map(PAGES * PAGE);
    int fd = open("/proc/self/clear_refs", O_WRONLY), set = 0;

    memset(p, 1, PAGES * PAGE);
    need(fd >= 0 && write(fd, "4", 1) == 1, "clear_refs");
    for (size_t i = 0; i < PAGES; i += 2)
        p[i * PAGE] = 2;
    for (size_t i = 0; i < PAGES; i++)
        set += soft_dirty(p + i * PAGE) == (i % 2 == 0);
    printf("softdirty: %d of %lu bits right\n", set, PAGES);
    need(set == (int)PAGES, "softdirty");
}

/* Entries of pages that are swapped out, dropped: the pages are zero afterwards. */
static void dontneed(void)
{
    uint8_t *p = area_map(PAGES * PAGE);
    int fd = open("/proc/self/pagemap", O_RDONLY), out = 0;
    uint64_t entry[PAGES];

    memset(p, 1, PAGES * PAGE);
    need(madvise(p, PAGES * PAGE, MADV_PAGEOUT) == 0, "MADV_PAGEOUT");
    need(pread(fd, entry, sizeof(entry), (uintptr_t)p / PAGE * 8) == sizeof(entry), "pagemap");
    for (size_t i = 0; i < PAGES; i++)
        out += entry[i] >> 62 & 1;
    printf("dontneed: %d pages are swapped out\n", out);
    need(out > 0 && madvise(p, PAGES * PAGE, MADV_DONTNEED) == 0, "MADV_DONTNEED");
    for (size_t i = 0; i < PAGES; i++)
        need(p[i * PAGE] == 0, "dontneed: contents");
}

/* Moves a sparse area; @from and @to are offsets from an address aligned to a GiB, so that whole tables can move, or not. */
static void move(size_t bytes, size_t from, size_t to)
{
    uint8_t *area = area_map(6 * GIB);
    uint8_t *base = (uint8_t *)(((uintptr_t)area + GIB - 1) & ~(GIB - 1)), *p = base + from;
    size_t step = bytes > 4 * MIB ? MIB / 2 + PAGE : PAGE;

    madvise(area, 6 * GIB, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < bytes; at += step)
        memcpy(p + at, &at, sizeof(at));
    p = mremap(p, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, base + 3 * GIB + to);
    need(p == base + 3 * GIB + to, "mremap");
    for (size_t at = 0; at < bytes; at += step)
        need(memcmp(p + at, &at, sizeof(at)) == 0, "mremap: contents");
    printf("mremap: %zu KiB from +%zu to +%zu\n", bytes / 1024, from, to);
    munmap(area, 6 * GIB);
}

static void remap(void)
{
    static const size_t sizes[] = {PAGE, 2 * MIB, 2 * MIB + PAGE, 64 * MIB, GIB, GIB + 2 * MIB};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        move(sizes[i], 0, 0);
        move(sizes[i], 2 * MIB, 0);
        move(sizes[i], PAGE, 3 * PAGE);
    }
}

/* An instruction that the kernel cannot emulate: under a probe it is run out of line, in single steps. */
__asm__(".globl soak_target\nsoak_target: lea (%rdi,%rdi,2),%eax\n ret\n");
extern int soak_target(int n);

static void probed(void)
{
    for (int i = 0; i < 100; i++)
        need(soak_target(i) == 3 * i, "uprobe: result");
}

/* Where soak_target is in this file, which is linked at 4 MiB. */
static void place(void)
{
    printf("0x%lx\n", (unsigned long)(uintptr_t)soak_target - 0x400000);
}

/* Takes as many MiB as its argument says and reads back what it wrote. */
static int eat(const char *mib)
{
    size_t bytes = strtoul(mib, NULL, 10) * MIB;
    uint8_t *p = area_map(bytes);

    for (size_t at = 0; at < bytes; at += PAGE)
        memcpy(p + at, &at, sizeof(at));
    for (size_t at = 0; at < bytes; at += PAGE)
        need(memcmp(p + at, &at, sizeof(at)) == 0, "contents");
    return 0;
}

/* How many MiB of the pages from @p on have a guest frame number above 4 GiB. */
static size_t mib_above(uint8_t *p, size_t bytes)
{
    static uint64_t entry[512];
    int fd = open("/proc/self/pagemap", O_RDONLY);
    size_t n = 0;

    need(fd >= 0, "pagemap");
    for (size_t at = 0; at < bytes; at += 512 * PAGE) {
        need(pread(fd, entry, sizeof(entry), ((uintptr_t)p + at) / PAGE * 8) == sizeof(entry), "pagemap: read");
        for (size_t i = 0; i < 512; i++)
            n += (entry[i] & ((1UL << 55) - 1)) >= 4 * GIB / PAGE;
    }
    close(fd);
    return n * PAGE / MIB;
}

/* Writes to as many MiB as its argument says, an even number, then reads all of it back for each line of its input. */
static int hold(const char *mib)
{
    size_t bytes = strtoul(mib, NULL, 10) * MIB;
    uint8_t *p = area_map(bytes);

    for (size_t at = 0; at < bytes; at += PAGE)
        memcpy(p + at, &at, sizeof(at));
    printf("hold: %s MiB written, %zu of them above 4 GiB\n", mib, mib_above(p, bytes));
    for (unsigned int n = 1; getchar() != EOF; n++) {
        for (size_t at = 0; at < bytes; at += PAGE)
            need(memcmp(p + at, &at, sizeof(at)) == 0, "contents");
        printf("hold: %s MiB read, time %u\n", mib, n);
    }
    return 0;
}

/* Loads a kernel of one page that halts: does the kernel take it? */
static void kexec(void)
{
    static uint8_t page[PAGE] __attribute__((aligned(4096))) = {0xfa, 0xf4, 0xeb, 0xfd};
    struct kexec_segment segment = {page, PAGE, (void *)(32 * MIB), PAGE};

    need(syscall(SYS_kexec_load, 32 * MIB, 1, &segment, KEXEC_ARCH_X86_64) == 0, "kexec_load");
    printf("kexec: loaded\n");
}

/* What `kexec -e` does, which asks a hypervisor instead when /proc/xen exists. */
static void kexec_boot(void)
{
    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
    need(0, "LINUX_REBOOT_CMD_KEXEC");
}

static const struct feature {
    const char *name;
    void (*use)(void);
} features[] = {
    {"bpf", bpf}, {"perf", perf}, {"ksm", ksm}, {"userfaultfd", userfault}, {"softdirty", softdirty}, {"mremap", remap}, {"dontneed", dontneed},
    {"probed", probed}, {"place", place}, {"kexec", kexec}, {"kexec-boot", kexec_boot},
};

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "eat") == 0)
        return eat(argv[2]);
    if (argc == 3 && strcmp(argv[1], "hold") == 0)
        return hold(argv[2]);
    for (size_t i = 0; argc == 2 && i < sizeof(features) / sizeof(features[0]); i++) {
        if (strcmp(features[i].name, argv[1]) == 0) {
            features[i].use();
            return 0;
        }
    }
    fprintf(stderr, "kernel_features: no such feature\n");
    return 2;
}
