// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "runtime/topic_scan.h"
#include "schemas/wire.h"
#include "tiktok/connection.h"

enum { RECORDS_MAX = 2000000, PROBLEM = 400 };

// One record as it came.
struct heard {
	struct view tenant, advertiser_id;
	size_t place; // in the order of hearing; a key's records are in one partition, so in theirs
	bool is_status;
	const struct connection *connection;
	const struct sync_status *status;
	const char *problem;
};

struct reading {
	const struct config *config;
	struct view tenant;
	struct arena *arena;
	struct wire_reader *connections, *statuses;
	bool of_statuses; // which topic is heard now
	struct heard *heard;
	size_t n, room;
};

static struct heard *add(struct reading *r)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->heard = realloc(r->heard, r->room * sizeof *r->heard);
		if (!r->heard)
			err_out_of_memory();
	}
	r->heard[r->n] = (struct heard){.place = r->n, .is_status = r->of_statuses};
	return &r->heard[r->n++];
}

static const char *problem_of(struct reading *r, const struct record *record, const struct err *err)
{
	char text[PROBLEM];
	int n = snprintf(text, sizeof text, "[%d] at offset %" PRId64 ": %s", (int)record->partition, record->offset, err->words);
	char *kept = arena_take(r->arena, (size_t)n + 1);

	memcpy(kept, text, (size_t)n < sizeof text ? (size_t)n + 1 : sizeof text);
	return kept;
}

static int decode(struct reading *r, const struct record *record, struct heard *h, struct err *err)
{
	struct view value = arena_dup(r->arena, record->value);

	if (r->of_statuses) {
		struct sync_status *status = arena_zero(r->arena, sizeof *status);

		h->status = status;
		return wire_read(r->statuses, value, r->arena, status, err);
	}
	struct connection *connection = arena_zero(r->arena, sizeof *connection);

	h->connection = connection;
	return wire_read(r->connections, value, r->arena, connection, err) == 0 ? connection_check_key(connection, record->key, err) : -1;
}

// A record that cannot be read is a problem of its account alone; that the registry does not answer is everybody's.
static int hear(void *context, const struct record *record, struct err *err)
{
	struct reading *r = context;
	struct view tenant, advertiser;

	if (!connection_split_key(record->key, &tenant, &advertiser) || (view_is_set(r->tenant) && !view_eq(tenant, r->tenant)))
		return 0;
	if (r->n == RECORDS_MAX)
		return err_set(err, ERR_FATAL, "connections_too_many", "%s and %s hold more than %d records", r->config->topics.connections,
			r->config->topics.sync_status, RECORDS_MAX);
	struct heard *h = add(r);

	h->tenant = arena_dup(r->arena, tenant);
	h->advertiser_id = arena_dup(r->arena, advertiser);
	if (!view_is_set(record->value) || decode(r, record, h, err) == 0)
		return 0;
	h->connection = NULL;
	h->status = NULL;
	h->problem = problem_of(r, record, err);
	return err->class == ERR_RETRY ? -1 : 0;
}

static int scan(struct reading *r, const char *topic, bool of_statuses, struct err *err)
{
	const struct topic_scan scan =
		{.config = r->config, .topic = topic, .client_id = "lookback-connections", .since_ms = INT64_MIN, .hear = hear, .context = r};

	r->of_statuses = of_statuses;
	return topic_scan(&scan, err);
}

// ---- by account

static int by_account(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;
	int order = view_cmp(x->tenant, y->tenant);

	if (!order)
		order = view_cmp(x->advertiser_id, y->advertiser_id);
	return order ? order : x->place < y->place ? -1 : x->place > y->place;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

// The latest record of each kind counts; a generation counts for ever.
static void take(struct connections_account *account, const struct heard *h)
{
	if (h->is_status) {
		account->status = h->status;
		account->highest = larger(account->highest, h->status ? h->status->generation : 0);
		return;
	}
	account->connection = h->connection;
	account->problem = h->problem;
	account->highest = larger(account->highest, h->connection ? h->connection->generation : 0);
}

// An account of which nothing is there any more is not one.
static void drop_if_gone(struct connections_book *book)
{
	const struct connections_account *last = book->n ? &book->accounts[book->n - 1] : NULL;

	if (last && !last->connection && !last->status && !last->problem && last->highest == 0)
		book->n--;
}

static void fold(struct reading *r, struct connections_book *book)
{
	if (r->n > 0)
		qsort(r->heard, r->n, sizeof *r->heard, by_account);
	book->accounts = arena_zero(&book->arena, (r->n + 1) * sizeof *book->accounts);
	for (size_t i = 0; i < r->n; i++) {
		const struct heard *h = &r->heard[i];
		bool same = i > 0 && view_eq(h->tenant, h[-1].tenant) && view_eq(h->advertiser_id, h[-1].advertiser_id);

		if (!same) {
			drop_if_gone(book);
			book->accounts[book->n++] = (struct connections_account){.tenant = h->tenant, .advertiser_id = h->advertiser_id};
		}
		take(&book->accounts[book->n - 1], h);
	}
	drop_if_gone(book);
}

int connections_book_read(const struct config *config, struct registry *registry, struct view tenant, struct connections_book *out,
	struct err *err)
{
	OWN(wire_reader_free) struct wire_reader *connections = wire_reader_new(contract_connection, WIRE_AVRO, registry);
	OWN(wire_reader_free) struct wire_reader *statuses = wire_reader_new(contract_sync_status, WIRE_AVRO, registry);
	struct reading r = {.config = config, .tenant = tenant, .arena = &out->arena, .connections = connections, .statuses = statuses};

	connections_book_clear(out);
	int failed = scan(&r, config->topics.connections, false, err) != 0 || scan(&r, config->topics.sync_status, true, err) != 0;

	if (!failed)
		fold(&r, out);
	free(r.heard);
	return failed ? -1 : 0;
}

void connections_book_clear(struct connections_book *book)
{
	arena_clear(&book->arena);
	*book = (struct connections_book){0};
}

const struct connections_account *connections_book_find(const struct connections_book *book, struct view tenant, struct view advertiser)
{
	for (size_t i = 0; i < book->n; i++) {
		const struct connections_account *a = &book->accounts[i];

		if (view_eq(a->advertiser_id, advertiser) && view_eq(a->tenant, tenant))
			return a;
	}
	return NULL;
}
