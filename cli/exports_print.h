// SPDX-License-Identifier: Apache-2.0
// The sums of export results as a table for people, or as JSON.
#pragma once
#include "cli/exports_sum.h"

// Nothing for no rows.
void exports_print_table(const struct exports_row *rows, size_t count, bool colour, struct buf *out);
// An array with an object per row; money in micros.
void exports_print_json(const struct exports_row *rows, size_t count, struct buf *out);
