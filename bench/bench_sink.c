// SPDX-License-Identifier: Apache-2.0
// Puts attributed conversions into a broker, and checks what the events sink made of them. A conversion has one to three clicks of TikTok, two items, hashed
// match keys, an address and a browser; its shop is one of several that share the partitions.
//   bench_sink preload BOOTSTRAP CONVERSIONS TENANTS     prints "events N", as many as TikTok must be told of
//   bench_sink verify  BOOTSTRAP CONVERSIONS TENANTS
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/broker.h"

enum { DAY_MS = 86400000, CREDITS_MAX = 3, PARTITIONS = 4, VALUE_MICROS = 49900000, HEX = 64 };

// splitmix64
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

// ---- one conversion

// The texts of one, written anew for each.
struct sample {
	char tenant[32], user[24], order[24], ip[24], page[128], email[HEX + 1], phone[HEX + 1], external[HEX + 1];
	char click[CREDITS_MAX][64], campaign[CREDITS_MAX][24];
	char key[128];
	struct credit credits[CREDITS_MAX];
};

static size_t credits_of(int64_t i)
{
	return (size_t)(mix((uint64_t)i) % CREDITS_MAX) + 1;
}

// Each is worth something else, so that sums tell one from another.
static int64_t micros_of(int64_t i)
{
	return VALUE_MICROS + i % 1000 * 10000;
}

static void write_hex(uint64_t seed, char *out)
{
	for (int k = 0; k < 4; k++)
		snprintf(out + 16 * k, 17, "%016" PRIx64, mix(seed + (uint64_t)k));
}

static void write_texts(struct sample *s, int64_t i, int64_t tenants)
{
	uint64_t r = mix((uint64_t)i * 7 + 1);

	snprintf(s->tenant, sizeof s->tenant, "bench-%" PRId64, i % tenants);
	snprintf(s->user, sizeof s->user, "u-%010" PRIu64, r % 1000000);
	snprintf(s->order, sizeof s->order, "o-%010" PRId64, i);
	snprintf(s->ip, sizeof s->ip, "203.0.%u.%u", (unsigned)(r >> 32) % 256, (unsigned)(r >> 40) % 256);
	snprintf(s->page, sizeof s->page, "https://shop.example/thanks?utm_source=tiktok&utm_campaign=%04x", (unsigned)(r >> 48));
	snprintf(s->key, sizeof s->key, "%s|%s|purchase|%s", s->tenant, s->user, s->order);
	write_hex(r, s->email);
	write_hex(r + 10, s->phone);
	write_hex(r + 20, s->external);
}

static void write_credits(struct sample *s, int64_t i, int64_t at)
{
	for (size_t k = 0; k < credits_of(i); k++) {
		uint64_t r = mix((uint64_t)i * CREDITS_MAX + k);

		snprintf(s->click[k], sizeof s->click[k], "E.C.P.%016" PRIx64 "%016" PRIx64, r, mix(r));
		snprintf(s->campaign[k], sizeof s->campaign[k], "17%014" PRIu64, r % 200);
		s->credits[k] = (struct credit){.click_id = view_text(s->click[k]),
			.ttclid = view_text(s->click[k]),
			.click_time = at - (int64_t)(r % DAY_MS),
			.channel = VIEW_LIT("tiktok"),
			.advertiser_id = VIEW_LIT("7000000000000000001"),
			.campaign_id = view_text(s->campaign[k]),
			.adgroup_id = view_text(s->campaign[k]),
			.ad_id = view_text(s->campaign[k]),
			.share_nanos = 1000000000,
			.value_micros = micros_of(i),
			.revenue = {.placed_micros = micros_of(i)},
			.conversions = {.placed_nanos = 1000000000}};
	}
}

static struct context context_of(const struct sample *s)
{
	return (struct context){.ttclid = view_text(s->click[0]),
		.ttclid_time = TIME_ABSENT,
		.ttp = VIEW_LIT("2F7h37YkS1j57AYSKTI7IHhJPYH"),
		.email = view_text(s->email),
		.phone = view_text(s->phone),
		.external_id = view_text(s->external),
		.ip = view_text(s->ip),
		.user_agent =
			VIEW_LIT("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),
		.page_url = view_text(s->page),
		.page_referrer = VIEW_LIT("https://shop.example/pay"),
		.locale = VIEW_LIT("es-PE"),
		.limited_data_use = FLAG_ABSENT};
}

static struct attributed_conversion conversion_of(struct sample *s, int64_t i, int64_t tenants, int64_t at)
{
	static struct item items[] = {{VIEW_LIT("SKU-9"), VIEW_LIT("Mug"), VIEW_LIT("39.95"), 2, VIEW_LIT("product"),
									  VIEW_LIT("Kitchen > Mugs"), VIEW_LIT("Acme")},
		{VIEW_LIT("SKU-10"), VIEW_LIT("Plate"), VIEW_LIT("12.00"), 1, VIEW_LIT("product"), VIEW_LIT("Kitchen > Plates"), VIEW_LIT("Acme")}};

	write_texts(s, i, tenants);
	write_credits(s, i, at);
	return (struct attributed_conversion){.tenant = view_text(s->tenant),
		.user = view_text(s->user),
		.goal = VIEW_LIT("purchase"),
		.conversion_id = view_text(s->order),
		.order_id = view_text(s->order),
		.event = VIEW_LIT("Purchase"),
		.conversion_time = at,
		.outcome = OUTCOME_ATTRIBUTED,
		.model = VIEW_LIT("participation"),
		.participation_group = VIEW_LIT("click"),
		.lookback_ms = 7 * (int64_t)DAY_MS,
		.currency = VIEW_LIT("EUR"),
		.value_basis = VIEW_LIT("placed"),
		.value_micros = micros_of(i),
		.revenue = {.placed_micros = micros_of(i)},
		.conversions = {.placed_nanos = 1000000000},
		.status = STATUS_PLACED,
		.status_time = at,
		.refunded_micros = TIME_ABSENT,
		.context_time = at,
		.credits = {s->credits, credits_of(i)},
		.context = context_of(s),
		.items = {items, sizeof items / sizeof items[0]}};
}

// ---- in and out

static void preload(const char *bootstrap, int64_t conversions, int64_t tenants)
{
	struct rd_kafka_s *producer = broker_producer(bootstrap);
	struct broker_topic topic = broker_topic(producer, "attributed-conversions", contract_attributed_conversion);
	int64_t now = (int64_t)time(NULL) * 1000, events = 0;
	struct sample sample;

	for (int64_t i = 0; i < conversions; i++) {
		struct attributed_conversion c = conversion_of(&sample, i, tenants, now - 2 * (int64_t)DAY_MS + i * DAY_MS / conversions);

		broker_send(&topic, (int32_t)(mix((uint64_t)i + 5) % PARTITIONS), view_text(sample.key), now, &c);
		events += (int64_t)c.credits.n;
	}
	broker_flush(&producer);
	printf("conversions %" PRId64 " of %.0f bytes each\nevents %" PRId64 "\n", topic.sent, (double)topic.bytes / (double)topic.sent,
		events);
	buf_clear(&topic.value);
}

struct seen {
	int64_t intents, accepted, others, micros;
};

static void add_result(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct seen *seen = context;
	struct export_result r;
	struct err err;

	if (wire_read(wire, value, arena, &r, &err) != 0)
		broker_die("export-results", err.words);
	seen->intents += r.verdict == EXPORT_INTENT;
	seen->accepted += r.verdict == EXPORT_ACCEPTED;
	seen->others += r.verdict != EXPORT_INTENT && r.verdict != EXPORT_ACCEPTED;
	seen->micros += r.verdict == EXPORT_ACCEPTED ? r.value_micros : 0;
}

static int verify(const char *bootstrap, int64_t conversions)
{
	struct seen seen = {0};
	int64_t events = 0, micros = 0;

	for (int64_t i = 0; i < conversions; i++) {
		events += (int64_t)credits_of(i);
		micros += (int64_t)credits_of(i) * micros_of(i);
	}
	broker_read_all(bootstrap, "export-results", contract_export_result, add_result, &seen);
	bool good = broker_same("intents", seen.intents, events);
	good &= broker_same("accepted", seen.accepted, events);
	good &= broker_same("other verdicts", seen.others, 0);
	good &= broker_same("value accepted, micros", seen.micros, micros);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct err err;

	if (argc != 5 || atoll(argv[3]) <= 0 || atoll(argv[4]) <= 0) {
		fprintf(stderr, "usage: bench_sink preload|verify BOOTSTRAP CONVERSIONS TENANTS\n");
		return 2;
	}
	if (contract_setup(&err) != 0)
		broker_die("contracts", err.words);
	if (strcmp(argv[1], "verify") == 0)
		return verify(argv[2], atoll(argv[3]));
	preload(argv[2], atoll(argv[3]), atoll(argv[4]));
	return 0;
}
