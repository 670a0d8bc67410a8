// SPDX-License-Identifier: Apache-2.0
// A table of texts, laid out for a terminal or written as CSV.
#pragma once
#include "base/bytes.h"

struct cell_table;

enum { CELL_TABLE_WIDEST = 40 }; // columns of a terminal; what is longer is cut

struct cell_column {
	const char *title;
	bool right;
};

// `columns` must outlive it.
struct cell_table *cell_table_new(const struct cell_column *columns, size_t count);
void cell_table_free(struct cell_table **table);

// Cell after cell, row after row; copied.
void cell_table_add(struct cell_table *table, struct view text);

void cell_table_print(const struct cell_table *table, struct buf *out);
void cell_table_csv(const struct cell_table *table, struct buf *out); // lines end with CR LF
