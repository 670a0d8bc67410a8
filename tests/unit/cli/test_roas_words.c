// SPDX-License-Identifier: Apache-2.0
// Promise: money has its currency's digits and is rounded once, half to even; what programs read is exact.
#include "cli/roas_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"

static struct buf out;

static void says(const char *want)
{
	buf_add_byte(&out, 0);
	assert_string_equal(want, out.p);
	buf_reset(&out);
}

static void money_has_its_digits(void **state)
{
	// Two, none, three; below zero too; two where the currency is not known.
	(void)state;
	roas_words_money(&out, 1234500000, VIEW_LIT("EUR"));
	says("1234.50");
	roas_words_money(&out, 1234500000, VIEW_LIT("JPY"));
	says("1234");
	roas_words_money(&out, 1235500000, VIEW_LIT("JPY"));
	says("1236");
	roas_words_money(&out, -5000, VIEW_LIT("EUR"));
	says("0.00");
	roas_words_money(&out, -15000, VIEW_LIT("EUR"));
	says("-0.02");
	roas_words_money(&out, 1500, VIEW_LIT("KWD"));
	says("0.002");
	roas_words_money(&out, (__int128)INT64_MAX * 100, VIEW_LIT(""));
	says("922337203685477.58");
}

static void ratios_and_counts_are_short(void **state)
{
	// A ratio has two digits, a count no more than two, a share one.
	(void)state;
	roas_words_ratio(&out, 3254999999);
	says("3.25");
	roas_words_percent(&out, 204500000);
	says("20.4 %");
	roas_words_count(&out, 6000000000);
	says("6");
	roas_words_count(&out, 333333333);
	says("0.33");
	roas_words_count(&out, 6500000000);
	says("6.5");
}

static void programs_get_all_digits(void **state)
{
	// And no zeros behind them.
	(void)state;
	roas_words_exact(&out, 1234567, 6);
	says("1.234567");
	roas_words_exact(&out, -1500000, 6);
	says("-1.5");
	roas_words_exact(&out, 2000000, 6);
	says("2");
}

static void bars_are_parts_of_ten_columns(void **state)
{
	// In eighths, or whole ones in ASCII; nothing of nothing.
	(void)state;
	roas_words_bar(&out, 100, 100, true);
	says("██████████");
	roas_words_bar(&out, 36, 100, true);
	says("███▋");
	roas_words_bar(&out, 36, 100, false);
	says("###");
	roas_words_bar(&out, 0, 0, true);
	says("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_has_its_digits),
		cmocka_unit_test(ratios_and_counts_are_short),
		cmocka_unit_test(programs_get_all_digits),
		cmocka_unit_test(bars_are_parts_of_ten_columns),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buf_clear(&out);
	return failed;
}
