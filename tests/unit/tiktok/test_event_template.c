// SPDX-License-Identifier: Apache-2.0
// A template is text and paths; a path of nothing makes nothing of all of it.
#include "tiktok/event_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static struct property properties[] = {{VIEW_LIT("a.b"), VIEW_LIT("dotted")}, {VIEW_LIT("empty"), VIEW_LIT("")}};
static const struct credit credit = {.click_id = VIEW_LIT("c1"),
	.click_time = 1784700000000,
	.channel = VIEW_LIT("tiktok"),
	.share_nanos = 250000000,
	.value_micros = 5000000};
static const struct item item = {.id = VIEW_LIT("SKU"), .quantity = 3};
static const struct attributed_conversion record = {.event = VIEW_LIT("Purchase"),
	.value_micros = 79900000,
	.outcome = OUTCOME_ATTRIBUTED,
	.status = STATUS_SHIPPED,
	.status_time = TIME_ABSENT,
	.refund_clamped = 1,
	.properties = {properties, 2},
	.context = {.shop_id = VIEW_LIT("pe")}};

static const struct event_template_scope everything = {.credit = true, .value = true, .item = true};

static struct view read_all(const char *text, const struct credit *of)
{
	struct event_template_scope scope = everything;
	struct event_template_from from = {&record, of, &item, VIEW_LIT("79.90"), &arena};
	struct event_template t;
	struct err err;

	scope.contract = contract_attributed_conversion;
	if (event_template_compile(&scope, view_text(text), &arena, &t, &err))
		fail_msg("%s", err.words);
	return event_template_read(&t, &from);
}

static void assert_reads(const char *text, const char *expected)
{
	struct view got = read_all(text, &credit);

	if (!view_eq(got, view_text(expected)))
		fail_msg("%s: %.*s is not %s", text, VIEW_ARG(got), expected ? expected : "absent");
}

static void paths(void **state)
{
	(void)state;
	assert_reads("{event}", "Purchase");
	assert_reads("{context.shop_id}", "pe");
	assert_reads("{properties.a.b}", "dotted");
	assert_reads("{value_micros}", "79900000");
	assert_reads("{outcome}", "attributed");
	assert_reads("{status}", "shipped");
	assert_reads("{refund_clamped}", "true");
	assert_reads("{credit.click_id}", "c1");
	assert_reads("{credit.click_time}", "1784700000000");
	assert_reads("{credit.share_nanos}", "250000000");
	assert_reads("{credit.value_micros}", "5000000");
	assert_reads("{item.id}", "SKU");
	assert_reads("{item.quantity}", "3");
	assert_reads("{value}", "79.90");
}

static void text_around_them(void **state)
{
	(void)state;
	assert_reads("constant", "constant");
	assert_reads("{event} of {context.shop_id}", "Purchase of pe");
	assert_reads("{event}{event}", "PurchasePurchase");
	assert_reads("{{{event}}}", "{Purchase}");
	assert_reads("{{x}}", "{x}");
}

static void nothing_makes_nothing(void **state)
{
	(void)state;
	assert_reads("{context.email}", NULL);
	assert_reads("to {context.email}", NULL);
	assert_reads("{properties.none}", NULL);
	assert_reads("{properties.empty}", NULL);
	assert_reads("{status_time}", NULL);
	assert_reads("{credit.ad_id}", NULL);
	assert_false(view_is_set(read_all("{credit.click_id}", NULL)));
}

static void a_constant_is_known_as_one(void **state)
{
	struct event_template_scope scope = everything;
	struct event_template t;
	struct view text;
	struct err err;

	(void)state;
	scope.contract = contract_attributed_conversion;
	assert_int_equal(event_template_compile(&scope, VIEW_LIT("a{{b"), &arena, &t, &err), 0);
	assert_true(event_template_is_constant(&t, &text));
	assert_true(view_eq(text, VIEW_LIT("a{b")));
	assert_int_equal(event_template_compile(&scope, VIEW_LIT("a{event}"), &arena, &t, &err), 0);
	assert_false(event_template_is_constant(&t, &text));
}

static void what_is_not_in_scope_is_refused(void **state)
{
	static const char *const wrong[] = {"{value}", "{credit.ad_id}", "{item.id}"};
	struct event_template_scope scope = {.contract = contract_attributed_conversion};
	struct event_template t;
	struct err err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(event_template_compile(&scope, view_text(wrong[i]), &arena, &t, &err), -1);
		assert_int_equal(err.class, ERR_FATAL);
		assert_string_equal(err.code, "event_field");
	}
}

static void too_many_parts_are_refused(void **state)
{
	struct event_template_scope scope = {.contract = contract_attributed_conversion};
	char text[33 * 7 + 1] = "";
	struct event_template t;
	struct err err;

	(void)state;
	for (int i = 0; i < 33; i++)
		memcpy(text + (size_t)i * 7, "{event}", 7);
	assert_int_equal(event_template_compile(&scope, view_of(text, 32 * 7), &arena, &t, &err), 0);
	assert_int_equal(event_template_compile(&scope, view_of(text, 33 * 7), &arena, &t, &err), -1);
}

static int setup(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(text_around_them),
		cmocka_unit_test(nothing_makes_nothing),
		cmocka_unit_test(a_constant_is_known_as_one),
		cmocka_unit_test(what_is_not_in_scope_is_refused),
		cmocka_unit_test(too_many_parts_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
