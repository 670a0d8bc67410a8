// SPDX-License-Identifier: Apache-2.0
// The bare loop: consumes clicks and orders, decodes them, and writes one output of two credits for each order, in transactions with the offsets. No join, no
// state: what the client library, the decoder and the broker leave room for. librdkafka is set as the program sets it (runtime/kafka.c).
//   bench_bare BOOTSTRAP [NAME=VALUE]...        outputs_topic must be there
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bench/broker.h"
#include "bench/setup.h"

enum { BATCH = 1000, WAIT_MS = 100, TXN_MS = 30000, LANES_MAX = 128, CREDITS = 2 };

struct bare {
	const struct setup *setup;
	rd_kafka_t *consumer, *producer;
	struct wire_reader *clicks, *orders;
	struct arena arena;
	struct broker_topic out;
	struct credit credits[CREDITS];
	int64_t next[2][LANES_MAX]; // offset to commit by input and partition; -1: nothing yet
	int64_t seen;
};

static void must(rd_kafka_error_t *error, const char *what)
{
	if (error)
		broker_die(what, rd_kafka_error_string(error));
}

static void open_clients(struct bare *b, const char *bootstrap)
{
	static const struct broker_property reading[] = {{"group.id", "bench-bare"}, {"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"}, {"enable.partition.eof", "false"}, {"socket.nagle.disable", "true"},
		{"fetch.wait.max.ms", "100"}, {"fetch.error.backoff.ms", "100"},
		{"queued.max.messages.kbytes", "65536"}, // it never waits for its own fetches
		{NULL, NULL}};
	static const struct broker_property writing[] = {{"transactional.id", "bench-bare"}, {"linger.ms", "20"},
		{"transaction.timeout.ms", "30000"}, {"socket.nagle.disable", "true"}, {"queue.buffering.max.kbytes", "131072"}, {NULL, NULL}};

	b->consumer = broker_consumer_with(bootstrap, reading);
	b->producer = broker_producer_with(bootstrap, writing);
	must(rd_kafka_init_transactions(b->producer, TXN_MS), "init_transactions");
	b->out = broker_topic(b->producer, b->setup->outputs, contract_attributed_conversion);
	b->clicks = wire_reader_new(contract_click, WIRE_AVRO, NULL);
	b->orders = wire_reader_new(contract_order, WIRE_AVRO, NULL);
	memset(b->next, -1, sizeof b->next);
}

// ---- one record

static void fill_credits(struct bare *b)
{
	static const char ttclid[] = "E.C.P.00000000ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJ";

	for (int i = 0; i < CREDITS; i++)
		b->credits[i] = (struct credit){.click_id = VIEW_LIT(ttclid),
			.ttclid = VIEW_LIT(ttclid),
			.channel = VIEW_LIT("tiktok"),
			.advertiser_id = VIEW_LIT("7012345678901234567"),
			.campaign_id = VIEW_LIT("1790000000000100"),
			.adgroup_id = VIEW_LIT("1791000000000100"),
			.ad_id = VIEW_LIT("1792000000000100"),
			.share_nanos = 1000000000,
			.value_micros = WORKLOAD_VALUE_MICROS,
			.revenue = {.placed_micros = WORKLOAD_VALUE_MICROS},
			.conversions = {.placed_nanos = 1000000000}};
}

static void answer(struct bare *b, const struct order *o)
{
	struct attributed_conversion output = {.tenant = o->tenant,
		.user = o->user,
		.goal = VIEW_LIT("purchase"),
		.conversion_id = o->order_id,
		.order_id = o->order_id,
		.event = VIEW_LIT("purchase"),
		.conversion_time = o->placed_at,
		.outcome = OUTCOME_ATTRIBUTED,
		.model = VIEW_LIT("participation"),
		.participation_group = VIEW_LIT("click"),
		.lookback_ms = b->setup->workload.lookback_ms,
		.currency = o->currency,
		.value_basis = VIEW_LIT("placed"),
		.value_micros = WORKLOAD_VALUE_MICROS,
		.revenue = {.placed_micros = WORKLOAD_VALUE_MICROS},
		.conversions = {.placed_nanos = 1000000000},
		.status = o->status,
		.status_time = o->status_time,
		.refunded_micros = TIME_ABSENT,
		.context_time = o->status_time,
		.credits = {b->credits, CREDITS},
		.context = o->context,
		.items = o->items,
		.properties = o->properties};
	char key[192];
	int n = snprintf(key, sizeof key, "%.*s|%.*s|purchase|%.*s", VIEW_ARG(o->tenant), VIEW_ARG(o->user), VIEW_ARG(o->order_id));

	broker_send(&b->out, -1, view_of(key, (size_t)n), o->placed_at, &output);
}

static void take(struct bare *b, const rd_kafka_message_t *m)
{
	bool is_order = strcmp(rd_kafka_topic_name(m->rkt), b->setup->orders) == 0;
	struct click click;
	struct order order;
	struct err err;

	if (m->err)
		broker_die("consume", rd_kafka_message_errstr(m));
	int failed = is_order ? wire_read(b->orders, view_of(m->payload, m->len), &b->arena, &order, &err)
						  : wire_read(b->clicks, view_of(m->payload, m->len), &b->arena, &click, &err);
	if (failed)
		broker_die("record", err.words);
	if (is_order)
		answer(b, &order);
	arena_reset(&b->arena);
	b->next[is_order][m->partition] = m->offset + 1;
	b->seen++;
}

// ---- the loop

static void commit(struct bare *b)
{
	rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(2 * (int)b->setup->partitions);
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(b->consumer);

	for (int input = 0; input < 2; input++) {
		for (int32_t p = 0; p < b->setup->partitions; p++) {
			if (b->next[input][p] >= 0)
				rd_kafka_topic_partition_list_add(offsets, input ? b->setup->orders : b->setup->clicks, p)->offset = b->next[input][p];
		}
	}
	must(rd_kafka_send_offsets_to_transaction(b->producer, offsets, group, TXN_MS), "offsets");
	must(rd_kafka_commit_transaction(b->producer, TXN_MS), "commit");
	rd_kafka_consumer_group_metadata_destroy(group);
	rd_kafka_topic_partition_list_destroy(offsets);
}

static void run(struct bare *b)
{
	rd_kafka_message_t *batch[BATCH];
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(b->consumer);
	int64_t events = b->setup->workload.clicks + b->setup->workload.orders;

	while (b->seen < events) {
		double until = broker_seconds() + (double)b->setup->commit_interval_ms / 1000;
		must(rd_kafka_begin_transaction(b->producer), "begin");
		while (b->seen < events && broker_seconds() < until) {
			ssize_t n = rd_kafka_consume_batch_queue(queue, WAIT_MS, batch, BATCH);
			for (ssize_t i = 0; i < n; i++) {
				take(b, batch[i]);
				rd_kafka_message_destroy(batch[i]);
			}
		}
		commit(b);
	}
	rd_kafka_queue_destroy(queue);
}

static void tell(const struct bare *b, double took)
{
	struct rusage used;
	double million = (double)b->seen / 1e6;

	getrusage(RUSAGE_SELF, &used);
	double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	printf("%12.0f events/s   %6.2f CPU-s per million   %6ld MiB peak   %6.1f s   the bare loop\n", (double)b->seen / took, cpu / million,
		used.ru_maxrss / 1024, took);
}

int main(int argc, char **argv)
{
	struct setup setup;
	struct bare b = {.setup = &setup};
	struct err err;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_bare BOOTSTRAP [NAME=VALUE]...\n");
		setup_usage();
		return 2;
	}
	if (contract_setup(&err) != 0)
		broker_die("contracts", err.words);
	setup_read(argv + 2, argc - 2, &setup);
	if (setup.partitions > LANES_MAX)
		broker_die("partitions", "at most 128");
	open_clients(&b, argv[1]);
	fill_credits(&b);
	broker_assign_all(b.consumer, setup.clicks, setup.orders);
	double begin = broker_seconds();
	run(&b);
	tell(&b, broker_seconds() - begin);
	rd_kafka_consumer_close(b.consumer);
	rd_kafka_destroy(b.consumer);
	rd_kafka_destroy(b.producer);
	wire_reader_free(&b.clicks);
	wire_reader_free(&b.orders);
	arena_clear(&b.arena);
	buf_clear(&b.out.value);
	return 0;
}
