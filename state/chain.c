// SPDX-License-Identifier: Apache-2.0
#include "state/chain.h"

#include "base/own.h"
#include "base/prefetch.h"

enum { PREFETCHED = 24 * PREFETCH_LINE, PREFETCHED_CLICK = 3 * PREFETCH_LINE };

struct click {
	int64_t time;
	uint32_t next;
	uint32_t id_size;
	uint32_t attrs_size : 30;
	uint32_t verdict : 2; // while its chain is tidied
	char bytes[];
};

enum verdict { VERDICT_GONE, VERDICT_FLOODED, VERDICT_STAYS };

struct conversion {
	int64_t time;
	uint32_t next;
	uint32_t key_size;
	uint32_t value_size;
	char bytes[];
};

static struct click *click_at(const struct region *r, uint32_t ref)
{
	return region_at(r, ref);
}

static struct conversion *conversion_at(const struct region *r, uint32_t ref)
{
	return region_at(r, ref);
}

static void copy(char *to, struct view from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
}

uint32_t chain_add_click(struct region *r, uint32_t head, const struct state_click *click)
{
	uint32_t ref = region_take(r, offsetof(struct click, bytes) + click->id.n + click->attrs.n);
	struct click *entry = click_at(r, ref);

	entry->time = click->time;
	entry->next = head;
	entry->id_size = (uint32_t)click->id.n;
	entry->attrs_size = (uint32_t)click->attrs.n & 0x3fffffff;
	copy(entry->bytes, click->id);
	copy(entry->bytes + click->id.n, click->attrs);
	return ref;
}

uint32_t chain_add_conversion(struct region *r, uint32_t head, const struct state_conversion *conversion)
{
	uint32_t ref = region_take(r, offsetof(struct conversion, bytes) + conversion->key.n + conversion->value.n);
	struct conversion *entry = conversion_at(r, ref);

	entry->time = conversion->time;
	entry->next = head;
	entry->key_size = (uint32_t)conversion->key.n;
	entry->value_size = (uint32_t)conversion->value.n;
	copy(entry->bytes, conversion->key);
	copy(entry->bytes + conversion->key.n, conversion->value);
	return ref;
}

static size_t click_size(const struct click *click)
{
	return offsetof(struct click, bytes) + click->id_size + click->attrs_size;
}

static struct state_click click_view(const struct click *c)
{
	return (struct state_click){c->time, {c->bytes, c->id_size}, {c->bytes + c->id_size, c->attrs_size}};
}

static struct state_conversion conversion_view(const struct conversion *c)
{
	return (struct state_conversion){{c->bytes, c->key_size}, c->time, {c->bytes + c->key_size, c->value_size}};
}

void chain_clicks(const struct region *r, uint32_t head, size_t n, struct state_click *clicks)
{
	for (uint32_t ref = head; ref; ref = click_at(r, ref)->next) {
		CHECK(n > 0);
		clicks[--n] = click_view(click_at(r, ref));
	}
	CHECK(n == 0);
}

void chain_prefetch(const struct region *r, uint32_t ref)
{
	prefetch_bytes(region_at(r, ref), PREFETCHED);
}

void chain_prefetch_click(const struct region *r, uint32_t ref)
{
	prefetch_bytes(region_at(r, ref), PREFETCHED_CLICK);
}

size_t chain_count_conversions(const struct region *r, uint32_t head)
{
	size_t n = 0;

	for (uint32_t ref = head; ref; ref = conversion_at(r, ref)->next)
		n++;
	return n;
}

void chain_conversions(const struct region *r, uint32_t head, size_t n, struct state_conversion *conversions)
{
	for (uint32_t ref = head; ref; ref = conversion_at(r, ref)->next)
		conversions[--n] = conversion_view(conversion_at(r, ref));
	CHECK(n == 0);
}

bool chain_newest(const struct region *r, uint32_t head, struct view key, struct view *value)
{
	for (uint32_t ref = head; ref; ref = conversion_at(r, ref)->next) {
		struct state_conversion c = conversion_view(conversion_at(r, ref));

		if (!view_eq(c.key, key))
			continue;
		*value = c.value;
		return true;
	}
	return false;
}

void chain_unlink_older(struct region *r, uint32_t *head, uint32_t boundary, struct view key)
{
	uint32_t *link = head;
	bool committed = false, kept = false;

	while (*link) {
		uint32_t ref = *link;
		struct conversion *c = conversion_at(r, ref);

		committed = committed || ref == boundary;
		bool equal = view_eq(conversion_view(c).key, key);
		if (!equal || (committed && !kept)) {
			kept = kept || equal;
			link = &c->next;
			continue;
		}
		*link = c->next;
		region_give_back(r, ref, offsetof(struct conversion, bytes) + c->key_size + c->value_size);
	}
}

static void unlink_behind(struct region *r, struct conversion *newer)
{
	struct view key = conversion_view(newer).key;

	for (uint32_t *link = &newer->next; *link;) {
		uint32_t ref = *link;
		struct conversion *c = conversion_at(r, ref);

		if (!view_eq(conversion_view(c).key, key)) {
			link = &c->next;
			continue;
		}
		*link = c->next;
		region_give_back(r, ref, offsetof(struct conversion, bytes) + c->key_size + c->value_size);
	}
}

void chain_unlink_replaced(struct region *r, uint32_t head, uint32_t boundary)
{
	size_t fresh = 0;

	for (uint32_t ref = head; ref != boundary; ref = conversion_at(r, ref)->next)
		fresh++;
	for (uint32_t ref = head; fresh > 0; fresh--, ref = conversion_at(r, ref)->next)
		unlink_behind(r, conversion_at(r, ref));
}

// Where the entry of a view begins.
static struct click *click_of(const struct state_click *view)
{
	return (struct click *)(view->id.p - offsetof(struct click, bytes));
}

static void judge(const struct state_click *clicks, size_t n, enum verdict verdict)
{
	for (size_t i = 0; i < n; i++)
		click_of(&clicks[i])->verdict = verdict;
}

// Writes into each entry whether it stays. Of equal ones the first put stays: sorting is stable.
static void judge_all(const struct region *r, uint32_t head, size_t n, const struct trim_rules *rules)
{
	OWN(arena_clear) struct arena arena = {0};
	struct state_click *clicks = arena_take(&arena, n * sizeof *clicks), *spare = arena_take(&arena, n * sizeof *spare);

	chain_clicks(r, head, n, clicks);
	judge(clicks, n, VERDICT_GONE);
	trim_sort(clicks, n, spare);
	n = trim_clicks(clicks, n, 0, rules->expire_before, NULL);
	judge(clicks, n, VERDICT_FLOODED);
	n = trim_clicks(clicks, n, rules->flood_keep, INT64_MIN, NULL);
	judge(clicks, n, VERDICT_STAYS);
}

struct chain_tidied chain_tidy(struct region *r, uint32_t *head, uint32_t boundary, size_t n, const struct trim_rules *rules)
{
	struct chain_tidied tidied = {.left = (uint32_t)n};
	uint32_t *link = head;

	judge_all(r, *head, n, rules);
	while (*link != boundary) {
		uint32_t ref = *link;
		struct click *click = click_at(r, ref);

		if (click->verdict == VERDICT_STAYS) {
			link = &click->next;
			continue;
		}
		tidied.flooded += click->verdict == VERDICT_FLOODED;
		tidied.left--;
		*link = click->next;
		region_give_back(r, ref, click_size(click));
	}
	for (uint32_t ref = boundary; ref; ref = click_at(r, ref)->next)
		tidied.committed_may_go = tidied.committed_may_go || click_at(r, ref)->verdict != VERDICT_STAYS;
	return tidied;
}
