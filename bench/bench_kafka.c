// SPDX-License-Identifier: Apache-2.0
// Puts a workload into a broker, and checks what came out of it.
//   bench_kafka preload BOOTSTRAP CLICKS ORDERS USERS LATE_PERCENT
//   bench_kafka verify  BOOTSTRAP CLICKS ORDERS USERS LATE_PERCENT
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/broker.h"
#include "bench/workload.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };

// ---- preload

static void send_record(struct broker_topic *topic, const void *record, struct view user, int64_t timestamp)
{
	char key[64];
	int n = snprintf(key, sizeof key, "bench|%.*s", VIEW_ARG(user));

	broker_send(topic, -1, view_of(key, (size_t)n), timestamp, record);
}

static void preload(const char *bootstrap, struct workload *w)
{
	struct rd_kafka_s *producer = broker_producer(bootstrap);
	struct broker_topic clicks = broker_topic(producer, "clicks", contract_click),
						orders = broker_topic(producer, "orders", contract_order);
	struct click click;
	struct order order;
	int64_t written;
	double begin = broker_seconds();

	while (workload_click(w, &click, &written))
		send_record(&clicks, &click, click.user, written);
	while (workload_order(w, &order, &written))
		send_record(&orders, &order, order.user, written);
	broker_flush(&producer);
	printf("preloaded %" PRId64 " clicks (%.0f bytes each) and %" PRId64 " orders (%.0f bytes each) in %.1f s\n", clicks.sent,
		(double)clicks.bytes / (double)clicks.sent, orders.sent, (double)orders.bytes / (double)orders.sent, broker_seconds() - begin);
	buf_clear(&clicks.value);
	buf_clear(&orders.value);
}

// ---- verify

struct seen {
	int64_t records, credits, credit_micros, delta_nanos;
};

static void add_delta(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct seen *seen = context;
	struct credit_delta delta;
	struct err err;

	if (wire_read(wire, value, arena, &delta, &err) != 0)
		broker_die("attribution-credits", err.words);
	seen->records++;
	for (size_t i = 0; i < delta.deltas.n; i++) {
		seen->credit_micros += delta.deltas.p[i].revenue.placed_micros;
		seen->delta_nanos += delta.deltas.p[i].conversions.placed_nanos;
	}
}

// The last record of a key wins; first touches of an order come with `previous` null, so distinct orders are counted by those.
static void add_output(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct seen *seen = context;
	struct attributed_conversion output;
	struct err err;

	if (wire_read(wire, value, arena, &output, &err) != 0)
		broker_die("attributed-conversions", err.words);
	seen->records += output.previous.p == NULL;
	seen->credits += (int64_t)output.credits.n - (int64_t)output.previous.n;
	for (size_t i = 0; i < output.credits.n; i++)
		seen->credit_micros += output.credits.p[i].revenue.placed_micros;
	for (size_t i = 0; i < output.previous.n; i++)
		seen->credit_micros -= output.previous.p[i].revenue.placed_micros;
}

static int verify(const char *bootstrap, const struct workload *w)
{
	struct workload_totals totals;
	struct seen outputs = {0}, deltas = {0};

	workload_totals(w, &totals);
	broker_read_all(bootstrap, "attributed-conversions", contract_attributed_conversion, add_output, &outputs);
	broker_read_all(bootstrap, "attribution-credits", contract_credit_delta, add_delta, &deltas);
	bool good = broker_same("orders with an output", outputs.records, totals.orders);
	good &= broker_same("credits of latest outputs", outputs.credits, totals.credits);
	good &= broker_same("their revenue, micros", outputs.credit_micros, totals.credit_micros);
	good &= broker_same("revenue by summing deltas, micros", deltas.credit_micros, totals.credit_micros);
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
		broker_die("contracts", err.words);
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
		failed = verify(argv[2], w);
	workload_free(&w);
	return failed;
}
