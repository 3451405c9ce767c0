/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's list of IOMMUs (common/dmar.c): ACPI's DMAR table, Intel VT-d specification 4.1, chapter 8. */
#ifndef XEN_DMAR_H
#define XEN_DMAR_H

#include <xen/types.h>

#define DMAR_MAX_UNITS   16
#define DMAR_MAX_DEVICES 256
#define DMAR_MAX_REGIONS 32
#define DMAR_MAX_HOPS    6

/* A device as the path from a root bus to it: a bridge each hop, the device itself last. */
struct dmar_path {
    u8 bus;
    u8 nr_hops;                        /* 1 and more */
    u8 devfn[DMAR_MAX_HOPS];
};

struct dmar_unit {
    u64 address;                       /* of its registers, page aligned */
    u16 segment;
    bool all;                          /* it has each device of the segment that no other unit has */
};

/* What a unit without `all' has. */
struct dmar_device {
    u8 unit;
    bool is_bridge;                    /* with all that is behind it */
    struct dmar_path path;
};

/* Memory that the firmware has a device, or what is behind a bridge, use; one entry a device. */
struct dmar_region {
    u64 start, last;                   /* machine addresses; whole pages */
    u16 segment;
    bool is_bridge;
    struct dmar_path device;
};

struct dmar {
    unsigned int nr_units, nr_devices, nr_regions;
    struct dmar_unit unit[DMAR_MAX_UNITS];
    struct dmar_device device[DMAR_MAX_DEVICES];
    struct dmar_region region[DMAR_MAX_REGIONS + 1];     /* the last is never one */
};

/* Reads the table of @length bytes. 0, -EINVAL (it contradicts itself), -E2BIG (more than we take): *@out is not to be used then. */
int dmar_parse(const void *table, size_t length, struct dmar *out);

#endif
