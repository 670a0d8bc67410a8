// SPDX-License-Identifier: Apache-2.0
// Test support: any value of a laid-out shape as text, so that a table of cases can say what it expects.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/own.h"
#include "schemas/inside.h"

static void show(const struct slot *slot, const char *base, struct buf *out);

static inline void show_list(const struct slot *slot, const struct shape_list *list, struct buf *out)
{
	if (!list->p)
		return buf_add_text(out, "absent");
	buf_add_byte(out, slot->kind == SLOT_MAP ? '{' : '[');
	for (size_t i = 0; i < list->n; i++) {
		const char *element = (const char *)list->p + i * slot->stride;

		buf_add_text(out, i ? "," : "");
		if (slot->kind == SLOT_MAP)
			buf_addf(out, "%.*s:", VIEW_ARG(*(const struct view *)element));
		show(slot->parts, element, out);
	}
	buf_add_byte(out, slot->kind == SLOT_MAP ? '}' : ']');
}

static inline void show_record(const struct slot *slot, const char *base, struct buf *out)
{
	buf_add_byte(out, '(');
	for (size_t i = 0; i < slot->parts_n; i++) {
		buf_addf(out, "%s%s=", i ? " " : "", slot->parts[i].name);
		show(&slot->parts[i], base, out);
	}
	buf_add_byte(out, ')');
}

static inline void show_view(struct view v, struct buf *out)
{
	if (v.p)
		buf_addf(out, "'%.*s'", VIEW_ARG(v));
	else
		buf_add_text(out, "absent");
}

static void show(const struct slot *slot, const char *base, struct buf *out)
{
	const char *at = base + slot->offset;

	switch (slot->kind) {
	case SLOT_NULL:
		return buf_add_text(out, "null");
	case SLOT_FLAG:
	case SLOT_ENUM:
		return buf_addf(out, "%d", *(const int8_t *)at);
	case SLOT_INT:
		return buf_addf(out, "%d", *(const int32_t *)at);
	case SLOT_LONG:
		return buf_addf(out, "%lldL", (long long)*(const int64_t *)at);
	case SLOT_FLOAT:
		return buf_addf(out, "%gf", (double)*(const float *)at);
	case SLOT_DOUBLE:
		return buf_addf(out, "%g", *(const double *)at);
	case SLOT_BYTES:
	case SLOT_TEXT:
		return show_view(*(const struct view *)at, out);
	case SLOT_RECORD:
		return show_record(slot, base, out);
	case SLOT_ARRAY:
	case SLOT_MAP:
		return show_list(slot, (const struct shape_list *)at, out);
	case SLOT_UNION:
		buf_addf(out, "<%lld>", (long long)*(const int64_t *)at);
		return show(&slot->parts[*(const int64_t *)at], base, out);
	}
}

// Reads `bytes` of `writer` into a shape laid out for `reader`, shown in `out`. 0, or -1 with `err`.
static inline int show_read(const char *reader, const char *writer, struct view bytes, struct buf *out, struct err *err)
{
	OWN(shape_clear) struct shape shape = {0};
	OWN(plan_free) struct plan *plan = NULL;
	OWN(arena_clear) struct arena arena = {0};

	if (shape_lay_out(&shape, view_text(reader), err) || plan_new_for(&shape, view_text(writer), &plan, err))
		return -1;
	char *record = arena_zero(&arena, shape.root.size + 8);
	if (plan_decode(plan, bytes, &arena, record, err))
		return -1;
	buf_reset(out);
	show(&shape.root, record, out);
	return 0;
}

struct show_case {
	const char *reader, *writer; // NULL: as the reader
	const char *bytes;
	size_t n;
	const char *want; // NULL: it is refused, and the words hold `words`
	const char *words;
};
#define BYTES(s) .bytes = (s), .n = sizeof(s) - 1

static inline void show_check(const struct show_case *c)
{
	OWN(buf_clear) struct buf out = {0};
	const char *writer = c->writer ? c->writer : c->reader;
	struct err err = {0};
	int failed = show_read(c->reader, writer, view_of(c->bytes, c->n), &out, &err);

	if (!c->want && !failed)
		fail_msg("%s read as %s: accepted as %.*s", writer, c->reader, VIEW_ARG(buf_view(&out)));
	if (!c->want && (err.class != ERR_POISON || !strstr(err.words, c->words)))
		fail_msg("%s read as %s: \"%s\" does not say \"%s\"", writer, c->reader, err.words, c->words);
	if (c->want && failed)
		fail_msg("%s read as %s: %s", writer, c->reader, err.words);
	if (c->want && !view_eq(buf_view(&out), view_text(c->want)))
		fail_msg("%s read as %s: %.*s, not %s", writer, c->reader, VIEW_ARG(buf_view(&out)), c->want);
}
