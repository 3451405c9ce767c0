/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the ACPI tables and reading FADT, HPET and MCFG (ACPI 6.4, 5.2). */
#include <xen/lib.h>
#include <xen/params.h>
#include <x86/acpi.h>
#include <x86/boot.h>
#include <x86/page.h>

struct acpi_info acpi_info;

static bool opt_acpi = true;
PARAM("acpi", acpi, PARAM_BOOL, &opt_acpi, "read the firmware's ACPI tables");

#define MAX_TABLES    1024    /* large machines have some for each CPU; we look for five, which stand anywhere among them */
#define MAX_TABLE_LEN (1u << 20)
static struct acpi_header *tables[MAX_TABLES];
static unsigned int nr_tables;

struct rsdp {
    char signature[8];
    u8 checksum;
    char oem_id[6];
    u8 revision;
    u32 rsdt;
    u32 length;
    u64 xsdt;
    u8 checksum_all, reserved[3];
} __packed;
#define RSDP_V1_LENGTH 20

static bool sum_ok(const void *p, size_t n)
{
    u8 sum = 0;

    for (size_t i = 0; i < n; i++)
        sum = (u8)(sum + ((const u8 *)p)[i]);
    return sum == 0;
}

static bool rsdp_ok(const struct rsdp *r)
{
    return !memcmp(r->signature, "RSD PTR ", 8) && sum_ok(r, RSDP_V1_LENGTH);
}

/* On 16-byte boundaries in [from, from + bytes). */
static u64 scan_for_rsdp(u64 from, size_t bytes)
{
    const char *p = ioremap_cached(maddr(from), bytes);

    for (size_t i = 0; p && i + sizeof(struct rsdp) <= bytes; i += 16)
        if (rsdp_ok((const struct rsdp *)(p + i)))
            return from + i;
    return 0;
}

/* ACPI 6.4, 5.2.5.1: first KiB of the EBDA, then the BIOS area. */
static u64 find_rsdp_bios(void)
{
    const u16 *bda = ioremap_cached(maddr(0x400), 0x100);
    u64 ebda = bda ? (u64)bda[0x0e / 2] << 4 : 0, found = 0;

    if (ebda >= 0x80000 && ebda < 0xa0000)
        found = scan_for_rsdp(ebda, 1024);
    return found ?: scan_for_rsdp(0xe0000, 0x20000);
}

/*
 * Under UEFI the loader gives us a copy and not its address, which dom0 needs. The original is in memory that the
 * firmware keeps for ACPI; pool allocations there are aligned to 4 bytes at least.
 */
#define FIRMWARE_REGION_MAX (4u << 20)
static u64 find_rsdp_firmware(const struct rsdp *copy)
{
    size_t length = copy->revision >= 2 ? sizeof(*copy) : RSDP_V1_LENGTH;

    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];
        size_t bytes = min(e->size, (u64)FIRMWARE_REGION_MAX);
        const char *p = e->type == E820_ACPI || e->type == E820_NVS ? ioremap_cached(maddr(e->addr), bytes) : NULL;

        for (size_t at = 0; p && at + length <= bytes; at += 4)
            if (!memcmp(p + at, copy, length))
                return e->addr + at;
    }
    return 0;
}

static bool get_rsdp(struct rsdp *out)
{
    const struct rsdp *r = (const struct rsdp *)boot_info.rsdp_copy;

    acpi_info.rsdp = boot_info.rsdp;
    if (!rsdp_ok(r)) {
        if (!acpi_info.rsdp && !boot_info.is_efi)
            acpi_info.rsdp = find_rsdp_bios();
        if (!acpi_info.rsdp)
            return false;
        r = ioremap_cached(maddr(acpi_info.rsdp), sizeof(*r));
        if (!r || !rsdp_ok(r))
            return false;
    } else if (!acpi_info.rsdp) {
        acpi_info.rsdp = boot_info.is_efi ? find_rsdp_firmware(r) : find_rsdp_bios();
    }
    *out = *r;
    return true;
}

/* Maps the table at @address; NULL when its length or checksum is wrong. */
static struct acpi_header *map_table(u64 address)
{
    struct acpi_header *h = ioremap_cached(maddr(address), sizeof(*h));
    u32 length;

    if (!h)
        return NULL;
    length = h->length;
    if (length < sizeof(*h) || length > MAX_TABLE_LEN)
        return NULL;
    h = ioremap_cached(maddr(address), length);
    if (h && sum_ok(h, length))
        return h;
    printk(XENLOG_WARN "ACPI: table at %#lx has a wrong checksum: ignored\n", address);
    return NULL;
}

static void read_root(const struct rsdp *r)
{
    bool wide = r->revision >= 2 && r->xsdt;
    const struct acpi_header *root = map_table(wide ? r->xsdt : r->rsdt);
    unsigned int n, width = wide ? 8 : 4;

    nr_tables = 0;
    if (!root)
        return;
    n = (root->length - sizeof(*root)) / width;
    for (unsigned int i = 0; i < n && nr_tables < MAX_TABLES; i++) {
        u64 address = 0;

        memcpy(&address, (const char *)(root + 1) + i * width, width);
        tables[nr_tables] = address ? map_table(address) : NULL;
        if (tables[nr_tables])
            nr_tables++;
    }
    if (n > MAX_TABLES)
        printk(XENLOG_WARN "ACPI: %u tables, of which %u are looked at\n", n, nr_tables);
}

const struct acpi_header *acpi_find_table(const char *signature)
{
    for (unsigned int i = 0; i < nr_tables; i++)
        if (!memcmp(tables[i]->signature, signature, 4))
            return tables[i];
    return NULL;
}

/* The name becomes one that nobody looks for, and the checksum follows it. */
void acpi_hide_table(const char *signature)
{
    for (unsigned int i = 0; i < nr_tables; i++) {
        struct acpi_header *h = tables[i];

        if (memcmp(h->signature, signature, 4))
            continue;
        h->checksum = (u8)(h->checksum + h->signature[0] - 'x');
        h->signature[0] = 'x';
    }
}

/* Offsets in the FADT, 5.2.9; fields beyond the table's length read as zero. */
enum {
    FADT_SCI = 46, FADT_PM1A_CONTROL = 64, FADT_PM1B_CONTROL = 68, FADT_PM_TIMER = 76, FADT_CENTURY = 108, FADT_FLAGS = 112,
    FADT_RESET = 116, FADT_RESET_VALUE = 128, FADT_X_PM1A_CONTROL = 172, FADT_X_PM1B_CONTROL = 184, FADT_X_PM_TIMER = 208,
    FADT_SLEEP_CONTROL = 244,
};
#define FADT_FLAG_RESET   (1u << 10)
#define FADT_FLAG_REDUCED (1u << 20)

static void fadt_get(const struct acpi_header *fadt, unsigned int at, void *to, size_t n)
{
    memset(to, 0, n);
    if (at + n <= fadt->length)
        memcpy(to, (const char *)fadt + at, n);
}

/* The 64-bit form where it is filled in, else the old port number. */
static struct acpi_gas fadt_register(const struct acpi_header *fadt, unsigned int port_at, unsigned int gas_at)
{
    struct acpi_gas g;
    u32 port;

    fadt_get(fadt, gas_at, &g, sizeof(g));
    if (g.address)
        return g;
    fadt_get(fadt, port_at, &port, sizeof(port));
    return (struct acpi_gas){ .space = ACPI_SPACE_IO, .bit_width = 16, .address = port };
}

static void read_fadt(const struct acpi_header *fadt)
{
    struct acpi_gas timer;
    u32 flags;

    fadt_get(fadt, FADT_FLAGS, &flags, sizeof(flags));
    fadt_get(fadt, FADT_SCI, &acpi_info.sci_irq, 2);
    fadt_get(fadt, FADT_CENTURY, &acpi_info.rtc_century, 1);
    acpi_info.reduced_hardware = flags & FADT_FLAG_REDUCED;
    acpi_info.pm1a_control = fadt_register(fadt, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL);
    acpi_info.pm1b_control = fadt_register(fadt, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL);
    fadt_get(fadt, FADT_SLEEP_CONTROL, &acpi_info.sleep_control, sizeof(struct acpi_gas));
    timer = fadt_register(fadt, FADT_PM_TIMER, FADT_X_PM_TIMER);
    if (timer.space == ACPI_SPACE_IO && timer.address < 0x10000 && !acpi_info.reduced_hardware)
        acpi_info.pm_timer_port = (u32)timer.address;
    if (flags & FADT_FLAG_RESET) {
        fadt_get(fadt, FADT_RESET, &acpi_info.reset_register, sizeof(struct acpi_gas));
        fadt_get(fadt, FADT_RESET_VALUE, &acpi_info.reset_value, 1);
    }
}

/* IA-PC HPET 1.0a, 3.2.4: the address is a generic one at offset 40. */
static void read_hpet(const struct acpi_header *hpet)
{
    struct acpi_gas g;

    fadt_get(hpet, 40, &g, sizeof(g));
    if (g.space == ACPI_SPACE_MEMORY)
        acpi_info.hpet_address = g.address;
}

/* PCI Firmware 3.2, 4.1.2 */
static void read_mcfg(const struct acpi_header *mcfg)
{
    struct { u64 address; u16 segment; u8 first, last; u32 reserved; } __packed e;

    for (unsigned int at = 44; at + sizeof(e) <= mcfg->length; at += sizeof(e)) {
        if (acpi_info.nr_mcfg == ACPI_MAX_MCFG) {
            printk(XENLOG_WARN "ACPI: more than %u windows of PCI configuration: the rest is not used\n", ACPI_MAX_MCFG);
            return;
        }
        memcpy(&e, (const char *)mcfg + at, sizeof(e));
        acpi_info.mcfg[acpi_info.nr_mcfg++] = (struct acpi_mcfg){ e.address, e.segment, e.first, e.last };
    }
}

void acpi_boot_init(void)
{
    const struct acpi_header *t;
    struct rsdp r;

    if (!opt_acpi || !get_rsdp(&r)) {
        printk(XENLOG_WARN "ACPI: no tables: one CPU, no IO-APIC\n");
        return;
    }
    read_root(&r);
    t = acpi_find_table("FACP");
    if (t)
        read_fadt(t);
    t = acpi_find_table("HPET");
    if (t)
        read_hpet(t);
    t = acpi_find_table("MCFG");
    if (t)
        read_mcfg(t);
    acpi_parse_madt();
    printk("ACPI: %u tables, root pointer at %#lx\n", nr_tables, acpi_info.rsdp);
}
