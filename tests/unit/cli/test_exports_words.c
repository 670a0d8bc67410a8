// SPDX-License-Identifier: Apache-2.0
// Promise: verdicts have the contract's names, money its currency's digits whatever its size, and no text from outside steers a terminal.
#include "cli/exports_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/contract.h"

static void assert_money(__int128 micros, const char *currency, const char *text)
{
	OWN(buf_clear) struct buf out = {0};

	exports_words_money(&out, micros, view_text(currency));
	buf_add_byte(&out, 0);
	assert_string_equal(out.p, text);
}

static void test_money(void **state)
{
	(void)state;
	assert_money(20000000, "EUR", "20.00 EUR");
	assert_money(1, "EUR", "0.00 EUR");
	assert_money(123456000, "KWD", "123.456 KWD");
	assert_money(5000000, "JPY", "5 JPY");
	assert_money(-50000, "USD", "-0.05 USD");
	assert_money(70000, "XX\033", "0.07 XX?");
	assert_money(0, "", "-");
	assert_money((__int128)INT64_MAX * 1000, "EUR", "9223372036854775.80 EUR");
}

static void test_integers(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf out = {0};

	exports_words_integer(&out, 0);
	exports_words_integer(&out, -7);
	exports_words_integer(&out, (__int128)INT64_MAX * 100 + 1);
	buf_add_byte(&out, 0);
	assert_string_equal(out.p, "0-7922337203685477580701");
}

// The contract's own symbols, as JSON shows them.
static void test_verdicts_are_the_contract_s(void **state)
{
	(void)state;
	struct err err;

	assert_int_equal(contract_setup(&err), 0);
	for (int v = 0; v < EXPORTS_WORDS_VERDICTS; v++) {
		OWN(buf_clear) struct buf json = {0};
		const struct export_result r = {.verdict = (int8_t)v,
			.value_now_micros = TIME_ABSENT,
			.verdict_time = TIME_ABSENT,
			.code = TIME_ABSENT};
		char wanted[64];

		contract_print_json(contract_export_result, &r, &json);
		snprintf(wanted, sizeof wanted, "\"verdict\":\"%s\"", exports_words_verdict(v));
		assert_non_null(memmem(json.p, json.n, wanted, strlen(wanted)));
		assert_int_equal(exports_words_parse(exports_words_verdict(v)), v);
	}
	assert_int_equal(exports_words_parse("other"), -1);
	assert_int_equal(exports_words_parse(""), -1);
	assert_string_equal(exports_words_verdict(ENUM_UNKNOWN), "other");
	assert_string_equal(exports_words_verdict(EXPORTS_WORDS_VERDICTS), "other");
	assert_string_equal(exports_words_colour(ENUM_UNKNOWN), "");
	assert_true(exports_words_meaning(ENUM_UNKNOWN)[0] != 0);
}

static void test_text_steers_nothing(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf out = {0};

	exports_words_text(&out, VIEW_LIT("a\033[31m\n\r\0\x7f é"));
	assert_true(view_eq(buf_view(&out), VIEW_LIT("a?[31m???? é")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_verdicts_are_the_contract_s),
		cmocka_unit_test(test_text_steers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
