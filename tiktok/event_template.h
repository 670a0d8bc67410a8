// SPDX-License-Identifier: Apache-2.0
// What the config says stands in a field: text with paths in braces, "{event} of {context.shop_id}". `{{` and `}}` are braces. A path that holds nothing
// makes the whole template nothing. Compiled once, read for each event.
#pragma once
#include "schemas/contract.h"

// What paths may name beside the record's own fields.
struct event_template_scope {
	const struct contract *contract;
	bool credit; // {credit.ad_id}: of the event's click
	bool value;  // {value}: the event's money as decimal text
	bool item;   // {item.id}: of the item that is being written
};

struct event_template_part;
struct event_template {
	struct event_template_part *parts;
	size_t n;
};

struct event_template_from {
	const void *record;
	const struct credit *credit; // may be NULL, as `item`
	const struct item *item;
	struct view value;
	struct arena *arena;
};

// Copies into `arena`. FATAL event_field: says what is wrong with which path.
int event_template_compile(const struct event_template_scope *scope, struct view text, struct arena *arena, struct event_template *out,
	struct err *err) MUST_USE;
// Absent or empty if it gives nothing.
struct view event_template_read(const struct event_template *t, const struct event_template_from *from);
// True if no path stands in it; then `text` is all of it.
bool event_template_is_constant(const struct event_template *t, struct view *text);
// True if what it gives may differ between events of one record: it reads their credit or value.
bool event_template_reads_event(const struct event_template *t);
