// SPDX-License-Identifier: Apache-2.0
// Puts a workload into a broker, and checks what came out of it.
//   bench_kafka preload BOOTSTRAP CLICKS ORDERS USERS LATE_PERCENT
//   bench_kafka verify  BOOTSTRAP CLICKS ORDERS USERS LATE_PERCENT
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/workload.h"
#include "schemas/wire.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, WAIT_MS = 1000, LATE_END_MS = 15000 };

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_kafka: %s: %s\n", what, why);
	exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
		die(name, why);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[256];
	rd_kafka_t *k = rd_kafka_new(type, conf, why, sizeof why);

	if (!k)
		die("client", why);
	return k;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct wire_header header_for(const struct contract *contract)
{
	struct wire_header header;
	struct err err;

	if (wire_header_for(contract, NULL, "", &header, &err) != 0)
		die("header", err.words);
	return header;
}

// ---- preload

struct sender {
	rd_kafka_t *producer;
	const char *topic;
	const struct contract *contract;
	struct wire_header header;
	struct buf value;
	int64_t sent, bytes;
};

static void send_record(struct sender *s, const void *record, struct view user, int64_t timestamp)
{
	char key[64];
	int n = snprintf(key, sizeof key, "bench|%.*s", VIEW_ARG(user));
	rd_kafka_resp_err_t failed;

	buf_reset(&s->value);
	wire_write(&s->header, s->contract, record, &s->value);
	while ((failed = rd_kafka_producev(s->producer, RD_KAFKA_V_TOPIC(s->topic), RD_KAFKA_V_KEY(key, (size_t)n),
				RD_KAFKA_V_VALUE(s->value.p, s->value.n), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(s->producer, 10);
	if (failed)
		die("produce", rd_kafka_err2str(failed));
	s->sent++;
	s->bytes += (int64_t)(s->value.n + (size_t)n);
	if (s->sent % 1000 == 0)
		rd_kafka_poll(s->producer, 0);
}

static rd_kafka_t *preloader(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "partitioner", "murmur2_random");
	set(conf, "enable.idempotence", "true");
	set(conf, "compression.codec", "lz4");
	set(conf, "linger.ms", "50");
	set(conf, "batch.size", "1000000");
	set(conf, "queue.buffering.max.messages", "500000");
	return client(RD_KAFKA_PRODUCER, conf);
}

static void preload(const char *bootstrap, struct workload *w)
{
	rd_kafka_t *producer = preloader(bootstrap);
	struct sender clicks = {producer, "clicks", contract_click, header_for(contract_click), {0}, 0, 0};
	struct sender orders = {producer, "orders", contract_order, header_for(contract_order), {0}, 0, 0};
	struct click click;
	struct order order;
	int64_t written;
	double begin = seconds();

	while (workload_click(w, &click, &written))
		send_record(&clicks, &click, click.user, written);
	while (workload_order(w, &order, &written))
		send_record(&orders, &order, order.user, written);
	if (rd_kafka_flush(producer, 120000) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("flush", "the broker did not take everything in two minutes");
	rd_kafka_destroy(producer);
	printf("preloaded %" PRId64 " clicks (%.0f bytes each) and %" PRId64 " orders (%.0f bytes each) in %.1f s\n", clicks.sent,
		(double)clicks.bytes / (double)clicks.sent, orders.sent, (double)orders.bytes / (double)orders.sent, seconds() - begin);
	buf_clear(&clicks.value);
	buf_clear(&orders.value);
}

// ---- verify

static rd_kafka_t *reader(const char *bootstrap, const char *topic)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct rd_kafka_metadata *metadata;

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", "bench-verify");
	set(conf, "isolation.level", "read_committed");
	set(conf, "enable.partition.eof", "true");
	rd_kafka_t *k = client(RD_KAFKA_CONSUMER, conf);
	rd_kafka_topic_t *t = rd_kafka_topic_new(k, topic, NULL);
	if (rd_kafka_metadata(k, 0, t, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die(topic, "no metadata");
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);
	for (int p = 0; p < metadata->topics[0].partition_cnt; p++)
		rd_kafka_topic_partition_list_add(all, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(k, all);
	rd_kafka_topic_partition_list_destroy(all);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(t);
	return k;
}

struct seen {
	int64_t records, credits, credit_micros, delta_nanos;
};

typedef void each_record(struct seen *seen, struct wire_reader *wire, struct view value, struct arena *arena);

static void read_all(const char *bootstrap, const char *topic, const struct contract *contract, int partitions, each_record *each,
	struct seen *seen)
{
	rd_kafka_t *k = reader(bootstrap, topic);
	struct wire_reader *wire = wire_reader_new(contract, WIRE_AVRO, NULL);
	struct arena arena = {0};
	double last = seconds();

	for (int ends = 0; ends < partitions;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(k, WAIT_MS);

		if (!m) {
			if (seconds() - last > LATE_END_MS / 1000.0)
				die(topic, "no end of partition in 15 s");
			continue;
		}
		last = seconds();
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			ends++;
		else if (!m->err)
			each(seen, wire, view_of(m->payload, m->len), &arena);
		arena_reset(&arena);
		rd_kafka_message_destroy(m);
	}
	arena_clear(&arena);
	wire_reader_free(&wire);
	rd_kafka_consumer_close(k);
	rd_kafka_destroy(k);
}

static void add_delta(struct seen *seen, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct credit_delta delta;
	struct err err;

	if (wire_read(wire, value, arena, &delta, &err) != 0)
		die("attribution-credits", err.words);
	seen->records++;
	for (size_t i = 0; i < delta.deltas.n; i++) {
		seen->credit_micros += delta.deltas.p[i].revenue.placed_micros;
		seen->delta_nanos += delta.deltas.p[i].conversions.placed_nanos;
	}
}

// The last record of a key wins; first touches of an order come with `previous` null, so distinct orders are counted by those.
static void add_output(struct seen *seen, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct attributed_conversion output;
	struct err err;

	if (wire_read(wire, value, arena, &output, &err) != 0)
		die("attributed-conversions", err.words);
	seen->records += output.previous.p == NULL;
	seen->credits += (int64_t)output.credits.n - (int64_t)output.previous.n;
	for (size_t i = 0; i < output.credits.n; i++)
		seen->credit_micros += output.credits.p[i].revenue.placed_micros;
	for (size_t i = 0; i < output.previous.n; i++)
		seen->credit_micros -= output.previous.p[i].revenue.placed_micros;
}

static bool same(const char *what, int64_t is, int64_t expected)
{
	printf("%-34s %14" PRId64 " expected %14" PRId64 " %s\n", what, is, expected, is == expected ? "ok" : "WRONG");
	return is == expected;
}

static int verify(const char *bootstrap, const struct workload *w, int partitions)
{
	struct workload_totals totals;
	struct seen outputs = {0}, deltas = {0};

	workload_totals(w, &totals);
	read_all(bootstrap, "attributed-conversions", contract_attributed_conversion, partitions, add_output, &outputs);
	read_all(bootstrap, "attribution-credits", contract_credit_delta, partitions, add_delta, &deltas);
	bool good = same("orders with an output", outputs.records, totals.orders);
	good &= same("credits of latest outputs", outputs.credits, totals.credits);
	good &= same("their revenue, micros", outputs.credit_micros, totals.credit_micros);
	good &= same("revenue by summing deltas, micros", deltas.credit_micros, totals.credit_micros);
	return good ? 0 : 1;
}

// Eight days before today: recent, so that no broker's retention takes it, and the same for preload and verify of one day.
static int64_t begin_ms(void)
{
	return ((int64_t)time(NULL) / 86400 - 8) * DAY_MS;
}

int main(int argc, char **argv)
{
	struct err err;

	if (argc != 7) {
		fprintf(stderr, "usage: bench_kafka preload|verify BOOTSTRAP CLICKS ORDERS USERS LATE_PERCENT\n");
		return 2;
	}
	if (contract_setup(&err) != 0)
		die("contracts", err.words);
	struct workload_options options = {.seed = 1,
		.begin_ms = begin_ms(),
		.clicks = atoll(argv[3]),
		.orders = atoll(argv[4]),
		.users = atoll(argv[5]),
		.late_percent = (int)atoll(argv[6]),
		.span_ms = 7 * (int64_t)DAY_MS,
		.late_up_to_ms = HOUR_MS,
		.lookback_ms = 7 * (int64_t)DAY_MS};
	struct workload *w = workload_new(&options);
	int failed = 0;
	if (strcmp(argv[1], "preload") == 0)
		preload(argv[2], w);
	else
		failed = verify(argv[2], w, 4);
	workload_free(&w);
	return failed;
}
