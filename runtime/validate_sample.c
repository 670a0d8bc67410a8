// SPDX-License-Identifier: Apache-2.0
#include "runtime/validate_sample.h"

#include <stdlib.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/validate_keys.h"

// Partitions that are read side by side: each may prefetch.
enum { SIDE_BY_SIDE = 32, POLL_MS = 200 };

struct sample {
	rd_kafka_topic_t *topic;
	rd_kafka_queue_t *queue;
	struct validate_keys keys;
	int first, count; // partitions being read
	int open;         // of them, not done
	int64_t seen[SIDE_BY_SIDE];
	bool done[SIDE_BY_SIDE];
	int64_t deadline_ms;
	char trouble[128]; // a partition could not be read: why
};

static void finish(struct sample *s, int32_t partition)
{
	int slot = partition - s->first;

	if (slot < 0 || slot >= s->count || s->done[slot])
		return;
	s->done[slot] = true;
	s->open--;
}

static void take(struct sample *s, const rd_kafka_message_t *m)
{
	int slot = m->partition - s->first;

	if (m->err) {
		if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
			snprintf(s->trouble, sizeof s->trouble, "%s", rd_kafka_err2str(m->err));
		finish(s, m->partition);
		return;
	}
	if (slot < 0 || slot >= s->count || s->done[slot])
		return;
	validate_key(&s->keys, &(struct validate_place){m->partition, m->offset}, view_of(m->key, m->key_len));
	if (++s->seen[slot] >= VALIDATE_SAMPLE)
		finish(s, m->partition);
}

static void start_partitions(struct sample *s)
{
	s->open = s->count;
	for (int i = 0; i < s->count; i++) {
		s->seen[i] = 0;
		s->done[i] = false;
		if (rd_kafka_consume_start_queue(s->topic, s->first + i, RD_KAFKA_OFFSET_TAIL(VALIDATE_SAMPLE), s->queue) != 0)
			finish(s, s->first + i);
	}
}

static void stop_partitions(struct sample *s)
{
	for (int i = 0; i < s->count; i++)
		rd_kafka_consume_stop(s->topic, s->first + i);
}

static void read_partitions(struct sample *s)
{
	start_partitions(s);
	while (s->open > 0 && now_steady_ms() < s->deadline_ms) {
		rd_kafka_message_t *m = rd_kafka_consume_queue(s->queue, POLL_MS);

		if (!m)
			continue;
		take(s, m);
		rd_kafka_message_destroy(m);
	}
	stop_partitions(s);
}

static void say_unread(const struct sample *s, int unread, struct validate_findings *out)
{
	if (s->trouble[0])
		validate_find(out, VALIDATE_WARNING, "sample_failed", s->keys.topic, "some partitions could not be sampled: %s", s->trouble);
	if (unread)
		validate_find(out, VALIDATE_WARNING, "sample_incomplete", s->keys.topic, "%d partitions were not sampled to their end within %d s",
			unread, VALIDATE_SAMPLE_TIMEOUT_MS / 1000);
}

void validate_sample(const struct config *config, rd_kafka_t *client, const char *topic, int partitions, struct validate_findings *out)
{
	OWN(kafka_topic_free) rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
	OWN(kafka_queue_free) rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	struct sample s = {.topic = handle,
		.queue = queue,
		.keys = {.config = config, .topic = topic, .partitions = partitions},
		.deadline_ms = now_steady_ms() + VALIDATE_SAMPLE_TIMEOUT_MS};
	int unread = 0;

	for (s.first = 0; s.first < partitions; s.first += SIDE_BY_SIDE) {
		s.count = partitions - s.first < SIDE_BY_SIDE ? partitions - s.first : SIDE_BY_SIDE;
		read_partitions(&s);
		unread += s.open;
	}
	say_unread(&s, unread, out);
	validate_keys_report(&s.keys, out);
}
