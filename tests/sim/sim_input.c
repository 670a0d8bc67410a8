// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "processors/attribution/attribution.h"
#include "schemas/wire.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define BASE_MS INT64_C(1750000000000)

enum { RECORDS_LEAST = 40, RECORDS_MOST = 260, BURST = 130, GAP = 20, RUBBISH = 40, MAX_RECORD = 4096 };

struct maker {
	struct sim_random *random;
	struct sim_inputs *out;
	int32_t partitions;
	size_t room;
	int64_t now;  // the clock of producers and brokers
	int64_t pace; // between two records
	int64_t lag;  // of clicks: a tracker that tells old ones, so that the horizon passes its input
	int64_t offsets[3][16];
	struct wire_header headers[3];
	struct buf bytes;
};

static const struct contract *contract_of(int topic)
{
	return topic == ATTRIBUTION_CLICKS ? contract_click : topic == ATTRIBUTION_ORDERS ? contract_order : contract_conversion;
}

#define PICK(m, array) ((array)[sim_random_below((m)->random, (int64_t)(sizeof(array) / sizeof *(array)))])

static bool hits(struct maker *m, int per_mille)
{
	return sim_random_hits(m->random, per_mille);
}

// ---- config

static void add_goal(struct maker *m, int number, bool tight, struct buf *out)
{
	static const char *const models[] = {"participation", "first_touch", "last_touch", "linear", "time_decay", "position_based", "custom"};
	static const char *const groups[] = {"click", "ad", "campaign", "channel"};
	static const char *const bases[] = {"placed", "confirmed", "delivered", "net"};
	bool orders = number == 0 || hits(m, 400);

	buf_addf(out,
		"      - {name: g%d, source: %s, event: %s, lookback: %" PRId64 "h, model: %s, weights: [5, 0, 3], half_life: 7h, value_basis: %s, "
		"participation_group: %s, only_first_conversion: %s, max_touchpoints: %d",
		number, orders ? "orders" : "conversions", hits(m, 500) ? "Lead" : "Sub", sim_random_between(m->random, 1, 48), PICK(m, models),
		PICK(m, bases), PICK(m, groups), hits(m, 500) ? "true" : "false", hits(m, 300) ? 3 : 100);
	if (hits(m, 300))
		buf_addf(out, ", first_scope: %" PRId64 "d", sim_random_between(m->random, 1, 20));
	if (hits(m, 200))
		buf_add_text(out, ", channels: [tiktok]");
	if (hits(m, 300))
		buf_add_text(out, ", export: per_credit");
	if (!orders && hits(m, 200))
		buf_add_text(out, ", value_property: worth");
	// One order's goals must hear of it together, or whether one takes a record depends on the horizon.
	if (hits(m, 300) && (!orders || !tight))
		buf_add_text(out, ", where: {context.shop_id: [pe, mx]}");
	buf_add_text(out, "}\n");
}

static void add_config(struct maker *m, struct buf *out)
{
	bool tight = m->out->times != SIM_CALM;

	buf_addf(out, "max_record: %dB\nstate: {memory: 96MiB}\ndead_letters: {value: %s}\n", MAX_RECORD, hits(m, 200) ? "digest" : "original");
	buf_addf(out, "attribution: {allowed_lateness: %s, order_lifetime: %s, max_future: 10m}\ntenants:\n", tight ? "24h" : "365d",
		tight ? "240h" : "800d");
	for (int t = 0; t < 2; t++) {
		int goals = (int)sim_random_between(m->random, 1, 4);

		buf_addf(out, "  - id: %c\n    max_lookback: %s\n    goals:\n", 'a' + t, hits(m, 500) ? "48h" : "3d");
		for (int g = 0; g < goals; g++)
			add_goal(m, g, tight, out);
	}
}

static void make_config(struct maker *m, const char *scratch)
{
	char path[256];
	struct buf text = {0};
	struct err err;

	add_config(m, &text);
	snprintf(path, sizeof path, "%s/config.yaml", scratch);
	FILE *file = fopen(path, "we");
	CHECK(file && fwrite(text.p, 1, text.n, file) == text.n && fclose(file) == 0);
	if (config_load(path, NULL, 0, &m->out->config, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
	buf_clear(&text);
}

// ---- words

static struct view long_text(struct maker *m, size_t n)
{
	char *p = arena_take(&m->out->arena, n);

	memset(p, 'x', n);
	return view_of(p, n);
}

static struct view user(struct maker *m)
{
	static const char *const users[] = {"u1", "u2", "u3", "u4", "u|1", "\xc3\xbc"};

	if (hits(m, 5))
		return long_text(m, hits(m, 500) ? 512 : 513);
	return hits(m, 20) ? VIEW_LIT("u\0z") : view_text(PICK(m, users));
}

static struct view tenant(struct maker *m)
{
	return hits(m, 15) ? VIEW_LIT("nobody") : hits(m, 700) ? VIEW_LIT("a") : VIEW_LIT("b");
}

static struct view click_id(struct maker *m)
{
	static const char *const ids[] = {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "__CLICKID__", "c|1"};

	return hits(m, 10) ? VIEW_LIT("c\0d") : hits(m, 10) ? long_text(m, 300) : view_text(PICK(m, ids));
}

static struct view maybe(struct maker *m, int per_mille, const char *text)
{
	return hits(m, per_mille) ? view_text(text) : VIEW_ABSENT;
}

static struct view money(struct maker *m)
{
	static const char *const values[] = {"0", "0.01", "10.00", "12.34", "99.99", "100", "999999999999", "999999999999.99", "7", "12.3400"};

	return hits(m, 20) ? VIEW_LIT("1,5") : view_text(PICK(m, values));
}

static struct view currency(struct maker *m)
{
	return hits(m, 900) ? VIEW_LIT("USD") : hits(m, 500) ? VIEW_LIT("JPY") : hits(m, 500) ? VIEW_LIT("KWD") : VIEW_LIT("usd");
}

static struct view word_of_id(struct maker *m, const char *letter)
{
	char *p = arena_take(&m->out->arena, 8);
	int n = snprintf(p, 8, "%s%d", letter, (int)sim_random_below(m->random, 4));

	return hits(m, 20) ? VIEW_LIT("o\0|x") : view_of(p, (size_t)n);
}

static int64_t wild_time(struct maker *m)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, INT64_MIN + HOUR_MS, -1, 0, 1, -HOUR_MS, BASE_MS, BASE_MS + 1,
		INT64_MAX - HOUR_MS, INT64_MAX - 1, INT64_MAX};

	return hits(m, 100) ? (int64_t)sim_random_next(m->random) : PICK(m, times);
}

// When something happened that is told now.
static int64_t time_before_now(struct maker *m)
{
	switch (m->out->times) {
	case SIM_CALM:
		return BASE_MS + sim_random_below(m->random, 40) * 6 * HOUR_MS + (hits(m, 200) ? sim_random_below(m->random, HOUR_MS) : 0);
	case SIM_WILD:
		// The top of the range makes everything after it late: seldom, and not at once.
		for (;;) {
			int64_t time = wild_time(m);
			if (time < BASE_MS + DAY_MS || hits(m, 10))
				return time;
		}
	default:
		return m->now -
			(hits(m, 850)          ? sim_random_below(m->random, HOUR_MS)
					: hits(m, 850) ? sim_random_below(m->random, 30 * HOUR_MS)
								   : sim_random_below(m->random, 10 * DAY_MS));
	}
}

static int8_t consent(struct maker *m)
{
	return hits(m, 30) ? CONSENT_DENIED : hits(m, 500) ? CONSENT_GRANTED : CONSENT_UNKNOWN;
}

static struct context context(struct maker *m)
{
	struct context c = {.event_source = hits(m, 500) ? EVENT_SOURCE_WEB : EVENT_SOURCE_APP,
		.ttclid_time = TIME_ABSENT,
		.limited_data_use = FLAG_ABSENT,
		.consent = consent(m)};

	if (hits(m, 250)) {
		c.ttclid = click_id(m);
		c.ttclid_time = hits(m, 900) ? time_before_now(m) : TIME_ABSENT;
	}
	c.email = maybe(m, 200, "Someone@Example.com ");
	c.page_url = maybe(m, 200, "https://shop.example/p?x=1&ttclid=c1#top");
	c.ip = maybe(m, 200, "192.0.2.1");
	c.shop_id = maybe(m, 600, hits(m, 500) ? "pe" : "cl");
	return c;
}

static struct properties properties(struct maker *m)
{
	struct property *p = arena_take(&m->out->arena, sizeof *p);

	*p = (struct property){VIEW_LIT("worth"), money(m)};
	return (struct properties){p, hits(m, 400)};
}

static struct items items(struct maker *m)
{
	struct item *p = arena_zero(&m->out->arena, sizeof *p);

	p->id = hits(m, 950) ? VIEW_LIT("sku") : VIEW_LIT("");
	p->price = VIEW_LIT("1.00");
	p->quantity = 1;
	return (struct items){p, hits(m, 200)};
}

// ---- records

static void make_click(struct maker *m, struct click *c)
{
	*c = (struct click){.tenant = tenant(m),
		.user = user(m),
		.event_time = time_before_now(m) - m->lag,
		.channel = hits(m, 850) ? VIEW_LIT("tiktok") : VIEW_LIT("search"),
		.advertiser_id = maybe(m, 700, hits(m, 500) ? "71" : "72"),
		.campaign_id = maybe(m, 600, "81"),
		.ad_id = maybe(m, 500, hits(m, 500) ? "91" : "92"),
		.consent = consent(m)};
	if (hits(m, 800))
		c->ttclid = click_id(m);
	else if (hits(m, 700))
		c->touch_id = click_id(m);
	c->landing_url = maybe(m, 150, "https://shop.example/?ttclid=c%31&ad_id=93&campaign_id=__CAMPAIGN_ID__");
}

static void make_order(struct maker *m, struct order *o)
{
	int64_t placed_at = time_before_now(m), status_time = time_before_now(m);

	if (m->out->times != SIM_WILD && status_time < placed_at)
		status_time = placed_at;
	if (m->out->times == SIM_TIGHT && hits(m, 300)) // a status long after
		placed_at -= sim_random_below(m->random, 12 * DAY_MS);
	*o = (struct order){.tenant = tenant(m),
		.user = user(m),
		.order_id = word_of_id(m, "o"),
		.status = (int8_t)sim_random_below(m->random, STATUS_REFUNDED + 1),
		.status_time = status_time,
		.placed_at = placed_at,
		.value = money(m),
		.currency = currency(m),
		.refunded = hits(m, 200) ? money(m) : VIEW_ABSENT,
		.items = items(m),
		.properties = properties(m),
		.context = context(m)};
}

static void make_conversion(struct maker *m, struct conversion *c)
{
	*c = (struct conversion){.tenant = tenant(m),
		.user = user(m),
		.conversion_id = word_of_id(m, "v"),
		.event = hits(m, 450) ? VIEW_LIT("Lead")
			: hits(m, 900)    ? VIEW_LIT("Sub")
							  : VIEW_LIT("View"),
		.event_time = time_before_now(m),
		.properties = properties(m),
		.items = items(m),
		.context = context(m)};
	if (hits(m, 600)) {
		c->value = money(m);
		c->currency = hits(m, 950) ? currency(m) : VIEW_ABSENT;
	}
}

static struct view key_of(struct maker *m, struct view whose, struct view who)
{
	buf_reset(&m->bytes);
	buf_add_view(&m->bytes, whose);
	buf_add_byte(&m->bytes, '|');
	buf_add_view(&m->bytes, who);
	return arena_dup(&m->out->arena, buf_view(&m->bytes));
}

static struct view value_of(struct maker *m, int topic, const void *record)
{
	buf_reset(&m->bytes);
	wire_write(&m->headers[topic], contract_of(topic), record, &m->bytes);
	return arena_dup(&m->out->arena, buf_view(&m->bytes));
}

static int32_t partition_of(const struct maker *m, struct view key)
{
	uint32_t hash = 5381;

	for (size_t i = 0; i < key.n; i++)
		hash = hash * 33 + (uint8_t)key.p[i];
	return (int32_t)(hash % (uint32_t)m->partitions);
}

static void spoil(struct maker *m, struct sim_input *in)
{
	switch (sim_random_below(m->random, 6)) {
	case 0:
		in->value = VIEW_ABSENT;
		break;
	case 1:
		in->value.n = (size_t)sim_random_below(m->random, (int64_t)in->value.n);
		break;
	case 2:
		in->key = VIEW_LIT("a|somebody else");
		break;
	case 3:
		in->value = long_text(m, MAX_RECORD + 1);
		break;
	case 4:
		in->key = VIEW_ABSENT;
		break;
	default:
		in->value = VIEW_LIT("rubbish");
	}
}

static void append(struct maker *m, struct sim_input in)
{
	struct sim_inputs *out = m->out;

	if (out->n == m->room) {
		m->room = m->room ? m->room * 2 : 256;
		out->list = realloc(out->list, m->room * sizeof *out->list);
		if (!out->list)
			err_out_of_memory();
	}
	in.offset = m->offsets[in.topic][in.partition]++;
	out->list[out->n++] = in;
}

static int64_t timestamp(struct maker *m)
{
	switch (m->out->times) {
	case SIM_CALM:
		return hits(m, 10) ? BASE_MS : BASE_MS + 400 * DAY_MS;
	case SIM_WILD:
		return hits(m, 50) ? 0 : INT64_MAX - sim_random_below(m->random, 2) * HOUR_MS;
	default:
		return m->now;
	}
}

static void add(struct maker *m, int topic, struct view whose, struct view who, int64_t time, const void *record)
{
	struct sim_input in = {.topic = topic,
		.timestamp = timestamp(m),
		.time = time,
		.key = key_of(m, whose, who),
		.value = value_of(m, topic, record)};

	in.partition = partition_of(m, in.key);
	if (hits(m, RUBBISH))
		spoil(m, &in);
	append(m, in);
	if (hits(m, GAP))
		append(m, (struct sim_input){.topic = topic, .partition = in.partition, .marker = true});
	m->now += sim_random_below(m->random, 2 * m->pace);
}

static void add_click(struct maker *m)
{
	struct click c;

	make_click(m, &c);
	add(m, ATTRIBUTION_CLICKS, c.tenant, c.user, c.event_time, &c);
}

static void add_one(struct maker *m)
{
	int64_t what = sim_random_below(m->random, 100);
	struct order o;
	struct conversion v;

	if (what < 50) {
		add_click(m);
	} else if (what < 75) {
		make_order(m, &o);
		add(m, ATTRIBUTION_ORDERS, o.tenant, o.user, o.status_time, &o);
	} else {
		make_conversion(m, &v);
		add(m, ATTRIBUTION_CONVERSIONS, v.tenant, v.user, v.event_time, &v);
	}
}

// More landings within an hour than exist.
static void add_burst(struct maker *m)
{
	struct click c;
	int64_t hour, pace = m->pace;

	make_click(m, &c);
	hour = c.event_time - c.event_time % HOUR_MS;
	m->pace = 1;
	for (int i = 0; i < BURST; i++) {
		char *id = arena_take(&m->out->arena, 8);

		c.ttclid = view_of(id, (size_t)snprintf(id, 8, "f%d", (int)sim_random_below(m->random, 1000)));
		c.event_time = hour + sim_random_below(m->random, HOUR_MS);
		if (m->out->times == SIM_TIGHT && c.event_time > m->now)
			m->now = c.event_time;
		add(m, ATTRIBUTION_CLICKS, c.tenant, c.user, c.event_time, &c);
	}
	m->pace = pace;
}

static void make_headers(struct maker *m)
{
	struct err err;

	for (int topic = 0; topic < 3; topic++)
		if (wire_header_for(contract_of(topic), NULL, "any", &m->headers[topic], &err) != 0)
			err_check_failed(err.words, __FILE__, __LINE__);
}

void sim_input_make(struct sim_random *random, const char *scratch, int32_t partitions, struct sim_inputs *out)
{
	struct maker m = {.random = random, .out = out, .partitions = partitions, .now = BASE_MS};
	int64_t records = sim_random_between(random, RECORDS_LEAST, RECORDS_MOST), kind = sim_random_below(random, 10);

	*out = (struct sim_inputs){.times = kind < 4 ? SIM_CALM : kind < 9 ? SIM_TIGHT : SIM_WILD};
	m.pace = sim_random_between(random, 10, 40) * DAY_MS / records;
	m.lag = out->times == SIM_TIGHT && sim_random_hits(random, 300) ? sim_random_below(random, 4 * DAY_MS) : 0;
	make_config(&m, scratch);
	make_headers(&m);
	int64_t burst = sim_random_hits(random, 250) && out->times != SIM_WILD ? sim_random_below(random, records) : -1;
	for (int64_t i = 0; i < records; i++) {
		add_one(&m);
		if (i == burst)
			add_burst(&m);
	}
	buf_clear(&m.bytes);
}

void sim_input_clear(struct sim_inputs *inputs)
{
	config_free(&inputs->config);
	free(inputs->list);
	arena_clear(&inputs->arena);
}

void sim_input_disown(struct sim_inputs *inputs, size_t i)
{
	struct sim_input *in = &inputs->list[i];
	struct maker m = {.out = inputs};
	struct wire_reader *reader = wire_reader_new(contract_of(in->topic), WIRE_AVRO, NULL);
	union {
		struct click click;
		struct order order;
		struct conversion conversion;
	} body;
	struct err err;

	make_headers(&m);
	if (wire_read(reader, in->value, &inputs->arena, &body, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
	// Each of the three begins with tenant and user.
	body.click.tenant = VIEW_LIT("nobody");
	in->key = key_of(&m, body.click.tenant, body.click.user);
	in->value = value_of(&m, in->topic, &body);
	wire_reader_free(&reader);
	buf_clear(&m.bytes);
}
