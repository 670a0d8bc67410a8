// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { VALUE_MINOR = 4990, TENANT_ADS = 200 };

struct touch {
	int64_t time;
	int32_t user;
	bool is_order;
};

struct workload {
	struct workload_options options;
	struct touch *clicks; // in the order of writing
	struct touch *orders; // by time
	int64_t *written;     // when each click is written
	int64_t next_click, next_order;
	struct workload_totals totals;
	char user[24], ttclid[128], campaign[24], adgroup[24], ad[24], order_id[24];
};

// splitmix64: every record's numbers follow from the seed and its index alone.
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static void *array(int64_t n, size_t size)
{
	void *p = calloc((size_t)n, size);

	if (!p)
		err_out_of_memory();
	return p;
}

static int by_written(const void *a, const void *b, void *context)
{
	const int64_t *written = context;
	int64_t x = written[*(const int64_t *)a], y = written[*(const int64_t *)b];

	return x < y ? -1 : x > y;
}

static void order_by_writing(struct workload *w)
{
	int64_t n = w->options.clicks;
	int64_t *index = array(n, sizeof *index), *written = array(n, sizeof *written);
	struct touch *clicks = array(n, sizeof *clicks);

	for (int64_t i = 0; i < n; i++)
		index[i] = i;
	qsort_r(index, (size_t)n, sizeof *index, by_written, w->written);
	for (int64_t i = 0; i < n; i++) {
		clicks[i] = w->clicks[index[i]];
		written[i] = w->written[index[i]];
	}
	free(index);
	free(w->clicks);
	free(w->written);
	w->clicks = clicks;
	w->written = written;
}

static void make(struct workload *w)
{
	const struct workload_options *o = &w->options;

	for (int64_t i = 0; i < o->clicks; i++) {
		uint64_t r = mix(o->seed ^ (uint64_t)i << 1);

		w->clicks[i] = (struct touch){o->begin_ms + i * o->span_ms / o->clicks, (int32_t)(r % (uint64_t)o->users), false};
		bool late = (int)(mix(r) % 100) < o->late_percent;
		w->written[i] = w->clicks[i].time + (late ? (int64_t)(mix(r + 1) % (uint64_t)(o->late_up_to_ms + 1)) : 0);
	}
	for (int64_t i = 0; i < o->orders; i++)
		w->orders[i] = (struct touch){o->begin_ms + i * o->span_ms / o->orders,
			(int32_t)(mix(o->seed + 77 + (uint64_t)i * 3) % (uint64_t)o->users), true};
}

static int by_user_and_time(const void *a, const void *b)
{
	const struct touch *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->is_order - y->is_order;
}

// One user's events, by time: the first order gets every click at or before it within the window.
static void add_user(struct workload *w, const struct touch *events, int64_t n)
{
	int64_t first = 0, touches = 0;

	while (first < n && !events[first].is_order)
		first++;
	if (first == n)
		return;
	for (int64_t i = 0; i < first; i++)
		touches += events[first].time - events[i].time <= w->options.lookback_ms;
	w->totals.credits += touches;
	w->totals.credit_micros += touches * VALUE_MINOR * 10000;
}

static void sum_up(struct workload *w)
{
	int64_t n = w->options.clicks + w->options.orders;
	struct touch *all = array(n, sizeof *all);

	memcpy(all, w->clicks, (size_t)w->options.clicks * sizeof *all);
	memcpy(all + w->options.clicks, w->orders, (size_t)w->options.orders * sizeof *all);
	qsort(all, (size_t)n, sizeof *all, by_user_and_time);
	for (int64_t begin = 0, end; begin < n; begin = end) {
		for (end = begin; end < n && all[end].user == all[begin].user; end++)
			;
		add_user(w, all + begin, end - begin);
	}
	w->totals.orders = w->options.orders;
	free(all);
}

struct workload *workload_new(const struct workload_options *options)
{
	struct workload *w = array(1, sizeof *w);

	w->options = *options;
	w->clicks = array(options->clicks, sizeof *w->clicks);
	w->written = array(options->clicks, sizeof *w->written);
	w->orders = array(options->orders, sizeof *w->orders);
	make(w);
	order_by_writing(w);
	sum_up(w);
	return w;
}

void workload_free(struct workload **workload)
{
	if (!*workload)
		return;
	free((*workload)->clicks);
	free((*workload)->written);
	free((*workload)->orders);
	free(*workload);
	*workload = NULL;
}

static struct view print_id(char *out, size_t room, const char *prefix, uint64_t number)
{
	return view_of(out, (size_t)snprintf(out, room, "%s%" PRIu64, prefix, number));
}

static struct view print_ttclid(struct workload *w, int64_t index)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int n = snprintf(w->ttclid, sizeof w->ttclid, "E.C.P.%08" PRIx64, (uint64_t)index);
	uint64_t r = mix((uint64_t)index ^ w->options.seed);

	for (; n < 84; n++, r = mix(r))
		w->ttclid[n] = digits[r & 63];
	return view_of(w->ttclid, (size_t)n);
}

bool workload_click(struct workload *w, struct click *out, int64_t *written_at)
{
	int64_t i = w->next_click;

	if (i == w->options.clicks)
		return false;
	uint64_t ad = mix((uint64_t)i + 5) % TENANT_ADS;
	*out = (struct click){.tenant = VIEW_LIT("bench"),
		.user = print_id(w->user, sizeof w->user, "user-", (uint64_t)w->clicks[i].user + 10000000),
		.event_time = w->clicks[i].time,
		.ttclid = print_ttclid(w, i),
		.channel = VIEW_LIT("tiktok"),
		.advertiser_id = VIEW_LIT("7012345678901234567"),
		.campaign_id = print_id(w->campaign, sizeof w->campaign, "1790000000000", 100 + ad / 20),
		.adgroup_id = print_id(w->adgroup, sizeof w->adgroup, "1791000000000", 100 + ad / 5),
		.ad_id = print_id(w->ad, sizeof w->ad, "1792000000000", 100 + ad),
		.consent = CONSENT_GRANTED};
	*written_at = w->written[i];
	w->next_click++;
	return true;
}

bool workload_order(struct workload *w, struct order *out, int64_t *written_at)
{
	int64_t i = w->next_order;

	if (i == w->options.orders)
		return false;
	int64_t time = w->orders[i].time;
	*out = (struct order){.tenant = VIEW_LIT("bench"),
		.user = print_id(w->user, sizeof w->user, "user-", (uint64_t)w->orders[i].user + 10000000),
		.order_id = print_id(w->order_id, sizeof w->order_id, "order-", (uint64_t)i + 100000000),
		.status = STATUS_PLACED,
		.status_time = time,
		.placed_at = time,
		.value = VIEW_LIT("49.90"),
		.currency = VIEW_LIT("USD"),
		.context = {.event_source = EVENT_SOURCE_WEB,
			.ttclid_time = TIME_ABSENT,
			.limited_data_use = FLAG_ABSENT,
			.page_url = VIEW_LIT("https://shop.example.com/checkout/thanks"),
			.ttp = VIEW_LIT("2Vb1u0jK4mPzQh8sYx6Tn3RcWd"),
			.consent = CONSENT_GRANTED}};
	*written_at = time;
	w->next_order++;
	return true;
}

void workload_totals(const struct workload *w, struct workload_totals *out)
{
	*out = w->totals;
}
