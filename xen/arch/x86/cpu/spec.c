/* SPDX-License-Identifier: GPL-2.0-only */
/* The decision of spec_decide.c put in place: MSRs, the thunks of indirect branches, what a change of domains costs. */
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/smp.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/msr.h>
#include <x86/page.h>
#include <x86/spec.h>

#define SPEC_CTRL_IBRS  (1UL << 0)
#define SPEC_CTRL_SSBD  (1UL << 2)
#define SPEC_CTRL_BHI_DIS_S (1UL << 10)
#define PRED_CMD_IBPB   (1UL << 0)
#define EFER_AIBRSE     (1UL << 21)
#define JMP_REL32       0xe9

static struct spec_options options = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };

extern char image_start[];
/* entry/thunk.S: 32 bytes a register, in the order of the registers' numbers but for rsp. */
extern char thunks_start[], thunks_end[];
/* entry/guard.S: {place, target} of each jump that keeps the way out to a guest guarded. */
extern const u64 guard_sites_start[], guard_sites_end[];

static int parse_ctrl(const char *value) { return spec_parse_ctrl(&options, value); }
static int parse_xpti(const char *value) { return spec_parse_xpti(&options, value); }
static int parse_l1tf(const char *value) { return spec_parse_l1tf(&options, value); }

PARAM_FN("spec-ctrl", spec_ctrl, parse_ctrl,
         "list of no, xen=no, bti-thunk=retpoline|lfence|jmp, ibrs=, ibpb=, rsb=, md-clear=, ssbd=, div-scrub=, bhi-dis-s=<boolean>");
PARAM_FN("xpti", xpti, parse_xpti, "list of <boolean>, dom0=<boolean>, domu=<boolean>");
PARAM_FN("pv-l1tf", pv_l1tf, parse_l1tf, "list of <boolean>, dom0=<boolean>, domu=<boolean>");

/* The image's text is read-only where it runs; it is written through the direct map. Boot CPU only, before any other runs. */
static void patch_text(u64 at, const void *bytes, size_t n)
{
    u64 maddr = boot_info.xen_start + (at - (u64)image_start);

    memcpy((char *)mfn_to_virt(mfn(maddr >> PAGE_SHIFT)) + (maddr & ~PAGE_MASK), bytes, n);
    (void)cpuid_eax(0);                          /* serializes: Intel SDM vol. 3A, 8.1.3 */
}

static void patch_jump(u64 at, u64 target)
{
    u8 code[5] = { JMP_REL32 };
    s32 distance = (s32)(target - (at + sizeof(code)));

    memcpy(code + 1, &distance, 4);
    patch_text(at, code, sizeof(code));
}

/* The thunks are built as retpolines; the others are JMP *reg, behind an LFENCE or not. */
static void patch_thunks(void)
{
    static const u8 lfence[] = { 0x0f, 0xae, 0xe8 };
    unsigned int reg = 0;

    if (spec.thunk == THUNK_RETPOLINE)
        return;
    for (char *t = thunks_start; t < thunks_end; t += 32, reg++) {
        u8 code[8], n = 0;

        if (reg == 4)
            reg++;
        if (spec.thunk == THUNK_LFENCE) {
            memcpy(code, lfence, sizeof(lfence));
            n = sizeof(lfence);
        }
        if (reg > 7)
            code[n++] = 0x41;
        code[n++] = 0xff;
        code[n++] = 0xe0 | (reg & 7);
        patch_text((u64)t, code, n);
    }
}

static void patch_exits(void)
{
    if (!spec.xpti_dom0 && !spec.xpti_domu && !spec.clears)
        return;
    for (const u64 *s = guard_sites_start; s < guard_sites_end; s += 2)
        patch_jump(s[0], s[1]);
}

/* The faults of @mask, by name, in one line that begins with @title. */
static void announce_faults(const char *title, u32 mask)
{
    char names[200] = "";
    size_t n = 0;

    for (unsigned int i = 0; i < NR_FAULTS; i++)
        if (mask >> i & 1)
            n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", spec_fault_names[i]);
    if (mask)
        printk("%s: %s\n", title, names);
}

static void announce(void)
{
    static const char *const thunks[] = { "JMP", "LFENCE", "RETPOLINE" };

    printk("CPU bugs: Meltdown %s, L1TF %s, MDS %s\n", spec.meltdown ? "yes" : "no", spec.l1tf ? "yes" : "no",
           spec.mds ? "yes" : "no");
    printk("Defences: indirect branches %s%s%s%s%s%s%s%s; page tables apart for dom0 %s, others %s; L1TF entries refused to dom0 %s, others %s\n",
           thunks[spec.thunk], spec.ibrs || spec.auto_ibrs ? ", IBRS" : "", spec.ibpb ? ", IBPB" : "", spec.rsb ? ", RSB" : "",
           spec.verw ? ", VERW" : "", spec.ssbd ? ", SSBD" : "",
           spec.div ? ", DIV" : "", spec.bhi_dis ? ", BHI_DIS_S" : "", spec.xpti_dom0 ? "yes" : "no", spec.xpti_domu ? "yes" : "no",
           spec.l1tf_dom0 ? "yes" : "no", spec.l1tf_domu ? "yes" : "no");
    announce_faults("CPU bugs: defended against", spec.faults & ~spec.open);
    announce_faults(XENLOG_WARN "CPU bugs: not mitigated, see docs/cpu-bugs.md", spec.open);
    if (spec.mds && !spec.verw)
        printk(XENLOG_WARN "CPU bugs: buffers are not cleared before a guest runs: no microcode for it, or spec-ctrl=no-md-clear\n");
}

/* Intel SDM vol. 3A, 10.11.7.1: CPUID leaf 1 leaves the revision in the upper half; AMD has it in the lower one. */
static u32 microcode_revision(void)
{
    u64 v = 0;

    if (cpu_host.vendor == CPU_VENDOR_INTEL && wrmsr_safe(MSR_MICROCODE, 0))
        return 0;
    (void)cpuid_eax(1);
    if (rdmsr_safe(MSR_MICROCODE, &v))
        return 0;
    return (u32)(cpu_host.vendor == CPU_VENDOR_INTEL ? v >> 32 : v);
}

static void read_rare_leaves(struct spec_facts *f)
{
    u32 a, b, unused;

    if (cpu_host.max_leaf >= 7 && cpuid_eax(7) >= 2)
        cpuid_count(7, 2, &a, &b, &unused, &f->leaf72_edx);
    if (cpu_host.max_extended_leaf >= 0x80000021)
        cpuid_count(0x80000021, 0, &a, &b, &f->e21_ecx, &unused);
}

void spec_init(void)
{
    struct spec_facts f = {
        .vendor = cpu_host.vendor, .family = cpu_host.family, .model = cpu_host.model,
        .leaf7_edx = cpu_host.word[CPU_WORD_7_EDX], .leaf7_ebx = cpu_host.word[CPU_WORD_7_EBX],
        .e8_ebx = cpu_host.word[CPU_WORD_E8_EBX], .e21_eax = cpu_host.word[CPU_WORD_E21_EAX],
        .phys_bits = cpu_host.phys_bits, .memory_end = (u64)max_frame << PAGE_SHIFT,
    };

    if (cpu_has(FEATURE_ARCH_CAPS))
        (void)rdmsr_safe(MSR_ARCH_CAPABILITIES, &f.arch_caps);
    f.is_virtual = cpu_has(FEATURE_HYPERVISOR);
    f.microcode = microcode_revision();
    read_rare_leaves(&f);
    spec_decide(&f, &options, &spec);
    patch_thunks();
    patch_exits();
    announce();
}

static void set_msr_bit(u32 msr, u8 bit)
{
    u64 v;

    if (rdmsr_safe(msr, &v) || wrmsr_safe(msr, v | 1UL << bit))
        printk(XENLOG_WARN "CPU %u: cannot set bit %u of MSR %#x; see docs/cpu-bugs.md\n", smp_processor_id(), bit, msr);
}

static void enable_gds_defence(void)
{
    if ((spec.faults & ~spec.open & 1u << FAULT_GDS) && !spec_enable_gds(rdmsr_safe, wrmsr_safe))
        printk(XENLOG_WARN "CPU %u: the firmware has locked the GDS defence off\n", smp_processor_id());
}

void spec_init_cpu(void)
{
    u64 ctrl = (spec.ibrs ? SPEC_CTRL_IBRS : 0) | (spec.ssbd ? SPEC_CTRL_SSBD : 0) | (spec.bhi_dis ? SPEC_CTRL_BHI_DIS_S : 0);

    if (ctrl)
        wrmsr(MSR_SPEC_CTRL, ctrl);
    if (spec.auto_ibrs)
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_AIBRSE);
    for (unsigned int i = 0; i < spec.nr_msr_bits; i++)
        set_msr_bit(spec.msr_bits[i].msr, spec.msr_bits[i].bit);
    enable_gds_defence();
}

/*
 * On the way in nothing is needed against the return stack: the hypervisor leaves a stack behind rather than return on
 * it (pv/switch.c), so that each of its RETs has had its CALL since the entry.
 */
void spec_switch_domain(void)
{
    if (spec.ibpb)
        wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    if (spec.rsb)
        rsb_overwrite();
}
