// SPDX-License-Identifier: Apache-2.0
// Promise: what is not known is a dash, an empty field or null, never 0, and is told in a note; MER's direction is named.
#include "cli/roas_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"
#include "cli/roas_json.h"

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

static struct roas_query query;
static struct roas_line lines[2];
static struct roas_shop_line shop;
static struct roas_found found;

static int setup(void **state)
{
	(void)state;
	query = (struct roas_query){.tenant = VIEW_LIT("shop"), .goal = VIEW_LIT("buy"), .by = ROAS_BY_CAMPAIGN, .basis = BASIS_NET, .most = 9};
	lines[0] = (struct roas_line){.id = VIEW_LIT("1"),
		.name = VIEW_LIT("a\x1b[2J"),
		.currency = VIEW_LIT("EUR"),
		.rows = 2,
		.spend_micros = 40 * MICROS,
		.revenue_micros = 60 * MICROS,
		.conversions_nanos = 2 * ONE,
		.additive = true};
	lines[1] = (struct roas_line){.id = VIEW_LIT(""),
		.currency = VIEW_LIT("EUR"),
		.rows = 1,
		.no_spend = 1,
		.no_revenue = 1,
		.spend_reason = VIEW_LIT("mixed_currency"),
		.reason = VIEW_LIT("no_rate"),
		.additive = false};
	shop = (struct roas_shop_line){.currency = VIEW_LIT("EUR"),
		.days = 1,
		.spend_micros = 100 * MICROS,
		.revenue_micros = {500 * MICROS, 0, 300 * MICROS, 280 * MICROS}};
	found = (struct roas_found){.query = &query, .lines = lines, .count = 2, .left_out = 1, .unplaced = {1, ONE / 2}};
	return 0;
}

static const char *text_of(struct buf *out)
{
	buf_add_byte(out, 0);
	return out->p;
}

static void unknown_is_a_dash(void **state)
{
	// And a name steers no terminal.
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	roas_print_table(&found, &out);
	const char *text = text_of(&out);
	assert_non_null(strstr(text, "revenue net, by the day of the click"));
	assert_non_null(strstr(text, "\na?[2J          EUR       40.00    60.00  1.50            2  20.00 "));
	assert_non_null(strstr(text, "\n(no campaign)  EUR           -        -     -            0      - "));
}

static void notes_tell_what_is_missing(void **state)
{
	// Spend, revenue and why, credits without a day, rows left out, credits that do not add up.
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	roas_print_notes(&found, &out);
	assert_string_equal(
		"1 row of a day has no spend: nothing is reported for it, or it cannot be told in this currency (mixed_currency): see roas_join.rates_file.\n"
		"1 row of a day has no revenue (no_rate), so the sum has none: see roas_join.rates_file and the tenant's currency.\n"
		"A conversion may be credited to more than one (participation): the sum of revenue says more than was earned.\n"
		"Not in these rows: 0.5 conversions of accounts whose time zone is not known yet.\n"
		"1 more row is left out (--most).\n",
		text_of(&out));
}

static void programs_get_null(void **state)
{
	// Exact numbers where they are known.
	OWN(buf_clear) struct buf json = {0}, csv = {0};

	(void)state;
	roas_json_print(&found, &json);
	roas_print_csv(&found, &csv);
	const char *text = text_of(&json);
	assert_non_null(strstr(text, "\"spend_micros\": 40000000, \"revenue_micros\": 60000000, \"roas_nanos\": 1500000000"));
	assert_non_null(strstr(text, "\"spend_micros\": null, \"revenue_micros\": null, \"roas_nanos\": null"));
	assert_non_null(strstr(text, "\"unplaced\": {\"rows\": 1, \"conversions_nanos\": 500000000}, \"left_out\": 1"));
	assert_non_null(strstr(text_of(&csv), ",EUR,40,60,1.5,2,20,0,0,0,0,0\r\n"));
	assert_non_null(strstr(csv.p, ",EUR,,,,0,,0,0,,0,0\r\n"));
}

static void the_direction_of_mer_is_named(void **state)
{
	// Blended ROAS 5.00, MER 20.0 %.
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	query.by = ROAS_BY_TOTAL;
	found = (struct roas_found){.query = &query, .shop = &shop, .shop_count = 1};
	roas_print_table(&found, &out);
	const char *text = text_of(&out);
	assert_non_null(strstr(text, "5.00       3.00  20.0 %\n"));
	assert_non_null(strstr(text, "Blended ROAS is revenue / spend; MER is spend / revenue placed."));
}

static void profit_needs_costs(void **state)
{
	// Without any the table has a dash and a note says what it needs.
	OWN(buf_clear) struct buf out = {0}, notes = {0};

	(void)state;
	query.by = ROAS_BY_TOTAL;
	query.pnl = true;
	found = (struct roas_found){.query = &query, .shop = &shop, .shop_count = 1};
	roas_print_table(&found, &out);
	roas_print_notes(&found, &notes);
	assert_non_null(strstr(text_of(&out), "  100.00       -\n"));
	assert_string_equal("No profit is told: it needs the tenant's `costs`, spend and revenue.\n", text_of(&notes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(unknown_is_a_dash, setup),
		cmocka_unit_test_setup(notes_tell_what_is_missing, setup),
		cmocka_unit_test_setup(programs_get_null, setup),
		cmocka_unit_test_setup(the_direction_of_mer_is_named, setup),
		cmocka_unit_test_setup(profit_needs_costs, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
