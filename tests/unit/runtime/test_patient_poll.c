// SPDX-License-Identifier: Apache-2.0
// A broker thread of a producer that asks again and again is made to wait; nobody else is, and nothing that has come is waited for.
#include "runtime/patient_poll.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"

enum { WHILE_MS = 20, MANY = 10 * WHILE_MS };

struct pipe_ends {
	int read, write;
};

static struct pipe_ends pipe_new(void)
{
	int ends[2];

	assert_int_equal(0, pipe(ends));
	return (struct pipe_ends){ends[0], ends[1]};
}

static void pipe_end(struct pipe_ends p)
{
	close(p.read);
	close(p.write);
}

// How often a thread asks in a while, if it never wants to wait.
static int questions(struct pipe_ends p)
{
	struct pollfd fd = {p.read, POLLIN, 0};
	int64_t end = now_steady_ms() + WHILE_MS;
	int n = 0;

	while (now_steady_ms() < end) {
		assert_int_equal(0, poll(&fd, 1, 0));
		n++;
	}
	return n;
}

static void a_patient_thread_does_not_spin(void **state)
{
	struct pipe_ends p = pipe_new();

	(void)state;
	patient_poll_thread(true);
	assert_in_range(questions(p), 1, WHILE_MS + 2);
	patient_poll_thread(false);
	assert_true(questions(p) > MANY);
	pipe_end(p);
}

static void what_has_come_is_told_at_once(void **state)
{
	struct pipe_ends p = pipe_new();
	struct pollfd fd = {p.read, POLLIN, 0};

	(void)state;
	patient_poll_thread(true);
	assert_int_equal(0, poll(&fd, 1, 0));
	assert_int_equal(1, write(p.write, "x", 1));
	assert_int_equal(1, poll(&fd, 1, 0));
	assert_int_equal(POLLIN, fd.revents);
	assert_int_equal(1, poll(&fd, 1, -1));
	patient_poll_thread(false);
	pipe_end(p);
}

static void *asks_once(void *p)
{
	return (void *)(intptr_t)(questions(*(struct pipe_ends *)p) > MANY);
}

static void only_the_thread_that_was_named_is_patient(void **state)
{
	struct pipe_ends p = pipe_new();
	pthread_t other;
	void *spun;

	(void)state;
	patient_poll_thread(true);
	assert_int_equal(0, pthread_create(&other, NULL, asks_once, &p));
	assert_int_equal(0, pthread_join(other, &spun));
	assert_non_null(spun);
	patient_poll_thread(false);
	pipe_end(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_patient_thread_does_not_spin),
		cmocka_unit_test(what_has_come_is_told_at_once),
		cmocka_unit_test(only_the_thread_that_was_named_is_patient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
