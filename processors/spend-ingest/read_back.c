// SPDX-License-Identifier: Apache-2.0
// Our own rows and entities, read by who does not know them yet.
#include "base/when.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "processors/spend-ingest/snapshot.h"
#include "schemas/contract.h"

// "tenant|advertiser|level|entity|day", of an entity without the day.
struct key_parts {
	struct view account, entity;
	int8_t level;
	int32_t day; // SYNC_NO_DAY
};

static int level_named(struct view name)
{
	static const char *const names[] = {"advertiser", "campaign", "adgroup", "ad"};

	for (int i = 0; i < 4; i++)
		if (view_eq(name, view_text(names[i])))
			return i;
	return -1;
}

static int bad_key(struct err *err)
{
	return err_set(err, ERR_POISON, "key_mismatch", "the key is not one of ours; nobody but spend-ingest may write to this topic");
}

static int read_key(struct view key, struct key_parts *out, struct err *err)
{
	struct view parts[5] = {0};
	size_t n = 0;

	for (const char *p = key.p, *end = key.p + key.n; p && n < 5; n++) {
		const char *bar = memchr(p, '|', (size_t)(end - p));

		parts[n] = view_of(p, (size_t)((bar ? bar : end) - p));
		p = bar ? bar + 1 : NULL;
	}
	int level = n < 4 ? -1 : level_named(parts[2]);
	*out = (struct key_parts){.entity = parts[3], .level = (int8_t)level, .day = SYNC_NO_DAY};
	if (level < 0 || (n == 5 && when_parse_day(parts[4], &out->day) != 0))
		return bad_key(err);
	out->account = view_of(key.p, parts[0].n + 1 + parts[1].n);
	return 0;
}

struct read_back {
	struct key_parts key;
	uint64_t digest;  // of a row
	struct view body; // of an entity
};

static int row_of(struct ingest_shard *s, const struct record *record, struct arena *arena, struct read_back *out, struct err *err)
{
	struct report_snapshot row;

	out->digest = SNAPSHOT_GONE;
	if (!record->value.p)
		return 0;
	if (wire_read(s->snapshots, record->value, arena, &row, err) != 0)
		return -1;
	out->digest = snapshot_digest(&row, &s->spare);
	return 0;
}

static int entity_of(struct ingest_shard *s, const struct record *record, struct arena *arena, struct read_back *out, struct err *err)
{
	struct ad_entity entity;

	out->body = VIEW_ABSENT;
	if (!record->value.p)
		return 0;
	if (wire_read(s->entities, record->value, arena, &entity, err) != 0)
		return -1;
	entity.fetched_at = 0;
	buf_reset(&s->spare);
	contract_encode(contract_ad_entity, &entity, &s->spare);
	out->body = arena_dup(arena, buf_view(&s->spare));
	return 0;
}

void *read_back_prepare(struct ingest_shard *s, const struct record *record, struct arena *arena, struct err *err)
{
	struct read_back *back = arena_zero(arena, sizeof *back);

	if (read_key(record->key, &back->key, err) != 0)
		return NULL;
	if ((record->input == INGEST_SNAPSHOTS) != (back->key.day != SYNC_NO_DAY)) {
		bad_key(err);
		return NULL;
	}
	if (record->input == INGEST_SNAPSHOTS)
		return row_of(s, record, arena, back, err) == 0 ? back : NULL;
	return entity_of(s, record, arena, back, err) == 0 ? back : NULL;
}

static void keep_row(struct ingest_shard *s, const struct key_parts *k, uint64_t digest)
{
	known_day(&s->known, k->account, k->level, k->day);
	known_put_row(&s->known, k->entity, digest);
}

void read_back_keep(struct ingest_shard *s, const struct record *record, const void *prepared)
{
	const struct read_back *back = prepared;
	const struct key_parts *k = &back->key;

	if (record->input == INGEST_SNAPSHOTS)
		keep_row(s, k, back->digest);
	else
		known_put_entity(&s->known, k->account, k->level, k->entity, back->body);
}
