/* SPDX-License-Identifier: MIT */
/* xen_version(cmd, arg): who the hypervisor is.  All arguments are out unless said; nothing of it needs privilege
 * except the command line and, where the hypervisor is told to hide it, the build. */
#ifndef __XEN_PUBLIC_VERSION_H__
#define __XEN_PUBLIC_VERSION_H__

#include "xen.h"
#include "features.h"

#define XENVER_version             0 /* returns major << 16 | minor; no argument */
#define XENVER_extraversion        1
#define XENVER_compile_info        2
#define XENVER_capabilities        3
#define XENVER_changeset           4
#define XENVER_platform_parameters 5
#define XENVER_get_features        6
#define XENVER_pagesize            7 /* returns bytes; no argument */
#define XENVER_guest_handle        8 /* xen_domain_handle_t */
#define XENVER_commandline         9
#define XENVER_build_id           10 /* returns the length; -ENOBUFS where len is too short, -ENODATA none */

/* Strings end with a zero. */
typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

struct xen_compile_info {
    char compiler[64];
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
};
typedef struct xen_compile_info xen_compile_info_t;

typedef char xen_capabilities_info_t[1024]; /* "xen-3.0-x86_64" and so on, one word a kind of guest */
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

struct xen_platform_parameters {
    xen_ulong_t virt_start; /* where the hypervisor's addresses begin */
};
typedef struct xen_platform_parameters xen_platform_parameters_t;

/* -EINVAL for a submap that is none. */
struct xen_feature_info {
    unsigned int submap_idx; /* in */
    uint32_t submap;         /* out: XENFEAT_ bits from 32 * submap_idx on */
};
typedef struct xen_feature_info xen_feature_info_t;

typedef char xen_commandline_t[1024];

struct xen_build_id {
    uint32_t len; /* in: bytes of buf; a null argument asks for the length */
    unsigned char buf[XEN_FLEX_ARRAY_DIM];
};
typedef struct xen_build_id xen_build_id_t;

#endif
