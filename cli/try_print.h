// SPDX-License-Identifier: Apache-2.0
// What a trial commits, as JSON lines.
#pragma once
#include <stdio.h>

#include "runtime/record.h"

struct try_print;

// Files may be NULL: not printed. `topics`: names by topic index of the role.
struct try_print *try_print_new(FILE *outputs, FILE *deltas, FILE *dead_letters, const char *const *topics);
void try_print_free(struct try_print **print);

// For bus_memory: context is the try_print.
void try_print_emission(void *context, const struct emission *emission);
void try_print_counts(const struct try_print *print, uint64_t *outputs, uint64_t *deltas, uint64_t *dead_letters);
// Did everything decode and reach its file? FATAL try_output.
int try_print_check(const struct try_print *print, struct err *err) MUST_USE;
