/* SPDX-License-Identifier: GPL-2.0-only */
/* Every operation on a guest against every phase of its life: the answer, and that a refused operation changes nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>
#include <xensave.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../call.h"
#include "../guest.h"
#include "../guest_pci.h"
#include "../guest_save.h"
#include "../image_head.h"
#include "../log.h"
#include "../ops.h"
#include "../store.h"

#define DOMID 3

enum phase { MADE, RUNNING, PAUSED, SAVING, ENDING, GONE, PHASES };
static const char *const phase_names[] = { "being made", "running", "paused", "being saved", "ending", "gone" };

/* ---- the hypervisor, the store and what is beside the operations ---- */

static struct domain guest;
static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
static bool exists, paused, suspended;
/* What the guest's kernel does with the word "suspend": as it should; nothing; takes it and does not suspend itself. */
static enum { SUSPENDS, IGNORES, TAKES } kernel;
static bool word;
static int64_t now;
static unsigned int changes;	/* to the hypervisor's domain, its nodes, files, or the guest */

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	if (!exists || domid != DOMID)
		return -ESRCH;
	*info = (struct xc_domain_info){ .domid = domid, .paused = paused, .shutdown = suspended, .max_vcpu_id = 3,
					 .shutdown_reason = XC_SHUTDOWN_SUSPEND };
	return 0;
}

static int change(void)
{
	changes++;
	return 0;
}

int xc_domain_pause(struct xc_handle *h, uint32_t domid) { return change(); }
int xc_domain_unpause(struct xc_handle *h, uint32_t domid) { return change(); }
int xc_domain_destroy(struct xc_handle *h, uint32_t domid) { return change(); }
int xc_domain_save(struct xc_handle *h, uint32_t domid, int fd) { return change(); }
int xc_domain_resume_cancelled(struct xc_handle *h, uint32_t domid) { return change(); }
const struct xc_error *xc_last_error(const struct xc_handle *h) { static const struct xc_error none; return &none; }
const char *xc_error_text(struct xc_handle *h) { return ""; }
bool xs_resume_domain(struct xs_handle *h, unsigned int domid) { return !change(); }

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	if (strstr(fmt, "control/shutdown") && word)
		return mem_strdup("suspend");
	return strstr(fmt, "feature-") ? mem_strdup("1") : NULL;
}

int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...)
{
	word = !strcmp(value, "suspend") && kernel == IGNORES;
	suspended |= !strcmp(value, "suspend") && kernel == SUSPENDS;
	return change();
}

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	*value = NULL;
	return 0;
}

bool store_exists(struct xs_handle *xs, const char *fmt, ...) { return false; }
void store_remove(struct xs_handle *xs, const char *fmt, ...) { changes++; }

struct domain *domain_get(struct xend *x, uint32_t domid)
{
	return x->domains && domid == DOMID ? x->domains : NULL;
}

int pci_fail_read(struct call *c, uint32_t domid, int ret) { return ret; }

int domain_find_name(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid)
{
	*domid = DOMID;
	return exists && !strcmp(name, guest.name) ? 0 : -ESRCH;
}

void domain_set_phase(struct xend *x, struct domain *d, enum domain_phase phase) { d->phase = phase; }
void domain_ask_reboot(struct xend *x, uint32_t domid) { changes++; }
int domain_save(const struct domain *d) { return change(); }
void guest_look(struct xend_link *link, struct domain *d) { }
int guest_create(struct call *c, struct domain_source *s, bool paused, bool dry, struct domain **out) { return -EINVAL; }
int image_head_write(struct image_file *f, const char *name, const struct domain_source *source) { return image_file_begin(f); }
int image_head_read(int fd, struct domain_source *source) { return -EINVAL; }
void config_error_free(struct config_error *err) { free(err->text); }
int64_t xend_now_ms(void) { return now += 1000; }
void log_line(const char *fmt, ...) { }

void guest_destroy(struct xend *x, struct domain *d)
{
	image_id_free(&d->image);
	changes++;
}

static void begin(enum phase phase)
{
	static const enum domain_phase kept[] = {
		[MADE] = DOMAIN_BUILDING, [RUNNING] = DOMAIN_RUNNING, [PAUSED] = DOMAIN_RUNNING, [SAVING] = DOMAIN_SAVING,
		[ENDING] = DOMAIN_ENDING,
	};

	exists = phase != GONE;
	paused = phase == MADE || phase == PAUSED || phase == ENDING;
	suspended = word = false;
	kernel = SUSPENDS;
	changes = 0;
	guest = (struct domain){ .name = (char *)"web", .domid = DOMID };
	x.domains = exists ? &guest : NULL;
	if (exists)
		guest.phase = kept[phase];
}

/* ---- the table ---- */

#define REFUSED -EBUSY	/* with the phase's name */

/* The worker does one thing after the other: destroy never meets a creation, a save or another destroy under way. */
static const struct {
	const char *name;
	int (*op)(struct call *c);
	int answers[PHASES];
} rows[] = {
	{ "pause",    op_pause,    { REFUSED, 0, 0, REFUSED, REFUSED, -ESRCH } },
	{ "unpause",  op_unpause,  { REFUSED, -EINVAL, 0, REFUSED, REFUSED, -ESRCH } },
	{ "shutdown", op_shutdown, { REFUSED, 0, 0, REFUSED, REFUSED, -ESRCH } },
	{ "reboot",   op_reboot,   { REFUSED, 0, 0, REFUSED, REFUSED, -ESRCH } },
	{ "sysrq",    op_sysrq,    { REFUSED, 0, 0, REFUSED, REFUSED, -ESRCH } },
	{ "vcpu-set", op_vcpu_set, { REFUSED, 0, 0, REFUSED, REFUSED, -ESRCH } },
	{ "save",     op_save,     { REFUSED, 0, -EINVAL, REFUSED, REFUSED, -ESRCH } },
	{ "destroy",  op_destroy,  { 0, 0, 0, 0, 0, -ESRCH } },
};

static char folder[] = "/tmp/test_phases.XXXXXX";

/* The answer; *why is the text of a refusal, which the caller frees. */
static int ask(int (*op)(struct call *c), char **why)
{
	struct xend_link link = { 0 };
	struct json *args = json_new(JSON_OBJECT);
	struct call c = { .x = &x, .link = &link, .args = args };
	char *file = mem_printf("%s/web.save", folder);
	int ret;

	json_add_str(args, "domain", "web");
	json_add_str(args, "file", file);
	json_add_str(args, "key", "h");
	json_add_int(args, "count", 2);
	ret = op(&c);
	assert_int_equal(ret, -c.code);
	*why = c.err.text ? mem_strdup(c.err.text) : NULL;
	call_clear(&c);
	json_free(args);
	unlink(file);
	free(file);
	return ret;
}

static void operations_and_phases(void **state)
{
	static const char *const words[] = {
		[MADE] = "web is being created", [SAVING] = "web is being saved", [ENDING] = "web is being destroyed",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (enum phase phase = 0; phase < PHASES; phase++) {
			char *why;
			int ret;

			begin(phase);
			ret = ask(rows[i].op, &why);
			if (ret != rows[i].answers[phase])
				fail_msg("%s of a guest that is %s: %d, not %d", rows[i].name, phase_names[phase], ret, rows[i].answers[phase]);
			if (ret == REFUSED && !strstr(why, words[phase]))
				fail_msg("%s of a guest that is %s: \"%s\"", rows[i].name, phase_names[phase], why);
			/* A save that finds its guest paused has begun. */
			if ((ret == 0) != (changes > 0) && !(rows[i].op == op_save && phase == PAUSED))
				fail_msg("%s of a guest that is %s: %u changes", rows[i].name, phase_names[phase], changes);
			assert_true(ret == 0 || !exists || guest.phase == (phase == MADE ? DOMAIN_BUILDING : phase == SAVING ? DOMAIN_SAVING :
									   phase == ENDING ? DOMAIN_ENDING : DOMAIN_RUNNING));
			free(why);
		}
	}
}

/* The guest runs on, without the word, and the refusal says whether its kernel heard of it. */
static void guests_that_do_not_suspend(void **state)
{
	static const struct { int kernel; const char *why; } rows[] = {
		{ IGNORES, "web did not suspend itself in 60 s: its kernel did not listen" },
		{ TAKES, "web did not suspend itself in 60 s, though its kernel began to" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *why;

		begin(RUNNING);
		kernel = rows[i].kernel;
		assert_int_equal(ask(op_save, &why), -ETIMEDOUT);
		assert_string_equal(why, rows[i].why);
		assert_int_equal(guest.phase, DOMAIN_RUNNING);
		assert_false(word);
		free(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(operations_and_phases), cmocka_unit_test(guests_that_do_not_suspend) };
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests_name("operations and phases", tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
