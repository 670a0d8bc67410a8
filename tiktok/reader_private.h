// SPDX-License-Identifier: Apache-2.0
// What a reader is given by who knows the requests and rows of one kind: tiktok/account.c, structure.c, report.c.
#pragma once
#include "tiktok/reader.h"

struct json_t;

// Of whatever the kind counts in: days, ids, or one.
struct reader_window {
	int64_t from, until;
};

// What a row is made in: views go into the arena; `before` is the row before it, or NULL, with whose texts it may share.
struct reader_item {
	const struct json_t *json;
	struct reader_window window;
	struct arena *arena;
	const void *before;
};

struct reader_kind {
	size_t row_size;
	bool paged; // else one answer without page_info is the window
	void (*ask)(void *self, struct reader_window window, struct call *out);
	// False: it is no row of this kind, so the answer is not understood; `why` says what is missing.
	bool (*take)(void *self, const struct reader_item *item, void *row, const char **why);
	int (*compare)(const void *a, const void *b); // by identity, in the order that is promised
	bool (*may_repeat)(const void *row);          // NULL: no row may
	void (*free)(void *self);
};

// `whole` is read in windows of at most `span`. Takes `self`.
struct reader *reader_new(const struct reader_kind *kind, void *self, struct reader_window whole, int64_t span,
	const struct reader_limits *limits);
