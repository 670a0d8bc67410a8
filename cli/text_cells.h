// SPDX-License-Identifier: Apache-2.0
// Text from outside on a terminal, in a table, and in CSV: by the columns that it takes, and so that it steers neither the terminal nor a spreadsheet.
#pragma once
#include "base/bytes.h"

// Columns of a terminal: wide characters (CJK, most emoji) take two, combining ones none.
size_t text_cells_width(struct view text);

// Appends the text, cut to `most` columns with an ellipsis; returns its columns. Control characters, changes of direction and what is not UTF-8 become '?'.
size_t text_cells_add(struct buf *out, struct view text, size_t most);

// A field of CSV (RFC 4180), in quotes where it needs them. What a spreadsheet would take for a formula (= + - @, tab, carriage return first) gets an
// apostrophe in front; a number is left as it is.
void text_cells_csv(struct buf *out, struct view text);
