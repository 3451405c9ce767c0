/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests/profile: a program whose first instruction, at an address of its own, tells the emulator to start or stop counting. */
	.globl _start
_start:	mov	$60, %eax			/* exit(0) */
	xor	%edi, %edi
	syscall
	.section .note.GNU-stack, "", @progbits
