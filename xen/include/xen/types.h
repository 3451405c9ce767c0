/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's basic types. Frame numbers, guest frame numbers, machine
 * addresses and guest virtual addresses are distinct struct types so that the
 * compiler refuses to mix them, in release builds too.
 */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef long ssize_t;

/* Machine frame number: machine address >> 12. */
typedef struct { u64 v; } mfn_t;
/* Guest frame number: an index into a guest's own view of its memory. */
typedef struct { u64 v; } gfn_t;
/* Machine ("physical") address in bytes. */
typedef struct { u64 v; } maddr_t;
/* Guest virtual address. Only code in hypercall/ and arch/x86/pv/ may use one. */
typedef struct { u64 v; } gva_t;

/* Time in nanoseconds since the hypervisor's start. */
typedef s64 s_time_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

static inline mfn_t mfn(u64 v) { return (mfn_t){ v }; }
static inline u64 mfn_x(mfn_t m) { return m.v; }
static inline gfn_t gfn(u64 v) { return (gfn_t){ v }; }
static inline u64 gfn_x(gfn_t g) { return g.v; }
static inline maddr_t maddr(u64 v) { return (maddr_t){ v }; }
static inline u64 maddr_x(maddr_t a) { return a.v; }
static inline gva_t gva(u64 v) { return (gva_t){ v }; }
static inline u64 gva_x(gva_t a) { return a.v; }

static inline bool mfn_eq(mfn_t a, mfn_t b) { return a.v == b.v; }
static inline mfn_t mfn_add(mfn_t m, u64 n) { return mfn(m.v + n); }
static inline maddr_t mfn_to_maddr(mfn_t m) { return maddr(m.v << PAGE_SHIFT); }
static inline mfn_t maddr_to_mfn(maddr_t a) { return mfn(a.v >> PAGE_SHIFT); }

#define INVALID_MFN_VALUE (~0UL)
static inline mfn_t invalid_mfn(void) { return mfn(INVALID_MFN_VALUE); }
static inline bool mfn_is_invalid(mfn_t m) { return m.v == INVALID_MFN_VALUE; }

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier()   asm volatile ("" ::: "memory")
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
    ((type *)((char *)(p) - offsetof(type, member)))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ROUND_UP(n, a)     (((n) + (a) - 1) & ~((__typeof__(n))(a) - 1))
#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define __init      __attribute__((section(".init.text"), cold))
#define __initdata  __attribute__((section(".init.data")))
#define __read_mostly __attribute__((section(".data.read_mostly")))
#define __packed    __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __used      __attribute__((used))
#define __maybe_unused __attribute__((unused))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define noreturn    __attribute__((noreturn))
#define noinline    __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))

#endif
