// SPDX-License-Identifier: Apache-2.0
#include "runtime/topic_change.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { ATTEMPTS = 10, PATIENCE_MS = 30000, PAUSE_MS = 100, PAUSE_MOST_MS = 1500 };

struct topic_change_writer {
	rd_kafka_t *client;
	const char *topic;
	rd_kafka_resp_err_t undelivered; // the first that was not acknowledged
	size_t put;
};

// ---- writing

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *m, void *opaque)
{
	struct topic_change_writer *w = opaque;

	(void)client;
	if (m->err && !w->undelivered)
		w->undelivered = m->err;
}

int topic_change_put(struct topic_change_writer *w, struct view key, struct view value, struct err *err)
{
	rd_kafka_resp_err_t code;

	while ((code = rd_kafka_producev(w->client, RD_KAFKA_V_TOPIC(w->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				RD_KAFKA_V_KEY(key.p, key.n), RD_KAFKA_V_VALUE((void *)(uintptr_t)value.p, value.n), RD_KAFKA_V_END)) ==
		RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(w->client, PAUSE_MS);
	w->put++;
	return kafka_fail_code(err, code, w->topic);
}

// ---- one attempt

static bool again(const struct err *err, int failed, int64_t until)
{
	if (failed == 0 || err->class != ERR_RETRY || now_steady_ms() >= until)
		return false;
	usleep(PAUSE_MS * 1000);
	return true;
}

static int begin(rd_kafka_t *client, struct err *err)
{
	int64_t until = now_steady_ms() + PATIENCE_MS;
	int failed;

	do
		failed = kafka_fail(err, rd_kafka_init_transactions(client, PATIENCE_MS), "beginning to change a topic");
	while (again(err, failed, until));
	return failed ? -1 : kafka_fail(err, rd_kafka_begin_transaction(client), "beginning a transaction");
}

// Where the topic's partitions are, before anything is put: the library would look only once a second.
static int know_topic(rd_kafka_t *client, const char *topic, struct err *err)
{
	OWN(kafka_topic_free) rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;

	return kafka_fail_code(err, rd_kafka_metadata(client, 0, handle, &metadata, PATIENCE_MS), topic);
}

static int commit(struct topic_change_writer *w, struct err *err)
{
	int64_t until = now_steady_ms() + PATIENCE_MS;
	int failed;

	do
		failed = kafka_fail(err, rd_kafka_commit_transaction(w->client, PATIENCE_MS), w->topic);
	while (again(err, failed, until));
	return failed || !w->undelivered ? failed : kafka_fail_code(err, w->undelivered, w->topic);
}

// Somebody began after us: the broker takes nothing from us any more.
static bool is_fenced(rd_kafka_t *client)
{
	return rd_kafka_fatal_error(client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int attempt(const struct topic_change *change, const char *id, bool *fenced, struct err *err)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	struct topic_change_writer w = {.topic = change->topic};
	const struct kafka_options options = {.config = change->config,
		.kind = KAFKA_PRODUCER,
		.client_id = change->client_id,
		.transactional_id = id,
		.quiet = true, // to be fenced is no error here
		.delivered = delivered,
		.opaque = &w};

	if (kafka_new(&options, &client, err) != 0)
		return -1;
	w.client = client;
	int failed = begin(client, err) != 0 || know_topic(client, change->topic, err) != 0 || change->attempt(change->context, &w, err) != 0;

	if (!failed && w.put > 0 && commit(&w, err) == 0)
		return 0;
	*fenced = is_fenced(client) || (!failed && w.put > 0 && err->class == ERR_ABORT);
	if (!is_fenced(client))
		rd_kafka_error_destroy(rd_kafka_abort_transaction(client, PATIENCE_MS)); // else the broker does, after a while
	return failed || w.put > 0 ? -1 : 0;
}

// ---- until it is done

// Those that met each other must not meet again.
static void pause_somewhat(void)
{
	unsigned random = 0;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		random = (unsigned)now_steady_us();
	usleep((useconds_t)(PAUSE_MS + random % PAUSE_MOST_MS) * 1000);
}

int topic_change(const struct topic_change *change, struct err *err)
{
	char id[300];

	snprintf(id, sizeof id, "%s-changes", change->topic);
	for (int i = 0; i < ATTEMPTS; i++) {
		bool fenced = false;

		if (attempt(change, id, &fenced, err) == 0)
			return 0;
		if (!fenced)
			return -1;
		pause_somewhat();
	}
	return err_set(err, ERR_RETRY, "topic_contended",
		"%s: others changed it at the same time, %d times in a row, and nothing was written; call again when they are done", change->topic,
		ATTEMPTS);
}
