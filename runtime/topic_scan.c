// SPDX-License-Identifier: Apache-2.0
#include "runtime/topic_scan.h"

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { PATIENCE_MS = 30000, QUESTION_MS = 10000, POLL_MS = 200, BATCH = 1000, AHEAD = 16, QUEUE_BYTES = 2 << 20 };

struct reading {
	const struct topic_scan *scan;
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	int64_t patience_ms;
	int question_ms; // how long an answer may take
	int32_t partitions;
	int32_t started;     // partitions that are being fetched, or were
	int64_t ends[AHEAD]; // of those that were started and not heard, in turn; 0: there is nothing to read
};

struct heard {
	bool any, end; // a record; the partition's end
};

// The partition's offsets to read: [from, to).
static int ask_bounds(const struct reading *r, int32_t partition, int64_t *from, int64_t *to, struct err *err)
{
	const struct topic_scan *s = r->scan;
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(r->client, s->topic, partition, from, to, r->question_ms);

	if (code || s->since_ms <= 0)
		return kafka_fail_code(err, code, s->topic);
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *at = rd_kafka_topic_partition_list_add(list, s->topic, partition);

	at->offset = s->since_ms;
	code = rd_kafka_offsets_for_times(r->client, list, r->question_ms);
	if (kafka_fail_code(err, code ? code : at->err, s->topic) != 0)
		return -1;
	*from = at->offset >= 0 ? at->offset : *to; // none is that young
	return 0;
}

static int start(struct reading *r, struct err *err)
{
	int32_t partition = r->started;
	int64_t from = 0, to = 0;

	if (ask_bounds(r, partition, &from, &to, err) != 0)
		return -1;
	r->ends[partition % AHEAD] = from < to ? to : 0;
	if (from < to && rd_kafka_consume_start(r->topic, partition, from) != 0)
		return kafka_fail_code(err, rd_kafka_last_error(), r->scan->topic);
	r->started++;
	return 0;
}

static void stop(struct reading *r, int32_t partition)
{
	if (r->ends[partition % AHEAD])
		rd_kafka_consume_stop(r->topic, partition);
	r->ends[partition % AHEAD] = 0;
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

// One message of the queue.
static int take(const struct reading *r, const rd_kafka_message_t *m, int64_t to, struct heard *heard, struct err *err)
{
	heard->end = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
	if (m->err)
		return heard->end || kafka_is_retriable(m->err) ? 0 : kafka_fail_code(err, m->err, r->scan->topic);
	heard->any = true;
	heard->end = m->offset >= to - 1;
	if (m->offset >= to)
		return 0;
	struct record record = record_of(m);

	return r->scan->hear(r->scan->context, &record, err);
}

static int take_all(const struct reading *r, rd_kafka_message_t **batch, ssize_t n, struct heard *heard, struct err *err)
{
	int failed = 0;

	for (ssize_t i = 0; i < n; i++) {
		if (!failed && !heard->end)
			failed = take(r, batch[i], r->ends[batch[i]->partition % AHEAD], heard, err);
		rd_kafka_message_destroy(batch[i]);
	}
	return failed;
}

static int read_partition(const struct reading *r, int32_t partition, struct err *err)
{
	int64_t heard_ms = now_steady_ms();
	rd_kafka_message_t *batch[BATCH];
	struct heard heard = {.end = r->ends[partition % AHEAD] == 0};

	while (!heard.end) {
		ssize_t n = rd_kafka_consume_batch(r->topic, partition, POLL_MS, batch, BATCH);

		heard.any = false;
		if (n < 0)
			return kafka_fail_code(err, rd_kafka_last_error(), r->scan->topic);
		if (take_all(r, batch, n, &heard, err) != 0)
			return -1;
		if (heard.any)
			heard_ms = now_steady_ms();
		else if (now_steady_ms() - heard_ms > r->patience_ms)
			return err_set(err, ERR_RETRY, "kafka_timed_out", "%s [%d]: the brokers have sent nothing for %d s", r->scan->topic,
				(int)partition, (int)(r->patience_ms / 1000));
	}
	return 0;
}

static int read_all(struct reading *r, struct err *err)
{
	for (int32_t partition = 0; partition < r->partitions; partition++) {
		while (r->started < r->partitions && r->started < partition + AHEAD)
			if (start(r, err) != 0)
				return -1;
		if (read_partition(r, partition, err) != 0)
			return -1;
		stop(r, partition);
		if (r->scan->partition_end)
			r->scan->partition_end(r->scan->context, partition);
	}
	return 0;
}

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
	if (count_partitions(&r, err) != 0)
		return -1;
	int failed = read_all(&r, err);

	for (int32_t partition = r.started > AHEAD ? r.started - AHEAD : 0; partition < r.started; partition++)
		stop(&r, partition);
	return failed;
}
