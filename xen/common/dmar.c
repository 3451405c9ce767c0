/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the DMAR table (Intel VT-d specification 4.1, chapter 8). Nothing in it is believed before its length is checked. */
#include <xen/dmar.h>
#include <xen/errno.h>
#include <xen/lib.h>

#define TABLE_HEADER 48                /* 8.1 */
enum { TYPE_UNIT = 0, TYPE_REGION = 1 };
enum { UNIT_FLAGS = 4, UNIT_SEGMENT = 6, UNIT_ADDRESS = 8, UNIT_SCOPE = 16 };               /* 8.3 */
enum { REGION_SEGMENT = 6, REGION_START = 8, REGION_LAST = 16, REGION_SCOPE = 24 };        /* 8.4 */
enum { SCOPE_TYPE = 0, SCOPE_LENGTH = 1, SCOPE_BUS = 5, SCOPE_PATH = 6 };                  /* 8.3.1 */
#define UNIT_ALL     1u
#define SCOPE_DEVICE 1
#define SCOPE_BRIDGE 2

static u16 get16(const u8 *p) { u16 v; memcpy(&v, p, 2); return v; }
static u64 get64(const u8 *p) { u64 v; memcpy(&v, p, 8); return v; }

static int read_path(const u8 *s, size_t length, struct dmar_path *path)
{
    size_t hops = (length - SCOPE_PATH) / 2;

    if (!hops || length % 2)
        return -EINVAL;
    if (hops > DMAR_MAX_HOPS)
        return -E2BIG;
    path->bus = s[SCOPE_BUS];
    path->nr_hops = (u8)hops;
    for (size_t i = 0; i < hops; i++) {
        u8 device = s[SCOPE_PATH + 2 * i], function = s[SCOPE_PATH + 2 * i + 1];

        if (device > 31 || function > 7)
            return -EINVAL;
        path->devfn[i] = (u8)(device << 3 | function);
    }
    return 0;
}

/* Calls @add for each PCI device of the scope in [@s, @s + @length). */
static int read_scope(const u8 *s, size_t length, struct dmar *out,
                      int (*add)(struct dmar *out, const struct dmar_path *path, bool is_bridge))
{
    int rc = 0;

    for (size_t n; !rc && length; s += n, length -= n) {
        struct dmar_path path;

        if (length < SCOPE_PATH || s[SCOPE_LENGTH] < SCOPE_PATH || s[SCOPE_LENGTH] > length)
            return -EINVAL;
        n = s[SCOPE_LENGTH];
        if (s[SCOPE_TYPE] != SCOPE_DEVICE && s[SCOPE_TYPE] != SCOPE_BRIDGE)
            continue;
        rc = read_path(s, n, &path);
        if (!rc)
            rc = add(out, &path, s[SCOPE_TYPE] == SCOPE_BRIDGE);
    }
    return rc;
}

/* To the unit that was read last. */
static int add_device(struct dmar *out, const struct dmar_path *path, bool is_bridge)
{
    if (out->nr_devices == DMAR_MAX_DEVICES)
        return -E2BIG;
    out->device[out->nr_devices++] = (struct dmar_device){ (u8)(out->nr_units - 1), is_bridge, *path };
    return 0;
}

static int read_unit(const u8 *e, size_t length, struct dmar *out)
{
    struct dmar_unit *u = &out->unit[out->nr_units];

    if (length < UNIT_SCOPE)
        return -EINVAL;
    if (out->nr_units == DMAR_MAX_UNITS)
        return -E2BIG;
    *u = (struct dmar_unit){ get64(e + UNIT_ADDRESS), get16(e + UNIT_SEGMENT), e[UNIT_FLAGS] & UNIT_ALL };
    if (!u->address || u->address % PAGE_SIZE)
        return -EINVAL;
    out->nr_units++;
    return read_scope(e + UNIT_SCOPE, length - UNIT_SCOPE, out, add_device);
}

/* Its memory is in the region behind the last one, and stays there for the next device. */
static int add_region(struct dmar *out, const struct dmar_path *path, bool is_bridge)
{
    struct dmar_region *r = &out->region[out->nr_regions];

    if (out->nr_regions == DMAR_MAX_REGIONS)
        return -E2BIG;
    r[1] = r[0];
    r->device = *path;
    r->is_bridge = is_bridge;
    out->nr_regions++;
    return 0;
}

static int read_region(const u8 *e, size_t length, struct dmar *out)
{
    struct dmar_region *r = &out->region[out->nr_regions];

    if (length < REGION_SCOPE)
        return -EINVAL;
    *r = (struct dmar_region){ get64(e + REGION_START), get64(e + REGION_LAST), get16(e + REGION_SEGMENT) };
    if (r->start % PAGE_SIZE || (r->last + 1) % PAGE_SIZE || r->last < r->start || r->last == ~0UL)
        return -EINVAL;
    return read_scope(e + REGION_SCOPE, length - REGION_SCOPE, out, add_region);
}

int dmar_parse(const void *table, size_t length, struct dmar *out)
{
    const u8 *t = table;
    int rc = 0;

    *out = (struct dmar){ 0 };
    if (length < TABLE_HEADER)
        return -EINVAL;
    for (size_t at = TABLE_HEADER, n; !rc && at < length; at += n) {
        if (length - at < 4)
            return -EINVAL;
        n = get16(t + at + 2);
        if (n < 4 || n > length - at)
            return -EINVAL;
        if (get16(t + at) == TYPE_UNIT)
            rc = read_unit(t + at, n, out);
        else if (get16(t + at) == TYPE_REGION)
            rc = read_region(t + at, n, out);
    }
    return rc;
}
