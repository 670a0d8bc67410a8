// SPDX-License-Identifier: Apache-2.0
// A row is read as it was written; bytes that are no row are told as corrupt, whatever they are.
#include "tests/unit/processors/export_case.h"

static struct export_result result_of(const char *event, enum export_verdict verdict)
{
	return (struct export_result){.tenant = VIEW_LIT("shop"),
		.event_id = view_text(event),
		.user = VIEW_LIT("u|1"),
		.goal = VIEW_LIT("buy"),
		.conversion_id = VIEW_LIT("o"),
		.verdict = (int8_t)verdict,
		.destination = VIEW_LIT(EXPORT_TO_EVENTS),
		.event = VIEW_LIT("Purchase"),
		.event_source = VIEW_LIT("web"),
		.event_source_id = VIEW_LIT("p"),
		.advertiser_id = VIEW_LIT("7"),
		.currency = VIEW_LIT("EUR"),
		.value_micros = 5,
		.value_now_micros = TIME_ABSENT,
		.verdict_time = TIME_ABSENT,
		.code = TIME_ABSENT};
}

static void put(struct export_case *k, struct ledger_row *row, const char *event, enum export_verdict verdict)
{
	struct export_result r = result_of(event, verdict);

	r.event_id = arena_dup(&k->arena, r.event_id);
	ledger_put(row, &r, &k->arena);
}

static void write_row(struct export_case *k, const char *name, const struct ledger_row *row)
{
	struct ledger_key key = ledger_key_of(view_text(name));

	ledger_write(k->store, &key, row, &k->s->spare);
}

static void test_a_row_is_read_as_it_was_written(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct ledger_row row = {.first_seen = CASE_NOW, .record = VIEW_LIT("the\0record")};

	for (int i = 0; i < 40; i++) {
		char event[8];
		snprintf(event, sizeof event, "e%d", i);
		put(k, &row, event, i % 2 ? EXPORT_INTENT : EXPORT_ACCEPTED);
	}
	put(k, &row, "e3", EXPORT_REFUSED); // in the place of the one before
	write_row(k, "a", &row);
	row = (struct ledger_row){.first_seen = 0, .record = VIEW_ABSENT};
	write_row(k, "b", &row);
	row = case_row(k, "a");
	assert_true(row.first_seen == CASE_NOW && view_eq(row.record, VIEW_LIT("the\0record")));
	assert_int_equal(row.event_count, 40);
	for (size_t i = 0; i < 40; i++) {
		char event[8];
		snprintf(event, sizeof event, "e%d", (int)i);
		assert_text_equal(row.events[i].event_id, event);
		assert_int_equal(row.events[i].verdict, i == 3 ? EXPORT_REFUSED : i % 2 ? EXPORT_INTENT : EXPORT_ACCEPTED);
	}
	assert_ptr_equal(ledger_find(&row, VIEW_LIT("e17")), &row.events[17]);
	assert_null(ledger_find(&row, VIEW_LIT("e40")));
	row = case_row(k, "b");
	assert_true(row.first_seen == 0 && !view_is_set(row.record) && row.event_count == 0);
	row = case_row(k, "c");
	assert_true(row.first_seen == INT64_MAX && !view_is_set(row.record) && row.event_count == 0);
	case_free(k);
}

static void test_the_record_stays_while_an_event_is_open(void **state)
{
	static const struct {
		enum export_verdict verdict;
		bool open;
	} verdicts[] = {{EXPORT_INTENT, true}, {EXPORT_PAUSED, true}, {EXPORT_ACCEPTED, false}, {EXPORT_REFUSED, false},
		{EXPORT_TOO_OLD, false}, {EXPORT_UNKNOWN, false}, {EXPORT_SENT_THEN_CHANGED, false}};

	(void)state;
	struct export_case *k = case_new();
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct ledger_row row = {.record = VIEW_LIT("r")};

		put(k, &row, "done", EXPORT_ACCEPTED);
		put(k, &row, "this", verdicts[i].verdict);
		ledger_close(&row);
		assert_int_equal(view_is_set(row.record), verdicts[i].open);
	}
	case_free(k);
}

static void test_a_key_is_that_of_the_conversions_record(void **state)
{
	(void)state;
	struct arena arena = {0};
	const struct export_result r = {.tenant = VIEW_LIT("shop"),
		.user = VIEW_LIT("u|1"),
		.goal = VIEW_LIT("buy"),
		.conversion_id = VIEW_LIT("o-1")};
	struct ledger_key key = ledger_key(&r, &arena);

	assert_text_equal(key.name, "shop|u|1|buy|o-1");
	assert_true(key.hash == store_hash(key.name) && key.hash == ledger_key_of(key.name).hash);
	arena_clear(&arena);
}

static void refused_as_corrupt(struct export_case *k, struct view bytes)
{
	struct arena arena = {0};
	struct ledger_row row;

	assert_int_equal(ledger_unpack(bytes, &arena, &row, &k->err), -1);
	assert_int_equal(k->err.class, ERR_FATAL);
	assert_string_equal(k->err.code, "store_corrupt");
	arena_clear(&arena);
}

static void test_hostile_bytes_are_corrupt(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct ledger_row row = {.first_seen = CASE_NOW, .record = VIEW_LIT("record")};
	struct state_user rows;
	struct arena arena = {0};

	put(k, &row, "e0", EXPORT_INTENT);
	put(k, &row, "e1", EXPORT_INTENT);
	write_row(k, "a", &row);
	if (store_read(k->store, store_hash(VIEW_LIT("a")), VIEW_LIT("a"), &k->arena, &rows, &k->err) != 0)
		fail_msg("%s", k->err.words);
	struct view good = rows.conversions[0].value;
	assert_int_equal(ledger_unpack(good, &arena, &row, &k->err), 0);
	for (size_t n = 0; n < good.n; n++) { // cut anywhere, in memory of its own so that reading past it is seen
		char *cut = malloc(n + 1);
		memcpy(cut, good.p, n);
		cut = realloc(cut, n ? n : 1);
		refused_as_corrupt(k, view_of(cut, n));
		free(cut);
	}
	refused_as_corrupt(k, VIEW_LIT("\1\0\377\377\377\377\377\377\377\377\377\1"));    // events without end
	refused_as_corrupt(k, VIEW_LIT("\1\0\240\215\6"));                                // as many as are allowed and none there
	refused_as_corrupt(k, VIEW_LIT("\1\1\377\377\377\377\377\377\377\377\377\1xyz")); // a record without end
	refused_as_corrupt(k, VIEW_LIT("\1\0\1hello"));                                   // an event that is none
	char *bytes = malloc(good.n + 1);
	for (size_t i = 0; i < good.n * 8; i++) { // a bit that fell over: read or refused, no more
		memcpy(bytes, good.p, good.n);
		bytes[i / 8] ^= (char)(1 << i % 8);
		if (ledger_unpack(view_of(bytes, good.n), &arena, &row, &k->err) != 0)
			assert_int_equal(k->err.class, ERR_FATAL);
		arena_reset(&arena);
	}
	free(bytes);
	arena_clear(&arena);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_is_read_as_it_was_written),
		cmocka_unit_test(test_the_record_stays_while_an_event_is_open),
		cmocka_unit_test(test_a_key_is_that_of_the_conversions_record),
		cmocka_unit_test(test_hostile_bytes_are_corrupt),
	};

	return GIVEN_TESTS(tests);
}
