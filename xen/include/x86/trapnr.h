/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of exceptions (AMD64 vol. 2, table 8-1). */
#ifndef X86_TRAPNR_H
#define X86_TRAPNR_H

#include <xen/types.h>

enum {
    TRAP_DE, TRAP_DB, TRAP_NMI, TRAP_BP, TRAP_OF, TRAP_BR, TRAP_UD, TRAP_NM, TRAP_DF,
    TRAP_TS = 10, TRAP_NP, TRAP_SS, TRAP_GP, TRAP_PF, TRAP_MF = 16, TRAP_AC, TRAP_MC, TRAP_XM, TRAP_CP = 21,
};

/* True if the CPU pushes an error code for @vector: 8, 10 to 14, 17, 21, 29, 30. */
static inline bool trap_has_error_code(unsigned int vector)
{
    return vector < 32 && (0x60227d00u >> vector & 1);
}

#endif
