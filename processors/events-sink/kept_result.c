// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/kept_result.h"

// kept = a bit for each field that is as before (4 bytes, the lowest first), the other fields in their order
// text = 0: absent; else its length + 1 and its bytes; number = zigzag varint
enum kind { TEXT, SMALL, NUMBER, COUNT };

static const struct field {
	uint16_t offset;
	uint8_t kind;
} fields[] = {
#define FIELD(name, kind) \
	{ \
		offsetof(struct export_result, name), kind \
	}
	FIELD(tenant, TEXT),
	FIELD(event_id, TEXT),
	FIELD(user, TEXT),
	FIELD(goal, TEXT),
	FIELD(conversion_id, TEXT),
	FIELD(conversion_time, NUMBER),
	FIELD(verdict, SMALL),
	FIELD(reason, TEXT),
	FIELD(destination, TEXT),
	FIELD(event, TEXT),
	FIELD(event_source, TEXT),
	FIELD(event_source_id, TEXT),
	FIELD(test_event_code, TEXT),
	FIELD(advertiser_id, TEXT),
	FIELD(click_id, TEXT),
	FIELD(currency, TEXT),
	FIELD(value_micros, NUMBER),
	FIELD(value_now_micros, NUMBER),
	FIELD(intent_time, NUMBER),
	FIELD(maybe_since, NUMBER),
	FIELD(verdict_time, NUMBER),
	FIELD(attempts, COUNT),
	FIELD(code, NUMBER),
	FIELD(message, TEXT),
	FIELD(request_id, TEXT),
	FIELD(payload, TEXT),
#undef FIELD
};

enum { FIELDS = sizeof fields / sizeof fields[0], MASK_BYTES = 4 };
_Static_assert(FIELDS <= MASK_BYTES * 8, "a bit for each field");

// What stands before the first: what few results have is absent.
static const struct export_result nothing = {.value_now_micros = TIME_ABSENT,
	.maybe_since = TIME_ABSENT,
	.verdict_time = TIME_ABSENT,
	.code = TIME_ABSENT};

static const void *at(const struct export_result *r, const struct field *f)
{
	return (const char *)r + f->offset;
}

static int64_t number_at(const struct export_result *r, const struct field *f)
{
	const void *p = at(r, f);

	return f->kind == SMALL ? *(const int8_t *)p : f->kind == COUNT ? *(const int32_t *)p : *(const int64_t *)p;
}

// Most that is the same is also in the same place.
static bool is_same_text(const struct view *a, const struct view *b)
{
	return (a->p == b->p && a->n == b->n) || view_eq(*a, *b);
}

static bool is_same(const struct export_result *a, const struct export_result *b, const struct field *f)
{
	return f->kind == TEXT ? is_same_text(at(a, f), at(b, f)) : number_at(a, f) == number_at(b, f);
}

// ---- writing

static void add_text(struct buf *out, const struct view *text)
{
	buf_add_varint(out, view_is_set(*text) ? text->n + 1 : 0);
	buf_add_view(out, *text);
}

static void add_mask(struct buf *out, uint32_t mask)
{
	const uint8_t bytes[MASK_BYTES] = {(uint8_t)mask, (uint8_t)(mask >> 8), (uint8_t)(mask >> 16), (uint8_t)(mask >> 24)};

	buf_add(out, bytes, sizeof bytes);
}

void kept_result_add(const struct export_result *r, const struct export_result *before, struct buf *out)
{
	uint32_t same = 0;

	if (!before)
		before = &nothing;
	for (size_t i = 0; i < FIELDS; i++)
		same |= (uint32_t)is_same(r, before, &fields[i]) << i;
	add_mask(out, same);
	for (size_t i = 0; i < FIELDS; i++) {
		if (same >> i & 1)
			continue;
		if (fields[i].kind == TEXT)
			add_text(out, at(r, &fields[i]));
		else
			buf_add_varint(out, zigzag(number_at(r, &fields[i])));
	}
}

// ---- reading

static uint32_t read_mask(struct cursor *c)
{
	struct view bytes = cursor_bytes(c, MASK_BYTES);
	uint32_t mask = 0;

	for (size_t i = 0; i < bytes.n; i++)
		mask |= (uint32_t)(uint8_t)bytes.p[i] << 8 * i;
	c->bad |= (uint64_t)mask >> FIELDS != 0;
	return mask;
}

static struct view read_text(struct cursor *c)
{
	uint64_t n = cursor_varint(c);

	return n == 0 ? VIEW_ABSENT : cursor_bytes(c, (size_t)n - 1);
}

static void read_number(struct cursor *c, enum kind kind, void *to)
{
	int64_t number = unzigzag(cursor_varint(c));

	if (kind == NUMBER) {
		*(int64_t *)to = number;
	} else if (kind == COUNT) {
		*(int32_t *)to = (int32_t)number;
		c->bad |= number != (int32_t)number;
	} else {
		*(int8_t *)to = (int8_t)number;
		c->bad |= number != (int8_t)number;
	}
}

void kept_result_read(struct cursor *c, const struct export_result *before, struct export_result *out)
{
	uint32_t same = read_mask(c);

	*out = before ? *before : nothing;
	for (size_t i = 0; i < FIELDS && !c->bad; i++) {
		void *to = (char *)out + fields[i].offset;

		if (same >> i & 1)
			continue;
		if (fields[i].kind == TEXT)
			*(struct view *)to = read_text(c);
		else
			read_number(c, fields[i].kind, to);
	}
	c->bad |= out->verdict < EXPORT_INTENT || out->verdict > EXPORT_SENT_THEN_CHANGED;
}
