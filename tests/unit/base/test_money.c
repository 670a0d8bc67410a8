// SPDX-License-Identifier: Apache-2.0
// Money is read from its digits, to the last one, or refused.
#include "base/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void exponent_is(const char *code, int exponent)
{
	const struct money_currency *currency = money_currency(view_text(code));

	if (!currency)
		fail_msg("%s is not known", code);
	assert_string_equal(currency->code, code);
	assert_int_equal(currency->exponent, exponent);
}

static void test_currencies_have_the_digits_of_the_standard(void **state)
{
	(void)state;
	static const struct {
		int exponent;
		const char *codes;
	} rows[] = {
		{0, "JPY KRW VND CLP ISK PYG UGX XAF XOF XPF RWF KMF GNF DJF BIF VUV UYI"},
		{3, "BHD IQD JOD KWD LYD OMR TND"},
		{4, "CLF UYW"},
		{2, "USD EUR PEN MXN BRL GBP CHF MRU MGA HUF IDR TWD AED ZWG SLE VED XCG AFN COU"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (const char *p = rows[i].codes; *p; p += p[3] ? 4 : 3)
			exponent_is((char[]){p[0], p[1], p[2], '\0'}, rows[i].exponent);
	}
}

static void test_what_is_no_currency_is_unknown(void **state)
{
	(void)state;
	static const char *const codes[] = {"", "US", "USDD", "usd", "Usd", "U$D", "ZZZ", "AAA", "XXX", "XAU", "DEM", "US\xc4", "@AA"};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (money_currency(view_text(codes[i])))
			fail_msg("'%s' was taken for a currency", codes[i]);
	}
	assert_null(money_currency(VIEW_ABSENT));
}

static void test_every_listed_currency_is_found_under_its_own_code_once(void **state)
{
	(void)state;
	int known = 0;

	for (int i = 0; i < 26 * 26 * 26; i++) {
		char code[4] = {(char)('A' + i / 676), (char)('A' + i / 26 % 26), (char)('A' + i % 26), '\0'};
		const struct money_currency *currency = money_currency(view_text(code));

		if (currency) {
			assert_string_equal(currency->code, code);
			known++;
		}
	}
	assert_int_equal(known, 166);
}

static void parses_to(const char *text, uint8_t exponent, int64_t expected)
{
	int64_t minor = -1;

	if (money_parse(view_text(text), exponent, &minor) != 0)
		fail_msg("%s was refused", text);
	assert_int_equal(minor, expected);
}

static void test_money_is_exact(void **state)
{
	(void)state;
	parses_to("79.90", 2, 7990);
	parses_to("79.9", 2, 7990);
	parses_to("0", 2, 0);
	parses_to("0.00", 2, 0);
	parses_to("00012.5", 2, 1250);
	parses_to("1500", 0, 1500);
	parses_to("1500.000", 0, 1500);
	parses_to("1.2340000", 3, 1234);
	parses_to("0.0001", 4, 1);
	parses_to("999999999999.99", 2, 99999999999999);
	parses_to("999999999999.9999", 4, 9999999999999999);
}

static void test_other_texts_are_no_money(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		".",
		".5",
		"5.",
		"-1",
		"+1",
		"1e3",
		"1,5",
		" 1",
		"1 ",
		"1.2.3",
		"0x1",
		"1000000000000",
		"0000000000001",
		"79.901",
		"1.005",
		"NaN",
		"$5",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int64_t minor = 77;

		if (money_parse(view_text(texts[i]), 2, &minor) == 0)
			fail_msg("'%s' was read as money", texts[i]);
		assert_int_equal(minor, 77);
	}
	int64_t minor;
	assert_int_equal(money_parse(VIEW_ABSENT, 2, &minor), -1);
	assert_int_equal(money_parse(view_text("1.5"), 0, &minor), -1);
}

static void test_form_does_not_ask_for_a_precision(void **state)
{
	(void)state;
	assert_true(money_has_form(view_text("0.123456789012345")));
	assert_true(money_has_form(view_text("999999999999")));
	assert_false(money_has_form(view_text("1000000000000")));
	assert_false(money_has_form(view_text("1.")));
	assert_false(money_has_form(view_text("-1")));
	assert_false(money_has_form(view_text("")));
}

static void test_the_largest_amount_fits_micros(void **state)
{
	(void)state;
	assert_int_equal(money_micros(99999999999999, 2), 999999999999990000);
	assert_int_equal(money_micros(9999999999999999, 4), 999999999999999900);
	assert_int_equal(money_micros(999999999999, 0), 999999999999000000);
	assert_int_equal(money_micros(-5, 2), -50000);
}

static void test_micros_print_with_the_digits_of_the_currency(void **state)
{
	(void)state;
	static const struct {
		int64_t micros;
		uint8_t exponent;
		const char *text;
	} rows[] = {
		{79900000, 2, "79.90"},
		{-79900000, 2, "-79.90"},
		{50000, 2, "0.05"},
		{-50000, 2, "-0.05"},
		{1500000000, 0, "1500"},
		{1234000, 3, "1.234"},
		{100, 4, "0.0001"},
		{0, 2, "0.00"},
		{INT64_MIN, 2, "-9223372036854.77"},
		{INT64_MAX, 6, "9223372036854.775807"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[MONEY_TEXT_SIZE];

		assert_string_equal(money_print(rows[i].micros, rows[i].exponent, text), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_currencies_have_the_digits_of_the_standard),
		cmocka_unit_test(test_what_is_no_currency_is_unknown),
		cmocka_unit_test(test_every_listed_currency_is_found_under_its_own_code_once),
		cmocka_unit_test(test_money_is_exact),
		cmocka_unit_test(test_other_texts_are_no_money),
		cmocka_unit_test(test_form_does_not_ask_for_a_precision),
		cmocka_unit_test(test_the_largest_amount_fits_micros),
		cmocka_unit_test(test_micros_print_with_the_digits_of_the_currency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
