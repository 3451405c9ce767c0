/* SPDX-License-Identifier: GPL-2.0-only */
/* Random values of each kind. */
#include "fuzz.h"

/* Marsaglia's xorshift64*. */
uint64_t any(struct fuzzer *f)
{
    f->random ^= f->random >> 12;
    f->random ^= f->random << 25;
    f->random ^= f->random >> 27;
    return f->random * 0x2545f4914f6cdd1dul;
}

unsigned below(struct fuzzer *f, unsigned n)
{
    return (unsigned)(any(f) >> 33) % n;
}

/* Numbers near which mistakes are made. */
static uint64_t number(struct fuzzer *f)
{
    static const uint64_t edges[] = { 0, 1, 2, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 4096, 4097, 32767, 65535, 65536,
                                      0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ul << 44, 1ul << 47, 1ul << 52, 1ul << 63,
                                      0x7fffffffffffffff, ~0ul, ~1ul, ~0ul - 4095 };

    switch (below(f, 3)) {
    case 0: return below(f, 20);
    case 1: return edges[below(f, ARRAY_SIZE(edges))];
    default: return any(f) >> below(f, 64);
    }
}

static uint64_t domain(struct fuzzer *f)
{
    static const domid_t special[] = { DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE, 0, 1, 2 };

    switch (below(f, 8)) {
    case 0: case 1: case 2: return DOMID_SELF;
    case 3: case 4: return self;
    case 5: return fuzz_peer;
    case 6: return special[below(f, ARRAY_SIZE(special))];
    default: return number(f) & 0xffff;
    }
}

/* A frame that may be written and taken: ours to lose, or not ours at all. */
static uint64_t frame(struct fuzzer *f)
{
    switch (below(f, 12)) {
    case 0: case 1: case 2: case 3: case 4: return victim_mfn[below(f, NR_VICTIMS)];
    case 5: case 6: return loose[below(f, NR_LOOSE)];
    case 7: return playground[1 + below(f, 3)] / PAGE_SIZE;
    case 8: return below(f, 2) ? shared_mfn : grant_mfn;
    case 9: return fuzz_iomem && below(f, 4) ? fuzz_iomem + below(f, NR_IOMEM) : 0x100000 + below(f, 0x100000);
    default: return number(f);
    }
}

/* A frame that is only looked at, or refused. */
static uint64_t some_frame(struct fuzzer *f)
{
    switch (below(f, 10)) {
    case 0: return live_l4 / PAGE_SIZE;
    case 1: return virt_to_mfn(boot_stack + below(f, 4) * PAGE_SIZE);
    case 2: return f->clone;
    default: return frame(f);
    }
}

/* An address whose mapping may change. */
static uint64_t address(struct fuzzer *f)
{
    static const uint64_t bad[] = { 0, 0xffff800000000000, 0xffff808000000000, 0xffff820000000000, 0xffff87fffffff000,
                                    0x0000800000000000, 0x8000000000000000, 0xfffffffffffff000, ~0ul, 0x7ffffffff000 };

    switch (below(f, 10)) {
    case 0: return bad[below(f, ARRAY_SIZE(bad))];
    case 1: case 2: case 3: return (unsigned long)victims[below(f, NR_VICTIMS)];
    case 4: return FUZZ_VA + below(f, 1u << 10) * 0x200000ul;
    default: return FUZZ_VA + below(f, 24) * PAGE_SIZE;
    }
}

uint64_t pointer(struct fuzzer *f, void *good)
{
    if (below(f, 24))
        return (uint64_t)good;
    switch (below(f, 4)) {
    case 0: return address(f);
    case 1: return (uint64_t)(f->read_only + below(f, 512));
    case 2: return (uint64_t)f->io + PAGE_SIZE - 8 * below(f, 4);    /* f->args follows */
    default: return 0xffff800000000000 + (any(f) >> 17) * 8;
    }
}

static uint64_t entry(struct fuzzer *f)
{
    static const uint64_t flags[] = { PTE_RO, PTE_DATA, PTE_DATA, PTE_TABLE, PTE_TABLE, PTE_P, PTE_P | PTE_RW, 0 };
    uint64_t bits = flags[below(f, ARRAY_SIZE(flags))], e = frame(f) << 12 | bits;

    switch (below(f, 12)) {
    case 0: return 0;
    case 4: return some_frame(f) << 12 | (bits & ~PTE_RW);
    case 1: return e ^ (any(f) & 0xfff);
    case 2: return e | 1ul << (below(f, 2) ? 52 + below(f, 12) : below(f, 12));
    case 3: return any(f);
    default: return e;
    }
}

/* Machine address of an entry in a table that may be changed, with an mmu_update command in the lowest bits. */
static uint64_t entry_at(struct fuzzer *f)
{
    uint64_t command = below(f, 4) ? 0 : below(f, 4), index = below(f, 3) ? below(f, 16) : below(f, 512);

    switch (below(f, 8)) {
    case 0: return live_l4 + (FUZZ_SLOT + below(f, 8)) * 8 + command;
    case 1: case 2: return playground[1 + below(f, 3)] + index * 8 + command;
    case 3: return frame(f) << 12 | index * 8 | command;
    case 4: return (uint64_t)loose[below(f, NR_LOOSE)] * PAGE_SIZE + index * 8 + command;
    default: return (uint64_t)victim_mfn[below(f, NR_VICTIMS)] * PAGE_SIZE + index * 8 + command;
    }
}

static uint64_t descriptor(struct fuzzer *f)
{
    static const uint64_t good[] = { 0, 0x00affb000000ffff, 0x00cff3000000ffff, 0x00cffb000000ffff, 0x0000890000000067,
                                     0x00008e0000100000, 0x0000ec0000100000, 0x0000820000000fff };

    return below(f, 4) ? good[below(f, ARRAY_SIZE(good))] : any(f);
}

/* Frames for lists, ports and numbers beside. */
static uint64_t list_of_frames(struct fuzzer *f)
{
    for (unsigned i = 0; i < 16; i++)
        f->list[i] = frame(f);
    return pointer(f, f->list);
}

static uint64_t list_of_ports(struct fuzzer *f)
{
    for (unsigned i = 0; i < 16; i++)
        ((uint32_t *)f->io)[i] = below(f, 32);
    return pointer(f, f->io);
}

static uint64_t list_of_pfns(struct fuzzer *f)
{
    for (unsigned i = 0; i < 16; i++)
        f->list[i] = below(f, 4) ? 100000 + below(f, 1000) : number(f);
    return pointer(f, f->list);
}

static uint64_t io(struct fuzzer *f)
{
    for (unsigned i = 0; i < 16; i++)
        f->io[i] = number(f);
    return pointer(f, f->io);
}

static uint64_t grant_flags(struct fuzzer *f)
{
    static const uint32_t flags[] = { GNTMAP_host_map, GNTMAP_host_map | GNTMAP_readonly, GNTMAP_device_map,
                                      GNTMAP_host_map | GNTMAP_device_map, GNTMAP_host_map | GNTMAP_contains_pte,
                                      GNTMAP_device_map | GNTMAP_readonly };

    return below(f, 8) ? flags[below(f, ARRAY_SIZE(flags))] : number(f) & 0xffffffff;
}

/* vCPU 0 is never stopped and vCPU 1 only for a moment: who asks for a reset of others' state gets 2 and up. */
static uint64_t other_vcpu(struct fuzzer *f)
{
    return below(f, 3) ? 2 + below(f, 4) : 2 + (number(f) & 0xffff);
}

static uint64_t base(struct fuzzer *f)
{
    switch (below(f, 4)) {
    case 0: return live_l4 / PAGE_SIZE;
    case 1: return f->clone;
    case 2: return below(f, 0x400);
    default: return 1ul << (30 + below(f, 30));
    }
}

uint64_t value(struct fuzzer *f, char letter, unsigned *size)
{
    static const char *const sizes[5] = { [1] = "k", [2] = "dhs", [4] = "wpvVxrmgocniYI" };   /* all others: 8 */

    *size = 8;
    for (unsigned n = 1; n < 5; n++)
        for (const char *c = sizes[n]; c && *c; c++)
            if (*c == letter)
                *size = n;
    switch (letter) {
    case 'd': return domain(f);
    case '1': return DOMID_SELF;
    case 'k': case 'h': case 'w': case 'q': return number(f);
    case 's': return 99;                                      /* a status: out */
    case 'p': return below(f, 12) ? below(f, 32) : number(f);
    case 'v': return below(f, 6) ? below(f, 4) : number(f);
    case 'V': return other_vcpu(f);
    case 'x': return 3 + (number(f) & 0xfffff);               /* a vCPU that is not there */
    case 'r': return below(f, 12) ? below(f, 24) : number(f);
    case 'm': return below(f, 12) ? below(f, 24) : number(f); /* a grant's handle */
    case 'g': return grant_flags(f);
    case 'o': return below(f, 40) ? below(f, 3) : below(f, 24); /* an order */
    case 'c': return below(f, 12) ? below(f, 5) : number(f);  /* a count */
    case 'n': return below(f, 40) ? 1 + below(f, 6) : number(f);
    case 'i': return 1000 + below(f, 100000);                 /* long seconds */
    case 'Y': return below(f, 4);
    case 'I': return below(f, 4) ? fuzz_irq + below(f, NR_IRQ) : number(f);
    case 'F': return some_frame(f);
    case 'W': return frame(f);
    case 'a': case 'A': return below(f, 3) ? address(f) : address(f) + below(f, 4096);
    case 'e': return entry_at(f);
    case 'E': return entry(f);
    case 'b': return io(f);
    case 'l': return list_of_frames(f);
    case 'L': return list_of_pfns(f);
    case 'P': return list_of_ports(f);
    case 't': return below(f, 3) ? 1 + below(f, 1000000) : number(f);
    case 'T': return 1 + below(f, 1000000);                   /* past */
    case 'D': return descriptor(f);
    case 'z': return base(f);
    case 'j': return below(f, 2) ? (uint64_t)event_entry : address(f);   /* where a handler could be */
    default: return 0;                                        /* '0' and '4': nothing, of 8 bytes */
    }
}

unsigned fill(struct fuzzer *f, const char *fields, void *to)
{
    unsigned at = 0;

    for (; *fields; fields++) {
        unsigned size;
        uint64_t v = value(f, *fields, &size);

        at = (at + size - 1) & ~(size - 1);
        memcpy((char *)to + at, &v, size);
        at += size;
    }
    return (at + 7) & ~7u;
}
