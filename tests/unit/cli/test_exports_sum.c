// SPDX-License-Identifier: Apache-2.0
// Promise: whatever is heard in whatever order, the sums are those of the latest record of each key that is asked for, computed again from scratch.
#include "cli/exports_sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

enum { DAY_MS = 86400000, KEYS = 40, STEPS = 3000 };

static const struct exports_filter everything = {.verdict = EXPORTS_SUM_ANY, .from_ms = INT64_MIN, .to_ms = INT64_MAX};

static struct export_result result(const char *tenant, int verdict, int64_t micros, int64_t day)
{
	return (struct export_result){.tenant = view_text(tenant),
		.goal = VIEW_LIT("purchase"),
		.verdict = (int8_t)verdict,
		.reason = VIEW_ABSENT,
		.currency = VIEW_LIT("EUR"),
		.value_micros = micros,
		.value_now_micros = TIME_ABSENT,
		.intent_time = day * DAY_MS + 5,
		.verdict_time = verdict == EXPORT_INTENT ? TIME_ABSENT : day * DAY_MS + 7};
}

static void take(struct exports_sum *s, const char *key, const struct export_result *r)
{
	struct err err;

	assert_int_equal(exports_sum_take(s, view_text(key), r, &err), 0);
}

static void test_the_latest_counts(void **state)
{
	(void)state;
	OWN(exports_sum_free) struct exports_sum *s = exports_sum_new(&everything);
	struct export_result intent = result("shop", EXPORT_INTENT, 20, 3), accepted = result("shop", EXPORT_ACCEPTED, 20, 4),
						 changed = result("shop", EXPORT_SENT_THEN_CHANGED, 20, 4);
	size_t n;

	changed.value_now_micros = 15;
	take(s, "a", &intent);
	take(s, "b", &intent);
	take(s, "a", &accepted);
	const struct exports_row *rows = exports_sum_rows(s, &n);

	assert_int_equal(n, 2);
	assert_int_equal(rows[0].day_ms, 3LL * DAY_MS);
	assert_int_equal(rows[0].verdict, EXPORT_INTENT);
	assert_int_equal(rows[0].events, 1);
	assert_int_equal(rows[1].day_ms, 4LL * DAY_MS);
	assert_true(rows[1].value_micros == 20 && rows[1].now_micros == 0);
	take(s, "a", &changed);
	take(s, "b", NULL);
	rows = exports_sum_rows(s, &n);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].verdict, EXPORT_SENT_THEN_CHANGED);
	assert_true(rows[0].value_micros == 20 && rows[0].now_micros == 15);
}

// A key is in one partition, so what another one has under its name is another event.
static void test_partitions_add_up(void **state)
{
	(void)state;
	OWN(exports_sum_free) struct exports_sum *s = exports_sum_new(&everything);
	struct export_result accepted = result("shop", EXPORT_ACCEPTED, INT64_MAX, 4);
	size_t n;

	for (int partition = 0; partition < 3; partition++) {
		take(s, "a", &accepted);
		exports_sum_partition_end(s);
	}
	const struct exports_row *rows = exports_sum_rows(s, &n);

	assert_int_equal(n, 1);
	assert_int_equal(rows[0].events, 3);
	assert_true(rows[0].value_micros == (__int128)INT64_MAX * 3);
}

static void test_rows_differ_by_each_of_their_names(void **state)
{
	(void)state;
	OWN(exports_sum_free) struct exports_sum *s = exports_sum_new(&everything);
	struct export_result r[] = {result("ab", EXPORT_REFUSED, 1, 4), result("a", EXPORT_REFUSED, 1, 4), result("a", EXPORT_REFUSED, 1, 4),
		result("a", EXPORT_REFUSED, 1, -1), result("a", EXPORT_REFUSED, 1, 4), result("a", EXPORT_UNKNOWN, 1, 4)};
	char key[] = "0";
	size_t n;

	r[1].reason = VIEW_LIT("b");
	r[2].reason = VIEW_LIT("");
	r[4].currency = VIEW_LIT("");
	for (; key[0] < '6'; key[0]++)
		take(s, key, &r[key[0] - '0']);
	const struct exports_row *rows = exports_sum_rows(s, &n);

	assert_int_equal(n, 6);
	assert_int_equal(rows[0].day_ms, -DAY_MS); // of a time before 1970
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rows[i].events, 1);
	assert_true(view_eq(rows[5].tenant, VIEW_LIT("ab")));
}

// ---- against a plain model

static bool wanted(const struct exports_filter *f, const struct export_result *r)
{
	int64_t time = r->verdict == EXPORT_INTENT ? r->intent_time : r->verdict_time;

	return (!view_is_set(f->tenant) || view_eq(f->tenant, r->tenant)) && (f->verdict == EXPORTS_SUM_ANY || f->verdict == r->verdict) &&
		time >= f->from_ms && time < f->to_ms;
}

static void assert_as_latest(struct exports_sum *s, const struct exports_filter *f, const struct export_result *latest, const bool *there)
{
	uint64_t events = 0;
	size_t n;
	const struct exports_row *rows = exports_sum_rows(s, &n);

	for (size_t i = 0; i < n; i++) {
		uint64_t same = 0;
		__int128 micros = 0;

		for (int k = 0; k < KEYS; k++) {
			const struct export_result *r = &latest[k];
			bool in_row = there[k] && wanted(f, r) && view_eq(r->tenant, rows[i].tenant) && r->verdict == rows[i].verdict &&
				exports_sum_time(r) / DAY_MS * DAY_MS == rows[i].day_ms;

			same += in_row;
			micros += in_row ? r->value_micros : 0;
		}
		assert_int_equal(rows[i].events, same);
		assert_true(rows[i].value_micros == micros);
		events += same;
	}
	for (int k = 0; k < KEYS; k++)
		events -= there[k] && wanted(f, &latest[k]);
	assert_int_equal(events, 0);
}

static void check_filter(const struct exports_filter *f, unsigned seed)
{
	OWN(exports_sum_free) struct exports_sum *s = exports_sum_new(f);
	struct export_result latest[KEYS];
	bool there[KEYS] = {false};

	for (int step = 0; step < STEPS; step++) {
		int k = rand_r(&seed) % KEYS;
		char key[16];

		snprintf(key, sizeof key, "k%d", k);
		there[k] = rand_r(&seed) % 10 > 0;
		latest[k] = result(rand_r(&seed) % 2 ? "shop" : "mugs", rand_r(&seed) % (EXPORT_SENT_THEN_CHANGED + 1), rand_r(&seed) % 1000,
			rand_r(&seed) % 5);
		take(s, key, there[k] ? &latest[k] : NULL);
		if (step % 50 == 0)
			assert_as_latest(s, f, latest, there);
	}
}

static void test_any_history(void **state)
{
	(void)state;
	struct exports_filter one_tenant = everything, one_verdict = everything, some_days = everything;

	one_tenant.tenant = VIEW_LIT("mugs");
	one_verdict.verdict = EXPORT_PAUSED;
	some_days.from_ms = 1LL * DAY_MS;
	some_days.to_ms = 3LL * DAY_MS;
	check_filter(&everything, 1);
	check_filter(&one_tenant, 2);
	check_filter(&one_verdict, 3);
	check_filter(&some_days, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_latest_counts),
		cmocka_unit_test(test_partitions_add_up),
		cmocka_unit_test(test_rows_differ_by_each_of_their_names),
		cmocka_unit_test(test_any_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
