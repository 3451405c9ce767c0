/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Creating, listing and saving a guest while allocations fail: with the reserve each operation ends as it would have, and
 * nothing is left of it. Beside a hypervisor and a store that have memory.
 */
#include <errno.h>
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
#include <xensave.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../disk_use.h"
#include "../guest_pci.h"
#include "../guest_save.h"
#include "../log.h"
#include "../ops.h"
#include "../store.h"
#include "fail_reserve.h"

#define DOMID 7
#define FOLDER "test/no_memory.dir"
#define IMAGE FOLDER "/web.save"

/* ---- what is beside the operations ---- */

static bool exists, suspended;

int xc_domain_create(struct xc_handle *h, const struct xc_domain_config *c, uint32_t *domid)
{
	exists = true;
	suspended = false;
	*domid = DOMID;
	return 0;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	if (!exists || domid != DOMID)
		return -ESRCH;
	*info = (struct xc_domain_info){ .domid = DOMID, .tot_pages = 100, .nr_online_vcpus = 1, .shutdown = suspended,
					 .shutdown_reason = XC_SHUTDOWN_SUSPEND, .running = true };
	memset(info->handle, 0x11, sizeof(info->handle));
	return 0;
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info)
{
	return first <= DOMID && xc_domain_getinfo(h, DOMID, info) == 0;
}

int xc_domain_destroy(struct xc_handle *h, uint32_t domid)
{
	exists = false;
	return 0;
}

int xc_build_check(struct xc_handle *h, const struct xc_build_params *p, struct xc_kernel_info *info) { return 0; }
int xc_build_pv(struct xc_handle *h, uint32_t domid, const struct xc_build_params *p, struct xc_build_result *r) { return 0; }
int xc_domain_restore(struct xc_handle *h, uint32_t domid, int fd, const struct xc_build_params *p, struct xc_build_result *r) { return 0; }
int xc_domain_save(struct xc_handle *h, uint32_t domid, int fd) { return 0; }
int xc_domain_resume_cancelled(struct xc_handle *h, uint32_t domid) { return suspended = false; }
int xc_domain_pause(struct xc_handle *h, uint32_t domid) { return 0; }
int xc_domain_unpause(struct xc_handle *h, uint32_t domid) { return 0; }
int xc_domain_set_tsc_mode(struct xc_handle *h, uint32_t domid, uint32_t mode) { return 0; }
int xc_domain_set_time_offset(struct xc_handle *h, uint32_t domid, int64_t seconds) { return 0; }
int xc_sched_set(struct xc_handle *h, uint32_t domid, const struct xc_sched_params *p) { return 0; }
int xc_sched_get(struct xc_handle *h, uint32_t domid, struct xc_sched_params *p) { return -ENOSYS; }
int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info) { *info = (struct xc_physinfo){ .nr_nodes = 1 }; return 0; }
int xc_max_cpus(struct xc_handle *h) { return 4; }
int xc_vcpu_setaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, uint32_t bits) { return 0; }

/* An administrator has changed both sets of each vCPU. */
int xc_vcpu_getaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, uint32_t bits)
{
	hard[0] = 5;
	if (soft)
		soft[0] = 6;
	return 0;
}

int xc_vcpu_getinfo(struct xc_handle *h, uint32_t domid, uint32_t vcpu, struct xc_vcpu_info *out) { return -ESRCH; }
const struct xc_error *xc_last_error(const struct xc_handle *h) { static const struct xc_error none; return &none; }
const char *xc_error_text(struct xc_handle *h) { return ""; }
bool xs_resume_domain(struct xs_handle *h, unsigned int domid) { return true; }

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	return mem_strdup(strstr(fmt, "memory/target") ? "102400" : strstr(fmt, "availability") ? "online" : "1");
}

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	*value = NULL;
	return 0;
}

int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...)
{
	suspended |= !strcmp(value, "suspend");
	return 0;
}

void store_remove(struct xs_handle *xs, const char *fmt, ...) { }
int disk_use_find(struct xend *x, struct xend_link *link, const struct domain_disk *is, const struct config_disk *disk,
		  uint32_t *domid, bool *read_only) { return 0; }
int guest_check_pci(struct call *c, struct domain *d) { return 0; }
bool guest_confines_pcis(struct call *c, const struct domain *d) { return false; }
int guest_attach_pcis(struct call *c, struct domain *d) { return 0; }
void guest_detach_pcis(struct xend *x, struct domain *d) { }
int pci_list(struct xs_handle *xs, uint32_t domid, struct config_pci **out) { *out = NULL; return 0; }
int pci_fail_read(struct call *c, uint32_t domid, int ret) { return ret; }
int guest_attach_disk(struct call *c, struct domain *d, size_t i) { return 0; }
void guest_detach_disk(struct xend *x, struct domain *d, size_t i) { }
int guest_attach_vif(struct call *c, struct domain *d, size_t i) { return 0; }
void guest_detach_vif(struct xend *x, struct domain *d, size_t i) { }
int guest_write_store(struct call *c, struct domain *d) { return 0; }
void guest_remove_store(struct xend *x, struct domain *d) { }
int guest_wait_console(struct call *c, struct domain *d) { return 0; }
int64_t xend_now_ms(void) { return 0; }
void log_line(const char *fmt, ...) { }

/* ---- the tests ---- */

static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Appends what the operation answers to @args, JSON. */
static void ask(struct strbuf *b, int (*op)(struct call *c), const char *args)
{
	struct json *j = json_parse(args, strlen(args), NULL);
	struct call c = { .x = &x, .link = &x.worker, .args = j };

	assert_non_null(j);
	strbuf_printf(b, "%d ", op(&c));
	if (c.result)
		json_write(c.result, b, 0);
	strbuf_printf(b, " %s %s\n", c.warnings.data ? c.warnings.data : "", c.err.text ? c.err.text : "");
	call_clear(&c);
	json_free(j);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

#define UUID "11111111-1111-1111-1111-111111111111"
#define CREATE(more) "{\"file\":\"web.cfg\",\"folder\":\"/tmp\",\"overrides\":[\"vcpus=2\",\"cpus=['0-1','node:0']\"]," more \
	"\"text\":\"name='web';uuid='" UUID "';memory=64;maxmem=128;kernel='/boot/k';cpus_soft='1';usb=1\\n" \
	"disk=['" "%s/" FOLDER "/disk,,xvda']\"}"

/* Its creation, lists of it, a save that it survives, and one that it does not. */
static void life(void *arg, char **answer)
{
	struct strbuf b = { 0 };
	const char *create = arg;

	ask(&b, op_create, create);
	if (x.domains)
		x.domains->started = 1;
	ask(&b, op_list, "{\"details\":true}");
	ask(&b, op_list, "{\"domains\":[\"web\",\"7\"]}");
	ask(&b, op_list, "{\"domains\":[\"nothing\"]}");
	ask(&b, op_vcpu_list, "{}");
	for (int i = 0; i < 2; i++) {
		char *args = mem_printf("{\"domain\":\"web\",\"file\":\"%s/" IMAGE "\",\"leave\":%s}", getenv("PWD"), i ? "false" : "true");

		ask(&b, op_save, args);
		free(args);
		strbuf_printf(&b, "image %d, state file %d, domain %d, guests %d\n", is_there(IMAGE), is_there(DOMAIN_DIR "/" UUID), exists,
			      x.domains != NULL);
		unlink(IMAGE);
	}
	*answer = strbuf_take(&b);
}

static char *with_folder(const char *text)
{
	const char *at = strstr(text, "%s");

	return mem_printf("%.*s%s%s", (int)(at - text), text, getenv("PWD"), at + 2);
}

static void lives(void **state)
{
	char *create = with_folder(CREATE("")), *dry = with_folder(CREATE("\"dry_run\":true,")), *answer;

	life(create, &answer);
	if (!strstr(answer, "\"domid\":7") || !strstr(answer, "image 1, state file 0, domain 0, guests 0"))
		fail_msg("%s", answer);
	free(answer);
	life(dry, &answer);
	if (!strstr(answer, "0 {}") || strstr(answer, "image 1"))
		fail_msg("%s", answer);
	free(answer);
	fail_each_allocation(life, create, 29);
	free(create);
	free(dry);
}

static int set_up(void **state)
{
	char folder[4096];

	if (!getcwd(folder, sizeof(folder)) || setenv("PWD", folder, 1))
		return 1;
	return system("rm -rf " FOLDER " && mkdir -p " DOMAIN_DIR " && echo x >" FOLDER "/disk");
}

static int clean_up(void **state)
{
	return system("rm -r " FOLDER);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lives) };

	return cmocka_run_group_tests_name("operations without memory", tests, set_up, clean_up);
}
