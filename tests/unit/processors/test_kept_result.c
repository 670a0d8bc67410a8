// SPDX-License-Identifier: Apache-2.0
// A result is read as it was written, whatever stood before it; what is alike takes no room.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/kept_result.h"

enum { ROUNDS = 20000 };

static struct view any_text(void)
{
	static const char *const texts[] = {"", "a", "web", "7000000000000000001", "C4EXAMPLE0PIXEL0CODE", "Purchase"};
	long i = random() % 8;

	return i < 6 ? view_text(texts[i]) : VIEW_ABSENT;
}

static int64_t any_number(void)
{
	static const int64_t numbers[] = {0, 1, -1, TIME_ABSENT, INT64_MAX, 1784709895678};

	return numbers[random() % 6];
}

static struct export_result any_result(void)
{
	struct export_result r;
	struct view *const texts[] = {&r.tenant, &r.event_id, &r.user, &r.goal, &r.conversion_id, &r.reason, &r.destination, &r.event,
		&r.event_source, &r.event_source_id, &r.test_event_code, &r.advertiser_id, &r.click_id, &r.currency, &r.message, &r.request_id,
		&r.payload};
	int64_t *const numbers[] = {&r.conversion_time, &r.value_micros, &r.value_now_micros, &r.intent_time, &r.maybe_since, &r.verdict_time,
		&r.code};

	memset(&r, 0, sizeof r);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = any_text();
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = any_number();
	r.verdict = (int8_t)(random() % EXPORT_VERDICTS);
	r.attempts = random() % 2 ? INT32_MIN : (int32_t)(random() % 3);
	return r;
}

static void assert_all_alike(const struct export_result *a, const struct export_result *b)
{
	assert_same_result(a, b); // absent where it may not be is empty to the contract
	assert_int_equal(view_is_set(a->tenant), view_is_set(b->tenant));
	assert_int_equal(a->code, b->code);
}

static void test_a_result_is_read_as_it_was_written(void **state)
{
	(void)state;
	struct buf bytes = {0};
	struct err err;

	assert_int_equal(contract_setup(&err), 0);
	srandom(20261121);
	for (int i = 0; i < ROUNDS; i++) {
		const struct export_result first = any_result(), second = any_result();
		struct export_result got[2];

		buf_reset(&bytes);
		kept_result_add(&first, NULL, &bytes);
		kept_result_add(&second, &first, &bytes);
		struct cursor c = cursor_over(buf_view(&bytes));
		kept_result_read(&c, NULL, &got[0]);
		kept_result_read(&c, &got[0], &got[1]);
		assert_true(!c.bad && cursor_left(&c) == 0);
		assert_all_alike(&got[0], &first);
		assert_all_alike(&got[1], &second);
	}
	buf_clear(&bytes);
}

static void test_what_is_as_before_takes_no_room(void **state)
{
	(void)state;
	struct export_result first = any_result(), second;
	struct buf bytes = {0};
	char copy[] = "web";

	first.event_source = VIEW_LIT("web");
	second = first;
	second.event_source = view_text(copy); // another place, the same text
	kept_result_add(&second, &first, &bytes);
	assert_int_equal(bytes.n, 4);
	second.value_micros = first.value_micros == 0 ? 1 : 0;
	buf_reset(&bytes);
	kept_result_add(&second, &first, &bytes);
	assert_int_equal(bytes.n, 5);
	buf_clear(&bytes);
}

static void refused(struct view bytes)
{
	struct cursor c = cursor_over(bytes);
	struct export_result out;

	kept_result_read(&c, NULL, &out);
	assert_true(c.bad);
}

static void test_what_is_no_result_is_refused(void **state)
{
	(void)state;
	refused(VIEW_LIT(""));
	refused(VIEW_LIT("\xff\xff\xff"));
	refused(VIEW_LIT("\xff\xff\xff\xff"));                     // fields that there are not
	refused(VIEW_LIT("\xfe\xff\xff\x03"));                     // a tenant that is not there
	refused(VIEW_LIT("\xfe\xff\xff\x03\5abc"));                // cut
	refused(VIEW_LIT("\xbf\xff\xff\x03\x0e"));                 // a verdict that there is not
	refused(VIEW_LIT("\xbf\xff\xff\x03\x01"));                 // nor one below zero
	refused(VIEW_LIT("\xbf\xff\xff\x03\x80\x04"));             // nor one beyond a byte
	refused(VIEW_LIT("\xff\xff\xdf\x03\x80\x80\x80\x80\x20")); // more attempts than an int holds
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_result_is_read_as_it_was_written),
		cmocka_unit_test(test_what_is_as_before_takes_no_room),
		cmocka_unit_test(test_what_is_no_result_is_refused),
	};

	return GIVEN_TESTS(tests);
}
