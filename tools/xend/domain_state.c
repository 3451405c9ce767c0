/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State files: what a new xend needs to take over the guests of the one before. JSON, one file a guest, and a spare one of the same
 * size. A state is written into the spare file, then the two are exchanged, so that once a guest is there its state changes without
 * new blocks: on a file system without room, too. The files are larger than their text by STATE_ROOM, for what comes later.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/file.h"
#include "../lib/json.h"
#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "domain.h"
#include "log.h"

#define STATE_VERSION 1
#define STATE_MAX (16u << 20)
#define STATE_ROOM 2048			/* for the names of an image, and devices that come */
#define STATE_BLOCK 4096
#define STATE_SPARE ".spare"		/* .UUID.spare */
#define STATE_FIRST ".new"

static struct json *state_to_json(const struct domain *d, enum domain_phase phase)
{
	struct json *j = json_new(JSON_OBJECT), *list, *disk, *image;

	json_add_int(j, "version", STATE_VERSION);
	json_add_str(j, "name", d->name);
	json_add_str(j, "uuid", d->uuid_text);
	json_add_int(j, "domid", d->domid);
	json_add_int(j, "phase", phase);
	json_add_bool(j, "suspend_asked", d->suspend_asked);
	if (d->partial)
		json_add_str(j, "partial", d->partial);
	if (d->image.path) {
		image = json_add_new(j, "image", JSON_OBJECT);
		json_add_str(image, "path", d->image.path);
		json_add_int(image, "dev", d->image.dev);
		json_add_int(image, "ino", d->image.ino);
	}
	json_add_bool(j, "again", d->source.again);
	json_add_int(j, "started", d->started);
	domain_source_to_json(&d->source, j);
	list = json_add_new(j, "disks", JSON_ARRAY);
	for (size_t i = 0; d->disks && i < d->config.disk_count; i++) {
		disk = json_add_new(list, NULL, JSON_OBJECT);
		json_add_int(disk, "dev", d->disks[i].dev);
		json_add_int(disk, "ino", d->disks[i].ino);
		json_add_int(disk, "device", d->disks[i].device);
		json_add_int(disk, "loop", d->disks[i].loop);
		json_add_bool(disk, "nodes", d->disks[i].nodes);
	}
	json_add_int(j, "vifs", d->vifs_up);
	return j;
}

int domain_save(const struct domain *d)
{
	return domain_save_phase(d, d->phase);
}

/* A guest's files: the one that a new xend reads, the spare one, and the first one before it has its name. */
struct state_paths {
	char *path, *spare, *first;
};

static struct state_paths state_paths(const char *uuid_text)
{
	return (struct state_paths){ mem_printf("%s/%s", DOMAIN_DIR, uuid_text), mem_printf("%s/.%s" STATE_SPARE, DOMAIN_DIR, uuid_text),
				     mem_printf("%s/%s" STATE_FIRST, DOMAIN_DIR, uuid_text) };
}

static void state_paths_free(struct state_paths *p)
{
	free(p->path);
	free(p->spare);
	free(p->first);
}

/*
 * Opens the file, at least @len bytes long and with blocks for all of them: those that it had are not asked for again. Returns
 * it with its size, or a negative errno.
 */
static int state_reserve(const char *path, size_t len, size_t *size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), ret;
	struct stat st;

	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) < 0 || (st.st_size >= STATE_MAX && ftruncate(fd, st.st_size = 0) < 0) ? errno : 0;
	if (!ret && (size_t)st.st_size < len)
		st.st_size = (len + STATE_ROOM + STATE_BLOCK - 1) / STATE_BLOCK * STATE_BLOCK;
	if (!ret && st.st_blocks * 512 < st.st_size)
		ret = posix_fallocate(fd, 0, st.st_size);
	*size = st.st_size;
	if (!ret)
		return fd;
	close(fd);
	return -ret;
}

/* Writes over all of the file, which keeps its size: spaces follow the text. */
static int state_write(int fd, size_t size, struct strbuf *text)
{
	if (size > text->len) {
		strbuf_pad(text, ' ', size - text->len - 1);
		strbuf_putc(text, '\n');
	}
	return file_write_all(fd, text->data, text->len);
}

/* Whether the guest has a state file; one that no xend can read is to be replaced. @st: what it is. */
static bool state_is_there(const char *path, struct stat *st)
{
	return lstat(path, st) == 0 && S_ISREG(st->st_mode) && st->st_size < STATE_MAX;
}

static bool state_has_room(const struct stat *st, size_t len)
{
	return (size_t)st->st_size >= len && st->st_blocks * 512 >= st->st_size;
}

/* All that needs room comes first. */
static int state_replace(const struct state_paths *p, struct strbuf *text)
{
	struct stat st;
	bool there = state_is_there(p->path, &st);
	size_t spare_size, other_size = 0;
	int spare = state_reserve(p->spare, text->len, &spare_size), ret = spare < 0 ? spare : 0, other = -1;

	if (!ret && !(there && state_has_room(&st, text->len))) {
		other = state_reserve(there ? p->path : p->first, text->len, &other_size);
		ret = other < 0 ? other : 0;
	}
	if (!ret)
		ret = state_write(there ? spare : other, there ? spare_size : other_size, text);
	if (spare >= 0 && close(spare) < 0 && !ret)
		ret = -errno;
	if (other >= 0 && close(other) < 0 && !ret)
		ret = -errno;
	if (!ret && (there ? renameat2(AT_FDCWD, p->spare, AT_FDCWD, p->path, RENAME_EXCHANGE) : rename(p->first, p->path)) < 0)
		ret = -errno;
	if (ret && !there) {
		unlink(p->first);
		unlink(p->spare);
	}
	return ret;
}

int domain_save_phase(const struct domain *d, enum domain_phase phase)
{
	struct json *j = state_to_json(d, phase);
	struct state_paths p = state_paths(d->uuid_text);
	struct strbuf b = { 0 };
	int ret;

	json_write(j, &b, 0);
	ret = state_replace(&p, &b);
	strbuf_free(&b);
	json_free(j);
	state_paths_free(&p);
	return ret;
}

/* The state first: a spare file alone is nothing to a new xend. */
void domain_unsave(const char *uuid_text)
{
	struct state_paths p = state_paths(uuid_text);

	unlink(p.path);
	unlink(p.spare);
	state_paths_free(&p);
}

/* 0 with *out, -EINVAL where the file is no JSON text, or another negative errno where it cannot be read now. */
static int state_read(const char *path, struct json **out)
{
	const char *kind;
	int fd = file_open_input(path, &kind), ret;
	struct stat st;
	char *text;

	*out = NULL;
	if (fd < 0)
		return fd;
	ret = fstat(fd, &st) < 0 ? -errno : st.st_size >= STATE_MAX ? -EINVAL : 0;
	if (!ret) {
		text = mem_alloc(st.st_size + 1, 1);
		ret = file_read_all(fd, text, st.st_size);
		if (!ret)
			*out = json_parse(text, st.st_size, NULL);
		free(text);
	}
	close(fd);
	return !ret && !*out ? -EINVAL : ret;
}

static void state_fill_disks(struct domain *d, const struct json *disks)
{
	d->disks = mem_alloc(d->config.disk_count, sizeof(*d->disks));
	for (size_t i = 0; i < d->config.disk_count; i++) {
		const struct json *disk = json_item(disks, i);

		d->disks[i].dev = json_int(disk, "dev", 0);
		d->disks[i].ino = json_int(disk, "ino", 0);
		d->disks[i].device = json_int(disk, "device", 0);
		d->disks[i].loop = json_int(disk, "loop", -1);
		d->disks[i].nodes = json_bool(disk, "nodes", false);
		d->disks[i].loop_fd = -1;
	}
}

/* The configuration is read from its text again, by the same code. */
static int state_fill_config(struct domain *d, const struct json *j)
{
	struct strbuf warnings = { 0 };
	struct config_error err = { 0 };
	int ret;

	domain_source_from_json(&d->source, j);
	ret = domain_source_read(&d->source, &d->config, &warnings, &err);
	if (ret < 0)
		log_line("state of %s: %s", json_str(j, "name", "?"), err.text);
	strbuf_free(&warnings);
	config_error_free(&err);
	return ret;
}

/*
 * The last xend may have ended between making the domain and writing down its id: that one's is found by its UUID. 0, or a
 * negative errno where the hypervisor cannot be asked now.
 */
static int state_find_domain(struct xend_link *link, struct domain *d)
{
	struct xc_domain_info info[64];
	uint32_t first = 1;
	int got = 0;

	while (d->domid == DOMAIN_NONE && (got = xc_domain_getinfolist(link->xc, first, 64, info)) > 0) {
		for (int i = 0; i < got; i++)
			if (!info[i].dying && !memcmp(info[i].handle, d->uuid, sizeof(d->uuid)))
				d->domid = info[i].domid;
		first = info[got - 1].domid + 1;
	}
	return got < 0 ? got : 0;
}

/*
 * 1 if the hypervisor still has the domain that the file speaks of (ids are used again, UUIDs are not), 0 if it has not, or a
 * negative errno where it cannot be asked now.
 */
static int state_domain_lives(struct xend_link *link, const struct domain *d)
{
	struct xc_domain_info info;
	int ret = d->domid == DOMAIN_NONE ? -ESRCH : xc_domain_getinfo(link->xc, d->domid, &info);

	if (ret < 0)
		return ret == -ESRCH ? 0 : ret;
	return !info.dying && !memcmp(info.handle, d->uuid, sizeof(d->uuid));
}

/* Whether the guest was being saved, and its image has everything: then it lives there. */
static bool state_image_is_complete(const struct json *j, const char *name)
{
	const struct json *image = json_get(j, "image");
	struct image_id id = { .dev = json_int(image, "dev", 0), .ino = json_int(image, "ino", 0) };
	bool complete;

	if (!json_str(image, "path", NULL))
		return false;
	id.path = mem_strdup(json_str(image, "path", NULL));
	complete = image_file_is_complete(&id);
	log_line("%s was being saved in %s, which is %s", name, id.path, complete ? "complete" : "not complete");
	image_id_free(&id);
	return complete;
}

static void state_fill_phase(struct domain *d, const struct json *j)
{
	d->phase = json_int(j, "phase", DOMAIN_BUILDING);
	d->suspend_asked = json_bool(j, "suspend_asked", false);
	d->source.again = json_bool(j, "again", false);
	if (state_image_is_complete(j, d->name)) {
		d->suspend_asked = false;
		d->phase = DOMAIN_ENDING;
	}
	/* Being saved is no end. */
	if (d->phase == DOMAIN_SAVING || (d->suspend_asked && d->phase == DOMAIN_ENDING))
		d->phase = DOMAIN_RUNNING;
	/* How far the building had come is not known: then everything may be there. */
	for (size_t i = 0; d->phase == DOMAIN_BUILDING && i < d->config.disk_count; i++)
		d->disks[i].nodes = true;
	if (d->phase == DOMAIN_BUILDING || d->vifs_up > d->config.vif_count)
		d->vifs_up = d->config.vif_count;
}

/* 0 with *out; -EINVAL where the file says what this xend cannot read, or another negative errno, as from state_domain_lives(). */
static int state_to_domain(struct xend_link *link, const struct json *j, struct domain **out)
{
	int64_t phase = json_int(j, "phase", DOMAIN_BUILDING);
	struct domain *d;
	int ret;

	if (json_int(j, "version", 0) != STATE_VERSION || phase < 0 || phase > DOMAIN_SAVING)
		return -EINVAL;
	d = mem_alloc(1, sizeof(*d));
	d->name = mem_strdup(json_str(j, "name", "?"));
	d->domid = json_int(j, "domid", DOMAIN_NONE);
	d->started = json_int(j, "started", 0);
	d->vifs_up = json_int(j, "vifs", 0);
	snprintf(d->uuid_text, sizeof(d->uuid_text), "%s", json_str(j, "uuid", ""));
	ret = state_fill_config(d, j);
	if (ret < 0)
		goto fail;
	memcpy(d->uuid, d->config.uuid, sizeof(d->uuid));
	state_fill_disks(d, json_get(j, "disks"));
	state_fill_phase(d, j);
	ret = state_find_domain(link, d);
	if (!ret)
		ret = state_domain_lives(link, d);
	if (ret < 0)
		goto fail;
	if (!ret || d->phase == DOMAIN_BUILDING)
		d->phase = DOMAIN_ENDING;
	d->unfinished = d->phase == DOMAIN_ENDING;
	*out = d;
	return 0;
fail:
	domain_free(d);
	return ret;
}

/* A file that waits. Changed by domain_load_all() and domain_load_again(), which do not run at the same time. */
struct state_waiting {
	struct state_waiting *next;
	char *path;
	int why;			/* negative errno of the last try */
	struct timespec changed;	/* of the file, at the last try */
};

static struct state_waiting *state_waiting;
static atomic_uint state_waiting_count;

static void state_log_failure(const char *path, const struct json *j, int ret)
{
	const char *then = "kept, its guest is not managed until then";

	if (!j)
		log_line("state file %s: %s; %s", path, ret == -EINVAL ? "damaged" : strerror(-ret), then);
	else if (ret == -EINVAL)
		log_line("state file %s: of version %lld or with a configuration that this xend cannot read; %s",
			 path, (long long)json_int(j, "version", 0), then);
	else
		log_line("state file %s: ask the hypervisor for its domain: %s; %s", path, strerror(-ret), then);
}

/* Takes over the guest of one state file. 0 or a negative errno, which is logged where it is not @known. */
static int state_load(struct xend *x, struct xend_link *link, const char *path, int known)
{
	struct domain *d = NULL;
	struct json *j;
	int ret = state_read(path, &j);

	if (!ret)
		ret = state_to_domain(link, j, &d);
	if (ret < 0 && ret != known)
		state_log_failure(path, j, ret);
	if (!ret) {
		log_line("took over %s, domain %d", d->name, (int)d->domid);
		if (json_get(j, "partial"))
			image_file_remove_left(json_str(j, "partial", ""));
		domain_add(x, d);
	}
	json_free(j);
	return ret;
}

static struct timespec state_changed(const char *path)
{
	struct stat st = { 0 };

	if (stat(path, &st) < 0)
		st.st_mtim.tv_nsec = -1;
	return st.st_mtim;
}

/*
 * A file that is not usable stays: its guest may run. It is tried again later; meanwhile the guest's disks count as used
 * because of their nodes in the store (disk_use.h).
 */
static void state_wait(const char *path, int why)
{
	struct state_waiting *w;

	for (w = state_waiting; w; w = w->next)
		if (!strcmp(w->path, path))
			return;
	w = mem_alloc(1, sizeof(*w));
	*w = (struct state_waiting){ state_waiting, mem_strdup(path), why, state_changed(path) };
	state_waiting = w;
	atomic_fetch_add(&state_waiting_count, 1);
}

/* Tries one file again. True if it need not wait any longer. */
static bool state_try_again(struct xend *x, struct xend_link *link, struct state_waiting *w)
{
	struct timespec changed = state_changed(w->path);

	/* A damaged file is as damaged as before. */
	if (w->why == -EINVAL && changed.tv_sec == w->changed.tv_sec && changed.tv_nsec == w->changed.tv_nsec)
		return false;
	w->changed = changed;
	w->why = state_load(x, link, w->path, w->why);
	return !w->why || w->why == -ENOENT;
}

unsigned int domain_load_waiting(void)
{
	return atomic_load(&state_waiting_count);
}

void domain_load_again(struct xend *x, struct xend_link *link)
{
	struct state_waiting *w, **p = &state_waiting;

	while ((w = *p)) {
		if (!state_try_again(x, link, w)) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		free(w->path);
		free(w);
		atomic_fetch_sub(&state_waiting_count, 1);
	}
}

/* What domain_save() had not finished, and a spare file without the other. */
static bool state_is_left(const char *name)
{
	const char *end = strrchr(name, '.');
	bool left = end && !strcmp(end, STATE_FIRST);
	char *path;

	if (*name == '.' && end != name && !strcmp(end, STATE_SPARE)) {
		path = mem_printf("%s/%.*s", DOMAIN_DIR, (int)(end - name - 1), name + 1);
		left = access(path, F_OK) < 0 && errno == ENOENT;
		free(path);
	}
	return left;
}

int domain_load_all(struct xend *x)
{
	DIR *dir = opendir(DOMAIN_DIR);
	struct dirent *entry;
	int ret;

	if (!dir)
		return -errno;
	while (errno = 0, entry = readdir(dir)) {
		char *path = mem_printf("%s/%s", DOMAIN_DIR, entry->d_name);

		if (state_is_left(entry->d_name))
			unlink(path);
		else if (entry->d_name[0] != '.' && (ret = state_load(x, &x->loop, path, 0)) < 0)
			state_wait(path, ret);
		free(path);
	}
	ret = -errno;
	closedir(dir);
	return ret;
}
