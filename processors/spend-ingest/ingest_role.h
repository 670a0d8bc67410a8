// SPDX-License-Identifier: Apache-2.0
// What all shards of spend ingest share: settings, the fetcher, and what each shard says of its accounts.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "config/config.h"
#include "processors/spend-ingest/sync_plan.h"
#include "schemas/wire.h"
#include "tiktok/fetch.h"

// Inputs first: what was published is read back by who takes a shard over.
enum ingest_topic { INGEST_CONNECTIONS, INGEST_SNAPSHOTS, INGEST_ENTITIES, INGEST_STATUS, INGEST_DEAD_LETTERS, INGEST_TOPICS };
enum { INGEST_INPUTS = 3, INGEST_STATES = SYNC_DISCONNECTED + 1, INGEST_TROUBLES_BYTES = 16 << 10 };

// What a shard says of its accounts; under the role's lock.
struct ingest_summary {
	struct ingest_summary *next;
	uint64_t states[INGEST_STATES];
	int64_t oldest_sync_ms; // of accounts that should be read; INT64_MAX: there is none
	struct buf troubles;    // JSON objects with commas between them
	bool finished;          // of a role that runs once
	uint64_t failed;        // accounts that it could not read
};

struct ingest_role {
	const struct config *config;
	struct registry *registry;
	struct sync_plan_settings plan;
	bool once;
	struct fetcher *fetcher;
	struct wire_header status_header, snapshot_header, entity_header;
	pthread_mutex_t lock;
	struct ingest_summary *summaries; // under the lock, with the next one
	uint64_t failed;                  // accounts that could not be read, of shards that are closed
	struct fetch_numbers measured;    // by ingest_role_measure
};

// FATAL: what config_check_spend_ingest says.
int ingest_role_new(const struct config *config, struct registry *registry, bool once, struct ingest_role **out, struct err *err) MUST_USE;
void ingest_role_free(struct ingest_role **role); // after all shards are closed

// The clear token of a connection, which the caller wipes. PAUSE: as connection_open.
int ingest_role_token(struct ingest_role *role, const struct connection *connection, int64_t seen, struct buf *token,
	struct err *err) MUST_USE;

void ingest_role_enter(struct ingest_role *role, struct ingest_summary *summary);
void ingest_role_leave(struct ingest_role *role, struct ingest_summary *summary);

// Of a role that runs once: have all shards that are open read what is due? How many accounts could not be read?
bool ingest_role_finished(void *role_state);
uint64_t ingest_role_failed(struct ingest_role *role);

const char *ingest_role_state_name(enum sync_state state);

// As struct processor has them.
void ingest_role_describe(void *role_state, struct buf *json);
void ingest_role_measure(void *role_state);
