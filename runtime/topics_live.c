// SPDX-License-Identifier: Apache-2.0
#include "runtime/topics_live.h"

#include <stdio.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/topics_describe.h"

enum { SEEN_PAUSE_MS = 100 };

struct drafts {
	rd_kafka_NewTopic_t *p[TOPICS_COUNT];
	size_t n;
};

static void drafts_clear(struct drafts *d)
{
	rd_kafka_NewTopic_destroy_array(d->p, d->n);
}

// ---- reading

int topics_live_counts(rd_kafka_t *client, const struct topics_wanted *wanted, size_t count, struct topics_found *found, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;
	// All topics: asking for one by name could create it.
	memset(found, 0, count * sizeof *found);
	rd_kafka_resp_err_t code = rd_kafka_metadata(client, 1, NULL, &metadata, TOPICS_DESCRIBE_TIMEOUT_MS);

	if (code)
		return kafka_fail_code(err, code, "reading the list of topics");
	for (int i = 0; i < metadata->topic_cnt; i++)
		for (size_t k = 0; k < count; k++) {
			const struct rd_kafka_metadata_topic *t = &metadata->topics[i];

			if (strcmp(t->topic, wanted[k].name) != 0 || t->partition_cnt == 0)
				continue;
			found[k].exists = true;
			found[k].partitions = t->partition_cnt;
			found[k].replication_factor = t->partitions[0].replica_cnt;
		}
	return 0;
}

struct reading {
	const struct topics_wanted *wanted;
	struct topics_found *found;
	size_t count;
};

static void take_entry(const struct topics_wanted *wanted, struct topics_found *found, const char *name, const char *value)
{
	found->described = true;
	if (strcmp(name, "message.timestamp.type") == 0)
		found->append_time = value && strcmp(value, "LogAppendTime") == 0;
	for (size_t i = 0; i < wanted->setting_count; i++)
		if (strcmp(name, wanted->settings[i].name) == 0)
			snprintf(found->values[i], sizeof found->values[i], "%s", value ? value : "");
}

static void take_setting(void *context, const char *topic, const char *name, const char *value)
{
	struct reading *r = context;

	for (size_t k = 0; k < r->count; k++)
		if (strcmp(topic, r->wanted[k].name) == 0)
			take_entry(&r->wanted[k], &r->found[k], name, value);
}

static int read_settings(rd_kafka_t *client, const struct topics_wanted *wanted, size_t count, struct topics_found *found, struct err *err)
{
	struct reading reading = {wanted, found, count};
	const char *names[TOPICS_COUNT];
	size_t n = 0;

	CHECK(count <= TOPICS_COUNT);
	for (size_t k = 0; k < count; k++)
		if (found[k].exists)
			names[n++] = wanted[k].name;
	return topics_describe(client, RD_KAFKA_RESOURCE_TOPIC, names, n, take_setting, &reading, err);
}

int topics_live_read(rd_kafka_t *client, const struct topics_wanted *wanted, size_t count, struct topics_found *found, struct err *err)
{
	if (topics_live_counts(client, wanted, count, found, err) != 0)
		return -1;
	return read_settings(client, wanted, count, found, err);
}

// ---- creating

static const char *const outcome_names[] = {"created", "would create", "exists", "differs", "refused"};

const char *topics_outcome_name(enum topics_outcome outcome)
{
	return outcome_names[outcome];
}

// A topic by shard must have the partition count of those that exist, or nothing could start on it.
static bool fits_others(const struct topics_result *all, struct topics_result *missing)
{
	for (int i = 0; i < TOPICS_COUNT && missing->wanted.by_shard; i++) {
		const struct topics_result *other = &all[i];

		if (!other->wanted.by_shard || !other->found.exists || other->found.partitions == missing->wanted.partitions)
			continue;
		snprintf(missing->problem, sizeof missing->problem,
			"not created: %s has %d partitions, and all topics by shard must have the same count; set topic_defaults.partitions: %d",
			other->wanted.name, other->found.partitions, other->found.partitions);
		return false;
	}
	return true;
}

static rd_kafka_NewTopic_t *draft_of(const struct topics_wanted *w, struct topics_result *r)
{
	rd_kafka_NewTopic_t *draft = rd_kafka_NewTopic_new(w->name, w->partitions, w->replication_factor, r->problem, sizeof r->problem);

	for (size_t i = 0; draft && i < w->setting_count; i++)
		CHECK(rd_kafka_NewTopic_set_config(draft, w->settings[i].name, w->settings[i].create) == RD_KAFKA_RESP_ERR_NO_ERROR);
	return draft;
}

static void draft_missing(struct topics_result *all, struct drafts *out)
{
	for (int i = 0; i < TOPICS_COUNT; i++) {
		struct topics_result *r = &all[i];

		if (r->found.exists)
			continue;
		r->outcome = TOPICS_REFUSED;
		rd_kafka_NewTopic_t *draft = fits_others(all, r) ? draft_of(&r->wanted, r) : NULL;

		if (draft)
			out->p[out->n++] = draft;
	}
}

static void take_result(const rd_kafka_topic_result_t *result, bool dry_run, struct topics_result *r)
{
	rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
		r->outcome = dry_run ? TOPICS_WOULD_CREATE : TOPICS_CREATED;
	} else if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) { // made by another between our two calls, or hidden from us
		r->outcome = TOPICS_EXISTS;
	} else {
		const char *words = rd_kafka_topic_result_error_string(result);

		snprintf(r->problem, sizeof r->problem, "%s: %s", rd_kafka_err2name(code), words ? words : rd_kafka_err2str(code));
	}
}

static int create_missing(rd_kafka_t *client, bool dry_run, struct topics_result *all, struct err *err)
{
	OWN(kafka_queue_free) rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	OWN(topics_options_free) rd_kafka_AdminOptions_t *options = topics_options_for(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	OWN(drafts_clear) struct drafts drafts = {.n = 0};
	OWN(topics_event_free) rd_kafka_event_t *event = NULL;
	size_t n = 0;

	draft_missing(all, &drafts);
	if (drafts.n == 0)
		return 0;
	CHECK(rd_kafka_AdminOptions_set_operation_timeout(options, TOPICS_DESCRIBE_TIMEOUT_MS, NULL, 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
	CHECK(rd_kafka_AdminOptions_set_validate_only(options, dry_run, NULL, 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_CreateTopics(client, drafts.p, drafts.n, options, queue);
	if (topics_event_wait(queue, "creating topics", &event, err) != 0)
		return -1;
	const rd_kafka_topic_result_t **got = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < TOPICS_COUNT; k++)
			if (!all[k].found.exists && strcmp(rd_kafka_topic_result_name(got[i]), all[k].wanted.name) == 0)
				take_result(got[i], dry_run, &all[k]);
	return 0;
}

static void judge_existing(struct topics_result *r)
{
	r->difference_count = topics_compare(&r->wanted, &r->found, r->differences);
	r->outcome = r->difference_count ? TOPICS_DIFFERS : TOPICS_EXISTS;
	if (!r->found.described)
		snprintf(r->problem, sizeof r->problem, "its settings may not be read: this client needs DescribeConfigs on it");
}

static int read_all(rd_kafka_t *client, struct topics_result *all, struct err *err)
{
	struct topics_wanted wanted[TOPICS_COUNT];
	struct topics_found found[TOPICS_COUNT];

	for (int i = 0; i < TOPICS_COUNT; i++)
		wanted[i] = all[i].wanted;
	if (topics_live_read(client, wanted, TOPICS_COUNT, found, err) != 0)
		return -1;
	for (int i = 0; i < TOPICS_COUNT; i++)
		all[i].found = found[i];
	return 0;
}

static bool all_seen(const struct topics_result *all)
{
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (!all[i].found.exists && (all[i].outcome == TOPICS_CREATED || all[i].outcome == TOPICS_EXISTS))
			return false;
	return true;
}

// Brokers hear of a new topic one after the other; who starts right after us must find it.
static int wait_seen(rd_kafka_t *client, struct topics_result *all, struct err *err)
{
	int64_t deadline_ms = now_steady_ms() + TOPICS_DESCRIBE_TIMEOUT_MS;

	while (!all_seen(all) && now_steady_ms() < deadline_ms) {
		usleep(SEEN_PAUSE_MS * 1000);
		if (read_all(client, all, err) != 0)
			return -1;
	}
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (all[i].outcome == TOPICS_EXISTS && all[i].found.exists)
			judge_existing(&all[i]);
		else if (all[i].outcome == TOPICS_EXISTS)
			snprintf(all[i].problem, sizeof all[i].problem, "it exists, but this client may not see it: it needs Describe on it");
	return 0;
}

int topics_live_create(const struct config *config, bool dry_run, struct topics_result out[TOPICS_COUNT], struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	struct topics_wanted wanted[TOPICS_COUNT];

	topics_plan(config, wanted);
	for (int i = 0; i < TOPICS_COUNT; i++)
		out[i] = (struct topics_result){.wanted = wanted[i]};
	if (kafka_new(&(struct kafka_options){.config = config, .kind = KAFKA_UNCOMMITTED, .client_id = "lookback-topics"}, &client, err) != 0)
		return -1;
	if (read_all(client, out, err) != 0)
		return -1;
	for (int i = 0; i < TOPICS_COUNT; i++)
		if (out[i].found.exists)
			judge_existing(&out[i]);
	if (create_missing(client, dry_run, out, err) != 0)
		return -1;
	return wait_seen(client, out, err);
}
