/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorded answers, as they are in the files beside this one. */
asm(".pushsection .rodata\n"
    ".globl expected_dom0, differs_dom0, expected_guest, differs_guest\n"
    "expected_dom0: .incbin \"errnos/expected\"\n.byte 0\n"
    "differs_dom0: .incbin \"errnos/differs\"\n.byte 0\n"
    "expected_guest: .incbin \"errnos/expected.guest\"\n.byte 0\n"
    "differs_guest: .incbin \"errnos/differs.guest\"\n.byte 0\n"
    ".popsection");
