/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The head of a guest's image: what cannot be read is refused; what can be stays within what its configuration allows, and is
 * the same when it has been written and read once more.
 */
#include "input.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../tools/lib/json.h"
#include "../../tools/lib/strbuf.h"
#include "../../tools/xend/image_head.h"

/* xend's JSON text, with the fuzzer's bytes for what an author of images would change; or these alone. */
static int image_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("image", 0);
    uint64_t len = size ? size - 1 : 0;

    if (fd < 0)
        abort();
    if (size && data[0] & 1) {
        if (write(fd, data + 1, len) != (ssize_t)len)
            abort();
    } else if (write(fd, IMAGE_MAGIC, IMAGE_MAGIC_LEN) < 0 || write(fd, &len, sizeof(len)) < 0 ||
               (size && write(fd, data + 1, len) < 0)) {
        abort();
    }
    if (lseek(fd, 0, SEEK_SET))
        abort();
    return fd;
}

static void check_present(const struct domain_present *p, const struct domain_config *c)
{
    uint32_t online = 0;

    for (uint32_t i = 0; i < CONFIG_VCPUS_MAX; i++)
        online += present_vcpu_online(p, i);
    FUZZ_CHECK(present_vcpu_online(p, 0) && online == c->vcpus && online <= c->maxvcpus);
    FUZZ_CHECK(p->target_kib && p->target_kib <= (uint64_t)c->maxmem_mib << 10);
    FUZZ_CHECK(p->start_mib && p->start_mib <= c->maxmem_mib && p->made_mib == c->memory_mib);
    FUZZ_CHECK(!c->pci_count && !p->pci_count);
}

static char *text_of(const struct domain_source *source)
{
    struct json *j = json_new(JSON_OBJECT);
    struct strbuf b = { 0 };

    domain_source_to_json(source, j);
    json_write(j, &b, 0);
    json_free(j);
    return strbuf_take(&b);
}

/* Written as xm save does, and read. */
static void check_again(const struct domain_source *source)
{
    struct image_file f = { .fd = memfd_create("image", 0) };
    struct domain_source again = { 0 };
    char *first, *second;

    FUZZ_CHECK(image_head_write(&f, "again", source) == 0 && pwrite(f.fd, IMAGE_MAGIC, IMAGE_MAGIC_LEN, 0) > 0);
    FUZZ_CHECK(!lseek(f.fd, 0, SEEK_SET) && image_head_read(f.fd, &again) == 0);
    first = text_of(source);
    second = text_of(&again);
    FUZZ_CHECK(!strcmp(first, second));
    free(first);
    free(second);
    domain_source_free(&again);
    close(f.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct domain_source source = { 0 };
    struct config_error err = { 0 };
    struct domain_config config;
    struct strbuf warnings = { 0 };
    int fd = image_of(data, size), ret = image_head_read(fd, &source);

    FUZZ_CHECK(ret == 0 || ret == -EINVAL);
    if (!ret) {
        ret = domain_source_read(&source, &config, &warnings, &err);
        FUZZ_CHECK(!ret || err.text);
        if (!ret) {
            check_present(&source.present, &config);
            check_again(&source);
            domain_config_free(&config);
        }
        config_error_free(&err);
        strbuf_free(&warnings);
    }
    domain_source_free(&source);
    close(fd);
    return 0;
}
