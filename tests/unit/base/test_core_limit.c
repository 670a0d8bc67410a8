// SPDX-License-Identifier: Apache-2.0
// A process that forbade it leaves no core, whatever it was allowed before.
#include "base/core_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Of a child that is given `limit`, forbids, and aborts: the status that its parent sees.
static int status_of_child(rlim_t limit)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		const struct rlimit given = {.rlim_cur = limit, .rlim_max = limit};

		if (setrlimit(RLIMIT_CORE, &given) != 0)
			_exit(3);
		core_limit_forbid();
		core_limit_forbid();
		abort();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_no_core_is_left(void **state)
{
	static const rlim_t limits[] = {0, 1, 1 << 20};

	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		int status = status_of_child(limits[i]);

		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		assert_false(WCOREDUMP(status));
	}
}

static void test_the_limit_is_hard(void **state)
{
	struct rlimit now;

	(void)state;
	core_limit_forbid();
	assert_int_equal(getrlimit(RLIMIT_CORE, &now), 0);
	assert_true(now.rlim_cur <= 1 && now.rlim_max <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_core_is_left),
		cmocka_unit_test(test_the_limit_is_hard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
