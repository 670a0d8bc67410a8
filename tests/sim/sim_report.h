// SPDX-License-Identifier: Apache-2.0
// What happened in a case, kept for the moment that something is wrong. A failure prints it with the seed and ends the program.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

void sim_report_begin(uint64_t seed, bool verbose, const char *directory); // removed when a case fails
void sim_report_note(const char *fmt, ...) PRINTF_LIKE(1, 2);
_Noreturn void sim_report_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);
void sim_report_remove_tree(const char *path);
