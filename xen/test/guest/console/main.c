/* SPDX-License-Identifier: GPL-2.0-only */
/* console_io of the initial domain: write in pieces, read without input, bad arguments. */
#include "test.h"

void test_main(void)
{
    static char big[3000];
    char in[16];

    EXPECT(hc_console_io(CONSOLEIO_write, 0, NULL), 0);
    EXPECT(hc_console_io(CONSOLEIO_write, 6, "hello\n"), 0);
    memset(big, 'x', sizeof(big));
    for (size_t i = 79; i < sizeof(big); i += 80)
        big[i] = '\n';
    big[sizeof(big) - 1] = '\n';
    EXPECT(hc_console_io(CONSOLEIO_write, sizeof(big), big), 0);
    EXPECT(hc_console_io(CONSOLEIO_write, 3, "a\0b"), 0);
    EXPECT(hc_console_io(CONSOLEIO_write, 4, "\x1b[0m"), 0);
    EXPECT(hc_console_io(CONSOLEIO_read, sizeof(in), in), 0);
    EXPECT(hc_console_io(CONSOLEIO_read, 0, in), 0);
    EXPECT(hc_console_io(CONSOLEIO_write, 5, 0x1000), -XEN_EFAULT);
    EXPECT(hc_console_io(CONSOLEIO_write, 5, 0x800000000000ul), -XEN_EFAULT);
    EXPECT(hc_console_io(CONSOLEIO_write, 5, HYPERVISOR_VIRT_START + (1ul << 40)), -XEN_EFAULT);
    EXPECT(hc_console_io(2, 5, big), -XEN_ENOSYS);
    EXPECT(hc_console_io(~0u, 5, big), -XEN_ENOSYS);
}
