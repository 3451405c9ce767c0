/* SPDX-License-Identifier: GPL-2.0-only */
/* One operation of a hypercall and the classes of wrong arguments that it is called with (main.c). */
#ifndef ERRNOS_H
#define ERRNOS_H

#include "test.h"

enum class {
    POINTER,     /* an address: of nothing, not canonical, the hypervisor's ... */
    DOMID,       /* the caller and others */
    OTHER_DOMID, /* the same without the caller */
    PORT,
    VCPU,        /* none that exists */
    FRAME,       /* tables, devices, other owners, beyond memory; and a page of the caller's */
    OTHER_FRAME, /* the same without the page */
    MADDR,       /* FRAME as a machine address */
    VALUES,      /* those of the row */
};

/* A field of the argument, or, with size 0, argument number @at of the call itself. */
struct field {
    const char *name;
    unsigned short at, size;
    enum class class;
    unsigned long values[7];
    unsigned nr_values;
};
#define F(type, member, cls) { #member, offsetof(type, member), sizeof(((type *)0)->member), cls, { 0 }, 0 }
#define V(type, member, ...)                                                                                          \
    { #member, offsetof(type, member), sizeof(((type *)0)->member), VALUES, { __VA_ARGS__ },                          \
      sizeof((unsigned long[]){ __VA_ARGS__ }) / 8 }
#define A(name, nr, cls)     { name, nr, 0, cls, { 0 }, 0 }
#define AV(name, nr, ...)    { name, nr, 0, VALUES, { __VA_ARGS__ }, sizeof((unsigned long[]){ __VA_ARGS__ }) / 8 }

#define NO_POINTER (-1)
struct op {
    const char *name;
    unsigned nr;
    unsigned long args[4];
    int pointer;                    /* which of them points to the argument */
    unsigned size;                  /* of the argument */
    const void *good;               /* NULL: zeros */
    bool run;                       /* harmless as it stands: also called so, and with a read-only argument */
    unsigned status;                /* offset of a grant operation's status; 0: none */
    void (*undo)(const void *arg);  /* after a call that succeeded */
    struct field fields[8];
};

extern const struct op event_ops[], memory_ops[], grant_ops[], vcpu_ops[], physdev_ops[], other_ops[], control_ops[];

extern char buffer[PAGE_SIZE];      /* what handles lead to */
extern char list_of_zeros[PAGE_SIZE];

/* Reports one row: "NAME RESULT"; a result that is no error counts as 0 unless @exact. */
void row(const char *name, long result);
void probe(const struct op *op);
void probe_all(const struct op *ops);
/* Every command from @first to @last with a pointer to zeros, as rows "NAME.cmd". */
void probe_commands(const char *name, unsigned nr, int pointer, unsigned first, unsigned last);
void probe_mmu(void);
void probe_controls(void);

#endif
