// SPDX-License-Identifier: Apache-2.0
// We say which version runs, and which libraries are loaded beside it.
#include "base/version.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_our_version_begins_with_a_number(void **state)
{
	(void)state;
	assert_in_range(version_text()[0], '0', '9');
	assert_non_null(strchr(version_text(), '.'));
}

static void test_loaded_libraries_have_a_version(void **state)
{
	(void)state;
	struct version_library libraries[VERSION_LIBRARIES_MAX], jansson;

	if (!dlopen("libjansson.so.4", RTLD_NOW | RTLD_GLOBAL))
		skip();
	size_t count = version_libraries(libraries);
	assert_in_range(count, 1, VERSION_LIBRARIES_MAX);
	for (size_t i = 0; i < count; i++) {
		assert_in_range(libraries[i].version[0], '0', '9');
		assert_null(strpbrk(libraries[i].version, " /"));
	}
	assert_string_not_equal(version_of("jansson", &jansson), "");
}

static void test_a_library_that_is_not_loaded_has_none(void **state)
{
	(void)state;
	struct version_library out;

	assert_string_equal(version_of("librdkafka", &out), "");
	assert_string_equal(version_of("no such library", &out), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_our_version_begins_with_a_number),
		cmocka_unit_test(test_loaded_libraries_have_a_version),
		cmocka_unit_test(test_a_library_that_is_not_loaded_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
