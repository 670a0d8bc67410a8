// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "processors/spend-ingest/ingest_shard.h"
#include "runtime/admin_json.h"
#include "tiktok/connection.h"

enum { TROUBLES_MOST = 4 << 10 };

struct ingest_account *ingest_accounts_find(struct ingest_shard *s, struct view name)
{
	struct ingest_account *a;

	HASH_FIND(hh, s->accounts, name.p, name.n, a);
	return a;
}

struct ingest_account *ingest_accounts_add(struct ingest_shard *s, struct view name)
{
	struct ingest_account *a = ingest_accounts_find(s, name);
	struct view tenant, advertiser;

	if (a || !connection_split_key(name, &tenant, &advertiser))
		return a;
	a = calloc(1, sizeof *a);
	if (!a || !(a->name = malloc(name.n + 1)))
		err_out_of_memory();
	memcpy(a->name, name.p, name.n);
	a->name[name.n] = '\0';
	a->tenant = view_of(a->name, tenant.n);
	a->advertiser = view_of(a->name + tenant.n + 1, advertiser.n);
	sync_record_init(&a->record);
	a->due_ms = INT64_MAX;
	HASH_ADD_KEYPTR(hh, s->accounts, a->name, name.n, a);
	return a;
}

void ingest_accounts_remove(struct ingest_shard *s, struct ingest_account *a)
{
	reading_drop(s, a);
	HASH_DEL(s->accounts, a);
	sync_record_clear(&a->record);
	buf_clear(&a->connection);
	free(a->name);
	free(a);
}

void ingest_accounts_clear(struct ingest_shard *s)
{
	struct ingest_account *a, *next;

	HASH_ITER(hh, s->accounts, a, next)
	ingest_accounts_remove(s, a);
	s->loaded = false;
}

void ingest_accounts_connect(struct ingest_account *a, struct view value, const struct connection *connection)
{
	buf_reset(&a->connection);
	if (!view_is_set(value))
		return;
	buf_add_view(&a->connection, value);
	a->connection_state = connection->state;
}

// ---- from the store

// What we wrote, or took as good, and cannot read now.
static int unreadable(const struct ingest_account *a, struct err *err)
{
	if (err->class == ERR_POISON)
		err->class = ERR_FATAL;
	return err_prefix(err, "what is kept of %s", a->name);
}

static int load_account(struct ingest_shard *s, struct view name, struct err *err)
{
	struct view connection, status;
	struct connection c;
	struct sync_status said;

	if (known_account(&s->known, name, &s->arena, &connection, &status, err) != 0)
		return -1;
	if (!view_is_set(connection) && !view_is_set(status))
		return 0;
	struct ingest_account *a = ingest_accounts_add(s, name);
	if (!a)
		return 0;
	if (view_is_set(connection)) {
		if (wire_read(s->connections, connection, &s->arena, &c, err) != 0)
			return unreadable(a, err);
		ingest_accounts_connect(a, connection, &c);
		a->record.generation = c.generation;
	}
	if (view_is_set(status)) {
		if (wire_read(s->statuses, status, &s->arena, &said, err) != 0)
			return unreadable(a, err);
		sync_record_read(&said, &a->record);
		a->has_status = true;
	}
	return 0;
}

int ingest_accounts_load(struct ingest_shard *s, struct err *err)
{
	struct view *names;
	size_t n;

	if (s->loaded)
		return 0;
	arena_reset(&s->arena);
	if (known_accounts(&s->known, &s->arena, &names, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (load_account(s, names[i], err) != 0)
			return -1;
	s->loaded = true;
	ingest_accounts_schedule(s);
	return 0;
}

// ---- when

static bool is_connected(const struct ingest_account *a)
{
	return a->connection.n > 0;
}

// Run by hand or by a CronJob, a role reads every account that was not read just now: at the next run `next_sync` might be minutes away.
static int64_t due_once(const struct ingest_shard *s, const struct ingest_account *a)
{
	int64_t last = a->record.last_sync;

	if (a->tried)
		return INT64_MAX;
	if (a->record.state == SYNC_OK && last != TIME_ABSENT && last > s->now_ms - s->role->plan.every_ms / 2)
		return INT64_MAX;
	return 0;
}

static int64_t due_reading(const struct ingest_shard *s, const struct ingest_account *a)
{
	if (a->record.state == SYNC_EXPIRED)
		return INT64_MAX;
	if (s->role->once)
		return due_once(s, a);
	return a->record.next_sync == TIME_ABSENT ? 0 : a->record.next_sync;
}

static int64_t due_of(const struct ingest_shard *s, const struct ingest_account *a)
{
	if (a->reading)
		return INT64_MAX;
	if (is_connected(a) && a->connection_state == CONNECTION_ERASING)
		return 0;
	if (is_connected(a) && a->connection_state == CONNECTION_ACTIVE)
		return due_reading(s, a);
	if (a->has_status && a->record.state == SYNC_DISCONNECTED && a->record.disconnected_at != TIME_ABSENT)
		return a->record.disconnected_at + s->role->config->spend_ingest.purge_after_ms;
	return INT64_MAX;
}

void ingest_accounts_schedule(struct ingest_shard *s)
{
	s->due_ms = INT64_MAX;
	for (struct ingest_account *a = s->accounts; a; a = a->hh.next) {
		a->due_ms = due_of(s, a);
		if (a->due_ms < s->due_ms)
			s->due_ms = a->due_ms;
	}
}

// ---- what is said of them

static bool is_trouble(const struct ingest_account *a)
{
	return a->record.state == SYNC_FAILING || a->record.state == SYNC_EXPIRED || a->record.state == SYNC_NO_ACCESS;
}

static void add_trouble(struct buf *out, const struct ingest_account *a)
{
	admin_json_comma(out);
	buf_add_text(out, "{");
	admin_json_member(out, "tenant", a->tenant);
	admin_json_member(out, "advertiser_id", a->advertiser);
	admin_json_member(out, "state", view_text(ingest_role_state_name(a->record.state)));
	admin_json_member(out, "reason", view_text(a->record.reason));
	admin_json_member(out, "message", view_text(a->record.message));
	admin_json_optional(out, "next_sync", a->record.next_sync, TIME_ABSENT);
	buf_add_text(out, "}");
}

static void summarise_account(struct ingest_summary *out, const struct ingest_account *a)
{
	bool wanted = is_connected(a) && a->connection_state == CONNECTION_ACTIVE && a->record.state != SYNC_EXPIRED &&
		a->record.state != SYNC_NO_ACCESS && a->record.last_sync != TIME_ABSENT;

	out->states[a->record.state]++;
	if (wanted && a->record.last_sync < out->oldest_sync_ms)
		out->oldest_sync_ms = a->record.last_sync;
	if (!is_trouble(a))
		return;
	out->failed++;
	if (out->troubles.n < TROUBLES_MOST)
		add_trouble(&out->troubles, a);
}

void ingest_accounts_summarise(struct ingest_shard *s)
{
	struct ingest_summary *out = &s->summary;

	pthread_mutex_lock(&s->role->lock);
	memset(out->states, 0, sizeof out->states);
	out->oldest_sync_ms = INT64_MAX;
	out->failed = 0;
	buf_reset(&out->troubles);
	for (const struct ingest_account *a = s->accounts; a; a = a->hh.next)
		if (a->has_status)
			summarise_account(out, a);
	out->finished = s->loaded && s->caught_up && s->readings == 0 && s->due_ms > s->now_ms;
	pthread_mutex_unlock(&s->role->lock);
}
