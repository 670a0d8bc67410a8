// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TENANT_ADS = 200, FIRST_USER = 10000000, FIRST_ORDER = 100000000, PROPERTIES_MAX = 16, TEXT_MAX = 4096 };

struct touch {
	int64_t number, time, written;
	int64_t user;
};

// Late clicks whose time of writing has not come: a binary heap, the earliest first.
struct waiting {
	struct touch *p;
	size_t n, room;
};

struct workload {
	struct workload_options options;
	struct waiting late;
	int64_t made, next_click, next_order; // clicks made, clicks and orders written
	int64_t hot_user;
	struct name {
		char tenant[24], user[24];
	} of_click, of_order;
	char ttclid[128], campaign[24], adgroup[24], ad[24], order_id[24];
	char url[TEXT_MAX], filling[TEXT_MAX];
	struct property properties[PROPERTIES_MAX];
	char names[PROPERTIES_MAX][16];
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

// ---- who and when

// The inverse of the distribution function of the density x^-s on [1, users + 1), which is Zipf's law but for rounding.
static int64_t power_law_user(const struct workload_options *o, uint64_t r)
{
	double u = (double)(r >> 11) * 0x1p-53, s = (double)o->zipf_permille / 1000, n = (double)o->users + 1;
	double x = fabs(s - 1) < 1e-9 ? pow(n, u) : pow(u * (pow(n, 1 - s) - 1) + 1, 1 / (1 - s));
	int64_t user = (int64_t)x - 1;

	return user < 0 ? 0 : user >= o->users ? o->users - 1 : user;
}

static int64_t user_of(const struct workload_options *o, uint64_t r)
{
	return o->zipf_permille ? power_law_user(o, mix(r + 2)) : (int64_t)(r % (uint64_t)o->users);
}

static struct touch order_at(const struct workload *w, int64_t i)
{
	const struct workload_options *o = &w->options;
	int64_t time = o->begin_ms + i * o->span_ms / o->orders;

	return (struct touch){.number = i, .time = time, .written = time, .user = user_of(o, mix((uint64_t)o->seed + 77 + (uint64_t)i * 3))};
}

// An order after the click, written before it: its user's first one, mostly.
static void make_restating(const struct workload *w, struct touch *click, uint64_t r)
{
	const struct workload_options *o = &w->options;
	int64_t next = (click->time - o->begin_ms) * o->orders / o->span_ms + 1, within = o->late_up_to_ms * o->orders / o->span_ms;
	int64_t i = next + (int64_t)(r % (uint64_t)(within + 1));

	if (i >= o->orders)
		return;
	struct touch order = order_at(w, i);
	click->user = order.user;
	click->written = order.time + 1 + (int64_t)(mix(r) % (uint64_t)(o->late_up_to_ms + 1));
}

static struct touch click_at(const struct workload *w, int64_t i)
{
	const struct workload_options *o = &w->options;
	uint64_t r = mix((uint64_t)o->seed ^ (uint64_t)i << 1);
	struct touch t = {.number = i, .time = o->begin_ms + i * o->span_ms / o->clicks};
	bool late = (int64_t)(mix(r) % 100) < o->late_percent, hot = o->hot_permille && (int64_t)(mix(r + 3) % 1000) < o->hot_permille;

	t.user = hot ? w->hot_user : user_of(o, r);
	t.written = t.time + (late ? (int64_t)(mix(r + 1) % (uint64_t)(o->late_up_to_ms + 1)) : 0);
	if (late && o->late_restates)
		make_restating(w, &t, mix(r + 4));
	return t;
}

// ---- in the order of writing

static bool is_before(const struct touch *a, const struct touch *b)
{
	return a->written != b->written ? a->written < b->written : a->number < b->number;
}

static void swap(struct touch *a, struct touch *b)
{
	struct touch t = *a;

	*a = *b;
	*b = t;
}

static void push(struct waiting *h, struct touch t)
{
	size_t at = h->n++;

	if (h->n > h->room) {
		h->room = h->room ? h->room * 2 : 1024;
		h->p = realloc(h->p, h->room * sizeof *h->p);
		if (!h->p)
			err_out_of_memory();
	}
	h->p[at] = t;
	for (; at && is_before(&h->p[at], &h->p[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&h->p[at], &h->p[(at - 1) / 2]);
}

static struct touch pop(struct waiting *h)
{
	struct touch top = h->p[0];

	h->p[0] = h->p[--h->n];
	for (size_t at = 0, child; (child = 2 * at + 1) < h->n; at = child) {
		child += child + 1 < h->n && is_before(&h->p[child + 1], &h->p[child]);
		if (!is_before(&h->p[child], &h->p[at]))
			break;
		swap(&h->p[child], &h->p[at]);
	}
	return top;
}

// Clicks are made by event time, so what waits and is due by the next one's event time comes before whatever will still be made.
static bool next_written(struct workload *w, struct touch *out)
{
	while (w->made < w->options.clicks) {
		*out = click_at(w, w->made);
		if (w->late.n && w->late.p[0].written <= out->time)
			break;
		w->made++;
		if (out->written == out->time)
			return true;
		push(&w->late, *out);
	}
	if (!w->late.n)
		return false;
	*out = pop(&w->late);
	return true;
}

// ---- totals

struct user_sum {
	int64_t first; // time of the first order; INT64_MAX: none
	uint32_t eligible, in_time;
};

static int64_t at_most(int64_t n, int64_t limit)
{
	return n < limit ? n : limit;
}

static void count_clicks(const struct workload *w, struct user_sum *users)
{
	for (int64_t i = 0; i < w->options.clicks; i++) {
		struct touch t = click_at(w, i);
		struct user_sum *u = &users[t.user];

		if (u->first == INT64_MAX || t.time > u->first || u->first - t.time > w->options.lookback_ms)
			continue;
		u->eligible++;
		u->in_time += t.written + w->options.unaligned_ms < u->first;
	}
}

void workload_totals(const struct workload *w, struct workload_totals *out)
{
	struct user_sum *users = array(w->options.users, sizeof *users);
	int64_t limit = w->options.max_touchpoints;

	for (int64_t i = 0; i < w->options.users; i++)
		users[i].first = INT64_MAX;
	for (int64_t i = 0; i < w->options.orders; i++) {
		struct touch t = order_at(w, i);
		users[t.user].first = at_most(t.time, users[t.user].first);
	}
	count_clicks(w, users);
	*out = (struct workload_totals){0};
	for (int64_t i = 0; i < w->options.users; i++) {
		out->credits += at_most(users[i].eligible, limit);
		out->least_credits += at_most(users[i].in_time, limit);
		out->most_credits += users[i].eligible;
	}
	out->credit_micros = out->credits * WORKLOAD_VALUE_MICROS;
	free(users);
}

// ---- records

static struct view print_id(char *out, size_t room, const char *prefix, uint64_t number)
{
	return view_of(out, (size_t)snprintf(out, room, "%s%" PRIu64, prefix, number));
}

static struct view print_tenant(const struct workload *w, struct name *out, int64_t user)
{
	if (w->options.tenants == 1)
		return VIEW_LIT("bench");
	return print_id(out->tenant, sizeof out->tenant, "bench-", (uint64_t)(user % w->options.tenants));
}

static struct view print_user(struct name *out, int64_t user)
{
	return print_id(out->user, sizeof out->user, "user-", (uint64_t)user + FIRST_USER);
}

static struct view print_ttclid(struct workload *w, int64_t index)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int n = snprintf(w->ttclid, sizeof w->ttclid, "E.C.P.%08" PRIx64, (uint64_t)index);
	uint64_t r = mix((uint64_t)index ^ (uint64_t)w->options.seed);

	for (; n < 84; n++, r = mix(r))
		w->ttclid[n] = digits[r & 63];
	return view_of(w->ttclid, (size_t)n);
}

static struct view landing_url(struct workload *w, int64_t number)
{
	if (!w->options.click_url_bytes)
		return VIEW_ABSENT;
	int n = snprintf(w->url, sizeof w->url,
		"https://shop.example.com/products/%08" PRIx64 "?utm_source=tiktok&utm_content=", mix((uint64_t)number) >> 32);
	while (n < w->options.click_url_bytes) {
		w->url[n] = (char)('a' + n % 26);
		n++;
	}
	return view_of(w->url, (size_t)n);
}

bool workload_click(struct workload *w, struct click *out, int64_t *written_at)
{
	struct touch t;

	if (!next_written(w, &t))
		return false;
	int64_t i = w->next_click++;
	uint64_t ad = mix((uint64_t)i + 5) % TENANT_ADS;
	*out = (struct click){.tenant = print_tenant(w, &w->of_click, t.user),
		.user = print_user(&w->of_click, t.user),
		.event_time = t.time,
		.ttclid = print_ttclid(w, i),
		.channel = VIEW_LIT("tiktok"),
		.landing_url = landing_url(w, i),
		.advertiser_id = VIEW_LIT("7012345678901234567"),
		.campaign_id = print_id(w->campaign, sizeof w->campaign, "1790000000000", 100 + ad / 20),
		.adgroup_id = print_id(w->adgroup, sizeof w->adgroup, "1791000000000", 100 + ad / 5),
		.ad_id = print_id(w->ad, sizeof w->ad, "1792000000000", 100 + ad),
		.consent = CONSENT_GRANTED};
	*written_at = t.written;
	return true;
}

static const struct context order_context = {.event_source = EVENT_SOURCE_WEB,
	.ttclid_time = TIME_ABSENT,
	.limited_data_use = FLAG_ABSENT,
	.page_url = VIEW_LIT("https://shop.example.com/checkout/thanks"),
	.ttp = VIEW_LIT("2Vb1u0jK4mPzQh8sYx6Tn3RcWd"),
	.consent = CONSENT_GRANTED};

bool workload_order(struct workload *w, struct order *out, int64_t *written_at)
{
	if (w->next_order == w->options.orders)
		return false;
	struct touch t = order_at(w, w->next_order++);
	*out = (struct order){.tenant = print_tenant(w, &w->of_order, t.user),
		.user = print_user(&w->of_order, t.user),
		.order_id = print_id(w->order_id, sizeof w->order_id, "order-", (uint64_t)t.number + FIRST_ORDER),
		.status = STATUS_PLACED,
		.status_time = t.time,
		.placed_at = t.time,
		.value = VIEW_LIT("49.90"),
		.currency = VIEW_LIT("USD"),
		.properties = {w->properties, (size_t)w->options.order_properties},
		.context = order_context};
	*written_at = t.written;
	return true;
}

int64_t workload_order_number(const struct workload *w, struct view order_id)
{
	static const char prefix[] = "order-";
	int64_t number = 0;

	if (order_id.n <= sizeof prefix - 1 || memcmp(order_id.p, prefix, sizeof prefix - 1) != 0)
		return -1;
	for (size_t i = sizeof prefix - 1; i < order_id.n; i++) {
		if (order_id.p[i] < '0' || order_id.p[i] > '9' || number > INT64_MAX / 20)
			return -1;
		number = number * 10 + (order_id.p[i] - '0');
	}
	number -= FIRST_ORDER;
	return number >= 0 && number < w->options.orders ? number : -1;
}

// ---- life

static void fill_properties(struct workload *w)
{
	memset(w->filling, 'p', sizeof w->filling);
	for (int i = 0; i < w->options.order_properties; i++)
		w->properties[i] = (struct property){print_id(w->names[i], sizeof w->names[i], "property_", (uint64_t)i),
			view_of(w->filling, (size_t)w->options.property_bytes)};
}

struct workload *workload_new(const struct workload_options *options)
{
	struct workload *w = array(1, sizeof *w);

	w->options = *options;
	CHECK(options->order_properties <= PROPERTIES_MAX && options->property_bytes <= TEXT_MAX && options->click_url_bytes < TEXT_MAX);
	w->hot_user = order_at(w, options->orders / 2).user;
	fill_properties(w);
	return w;
}

void workload_free(struct workload **workload)
{
	if (!*workload)
		return;
	free((*workload)->late.p);
	free(*workload);
	*workload = NULL;
}
