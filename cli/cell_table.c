// SPDX-License-Identifier: Apache-2.0
#include "cli/cell_table.h"

#include <stdlib.h>

#include "base/arena.h"
#include "cli/text_cells.h"

struct cell_table {
	const struct cell_column *columns;
	size_t column_count;
	struct view *cells;
	size_t count, room;
	struct arena texts;
};

struct cell_table *cell_table_new(const struct cell_column *columns, size_t count)
{
	struct cell_table *t = calloc(1, sizeof *t);

	if (!t)
		err_out_of_memory();
	t->columns = columns;
	t->column_count = count;
	return t;
}

void cell_table_free(struct cell_table **table)
{
	if (!*table)
		return;
	free((*table)->cells);
	arena_clear(&(*table)->texts);
	free(*table);
	*table = NULL;
}

void cell_table_add(struct cell_table *t, struct view text)
{
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 256;
		t->cells = realloc(t->cells, t->room * sizeof *t->cells);
		if (!t->cells)
			err_out_of_memory();
	}
	t->cells[t->count++] = arena_dup(&t->texts, text);
}

static size_t width_of(const struct cell_table *t, size_t column)
{
	size_t widest = text_cells_width(view_text(t->columns[column].title));

	for (size_t i = column; i < t->count; i += t->column_count) {
		size_t width = text_cells_width(t->cells[i]);

		if (width > CELL_TABLE_WIDEST)
			width = CELL_TABLE_WIDEST;
		if (width > widest)
			widest = width;
	}
	return widest;
}

static void pad(struct buf *out, size_t columns)
{
	while (columns-- > 0)
		buf_add_byte(out, ' ');
}

static void print_cell(const struct cell_table *t, size_t column, size_t width, struct view text, struct buf *out)
{
	size_t columns = text_cells_width(text);

	if (columns > CELL_TABLE_WIDEST)
		columns = CELL_TABLE_WIDEST;
	if (t->columns[column].right)
		pad(out, width - columns);
	columns = text_cells_add(out, text, CELL_TABLE_WIDEST);
	if (column + 1 == t->column_count)
		return;
	if (!t->columns[column].right)
		pad(out, width - columns);
	pad(out, 2);
}

// Without spaces at its end.
static void end_line(struct buf *out)
{
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		out->n--;
	buf_add_byte(out, '\n');
}

void cell_table_print(const struct cell_table *t, struct buf *out)
{
	size_t *widths = calloc(t->column_count, sizeof *widths);

	if (!widths)
		err_out_of_memory();
	for (size_t c = 0; c < t->column_count; c++) {
		widths[c] = width_of(t, c);
		print_cell(t, c, widths[c], view_text(t->columns[c].title), out);
	}
	end_line(out);
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->column_count;

		print_cell(t, column, widths[column], t->cells[i], out);
		if (column + 1 == t->column_count)
			end_line(out);
	}
	free(widths);
}

void cell_table_csv(const struct cell_table *t, struct buf *out)
{
	CHECK(t->column_count > 0);
	for (size_t c = 0; c < t->column_count; c++) {
		text_cells_csv(out, view_text(t->columns[c].title));
		buf_add_text(out, c + 1 < t->column_count ? "," : "\r\n");
	}
	for (size_t i = 0; i < t->count; i++) {
		text_cells_csv(out, t->cells[i]);
		buf_add_text(out, (i + 1) % t->column_count ? "," : "\r\n");
	}
}
