/* SPDX-License-Identifier: GPL-2.0-only */
/* A 32-bit process in a 64-bit guest: getpid by INT 0x80 and by the vDSO's SYSCALL or SYSENTER must agree. Exit 0 if so. */
        .globl  _start
_start: movl    (%esp), %ecx                    /* argc */
        leal    8(%esp, %ecx, 4), %esi          /* envp */
1:      lodsl
        testl   %eax, %eax
        jnz     1b
2:      lodsl                                   /* auxv: AT_SYSINFO is 32 */
        testl   %eax, %eax
        jz      4f
        movl    %eax, %edx
        lodsl
        cmpl    $32, %edx
        jne     2b
        movl    %eax, %edi
        movl    $20, %eax
        int     $0x80
        movl    %eax, %ebp
        movl    $20, %eax
        call    *%edi
        cmpl    %eax, %ebp
        jne     5f
        movl    $1000, %ecx                     /* often, so that interrupts fall in between */
3:      pushl   %ecx
        movl    $20, %eax
        call    *%edi
        popl    %ecx
        cmpl    %eax, %ebp
        jne     5f
        loop    3b
        xorl    %ebx, %ebx
        jmp     6f
4:      movl    $2, %ebx                        /* no vDSO */
        jmp     6f
5:      movl    $1, %ebx
6:      movl    $1, %eax
        int     $0x80
        .section .note.GNU-stack, "", @progbits
