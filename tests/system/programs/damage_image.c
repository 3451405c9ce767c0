/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * damage_image FILE DAMAGE: changes a guest's image as xm save has written it, in place, and keeps what was there in FILE.undo;
 * the damage "undo" puts that back. Without arguments: prints the names of all.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xc_stream.h"

#define RANDOM_BITS 64
#define CONTEXT sizeof(struct stream_vcpu)	/* of vcpu 0's record, what is behind its number */
#define REG(field) (CONTEXT + offsetof(struct vcpu_guest_context, field))

enum how {
	WITH_VALUE,		/* eight bytes at @at of the record's body */
	RANDOMLY,		/* bits of the body from @at on */
	TYPE_OF_L4,		/* the type of the first level 4 table, as it is listed */
	SLOT_OF_L4,		/* eight bytes at @at of its contents */
	TABLES_RANDOMLY,	/* bits of all tables of the first record that has one */
};

static const struct damage {
	const char *name;
	uint32_t record;
	enum how how;
	size_t at;
	uint64_t value;
} damages[] = {
	{ "l4-slot-256", REC_PAGE_DATA, SLOT_OF_L4, 256 * 8, 0x67 },
	{ "l4-slot-0", REC_PAGE_DATA, SLOT_OF_L4, 0, 0x8000000000000067 },
	{ "l4-called-l1", REC_PAGE_DATA, TYPE_OF_L4, 0, FRAME_L4 ^ FRAME_L1 },
	{ "l4-called-data", REC_PAGE_DATA, TYPE_OF_L4, 0, FRAME_L4 | FRAME_PINNED },
	{ "tables-random", REC_PAGE_DATA, TABLES_RANDOMLY, 0, 0 },
	{ "cs-ring-0", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.cs), 3 },
	{ "ss-ring-0", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.ss), 3 },
	{ "eflags", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.eflags), UINT64_MAX },
	{ "rip", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.rip), 1UL << 47 },
	{ "rip-of-hypervisor", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.rip), 0x7fUL << 40 },
	{ "rsp", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(user_regs.rsp), 1UL << 47 },
	{ "gs-base", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(gs_base_kernel), 1UL << 47 },
	{ "fs-base", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(fs_base), 1UL << 63 },
	{ "cr3", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(ctrlreg[3]), 1UL << 12 },
	{ "cr4", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(ctrlreg[4]), UINT64_MAX },
	{ "dr7", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(debugreg[7]), UINT64_MAX },
	{ "traps", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(trap_ctxt[14].address), 1UL << 47 },
	{ "event-callback", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(event_callback_eip), 1UL << 47 },
	{ "syscall-callback", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(syscall_callback_eip), 1UL << 47 },
	{ "gdt", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(gdt_frames[0]), 1 },
	{ "ldt", REC_X86_PV_VCPU_BASIC, WITH_VALUE, REG(ldt_ents), 0xffff },
	{ "vcpu-random", REC_X86_PV_VCPU_BASIC, RANDOMLY, CONTEXT, 0 },
	{ "vector-registers", REC_X86_PV_VCPU_XSAVE, RANDOMLY, CONTEXT, 0 },
	{ "callbacks-random", REC_X86_PV_VCPU_EXTENDED, RANDOMLY, CONTEXT, 0 },
	{ "shared-info-random", REC_SHARED_INFO, RANDOMLY, 0, 0 },
	{ "tsc", REC_X86_TSC_INFO, RANDOMLY, 4, 0 },
	{ "p2m", REC_X86_PV_P2M_FRAMES, WITH_VALUE, sizeof(struct stream_p2m), 1 },
};

static uint8_t body[STREAM_REC_MAX + 8];

static int fail(const char *what)
{
	fprintf(stderr, "damage_image: %s\n", what);
	return 1;
}

/* The same bits every time. */
static void flip_bits(uint8_t *at, size_t len)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (int i = 0; i < RANDOM_BITS; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		at[(state >> 32) % len] ^= 1u << (state >> 61);
	}
}

static void flip_value(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] ^= value >> (8 * i);
}

/* The first of a record's pages with tables of that level (0: any), and its place in the list; NULL for none. */
static uint8_t *find_table(unsigned level, uint8_t **entry)
{
	struct stream_pages *head = (struct stream_pages *)body;
	uint64_t *list = (uint64_t *)(head + 1);
	uint8_t *page = (uint8_t *)(list + head->count);

	for (uint32_t i = 0; i < head->count; i++) {
		unsigned type = list[i] >> PAGES_TYPE_SHIFT;

		*entry = (uint8_t *)&list[i];
		if (frame_level(type) && (!level || frame_level(type) == level))
			return page;
		page += frame_has_data(type) ? XC_PAGE_SIZE : 0;
	}
	return NULL;
}

/* Damages the record whose body that is. False where it is not the one that is meant. */
static bool apply(const struct damage *d, size_t len)
{
	bool page = d->how == TYPE_OF_L4 || d->how == SLOT_OF_L4 || d->how == TABLES_RANDOMLY;
	uint8_t *entry = NULL, *table = page ? find_table(d->how == TABLES_RANDOMLY ? 0 : 4, &entry) : NULL;

	if (page && !table)
		return false;
	switch (d->how) {
	case WITH_VALUE:
		flip_value(body + d->at, d->value);
		break;
	case RANDOMLY:
		flip_bits(body + d->at, len - d->at);
		break;
	case TYPE_OF_L4:
		flip_value(entry, d->value << PAGES_TYPE_SHIFT);
		break;
	case SLOT_OF_L4:
		flip_value(table + d->at, d->value);
		break;
	case TABLES_RANDOMLY:
		flip_bits(table, XC_PAGE_SIZE);
		break;
	}
	return true;
}

/* Offset of the first record; 0 where the file is no image. */
static off_t find_records(int fd)
{
	struct { char magic[8]; uint64_t len; } head;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || memcmp(head.magic, "xmimage\n", 8))
		return 0;
	return sizeof(head) + head.len + sizeof(struct stream_header) + sizeof(struct stream_domain);
}

/* Puts the record that is at that place into the undo file. */
static int keep_record(const char *file, off_t at, uint32_t len)
{
	char name[256];
	FILE *f;

	snprintf(name, sizeof(name), "%s.undo", file);
	f = fopen(name, "w");
	if (!f || fwrite(&at, sizeof(at), 1, f) != 1 || fwrite(body, 1, len, f) != len || fclose(f))
		return fail("cannot write the undo file");
	return 0;
}

static int undo(const char *file, int fd)
{
	char name[256];
	size_t len;
	off_t at;
	FILE *f;

	snprintf(name, sizeof(name), "%s.undo", file);
	f = fopen(name, "r");
	if (!f || fread(&at, sizeof(at), 1, f) != 1)
		return fail("cannot read the undo file");
	len = fread(body, 1, sizeof(body), f);
	fclose(f);
	unlink(name);
	return pwrite(fd, body, len, at) == (ssize_t)len ? 0 : fail("cannot write");
}

static int damage(const char *file, int fd, const struct damage *d)
{
	struct stream_rec rec;

	for (off_t at = find_records(fd); at; at += sizeof(rec) + ((rec.len + 7) & ~7)) {
		if (pread(fd, &rec, sizeof(rec), at) != sizeof(rec) || rec.type == REC_END || rec.len > STREAM_REC_MAX)
			break;
		if (rec.type != d->record || pread(fd, body, rec.len, at + sizeof(rec)) != rec.len)
			continue;
		if (keep_record(file, at + sizeof(rec), rec.len))
			return 1;
		if (apply(d, rec.len))
			return pwrite(fd, body, rec.len, at + sizeof(rec)) == rec.len ? 0 : fail("cannot write");
	}
	return fail("the image has no such record");
}

int main(int argc, char **argv)
{
	const struct damage *d = damages;
	int fd;

	for (size_t i = 0; argc == 1 && i < XC_ARRAY_SIZE(damages); i++)
		puts(damages[i].name);
	if (argc != 3)
		return argc == 1 ? 0 : fail("wants a file and a damage");
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		return fail("no such file");
	if (!strcmp(argv[2], "undo"))
		return undo(argv[1], fd);
	while (d < damages + XC_ARRAY_SIZE(damages) && strcmp(d->name, argv[2]))
		d++;
	return d < damages + XC_ARRAY_SIZE(damages) ? damage(argv[1], fd, d) : fail("no such damage");
}
