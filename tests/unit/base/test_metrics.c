// SPDX-License-Identifier: Apache-2.0
// What is counted, from any thread, is what Prometheus reads, in its format.
#include "base/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"

static void exposition_has(const char *line)
{
	OWN(buf_clear) struct buf text = {0};

	metrics_text(&text);
	buf_add_byte(&text, '\0');
	if (!strstr(text.p, line))
		fail_msg("'%s' is not in:\n%s", line, text.p);
}

static void exposition_lacks(const char *line)
{
	OWN(buf_clear) struct buf text = {0};

	metrics_text(&text);
	buf_add_byte(&text, '\0');
	if (strstr(text.p, line))
		fail_msg("'%s' is in:\n%s", line, text.p);
}

static void test_a_counter_is_exposed_with_help_type_and_labels(void **state)
{
	(void)state;
	struct metrics_slot *slot = metrics_slot(METRICS_RECORDS, "clicks", "accepted");

	metrics_add(slot, 3);
	metrics_add(slot, 4);
	exposition_has("# HELP lookback_records_total Input records by what became of them");
	exposition_has("\n# TYPE lookback_records_total counter\nlookback_records_total{topic=\"clicks\",outcome=\"accepted\"} 7\n");
}

static void test_equal_labels_are_one_slot(void **state)
{
	(void)state;
	struct metrics_slot *slot = metrics_slot(METRICS_COMMITS, "committed");

	assert_ptr_equal(slot, metrics_slot(METRICS_COMMITS, "committed"));
	assert_ptr_not_equal(slot, metrics_slot(METRICS_COMMITS, "aborted"));
}

static void test_label_values_are_escaped_and_cut(void **state)
{
	(void)state;
	char longer[METRICS_VALUE_MAX + 10];

	metrics_add(metrics_slot(METRICS_DEAD_LETTERS, "a\"b\\c\nd", "broken\xff"), 1);
	exposition_has("lookback_dead_letters_total{topic=\"a\\\"b\\\\c\\nd\",reason=\"broken?\"} 1\n");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	metrics_add(metrics_slot(METRICS_DEAD_LETTERS, longer, "x"), 1);
	exposition_lacks(longer);
	longer[METRICS_VALUE_MAX] = '\0';
	exposition_has(longer);
}

static void test_a_gauge_shows_the_last_value(void **state)
{
	(void)state;
	struct metrics_slot *slot = metrics_slot(METRICS_RESTORE_PROGRESS, "3");

	metrics_set(slot, 0.25);
	exposition_has("lookback_restore_progress_ratio{partition=\"3\"} 0.25\n");
	metrics_set(slot, 1);
	exposition_has("lookback_restore_progress_ratio{partition=\"3\"} 1\n");
	metrics_set(slot, 0.0 / 0.0);
	exposition_has("lookback_restore_progress_ratio{partition=\"3\"} NaN\n");
	metrics_set(metrics_slot(METRICS_MEMORY, "resident"), 1099511627776.0);
	exposition_has("lookback_memory_bytes{kind=\"resident\"} 1099511627776\n");
}

static void test_a_histogram_counts_up_to_each_bound(void **state)
{
	(void)state;
	struct metrics_slot *slot = metrics_slot(METRICS_COMMIT_DURATION);

	metrics_observe_us(slot, 1000);
	metrics_observe_us(slot, 1001);
	metrics_observe_us(slot, 20000);
	metrics_observe_us(slot, 60000000);
	exposition_has("# TYPE lookback_commit_duration_seconds histogram\nlookback_commit_duration_seconds_bucket{le=\"0.001\"} 1\n"
				   "lookback_commit_duration_seconds_bucket{le=\"0.0025\"} 2\n");
	exposition_has("_bucket{le=\"0.01\"} 2\nlookback_commit_duration_seconds_bucket{le=\"0.025\"} 3\n");
	exposition_has("_bucket{le=\"30\"} 3\nlookback_commit_duration_seconds_bucket{le=\"+Inf\"} 4\n"
				   "lookback_commit_duration_seconds_sum 60.022001\nlookback_commit_duration_seconds_count 4\n");
	assert_true(metrics_value(slot) == 4);
}

static void test_a_hidden_slot_comes_back_with_its_value(void **state)
{
	(void)state;
	struct metrics_slot *slot = metrics_slot(METRICS_STORE_BYTES, "9", "disk");

	metrics_set(slot, 512);
	metrics_hide(slot);
	exposition_lacks("lookback_store_bytes");
	assert_ptr_equal(slot, metrics_slot(METRICS_STORE_BYTES, "9", "disk"));
	exposition_has("lookback_store_bytes{partition=\"9\",kind=\"disk\"} 512\n");
}

static void test_label_sets_are_bounded(void **state)
{
	(void)state;
	struct metrics_slot *last = NULL;

	log_setup(LOG_ERROR, LOG_LOGFMT);
	for (int i = 0; i < METRICS_SETS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		last = metrics_slot(METRICS_LAG_RECORDS, "clicks", name);
	}
	struct metrics_slot *over = metrics_slot(METRICS_LAG_RECORDS, "clicks", "one more");
	assert_ptr_not_equal(over, last);
	assert_ptr_equal(over, metrics_slot(METRICS_LAG_RECORDS, "orders", "and more"));
	metrics_set(over, 1);
	exposition_has("lookback_lag_records{topic=\"other\",partition=\"other\"} 1\n");
	exposition_lacks("one more");
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *count(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		metrics_add(metrics_slot(METRICS_OUTCOMES, "attributed"), 1);
		if (i % 1000 == 0)
			exposition_has("lookback_outcomes_total{outcome=\"attributed\"} ");
	}
	return unused;
}

static void test_threads_lose_no_count(void **state)
{
	(void)state;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(metrics_value(metrics_slot(METRICS_OUTCOMES, "attributed")) == THREADS * ROUNDS);
}

static void test_every_metric_is_described_in_one_row(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf table = {0};
	int rows = 0;

	metrics_describe(&table);
	buf_add_byte(&table, '\0');
	for (const char *p = table.p; (p = strchr(p, '\n')); p++)
		rows++;
	assert_int_equal(rows, METRICS_COUNT + 2);
	assert_non_null(strstr(table.p, "| `lookback_lag_records` | gauge | `topic`, `partition` | Records that"));
}

static void test_the_operators_page_has_the_table(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf page = {0}, table = {0};
	struct err err;

	if (file_read(TEST_SOURCE_DIR "/docs/operations.md", 1 << 20, &page, &err) != 0)
		skip();
	metrics_describe(&table);
	if (!memmem(page.p, page.n, table.p, table.n))
		fail_msg("docs/operations.md lacks what `lookback config reference --metrics` prints");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_counter_is_exposed_with_help_type_and_labels),
		cmocka_unit_test(test_equal_labels_are_one_slot),
		cmocka_unit_test(test_label_values_are_escaped_and_cut),
		cmocka_unit_test(test_a_gauge_shows_the_last_value),
		cmocka_unit_test(test_a_histogram_counts_up_to_each_bound),
		cmocka_unit_test(test_a_hidden_slot_comes_back_with_its_value),
		cmocka_unit_test(test_threads_lose_no_count),
		cmocka_unit_test(test_label_sets_are_bounded),
		cmocka_unit_test(test_every_metric_is_described_in_one_row),
		cmocka_unit_test(test_the_operators_page_has_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
