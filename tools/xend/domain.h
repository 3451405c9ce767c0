/* SPDX-License-Identifier: GPL-2.0-only */
/* The guests that xend manages, and their state files below /run/xend/domains, from which a new xend takes them over. */
#ifndef XEND_DOMAIN_H
#define XEND_DOMAIN_H

#include <sys/types.h>

#include <xenbuild.h>

#include "config.h"
#include "image_file.h"
#include "present.h"
#include "xend.h"

struct json;
struct strbuf;

#ifndef DOMAIN_DIR		/* a test has its own */
#define DOMAIN_DIR "/run/xend/domains"
#endif
#define DOMAIN_NONE UINT32_MAX		/* no domain id yet */

enum domain_phase {
	DOMAIN_BUILDING,	/* being created: a new xend that finds it undoes it */
	DOMAIN_RUNNING,
	DOMAIN_ENDING,		/* policy or destroy is at it */
	DOMAIN_PRESERVED,	/* has shut down, kept for inspection */
	DOMAIN_SAVING,		/* a save is at it; a new xend that finds it lets it go on */
};

/* What a guest was made from, kept word for word for its restart, and what has changed since. */
struct domain_source {
	char *file, *text;
	char *folder;		/* where xm was started: relative paths start there; NULL: not known */
	char **overrides;
	size_t override_count;
	struct domain_present present;
	int image;	/* a guest that is restored: the file, behind its head, until the memory is there; else 0 */
	bool again;	/* it is being restarted: a new xend that finds it unfinished makes it anew. False once it runs */
};

/* The running side of config.disks[i]. */
struct domain_disk {
	dev_t dev;		/* with ino: a file's identity; for a device its number, ino 0 */
	ino_t ino;
	dev_t device;		/* the block device that the backend opens */
	int loop;		/* N of /dev/loopN where xend set one up, else -1 */
	int loop_fd;		/* keeps the loop device alive until the backend has it; else -1 */
	bool nodes;		/* its store nodes may exist */
};

/*
 * next, name, domid, phase, started are guarded by x->lock; the rest is the worker's, except that config and source (but
 * for source.present) do not change once the domain is in the list, so the loop may read them.
 */
struct domain {
	struct domain *next;
	char *name;
	uint32_t domid;
	enum domain_phase phase;
	int64_t started;	/* seconds since 1970 */
	unsigned char uuid[16];
	char uuid_text[37];
	struct domain_source source;
	struct domain_config config;
	struct domain_disk *disks;
	size_t vifs_up;		/* network cards whose nodes may exist */
	bool paused;		/* stays paused after creation */
	bool suspend_asked;	/* to be saved; set while it may still suspend itself because of that. A new xend lets it go on */
	char *partial;		/* temporary file of the save that is under way; NULL without one. A new xend removes it */
	struct image_id image;	/* what is about to be its complete image; a new xend that finds it complete ends the guest */
	bool unfinished;	/* was found ending at xend's start, and is to be taken apart */
	atomic_bool reboot_asked;	/* by an administrator: its next end is no sign of a loop */
	struct xc_build_result built;
};

void domain_free(struct domain *d);
void domain_source_free(struct domain_source *source);
/* Both into a JSON object and back: what a state file and an image say of a guest's source. */
void domain_source_to_json(const struct domain_source *source, struct json *j);
void domain_source_from_json(struct domain_source *source, const struct json *j);
/* Reads the configuration, and brings it and what is known of the guest's present into agreement. 0 or -EINVAL. */
int domain_source_read(struct domain_source *source, struct domain_config *config, struct strbuf *warnings, struct config_error *err);
void domain_add(struct xend *x, struct domain *d);
void domain_remove(struct xend *x, struct domain *d);
void domain_set_phase(struct xend *x, struct domain *d, enum domain_phase phase);
/* The managed domain of that id, NULL where xend does not manage it. Only the worker may keep the pointer. */
struct domain *domain_get(struct xend *x, uint32_t domid);
void domain_ask_reboot(struct xend *x, uint32_t domid);
/* Any domain's id by its name, also of those that others made. 0, -ESRCH, or another negative errno: it cannot be learnt. */
int domain_find_name(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid);
/* A domain's name; the caller frees it. "(null)" where it has none. */
char *domain_name(struct xend *x, struct xend_link *link, uint32_t domid);
void domain_uuid_text(const unsigned char uuid[16], char text[37]);

/* Writes the domain's state file, whole or not at all. 0 or a negative errno. */
int domain_save(const struct domain *d);
/* The same with another phase than the domain is in: what a new xend is to find. */
int domain_save_phase(const struct domain *d, enum domain_phase phase);
void domain_unsave(const char *uuid_text);
/*
 * At start: reads every state file into the list. Those whose domain is gone, or was not complete, come with phase
 * DOMAIN_ENDING, unfinished, and are to be torn down; source.again tells whether they are then to be made again. A file that
 * is of no use now, or whose domain cannot be asked for, stays as it is, and waits. 0, or a negative errno where the files
 * cannot be listed.
 */
int domain_load_all(struct xend *x);
/* How many files wait. */
unsigned int domain_load_waiting(void);
/* Tries them again; those that can be used now come into the list as above. Only where the list may be changed: in the worker. */
void domain_load_again(struct xend *x, struct xend_link *link);

#endif
