// SPDX-License-Identifier: Apache-2.0
// Writes a workload at a steady pace and reads what comes out under read_committed, in one process, so by one clock: how long from producing an order until
// its output is there? Starts when called; the program under test must be live.
//   bench_latency BOOTSTRAP [NAME=VALUE]...
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/broker.h"
#include "bench/setup.h"

// The last seconds do not count: a program that waits for event time to go on is not to be judged by the end of the stream.
enum { NAP_US = 500, BATCH = 1000, SILENCE_S = 60, TAIL_S = 2 };

struct load {
	const char *bootstrap;
	const struct setup *setup;
	struct workload *workload;
	_Atomic double *sent; // by number of the order: when it was given to the producer
	double *took;         // until it was read; 0: not yet
	double most_behind;   // of the pace, seconds
	double begin, end;
};

// ---- the paced producer

struct merged {
	struct workload *workload;
	struct click click;
	struct order order;
	int64_t click_at, order_at;
	bool clicks, orders; // is there one
};

static void send_next(struct load *load, struct merged *m, struct broker_topic topics[2])
{
	bool click = m->clicks && (!m->orders || m->click_at <= m->order_at);
	char key[96];
	int n = click ? snprintf(key, sizeof key, "%.*s|%.*s", VIEW_ARG(m->click.tenant), VIEW_ARG(m->click.user))
				  : snprintf(key, sizeof key, "%.*s|%.*s", VIEW_ARG(m->order.tenant), VIEW_ARG(m->order.user));

	if (click) {
		broker_send(&topics[0], -1, view_of(key, (size_t)n), m->click_at, &m->click);
		m->clicks = workload_click(m->workload, &m->click, &m->click_at);
		return;
	}
	atomic_store(&load->sent[workload_order_number(m->workload, m->order.order_id)], broker_seconds());
	broker_send(&topics[1], -1, view_of(key, (size_t)n), m->order_at, &m->order);
	m->orders = workload_order(m->workload, &m->order, &m->order_at);
}

// Sleeps until it is time for the next one; keeps what it is late by.
static void keep_pace(struct load *load, struct rd_kafka_s *producer, int64_t sent)
{
	double due = load->begin + (double)sent / (double)load->setup->rate, behind = broker_seconds() - due;

	while (behind < 0) {
		rd_kafka_poll(producer, 0);
		usleep(NAP_US);
		behind = broker_seconds() - due;
	}
	if (behind > load->most_behind)
		load->most_behind = behind;
}

static void *produce(void *argument)
{
	static const struct broker_property quick[] = {{"linger.ms", "2"}, {NULL, NULL}};
	struct load *load = argument;
	struct rd_kafka_s *producer = broker_producer_with(load->bootstrap, quick);
	struct broker_topic topics[2] = {broker_topic(producer, load->setup->clicks, contract_click),
		broker_topic(producer, load->setup->orders, contract_order)};
	struct merged m = {.workload = load->workload};

	m.clicks = workload_click(m.workload, &m.click, &m.click_at);
	m.orders = workload_order(m.workload, &m.order, &m.order_at);
	load->begin = broker_seconds();
	for (int64_t sent = 0; m.clicks || m.orders; sent++) {
		keep_pace(load, producer, sent);
		send_next(load, &m, topics);
	}
	load->end = broker_seconds();
	broker_flush(&producer);
	buf_clear(&topics[0].value);
	buf_clear(&topics[1].value);
	return NULL;
}

// ---- the reader

// The last part of the key, tenant|user|goal|conversion.
static struct view conversion_of(const rd_kafka_message_t *m)
{
	const char *key = m->key;
	size_t begin = m->key_len;

	while (begin && key[begin - 1] != '|')
		begin--;
	return view_of(key + begin, m->key_len - begin);
}

static bool note(struct load *load, const rd_kafka_message_t *m, double now)
{
	int64_t number = m->err || !m->key ? -1 : workload_order_number(load->workload, conversion_of(m));

	if (number < 0 || load->took[number] > 0)
		return false;
	load->took[number] = now - atomic_load(&load->sent[number]);
	return true;
}

static void read_outputs(struct load *load)
{
	static const struct broker_property quick[] = {{"fetch.wait.max.ms", "10"}, {"fetch.error.backoff.ms", "1"}, {NULL, NULL}};
	rd_kafka_t *k = broker_consumer_with(load->bootstrap, quick);
	rd_kafka_message_t *batch[BATCH];
	double last = broker_seconds();
	int64_t seen = 0;

	broker_assign_all(k, load->setup->outputs, NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(k);
	while (seen < load->setup->workload.orders) {
		ssize_t n = rd_kafka_consume_batch_queue(queue, 100, batch, BATCH);
		double now = broker_seconds();

		for (ssize_t i = 0; i < n; i++) {
			if (note(load, batch[i], now)) {
				seen++;
				last = now;
			}
			rd_kafka_message_destroy(batch[i]);
		}
		if (now - last > SILENCE_S)
			broker_die(load->setup->outputs, "no further output for a minute, and orders have none yet");
	}
	rd_kafka_queue_destroy(queue);
	rd_kafka_consumer_close(k);
	rd_kafka_destroy(k);
}

// ---- figures

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double percentile_ms(const double *sorted, size_t n, double p)
{
	size_t at = (size_t)(p * (double)n);

	return sorted[at < n ? at : n - 1] * 1000;
}

static void tell(const struct load *load)
{
	int64_t orders = load->setup->workload.orders;
	double *counted = calloc((size_t)orders, sizeof *counted), from = load->begin + (double)load->setup->warm_up_ms / 1000;
	size_t n = 0;

	if (!counted)
		err_out_of_memory();
	for (int64_t i = 0; i < orders; i++) {
		if (load->sent[i] >= from && load->sent[i] < load->end - TAIL_S)
			counted[n++] = load->took[i];
	}
	if (!n)
		broker_die("warm_up_ms", "no order was sent between it and the last two seconds");
	qsort(counted, n, sizeof *counted, by_size);
	printf(
		"p50 %.0f ms   p99 %.0f ms   p99.9 %.0f ms   most %.0f ms   %zu orders   %.0f events/s wanted, %.0f sent, %.0f ms behind at most\n",
		percentile_ms(counted, n, 0.5), percentile_ms(counted, n, 0.99), percentile_ms(counted, n, 0.999), counted[n - 1] * 1000, n,
		(double)load->setup->rate, (double)(load->setup->workload.clicks + orders) / (load->end - load->begin), load->most_behind * 1000);
	free(counted);
}

int main(int argc, char **argv)
{
	struct setup setup;
	struct err err;
	pthread_t producer;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_latency BOOTSTRAP [NAME=VALUE]...\n");
		setup_usage();
		return 2;
	}
	if (contract_setup(&err) != 0)
		broker_die("contracts", err.words);
	setup_read(argv + 2, argc - 2, &setup);
	struct load load = {.bootstrap = argv[1], .setup = &setup, .workload = workload_new(&setup.workload)};
	load.sent = calloc((size_t)setup.workload.orders, sizeof *load.sent);
	load.took = calloc((size_t)setup.workload.orders, sizeof *load.took);
	if (!load.sent || !load.took)
		err_out_of_memory();
	if (pthread_create(&producer, NULL, produce, &load) != 0)
		broker_die("thread", "cannot be made");
	read_outputs(&load);
	pthread_join(producer, NULL);
	tell(&load);
	free(load.sent);
	free(load.took);
	workload_free(&load.workload);
	return 0;
}
