// SPDX-License-Identifier: Apache-2.0
// Promise: a directory has one holder in the process; the next one waits, and can be called off.
#include "runtime/holders.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

struct waiter {
	const char *directory;
	_Atomic bool cancel, ended, got;
	pthread_t thread;
};

static void *wait_for_it(void *context)
{
	struct waiter *w = context;

	atomic_store(&w->got, holders_take(w->directory, &w->cancel));
	atomic_store(&w->ended, true);
	return NULL;
}

static void start(struct waiter *w, const char *directory)
{
	w->directory = directory;
	assert_int_equal(pthread_create(&w->thread, NULL, wait_for_it, w), 0);
}

// One directory has one holder; the next one gets it when it is let go.
static void test_the_second_waits_for_the_first(void **state)
{
	struct waiter second = {0};
	_Atomic bool never = false;

	(void)state;
	assert_true(holders_take("/state/1", &never));
	assert_true(holders_take("/state/2", &never));
	start(&second, "/state/1");
	usleep(150000);
	assert_false(atomic_load(&second.ended));
	holders_release("/state/2");
	usleep(150000);
	assert_false(atomic_load(&second.ended));
	holders_release("/state/1");
	pthread_join(second.thread, NULL);
	assert_true(atomic_load(&second.got));
	holders_release("/state/1");
}

// Who is cancelled while waiting goes away empty-handed, and the holder keeps what it has.
static void test_waiting_can_be_cancelled(void **state)
{
	struct waiter second = {0}, third = {0};
	_Atomic bool never = false;

	(void)state;
	assert_true(holders_take("/state/1", &never));
	start(&second, "/state/1");
	atomic_store(&second.cancel, true);
	pthread_join(second.thread, NULL);
	assert_false(atomic_load(&second.got));
	start(&third, "/state/1");
	usleep(50000);
	assert_false(atomic_load(&third.ended));
	holders_release("/state/1");
	pthread_join(third.thread, NULL);
	assert_true(atomic_load(&third.got));
	holders_release("/state/1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_second_waits_for_the_first),
		cmocka_unit_test(test_waiting_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
