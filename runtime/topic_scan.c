// SPDX-License-Identifier: Apache-2.0
#include "runtime/topic_scan.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { PATIENCE_MS = 30000, QUESTION_MS = 10000, POLL_MS = 200, PAUSE_US = 100000, AHEAD = 2, QUEUE_BYTES = 16 << 20 };

struct bounds {
	int64_t from, to; // offsets: [from, to)
};

struct reading {
	const struct topic_scan *scan;
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	int64_t patience_ms;
	int question_ms;             // how long an answer may take
	int32_t partitions, started; // from `started` on they have not been begun with
	struct bounds *bounds;       // by partition
};

// ---- where it begins and ends

static int ask_watermarks(const struct reading *r, struct err *err)
{
	for (int32_t p = 0; p < r->partitions; p++) {
		struct bounds *b = &r->bounds[p];
		rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(r->client, r->scan->topic, p, &b->from, &b->to, r->question_ms);

		if (kafka_fail_code(err, code, r->scan->topic) != 0)
			return -1;
	}
	return 0;
}

static int ask_times(const struct reading *r, struct err *err)
{
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(r->partitions);

	for (int32_t p = 0; p < r->partitions; p++)
		rd_kafka_topic_partition_list_add(list, r->scan->topic, p)->offset = r->scan->since_ms;
	if (kafka_fail_code(err, rd_kafka_offsets_for_times(r->client, list, r->question_ms), r->scan->topic) != 0)
		return -1;
	for (int i = 0; i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *at = &list->elems[i];
		struct bounds *b = &r->bounds[at->partition];

		if (kafka_fail_code(err, at->err, r->scan->topic) != 0)
			return -1;
		b->from = at->offset >= 0 ? at->offset : b->to; // none is that young
	}
	return 0;
}

// Before anything is fetched: a broker answers one request of a connection after the other, and a fetch waits for records.
static int ask_bounds(struct reading *r, struct err *err)
{
	free(r->bounds);
	r->bounds = calloc((size_t)r->partitions + 1, sizeof *r->bounds);
	if (!r->bounds)
		err_out_of_memory();
	if (ask_watermarks(r, err) != 0)
		return -1;
	return r->scan->since_ms > 0 && r->partitions > 0 ? ask_times(r, err) : 0;
}

// ---- reading

static bool is_empty(const struct reading *r, int32_t partition)
{
	return r->bounds[partition].from >= r->bounds[partition].to;
}

static int start(struct reading *r, struct err *err)
{
	int32_t p = r->started;

	if (!is_empty(r, p) && rd_kafka_consume_start(r->topic, p, r->bounds[p].from) != 0)
		return kafka_fail_code(err, rd_kafka_last_error(), r->scan->topic);
	r->started++;
	return 0;
}

static void stop(const struct reading *r, int32_t partition)
{
	if (!is_empty(r, partition))
		rd_kafka_consume_stop(r->topic, partition);
}

static struct record record_of(const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	int64_t timestamp = rd_kafka_message_timestamp(m, &type);

	return (struct record){
		.partition = m->partition,
		.offset = m->offset,
		.timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
		.key = m->key ? view_of(m->key, m->key_len) : VIEW_ABSENT,
		.value = m->payload ? view_of(m->payload, m->len) : VIEW_ABSENT,
	};
}

// One message of the queue; `end` when it is the last one, or beyond.
static int take(const struct reading *r, const rd_kafka_message_t *m, bool *end, struct err *err)
{
	int64_t to = r->bounds[m->partition].to;

	*end = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || (!m->err && m->offset >= to - 1);
	if (m->err)
		return *end || kafka_is_retriable(m->err) ? 0 : kafka_fail_code(err, m->err, r->scan->topic);
	if (m->offset >= to)
		return 0;
	struct record record = record_of(m);

	return r->scan->hear(r->scan->context, &record, err);
}

// One at a time: a batch waits until it is full.
static int read_partition(const struct reading *r, int32_t partition, struct err *err)
{
	int64_t heard_ms = now_steady_ms();
	bool end = is_empty(r, partition);

	while (!end) {
		rd_kafka_message_t *m = rd_kafka_consume(r->topic, partition, POLL_MS);
		bool any = m && !m->err;
		int failed = m ? take(r, m, &end, err) : 0;

		if (m)
			rd_kafka_message_destroy(m);
		if (failed)
			return -1;
		if (any)
			heard_ms = now_steady_ms();
		else if (now_steady_ms() - heard_ms > r->patience_ms)
			return err_set(err, ERR_RETRY, "kafka_timed_out", "%s [%d]: the brokers have sent nothing for %d s", r->scan->topic,
				(int)partition, (int)(r->patience_ms / 1000));
	}
	return 0;
}

static int read_next(struct reading *r, int32_t partition, struct err *err)
{
	while (r->started < r->partitions && r->started < partition + AHEAD)
		if (start(r, err) != 0)
			return -1;
	return read_partition(r, partition, err);
}

static int read_all(struct reading *r, struct err *err)
{
	int32_t done = 0;

	for (; done < r->partitions && read_next(r, done, err) == 0; done++) {
		stop(r, done);
		if (r->scan->partition_end)
			r->scan->partition_end(r->scan->context, done);
	}
	for (int32_t p = done; p < r->started; p++)
		stop(r, p);
	return done < r->partitions ? -1 : 0;
}

// ---- the whole

static int count_partitions(struct reading *r, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(r->client, 0, r->topic, &metadata, r->question_ms);

	if (kafka_fail_code(err, code, r->scan->topic) != 0)
		return -1;
	const struct rd_kafka_metadata_topic *topic = metadata->topic_cnt == 1 ? &metadata->topics[0] : NULL;

	if (!topic || topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return err_set(err, ERR_FATAL, "topic_missing", "there is no topic %s: `lookback topics create` makes it", r->scan->topic);
	r->partitions = topic->partition_cnt;
	return kafka_fail_code(err, topic->err, r->scan->topic);
}

static int ask(struct reading *r, struct err *err)
{
	return count_partitions(r, err) == 0 ? ask_bounds(r, err) : -1;
}

// A broker may have a new leader to find first, also of a topic that has just been made.
static int ask_patiently(struct reading *r, struct err *err)
{
	int64_t until_ms = now_steady_ms() + r->question_ms;
	int failed;

	while ((failed = ask(r, err)) != 0 && err->class == ERR_RETRY && now_steady_ms() < until_ms)
		usleep(PAUSE_US);
	return failed;
}

int topic_scan(const struct topic_scan *scan, struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	OWN(kafka_topic_free) rd_kafka_topic_t *topic = NULL;
	const struct kafka_options options = {.config = scan->config,
		.kind = KAFKA_READER,
		.client_id = scan->client_id,
		.partition_queue_bytes = QUEUE_BYTES};

	if (kafka_new(&options, &client, err) != 0)
		return -1;
	topic = rd_kafka_topic_new(client, scan->topic, NULL);
	struct reading r = {.scan = scan, .client = client, .topic = topic, .patience_ms = scan->patience_ms ? scan->patience_ms : PATIENCE_MS};

	r.question_ms = r.patience_ms < QUESTION_MS ? (int)r.patience_ms : QUESTION_MS;
	int failed = ask_patiently(&r, err);

	if (!failed)
		failed = read_all(&r, err);
	free(r.bounds);
	return failed;
}
