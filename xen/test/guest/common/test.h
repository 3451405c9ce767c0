/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a test includes. */
#ifndef TEST_H
#define TEST_H

#include "grants.h"
#include "hypercall.h"
#include "lib.h"
#include "memory.h"
#include "report.h"
#include "smp.h"
#include "timing.h"
#include "trap.h"

#endif
