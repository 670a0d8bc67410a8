// SPDX-License-Identifier: Apache-2.0
// Promise: what workers put is what readers see; readiness and liveness follow from it and say what is missing; the page is valid JSON.
#include "runtime/status.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/own.h"

static struct status *two_workers(int64_t turn_budget_ms)
{
	struct status *s = status_new(&(struct status_options){"live", "pod-0", 2, turn_budget_ms});

	status_worker_put(s, 0, "attribution", "lookback/live/pod-0-00@*:9404", STATUS_WORKING);
	status_worker_put(s, 1, "attribution", "lookback/live/pod-0-01@*:9404", STATUS_WORKING);
	return s;
}

static struct status_shard shard(int32_t partition, enum status_shard_state state)
{
	return (struct status_shard){.partition = partition,
		.state = state,
		.input_count = 2,
		.horizon = POSITION_NO_TIME,
		.output_next = -1,
		.inputs = {{"clicks", 10, 8, 25, 1000}, {"orders", -1, -1, -1, POSITION_NO_TIME}},
		.table_bytes = 7};
}

static bool judge(bool (*is)(struct status *, struct buf *), struct status *s, const char *says)
{
	OWN(buf_clear) struct buf why = {0};
	bool yes = is(s, &why);

	buf_add_byte(&why, 0);
	assert_string_equal(why.p, says);
	return yes;
}

static void test_ready_when_all_shards_live(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(0);
	struct status_shard restoring = shard(3, STATUS_RESTORING), live = shard(1, STATUS_LIVE);

	assert_true(judge(status_is_ready, s, ""));
	status_shard_put(s, 0, &restoring);
	status_shard_put(s, 0, &live);
	status_restore_put(s, 0, 3, 5, 9);
	status_restore_put(s, 0, 4, 5, 9); // not its own: nothing happens
	assert_false(judge(status_is_ready, s, "shard 3 (attribution) is restoring, 5 of 9 records\n"));
	restoring.state = STATUS_LIVE;
	status_shard_put(s, 0, &restoring);
	assert_true(judge(status_is_ready, s, ""));
	status_worker_put(s, 1, "attribution", "x", STATUS_JOINING);
	assert_false(judge(status_is_ready, s, "worker 1 (attribution) is joining\n"));
}

static void test_live_while_every_loop_turns(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(40);
	OWN(buf_clear) struct buf why = {0};

	assert_true(judge(status_is_live, s, "")); // has not begun
	status_turned(s, 0);
	status_turned(s, 1);
	assert_true(judge(status_is_live, s, ""));
	usleep(60 * 1000);
	status_turned(s, 1);
	assert_false(status_is_live(s, &why));
	buf_add_byte(&why, 0);
	assert_non_null(strstr(why.p, "worker 0 (attribution) has not turned for "));
	assert_null(strstr(why.p, "worker 1"));
}

static void test_failed_worker_is_not_live(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(0);
	struct err err = {0};

	(void)err_set(&err, ERR_FATAL, "fenced", "another member has our id");
	status_problem(s, 0, &err);
	status_worker_put(s, 0, "attribution", "x", STATUS_FAILED);
	assert_false(judge(status_is_live, s, "worker 0 (attribution) has failed: fenced: another member has our id\n"));
}

static void test_shards_come_and_go_in_order(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(0);
	OWN(status_view_clear) struct status_view view = {0};
	struct status_shard shards[] = {shard(5, STATUS_LIVE), shard(2, STATUS_LIVE), shard(9, STATUS_LIVE), shard(2, STATUS_CLOSED)};

	for (size_t i = 0; i < 4; i++)
		status_shard_put(s, 1, &shards[i]);
	status_shard_gone(s, 1, 5);
	status_shard_gone(s, 1, 77);
	status_committed(s, 1);
	status_read(s, &view);
	assert_int_equal(view.workers[0].shard_count, 0);
	assert_int_equal(view.workers[1].shard_count, 2);
	assert_int_equal(view.workers[1].shards[0].partition, 2);
	assert_int_equal(view.workers[1].shards[0].state, STATUS_CLOSED);
	assert_int_equal(view.workers[1].shards[1].partition, 9);
	assert_int_equal(view.workers[1].commits, 1);
	assert_true(view.workers[1].last_commit_ms > 1600000000000);
}

static void test_page_is_json(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(0);
	OWN(buf_clear) struct buf text = {0};
	struct status_shard one = shard(3, STATUS_LIVE);
	struct err err = {0};

	(void)err_set(&err, ERR_RETRY, "odd", "a \"quote\", a \n line and a broken \xff byte");
	status_problem(s, 0, &err);
	status_shard_put(s, 0, &one);
	status_print(s, &text);
	json_t *page = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(page);
	json_t *worker = json_array_get(json_object_get(page, "workers"), 0);
	json_t *clicks, *orders, *store;

	assert_string_equal(json_string_value(json_object_get(page, "run")), "live");
	assert_string_equal(json_string_value(json_object_get(worker, "problem")),
		"odd: a \"quote\", a \n line and a broken \xef\xbf\xbd byte");
	json_t *first = json_array_get(json_object_get(worker, "shards"), 0);
	clicks = json_object_get(json_object_get(first, "inputs"), "clicks");
	orders = json_object_get(json_object_get(first, "inputs"), "orders");
	store = json_object_get(first, "store");
	assert_int_equal(json_integer_value(json_object_get(clicks, "lag")), 15);
	assert_int_equal(json_integer_value(json_object_get(clicks, "stream_time")), 1000);
	assert_true(json_is_null(json_object_get(orders, "lag")));
	assert_true(json_is_null(json_object_get(orders, "stream_time")));
	assert_int_equal(json_integer_value(json_object_get(store, "table_bytes")), 7);
	json_decref(page);
}

static void describe(void *state, struct buf *json)
{
	buf_addf(json, "{\"answer\":%d}", *(const int *)state);
}

static void test_roles_say_their_own(void **state)
{
	(void)state;
	OWN(status_free) struct status *s = two_workers(0);
	OWN(buf_clear) struct buf text = {0};
	int answers[] = {42, 7};

	status_describe(s, "events-sink", describe, &answers[0]);
	status_describe(s, "attribution", describe, &answers[1]);
	status_print(s, &text);
	json_t *page = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(page);
	json_t *roles = json_object_get(page, "roles");

	assert_int_equal(json_object_size(roles), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(roles, "events-sink"), "answer")), 42);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(roles, "attribution"), "answer")), 7);
	json_decref(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready_when_all_shards_live),
		cmocka_unit_test(test_live_while_every_loop_turns),
		cmocka_unit_test(test_failed_worker_is_not_live),
		cmocka_unit_test(test_shards_come_and_go_in_order),
		cmocka_unit_test(test_page_is_json),
		cmocka_unit_test(test_roles_say_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
