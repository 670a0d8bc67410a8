// SPDX-License-Identifier: Apache-2.0
// How long one conversion takes to become events: listing with its hash, and writing the payload, per event. Nanoseconds of CPU; a number is good only
// beside another of the same run.
#include <stdio.h>
#include <time.h>

#include "base/own.h"
#include "schemas/contract.h"
#include "tiktok/event.h"

enum { ROUNDS = 500000, RESET_EVERY = 1000, ITEMS = 2 };

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct item items[ITEMS] = {
	{VIEW_LIT("SKU-9"), VIEW_LIT("Mug"), VIEW_LIT("39.95"), 2, VIEW_LIT("product"), VIEW_LIT("Kitchen > Mugs"), VIEW_LIT("Acme")},
	{VIEW_LIT("SKU-10"), VIEW_LIT("Plate"), VIEW_LIT("12.00"), 1, VIEW_LIT("product"), VIEW_LIT("Kitchen > Plates"), VIEW_LIT("Acme")},
};
static struct property properties[] = {{VIEW_LIT("channel"), VIEW_LIT("web")}, {VIEW_LIT("coupon"), VIEW_LIT("SPRING")}};
static struct credit credits[] = {{.click_id = VIEW_LIT("E.C.P.CrMBxkVUqgD9b5vG0c1sZ4Qe2mYp7tLw"),
	.ttclid = VIEW_LIT("E.C.P.CrMBxkVUqgD9b5vG0c1sZ4Qe2mYp7tLw"),
	.click_time = 1784700000000,
	.channel = VIEW_LIT("tiktok"),
	.share_nanos = 1000000000,
	.value_micros = 79900000}};

static const struct attributed_conversion web = {
	.tenant = VIEW_LIT("demo-shop"),
	.user = VIEW_LIT("u-0012345678"),
	.goal = VIEW_LIT("purchase"),
	.conversion_id = VIEW_LIT("o-99812"),
	.order_id = VIEW_LIT("o-99812"),
	.event = VIEW_LIT("Purchase"),
	.conversion_time = 1784709895678,
	.outcome = OUTCOME_ATTRIBUTED,
	.currency = VIEW_LIT("PEN"),
	.value_micros = 79900000,
	.conversions = {1000000000, 0, 0},
	.credits = {credits, 1},
	.items = {items, ITEMS},
	.properties = {properties, 2},
	.context = {.ttclid_time = TIME_ABSENT,
		.limited_data_use = FLAG_ABSENT,
		.email = VIEW_LIT("86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"),
		.phone = VIEW_LIT("42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8"),
		.external_id = VIEW_LIT("ad286f91dcd219ecec032064d462c7066dbf6b1704fbdf02f8c52944832e17ea"),
		.ttp = VIEW_LIT("2F7h37YkS1j57AYSKTI7IHhJPYH"),
		.ip = VIEW_LIT("203.0.113.9"),
		.user_agent =
			VIEW_LIT("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),
		.page_url = VIEW_LIT("https://shop.example/thanks?utm_source=tiktok&utm_campaign=spring"),
		.page_referrer = VIEW_LIT("https://shop.example/pay"),
		.locale = VIEW_LIT("es-PE"),
		.shop_id = VIEW_LIT("pe")},
};

static int measure(const char *title, const struct goal *goal, const struct attributed_conversion *record, struct err *err)
{
	static const struct tenant tenant = {.id = VIEW_LIT("demo-shop"),
		.tiktok = {.pixel_code = VIEW_LIT("C4EXAMPLE0PIXEL0CODE"), .app_id = VIEW_LIT("7000000000000000001")}};
	OWN(event_plan_free) struct event_plan *plan = NULL;
	OWN(digest_free) struct digest *digest = digest_new();
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf json = {0};
	struct event_wanted *events;
	struct event_written written;
	size_t count;
	int64_t start, listed, total;

	if (event_plan_new(&tenant, goal, &plan, err))
		return -1;
	start = cpu_ns();
	for (int i = 0; i < ROUNDS; i++) {
		event_list(plan, record, digest, &arena, &events, &count);
		if (i % RESET_EVERY == 0)
			arena_reset(&arena);
	}
	listed = cpu_ns() - start;
	start = cpu_ns();
	for (int i = 0; i < ROUNDS; i++) {
		event_list(plan, record, digest, &arena, &events, &count);
		buf_reset(&json);
		if (event_write(plan, record, events, digest, &arena, &written, &json, err))
			return -1;
		if (i % RESET_EVERY == 0)
			arena_reset(&arena);
	}
	total = cpu_ns() - start;
	printf("%-24s %4zu bytes: listed %6.1f ns, listed and written %6.1f ns\n", title, json.n, (double)listed / ROUNDS,
		(double)total / ROUNDS);
	return 0;
}

int main(void)
{
	struct goal goal = {.name = VIEW_LIT("purchase"), .event = VIEW_LIT("Purchase"), .export = EXPORT_PER_CREDIT};
	struct destination_pair fields[] = {{VIEW_LIT("properties.description"), VIEW_LIT("{event} of {context.shop_id}")},
		{VIEW_LIT("properties.contents.content_id"), VIEW_LIT("{context.shop_id}-{item.id}")}};
	struct goal mapped = goal;
	struct attributed_conversion app = web;
	struct err err;

	mapped.destination.fields = fields;
	mapped.destination.field_count = 2;
	app.context.app.id = VIEW_LIT("343200656");
	app.context.device.idfa = VIEW_LIT("AEBE52E7-03EE-455A-B3C4-E57283966239");
	if (contract_setup(&err) || measure("web", &goal, &web, &err) || measure("web, two fields mapped", &mapped, &web, &err) ||
		measure("app, an id to hash", &goal, &app, &err)) {
		fprintf(stderr, "%s\n", err.words);
		return 1;
	}
	return 0;
}
