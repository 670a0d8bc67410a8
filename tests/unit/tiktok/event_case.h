// SPDX-License-Identifier: Apache-2.0
// A tenant, a goal and an attributed conversion that each test changes a little, and what becomes of them.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/contract.h"
#include "tiktok/event.h"

enum { CASE_CREDITS = 8, CASE_ITEMS = 4, CASE_PROPERTIES = 8, CASE_PAIRS = 8 };

struct event_case {
	struct tenant tenant;
	struct goal goal;
	struct attributed_conversion c;
	struct credit credits[CASE_CREDITS];
	struct item items[CASE_ITEMS];
	struct property properties[CASE_PROPERTIES];
	struct destination_pair events[CASE_PAIRS], fields[CASE_PAIRS];
	struct arena arena;
	struct digest *digest;
	struct buf json;
	struct event_written written;
	struct err err;
};

#define T(text) VIEW_LIT(text)

static inline struct credit case_credit(const char *click_id, int64_t click_time, int64_t value_micros)
{
	return (struct credit){.click_id = view_text(click_id),
		.ttclid = view_text(click_id),
		.click_time = click_time,
		.channel = T("tiktok"),
		.share_nanos = 500000000,
		.value_micros = value_micros,
		.conversions = {500000000, 500000000, 500000000}};
}

// A placed order of 79.90 PEN on the web, attributed to one click.
static inline struct event_case case_new(void)
{
	struct event_case k = {.tenant = {.id = T("demo-shop"),
							   .tiktok = {.advertiser_id = T("7012345678901234567"), .pixel_code = T("C4EXAMPLE0PIXEL0CODE")}},
		.goal = {.name = T("purchase"), .event = T("Purchase"), .export = EXPORT_PER_CREDIT, .value_basis = GOAL_PLACED},
		.c = {.tenant = T("demo-shop"),
			.user = T("u-1"),
			.goal = T("purchase"),
			.conversion_id = T("o-99812"),
			.order_id = T("o-99812"),
			.event = T("Purchase"),
			.conversion_time = 1784709895678,
			.outcome = OUTCOME_ATTRIBUTED,
			.currency = T("PEN"),
			.value_micros = 79900000,
			.conversions = {.placed_nanos = 1000000000},
			.status = STATUS_PLACED,
			.refunded_micros = TIME_ABSENT,
			.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT, .consent = CONSENT_GRANTED}}};

	assert_int_equal(contract_setup(&k.err), 0);
	k.digest = digest_new();
	k.credits[0] = case_credit("E.C.P.AbCd_1234-xyz", 1784700000000, 79900000);
	return k;
}

static inline void case_clear(struct event_case *k)
{
	digest_free(&k->digest);
	arena_clear(&k->arena);
	buf_clear(&k->json);
}

static inline void case_property(struct event_case *k, struct view key, struct view value)
{
	size_t n = k->c.properties.n++;

	assert_true(n < CASE_PROPERTIES);
	k->properties[n] = (struct property){key, value};
}

static inline void case_field(struct event_case *k, struct view path, struct view template)
{
	size_t n = k->goal.destination.field_count++;

	assert_true(n < CASE_PAIRS);
	k->fields[n] = (struct destination_pair){path, template};
}

static inline void case_event(struct event_case *k, struct view from, struct view to)
{
	size_t n = k->goal.destination.event_count++;

	assert_true(n < CASE_PAIRS);
	k->events[n] = (struct destination_pair){from, to};
}

static inline void case_item(struct event_case *k, struct item item)
{
	size_t n = k->c.items.n++;

	assert_true(n < CASE_ITEMS);
	k->items[n] = item;
}

// Where the arrays lie once the case has its place.
static inline void case_settle(struct event_case *k)
{
	k->c.credits.p = k->credits;
	if (k->c.credits.n == 0 && k->credits[0].click_id.n > 0 && k->c.outcome == OUTCOME_ATTRIBUTED)
		k->c.credits.n = 1;
	k->c.items.p = k->items;
	k->c.properties.p = k->properties;
	k->goal.destination.events = k->events;
	k->goal.destination.fields = k->fields;
}

static inline struct event_plan *case_plan(struct event_case *k)
{
	struct event_plan *plan = NULL;

	case_settle(k);
	if (event_plan_new(&k->tenant, &k->goal, &plan, &k->err))
		fail_msg("%s", k->err.words);
	return plan;
}

static inline const char *case_plan_fails(struct event_case *k)
{
	struct event_plan *plan = NULL;

	case_settle(k);
	assert_int_equal(event_plan_new(&k->tenant, &k->goal, &plan, &k->err), -1);
	assert_null(plan);
	assert_int_equal(k->err.class, ERR_FATAL);
	return k->err.code;
}

static inline enum event_standing case_list(struct event_case *k, struct event_wanted **events, size_t *n)
{
	struct event_plan *plan = case_plan(k);
	enum event_standing standing = event_list(plan, &k->c, k->digest, &k->arena, events, n);

	event_plan_free(&plan);
	return standing;
}

// The first event's payload; -1: k->err says why there is none.
static inline int case_write(struct event_case *k)
{
	struct event_plan *plan = case_plan(k);
	struct event_wanted *events;
	size_t n;

	assert_int_equal(event_list(plan, &k->c, k->digest, &k->arena, &events, &n), EVENT_NOW);
	buf_reset(&k->json);
	int result = event_write(plan, &k->c, &events[0], k->digest, &k->arena, &k->written, &k->json, &k->err);
	k->written.name = arena_dup(&k->arena, k->written.name);
	k->written.address.source_id = arena_dup(&k->arena, k->written.address.source_id);
	k->written.address.test_event_code = arena_dup(&k->arena, k->written.address.test_event_code);
	buf_add_byte(&k->json, 0);
	k->json.n--;
	event_plan_free(&plan);
	return result;
}

static inline const char *case_json(struct event_case *k)
{
	if (case_write(k))
		fail_msg("%s: %s", k->err.code, k->err.words);
	return k->json.p;
}

static inline void assert_has(const char *json, const char *part)
{
	if (!strstr(json, part))
		fail_msg("%s\n  is not in\n%s", part, json);
}

static inline void assert_has_not(const char *json, const char *part)
{
	if (strstr(json, part))
		fail_msg("%s\n  is in\n%s", part, json);
}
