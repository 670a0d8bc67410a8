// SPDX-License-Identifier: Apache-2.0
// Every answer is judged in one transaction that commits: an abort begins with the first that is not committed again, and what is too much waits in the box.
#include "processors/events-sink/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

// The sender, as far as it is asked here: `in_box` answers whose tickets count on.
static size_t in_box;
static uint64_t next_ticket;

size_t send_take(struct send_box *box, struct send_answer *out, size_t room)
{
	size_t n = in_box < room ? in_box : room;

	assert_null(box);
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct send_answer){.ticket = next_ticket, .verdict = SEND_REFUSED, .code = 7, .attempts = 2, .token_version = 9};
		snprintf(out[i].message, sizeof out[i].message, "message %d", (int)(next_ticket / 10));
		snprintf(out[i].request_id, sizeof out[i].request_id, "request %d", (int)(next_ticket / 10));
		next_ticket++;
	}
	in_box -= n;
	return n;
}

static int begin(void **state)
{
	(void)state;
	in_box = 0;
	next_ticket = 0;
	return 0;
}

// Judges `n`, the first of which is `first`.
static void judge(struct answers *a, uint64_t first, size_t n)
{
	char request[32];

	for (size_t i = 0; i < n; i++) {
		const struct answer_kept *answer = answers_next(a);

		assert_non_null(answer);
		assert_int_equal(answer->ticket, first + i);
		assert_true(answer->verdict == SEND_REFUSED && answer->code == 7 && answer->attempts == 2 && answer->token_version == 9);
		snprintf(request, sizeof request, "request %d", (int)((first + i) / 10));
		assert_string_equal(answer->request_id, request);
		assert_memory_equal(answer->message, "message", 7);
	}
}

static void test_each_is_judged_once(void **state)
{
	struct answers a = {0};

	(void)state;
	assert_false(answers_any(&a, NULL));
	in_box = 1000;
	assert_true(answers_any(&a, NULL));
	judge(&a, 0, 1000);
	assert_null(answers_next(&a));
	in_box = 5; // more, before the commit
	assert_true(answers_any(&a, NULL));
	judge(&a, 1000, 5);
	answers_committed(&a);
	assert_false(answers_any(&a, NULL));
	assert_int_equal(a.count, 0);
	answers_clear(&a);
}

static void test_an_abort_begins_after_the_last_commit(void **state)
{
	struct answers a = {0};

	(void)state;
	in_box = 30;
	assert_true(answers_any(&a, NULL));
	judge(&a, 0, 12);
	answers_committed(&a);
	judge(&a, 12, 18);
	in_box = 30;
	assert_true(answers_any(&a, NULL));
	judge(&a, 30, 1);
	answers_aborted(&a);
	assert_true(answers_any(&a, NULL));
	judge(&a, 12, 48);
	assert_null(answers_next(&a));
	answers_clear(&a);
}

static void test_too_many_wait_in_the_box(void **state)
{
	struct answers a = {0};

	(void)state;
	in_box = ANSWERS_MOST + 10;
	assert_true(answers_any(&a, NULL));
	judge(&a, 0, ANSWERS_MOST);
	assert_false(answers_any(&a, NULL));
	assert_int_equal(in_box, 10);
	answers_committed(&a);
	assert_true(answers_any(&a, NULL));
	judge(&a, ANSWERS_MOST, 10);
	answers_clear(&a);
}

static void test_answers_of_a_request_share_their_texts(void **state)
{
	struct answers a = {0};

	(void)state;
	in_box = 20;
	assert_true(answers_any(&a, NULL));
	const char *first = answers_next(&a)->message;
	for (int i = 1; i < 10; i++)
		assert_ptr_equal(answers_next(&a)->message, first);
	assert_ptr_not_equal(answers_next(&a)->message, first);
	answers_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_is_judged_once, begin),
		cmocka_unit_test_setup(test_an_abort_begins_after_the_last_commit, begin),
		cmocka_unit_test_setup(test_too_many_wait_in_the_box, begin),
		cmocka_unit_test_setup(test_answers_of_a_request_share_their_texts, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
