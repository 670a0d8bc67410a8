// SPDX-License-Identifier: Apache-2.0
// Whatever a record holds, the payload is JSON of the types that TikTok demands, holds no clear identifier, and is the same each time.
#include <jansson.h>
#include <stdlib.h>

#include "tests/unit/tiktok/event_case.h"

enum { ROUNDS = 30000, TEXT_MOST = 40 };

static struct arena texts;

static int up_to(int n)
{
	return (int)(random() % n);
}

static struct view any_text(void)
{
	static const char *const special[] = {"", "__CLICKID__", "12.50", "007", "true", "USD", "a,b", "\"\\\n",
		"https://s.example/?ttclid=E.C.P.x", "ttclid=a; _ttp=b"};
	size_t n = (size_t)up_to(TEXT_MOST);
	char *text;

	switch (up_to(6)) {
	case 0:
		return VIEW_ABSENT;
	case 1:
		return view_text(special[up_to(sizeof special / sizeof *special)]);
	default:
		text = arena_take(&texts, n + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (char)(up_to(10) ? 'a' + up_to(26) : up_to(256));
		return view_of(text, n);
	}
}

static void any_context(struct context *c)
{
	struct view *const fields[] = {&c->ttclid, &c->ttp, &c->email, &c->phone, &c->external_id, &c->ip, &c->user_agent, &c->page_url,
		&c->page_referrer, &c->locale, &c->app.name, &c->app.version, &c->device.platform, &c->device.idfa, &c->device.idfv,
		&c->device.gaid, &c->device.att_status, &c->shop_id, &c->search_string};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = any_text();
	c->event_source = (int8_t)up_to(4);
	c->app.id = up_to(4) ? VIEW_ABSENT : T("com.shop");
	c->limited_data_use = (int8_t)(up_to(3) - 1);
	c->ip = up_to(2) ? T("203.0.113.9") : c->ip;
}

static void any_properties(struct event_case *k)
{
	static const char *const keys[] = {"cookie", "content_id", "price", "quantity", "num_adults", "predicted_ltv", "content_ids", "lead_id",
		"query", "suggested_hotels"};

	for (int n = up_to(CASE_PROPERTIES); n > 0; n--)
		case_property(k, view_text(keys[up_to(sizeof keys / sizeof *keys)]), any_text());
}

static void any_items(struct event_case *k)
{
	static const char *const prices[] = {"1", "0.10", "12.5000", "007.5", "999999999999.999999"};

	for (int n = up_to(CASE_ITEMS); n > 0; n--)
		case_item(k,
			(struct item){any_text(), any_text(), up_to(3) ? view_text(prices[up_to(5)]) : VIEW_ABSENT, up_to(5), any_text(), any_text(),
				any_text()});
}

static struct event_case any_case(void)
{
	static const char *const currencies[] = {"PEN", "JPY", "KWD", "UZS", ""};
	struct event_case k = case_new();

	k.tenant.tiktok.app_id = T("7000000000000000001");
	k.tenant.tiktok.offline_event_set_id = T("7111");
	k.tenant.tiktok.crm_event_set_id = T("7222");
	k.goal.destination.send = SEND_ALL;
	k.goal.destination.offline_api = (enum destination_offline_api)up_to(2);
	k.goal.destination.event_id = (enum destination_event_id)up_to(2);
	k.c.conversion_id = any_text();
	k.c.order_id = any_text();
	k.c.currency = view_text(currencies[up_to(5)]);
	k.c.outcome = up_to(3) ? OUTCOME_ATTRIBUTED : OUTCOME_NO_CLICK;
	k.c.credits.n = k.c.outcome == OUTCOME_ATTRIBUTED ? (size_t)up_to(CASE_CREDITS - 1) + 1 : 0;
	for (size_t i = 0; i < k.c.credits.n; i++) {
		struct view click = any_text();

		k.credits[i] = case_credit("", random(), random() * 10000 % 1000000000000);
		k.credits[i].click_id = k.credits[i].ttclid = click;
	}
	any_context(&k.c.context);
	any_properties(&k);
	any_items(&k);
	if (up_to(2))
		case_field(&k, T("properties.note"), T("{context.locale} {credit.click_id}"));
	if (up_to(2))
		case_field(&k, T("user.city"), T("{context.page_url}"));
	if (!up_to(4))
		case_field(&k, T("properties.value"), up_to(2) ? T("12.50") : T("{value}"));
	if (!up_to(4))
		case_field(&k, T("user.ttclid"), T("{context.ttclid}"));
	return k;
}

static void assert_type(const json_t *of, const char *key, bool (*is)(const json_t *))
{
	const json_t *value = json_object_get(of, key);

	if (value && !is(value))
		fail_msg("%s has another type", key);
}

static bool is_text(const json_t *v)
{
	return json_is_string(v);
}

static bool is_number(const json_t *v)
{
	return json_is_number(v);
}

static bool is_integer(const json_t *v)
{
	return json_is_integer(v);
}

static bool is_digests(const json_t *v)
{
	const char *text = json_string_value(json_array_get(v, 0));

	return json_array_size(v) == 1 && text && strlen(text) == DIGEST_HEX && strspn(text, "0123456789abcdef") == DIGEST_HEX;
}

static void assert_payload(const json_t *event)
{
	static const char *const hashed[] = {"email", "phone", "external_id"};
	const json_t *properties = json_object_get(event, "properties"), *content;
	size_t i;

	assert_true(json_string_length(json_object_get(event, "event")) > 0);
	assert_true(json_string_length(json_object_get(event, "event_id")) <= 128);
	assert_non_null(json_object_get(event, "event_id"));
	assert_type(event, "event_time", is_integer);
	for (i = 0; i < 3; i++)
		assert_type(json_object_get(event, "user"), hashed[i], is_digests);
	assert_type(properties, "value", is_number);
	assert_type(properties, "num_items", is_integer);
	assert_type(properties, "num_adults", is_integer);
	assert_type(properties, "order_id", is_text);
	json_array_foreach(json_object_get(properties, "contents"), i, content)
	{
		assert_type(content, "content_id", is_text);
		assert_type(content, "price", is_number);
		assert_type(content, "quantity", is_integer);
	}
}

static void any_record(void **state)
{
	size_t written = 0;

	(void)state;
	srandom(20261121);
	for (int round = 0; round < ROUNDS; round++) {
		struct event_case k = any_case();
		json_error_t error;

		if (case_write(&k)) {
			assert_int_equal(k.err.class, ERR_POISON);
			assert_int_equal(k.json.n, 0);
		} else {
			struct view first = arena_dup(&k.arena, buf_view(&k.json));
			json_t *event = json_loadb(first.p, first.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);

			if (!event)
				fail_msg("%s at %d of %s", error.text, error.position, k.json.p);
			assert_payload(event);
			json_decref(event);
			assert_int_equal(case_write(&k), 0);
			assert_true(view_eq(first, buf_view(&k.json)));
			written++;
		}
		case_clear(&k);
		arena_reset(&texts);
	}
	assert_true(written > ROUNDS / 2);
	arena_clear(&texts);
}

// Each event of the conversion from the bytes of each other: the same as written by itself. Returns how many could be had so.
static size_t assert_again(struct event_case *k)
{
	struct event_plan *plan = case_plan(k);
	struct event_wanted *events;
	struct event_written written, other;
	size_t n, again = 0;

	assert_int_equal(event_list(plan, &k->c, k->digest, &k->arena, &events, &n), EVENT_NOW);
	for (size_t i = 0; i < n * n; i++) {
		buf_reset(&k->json);
		if (event_write(plan, &k->c, &events[i / n], k->digest, &k->arena, &written, &k->json, &k->err))
			continue;
		struct view first = arena_dup(&k->arena, buf_view(&k->json));
		buf_reset(&k->json);
		if (!event_write_again(plan, &written, first, &events[i % n], &k->json)) {
			assert_int_equal(k->json.n, 0);
			continue;
		}
		struct view got = arena_dup(&k->arena, buf_view(&k->json));
		buf_reset(&k->json);
		assert_int_equal(event_write(plan, &k->c, &events[i % n], k->digest, &k->arena, &other, &k->json, &k->err), 0);
		assert_true(view_eq(got, buf_view(&k->json)));
		again += i / n != i % n;
	}
	event_plan_free(&plan);
	return again;
}

static void any_records_events_from_each_other(void **state)
{
	size_t again = 0;

	(void)state;
	srandom(20261122);
	for (int round = 0; round < ROUNDS / 10; round++) {
		struct event_case k = any_case();

		again += assert_again(&k);
		case_clear(&k);
		arena_reset(&texts);
	}
	assert_true(again > ROUNDS / 10);
	arena_clear(&texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(any_record), cmocka_unit_test(any_records_events_from_each_other)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
