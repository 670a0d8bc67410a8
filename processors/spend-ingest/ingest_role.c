// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/ingest_role.h"

#include <stdlib.h>

#include "base/metrics.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/admin_json.h"
#include "runtime/seal_ring.h"
#include "tiktok/connection.h"

static const int64_t DAY_MS = 86400000;

static int32_t whole_days(int64_t ms)
{
	return (int32_t)((ms + DAY_MS - 1) / DAY_MS);
}

static void plan_from(const struct config *c, struct sync_plan_settings *out)
{
	*out = (struct sync_plan_settings){
		.every_ms = c->spend_ingest.every_ms,
		.at_minute = -1,
		.first_days = whole_days(c->spend_ingest.first_ms),
		.trailing_days = whole_days(c->spend_ingest.trailing_ms),
	};
	if (c->spend_ingest.at && config_minute_of_day(view_text(c->spend_ingest.at), &out->at_minute) != 0)
		out->at_minute = -1; // config_check_spend_ingest has refused it
}

static struct fetcher *start_fetcher(const struct config *c)
{
	return fetcher_new(&(struct fetch_options){
		.endpoint = c->marketing_api.endpoint,
		.ca_file = c->marketing_api.ca_file,
		.requests_in_flight = c->marketing_api.requests_in_flight,
		.timeout_ms = c->marketing_api.request_timeout_ms,
		.app_per_second = c->marketing_api.app_rate,
		.advertiser_per_second = c->marketing_api.advertiser_rate,
	});
}

int ingest_role_new(const struct config *c, struct registry *registry, bool once, struct ingest_role **out, struct err *err)
{
	struct ingest_role *role = calloc(1, sizeof *role);

	if (!role)
		err_out_of_memory();
	role->config = c;
	role->registry = registry;
	role->once = once;
	pthread_mutex_init(&role->lock, NULL);
	plan_from(c, &role->plan);
	*out = role;
	if (wire_header_for(contract_sync_status, registry, c->topics.sync_status, &role->status_header, err) != 0 ||
		wire_header_for(contract_report_snapshot, registry, c->topics.report_snapshots, &role->snapshot_header, err) != 0 ||
		wire_header_for(contract_ad_entity, registry, c->topics.ad_entities, &role->entity_header, err) != 0) {
		ingest_role_free(out);
		return -1;
	}
	role->fetcher = start_fetcher(c);
	return 0;
}

void ingest_role_free(struct ingest_role **at)
{
	struct ingest_role *role = *at;

	if (!role)
		return;
	fetcher_free(&role->fetcher);
	pthread_mutex_destroy(&role->lock);
	free(role);
	*at = NULL;
}

// ---- tokens

int ingest_role_token(struct ingest_role *role, const struct connection *connection, int64_t seen, struct buf *token, struct err *err)
{
	struct err problem;
	OWN(seal_free) struct seal *seal = seal_ring_read(role->config, &problem);

	return connection_open(seal, connection, seen, token, err);
}

// ---- what shards say

void ingest_role_enter(struct ingest_role *role, struct ingest_summary *summary)
{
	summary->oldest_sync_ms = INT64_MAX;
	pthread_mutex_lock(&role->lock);
	summary->next = role->summaries;
	role->summaries = summary;
	pthread_mutex_unlock(&role->lock);
}

void ingest_role_leave(struct ingest_role *role, struct ingest_summary *summary)
{
	struct ingest_summary **link = &role->summaries;

	pthread_mutex_lock(&role->lock);
	while (*link != summary)
		link = &(*link)->next;
	*link = summary->next;
	role->failed += summary->failed;
	pthread_mutex_unlock(&role->lock);
	buf_clear(&summary->troubles);
}

bool ingest_role_finished(void *role_state)
{
	struct ingest_role *role = role_state;
	bool finished = true;

	pthread_mutex_lock(&role->lock);
	for (const struct ingest_summary *s = role->summaries; s; s = s->next)
		finished &= s->finished;
	pthread_mutex_unlock(&role->lock);
	return finished;
}

uint64_t ingest_role_failed(struct ingest_role *role)
{
	pthread_mutex_lock(&role->lock);
	uint64_t failed = role->failed;
	for (const struct ingest_summary *s = role->summaries; s; s = s->next)
		failed += s->failed;
	pthread_mutex_unlock(&role->lock);
	return failed;
}

const char *ingest_role_state_name(enum sync_state state)
{
	static const char *const names[INGEST_STATES] = {"waiting", "syncing", "ok", "failing", "expired", "no_access", "disconnected"};

	return (unsigned)state < INGEST_STATES ? names[state] : "other";
}

static void add_up(struct ingest_role *role, struct ingest_summary *out)
{
	*out = (struct ingest_summary){.oldest_sync_ms = INT64_MAX};
	for (const struct ingest_summary *s = role->summaries; s; s = s->next) {
		for (int i = 0; i < INGEST_STATES; i++)
			out->states[i] += s->states[i];
		if (s->oldest_sync_ms < out->oldest_sync_ms)
			out->oldest_sync_ms = s->oldest_sync_ms;
		if (s->troubles.n > 0 && out->troubles.n + s->troubles.n < INGEST_TROUBLES_BYTES) {
			admin_json_comma(&out->troubles);
			buf_add_view(&out->troubles, buf_view(&s->troubles));
		}
	}
}

void ingest_role_describe(void *role_state, struct buf *json)
{
	struct ingest_role *role = role_state;
	struct ingest_summary all;
	struct fetch_numbers n;

	fetch_numbers(role->fetcher, &n);
	pthread_mutex_lock(&role->lock);
	add_up(role, &all);
	pthread_mutex_unlock(&role->lock);
	buf_add_text(json, "{");
	admin_json_name(json, "accounts");
	buf_add_text(json, "{");
	for (int i = 0; i < INGEST_STATES; i++)
		admin_json_integer(json, ingest_role_state_name((enum sync_state)i), (int64_t)all.states[i]);
	buf_add_text(json, "}");
	admin_json_optional(json, "oldest_sync", all.oldest_sync_ms, INT64_MAX);
	admin_json_name(json, "troubles");
	buf_add_text(json, "[");
	buf_add_view(json, buf_view(&all.troubles));
	buf_add_text(json, "]");
	admin_json_name(json, "fetcher");
	buf_add_text(json, "{");
	admin_json_integer(json, "waiting", (int64_t)n.waiting);
	admin_json_integer(json, "in_flight", (int64_t)n.in_flight);
	admin_json_integer(json, "requests", (int64_t)n.requests);
	for (int i = 0; i < CALL_VERDICTS; i++)
		admin_json_integer(json, call_verdict_name((enum call_verdict)i), (int64_t)n.verdicts[i]);
	admin_json_integer(json, "rereads", (int64_t)n.rereads);
	admin_json_integer(json, "halvings", (int64_t)n.halvings);
	buf_add_text(json, "}}");
	buf_clear(&all.troubles);
}

void ingest_role_measure(void *role_state)
{
	struct ingest_role *role = role_state;
	struct ingest_summary all;
	struct fetch_numbers n, before = role->measured;

	fetch_numbers(role->fetcher, &n);
	role->measured = n;
	pthread_mutex_lock(&role->lock);
	add_up(role, &all);
	pthread_mutex_unlock(&role->lock);
	for (int i = 0; i < INGEST_STATES; i++)
		metrics_set(metrics_slot(METRICS_INGEST_ACCOUNTS, ingest_role_state_name((enum sync_state)i)), (double)all.states[i]);
	for (int i = 0; i < CALL_VERDICTS; i++)
		metrics_add(metrics_slot(METRICS_INGEST_ANSWERS, call_verdict_name((enum call_verdict)i)), n.verdicts[i] - before.verdicts[i]);
	metrics_add(metrics_slot(METRICS_INGEST_REQUESTS), n.requests - before.requests);
	metrics_set(metrics_slot(METRICS_INGEST_OLDEST_SYNC),
		all.oldest_sync_ms == INT64_MAX ? 0 : (double)(now_wall_ms() - all.oldest_sync_ms) / 1e3);
	buf_clear(&all.troubles);
}
