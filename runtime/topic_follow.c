// SPDX-License-Identifier: Apache-2.0
#include "runtime/topic_follow.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum {
	RETRY_FIRST_MS = 100,
	RETRY_MOST_MS = 10000,
	POLL_MS = 100,
	QUESTION_MS = 5000,
	QUEUE_BYTES = 256 << 10,
	CHECK_EVERY_MS = 30000,
	SILENCE_MS = 3600000, // a tombstone lives for delete.retention.ms, by default a day
};

struct part {
	int64_t next; // offset
	bool at_end;  // was, since reading began
};

struct topic_follow {
	struct topic_follow_options options;
	pthread_t thread;
	atomic_bool stopping;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool caught_up; // ever
	struct err trouble;

	// The thread's own.
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	rd_kafka_queue_t *queue;
	struct part *parts; // what has been heard, also while nothing is read
	int32_t count;      // 0: nothing has been
	int32_t started;
	bool anew, told; // begin anew with the next reading; caught_up was called since it began
	int64_t heard_from_ms, check_ms;
};

// ---- what others see

static void note_trouble(struct topic_follow *f, const struct err *err)
{
	pthread_mutex_lock(&f->lock);
	f->trouble = *err;
	pthread_mutex_unlock(&f->lock);
	log_throttled(LOG_WARN, "topic_follow_trouble", LOG_S("topic", f->options.topic), LOG_ERR(err));
}

static void note_good(struct topic_follow *f)
{
	f->heard_from_ms = now_steady_ms();
	pthread_mutex_lock(&f->lock);
	f->trouble.class = ERR_NONE;
	pthread_mutex_unlock(&f->lock);
}

static void note_caught_up(struct topic_follow *f)
{
	for (int32_t p = 0; p < f->count; p++)
		if (!f->parts[p].at_end)
			return;
	if (f->told)
		return;
	f->told = true;
	if (f->options.caught_up)
		f->options.caught_up(f->options.context);
	pthread_mutex_lock(&f->lock);
	f->caught_up = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

// ---- where to read

static int count_partitions(struct topic_follow *f, int32_t *count, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(f->client, 0, f->topic, &metadata, QUESTION_MS);

	if (kafka_fail_code(err, code, f->options.topic) != 0)
		return -1;
	const struct rd_kafka_metadata_topic *t = metadata->topic_cnt == 1 ? &metadata->topics[0] : NULL;

	if (!t || t->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
		f->anew = true; // if it comes back, it is another one
		return err_set(err, ERR_RETRY, "topic_missing", "there is no topic %s: `lookback topics create` makes it", f->options.topic);
	}
	*count = t->partition_cnt;
	return kafka_fail_code(err, t->err, f->options.topic);
}

// Does what was heard go on where it ended? `low` of each partition is where its log begins.
static int compare(struct topic_follow *f, int64_t *low, struct err *err)
{
	for (int32_t p = 0; p < f->count; p++) {
		int64_t from = 0, to = 0;

		if (kafka_fail_code(err, rd_kafka_query_watermark_offsets(f->client, f->options.topic, p, &from, &to, QUESTION_MS),
				f->options.topic) != 0)
			return -1;
		if (f->parts[p].next >= 0 && (f->parts[p].next < from || f->parts[p].next > to))
			f->anew = true;
		if (low)
			low[p] = from;
	}
	return 0;
}

static void forget(struct topic_follow *f, int32_t count)
{
	bool before = f->count > 0;

	free(f->parts);
	f->parts = calloc((size_t)count + 1, sizeof *f->parts);
	if (!f->parts)
		err_out_of_memory();
	for (int32_t p = 0; p < count; p++)
		f->parts[p].next = -1;
	f->count = count;
	f->anew = f->told = false;
	if (before && f->options.restart)
		f->options.restart(f->options.context);
}

static int find_places(struct topic_follow *f, struct err *err)
{
	int32_t count = 0;

	if (count_partitions(f, &count, err) != 0)
		return -1;
	if (count != f->count || now_steady_ms() - f->heard_from_ms > SILENCE_MS)
		f->anew = true;
	OWN(own_free) int64_t *low = calloc((size_t)count + 1, sizeof *low);

	if (!low)
		err_out_of_memory();
	if (!f->anew && compare(f, low, err) != 0)
		return -1;
	if (f->anew)
		forget(f, count);
	if (compare(f, low, err) != 0)
		return -1;
	for (int32_t p = 0; p < count; p++)
		if (f->parts[p].next < 0)
			f->parts[p].next = low[p];
	return 0;
}

// ---- reading

static void close_reading(struct topic_follow *f)
{
	while (f->started > 0)
		rd_kafka_consume_stop(f->topic, --f->started);
	kafka_queue_free(&f->queue);
	kafka_topic_free(&f->topic);
	kafka_free(&f->client);
}

static int open_reading(struct topic_follow *f, struct err *err)
{
	const struct kafka_options options = {.config = f->options.config,
		.kind = KAFKA_READER,
		.client_id = f->options.client_id,
		.partition_queue_bytes = QUEUE_BYTES};

	if (kafka_new(&options, &f->client, err) != 0)
		return -1;
	f->topic = rd_kafka_topic_new(f->client, f->options.topic, NULL);
	f->queue = rd_kafka_queue_new(f->client);
	if (find_places(f, err) != 0)
		return -1;
	for (; f->started < f->count; f->started++) {
		f->parts[f->started].at_end = false;
		if (rd_kafka_consume_start_queue(f->topic, f->started, f->parts[f->started].next, f->queue) != 0)
			return kafka_fail_code(err, rd_kafka_last_error(), f->options.topic);
	}
	f->check_ms = now_steady_ms() + f->options.check_ms;
	note_good(f);
	note_caught_up(f); // of a topic without partitions
	return 0;
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

static int take_error(struct topic_follow *f, const rd_kafka_message_t *m, struct err *err)
{
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		f->parts[m->partition].at_end = true;
		note_good(f);
		note_caught_up(f);
		return 0;
	}
	if (m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
		f->anew = true;
	kafka_fail_code(err, m->err, f->options.topic);
	if (!kafka_is_retriable(m->err))
		return -1;
	note_trouble(f, err); // the library goes on by itself
	return 0;
}

static int take(struct topic_follow *f, const rd_kafka_message_t *m, struct err *err)
{
	CHECK(m->partition >= 0 || m->err);
	if (m->err)
		return take_error(f, m, err);
	struct record record = record_of(m);

	f->options.hear(f->options.context, &record);
	f->parts[m->partition].next = m->offset + 1;
	return 0;
}

// A topic that was made anew under the same name, and silence, give no error by themselves.
static int check(struct topic_follow *f, struct err *err)
{
	int32_t count = 0;

	if (now_steady_ms() < f->check_ms)
		return 0;
	f->check_ms = now_steady_ms() + f->options.check_ms;
	if (count_partitions(f, &count, err) != 0 || compare(f, NULL, err) != 0)
		return -1;
	if (count != f->count)
		f->anew = true;
	if (f->anew)
		return err_set(err, ERR_RETRY, "topic_changed", "%s is not what it was; it is read again from its beginning", f->options.topic);
	note_good(f);
	return 0;
}

static int read_on(struct topic_follow *f, struct err *err)
{
	while (!atomic_load(&f->stopping)) {
		rd_kafka_message_t *m = rd_kafka_consume_queue(f->queue, POLL_MS);
		int failed = m ? take(f, m, err) : 0;

		if (m)
			rd_kafka_message_destroy(m);
		if (failed || check(f, err) != 0)
			return -1;
	}
	return 0;
}

// ---- life

static void pause_for(struct topic_follow *f, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000 % 1000000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&f->lock);
	while (!atomic_load(&f->stopping) && pthread_cond_timedwait(&f->changed, &f->lock, &until) == 0)
		;
	pthread_mutex_unlock(&f->lock);
}

static void *run(void *context)
{
	struct topic_follow *f = context;
	int64_t most = f->options.retry_most_ms ? f->options.retry_most_ms : RETRY_MOST_MS, wait = RETRY_FIRST_MS;
	struct err err;

	while (!atomic_load(&f->stopping)) {
		bool opened = open_reading(f, &err) == 0;
		int failed = opened ? read_on(f, &err) : -1;

		close_reading(f);
		if (!failed)
			break;
		note_trouble(f, &err);
		wait = opened ? RETRY_FIRST_MS : wait;
		pause_for(f, wait);
		wait = wait * 2 > most ? most : wait * 2;
	}
	return NULL;
}

struct topic_follow *topic_follow_new(const struct topic_follow_options *options)
{
	struct topic_follow *f = calloc(1, sizeof *f);
	pthread_condattr_t steady;

	if (!f)
		err_out_of_memory();
	f->options = *options;
	f->options.check_ms = options->check_ms ? options->check_ms : CHECK_EVERY_MS;
	f->heard_from_ms = now_steady_ms();
	f->trouble.class = ERR_NONE;
	CHECK(pthread_mutex_init(&f->lock, NULL) == 0);
	CHECK(pthread_condattr_init(&steady) == 0 && pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&f->changed, &steady) == 0);
	pthread_condattr_destroy(&steady);
	CHECK(pthread_create(&f->thread, NULL, run, f) == 0);
	return f;
}

void topic_follow_free(struct topic_follow **follow)
{
	struct topic_follow *f = *follow;

	if (!f)
		return;
	atomic_store(&f->stopping, true);
	pthread_mutex_lock(&f->lock);
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f->parts);
	free(f);
	*follow = NULL;
}

bool topic_follow_caught_up(struct topic_follow *f)
{
	return topic_follow_wait(f, 0);
}

int topic_follow_trouble(struct topic_follow *f, struct err *err)
{
	pthread_mutex_lock(&f->lock);
	bool trouble = f->trouble.class != ERR_NONE;

	if (trouble)
		*err = f->trouble;
	pthread_mutex_unlock(&f->lock);
	return trouble ? -1 : 0;
}

bool topic_follow_wait(struct topic_follow *f, int64_t timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += timeout_ms % 1000 * 1000000;
	until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&f->lock);
	while (!f->caught_up && pthread_cond_timedwait(&f->changed, &f->lock, &until) == 0)
		;
	bool caught_up = f->caught_up;

	pthread_mutex_unlock(&f->lock);
	return caught_up;
}
