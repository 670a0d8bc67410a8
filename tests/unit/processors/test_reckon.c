// SPDX-License-Identifier: Apache-2.0
// A row says what its sums, spend and rates say: golden numbers, and null where there is nothing to divide by.
#include "processors/roas-join/reckon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"

#define UNIT 1000000LL
#define ONE 1000000000LL

static struct goal goals[] = {{.name = {"purchase", 8}, .model = MODEL_LINEAR}, {.name = {"shared", 6}, .model = MODEL_PARTICIPATION}};

struct desk {
	struct arena arena;
	struct rates *rates;
	struct tenant tenant;
	struct join_parts parts;
	struct join_spend spend, own;
	struct reckon_facts facts;
	struct roas_row row;
};

static void clear(struct desk *d)
{
	arena_clear(&d->arena);
	rates_free(&d->rates);
}

static void begin(struct desk *d, const char *rates)
{
	struct err err;

	*d = (struct desk){.tenant = {.id = VIEW_LIT("shop"), .goals = goals, .goal_count = 2}};
	if (rates_parse(view_text(rates), "rates.csv", &d->rates, &err) != 0)
		fail_msg("%s", err.words);
	d->facts = (struct reckon_facts){.tenant = &d->tenant, .rates = d->rates, .parts = &d->parts, .spend = &d->spend, .own = &d->own};
	assert_int_equal(when_parse_day(VIEW_LIT("2026-03-02"), &d->facts.day), 0);
}

static void spent(struct desk *d, const char *currency, int64_t micros)
{
	struct report_snapshot *r = arena_zero(&d->arena, sizeof *r);

	r->currency = view_text(currency);
	r->spend_micros = micros;
	r->impressions = r->clicks = r->conversions = r->value_micros = TIME_ABSENT;
	struct join_spend one = join_spend_of(r, &d->arena);
	join_spend_add(&d->spend, &one, 1, &d->arena);
}

static void earned(struct desk *d, const char *goal, const char *currency, struct revenue revenue, struct counts conversions)
{
	const struct roas_part part = {.goal = view_text(goal),
		.currency = view_text(currency),
		.rate_day = VIEW_LIT("2026-03-01"),
		.revenue = revenue,
		.conversions = conversions};

	join_part_add(&d->parts, &part, 1, &d->arena);
}

static const struct roas_view *reckoned(struct desk *d)
{
	join_part_tidy(&d->parts);
	reckon_row(&d->facts, &d->arena, &d->row);
	return d->row.goals.n ? &d->row.goals.p[0].click_day : NULL;
}

static void test_delivered_roas_and_cpa_of_the_example(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	spent(&d, "USD", 100 * UNIT);
	for (int order = 0; order < 10; order++) {
		bool delivered = order < 6;

		earned(&d, "purchase", "USD",
			(struct revenue){50 * UNIT, delivered * 50 * UNIT, delivered * 50 * UNIT, delivered * (order == 0 ? 30 : 50) * UNIT},
			(struct counts){ONE, delivered * ONE, delivered * ONE});
	}
	const struct roas_view *v = reckoned(&d);
	assert_int_equal(v->placed_micros, 500 * UNIT);
	assert_int_equal(v->placed_roas_nanos, 5 * ONE);
	assert_int_equal(v->delivered_roas_nanos, 3 * ONE);
	assert_int_equal(v->net_roas_nanos, 2800000000);
	assert_int_equal(v->placed_cpa_micros, 10 * UNIT);
	assert_int_equal(v->delivered_cpa_micros, 16666667);
	assert_false(view_is_set(v->reason));
}

static void test_without_spend_there_is_no_roas(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	earned(&d, "purchase", "USD", (struct revenue){50 * UNIT, 0, 0, 0}, (struct counts){ONE, 0, 0});
	assert_int_equal(reckoned(&d)->placed_roas_nanos, TIME_ABSENT);
	assert_int_equal(d.row.goals.p[0].click_day.placed_micros, 50 * UNIT);
	assert_int_equal(d.row.goals.p[0].click_day.placed_cpa_micros, TIME_ABSENT);
	spent(&d, "USD", 0);
	assert_int_equal(reckoned(&d)->placed_roas_nanos, TIME_ABSENT);
	assert_int_equal(d.row.spend_micros, 0);
}

static void test_without_conversions_there_is_no_cpa(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	spent(&d, "USD", 100 * UNIT);
	earned(&d, "purchase", "USD", (struct revenue){50 * UNIT, 0, 0, 0}, (struct counts){0, 0, 0});
	assert_int_equal(reckoned(&d)->placed_cpa_micros, TIME_ABSENT);
	assert_int_equal(d.row.goals.p[0].click_day.placed_roas_nanos, ONE / 2);
}

static void test_a_goal_of_participation_is_not_additive(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	earned(&d, "purchase", "USD", (struct revenue){1, 0, 0, 0}, (struct counts){0, 0, 0});
	earned(&d, "shared", "USD", (struct revenue){1, 0, 0, 0}, (struct counts){0, 0, 0});
	earned(&d, "gone", "USD", (struct revenue){1, 0, 0, 0}, (struct counts){0, 0, 0});
	reckoned(&d);
	assert_int_equal(d.row.goals.n, 3);
	assert_false(d.row.goals.p[0].additive); // gone
	assert_true(d.row.goals.p[1].additive);
	assert_false(d.row.goals.p[2].additive);
}

static void test_a_refund_at_its_orders_rate_leaves_nothing(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "2026-03-01,PEN,USD,0.2687\n2026-03-02,PEN,USD,0.3\n");
	d.facts.account_currency = VIEW_LIT("USD");
	earned(&d, "purchase", "PEN", (struct revenue){79900000, 0, 0, 33}, (struct counts){ONE, 0, 0});
	earned(&d, "purchase", "PEN", (struct revenue){-79900000, 0, 0, -33}, (struct counts){0, 0, 0});
	assert_int_equal(reckoned(&d)->placed_micros, 0);
	assert_int_equal(d.row.goals.p[0].click_day.net_micros, 0);
}

static void test_parts_are_exchanged_at_the_orders_day_and_spend_at_its_own(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "2026-03-01,PEN,USD,0.25\n2026-03-02,PEN,USD,0.5\n");
	d.tenant.currency = VIEW_LIT("USD");
	spent(&d, "PEN", 100 * UNIT);
	earned(&d, "purchase", "PEN", (struct revenue){100 * UNIT, 0, 0, 0}, (struct counts){ONE, 0, 0});
	assert_int_equal(reckoned(&d)->placed_micros, 25 * UNIT);
	assert_int_equal(d.row.spend_micros, 50 * UNIT);
	assert_int_equal(d.row.goals.p[0].click_day.placed_roas_nanos, ONE / 2);
}

static void reason_is(struct desk *d, const char *reason)
{
	const struct roas_view *v = reckoned(d);

	assert_true(view_eq(v->reason, view_text(reason)));
	assert_int_equal(v->placed_micros, TIME_ABSENT);
	assert_int_equal(v->placed_roas_nanos, TIME_ABSENT);
}

static void test_what_cannot_be_exchanged_has_a_reason(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	earned(&d, "purchase", "PEN", (struct revenue){1, 0, 0, 0}, (struct counts){ONE, 0, 0});
	earned(&d, "purchase", "USD", (struct revenue){1, 0, 0, 0}, (struct counts){ONE, 0, 0});
	reason_is(&d, "mixed_currency");
	assert_int_equal(d.row.currency.n, 0);
	d.facts.account_currency = VIEW_LIT("USD");
	reason_is(&d, "no_rate");
	earned(&d, "purchase", "", (struct revenue){1, 0, 0, 0}, (struct counts){ONE, 0, 0});
	reason_is(&d, "no_currency");
}

static void test_the_parts_currency_is_the_rows_if_nobody_says_another(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	earned(&d, "purchase", "PEN", (struct revenue){7, 0, 0, 0}, (struct counts){ONE, 0, 0});
	assert_int_equal(reckoned(&d)->placed_micros, 7);
	assert_true(view_eq(d.row.currency, VIEW_LIT("PEN")));
}

static void test_an_accounts_own_total_counts_where_it_says_more(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "");
	d.facts.is_account = true;
	spent(&d, "USD", 30 * UNIT);
	spent(&d, "USD", 20 * UNIT);
	struct report_snapshot total = {.currency = VIEW_LIT("USD"),
		.spend_micros = 70 * UNIT,
		.impressions = 5,
		.clicks = TIME_ABSENT,
		.conversions = TIME_ABSENT,
		.value_micros = TIME_ABSENT};
	d.own = join_spend_of(&total, &d.arena);
	reckoned(&d);
	assert_int_equal(d.row.spend_micros, 70 * UNIT);
	assert_int_equal(d.row.ads_spend_micros, 50 * UNIT);
	assert_int_equal(d.row.account_spend_micros, 70 * UNIT);
	assert_int_equal(d.row.impressions, 5);
	assert_int_equal(d.row.clicks, TIME_ABSENT);
	total.spend_micros = 10 * UNIT;
	d.own = join_spend_of(&total, &d.arena);
	reckoned(&d);
	assert_int_equal(d.row.spend_micros, 50 * UNIT);
}

static void test_sums_that_do_not_fit_are_told_so(void **state)
{
	(void)state;
	OWN(clear) struct desk d;

	begin(&d, "2026-03-01,PEN,USD,100\n");
	d.facts.account_currency = VIEW_LIT("USD");
	earned(&d, "purchase", "PEN", (struct revenue){INT64_MAX / 10, 0, 0, 0}, (struct counts){ONE, 0, 0});
	reason_is(&d, "too_large");
}

static void test_ratios_are_rounded_half_to_even(void **state)
{
	(void)state;
	assert_int_equal(reckon_ratio(1, 1, 2), 0);
	assert_int_equal(reckon_ratio(3, 1, 2), 2);
	assert_int_equal(reckon_ratio(-1, 1, 2), 0);
	assert_int_equal(reckon_ratio(-3, 1, 2), -2);
	assert_int_equal(reckon_ratio(-5, 1, 3), -2);
	assert_int_equal(reckon_ratio(INT64_MAX, ONE, 1), TIME_ABSENT);
	assert_int_equal(reckon_ratio(INT64_MIN, ONE, ONE), TIME_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered_roas_and_cpa_of_the_example),
		cmocka_unit_test(test_without_spend_there_is_no_roas),
		cmocka_unit_test(test_without_conversions_there_is_no_cpa),
		cmocka_unit_test(test_a_goal_of_participation_is_not_additive),
		cmocka_unit_test(test_a_refund_at_its_orders_rate_leaves_nothing),
		cmocka_unit_test(test_parts_are_exchanged_at_the_orders_day_and_spend_at_its_own),
		cmocka_unit_test(test_what_cannot_be_exchanged_has_a_reason),
		cmocka_unit_test(test_the_parts_currency_is_the_rows_if_nobody_says_another),
		cmocka_unit_test(test_an_accounts_own_total_counts_where_it_says_more),
		cmocka_unit_test(test_sums_that_do_not_fit_are_told_so),
		cmocka_unit_test(test_ratios_are_rounded_half_to_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
