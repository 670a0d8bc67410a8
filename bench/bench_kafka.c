// SPDX-License-Identifier: Apache-2.0
// Puts a workload into a broker, and checks what came out of it. Called without arguments it tells the settings.
//   bench_kafka preload BOOTSTRAP [NAME=VALUE]...
//   bench_kafka verify  BOOTSTRAP [NAME=VALUE]...
//   bench_kafka forget  BOOTSTRAP group=NAME        deletes a consumer group, if there is one
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/broker.h"
#include "bench/setup.h"

// ---- preload

static void send_record(struct broker_topic *topic, const void *record, struct view tenant, struct view user, int64_t timestamp)
{
	char key[96];
	int n = snprintf(key, sizeof key, "%.*s|%.*s", VIEW_ARG(tenant), VIEW_ARG(user));

	broker_send(topic, -1, view_of(key, (size_t)n), timestamp, record);
}

static int preload(const char *bootstrap, const struct setup *setup, struct workload *w)
{
	struct rd_kafka_s *producer = broker_producer(bootstrap);
	struct broker_topic clicks = broker_topic(producer, setup->clicks, contract_click),
						orders = broker_topic(producer, setup->orders, contract_order);
	struct click click;
	struct order order;
	int64_t written;
	double begin = broker_seconds();

	while (workload_click(w, &click, &written))
		send_record(&clicks, &click, click.tenant, click.user, written);
	while (workload_order(w, &order, &written))
		send_record(&orders, &order, order.tenant, order.user, written);
	broker_flush(&producer);
	printf("preloaded %" PRId64 " clicks (%.0f bytes each) and %" PRId64 " orders (%.0f bytes each) in %.1f s\n", clicks.sent,
		(double)clicks.bytes / (double)clicks.sent, orders.sent, (double)orders.bytes / (double)orders.sent, broker_seconds() - begin);
	buf_clear(&clicks.value);
	buf_clear(&orders.value);
	return 0;
}

// ---- verify

struct seen {
	const struct workload *workload;
	uint8_t *orders; // by number: has a first output
	int64_t firsts, strangers, repeats, credits, credit_micros;
};

static void add_delta(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct seen *seen = context;
	struct credit_delta delta;
	struct err err;

	if (wire_read(wire, value, arena, &delta, &err) != 0)
		broker_die("deltas", err.words);
	for (size_t i = 0; i < delta.deltas.n; i++)
		seen->credit_micros += delta.deltas.p[i].revenue.placed_micros;
}

static void add_first(struct seen *seen, struct view conversion_id)
{
	int64_t number = workload_order_number(seen->workload, conversion_id);

	if (number < 0) {
		seen->strangers++;
		return;
	}
	seen->firsts += seen->orders[number] == 0;
	seen->repeats += seen->orders[number] != 0;
	seen->orders[number] = 1;
}

static void add_credits(struct seen *seen, const struct credits *credits, int sign)
{
	seen->credits += sign * (int64_t)credits->n;
	for (size_t i = 0; i < credits->n; i++)
		seen->credit_micros += sign * credits->p[i].revenue.placed_micros;
}

// An order's first output comes with `previous` null; each later one says what it replaces, so adding up gives the latest.
static void add_output(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct seen *seen = context;
	struct attributed_conversion output;
	struct err err;

	if (wire_read(wire, value, arena, &output, &err) != 0)
		broker_die("outputs", err.words);
	add_credits(seen, &output.credits, 1);
	if (output.previous.p)
		add_credits(seen, &output.previous, -1);
	else
		add_first(seen, output.conversion_id);
}

static bool check_credits(const struct setup *setup, const struct seen *outputs)
{
	struct workload_totals totals;

	workload_totals(outputs->workload, &totals);
	if (setup->restates)
		return broker_same("credits of latest outputs", outputs->credits, totals.credits);
	bool good = outputs->credits >= totals.least_credits && outputs->credits <= totals.most_credits;
	printf("%-34s %14" PRId64 " expected %14" PRId64 " to %" PRId64 " %s\n", "credits", outputs->credits, totals.least_credits,
		totals.most_credits, good ? "ok" : "WRONG");
	return good;
}

static int verify(const char *bootstrap, const struct setup *setup, struct workload *w)
{
	struct seen outputs = {.workload = w}, deltas = {0};

	outputs.orders = calloc((size_t)setup->workload.orders, 1);
	if (!outputs.orders)
		err_out_of_memory();
	broker_read_all(bootstrap, setup->outputs, contract_attributed_conversion, add_output, &outputs);
	bool good = broker_same("orders with an output", outputs.firsts, setup->workload.orders);
	good &= broker_same("second first outputs, or strangers", outputs.repeats + outputs.strangers, 0);
	good &= check_credits(setup, &outputs);
	good &= broker_same("their revenue, micros", outputs.credit_micros, outputs.credits * WORKLOAD_VALUE_MICROS);
	if (*setup->deltas) {
		broker_read_all(bootstrap, setup->deltas, contract_credit_delta, add_delta, &deltas);
		good &= broker_same("revenue by summing deltas, micros", deltas.credit_micros, outputs.credits * WORKLOAD_VALUE_MICROS);
	}
	free(outputs.orders);
	return good ? 0 : 1;
}

typedef int command(const char *bootstrap, const struct setup *setup, struct workload *workload);

static int forget(const char *bootstrap, const struct setup *setup, struct workload *w)
{
	(void)w;
	broker_forget_group(bootstrap, setup->group);
	return 0;
}

static command *find(int argc, char **argv)
{
	if (argc < 3)
		return NULL;
	if (strcmp(argv[1], "preload") == 0)
		return preload;
	if (strcmp(argv[1], "verify") == 0)
		return verify;
	return strcmp(argv[1], "forget") == 0 ? forget : NULL;
}

int main(int argc, char **argv)
{
	struct setup setup;
	struct err err;
	command *run = find(argc, argv);

	if (!run) {
		fprintf(stderr, "usage: bench_kafka preload|verify|forget BOOTSTRAP [NAME=VALUE]...\n");
		setup_usage();
		return 2;
	}
	if (contract_setup(&err) != 0)
		broker_die("contracts", err.words);
	setup_read(argv + 3, argc - 3, &setup);
	struct workload *w = workload_new(&setup.workload);
	int failed = run(argv[2], &setup, w);
	workload_free(&w);
	return failed;
}
