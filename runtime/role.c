// SPDX-License-Identifier: Apache-2.0
#include "runtime/role.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/log.h"
#include "base/own.h"
#include "runtime/bus_kafka.h"
#include "runtime/cluster.h"
#include "runtime/copartition.h"
#include "runtime/topic_name.h"
#include "state/budget.h"

enum { TOPICS_MAX = 8, NAME = 300, CLIENTS_EACH = 1, LANE_MAX = 8 << 20, LANE_MIN = 256 << 10 };

struct role {
	struct role_options options;
	const char *topics[TOPICS_MAX];
	uint32_t limits[TOPICS_MAX];
	int32_t partitions;
	rd_kafka_t *client; // for questions
	char *cluster_id;
	struct budget *budget;
	struct position_goals *goals;
	struct buf state_directory;
	struct worker **workers;
	char (*instances)[NAME];
	char (*client_ids)[NAME];
	int worker_count, started;
};

// ---- what the cluster says

static int check_topics(struct role *r, struct err *err)
{
	int32_t counts[TOPICS_MAX];
	const struct processor *p = r->options.processor;

	if (cluster_partitions(r->client, r->topics, p->topic_count, counts, err) != 0)
		return -1;
	return copartition_check(p, r->topics, counts, r->partitions, &r->partitions, err);
}

// At every assignment, by a worker's thread: topics can grow while we run.
static int check_again(void *context, struct err *err)
{
	const struct role *r = context;
	int32_t counts[TOPICS_MAX], partitions;
	const struct processor *p = r->options.processor;

	if (cluster_partitions(r->client, r->topics, p->topic_count, counts, err) != 0)
		return -1;
	return copartition_check(p, r->topics, counts, r->partitions, &partitions, err);
}

static int ask_cluster(struct role *r, struct err *err)
{
	struct kafka_options client = {.config = r->options.config, .kind = KAFKA_READER, .client_id = "lookback-questions"};

	if (kafka_new(&client, &r->client, err) != 0)
		return -1;
	if (cluster_id_new(r->client, &r->cluster_id, err) != 0 || check_topics(r, err) != 0)
		return -1;
	return cluster_message_limits(r->client, r->topics, r->options.processor->topic_count, r->limits, err);
}

// ---- what all workers share

static void hash_goals(struct role *r)
{
	const struct config *c = r->options.config;
	OWN(buf_clear) struct buf text = {0};

	r->goals = calloc(c->tenant_count + 1, sizeof *r->goals);
	if (!r->goals)
		err_out_of_memory();
	for (size_t i = 0; i < c->tenant_count; i++) {
		buf_reset(&text);
		config_canonical_goals(&c->tenants[i], &text);
		r->goals[i].tenant = (uint32_t)XXH64(c->tenants[i].id.p, c->tenants[i].id.n, 0);
		r->goals[i].goals = (uint32_t)XXH64(text.p, text.n, 0);
	}
}

static int count_workers(const struct role *r)
{
	long wanted = r->options.workers ? r->options.workers : sysconf(_SC_NPROCESSORS_ONLN);

	return wanted < 1 ? 1 : wanted > r->partitions ? (int)r->partitions : (int)wanted;
}

static void make_workers(struct role *r)
{
	size_t n = (size_t)count_workers(r);

	r->worker_count = (int)n;
	r->workers = calloc(n, sizeof(struct worker *));
	r->instances = calloc(n, sizeof *r->instances);
	r->client_ids = calloc(n, sizeof *r->client_ids);
	if (!r->workers || !r->instances || !r->client_ids)
		err_out_of_memory();
}

static int prepare(struct role *r, struct err *err)
{
	const struct config *c = r->options.config;
	const struct processor *p = r->options.processor;

	CHECK(p->topic_count <= TOPICS_MAX);
	for (int i = 0; i < p->topic_count; i++)
		r->topics[i] = topic_name(c, p->topics[i].key);
	if (ask_cluster(r, err) != 0)
		return -1;
	buf_addf(&r->state_directory, "%s/%s/%s", c->state.directory, c->run, p->role);
	buf_add_byte(&r->state_directory, 0);
	hash_goals(r);
	make_workers(r);
	return budget_new(c->state.memory, r->partitions, r->worker_count * CLIENTS_EACH, &r->budget, err);
}

int role_new(const struct role_options *options, struct role **out, struct err *err)
{
	struct role *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->options = *options;
	if (prepare(r, err) != 0) {
		role_free(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void role_free(struct role **role)
{
	struct role *r = *role;

	if (!r)
		return;
	kafka_free(&r->client);
	budget_free(&r->budget);
	free(r->cluster_id);
	free(r->goals);
	buf_clear(&r->state_directory);
	free(r->workers);
	free(r->instances);
	free(r->client_ids);
	free(r);
	*role = NULL;
}

// ---- workers

int role_workers(const struct role *r)
{
	return r->worker_count;
}

// All of a worker's lanes together get its share, if it owned every partition that this process alone would give it.
static uint64_t lane_bytes(const struct role *r)
{
	uint64_t shards = (uint64_t)(r->partitions + r->worker_count - 1) / (uint64_t)r->worker_count;
	uint64_t bytes = budget_client_queue_bytes(r->budget) / (shards * (uint64_t)r->options.processor->input_count);

	return bytes > LANE_MAX ? LANE_MAX : bytes < LANE_MIN ? LANE_MIN : bytes;
}

static struct restore_options start_of(const struct config *c)
{
	static const enum restore_start starts[] = {[CONFIG_EARLIEST] = RESTORE_EARLIEST, [CONFIG_LATEST] = RESTORE_LATEST, [CONFIG_AT] = RESTORE_AT};

	return (struct restore_options){starts[c->start], c->start_time};
}

static struct shard_options shard_template(const struct role *r)
{
	const struct config *c = r->options.config;

	return (struct shard_options){
		.processor = r->options.processor,
		.role_state = r->options.role_state,
		.partitions = r->partitions,
		.store = {.budget = r->budget, .flood_keep = r->options.flood_keep},
		.max_record = c->max_record,
		.dead_letter_digest = c->dead_letter_digest,
		.goals = r->goals,
		.goal_count = c->tenant_count,
		.topic_names = r->topics,
	};
}

static void start_worker(struct role *r, int i, const char *instance, const char *address, struct worker_options *o)
{
	snprintf(r->instances[i], NAME, "%s-%02d", instance, i);
	snprintf(r->client_ids[i], NAME, "lookback-%s%s%s", r->instances[i], address ? "@" : "", address ? address : "");
	o->instance = r->instances[i];
	o->client_id = r->client_ids[i];
	r->workers[i] = worker_start(o);
	o->slot++;
}

void role_start(struct role *r, const char *instance, const char *address, struct status *status, struct admin_mail *mail, int first_slot)
{
	struct worker_options o = {
		.config = r->options.config,
		.processor = r->options.processor,
		.slot = first_slot,
		.topic_names = r->topics,
		.topic_limits = r->limits,
		.lane_bytes = lane_bytes(r),
		.state_directory = r->state_directory.p,
		.shard = shard_template(r),
		.start = start_of(r->options.config),
		.commit_interval_ms = r->options.commit_interval_ms,
		.failure_budget_percent = r->options.failure_budget_percent,
		.status = status,
		.mail = mail,
		.check = check_again,
		.context = r,
	};

	log_event(LOG_INFO, "role_starts", LOG_S("role", o.processor->role), LOG_S("run", o.config->run), LOG_S("cluster", r->cluster_id),
		LOG_I("partitions", r->partitions), LOG_I("workers", r->worker_count));
	for (int i = 0; i < r->worker_count; i++)
		start_worker(r, i, instance, address, &o);
	r->started = r->worker_count;
}

void role_stop(struct role *r, int64_t flush_ms)
{
	for (int i = 0; i < r->started; i++)
		worker_stop(r->workers[i], flush_ms);
}

bool role_any_ended(const struct role *r)
{
	for (int i = 0; i < r->started; i++)
		if (worker_has_ended(r->workers[i]))
			return true;
	return false;
}

bool role_all_ended(const struct role *r)
{
	for (int i = 0; i < r->started; i++)
		if (!worker_has_ended(r->workers[i]))
			return false;
	return true;
}

int role_join(struct role *r, struct err *err)
{
	struct err other;
	int failed = 0;

	for (int i = 0; i < r->started; i++)
		if (worker_join(&r->workers[i], failed ? &other : err) != 0)
			failed = -1;
	r->started = 0;
	return failed;
}
