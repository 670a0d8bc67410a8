// SPDX-License-Identifier: Apache-2.0
#include "tiktok/event_template.h"

#include "tiktok/event_json.h"

enum { PARTS_MOST = 32 };

enum part_kind { PART_TEXT, PART_RECORD, PART_CREDIT, PART_ITEM, PART_VALUE };

// A field of a credit or an item.
struct member {
	const char *name;
	size_t offset;
	enum { MEMBER_VIEW, MEMBER_INT64, MEMBER_INT32 } type;
};

struct event_template_part {
	enum part_kind kind;
	struct view text;
	struct contract_path path;
	const struct member *member;
};

#define MEMBER(s, field, kind) \
	{ \
#field, offsetof(struct s, field), MEMBER_##kind \
	}
static const struct member credit_members[] = {MEMBER(credit, click_id, VIEW), MEMBER(credit, ttclid, VIEW),
	MEMBER(credit, click_time, INT64), MEMBER(credit, channel, VIEW), MEMBER(credit, advertiser_id, VIEW),
	MEMBER(credit, campaign_id, VIEW), MEMBER(credit, adgroup_id, VIEW), MEMBER(credit, ad_id, VIEW), MEMBER(credit, share_nanos, INT64),
	MEMBER(credit, value_micros, INT64), {NULL, 0, MEMBER_VIEW}};
static const struct member item_members[] = {MEMBER(item, id, VIEW), MEMBER(item, name, VIEW), MEMBER(item, price, VIEW),
	MEMBER(item, quantity, INT32), MEMBER(item, content_type, VIEW), MEMBER(item, category, VIEW), MEMBER(item, brand, VIEW),
	{NULL, 0, MEMBER_VIEW}};
#undef MEMBER

static const struct member *member_named(const struct member *members, struct view name)
{
	for (; members->name; members++)
		if (view_eq(view_text(members->name), name))
			return members;
	return NULL;
}

static bool starts_with(struct view text, const char *prefix, struct view *rest)
{
	size_t n = strlen(prefix);

	if (text.n < n || memcmp(text.p, prefix, n) != 0)
		return false;
	*rest = view_of(text.p + n, text.n - n);
	return true;
}

static int no_path(struct view path, const char *why, struct err *err)
{
	return err_set(err, ERR_FATAL, "event_field", "{%.*s}: %s", VIEW_ARG(path), why);
}

static int compile_path(const struct event_template_scope *scope, struct view path, struct event_template_part *part, struct err *err)
{
	struct view rest;

	if (scope->value && view_eq(path, VIEW_LIT("value"))) {
		part->kind = PART_VALUE;
		return 0;
	}
	if (scope->credit && starts_with(path, "credit.", &rest)) {
		part->kind = PART_CREDIT;
		part->member = member_named(credit_members, rest);
		return part->member ? 0 : no_path(path, "a credit has no such field", err);
	}
	if (starts_with(path, "item.", &rest)) {
		part->kind = PART_ITEM;
		part->member = member_named(item_members, rest);
		if (!scope->item)
			return no_path(path, "fields of an item stand in properties.contents only", err);
		return part->member ? 0 : no_path(path, "an item has no such field", err);
	}
	part->kind = PART_RECORD;
	if (contract_path_resolve(scope->contract, path, &part->path, err) == 0)
		return 0;
	err->class = ERR_FATAL;
	memcpy(err->code, "event_field", sizeof "event_field");
	return -1;
}

// Text up to the next lone brace, `{{` and `}}` made one. Gives how much of `text` it took.
static size_t take_text(struct view text, struct arena *arena, struct view *out)
{
	char *plain = arena_take(arena, text.n + 1);
	size_t n = 0, i = 0;

	while (i < text.n) {
		char c = text.p[i];
		bool brace = c == '{' || c == '}', twice = brace && i + 1 < text.n && text.p[i + 1] == c;

		if (brace && !twice)
			break;
		plain[n++] = c;
		i += twice ? 2 : 1;
	}
	*out = view_of(plain, n);
	return i;
}

static int take_path(const struct event_template_scope *scope, struct view text, struct event_template_part *part, size_t *taken,
	struct err *err)
{
	const char *close = text.p[0] == '{' ? memchr(text.p, '}', text.n) : NULL;

	if (!close)
		return err_set(err, ERR_FATAL, "event_field", "a brace without its partner: %.*s (a brace itself is written twice)",
			VIEW_ARG(text));
	struct view path = view_of(text.p + 1, (size_t)(close - text.p) - 1);
	*taken = path.n + 2;
	if (path.n == 0)
		return err_set(err, ERR_FATAL, "event_field", "{}: a path is missing between the braces");
	return compile_path(scope, path, part, err);
}

int event_template_compile(const struct event_template_scope *scope, struct view text, struct arena *arena, struct event_template *out,
	struct err *err)
{
	struct event_template_part parts[PARTS_MOST];
	struct view rest = arena_dup(arena, text);
	size_t n = 0, taken = 0;

	if (text.n == 0)
		return err_set(err, ERR_FATAL, "event_field", "nothing stands in the field; leave it out instead");
	for (; rest.n > 0; rest = view_of(rest.p + taken, rest.n - taken), n++) {
		if (n == PARTS_MOST)
			return err_set(err, ERR_FATAL, "event_field", "more than %d parts", PARTS_MOST);
		parts[n] = (struct event_template_part){.kind = PART_TEXT};
		taken = take_text(rest, arena, &parts[n].text);
		if (taken == 0 && take_path(scope, rest, &parts[n], &taken, err))
			return -1;
	}
	out->parts = arena_take(arena, n * sizeof *parts);
	memcpy(out->parts, parts, n * sizeof *parts);
	out->n = n;
	return 0;
}

static struct view read_integer(int64_t value, struct arena *arena)
{
	return event_json_integer(value, arena_take(arena, EVENT_JSON_NUMBER));
}

static struct view read_member(const struct member *m, const void *of, struct arena *arena)
{
	if (!of)
		return VIEW_ABSENT;

	const char *at = (const char *)of + m->offset;
	if (m->type == MEMBER_VIEW)
		return *(const struct view *)at;
	return read_integer(m->type == MEMBER_INT64 ? *(const int64_t *)at : *(const int32_t *)at, arena);
}

static struct view read_part(const struct event_template_part *part, const struct event_template_from *from)
{
	switch (part->kind) {
	case PART_TEXT:
		return part->text;
	case PART_CREDIT:
		return read_member(part->member, from->credit, from->arena);
	case PART_ITEM:
		return read_member(part->member, from->item, from->arena);
	case PART_VALUE:
		return from->value;
	default:
		return contract_path_read(&part->path, from->record, from->arena);
	}
}

struct view event_template_read(const struct event_template *t, const struct event_template_from *from)
{
	struct view pieces[PARTS_MOST];
	size_t size = 0, n = 0;

	for (size_t i = 0; i < t->n; i++) {
		pieces[i] = read_part(&t->parts[i], from);
		if (pieces[i].n == 0)
			return VIEW_ABSENT;
		size += pieces[i].n;
	}
	if (t->n == 1)
		return pieces[0];
	char *joined = arena_take(from->arena, size);
	for (size_t i = 0; i < t->n; i++) {
		memcpy(joined + n, pieces[i].p, pieces[i].n);
		n += pieces[i].n;
	}
	return view_of(joined, n);
}

bool event_template_is_constant(const struct event_template *t, struct view *text)
{
	*text = t->parts[0].text;
	return t->n == 1 && t->parts[0].kind == PART_TEXT;
}

bool event_template_reads_event(const struct event_template *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->parts[i].kind == PART_CREDIT || t->parts[i].kind == PART_VALUE)
			return true;
	return false;
}
