// SPDX-License-Identifier: Apache-2.0
#include "bench/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/when.h"
#include "bench/broker.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define MANY INT64_C(1000000000)

struct number {
	const char *name;
	size_t at;
	int64_t preset, least, most;
};

struct text {
	const char *name;
	size_t at;
	const char *preset;
};

static const struct number numbers[] = {
	{"seed", offsetof(struct setup, workload.seed), 1, 0, MANY},
	{"clicks", offsetof(struct setup, workload.clicks), 4000000, 1, MANY},
	{"orders", offsetof(struct setup, workload.orders), 200000, 1, 100000000},
	{"users", offsetof(struct setup, workload.users), 1000000, 1, 100000000},
	{"tenants", offsetof(struct setup, workload.tenants), 1, 1, 1000},
	{"span_ms", offsetof(struct setup, workload.span_ms), 7 * DAY_MS, 1, 366 * DAY_MS},
	{"late_percent", offsetof(struct setup, workload.late_percent), 2, 0, 100},
	{"late_up_to_ms", offsetof(struct setup, workload.late_up_to_ms), HOUR_MS, 0, 7 * DAY_MS},
	{"late_restates", offsetof(struct setup, workload.late_restates), 0, 0, 1},
	{"lookback_ms", offsetof(struct setup, workload.lookback_ms), 7 * DAY_MS, 1, 366 * DAY_MS},
	{"max_touchpoints", offsetof(struct setup, workload.max_touchpoints), 100, 1, 1000},
	{"unaligned_ms", offsetof(struct setup, workload.unaligned_ms), 0, 0, 7 * DAY_MS},
	{"zipf_permille", offsetof(struct setup, workload.zipf_permille), 0, 0, 3000},
	{"hot_permille", offsetof(struct setup, workload.hot_permille), 0, 0, 1000},
	{"click_url_bytes", offsetof(struct setup, workload.click_url_bytes), 0, 0, 4000},
	{"order_properties", offsetof(struct setup, workload.order_properties), 0, 0, 16},
	{"property_bytes", offsetof(struct setup, workload.property_bytes), 32, 0, 4000},
	{"restates", offsetof(struct setup, restates), 1, 0, 1},
	{"rate", offsetof(struct setup, rate), 10000, 1, MANY},
	{"warm_up_ms", offsetof(struct setup, warm_up_ms), 10000, 0, HOUR_MS},
	{"commit_interval_ms", offsetof(struct setup, commit_interval_ms), 500, 1, 60000},
	{"partitions", offsetof(struct setup, partitions), 4, 1, 10000},
	{"ends_now", offsetof(struct setup, ends_now), 0, 0, 1},
};

static const struct text texts[] = {
	{"clicks_topic", offsetof(struct setup, clicks), "clicks"},
	{"orders_topic", offsetof(struct setup, orders), "orders"},
	{"outputs_topic", offsetof(struct setup, outputs), "attributed-conversions"},
	{"deltas_topic", offsetof(struct setup, deltas), "attribution-credits"},
	{"group", offsetof(struct setup, group), "bench"},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0], TEXTS = sizeof texts / sizeof texts[0] };

static int64_t *number_of(struct setup *s, const struct number *n)
{
	return (int64_t *)((char *)s + n->at);
}

static const char **text_of(struct setup *s, const struct text *t)
{
	return (const char **)((char *)s + t->at);
}

static void take_number(struct setup *s, const struct number *n, const char *value)
{
	int64_t *out = number_of(s, n);

	if (when_parse_integer(view_text(value), out) != 0 || *out < n->least || *out > n->most)
		broker_die(n->name, "not a number, or out of bounds; call without arguments to see them");
}

// Is `argument` NAME=VALUE of this name? Then where the value begins.
static const char *value_of(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static void take(struct setup *s, const char *argument)
{
	const char *value;

	for (size_t i = 0; i < NUMBERS; i++) {
		if ((value = value_of(argument, numbers[i].name))) {
			take_number(s, &numbers[i], value);
			return;
		}
	}
	for (size_t i = 0; i < TEXTS; i++) {
		if ((value = value_of(argument, texts[i].name))) {
			*text_of(s, &texts[i]) = value;
			return;
		}
	}
	broker_die(argument, "no such setting; call without arguments to see them");
}

// Recent, so that no broker's retention takes it. Totals do not depend on it.
static int64_t begin_ms(const struct setup *s)
{
	int64_t now = (int64_t)time(NULL) * 1000;

	return s->ends_now ? now - s->workload.span_ms : now / DAY_MS * DAY_MS - DAY_MS - s->workload.span_ms;
}

void setup_read(char **arguments, int count, struct setup *out)
{
	*out = (struct setup){0};
	for (size_t i = 0; i < NUMBERS; i++)
		*number_of(out, &numbers[i]) = numbers[i].preset;
	for (size_t i = 0; i < TEXTS; i++)
		*text_of(out, &texts[i]) = texts[i].preset;
	for (int i = 0; i < count; i++)
		take(out, arguments[i]);
	out->workload.begin_ms = begin_ms(out);
}

void setup_usage(void)
{
	for (size_t i = 0; i < NUMBERS; i++)
		fprintf(stderr, "  %-20s %" PRId64 " to %" PRId64 ", default %" PRId64 "\n", numbers[i].name, numbers[i].least, numbers[i].most,
			numbers[i].preset);
	for (size_t i = 0; i < TEXTS; i++)
		fprintf(stderr, "  %-20s text, default %s\n", texts[i].name, texts[i].preset);
}
