// SPDX-License-Identifier: Apache-2.0
#include "base/when.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "processors/spend-ingest/snapshot.h"

enum { PURGE_AT_ONCE = 20000 };

static int emit(struct ingest_shard *s, enum ingest_topic topic, struct view key, struct view value, struct err *err)
{
	const struct emission out = {.topic = (int)topic, .partition = s->partition, .key = key, .value = value};

	return s->emit->send(s->emit, &out, err);
}

// ---- status

int ingest_publish_status(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct sync_status status;
	struct arena_mark mark = arena_mark(&s->arena);

	sync_record_write(&a->record, a->tenant, a->advertiser, &s->arena, &status);
	buf_reset(&s->bytes);
	wire_write(&s->role->status_header, contract_sync_status, &status, &s->bytes);
	arena_return(&s->arena, mark);
	known_put_status(&s->known, ingest_name(a), buf_view(&s->bytes));
	a->has_status = true;
	return emit(s, INGEST_STATUS, ingest_name(a), buf_view(&s->bytes), err);
}

// ---- rows

// `day` absent: of an entity.
static struct view row_key(struct ingest_shard *s, const struct ingest_account *a, int8_t level, struct view entity, struct view day)
{
	static const struct view names[] = {VIEW_LIT("|advertiser|"), VIEW_LIT("|campaign|"), VIEW_LIT("|adgroup|"), VIEW_LIT("|ad|")};

	buf_reset(&s->key);
	buf_add_view(&s->key, ingest_name(a));
	buf_add_view(&s->key, names[level]);
	buf_add_view(&s->key, entity);
	if (!view_is_set(day))
		return buf_view(&s->key);
	buf_add_byte(&s->key, '|');
	buf_add_view(&s->key, day);
	return buf_view(&s->key);
}

// A window's rows on their way out.
struct window_out {
	struct ingest_shard *shard;
	struct ingest_account *account;
	const struct reading *reading;
	struct snapshot_of of;
	struct view day; // that is being merged, as text
};

static int put_row(struct window_out *w, const struct haul_row *row, const struct known_row *before, struct err *err)
{
	struct ingest_shard *s = w->shard;
	struct report_snapshot snapshot;

	snapshot_fill(&w->of, row, w->reading->fetched_at, w->day, &snapshot);
	uint64_t digest = snapshot_digest(&snapshot, &s->spare);
	if (before && before->digest == digest) {
		s->counts.same++;
		w->account->record.rows_same++;
		return 0;
	}
	if (!before && digest == SNAPSHOT_ZERO)
		return 0; // as if there were none
	if (before) {
		s->counts.restated++;
		w->account->record.rows_restated++;
	} else {
		s->counts.fresh++;
		w->account->record.rows_new++;
	}
	known_put_row(&s->known, row->entity, digest);
	buf_reset(&s->bytes);
	wire_write(&s->role->snapshot_header, contract_report_snapshot, &snapshot, &s->bytes);
	return emit(s, INGEST_SNAPSHOTS, row_key(s, w->account, row->level, row->entity, w->day), buf_view(&s->bytes), err);
}

static int framed(struct ingest_shard *s, struct view body, struct ad_entity *out, struct err *err)
{
	buf_reset(&s->bytes);
	buf_add(&s->bytes, s->role->entity_header.bytes, s->role->entity_header.n);
	buf_add_view(&s->bytes, body);
	if (wire_read(s->entities, arena_dup(&s->arena, buf_view(&s->bytes)), &s->arena, out, err) == 0)
		return 0;
	if (err->class == ERR_POISON)
		err->class = ERR_FATAL; // we wrote it
	return err_prefix(err, "an entity that was kept");
}

// It was reported and is no more: nothing happened on that day.
static int zero_row(struct window_out *w, int8_t level, int32_t day, const struct known_row *before, struct err *err)
{
	struct ingest_shard *s = w->shard;
	struct haul_row row = {.day = day, .level = level, .entity = before->entity};
	struct ad_entity entity;
	struct view body;

	if (before->digest == SNAPSHOT_ZERO)
		return 0;
	if (level == LEVEL_AD) {
		if (known_entity(&s->known, ingest_name(w->account), level, before->entity, &s->arena, &body, err) != 0)
			return -1;
		if (view_is_set(body)) {
			if (framed(s, body, &entity, err) != 0)
				return -1;
			row.campaign = entity.campaign_id;
			row.adgroup = entity.adgroup_id;
		}
	}
	return put_row(w, &row, before, err);
}

// What came and what is known of a day, both in the order of their entities.
struct merge {
	const struct haul_row *rows;
	const struct known_row *known;
	size_t rows_n, known_n;
};

static int merge_first(struct window_out *w, int8_t level, int32_t day, struct merge *m, struct err *err)
{
	int order = m->rows_n == 0 ? 1 : m->known_n == 0 ? -1 : view_cmp(m->rows->entity, m->known->entity);
	const struct known_row *known = order >= 0 ? m->known++ : NULL;

	m->known_n -= order >= 0;
	if (order > 0)
		return zero_row(w, level, day, known, err);
	m->rows_n--;
	return put_row(w, m->rows++, known, err);
}

static int merge_day(struct window_out *w, int8_t level, int32_t day, const struct haul_row *rows, size_t rows_n, struct err *err)
{
	struct ingest_shard *s = w->shard;
	struct known_row *known;
	struct merge m = {.rows = rows, .rows_n = rows_n};
	char text[WHEN_DAY_SIZE];

	arena_reset(&s->arena);
	w->day = view_text(when_print_day(day, text));
	known_day(&s->known, ingest_name(w->account), level, day);
	if (known_rows(&s->known, &s->arena, &known, &m.known_n, err) != 0)
		return -1;
	m.known = known;
	while (m.rows_n > 0 || m.known_n > 0)
		if (merge_first(w, level, day, &m, err) != 0)
			return -1;
	return 0;
}

static size_t rows_of_day(const struct haul *h, size_t from, int8_t level, int32_t day)
{
	size_t n = 0;

	while (from + n < h->rows_n && h->rows[from + n].level == level && h->rows[from + n].day == day)
		n++;
	return n;
}

int ingest_publish_rows(struct ingest_shard *s, struct ingest_account *a, const struct reading *r, struct err *err)
{
	static const int8_t levels[] = {LEVEL_ADVERTISER, LEVEL_AD};
	bool utc = s->role->config->spend_ingest.utc_days;
	struct window_out w = {
		.shard = s,
		.account = a,
		.reading = r,
		.of = {a->tenant, a->advertiser, utc ? VIEW_LIT("UTC") : view_text(a->record.time_zone), view_text(a->record.currency)},
	};
	size_t at = 0;

	haul_sort_rows(r->haul);
	for (size_t l = 0; l < sizeof levels; l++)
		for (int32_t day = r->window.from; day <= r->window.to; day++) {
			size_t n = rows_of_day(r->haul, at, levels[l], day);

			if (merge_day(&w, levels[l], day, r->haul->rows + at, n, err) != 0)
				return -1;
			at += n;
		}
	return 0;
}

// ---- entities

// A body ends with its last two fields, `deleted` and `fetched_at`, which are a byte each there.
enum { BODY_DELETED = 2, BODY_FETCHED_AT = 1 };

static void add_time(struct buf *out, int64_t ms)
{
	buf_add_varint(out, zigzag(ms));
}

// ceiling: which entity of whose, as it is and when it was read
static int put_entity(struct ingest_shard *s, struct ingest_account *a, int8_t level, struct view id, struct view body, int64_t fetched_at,
	struct err *err)
{
	known_put_entity(&s->known, ingest_name(a), level, id, body);
	buf_reset(&s->bytes);
	buf_add(&s->bytes, s->role->entity_header.bytes, s->role->entity_header.n);
	buf_add(&s->bytes, body.p, body.n - BODY_FETCHED_AT);
	add_time(&s->bytes, fetched_at);
	s->counts.entities++;
	return emit(s, INGEST_ENTITIES, row_key(s, a, level, id, VIEW_ABSENT), buf_view(&s->bytes), err);
}

// No longer listed, not even among the deleted ones.
static int lose_entity(struct ingest_shard *s, struct ingest_account *a, int8_t level, const struct known_entity *known, int64_t fetched_at,
	struct err *err)
{
	struct view body = arena_dup(&s->arena, known->body);
	char *deleted = (char *)(uintptr_t)body.p + body.n - BODY_DELETED;

	if (*deleted)
		return 0;
	*deleted = 1;
	return put_entity(s, a, level, known->id, body, fetched_at, err);
}

static int by_id(const void *a, const void *b)
{
	return view_cmp(((const struct haul_entity *)a)->id, ((const struct haul_entity *)b)->id);
}

int ingest_publish_entities(struct ingest_shard *s, struct ingest_account *a, const struct reading *r, int8_t level, struct err *err)
{
	struct haul *h = r->haul;
	struct known_entity *known;
	size_t known_n, i = 0, k = 0;

	arena_reset(&s->arena);
	if (known_entities(&s->known, ingest_name(a), level, &s->arena, &known, &known_n, err) != 0)
		return -1;
	if (h->entities_n)
		qsort(h->entities, h->entities_n, sizeof *h->entities, by_id);
	while (i < h->entities_n || k < known_n) {
		int order = i == h->entities_n ? 1 : k == known_n ? -1 : view_cmp(h->entities[i].id, known[k].id);
		bool same = order == 0 && view_eq(h->entities[i].body, known[k].body);

		if (order > 0 ? lose_entity(s, a, level, &known[k], r->fetched_at, err) != 0
					  : !same && put_entity(s, a, level, h->entities[i].id, h->entities[i].body, r->fetched_at, err) != 0)
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

// ---- deletion

static int purge_rows(struct ingest_shard *s, struct ingest_account *a, int8_t level, int32_t day, size_t *gone, struct err *err)
{
	struct known_row *rows;
	size_t n;
	char text[WHEN_DAY_SIZE];
	struct view day_text = view_text(when_print_day(day, text));

	arena_reset(&s->arena);
	known_day(&s->known, ingest_name(a), level, day);
	if (known_rows(&s->known, &s->arena, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		known_put_row(&s->known, rows[i].entity, SNAPSHOT_GONE);
		if (emit(s, INGEST_SNAPSHOTS, row_key(s, a, level, rows[i].entity, day_text), VIEW_ABSENT, err) != 0)
			return -1;
	}
	*gone += n;
	return 0;
}

static int purge_entities(struct ingest_shard *s, struct ingest_account *a, int8_t level, struct err *err)
{
	struct known_entity *entities;
	size_t n;

	arena_reset(&s->arena);
	if (known_entities(&s->known, ingest_name(a), level, &s->arena, &entities, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		known_put_entity(&s->known, ingest_name(a), level, entities[i].id, VIEW_ABSENT);
		if (emit(s, INGEST_ENTITIES, row_key(s, a, level, entities[i].id, VIEW_ABSENT), VIEW_ABSENT, err) != 0)
			return -1;
	}
	s->counts.gone += n;
	return 0;
}

// The status goes last: as long as it is there, the rest is known to be unfinished.
static int purge_account(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	for (int level = LEVEL_ADVERTISER; level <= LEVEL_AD; level++)
		if (purge_entities(s, a, (int8_t)level, err) != 0)
			return -1;
	if (a->connection.n > 0 && a->connection_state == CONNECTION_ERASING) {
		if (emit(s, INGEST_CONNECTIONS, ingest_name(a), VIEW_ABSENT, err) != 0)
			return -1;
		known_put_connection(&s->known, ingest_name(a), VIEW_ABSENT);
	}
	known_put_status(&s->known, ingest_name(a), VIEW_ABSENT);
	return emit(s, INGEST_STATUS, ingest_name(a), VIEW_ABSENT, err);
}

int ingest_publish_purge(struct ingest_shard *s, struct ingest_account *a, bool *done, struct err *err)
{
	size_t gone = 0;

	while (a->record.spans.n > 0 && gone < PURGE_AT_ONCE) {
		int32_t day = a->record.spans.p[0].to;

		if (purge_rows(s, a, LEVEL_ADVERTISER, day, &gone, err) != 0 || purge_rows(s, a, LEVEL_AD, day, &gone, err) != 0)
			return -1;
		spans_remove(&a->record.spans, day, day);
	}
	s->counts.gone += gone;
	*done = a->record.spans.n == 0;
	return *done ? purge_account(s, a, err) : ingest_publish_status(s, a, err);
}
