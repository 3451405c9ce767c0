/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorded answers, as they are in the files beside this one. */
asm(".pushsection .rodata\n"
    ".globl expected, differs\n"
    "expected: .incbin \"errnos/expected\"\n.byte 0\n"
    "differs: .incbin \"errnos/differs\"\n.byte 0\n"
    ".popsection");
