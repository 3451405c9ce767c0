/* SPDX-License-Identifier: GPL-2.0-only */
/* State files: a guest comes back as it was written down, and one whose file cannot be used now is left alone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/file.h"
#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../domain.h"
#include "../log.h"
#include "../store.h"

#define UUID "6f7d3c52-0b1a-4e0c-8a5e-112233445566"
#define STATE DOMAIN_DIR "/" UUID
#define SPARE DOMAIN_DIR "/." UUID ".spare"
#define IMAGE DOMAIN_DIR "/.image"
#define DOMID 7

/* In the place of the functions of that name, by the linker. */
int __wrap_file_open_input(const char *path, const char **kind);
int __real_file_open_input(const char *path, const char **kind);
int __wrap_file_read_all(int fd, void *to, size_t len);
int __real_file_read_all(int fd, void *to, size_t len);
int __wrap_file_write_all(int fd, const void *data, size_t len);
int __real_file_write_all(int fd, const void *data, size_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len);
int __real_posix_fallocate(int fd, off_t offset, off_t len);
DIR *__wrap_opendir(const char *path);
DIR *__real_opendir(const char *path);

/* What goes wrong: 0, or a negative errno. */
static int fail_open, fail_read, fail_folder, fail_ask, fail_store;
/* How many files can still get longer than they are, as on a file system that has no more room than that; negative: all. */
static int room = -1;
/* What the hypervisor has: the guest, another domain of its number, or none. */
static enum { GUEST, ANOTHER, NONE } there;
static unsigned char uuid[16];
static char said[4096];

int __wrap_file_open_input(const char *path, const char **kind)
{
	*kind = NULL;
	return fail_open ? fail_open : __real_file_open_input(path, kind);
}

int __wrap_file_read_all(int fd, void *to, size_t len)
{
	return fail_read ? fail_read : __real_file_read_all(fd, to, len);
}

/* Whether there is room for that size. */
static bool fits(int fd, size_t size)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	if ((size_t)st.st_size >= size || room < 0)
		return true;
	if (!room)
		return false;
	room--;
	return true;
}

int __wrap_file_write_all(int fd, const void *data, size_t len)
{
	return fits(fd, len) ? __real_file_write_all(fd, data, len) : -ENOSPC;
}

int __wrap_posix_fallocate(int fd, off_t offset, off_t len)
{
	return fits(fd, offset + len) ? __real_posix_fallocate(fd, offset, len) : ENOSPC;
}

DIR *__wrap_opendir(const char *path)
{
	errno = -fail_folder;
	return fail_folder ? NULL : __real_opendir(path);
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	*info = (struct xc_domain_info){ .domid = domid };
	if (there == GUEST)
		memcpy(info->handle, uuid, sizeof(uuid));
	return fail_ask ? fail_ask : there == NONE ? -ESRCH : 0;
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info)
{
	if (fail_ask || first > DOMID || there == NONE)
		return fail_ask;
	xc_domain_getinfo(h, DOMID, info);
	return 1;
}

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	return NULL;
}

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	*value = NULL;
	return fail_store;
}

void log_line(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
}

static struct xend *host(void)
{
	static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };

	return &x;
}

static void forget_guests(void)
{
	struct xend *x = host();

	while (x->domains) {
		struct domain *d = x->domains;

		domain_remove(x, d);
		domain_free(d);
	}
}

/* A guest in that phase. */
static struct domain *guest(enum domain_phase phase)
{
	struct domain *d = mem_alloc(1, sizeof(*d));
	struct strbuf warnings = { 0 };
	struct config_error err = { 0 };

	d->domid = DOMID;
	d->phase = phase;
	d->source.file = mem_strdup("g.cfg");
	d->source.text = mem_strdup("name=\"g\"\nkernel=\"/k\"\nmemory=64\nuuid=\"" UUID "\"\n");
	assert_int_equal(domain_source_read(&d->source, &d->config, &warnings, &err), 0);
	d->name = mem_strdup(d->config.name);
	memcpy(d->uuid, d->config.uuid, sizeof(uuid));
	memcpy(uuid, d->uuid, sizeof(uuid));
	domain_uuid_text(d->uuid, d->uuid_text);
	assert_string_equal(d->uuid_text, UUID);
	strbuf_free(&warnings);
	return d;
}

/* Writes the state of a guest in that phase; then all is well, and nothing is loaded. */
static void write_state(enum domain_phase phase, void (*change)(struct domain *d))
{
	struct domain *d = guest(phase);

	fail_open = fail_read = fail_folder = fail_ask = 0;
	room = -1;
	there = GUEST;
	*said = 0;
	forget_guests();
	if (change)
		change(d);
	assert_int_equal(domain_save(d), 0);
	domain_free(d);
}

/* Loads, and asserts that the guest was taken over in that phase. */
static struct domain *loaded(enum domain_phase phase)
{
	struct domain *d;

	assert_int_equal(domain_load_all(host()), 0);
	d = host()->domains;
	if (!d)
		fail_msg("not taken over: %s", said);
	assert_string_equal(d->name, "g");
	if (d->phase != phase)
		fail_msg("phase %d instead of %d: %s", d->phase, phase, said);
	return d;
}

/* Lets the file that waits go, as if it were not there any more. */
static void forget_waiting(void)
{
	char text[] = DOMAIN_DIR "/.waits";

	int failing = fail_open;

	rename(STATE, text);
	fail_open = 0;
	domain_load_again(host(), &host()->loop);
	assert_int_equal(domain_load_waiting(), 0);
	fail_open = failing;
	rename(text, STATE);
}

/* Loads, and asserts that the guest was left alone, with its file, which waits. */
static void left_alone(const char *why)
{
	forget_waiting();
	domain_load_all(host());
	if (host()->domains)
		fail_msg("taken over in phase %d", host()->domains->phase);
	assert_int_equal(domain_load_waiting(), 1);
	if (why && !strstr(said, why))
		fail_msg("'%s' lacks '%s'", said, why);
	assert_int_equal(access(STATE, F_OK), 0);
}

static void replace_in_file(const char *old, const char *new)
{
	char text[8192] = "", *at;
	FILE *f = fopen(STATE, "r");
	size_t len = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	at = strstr(text, old);
	assert_non_null(at);
	f = fopen(STATE, "w");
	fprintf(f, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	fclose(f);
	assert_true(len > 0);
}

static void test_phases(void **state)
{
	static const struct { enum domain_phase written, there, gone; } rows[] = {
		{ DOMAIN_BUILDING, DOMAIN_ENDING, DOMAIN_ENDING }, { DOMAIN_RUNNING, DOMAIN_RUNNING, DOMAIN_ENDING },
		{ DOMAIN_ENDING, DOMAIN_ENDING, DOMAIN_ENDING }, { DOMAIN_PRESERVED, DOMAIN_PRESERVED, DOMAIN_ENDING },
		{ DOMAIN_SAVING, DOMAIN_RUNNING, DOMAIN_ENDING },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_state(rows[i].written, NULL);
		assert_int_equal(loaded(rows[i].there)->domid, DOMID);
		write_state(rows[i].written, NULL);
		there = NONE;
		loaded(rows[i].gone);
		write_state(rows[i].written, NULL);
		there = ANOTHER;
		loaded(rows[i].gone);
	}
}

static void lose_id(struct domain *d)
{
	d->domid = DOMAIN_NONE;
}

static void test_a_domain_without_its_number_is_found(void **state)
{
	write_state(DOMAIN_BUILDING, lose_id);
	assert_int_equal(loaded(DOMAIN_ENDING)->domid, DOMID);
}

static void change_present(struct domain *d)
{
	d->source.present.target_kib = 50 << 10;
	d->source.again = true;
}

static void test_what_the_guest_is_comes_back(void **state)
{
	struct domain *d;

	write_state(DOMAIN_ENDING, change_present);
	d = loaded(DOMAIN_ENDING);
	assert_int_equal(d->source.present.target_kib, 50 << 10);
	assert_true(d->source.again);
}

/* A file that cannot be read, or a hypervisor that cannot be asked, for a moment. */
static void test_a_moment_is_no_end(void **state)
{
	static const int codes[] = { -EINTR, -EMFILE, -EIO, -ENOMEM };

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		write_state(DOMAIN_RUNNING, NULL);
		fail_open = codes[i];
		left_alone(strerror(-codes[i]));
		fail_open = 0;
		fail_read = codes[i];
		left_alone(strerror(-codes[i]));
		fail_read = 0;
		fail_ask = codes[i];
		left_alone(strerror(-codes[i]));
		fail_ask = 0;
		loaded(DOMAIN_RUNNING);
		write_state(DOMAIN_BUILDING, lose_id);
		fail_ask = codes[i];
		left_alone(strerror(-codes[i]));
		fail_ask = 0;
		fail_folder = codes[i];
		assert_int_equal(domain_load_all(host()), codes[i]);
		assert_null(host()->domains);
	}
}

/* A name is free when all domains were asked, not when one could not be. */
static void test_a_name_that_cannot_be_looked_for_is_not_free(void **state)
{
	struct xend_link link = { 0 };
	uint32_t domid;

	write_state(DOMAIN_RUNNING, NULL);
	forget_guests();
	assert_int_equal(domain_find_name(host(), &link, "other", &domid), -ESRCH);
	fail_store = -EIO;
	assert_int_equal(domain_find_name(host(), &link, "other", &domid), -EIO);
	fail_store = 0;
	fail_ask = -ENOMEM;
	assert_int_equal(domain_find_name(host(), &link, "other", &domid), -ENOMEM);
	fail_ask = 0;
}

/* A guest is taken over as soon as its file can be used; what keeps it from that is said once. */
static void test_a_guest_is_taken_over_later(void **state)
{
	int *const fails[] = { &fail_open, &fail_read, &fail_ask };
	size_t len;

	for (size_t i = 0; i < sizeof(fails) / sizeof(*fails); i++) {
		write_state(DOMAIN_RUNNING, NULL);
		forget_waiting();
		*fails[i] = -EIO;
		assert_int_equal(domain_load_all(host()), 0);
		len = strlen(said);
		domain_load_again(host(), &host()->loop);
		assert_null(host()->domains);
		assert_int_equal(strlen(said), len);
		*fails[i] = 0;
		domain_load_again(host(), &host()->loop);
		if (!host()->domains || host()->domains->phase != DOMAIN_RUNNING)
			fail_msg("failure %zu: not taken over later: %s", i, said);
		assert_int_equal(domain_load_waiting(), 0);
	}
	write_state(DOMAIN_RUNNING, NULL);
	replace_in_file("memory=64", "memory=no");
	left_alone("kept");
	replace_in_file("memory=no", "memory=64");
	domain_load_again(host(), &host()->loop);
	assert_non_null(host()->domains);
	/* A guest that ended meanwhile is to be taken apart. */
	write_state(DOMAIN_RUNNING, NULL);
	fail_ask = -EIO;
	left_alone("hypervisor");
	fail_ask = 0;
	there = NONE;
	domain_load_again(host(), &host()->loop);
	assert_true(host()->domains && host()->domains->unfinished);
}

static void test_what_cannot_be_understood_stays(void **state)
{
	static const struct { const char *old, *new; } rows[] = {
		{ "\"version\":1", "\"version\":2" }, { "\"version\":1", "\"version\":\"1\"" }, { "\"phase\":1", "\"phase\":5" },
		{ "\"phase\":1", "\"phase\":-1" }, { "memory=64", "memory=no" }, { "{", "" }, { "\"name\"", "name" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_state(DOMAIN_RUNNING, NULL);
		replace_in_file(rows[i].old, rows[i].new);
		left_alone("kept");
	}
	write_state(DOMAIN_RUNNING, NULL);
	assert_int_equal(truncate(STATE, 0), 0);
	left_alone("damaged");
	assert_int_equal(truncate(STATE, 17 << 20), 0);
	left_alone("damaged");
}

static void note_image(struct domain *d)
{
	struct stat st;

	assert_int_equal(stat(IMAGE, &st), 0);
	d->image = (struct image_id){ mem_strdup(IMAGE), st.st_dev, st.st_ino };
	d->suspend_asked = true;
}

static void write_image(const char *text)
{
	FILE *f = fopen(IMAGE, "w");

	fputs(text, f);
	fclose(f);
}

/* A guest whose image is complete is in the image; one whose image is not goes on. */
static void test_a_guest_is_in_one_place(void **state)
{
	write_image(IMAGE_MAGIC);
	write_state(DOMAIN_SAVING, note_image);
	assert_false(loaded(DOMAIN_ENDING)->suspend_asked);
	write_image("another");
	write_state(DOMAIN_SAVING, note_image);
	assert_true(loaded(DOMAIN_RUNNING)->suspend_asked);
	unlink(IMAGE);
}

static void test_a_file_that_was_not_finished_goes(void **state)
{
	write_state(DOMAIN_RUNNING, NULL);
	assert_int_equal(rename(STATE, STATE ".new"), 0);
	assert_int_equal(domain_load_all(host()), 0);
	assert_null(host()->domains);
	assert_int_not_equal(access(STATE ".new", F_OK), 0);
}

/* A file alone in the folder, or none. */
static void only(const char *name)
{
	DIR *dir = opendir(DOMAIN_DIR);
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && (!name || strcmp(entry->d_name, name)))
			fail_msg("%s is left", entry->d_name);
	closedir(dir);
}

static void remove_state(void)
{
	forget_guests();
	domain_unsave(UUID);
	only(NULL);
}

static void save_under_way(struct domain *d)
{
	mem_replace(&d->partial, "/var/lib/xen/save/.guest.save.123456.partial");
	d->image = (struct image_id){ mem_strdup("/var/lib/xen/save/guest.save"), UINT64_MAX, UINT64_MAX };
	d->suspend_asked = true;
}

/* Once a guest is there its state changes on a full file system, too: its room is its own. */
static void test_a_state_changes_without_room(void **state)
{
	static const enum domain_phase phases[] = { DOMAIN_RUNNING, DOMAIN_SAVING, DOMAIN_ENDING, DOMAIN_BUILDING, DOMAIN_RUNNING };
	struct domain *d;

	remove_state();
	write_state(DOMAIN_BUILDING, lose_id);
	room = 0;
	d = guest(DOMAIN_BUILDING);
	for (size_t i = 0; i < 3 * sizeof(phases) / sizeof(*phases); i++) {
		d->phase = phases[i % (sizeof(phases) / sizeof(*phases))];
		d->started = 1ll << (3 * i);
		assert_int_equal(domain_save(d), 0);
	}
	d->phase = DOMAIN_SAVING;
	save_under_way(d);
	assert_int_equal(domain_save(d), 0);
	domain_free(d);
	assert_int_equal(loaded(DOMAIN_RUNNING)->started, 1ll << 42);
	remove_state();
}

/* A guest that cannot be promised that is refused, and leaves nothing. */
static void test_a_guest_without_room_is_refused(void **state)
{
	struct domain *d = guest(DOMAIN_BUILDING);

	remove_state();
	for (int files = 0; files < 2; files++) {
		room = files;
		assert_int_equal(domain_save(d), -ENOSPC);
		only(NULL);
	}
	room = 2;
	assert_int_equal(domain_save(d), 0);
	domain_free(d);
	remove_state();
}

static void set_text(struct domain *d, size_t len)
{
	free(d->source.text);
	d->source.text = mem_printf("name=\"g\"\nkernel=\"/k\"\nuuid=\"" UUID "\"\nmemory=64\n#%*s", (int)len, "x\n");
}

/* A state that outgrows its files is written whole or not at all. */
static void test_a_state_outgrows_its_files(void **state)
{
	struct domain *d = guest(DOMAIN_RUNNING);

	write_state(DOMAIN_RUNNING, NULL);
	set_text(d, 100000);
	for (int files = 0; files < 2; files++) {
		room = files;
		assert_int_equal(domain_save(d), -ENOSPC);
		assert_true(strlen(loaded(DOMAIN_RUNNING)->source.text) < 1000);
		forget_guests();
	}
	room = 1;
	assert_int_equal(domain_save(d), 0);
	assert_true(strlen(loaded(DOMAIN_RUNNING)->source.text) > 100000);
	/* And one that got short again has nothing of the long one. */
	write_state(DOMAIN_RUNNING, NULL);
	assert_true(strlen(loaded(DOMAIN_RUNNING)->source.text) < 1000);
	domain_free(d);
	remove_state();
}

/* Of a guest that ended or whose file never got its name the spare file goes; else it stays, and is no guest. */
static void test_a_spare_file_is_no_guest(void **state)
{
	struct stat before, after;

	write_state(DOMAIN_PRESERVED, NULL);
	write_state(DOMAIN_RUNNING, NULL);
	assert_int_equal(stat(SPARE, &before), 0);
	assert_null(loaded(DOMAIN_RUNNING)->next);
	assert_int_equal(stat(SPARE, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	forget_guests();
	assert_int_equal(unlink(STATE), 0);
	assert_int_equal(domain_load_all(host()), 0);
	assert_null(host()->domains);
	only(NULL);
}

/* What a xend left that had no spare files. */
static void test_a_state_gets_its_spare_file(void **state)
{
	write_state(DOMAIN_RUNNING, NULL);
	assert_int_equal(unlink(SPARE), 0);
	replace_in_file("\n", "");
	write_state(DOMAIN_RUNNING, NULL);
	assert_int_equal(access(SPARE, F_OK), 0);
	loaded(DOMAIN_RUNNING);
	remove_state();
}

static int clean_up(void **state)
{
	forget_guests();
	domain_unsave(UUID);
	unlink(IMAGE);
	rmdir(DOMAIN_DIR);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases), cmocka_unit_test(test_a_domain_without_its_number_is_found),
		cmocka_unit_test(test_what_the_guest_is_comes_back), cmocka_unit_test(test_a_moment_is_no_end),
		cmocka_unit_test(test_a_name_that_cannot_be_looked_for_is_not_free),
		cmocka_unit_test(test_a_guest_is_taken_over_later), cmocka_unit_test(test_what_cannot_be_understood_stays), cmocka_unit_test(test_a_guest_is_in_one_place),
		cmocka_unit_test(test_a_file_that_was_not_finished_goes), cmocka_unit_test(test_a_state_changes_without_room),
		cmocka_unit_test(test_a_guest_without_room_is_refused), cmocka_unit_test(test_a_state_outgrows_its_files),
		cmocka_unit_test(test_a_spare_file_is_no_guest), cmocka_unit_test(test_a_state_gets_its_spare_file),
	};

	if (mkdir(DOMAIN_DIR, 0700) < 0 && errno != EEXIST)
		return 1;
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
