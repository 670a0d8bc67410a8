// SPDX-License-Identifier: Apache-2.0
// Whatever a bad record is like, its dead letter says where it was and why.
#include "runtime/dead_letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/runtime/scripted_bus.h"

enum { LETTERS = 3 };

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA256_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct err reason_of(const char *code)
{
	struct err reason;

	err_set(&reason, ERR_POISON, code, "field `x` is missing");
	return reason;
}

static struct record record_abc(void)
{
	return (struct record){.input = 1,
		.partition = 7,
		.offset = 123456789012,
		.timestamp = 5,
		.key = VIEW_LIT("t|u"),
		.value = VIEW_LIT("abc")};
}

static int send(struct scripted_bus *bus, bool digest, const char *code, struct err *err)
{
	struct dead_letter_options options = {LETTERS, "orders", digest};
	struct record record = record_abc();
	struct err reason = reason_of(code);

	return dead_letter_send(&bus->bus, &options, &record, &reason, err);
}

static void assert_text(const char *text, struct view v)
{
	assert_true(view_eq(view_text(text), v));
}

static void assert_header(const struct scripted_sent *sent, const char *name, const char *value)
{
	for (size_t i = 0; i < sent->header_count; i++)
		if (view_eq(view_text(name), sent->headers[i].name)) {
			assert_text(value, sent->headers[i].value);
			return;
		}
	fail_msg("no header %s", name);
}

static bool has_header(const struct scripted_sent *sent, const char *name)
{
	for (size_t i = 0; i < sent->header_count; i++)
		if (view_eq(view_text(name), sent->headers[i].name))
			return true;
	return false;
}

static void assert_reason(const struct scripted_sent *sent, const char *code, const char *message)
{
	assert_int_equal(LETTERS, sent->topic);
	assert_int_equal(-1, sent->partition);
	assert_header(sent, "__connect.errors.topic", "orders");
	assert_header(sent, "__connect.errors.partition", "7");
	assert_header(sent, "__connect.errors.offset", "123456789012");
	assert_header(sent, "__connect.errors.exception.message", message);
	assert_header(sent, "lookback.reason", code);
}

static void it_goes_as_it_came_with_the_reason_in_headers(void **state)
{
	// Key, value and headers untouched, theirs first; no digest.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	bus.headers[0] = (struct header){VIEW_LIT("trace"), VIEW_LIT("42")};
	bus.headers[1] = (struct header){VIEW_LIT("empty"), VIEW_ABSENT};
	bus.header_count = 2;
	assert_int_equal(0, send(&bus, false, "missing_field", &err));
	assert_int_equal(1, bus.sent_count);
	assert_text("t|u", bus.sent[0].key);
	assert_text("abc", bus.sent[0].value);
	assert_text("trace", bus.sent[0].headers[0].name);
	assert_text("42", bus.sent[0].headers[0].value);
	assert_false(view_is_set(bus.sent[0].headers[1].value));
	assert_int_equal(7, bus.sent[0].header_count);
	assert_reason(&bus.sent[0], "missing_field", "missing_field: field `x` is missing");
	arena_clear(&bus.arena);
}

static void with_digests_wanted_no_value_goes(void **state)
{
	// Size and SHA-256 stand for it.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	assert_int_equal(0, send(&bus, true, "missing_field", &err));
	assert_false(view_is_set(bus.sent[0].value));
	assert_text("t|u", bus.sent[0].key);
	assert_header(&bus.sent[0], "lookback.value.size", "3");
	assert_header(&bus.sent[0], "lookback.value.sha256", SHA256_ABC);
	arena_clear(&bus.arena);
}

static void too_large_a_value_goes_as_its_digest(void **state)
{
	// Whether it is over our limit or the topic's.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	assert_int_equal(0, send(&bus, false, "too_large", &err));
	assert_false(view_is_set(bus.sent[0].value));
	assert_header(&bus.sent[0], "lookback.value.sha256", SHA256_ABC);
	arena_clear(&bus.arena);

	struct dead_letter_options options = {LETTERS, "orders", false};
	struct err reason = reason_of("bad_money");
	struct record record = record_abc();
	char large[4000] = {0};
	scripted_init(&bus, 2);
	bus.limits[LETTERS] = 1000;
	record.value = view_of(large, sizeof large);
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	assert_int_equal(1, bus.sent_count);
	assert_false(view_is_set(bus.sent[0].value));
	assert_header(&bus.sent[0], "lookback.value.size", "4000");
	assert_reason(&bus.sent[0], "bad_money", "bad_money: field `x` is missing");
	arena_clear(&bus.arena);
}

static void too_large_a_key_or_headers_stay_away(void **state)
{
	// One producer's record may not stop the run for ever: what goes says where it is.
	struct scripted_bus bus;
	struct dead_letter_options options = {LETTERS, "orders", false};
	struct err reason = reason_of("key_mismatch"), err;
	struct record record = record_abc();
	char large[4000] = {0};

	(void)state;
	scripted_init(&bus, 2);
	bus.limits[LETTERS] = 1000;
	record.key = view_of(large, sizeof large);
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	bus.headers[0] = (struct header){VIEW_LIT("trace"), view_of(large, sizeof large)};
	bus.header_count = 1;
	record.key = VIEW_LIT("t|u");
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	assert_int_equal(2, bus.sent_count);
	for (int i = 0; i < 2; i++) {
		assert_false(view_is_set(bus.sent[i].key));
		assert_false(view_is_set(bus.sent[i].value));
		assert_false(has_header(&bus.sent[i], "trace"));
		assert_header(&bus.sent[i], "lookback.value.sha256", SHA256_ABC);
		assert_reason(&bus.sent[i], "key_mismatch", "key_mismatch: field `x` is missing");
	}
	arena_clear(&bus.arena);
}

static void a_topic_that_takes_nothing_stops_the_run(void **state)
{
	// Going on without the letter would lose the record; the words say which one.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	bus.limits[LETTERS] = 10;
	assert_int_equal(-1, send(&bus, false, "bad_money", &err));
	assert_int_equal(ERR_FATAL, err.class);
	assert_non_null(strstr(err.words, "dead letter of orders[7]@123456789012"));
}

static void a_lost_transaction_is_told(void **state)
{
	// Only a size is answered by sending less.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	bus.fail_send = 1;
	bus.fail_class = ERR_ABORT;
	assert_int_equal(-1, send(&bus, false, "bad_money", &err));
	assert_int_equal(ERR_ABORT, err.class);
	assert_int_equal(0, bus.sent_count);
}

static void a_record_without_key_or_value_is_a_letter_without_them(void **state)
{
	// Null stays null; its digest is that of nothing.
	struct scripted_bus bus;
	struct dead_letter_options options = {LETTERS, "orders", false};
	struct err reason = reason_of("bad_record"), err;
	struct record record = {.offset = 1};

	(void)state;
	scripted_init(&bus, 2);
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	options.digest = true;
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	for (int i = 0; i < 2; i++) {
		assert_false(view_is_set(bus.sent[i].key));
		assert_false(view_is_set(bus.sent[i].value));
	}
	assert_header(&bus.sent[1], "lookback.value.size", "0");
	assert_header(&bus.sent[1], "lookback.value.sha256", SHA256_NOTHING);
	arena_clear(&bus.arena);
}

static void of_very_many_headers_the_first_go(void **state)
{
	// There is room for 64 of the record's own, and always for the reason.
	struct scripted_bus bus;
	struct err err;

	(void)state;
	scripted_init(&bus, 2);
	for (int i = 0; i < 80; i++)
		bus.headers[i] = (struct header){i < 64 ? VIEW_LIT("mine") : VIEW_LIT("over"), VIEW_LIT("1")};
	bus.header_count = 80;
	assert_int_equal(0, send(&bus, true, "bad_money", &err));
	assert_int_equal(64 + 7, bus.sent[0].header_count);
	assert_false(has_header(&bus.sent[0], "over"));
	assert_reason(&bus.sent[0], "bad_money", "bad_money: field `x` is missing");
	arena_clear(&bus.arena);
}

static void the_longest_reason_there_is_fits(void **state)
{
	// Code and words at their limits are not cut.
	struct scripted_bus bus;
	struct dead_letter_options options = {LETTERS, "orders", false};
	struct record record = record_abc();
	struct err reason = {.class = ERR_POISON}, err;
	char message[sizeof reason.code + sizeof reason.words + 4];

	(void)state;
	scripted_init(&bus, 2);
	memset(reason.code, 'c', sizeof reason.code - 1);
	memset(reason.words, 'w', sizeof reason.words - 1);
	assert_int_equal(0, dead_letter_send(&bus.bus, &options, &record, &reason, &err));
	snprintf(message, sizeof message, "%s: %s", reason.code, reason.words);
	assert_header(&bus.sent[0], "__connect.errors.exception.message", message);
	arena_clear(&bus.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_as_it_came_with_the_reason_in_headers),
		cmocka_unit_test(with_digests_wanted_no_value_goes),
		cmocka_unit_test(too_large_a_value_goes_as_its_digest),
		cmocka_unit_test(too_large_a_key_or_headers_stay_away),
		cmocka_unit_test(a_topic_that_takes_nothing_stops_the_run),
		cmocka_unit_test(a_lost_transaction_is_told),
		cmocka_unit_test(a_record_without_key_or_value_is_a_letter_without_them),
		cmocka_unit_test(of_very_many_headers_the_first_go),
		cmocka_unit_test(the_longest_reason_there_is_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
