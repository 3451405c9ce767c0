/* SPDX-License-Identifier: GPL-2.0-only */
/* What this build is. The major and minor number are the ABI's and stand in hc_xen_version.c. */
#include <xen/access_check.h>
#include <xen/lib.h>
#include <xen/version.h>

const char build_extra_version[] = ".0-again";
const char build_changeset[] = "unavailable" ACCESS_CHECK_NAME;
const char build_compiler[] = "gcc " __VERSION__;
const char build_by[] = "xen";
const char build_domain[] = "again";
const char build_date[] = __DATE__ " " __TIME__;

/* An ELF note: sizes of name and contents, type, name padded to 4 bytes, contents. */
struct elf_note { u32 namesz, descsz, type; char data[]; };
extern const struct elf_note build_id_start[];
extern const char build_id_end[];

size_t build_id_bytes(const u8 **bytes)
{
    const struct elf_note *n = build_id_start;

    if (build_id_end - (const char *)n < (ssize_t)sizeof(*n))
        return 0;
    *bytes = (const u8 *)n->data + ROUND_UP(n->namesz, 4);
    return n->descsz;
}
