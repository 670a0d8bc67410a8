// SPDX-License-Identifier: Apache-2.0
// Options mean what the command's table says, wherever they stand; what is not understood is refused.
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static const struct command_option own_options[] = {
	{"file", "FILE", "a file", NULL},
	{"fast", NULL, "a switch", NULL},
	{"brokers", "LIST", "the brokers", "kafka.bootstrap_servers"},
	{NULL, NULL, NULL, NULL},
};
static const struct command all =
	{.name = "all", .operands_max = 2, .traits = COMMAND_CONFIG | COMMAND_OUTPUT, .options = own_options, .example = "", .about = ""};
static const struct command bare = {.name = "bare", .operands_min = 1, .operands_max = 1, .usage = "NAME", .example = "", .about = ""};

// --set is cut in place, so arguments are copies.
static int parse(const struct command *command, struct options *out, const char *const *words)
{
	static char copies[16][64];
	static char name[] = "all";
	char *argv[17] = {name};
	int argc = 1;

	for (; words[argc - 1]; argc++) {
		snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
		argv[argc] = copies[argc];
	}
	static char *kept[17];
	memcpy(kept, argv, sizeof argv);
	return options_parse(command, argc, kept, out);
}

#define PARSE(command, out, ...) parse((command), (out), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void test_options_and_operands_mix(void **state)
{
	(void)state;
	OWN(options_clear) struct options o = {0};

	assert_int_equal(PARSE(&all, &o, "one", "--config", "c.yaml", "--fast", "two", "--output=json", "--file=a", "--file", "b"), 0);
	assert_string_equal(o.config_file, "c.yaml");
	assert_true(o.json);
	assert_true(options_has(&o, "fast"));
	assert_string_equal(options_value(&o, "file"), "b");
	assert_string_equal(options_nth(&o, "file", 0), "a");
	assert_string_equal(options_nth(&o, "file", 1), "b");
	assert_null(options_nth(&o, "file", 2));
	assert_int_equal(o.operand_count, 2);
	assert_string_equal(o.operands[0], "one");
	assert_string_equal(o.operands[1], "two");
}

static void test_keyed_options_are_stronger_than_set(void **state)
{
	(void)state;
	OWN(options_clear) struct options o = {0};

	assert_int_equal(PARSE(&all, &o, "--brokers", "b:1", "--set", "kafka.bootstrap_servers=a:1", "--set", "kafka.properties.a=b=c"), 0);
	assert_int_equal(o.flag_count, 3);
	assert_string_equal(o.flags[1].key, "kafka.properties.a");
	assert_string_equal(o.flags[1].value, "b=c");
	assert_string_equal(o.flags[2].key, "kafka.bootstrap_servers");
	assert_string_equal(o.flags[2].value, "b:1");
	OWN(config_free) struct config *config = NULL;
	struct err err;
	assert_int_equal(config_load(NULL, o.flags, o.flag_count, &config, &err), 0);
	assert_string_equal(config->kafka.bootstrap_servers, "b:1");
}

static void is_refused(const struct command *command, const char *const *words)
{
	OWN(options_clear) struct options o = {0};

	if (parse(command, &o, words) == 0)
		fail_msg("%s was taken", words[0] ? words[0] : "nothing");
}

#define REFUSED(command, ...) is_refused((command), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void test_what_is_not_understood_is_refused(void **state)
{
	(void)state;
	REFUSED(&all, "--fils", "a");
	REFUSED(&all, "--file");
	REFUSED(&all, "--fast=yes");
	REFUSED(&all, "--output", "xml");
	REFUSED(&all, "--set", "novalue");
	REFUSED(&all, "--set", "=x");
	REFUSED(&all, "-x");
	REFUSED(&all, "a", "b", "c");
	REFUSED(&bare);
	REFUSED(&bare, "a", "--config", "x");
	REFUSED(&bare, "a", "--output", "json");
	OWN(options_clear) struct options o = {0};
	assert_int_equal(PARSE(&bare, &o, "a"), 0);
}

static void test_help_needs_nothing_else(void **state)
{
	(void)state;
	OWN(options_clear) struct options o = {0};

	assert_int_equal(PARSE(&bare, &o, "--help"), 0);
	assert_true(o.help);
}

static void test_integers_have_bounds(void **state)
{
	(void)state;
	OWN(options_clear) struct options o = {0};
	int64_t value = 0;

	assert_int_equal(PARSE(&all, &o, "--file", "12"), 0);
	assert_int_equal(options_integer(&o, "file", 1, 12, 5, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(options_integer(&o, "file", 1, 11, 5, &value), -1);
	assert_int_equal(options_integer(&o, "fast", 1, 11, 5, &value), 0);
	assert_int_equal(value, 5);
	options_clear(&o);
	assert_int_equal(PARSE(&all, &o, "--file", "12x"), 0);
	assert_int_equal(options_integer(&o, "file", 1, 12, 5, &value), -1);
}

static void test_the_config_is_named_by_flag_then_variable(void **state)
{
	(void)state;
	OWN(options_clear) struct options by_variable = {0}, by_flag = {0};

	setenv("LOOKBACK_CONFIG", "variable.yaml", 1);
	assert_int_equal(PARSE(&all, &by_variable, "a"), 0);
	assert_string_equal(options_file(&by_variable), "variable.yaml");
	assert_int_equal(PARSE(&all, &by_flag, "--config", "flag.yaml"), 0);
	assert_string_equal(options_file(&by_flag), "flag.yaml");
	unsetenv("LOOKBACK_CONFIG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_and_operands_mix),
		cmocka_unit_test(test_keyed_options_are_stronger_than_set),
		cmocka_unit_test(test_what_is_not_understood_is_refused),
		cmocka_unit_test(test_help_needs_nothing_else),
		cmocka_unit_test(test_integers_have_bounds),
		cmocka_unit_test(test_the_config_is_named_by_flag_then_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
