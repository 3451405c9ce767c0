/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's reader of configurations, classic text and domain XML: a configuration, or one message that names the place. */
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include "../../tools/lib/mem.h"
#include "../../tools/lib/strbuf.h"
#include "../../tools/xend/config_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *override = "memory=64";
    struct config_source source = { "f.cfg", (const char *)data, size, &override, size & 1 };
    struct config_error err = { 0 };
    struct strbuf warnings = { 0 };
    struct domain_config c;

    if (domain_config_read(&source, &c, &warnings, &err)) {
        FUZZ_CHECK(err.text && *err.text);
    } else {
        FUZZ_CHECK(c.name && c.name[0] && strlen(c.name) <= CONFIG_NAME_MAX);
        FUZZ_CHECK(c.vcpus && c.vcpus <= c.maxvcpus && c.maxvcpus <= CONFIG_VCPUS_MAX);
        FUZZ_CHECK(c.disk_count <= CONFIG_DEVICES_MAX && c.vif_count <= CONFIG_DEVICES_MAX);
        FUZZ_CHECK(strlen(c.cmdline) <= CONFIG_CMDLINE_MAX);
        FUZZ_CHECK(c.kernel[0] == '/' && c.hard.pin_count <= c.maxvcpus && c.soft.pin_count <= c.maxvcpus);
        for (size_t i = 0; i < c.disk_count; i++)
            FUZZ_CHECK(c.disks[i].target[0] == '/' && !(c.disks[i].cdrom && !c.disks[i].read_only));
        for (size_t i = 0; i < c.pci_count; i++)
            FUZZ_CHECK(strlen(c.pcis[i].address) == 12 && c.pcis[i].vslot < 32);
    }
    domain_config_free(&c);
    config_error_free(&err);
    strbuf_free(&warnings);
    return 0;
}
