// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include "base/log.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };
static const char *const kind_names[] = {"counter", "gauge", "histogram"};

// Upper bounds of a histogram's buckets in microseconds; the last bucket has none.
static const int64_t bounds_us[] = {
	1000,
	2500,
	5000,
	10000,
	25000,
	50000,
	100000,
	250000,
	500000,
	1000000,
	2500000,
	5000000,
	10000000,
	30000000,
};
enum { BOUNDS = sizeof bounds_us / sizeof bounds_us[0], CACHE_LINE = 64 };

static const struct metric {
	const char *name;
	enum kind kind;
	const char *labels[METRICS_LABELS_MAX + 1];
	const char *help;
} metrics[METRICS_COUNT] = {
#define LABELS(...) \
	{ \
		__VA_ARGS__ \
	}
#define NO_LABELS \
	{ \
		NULL \
	}
#define METRIC(id, name, kind, labels, help) [METRICS_##id] = {name, kind, labels, help},
#include "base/metrics.def"
#undef METRIC
};

struct metrics_slot {
	_Atomic uint64_t value; // counter: the count; gauge: a double's bits; histogram: the sum in microseconds
	_Atomic bool hidden;
	enum metrics_id id;
	struct metrics_slot *next;
	char *labels; // as printed: topic="clicks",outcome="accepted"
	_Atomic uint64_t buckets[];
};

static struct list {
	struct metrics_slot *first, *last;
	struct metrics_slot *overflow;
	int count;
} lists[METRICS_COUNT];
static pthread_mutex_t lists_lock = PTHREAD_MUTEX_INITIALIZER; // guards the lists, never a value

static void add_escaped(struct buf *out, struct view text, bool quotes)
{
	bool utf8 = bytes_are_utf8(text);

	for (size_t i = 0; i < text.n; i++) {
		char byte = text.p[i];

		if (byte == '\\' || (quotes && byte == '"'))
			buf_addf(out, "\\%c", byte);
		else if (byte == '\n')
			buf_add_text(out, "\\n");
		else if ((unsigned char)byte >= 0x80 && !utf8)
			buf_add_byte(out, '?');
		else
			buf_add_byte(out, (uint8_t)byte);
	}
}

static void add_labels(struct buf *out, enum metrics_id id, const char *const *values)
{
	const char *const *labels = metrics[id].labels;

	for (size_t i = 0; labels[i]; i++) {
		CHECK(values[i]);
		buf_addf(out, "%s%s=\"", i > 0 ? "," : "", labels[i]);
		add_escaped(out, view_of(values[i], strnlen(values[i], METRICS_VALUE_MAX)), true);
		buf_add_byte(out, '"');
	}
	buf_add_byte(out, '\0');
}

// Takes the text. A cache line of its own, so that two threads' slots do not slow each other.
static struct metrics_slot *slot_new(enum metrics_id id, char *labels)
{
	size_t size = sizeof(struct metrics_slot) + (metrics[id].kind == HISTOGRAM ? (BOUNDS + 1) * sizeof(uint64_t) : 0);
	size_t lines = (size + CACHE_LINE - 1) / CACHE_LINE;
	struct metrics_slot *slot = aligned_alloc(CACHE_LINE, lines * CACHE_LINE);

	if (!slot)
		err_out_of_memory();
	memset(slot, 0, lines * CACHE_LINE);
	slot->id = id;
	slot->labels = labels;
	return slot;
}

static struct metrics_slot *find(const struct list *list, const char *labels)
{
	struct metrics_slot *slot = list->first;

	while (slot && strcmp(slot->labels, labels) != 0)
		slot = slot->next;
	return slot;
}

static void append(struct list *list, struct metrics_slot *slot)
{
	if (list->last)
		list->last->next = slot;
	else
		list->first = slot;
	list->last = slot;
	list->count++;
}

static struct metrics_slot *overflow_of(struct list *list, enum metrics_id id)
{
	static const char *const other[] = {"other", "other", "other", NULL};
	struct buf labels = {0};

	if (list->overflow)
		return list->overflow;
	log_event(LOG_WARN, "metrics_label_sets_full", LOG_S("metric", metrics[id].name), LOG_I("limit", METRICS_SETS_MAX));
	add_labels(&labels, id, other);
	list->overflow = slot_new(id, labels.p);
	append(list, list->overflow);
	return list->overflow;
}

struct metrics_slot *metrics_register(enum metrics_id id, const char *const *values)
{
	struct list *list = &lists[id];
	struct buf labels = {0};

	add_labels(&labels, id, values);
	pthread_mutex_lock(&lists_lock);
	struct metrics_slot *slot = find(list, labels.p);
	if (!slot && list->count < METRICS_SETS_MAX) {
		slot = slot_new(id, labels.p);
		labels.p = NULL;
		append(list, slot);
	}
	if (!slot)
		slot = overflow_of(list, id);
	atomic_store(&slot->hidden, false);
	pthread_mutex_unlock(&lists_lock);
	buf_clear(&labels);
	return slot;
}

void metrics_hide(struct metrics_slot *slot)
{
	atomic_store(&slot->hidden, true);
}

void metrics_add(struct metrics_slot *slot, uint64_t n)
{
	CHECK(metrics[slot->id].kind == COUNTER);
	atomic_fetch_add_explicit(&slot->value, n, memory_order_relaxed);
}

void metrics_set(struct metrics_slot *slot, double value)
{
	uint64_t bits;

	CHECK(metrics[slot->id].kind == GAUGE);
	memcpy(&bits, &value, sizeof bits);
	atomic_store_explicit(&slot->value, bits, memory_order_relaxed);
}

void metrics_observe_us(struct metrics_slot *slot, int64_t took)
{
	size_t i = 0;

	CHECK(metrics[slot->id].kind == HISTOGRAM);
	while (i < BOUNDS && took > bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&slot->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&slot->value, took > 0 ? (uint64_t)took : 0, memory_order_relaxed);
}

static uint64_t observed(const struct metrics_slot *slot)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= BOUNDS; i++)
		count += atomic_load_explicit(&slot->buckets[i], memory_order_relaxed);
	return count;
}

double metrics_value(const struct metrics_slot *slot)
{
	uint64_t raw = atomic_load_explicit(&slot->value, memory_order_relaxed);
	double real;

	if (metrics[slot->id].kind == COUNTER)
		return (double)raw;
	if (metrics[slot->id].kind == HISTOGRAM)
		return (double)observed(slot);
	memcpy(&real, &raw, sizeof real);
	return real;
}

static void add_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_add_text(out, "NaN");
	else if (isinf(value))
		buf_add_text(out, value > 0 ? "+Inf" : "-Inf");
	else if (fabs(value) < 1e15 && value == (double)(int64_t)value)
		buf_addf(out, "%.0f", value);
	else
		buf_addf(out, "%.15g", value);
}

static void add_histogram(struct buf *out, const struct metrics_slot *slot)
{
	const char *name = metrics[slot->id].name;
	const char *comma = slot->labels[0] ? "," : "";
	const char *open = slot->labels[0] ? "{" : "";
	const char *close = slot->labels[0] ? "}" : "";
	uint64_t count = 0;

	for (size_t i = 0; i < BOUNDS; i++) {
		count += atomic_load_explicit(&slot->buckets[i], memory_order_relaxed);
		buf_addf(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, slot->labels, comma, (double)bounds_us[i] / 1e6, (unsigned long long)count);
	}
	count += atomic_load_explicit(&slot->buckets[BOUNDS], memory_order_relaxed);
	buf_addf(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, slot->labels, comma, (unsigned long long)count);
	buf_addf(out, "%s_sum%s%s%s ", name, open, slot->labels, close);
	add_number(out, (double)atomic_load_explicit(&slot->value, memory_order_relaxed) / 1e6);
	buf_addf(out, "\n%s_count%s%s%s %llu\n", name, open, slot->labels, close, (unsigned long long)count);
}

static void add_sample(struct buf *out, const struct metrics_slot *slot)
{
	const struct metric *metric = &metrics[slot->id];

	if (metric->kind == HISTOGRAM) {
		add_histogram(out, slot);
		return;
	}
	buf_add_text(out, metric->name);
	if (slot->labels[0])
		buf_addf(out, "{%s}", slot->labels);
	buf_add_byte(out, ' ');
	if (metric->kind == COUNTER)
		buf_addf(out, "%llu", (unsigned long long)atomic_load_explicit(&slot->value, memory_order_relaxed));
	else
		add_number(out, metrics_value(slot));
	buf_add_byte(out, '\n');
}

static const struct metrics_slot *next_shown(const struct metrics_slot *slot)
{
	while (slot && atomic_load(&slot->hidden))
		slot = slot->next;
	return slot;
}

static void add_metric(struct buf *out, enum metrics_id id)
{
	const struct metric *metric = &metrics[id];
	const struct metrics_slot *slot = next_shown(lists[id].first);

	if (!slot)
		return;
	buf_addf(out, "# HELP %s ", metric->name);
	add_escaped(out, view_text(metric->help), false);
	buf_addf(out, "\n# TYPE %s %s\n", metric->name, kind_names[metric->kind]);
	for (; slot; slot = next_shown(slot->next))
		add_sample(out, slot);
}

void metrics_text(struct buf *out)
{
	pthread_mutex_lock(&lists_lock);
	for (int id = 0; id < METRICS_COUNT; id++)
		add_metric(out, (enum metrics_id)id);
	pthread_mutex_unlock(&lists_lock);
}

void metrics_describe(struct buf *out)
{
	buf_add_text(out, "| metric | kind | labels | what it says |\n| --- | --- | --- | --- |\n");
	for (int id = 0; id < METRICS_COUNT; id++) {
		const struct metric *metric = &metrics[id];

		buf_addf(out, "| `%s` | %s | ", metric->name, kind_names[metric->kind]);
		for (size_t i = 0; metric->labels[i]; i++)
			buf_addf(out, "%s`%s`", i > 0 ? ", " : "", metric->labels[i]);
		buf_addf(out, " | %s |\n", metric->help);
	}
}
