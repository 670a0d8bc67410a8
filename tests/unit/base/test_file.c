// SPDX-License-Identifier: Apache-2.0
// A file is read whole or not at all, and nothing can make us wait or fill memory.
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/own.h"

static char path[] = "/tmp/lookback-test-XXXXXX";

static int setup(void **state)
{
	OWN(own_fd) int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void given(const char *bytes, size_t n)
{
	OWN(own_file) FILE *f = fopen(path, "w");

	assert_int_equal(fwrite(bytes, 1, n, f), n);
}

static void test_all_bytes_are_read_behind_what_was_there(void **state)
{
	(void)state;
	static char large[300000];
	OWN(buf_clear) struct buf b = {0};
	struct err err;

	memset(large, 'x', sizeof large);
	given(large, sizeof large);
	buf_add_text(&b, "before");
	assert_int_equal(file_read(path, sizeof large, &b, &err), 0);
	assert_int_equal(b.n, 6 + sizeof large);
	assert_memory_equal(b.p + 6, large, sizeof large);
	given("", 0);
	buf_reset(&b);
	assert_int_equal(file_read(path, 0, &b, &err), 0);
	assert_int_equal(b.n, 0);
}

static void test_more_than_the_limit_is_refused(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf b = {0};
	struct err err;

	given("12345", 5);
	assert_int_equal(file_read(path, 5, &b, &err), 0);
	buf_reset(&b);
	assert_int_equal(file_read(path, 4, &b, &err), -1);
	assert_string_equal(err.code, "file_too_large");
	assert_non_null(strstr(err.words, path));
}

static void test_only_regular_files_are_read(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf b = {0};
	struct err err;

	assert_int_equal(file_read("/tmp", 10, &b, &err), -1);
	assert_string_equal(err.words, "/tmp: is no regular file");
	assert_int_equal(file_read("/dev/zero", 10, &b, &err), -1);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, 10, &b, &err), -1);
	assert_string_equal(err.code, "file_unreadable");
	assert_int_equal(file_read("/nowhere/at/all", 10, &b, &err), -1);
	assert_string_equal(err.words, "/nowhere/at/all: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_bytes_are_read_behind_what_was_there),
		cmocka_unit_test(test_more_than_the_limit_is_refused),
		cmocka_unit_test(test_only_regular_files_are_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
