/* SPDX-License-Identifier: GPL-2.0-only */
/* Which defences which CPU gets, and what the options say (cpu/spec_decide.c). */
#include "host.h"

#include <string.h>
#include <xen/errno.h>
#include <x86/msr.h>
#include <x86/spec.h>

static struct spec_options none(void)
{
    struct spec_options o;

    spec_options_init(&o);
    return o;
}

static struct spec_choice decide(struct spec_facts f, struct spec_options o)
{
    struct spec_choice c;

    spec_decide(&f, &o, &c);
    return c;
}

#define INTEL(m, ...) (struct spec_facts){ .vendor = CPU_VENDOR_INTEL, .family = 6, .model = m, __VA_ARGS__ }
#define MD_CLEAR  (1u << 10)
#define IBRS      (1u << 26)

static void test_cpus(void **state)
{
    struct spec_choice nehalem = decide(INTEL(0x1a), none());
    struct spec_choice skylake = decide(INTEL(0x55, .leaf7_edx = IBRS | MD_CLEAR), none());
    struct spec_choice ice_lake = decide(INTEL(0x6a, .leaf7_edx = IBRS | MD_CLEAR, .arch_caps = 0x2b), none());
    struct spec_choice atom = decide(INTEL(0x1c), none());
    struct spec_choice goldmont = decide(INTEL(0x5c), none());
    struct spec_choice zen = decide((struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = 23, .e8_ebx = 1u << 12 }, none());
    struct spec_choice zen4 = decide((struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = 25, .e21_eax = 1u << 8 }, none());
    struct spec_choice unknown = decide((struct spec_facts){ .family = 6 }, none());

    assert_true(nehalem.meltdown && nehalem.xpti_dom0 && nehalem.xpti_domu && nehalem.l1tf && nehalem.l1tf_domu);
    assert_true(!nehalem.l1tf_dom0 && nehalem.mds && !nehalem.verw && !nehalem.ibpb && nehalem.rsb);
    assert_int_equal(nehalem.thunk, THUNK_RETPOLINE);
    assert_true(skylake.verw && skylake.ibpb && !skylake.ibrs && skylake.xpti_domu);
    assert_int_equal(skylake.thunk, THUNK_RETPOLINE);
    assert_true(!ice_lake.meltdown && !ice_lake.l1tf && !ice_lake.mds && !ice_lake.verw && ice_lake.ibrs && !ice_lake.xpti_dom0);
    assert_int_equal(ice_lake.thunk, THUNK_RETPOLINE);
    assert_true(!atom.meltdown && !atom.l1tf && !atom.mds);
    assert_true(goldmont.meltdown && !goldmont.l1tf && !goldmont.l1tf_domu);
    assert_true(!zen.meltdown && !zen.mds && !zen.xpti_domu && zen.ibpb && !zen.auto_ibrs);
    assert_int_equal(zen.thunk, THUNK_RETPOLINE);
    assert_true(zen4.auto_ibrs && !zen4.ibrs);
    assert_int_equal(zen4.thunk, THUNK_JMP);
    assert_true(unknown.meltdown && unknown.xpti_dom0 && !unknown.l1tf);
}

/* AMD before Zen 2, and its licensee, but not where the CPU says that it loads them. */
static void test_fpu_pointers(void **state)
{
    assert_true(decide((struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = 15 }, none()).fpu_pointers);
    assert_true(decide((struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = 23, .e8_ebx = 1u << 12 }, none()).fpu_pointers);
    assert_true(decide((struct spec_facts){ .vendor = CPU_VENDOR_HYGON, .family = 24 }, none()).fpu_pointers);
    assert_false(decide((struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = 23, .e8_ebx = 1u << 2 }, none()).fpu_pointers);
    assert_false(decide(INTEL(0x1a), none()).fpu_pointers);
    assert_false(decide((struct spec_facts){ .family = 6 }, none()).fpu_pointers);
}

/* 40 address bits and memory up to 3.5 GiB: what a 1 GiB mapping around an address reaches counts, bits the CPU has not do not. */
static void test_l1tf_reach(void **state)
{
    const u64 bits = (1UL << 52) - 1, gib = 1UL << 30;

    spec = decide(INTEL(0x1a, .phys_bits = 40, .memory_end = 7 * gib / 2), none());
    assert_false(spec_l1tf_unsafe(0));
    assert_false(spec_l1tf_unsafe(0xffe));                               /* no address at all */
    assert_true(spec_l1tf_unsafe(0x1000));
    assert_true(spec_l1tf_unsafe(1UL << 63 | (7 * gib / 2 - 0x1000)));
    assert_true(spec_l1tf_unsafe(4 * gib - 0x1000));
    assert_false(spec_l1tf_unsafe(4 * gib));
    assert_false(spec_l1tf_unsafe(~0x1234000UL & bits & ~1UL));          /* inverted, as Linux writes them */
    assert_true(spec_l1tf_unsafe(1UL << 45 | 0x1000));
    assert_false(spec_l1tf_unsafe(1UL << 45));
    spec = decide(INTEL(0x1a, .phys_bits = 52, .memory_end = 4 * gib), none());
    assert_false(spec_l1tf_unsafe(1UL << 45 | 0x1000));
    assert_false(spec_l1tf_unsafe(4 * gib));
    assert_true(spec_l1tf_unsafe(4 * gib - 0x1000));
}

static void test_options(void **state)
{
    const struct spec_facts nehalem = INTEL(0x1a), zen = { .vendor = CPU_VENDOR_AMD, .family = 23 };
    struct spec_options o = none();
    struct spec_choice c;

    assert_int_equal(spec_parse_xpti(&o, "dom0=no"), 0);
    assert_int_equal(spec_parse_l1tf(&o, "dom0,no-domu"), 0);
    assert_int_equal(spec_parse_ctrl(&o, "bti-thunk=lfence,md-clear,no-rsb,ibpb=no"), 0);
    c = decide(nehalem, o);
    assert_true(!c.xpti_dom0 && c.xpti_domu && c.l1tf_dom0 && !c.l1tf_domu && c.verw && !c.rsb && !c.ibpb);
    assert_int_equal(c.thunk, THUNK_LFENCE);
    o = none();
    assert_int_equal(spec_parse_xpti(&o, "yes"), 0);
    c = decide(zen, o);
    assert_true(c.xpti_dom0 && c.xpti_domu);
    o = none();
    assert_int_equal(spec_parse_ctrl(&o, "no"), 0);
    c = decide(nehalem, o);
    assert_true(!c.xpti_dom0 && !c.xpti_domu && !c.l1tf_domu && !c.rsb && c.thunk == THUNK_JMP);
    assert_int_equal(spec_parse_ctrl(&o, "yes,bti-thunk=jmp"), 0);
    c = decide(nehalem, o);
    assert_true(c.xpti_dom0 && c.rsb && c.thunk == THUNK_JMP);
}

/* Only where it is asked for and the CPU has it: Intel and AMD say so in different places. */
static void test_ssbd(void **state)
{
    const struct spec_facts intel = INTEL(0x55, .leaf7_edx = 1u << 31), old = INTEL(0x1a, .e8_ebx = 1u << 24);
    const struct spec_facts zen = { .vendor = CPU_VENDOR_AMD, .family = 25, .e8_ebx = 1u << 24 };
    const struct spec_facts old_amd = { .vendor = CPU_VENDOR_AMD, .family = 23, .leaf7_edx = 1u << 31 };
    struct spec_options o = none();

    assert_true(!decide(intel, o).ssbd && !decide(zen, o).ssbd);
    assert_int_equal(spec_parse_ctrl(&o, "ssbd"), 0);
    assert_true(decide(intel, o).ssbd && decide(zen, o).ssbd && !decide(old, o).ssbd && !decide(old_amd, o).ssbd);
    assert_int_equal(spec_parse_ctrl(&o, "no"), 0);
    assert_false(decide(intel, o).ssbd);
}

#define AMD(fam, m, ...) (struct spec_facts){ .vendor = CPU_VENDOR_AMD, .family = fam, .model = m, __VA_ARGS__ }
#define HAS(c, name)  ((c).faults >> FAULT_##name & 1)
#define OPEN(c, name) ((c).open >> FAULT_##name & 1)

static bool sets_bit(const struct spec_choice *c, u32 msr, u8 bit)
{
    for (unsigned int i = 0; i < c->nr_msr_bits; i++)
        if (c->msr_bits[i].msr == msr && c->msr_bits[i].bit == bit)
            return true;
    return false;
}

/* Bits that AMD says to set, by model, and not on a CPU that is somebody's software or whose microcode does it. */
static void test_amd_bits(void **state)
{
    struct spec_choice zen1 = decide(AMD(0x17, 0x01), none()), rome = decide(AMD(0x17, 0x31), none());
    struct spec_choice new_rome = decide(AMD(0x17, 0x31, .microcode = 0x0830107b), none());
    struct spec_choice mendocino = decide(AMD(0x17, 0xa0, .microcode = 0x08a00008), none());
    struct spec_choice odd = decide(AMD(0x17, 0x47, .microcode = 0x09999999), none());
    struct spec_choice virtual = decide(AMD(0x17, 0x31, .is_virtual = true), none());
    struct spec_choice jaguar = decide(AMD(0x16, 0x00), none());

    assert_true(HAS(zen1, FP_DIV) && !OPEN(zen1, FP_DIV) && sets_bit(&zen1, 0xc0011028, 9) && zen1.nr_msr_bits == 1);
    assert_true(HAS(rome, ZENBLEED) && !OPEN(rome, ZENBLEED) && sets_bit(&rome, 0xc0011029, 9));
    assert_true(HAS(rome, OP_CACHE) && !OPEN(rome, OP_CACHE) && sets_bit(&rome, 0xc001102e, 33) && rome.nr_msr_bits == 2);
    assert_true(!OPEN(new_rome, ZENBLEED) && !sets_bit(&new_rome, 0xc0011029, 9));
    assert_true(sets_bit(&mendocino, 0xc0011029, 9) && sets_bit(&odd, 0xc0011029, 9));
    assert_true(OPEN(virtual, ZENBLEED) && OPEN(virtual, OP_CACHE) && virtual.nr_msr_bits == 0);
    assert_true(!OPEN(jaguar, ERRATUM_793) && sets_bit(&jaguar, 0xc0011020, 15));
    assert_true(OPEN(decide(AMD(0x0f, 0x05), none()), ERRATUM_121) && !HAS(decide(AMD(0x0f, 0x43), none()), ERRATUM_121));
    assert_int_equal(decide(AMD(0x1a, 0x02), none()).faults, 0);
}

/* A division before each guest: Zen 1 and its licensee, or where it is asked for. */
static void test_division(void **state)
{
    struct spec_options o = none();

    assert_true(decide(AMD(0x17, 0x11), o).div && !OPEN(decide(AMD(0x17, 0x11), o), DIV));
    assert_true(decide((struct spec_facts){ .vendor = CPU_VENDOR_HYGON, .family = 0x18 }, o).div);
    assert_false(decide(AMD(0x17, 0x31), o).div);
    assert_int_equal(spec_parse_ctrl(&o, "div-scrub"), 0);
    assert_true(decide(INTEL(0x1a), o).div);
    assert_int_equal(spec_parse_ctrl(&o, "no-div-scrub"), 0);
    assert_true(!decide(AMD(0x17, 0x11), o).div && OPEN(decide(AMD(0x17, 0x11), o), DIV));
}

/* VERW for RFDS and TSA: only where microcode says that it clears, and not where the CPU is free of them. */
static void test_verw(void **state)
{
    const u64 no_mds = 1UL << 0 | 1UL << 5 | 1UL << 8, clear = 1UL << 28, rfds_no = 1UL << 27;
    struct spec_choice gracemont = decide(INTEL(0xbe, .arch_caps = no_mds | clear), none());
    struct spec_choice old_gracemont = decide(INTEL(0xbe, .arch_caps = no_mds), none());
    struct spec_choice zen4 = decide(AMD(0x19, 0x11, .e21_eax = 1u << 5), none());
    struct spec_choice free_zen = decide(AMD(0x19, 0x11, .e21_eax = 1u << 5, .e21_ecx = 6), none());

    assert_true(gracemont.verw && HAS(gracemont, RFDS) && !OPEN(gracemont, RFDS));
    assert_true(!old_gracemont.verw && OPEN(old_gracemont, RFDS));
    assert_false(HAS(decide(INTEL(0xbe, .arch_caps = no_mds | rfds_no), none()), RFDS));
    assert_true(zen4.verw && !OPEN(zen4, TSA));
    assert_true(!decide(AMD(0x19, 0x11), none()).verw && OPEN(decide(AMD(0x19, 0x11), none()), TSA));
    assert_true(!free_zen.verw && !HAS(free_zen, TSA));
}

/* Branch history: BHI_DIS_S, else retpolines beside IBRS, else nothing that helps. */
static void test_bhi(void **state)
{
    const u64 ibrs_all = 1UL << 1, bhi_no = 1UL << 20, rrsba = 1UL << 19;
    struct spec_options o = none();
    struct spec_choice spr = decide(INTEL(0x8f, .leaf7_edx = IBRS, .leaf72_edx = 1u << 4, .arch_caps = ibrs_all | rrsba), o);
    struct spec_choice icx = decide(INTEL(0x6a, .leaf7_edx = IBRS, .arch_caps = ibrs_all), o);
    struct spec_choice adl = decide(INTEL(0x97, .leaf7_edx = IBRS, .arch_caps = ibrs_all | rrsba), o);
    struct spec_choice late = decide(INTEL(0xcf, .leaf7_edx = IBRS, .arch_caps = ibrs_all | bhi_no), o);

    assert_true(spr.bhi_dis && !OPEN(spr, BHI) && spr.thunk == THUNK_JMP);
    assert_true(!icx.bhi_dis && icx.ibrs && icx.thunk == THUNK_RETPOLINE && HAS(icx, BHI) && !OPEN(icx, BHI));
    assert_true(adl.thunk == THUNK_JMP && OPEN(adl, BHI));
    assert_true(!HAS(late, BHI) && late.thunk == THUNK_JMP);
    assert_int_equal(spec_parse_ctrl(&o, "no-bhi-dis-s"), 0);
    spr = decide(INTEL(0x8f, .leaf7_edx = IBRS, .leaf72_edx = 1u << 4, .arch_caps = ibrs_all | rrsba), o);
    assert_true(!spr.bhi_dis && OPEN(spr, BHI));
}

/* What stays open is said to be open: nothing else is told to the administrator. */
static void test_open(void **state)
{
    struct spec_choice skylake = decide(INTEL(0x5e, .leaf7_edx = IBRS), none());
    struct spec_choice cascade = decide(INTEL(0x55, .leaf7_edx = IBRS, .arch_caps = 1UL << 1 | 1UL << 25), none());
    struct spec_choice zen2 = decide(AMD(0x17, 0x31), none()), milan = decide(AMD(0x19, 0x01), none());
    struct spec_choice unaffected = decide(AMD(0x19, 0x11, .e8_ebx = 1u << 29, .e21_eax = 1u << 29 | 1u << 5), none());

    assert_true(OPEN(skylake, RETBLEED) && OPEN(skylake, GDS) && !HAS(skylake, ITS) && !HAS(skylake, BHI));
    assert_true(!OPEN(cascade, RETBLEED) && OPEN(cascade, ITS) && HAS(cascade, GDS) && !OPEN(cascade, GDS));
    assert_true(OPEN(zen2, BTC) && OPEN(zen2, SRSO) && OPEN(milan, SRSO) && !HAS(milan, BTC));
    assert_int_equal(unaffected.open, 0);
    for (unsigned int i = 0; i < NR_FAULTS; i++)
        assert_non_null(spec_fault_names[i]);
}

static void test_bad_options(void **state)
{
    struct spec_options o = none(), same = none();

    assert_int_equal(spec_parse_ctrl(&o, "bti-thunk=magic"), -EINVAL);
    assert_int_equal(spec_parse_ctrl(&o, "everything"), -EINVAL);
    assert_int_equal(spec_parse_ctrl(&o, "rsb=perhaps"), -EINVAL);
    assert_int_equal(spec_parse_xpti(&o, "dom7=yes"), -EINVAL);
    assert_int_equal(spec_parse_xpti(&o, "a-word-that-is-much-longer-than-any-that-could-be-meant=yes"), -EINVAL);
    assert_memory_equal(&o, &same, sizeof(o));
}

/* ---- the microcode's defence against GDS ---- */

static struct { u64 v; bool absent, locked, refuses; unsigned int writes; } mcu_opt;

static int read_mcu_opt(u32 msr, u64 *v)
{
    assert_int_equal(msr, MSR_MCU_OPT_CTRL);
    *v = mcu_opt.v;
    return mcu_opt.absent ? -EFAULT : 0;
}

static int write_mcu_opt(u32 msr, u64 v)
{
    mcu_opt.writes++;
    if (mcu_opt.refuses)
        return -EFAULT;
    if (!mcu_opt.locked)
        mcu_opt.v = v;
    return 0;
}

static bool enable_gds(u64 v, bool absent, bool locked, bool refuses)
{
    mcu_opt.v = v;
    mcu_opt.absent = absent;
    mcu_opt.locked = locked;
    mcu_opt.refuses = refuses;
    mcu_opt.writes = 0;
    return spec_enable_gds(read_mcu_opt, write_mcu_opt);
}

static void test_gds(void **state)
{
    assert_true(enable_gds(0, true, false, false));
    assert_true(enable_gds(1, false, false, false));
    assert_int_equal(mcu_opt.writes, 0);
    assert_true(enable_gds(1 | MCU_OPT_GDS_MITG_DIS, false, false, false));
    assert_int_equal(mcu_opt.v, 1);
    assert_false(enable_gds(MCU_OPT_GDS_MITG_DIS, false, false, true));
    assert_false(enable_gds(MCU_OPT_GDS_MITG_DIS, false, true, false));   /* nothing faults, and nothing changes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpus), cmocka_unit_test(test_fpu_pointers),
        cmocka_unit_test(test_l1tf_reach),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_ssbd),
        cmocka_unit_test(test_amd_bits), cmocka_unit_test(test_division), cmocka_unit_test(test_verw), cmocka_unit_test(test_bhi),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_gds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
