// SPDX-License-Identifier: Apache-2.0
// What TikTok knows a duplicate by. Never a time of sending, never a counter: an event that is sent again carries the id that it had.
#include "base/when.h"
#include "tiktok/event_plan.h"

enum { DATE_TEXT = 10, DEFAULT_HEX = 32 };

// A length in front of each part, so that no two lists of parts give the same bytes.
static size_t put_part(char *to, size_t at, struct view part)
{
	uint32_t n = view_is_set(part) ? (uint32_t)part.n : UINT32_MAX;

	memcpy(to + at, &n, sizeof n);
	if (part.n > 0)
		memcpy(to + at + sizeof n, part.p, part.n);
	return at + sizeof n + part.n;
}

static struct view hash_of(struct view text, size_t hex, struct digest *digest, struct arena *arena)
{
	char *out = arena_take(arena, DIGEST_HEX + 1);

	digest_sha256(digest, text, out);
	return view_of(out, hex);
}

static struct view default_id(const struct attributed_conversion *c, struct view click, struct digest *digest, struct arena *arena)
{
	const struct view parts[] = {c->tenant, c->goal, c->conversion_id, click};
	enum { PARTS = sizeof parts / sizeof *parts };
	size_t size = PARTS * sizeof(uint32_t), n = 0;

	for (size_t i = 0; i < PARTS; i++)
		size += parts[i].n;
	char *text = arena_take(arena, size);
	for (size_t i = 0; i < PARTS; i++)
		n = put_part(text, n, parts[i]);
	return hash_of(view_of(text, n), DEFAULT_HEX, digest, arena);
}

static size_t append(char *to, size_t at, struct view text)
{
	if (text.n > 0)
		memcpy(to + at, text.p, text.n);
	return at + text.n;
}

static struct view short_enough(struct view id, struct digest *digest, struct arena *arena)
{
	return id.n > EVENT_ID_LONGEST ? hash_of(id, DIGEST_HEX, digest, arena) : id;
}

// ttclid_date_order: the order keeps apart two purchases after one click on one day.
static struct view ttclid_date_id(const struct attributed_conversion *c, struct view click, struct digest *digest, struct arena *arena)
{
	struct view order = c->order_id.n > 0 ? c->order_id : c->conversion_id;
	char iso[WHEN_ISO_SIZE];
	char *id = arena_take(arena, click.n + DATE_TEXT + order.n + 2);
	size_t n = append(id, 0, click);

	when_print_iso(c->conversion_time, iso);
	id[n++] = '_';
	n = append(id, n, view_of(iso, DATE_TEXT));
	id[n++] = '_';
	n = append(id, n, order);
	return short_enough(view_of(id, n), digest, arena);
}

struct view event_id_of(const struct event_plan *plan, const struct attributed_conversion *c, const struct credit *credit,
	struct digest *digest, struct arena *arena)
{
	struct view click = credit ? credit->click_id : VIEW_ABSENT;

	switch (plan->destination.event_id) {
	case EVENT_ID_TTCLID_DATE:
		return ttclid_date_id(c, click, digest, arena);
	case EVENT_ID_CONVERSION_ID:
		return short_enough(c->conversion_id, digest, arena);
	default:
		return default_id(c, click, digest, arena);
	}
}
