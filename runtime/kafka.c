// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "runtime/kafka_property.h"
#include "runtime/patient_poll.h"

enum { PARTITION_QUEUE_DEFAULT = 8 << 20, TEXT = 512 };

// ---- configuration

struct property {
	const char *name, *value;
};

static const struct property of_all[] = {
	{"socket.nagle.disable", "true"}, {"socket.keepalive.enable", "true"},
	{"reconnect.backoff.max.ms", "1000"}, // a broker that is back is found soon
};

// Users may override these.
static const struct property of_consumers[] = {
	{"fetch.wait.max.ms", "100"}, // a partition's end is known only after an empty fetch
	{"fetch.error.backoff.ms", "100"},
};

static const struct property of_members[] = {
	{"session.timeout.ms", "60000"}, // a static member's restart must fit in
};

static const struct property of_producers[] = {
	{"linger.ms", "20"}, {"compression.codec", "lz4"}, {"transaction.timeout.ms", "30000"}, {"queue.buffering.max.messages", "500000"},
	{"queue.buffering.max.kbytes", "131072"}, {"message.max.bytes", "100000000"}, // the topics' own limits decide
};

// These are not theirs to set (kafka_property.c).
static const struct property of_consumers_fixed[] = {
	{"enable.auto.commit", "false"},
	{"enable.auto.offset.store", "false"},
	{"auto.offset.reset", "error"},
	{"enable.partition.eof", "true"},
};

static const struct property of_producers_fixed[] = {
	{"partitioner", "murmur2_random"},
};

struct kafka_conf {
	rd_kafka_conf_t *conf;
	struct err *err;
	bool failed; // sticky
};

// `value` of a secret is not repeated, and neither are the library's words, which may hold it.
static void conf_fail(struct kafka_conf *c, const char *name, const char *words, bool secret)
{
	c->failed = true;
	if (secret)
		err_set(c->err, ERR_FATAL, "kafka_property", "kafka.properties: %s: librdkafka refuses its value (not shown: it is a secret)",
			name);
	else
		err_set(c->err, ERR_FATAL, "kafka_property", "kafka.properties: %s: %s", name, words);
}

static void conf_set(struct kafka_conf *c, const char *name, const char *value, bool secret)
{
	char words[TEXT];

	if (c->failed)
		return;
	if (rd_kafka_conf_set(c->conf, name, value, words, sizeof words) != RD_KAFKA_CONF_OK)
		conf_fail(c, name, words, secret);
}

static void conf_set_all(struct kafka_conf *c, const struct property *properties, size_t count)
{
	for (size_t i = 0; i < count; i++)
		conf_set(c, properties[i].name, properties[i].value, false);
}

#define CONF_SET_ALL(c, table) conf_set_all((c), (table), sizeof(table) / sizeof(table)[0])

static void conf_set_number(struct kafka_conf *c, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	conf_set(c, name, text, false);
}

static void conf_set_users(struct kafka_conf *c, const struct config *config)
{
	for (size_t i = 0; i < config->kafka.property_count; i++) {
		const struct config_property *p = &config->kafka.properties[i];
		const char *why = kafka_property_refusal(p->name);

		if (why && !c->failed)
			conf_fail(c, p->name, why, false);
		conf_set(c, p->name, p->value, p->secret);
	}
}

static void conf_set_member(struct kafka_conf *c, const struct kafka_options *o)
{
	conf_set(c, "group.id", o->group, false);
	conf_set(c, "partition.assignment.strategy", "range", false);
	conf_set(c, "isolation.level", "read_committed", false);
	if (o->group_instance)
		conf_set(c, "group.instance.id", o->group_instance, false);
	rd_kafka_conf_set_rebalance_cb(c->conf, o->rebalance);
}

static void conf_set_producer(struct kafka_conf *c, const struct kafka_options *o)
{
	CONF_SET_ALL(c, of_producers_fixed);
	if (o->transactional_id)
		conf_set(c, "transactional.id", o->transactional_id, false);
	if (o->batch_bytes)
		conf_set_number(c, "batch.size", o->batch_bytes);
	rd_kafka_conf_set_dr_msg_cb(c->conf, o->delivered);
	if (patient_poll_enable(c->conf) != RD_KAFKA_RESP_ERR_NO_ERROR) // refused only for a name that is taken
		conf_fail(c, "interceptor", "this client has one for its threads already", false);
}

static void conf_set_defaults(struct kafka_conf *c, const struct kafka_options *o)
{
	uint64_t queue = o->partition_queue_bytes ? o->partition_queue_bytes : PARTITION_QUEUE_DEFAULT;

	CONF_SET_ALL(c, of_all);
	if (o->kind == KAFKA_PRODUCER) {
		CONF_SET_ALL(c, of_producers);
		return;
	}
	CONF_SET_ALL(c, of_consumers);
	conf_set_number(c, "queued.max.messages.kbytes", queue < 1024 ? 1 : queue / 1024);
	if (o->kind == KAFKA_GROUP)
		CONF_SET_ALL(c, of_members);
}

static void conf_set_fixed(struct kafka_conf *c, const struct kafka_options *o)
{
	conf_set(c, "bootstrap.servers", o->config->kafka.bootstrap_servers, false);
	conf_set(c, "client.id", o->client_id, false);
	if (o->kind == KAFKA_PRODUCER) {
		conf_set_producer(c, o);
		return;
	}
	CONF_SET_ALL(c, of_consumers_fixed);
	if (o->kind == KAFKA_GROUP)
		conf_set_member(c, o);
	else
		conf_set(c, "isolation.level", o->kind == KAFKA_UNCOMMITTED ? "read_uncommitted" : "read_committed", false);
	if (o->fetch_wait_ms)
		conf_set_number(c, "fetch.wait.max.ms", (uint64_t)o->fetch_wait_ms);
}

// ---- logs

// syslog's numbers: 3 error, 4 warning, 5 notice, 6 info, 7 debug.
static enum log_level level_of(int syslog_level)
{
	if (syslog_level <= 3)
		return LOG_ERROR;
	if (syslog_level == 4)
		return LOG_WARN;
	return syslog_level == 7 ? LOG_DEBUG : LOG_INFO;
}

// From any of the library's threads.
static void log_line(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
	// Each property goes to all clients; that some do not use it is no news.
	if (strcmp(facility, "CONFWARN") == 0)
		return;
	log_event(level_of(level), "kafka_log", LOG_S("client", client ? rd_kafka_name(client) : ""), LOG_S("facility", facility),
		LOG_S("text", text));
}

// Brokers that come and go are the library's business; what is fatal is asked for by kafka_check_alive.
static void log_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
	(void)opaque;
	log_throttled(LOG_WARN, "kafka_error", LOG_S("client", rd_kafka_name(client)),
		LOG_S("code", rd_kafka_err2name((rd_kafka_resp_err_t)code)), LOG_S("text", text));
}

// ---- clients

static rd_kafka_conf_t *conf_new(const struct kafka_options *o, struct err *err)
{
	struct kafka_conf c = {rd_kafka_conf_new(), err, false};

	conf_set_defaults(&c, o);
	conf_set_users(&c, o->config);
	conf_set_fixed(&c, o);
	rd_kafka_conf_set_log_cb(c.conf, o->quiet ? NULL : log_line);
	if (!o->quiet)
		rd_kafka_conf_set_error_cb(c.conf, log_error);
	rd_kafka_conf_set_opaque(c.conf, o->opaque);
	rd_kafka_conf_enable_sasl_queue(c.conf, 1);
	if (!c.failed)
		return c.conf;
	rd_kafka_conf_destroy(c.conf);
	return NULL;
}

int kafka_new(const struct kafka_options *o, rd_kafka_t **out, struct err *err)
{
	char words[TEXT];
	rd_kafka_conf_t *conf = conf_new(o, err);

	if (!conf)
		return -1;
	*out = rd_kafka_new(o->kind == KAFKA_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, words, sizeof words);
	if (!*out) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_FATAL, "kafka_property", "kafka.properties: %s", words);
	}
	// Tokens are renewed beside blocking calls; an error only says that this is not OAUTHBEARER.
	rd_kafka_error_destroy(rd_kafka_sasl_background_callbacks_enable(*out));
	if (o->kind == KAFKA_GROUP)
		rd_kafka_poll_set_consumer(*out);
	return 0;
}

void kafka_free(rd_kafka_t **client)
{
	if (*client)
		rd_kafka_destroy_flags(*client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	*client = NULL;
}

int kafka_check_properties(const struct config *config, struct err *err)
{
	static const enum kafka_kind kinds[] = {KAFKA_GROUP, KAFKA_READER, KAFKA_PRODUCER};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct kafka_options o = {.config = config,
			.kind = kinds[i],
			.client_id = "check",
			.group = "check",
			.group_instance = "check",
			.transactional_id = "check"};
		rd_kafka_t *client;

		if (kafka_new(&o, &client, err) != 0)
			return -1;
		kafka_free(&client);
	}
	return 0;
}

// ---- errors

bool kafka_is_retriable(rd_kafka_resp_err_t code)
{
	static const rd_kafka_resp_err_t codes[] = {
		RD_KAFKA_RESP_ERR__TRANSPORT,
		RD_KAFKA_RESP_ERR__RESOLVE,
		RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
		RD_KAFKA_RESP_ERR__TIMED_OUT,
		RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
		RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
		RD_KAFKA_RESP_ERR__WAIT_COORD,
		RD_KAFKA_RESP_ERR__WAIT_CACHE,
		RD_KAFKA_RESP_ERR__IN_PROGRESS,
		RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
		RD_KAFKA_RESP_ERR__QUEUE_FULL,
		RD_KAFKA_RESP_ERR__RETRY,
		RD_KAFKA_RESP_ERR__PARTIAL,
		RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
		RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
		RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
		RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
		RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
		RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
		RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
		RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
		RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
		RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
		RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i] == code)
			return true;
	return false;
}

// "kafka_" and the library's name for it in lower case, as a metric label.
static int fail_as(struct err *err, enum err_class class, rd_kafka_resp_err_t code, const char *what, const char *words)
{
	char name[40];
	const char *library = rd_kafka_err2name(code);

	snprintf(name, sizeof name, "kafka_%s", *library == '_' ? library + 1 : library);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return err_set(err, class, name, "%s: %s", what, words);
}

int kafka_fail(struct err *err, rd_kafka_error_t *error, const char *what)
{
	enum err_class class = ERR_FATAL;

	if (!error)
		return 0;
	if (!rd_kafka_error_is_fatal(error) && rd_kafka_error_txn_requires_abort(error))
		class = ERR_ABORT;
	else if (!rd_kafka_error_is_fatal(error) && rd_kafka_error_is_retriable(error))
		class = ERR_RETRY;
	fail_as(err, class, rd_kafka_error_code(error), what, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return -1;
}

int kafka_fail_code(struct err *err, rd_kafka_resp_err_t code, const char *what)
{
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return fail_as(err, kafka_is_retriable(code) ? ERR_RETRY : ERR_FATAL, code, what, rd_kafka_err2str(code));
}

int kafka_check_alive(rd_kafka_t *client, struct err *err)
{
	char words[TEXT];
	rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, words, sizeof words);

	return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : fail_as(err, ERR_FATAL, code, rd_kafka_name(client), words);
}

// ---- cleaners

void kafka_list_free(rd_kafka_topic_partition_list_t **list)
{
	if (*list)
		rd_kafka_topic_partition_list_destroy(*list);
	*list = NULL;
}

void kafka_topic_free(rd_kafka_topic_t **topic)
{
	if (*topic)
		rd_kafka_topic_destroy(*topic);
	*topic = NULL;
}

void kafka_queue_free(rd_kafka_queue_t **queue)
{
	if (*queue)
		rd_kafka_queue_destroy(*queue);
	*queue = NULL;
}

void kafka_metadata_free(const struct rd_kafka_metadata **metadata)
{
	if (*metadata)
		rd_kafka_metadata_destroy(*metadata);
	*metadata = NULL;
}
