/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest of on_reboot=rename-restart, whose xend is killed at any point: the next one has both guests. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../guest.h"
#include "../guest_save.h"
#include "../log.h"
#include "../policy.h"
#include "../store.h"
#include "../worker.h"

#define UUID "6f7d3c52-0b1a-4e0c-8a5e-112233445566"
#define DOMID 7
#define MOST 10

/* In the place of the functions of that name, by the linker. */
int __wrap_rename(const char *old, const char *new);
int __real_rename(const char *old, const char *new);
int __wrap_renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned int flags);
int __real_renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned int flags);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len);
int __real_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_unlink(const char *path);
int __real_unlink(const char *path);

/* The hypervisor: domains by number, until the machine is reset. */
static struct { bool there, shutdown; unsigned char handle[16]; } *domains;
static bool full;	/* no file gets longer */
static unsigned int done, die_at;	/* things that last, and before which of them xend is killed; 0: never */
static struct worker_job *jobs[16];
static size_t job_count;

/* Called before each thing that lasts. */
static void lasts(void)
{
	if (++done == die_at)
		_exit(0);
}

int __wrap_rename(const char *old, const char *new)
{
	lasts();
	return __real_rename(old, new);
}

int __wrap_renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned int flags)
{
	lasts();
	return __real_renameat2(old_folder, old, new_folder, new, flags);
}

int __wrap_posix_fallocate(int fd, off_t offset, off_t len)
{
	struct stat st;

	lasts();
	if (full && (fstat(fd, &st) < 0 || st.st_size < offset + len))
		return ENOSPC;
	return __real_posix_fallocate(fd, offset, len);
}

int __wrap_unlink(const char *path)
{
	lasts();
	return __real_unlink(path);
}

int xc_domain_sethandle(struct xc_handle *h, uint32_t domid, const uint8_t handle[16])
{
	lasts();
	memcpy(domains[domid].handle, handle, 16);
	return 0;
}

int guest_rename_store(struct xend *x, struct domain *d, const char *old_uuid)
{
	lasts();
	return 0;
}

void guest_detach_devices(struct xend *x, struct domain *d) { lasts(); }
void guest_look(struct xend_link *link, struct domain *d) { }
void guest_resume(struct xend *x, struct xend_link *link, struct domain *d) { }
void log_line(const char *fmt, ...) { }
char *store_read(struct xs_handle *xs, const char *fmt, ...) { return NULL; }
void call_clear(struct call *c) { }
void worker_submit(struct xend *x, struct worker_job *job) { jobs[job_count++] = job; }

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	*value = NULL;
	return 0;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	if (domid >= MOST || !domains[domid].there)
		return -ESRCH;
	*info = (struct xc_domain_info){ .domid = domid, .shutdown = domains[domid].shutdown, .shutdown_reason = XC_SHUTDOWN_REBOOT };
	memcpy(info->handle, domains[domid].handle, 16);
	return 0;
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info)
{
	int got = 0;

	for (; first < MOST; first++)
		got += xc_domain_getinfo(h, first, info + got) == 0;
	return got;
}

static void fill(struct domain *d)
{
	struct strbuf warnings = { 0 };
	struct config_error err = { 0 };

	assert_int_equal(domain_source_read(&d->source, &d->config, &warnings, &err), 0);
	d->name = mem_strdup(d->config.name);
	memcpy(d->uuid, d->config.uuid, sizeof(d->uuid));
	domain_uuid_text(d->uuid, d->uuid_text);
	strbuf_free(&warnings);
}

/* As guest_create.c does it, as far as state files and the hypervisor can tell. */
int guest_create(struct call *c, struct domain_source *source, bool paused, bool dry_run, struct domain **out)
{
	struct domain *d = mem_alloc(1, sizeof(*d));

	d->source = *source;
	*source = (struct domain_source){ 0 };
	d->domid = DOMAIN_NONE;
	fill(d);
	assert_int_equal(domain_save_phase(d, DOMAIN_BUILDING), 0);
	lasts();
	d->domid = DOMID + 1;
	domains[d->domid].there = true;
	domains[d->domid].shutdown = false;
	memcpy(domains[d->domid].handle, d->uuid, 16);
	d->phase = DOMAIN_RUNNING;
	d->source.again = false;
	assert_int_equal(domain_save(d), 0);
	domain_add(c->x, d);
	*out = d;
	return 0;
}

void guest_destroy(struct xend *x, struct domain *d)
{
	bool again = d->source.again;

	d->phase = DOMAIN_ENDING;
	domain_save(d);
	if (d->domid < MOST && !memcmp(domains[d->domid].handle, d->uuid, 16)) {
		lasts();
		domains[d->domid].there = false;
	}
	d->domid = DOMAIN_NONE;
	if (again)
		domain_save(d);
	else
		domain_unsave(d->uuid_text);
	domain_remove(x, d);
	domain_free(d);
}

static struct xend *host(void)
{
	static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };

	return &x;
}

static void forget_guests(void)
{
	while (host()->domains) {
		struct domain *d = host()->domains;

		domain_remove(host(), d);
		domain_free(d);
	}
}

/* What the loop and the worker do until there is nothing to do. */
static void run(void)
{
	policy_scan(host());
	for (size_t i = 0; i < job_count; i++) {
		jobs[i]->call.x = host();
		jobs[i]->call.link = &host()->worker;
		jobs[i]->run(&jobs[i]->call);
		json_free(jobs[i]->request);
		free(jobs[i]);
	}
	job_count = 0;
}

static void start(void)
{
	assert_int_equal(domain_load_all(host()), 0);
	policy_take_over(host());
	run();
}

/* A guest that has rebooted, and its state file. */
static void make_guest(const char *action)
{
	struct domain *d = mem_alloc(1, sizeof(*d));

	if (system("rm -rf " DOMAIN_DIR) || mkdir(DOMAIN_DIR, 0700) < 0)
		fail_msg("%s", DOMAIN_DIR);
	memset(domains, 0, MOST * sizeof(*domains));
	d->domid = DOMID;
	d->phase = DOMAIN_RUNNING;
	d->source.file = mem_strdup("g.cfg");
	d->source.text = mem_printf("name=\"g\"\nkernel=\"/k\"\nuuid=\"" UUID "\"\non_reboot=\"%s\"\n", action);
	fill(d);
	assert_int_equal(domain_save(d), 0);
	domains[DOMID].there = domains[DOMID].shutdown = true;
	memcpy(domains[DOMID].handle, d->uuid, 16);
	domain_free(d);
}

/* One xend that is killed before the thing number @at that lasts. True if it came so far. */
static bool killed(unsigned int at)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		done = 0;
		die_at = at;
		start();
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return !WEXITSTATUS(status);
}

static const struct domain *managed(const char *name)
{
	for (struct domain *d = host()->domains; d; d = d->next)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

static bool is_managed(const char *name, uint32_t domid, enum domain_phase phase)
{
	const struct domain *d = managed(name);

	return d && d->domid == domid && d->phase == phase && !memcmp(d->uuid, domains[domid].handle, 16) && !d->source.again;
}

static void rename_restart(void **state)
{
	unsigned int at = 0;
	bool more;

	do {
		size_t count = 0;

		make_guest("rename-restart");
		more = killed(++at);
		start();
		for (struct domain *d = host()->domains; d; d = d->next)
			count++;
		if (count != 2 || !is_managed("g-1", DOMID, DOMAIN_PRESERVED) || !is_managed("g", DOMID + 1, DOMAIN_RUNNING))
			fail_msg("killed before step %u: %zu guests, %s, %s", at, count, managed("g-1") ? "g-1 is there" : "no g-1",
				 managed("g") ? "g is there" : "no g");
		forget_guests();
	} while (more);
	assert_true(at > 8);
}

/* On a full file system there is no second state file: the guest is kept, as it was. A restart needs none. */
static void no_room(void **state)
{
	full = false;
	make_guest("rename-restart");
	full = true;
	start();
	if (host()->domains->next || !is_managed("g", DOMID, DOMAIN_PRESERVED))
		fail_msg("rename-restart: %s", host()->domains->name);
	forget_guests();
	full = false;
	make_guest("restart");
	full = true;
	start();
	if (host()->domains->next || !is_managed("g", DOMID + 1, DOMAIN_RUNNING))
		fail_msg("restart: %s", host()->domains->name);
	forget_guests();
	full = false;
}

static int clean_up(void **state)
{
	return system("rm -rf " DOMAIN_DIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rename_restart), cmocka_unit_test(no_room) };

	domains = mmap(NULL, MOST * sizeof(*domains), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return domains == MAP_FAILED ? 1 : cmocka_run_group_tests_name("policy", tests, NULL, clean_up);
}
