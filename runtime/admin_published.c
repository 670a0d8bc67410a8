// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_published.h"

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { TIMEOUT_MS = 10000, POLL_MS = 200, QUESTION_MS = 5000, FIRST_SPAN = 20000, LAST_SPAN = 1000000 };

struct search {
	rd_kafka_topic_t *topic;
	int32_t partition;
	struct view key;
	struct arena *arena;
	struct view value;
	bool found;
	int64_t deadline_ms;
};

static void look(struct search *s, const rd_kafka_message_t *m)
{
	if (!view_eq(view_of(m->key, m->key_len), s->key))
		return;
	s->found = true;
	s->value = m->payload ? arena_dup(s->arena, view_of(m->payload, m->len)) : VIEW_ABSENT;
}

// [from, to): true if it was read to its end.
static bool read_span(struct search *s, int64_t from, int64_t to)
{
	bool done = false;

	if (rd_kafka_consume_start(s->topic, s->partition, from) != 0)
		return false;
	while (!done && now_steady_ms() < s->deadline_ms) {
		rd_kafka_message_t *m = rd_kafka_consume(s->topic, s->partition, POLL_MS);

		if (!m)
			continue;
		done = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || (!m->err && m->offset >= to - 1);
		if (!m->err && m->offset < to)
			look(s, m);
		bool broken = m->err && !done;

		rd_kafka_message_destroy(m);
		if (broken)
			break;
	}
	rd_kafka_consume_stop(s->topic, s->partition);
	return done;
}

static bool search_backwards(struct search *s, int64_t low, int64_t high)
{
	for (int64_t span = FIRST_SPAN; high > low && !s->found; span = span < LAST_SPAN ? span * 2 : span) {
		int64_t from = high - low > span ? high - span : low;

		if (!read_span(s, from, high))
			return false;
		high = from;
	}
	return true;
}

int admin_published(const struct admin_published *where, struct view key, struct arena *arena, struct view *value, bool *whole,
	struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	OWN(kafka_topic_free) rd_kafka_topic_t *topic = NULL;
	int64_t low = 0, high = 0;

	*value = VIEW_ABSENT;
	if (kafka_new(&(struct kafka_options){.config = where->config, .kind = KAFKA_READER, .client_id = "lookback-explain"}, &client, err) !=
		0)
		return -1;
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(client, where->topic, where->partition, &low, &high, QUESTION_MS);

	if (code)
		return kafka_fail_code(err, code, where->topic);
	topic = rd_kafka_topic_new(client, where->topic, NULL);
	struct search s = {.topic = topic,
		.partition = where->partition,
		.key = key,
		.arena = arena,
		.deadline_ms = now_steady_ms() + (where->timeout_ms ? where->timeout_ms : TIMEOUT_MS)};

	*whole = search_backwards(&s, low, high);
	*value = s.value;
	return 0;
}
