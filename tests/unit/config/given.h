// SPDX-License-Identifier: Apache-2.0
// A config file with this text, read; or its problems. Includes what cmocka wants before it.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/own.h"
#include "config/config.h"

static char given_folder[64];

static inline int given_setup(void **state)
{
	(void)state;
	snprintf(given_folder, sizeof given_folder, "/tmp/lookback-test-XXXXXX");
	return mkdtemp(given_folder) && chdir(given_folder) == 0 ? 0 : -1;
}

static inline int given_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", given_folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static inline void given_file(const char *path, const char *text)
{
	OWN(own_file) FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
}

static inline struct config *given_config_and_flags(const char *text, const struct config_flag *flags, size_t count)
{
	OWN(buf_clear) struct buf problems = {0};
	struct config *config = NULL;
	struct err err;

	given_file("lookback.yaml", text);
	if (config_load_verbose("lookback.yaml", flags, count, &config, &problems, &err) != 0)
		fail_msg("%.*s%s", VIEW_ARG(buf_view(&problems)), err.words);
	return config;
}

static inline struct config *given_config(const char *text)
{
	return given_config_and_flags(text, NULL, 0);
}

// Gives the problems, a line each, to be freed.
static inline char *given_problems_and_flags(const char *text, const struct config_flag *flags, size_t count)
{
	struct buf problems = {0};
	struct config *config = NULL;
	struct err err;

	given_file("lookback.yaml", text);
	assert_int_equal(config_load_verbose("lookback.yaml", flags, count, &config, &problems, &err), -1);
	assert_null(config);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "config_invalid");
	buf_add_byte(&problems, '\0');
	return problems.p;
}

static inline char *given_problems(const char *text)
{
	return given_problems_and_flags(text, NULL, 0);
}

// Exactly these lines.
static inline void given_is_refused(const char *text, const char *expected)
{
	OWN(own_free) char *problems = given_problems(text);

	assert_string_equal(problems, expected);
}

#define GIVEN_TESTS(tests) cmocka_run_group_tests((tests), given_setup, given_teardown)
