// SPDX-License-Identifier: Apache-2.0
#include "runtime/role.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/bus_kafka.h"
#include "runtime/cluster.h"
#include "runtime/kafka.h"
#include "runtime/state_owner.h"
#include "runtime/topic_name.h"
#include "state/budget.h"

enum { TOPICS_MAX = 8, NAME = 300, LANE_MAX = 8 << 20, LANE_MIN = 256 << 10, PAUSE_MS = 1000, TOPIC_PATIENCE_MS = 5000 };

struct role {
	struct role_options options;
	struct role_place place;
	const char *topics[TOPICS_MAX];
	uint32_t limits[TOPICS_MAX];
	int32_t partitions;
	rd_kafka_t *client; // for questions
	char *cluster_id;
	struct budget *budget;
	struct position_goal *goals;
	size_t goal_count;
	struct buf state_directory;
	pthread_t starter;
	_Atomic bool begun, stop, starter_ended;
	_Atomic int started; // workers
	_Atomic int64_t flush_ms;
	pthread_mutex_t lock;
	bool identified;    // under the lock
	struct err failure; // of the starter; read after it has ended
	struct worker **workers;
	char (*instances)[NAME];
	char (*client_ids)[NAME];
	int worker_count;
};

// ---- what the cluster says

// At every assignment, by a worker's thread: topics can grow while we run.
static int check_again(void *context, struct err *err)
{
	const struct role *r = context;

	return r->options.validate_again(r->options.config, r->options.processor, r->client, r->partitions, err);
}

static struct state_owner state_owner_of(const struct role *r)
{
	return (struct state_owner){r->state_directory.p, r->options.config, r->cluster_id, r->partitions};
}

// The first live shard of the process: its commit metadata has not contradicted the config.
static int note_identity(void *context, struct err *err)
{
	struct role *r = context;
	struct state_owner id = state_owner_of(r);
	int failed = 0;

	pthread_mutex_lock(&r->lock);
	if (!r->identified)
		failed = state_owner_write(&id, err);
	r->identified = !failed;
	pthread_mutex_unlock(&r->lock);
	return failed;
}

static int ask_cluster(struct role *r, struct err *err)
{
	free(r->cluster_id);
	r->cluster_id = NULL;
	const struct role_options *o = &r->options;
	if (cluster_id_new(r->client, &r->cluster_id, err) != 0 || o->validate(o->config, o->processor, r->client, &r->partitions, err) != 0)
		return -1;
	return cluster_message_limits(r->client, r->topics, o->processor->topic_count, r->limits, err);
}

static void pause_unless_stopped(const struct role *r)
{
	for (int ms = 0; ms < PAUSE_MS && !atomic_load(&r->stop); ms += 50)
		usleep(50000);
}

// Topics may have been made a moment ago, and the broker that we ask has not heard.
static bool may_change_its_mind(const struct err *err, int64_t began_ms)
{
	return err->class == ERR_RETRY || (strcmp(err->code, "topic_missing") == 0 && now_steady_ms() - began_ms < TOPIC_PATIENCE_MS);
}

// A broker that is late is waited for; a cluster that does not fit is refused.
static int meet_cluster(struct role *r, struct err *err)
{
	struct kafka_options client = {.config = r->options.config, .kind = KAFKA_READER, .client_id = "lookback-questions"};

	int64_t began = now_steady_ms();

	if (kafka_new(&client, &r->client, err) != 0)
		return -1;
	while (ask_cluster(r, err) != 0) {
		if (!may_change_its_mind(err, began) || atomic_load(&r->stop))
			return -1;
		log_throttled(LOG_WARN, "kafka_waits", LOG_S("brokers", r->options.config->kafka.bootstrap_servers), LOG_ERR(err));
		status_problem(r->place.status, r->place.first_slot, err);
		pause_unless_stopped(r);
	}
	status_problem(r->place.status, r->place.first_slot, NULL);
	return 0;
}

// ---- what all workers share

static size_t count_goals(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->tenant_count; i++)
		n += c->tenants[i].goal_count;
	return n;
}

// A line of the canonical text is a goal: its name, a space, what it means.
static void hash_goal(struct role *r, struct view tenant, struct view line)
{
	const char *space = memchr(line.p, ' ', line.n);
	struct position_goal *g = &r->goals[r->goal_count++];

	CHECK(space);
	g->name = (uint32_t)XXH64(line.p, (size_t)(space - line.p), XXH64(tenant.p, tenant.n, 0));
	g->meaning = (uint32_t)XXH64(line.p, line.n, 0);
}

static void hash_goals(struct role *r)
{
	const struct config *c = r->options.config;
	OWN(buf_clear) struct buf text = {0};

	r->goals = calloc(count_goals(c) + 1, sizeof *r->goals);
	if (!r->goals)
		err_out_of_memory();
	for (size_t i = 0; i < c->tenant_count; i++) {
		buf_reset(&text);
		config_canonical_goals(&c->tenants[i], &text);
		for (const char *line = text.p, *end; line < text.p + text.n; line = end + 1) {
			end = memchr(line, '\n', (size_t)(text.p + text.n - line));
			hash_goal(r, c->tenants[i].id, view_of(line, (size_t)(end - line)));
		}
	}
}

static int count_workers(const struct role_options *o)
{
	long wanted = o->workers ? o->workers : sysconf(_SC_NPROCESSORS_ONLN);

	return wanted < 1 ? 1 : (int)wanted;
}

struct role *role_new(const struct role_options *options)
{
	struct role *r = calloc(1, sizeof *r);
	size_t n = (size_t)count_workers(options);

	if (!r)
		err_out_of_memory();
	CHECK(options->processor->topic_count <= TOPICS_MAX);
	r->options = *options;
	r->worker_count = (int)n;
	r->workers = calloc(n, sizeof(struct worker *));
	r->instances = calloc(n, sizeof *r->instances);
	r->client_ids = calloc(n, sizeof *r->client_ids);
	if (!r->workers || !r->instances || !r->client_ids)
		err_out_of_memory();
	for (int i = 0; i < options->processor->topic_count; i++)
		r->topics[i] = topic_name(options->config, options->processor->topics[i].key);
	buf_addf(&r->state_directory, "%s/%s/%s", options->config->state.directory, options->config->run, options->processor->role);
	buf_add_byte(&r->state_directory, 0);
	hash_goals(r);
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void role_free(struct role **role)
{
	struct role *r = *role;

	if (!r)
		return;
	CHECK(!atomic_load(&r->begun));
	kafka_free(&r->client);
	budget_free(&r->budget);
	free(r->cluster_id);
	free(r->goals);
	buf_clear(&r->state_directory);
	pthread_mutex_destroy(&r->lock);
	free(r->workers);
	free(r->instances);
	free(r->client_ids);
	free(r);
	*role = NULL;
}

int role_workers(const struct role *r)
{
	return r->worker_count;
}

// ---- starting

// All of a worker's lanes together get its share, if it owned every partition that this process alone would give it. librdkafka counts keys and values;
// with what it keeps of each record, a small one takes about twice as much.
static uint64_t lane_bytes(const struct role *r)
{
	uint64_t shards = (uint64_t)(r->partitions + r->worker_count - 1) / (uint64_t)r->worker_count;
	uint64_t bytes = budget_client_queue_bytes(r->budget) / (shards * (uint64_t)r->options.processor->input_count * 2);

	return bytes > LANE_MAX ? LANE_MAX : bytes < LANE_MIN ? LANE_MIN : bytes;
}

static struct restore_options start_of(const struct config *c)
{
	static const enum restore_start starts[] =
		{[CONFIG_EARLIEST] = RESTORE_EARLIEST, [CONFIG_LATEST] = RESTORE_LATEST, [CONFIG_AT] = RESTORE_AT};

	return (struct restore_options){starts[c->start], c->start_time};
}

static struct shard_options shard_template(const struct role *r)
{
	const struct config *c = r->options.config;

	return (struct shard_options){
		.processor = r->options.processor,
		.role_state = r->options.role_state,
		.partitions = r->partitions,
		.store = {.budget = r->budget, .flood_keep = r->options.flood_keep, .compress = c->state.compress},
		.max_record = c->max_record,
		.dead_letter_digest = c->dead_letter_digest,
		.goals = r->goals,
		.goal_count = r->goal_count,
		.topic_names = r->topics,
	};
}

static void start_worker(struct role *r, int i, struct worker_options *o)
{
	// The number first: `range` deals partitions in this order, so processes get equal shares also where workers outnumber them.
	snprintf(r->instances[i], NAME, "%02d-%s", i, r->place.instance);
	snprintf(r->client_ids[i], NAME, "lookback-%s@%s", r->instances[i], r->place.address);
	o->instance = r->instances[i];
	o->client_id = r->client_ids[i];
	r->workers[i] = worker_start(o);
	o->slot++;
	atomic_store(&r->started, i + 1);
}

static void start_workers(struct role *r)
{
	struct worker_options o = {
		.config = r->options.config,
		.processor = r->options.processor,
		.slot = r->place.first_slot,
		.topic_names = r->topics,
		.topic_limits = r->limits,
		.lane_bytes = lane_bytes(r),
		.state_directory = r->state_directory.p,
		.shard = shard_template(r),
		.start = start_of(r->options.config),
		.commit_interval_ms = r->options.commit_interval_ms,
		.failure_budget_percent = r->options.failure_budget_percent,
		.status = r->place.status,
		.mail = r->place.mail,
		.check = check_again,
		.live = note_identity,
		.context = r,
	};

	log_event(LOG_INFO, "role_starts", LOG_S("role", o.processor->role), LOG_S("run", o.config->run), LOG_S("cluster", r->cluster_id),
		LOG_I("partitions", r->partitions), LOG_I("workers", r->worker_count));
	for (int i = 0; i < r->worker_count && !atomic_load(&r->stop); i++)
		start_worker(r, i, &o);
}

static int prepare(struct role *r, struct err *err)
{
	if (kafka_check_properties(r->options.config, err) != 0 || meet_cluster(r, err) != 0)
		return -1;
	struct state_owner id = state_owner_of(r);
	if (state_owner_check(&id, err) != 0)
		return -1;
	uint64_t memory = r->options.memory ? r->options.memory : r->options.config->state.memory;
	return budget_new(memory, r->partitions, r->worker_count, &r->budget, err);
}

static void stop_started(struct role *r)
{
	for (int i = 0; i < atomic_load(&r->started); i++)
		worker_stop(r->workers[i], atomic_load(&r->flush_ms));
}

static void *starter_thread(void *context)
{
	struct role *r = context;
	struct err err;

	if (prepare(r, &err) == 0) {
		start_workers(r);
		if (atomic_load(&r->stop))
			stop_started(r); // that were too late to hear it
	} else if (err.class != ERR_RETRY) {
		r->failure = err;
		log_event(LOG_ERROR, "role_refused", LOG_S("role", r->options.processor->role), LOG_ERR(&err));
	}
	atomic_store(&r->starter_ended, true);
	return NULL;
}

void role_start(struct role *r, const struct role_place *place)
{
	r->place = *place;
	for (int i = 0; i < r->worker_count; i++)
		status_worker_put(place->status, place->first_slot + i, r->options.processor->role, "", STATUS_STARTING);
	if (r->options.processor->describe)
		status_describe(place->status, r->options.processor->role, r->options.processor->describe, r->options.role_state);
	atomic_store(&r->begun, true);
	if (pthread_create(&r->starter, NULL, starter_thread, r) != 0)
		err_out_of_memory();
}

// ---- the end

void role_stop(struct role *r, int64_t flush_ms)
{
	atomic_store(&r->flush_ms, flush_ms);
	atomic_store(&r->stop, true);
	stop_started(r);
}

// The starter ends when all workers run, or in failure.
static bool starter_failed(const struct role *r)
{
	return atomic_load(&r->starter_ended) && r->failure.class != ERR_NONE;
}

bool role_any_ended(const struct role *r)
{
	for (int i = 0; i < atomic_load(&r->started); i++)
		if (worker_has_ended(r->workers[i]))
			return true;
	return starter_failed(r);
}

bool role_all_ended(const struct role *r)
{
	if (!atomic_load(&r->starter_ended))
		return false;
	for (int i = 0; i < atomic_load(&r->started); i++)
		if (!worker_has_ended(r->workers[i]))
			return false;
	return atomic_load(&r->stop) || starter_failed(r);
}

void role_memory(const struct role *r, uint64_t *used, uint64_t *budget)
{
	bool ready = atomic_load(&r->starter_ended) && r->budget;

	*used = ready ? budget_used(r->budget) : 0;
	*budget = ready ? budget_total(r->budget) : 0;
}

void role_measure(const struct role *r)
{
	if (r->options.processor->measure)
		r->options.processor->measure(r->options.role_state);
}

int role_join(struct role *r, struct err *err)
{
	struct err other;

	if (!atomic_load(&r->begun))
		return 0;
	pthread_join(r->starter, NULL);
	*err = r->failure;
	for (int i = 0; i < atomic_load(&r->started); i++)
		if (worker_join(&r->workers[i], &other) != 0 && err->class == ERR_NONE)
			*err = other;
	atomic_store(&r->begun, false);
	return err->class == ERR_NONE ? 0 : -1;
}
