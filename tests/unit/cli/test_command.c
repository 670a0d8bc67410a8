// SPDX-License-Identifier: Apache-2.0
// Every command is found under its name, explains itself with an example, and a typo leads to it.
#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct command *find(const char *const *words, int expected_words)
{
	int argc = 0, taken = 0;

	while (words[argc])
		argc++;
	const struct command *command = command_find(argc, words, &taken);
	if (command)
		assert_int_equal(taken, expected_words);
	return command;
}

static const char *nearest(const char *const *words)
{
	int argc = 0;

	while (words[argc])
		argc++;
	return command_nearest(argc, words);
}

static void test_names_of_one_and_of_two_words_are_found(void **state)
{
	(void)state;
	assert_ptr_equal(find(WORDS("version", "--output", "json"), 1), &cmd_version);
	assert_ptr_equal(find(WORDS("config", "print", "--config", "x"), 2), &cmd_config_print);
	assert_null(find(WORDS("config"), 0));
	assert_null(find(WORDS("config", "--help"), 0));
	assert_null(find(WORDS("versio"), 0));
	assert_null(find(WORDS("--version"), 0));
}

static void test_a_typo_leads_to_the_nearest(void **state)
{
	(void)state;
	assert_string_equal(nearest(WORDS("vesrion")), "version");
	assert_string_equal(nearest(WORDS("config", "pint")), "config print");
	assert_string_equal(nearest(WORDS("confg", "schema")), "config schema");
	assert_string_equal(nearest(WORDS("valdate", "--live")), "validate");
	assert_null(nearest(WORDS("launch")));
}

static void test_every_command_explains_itself(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf list = {0};

	command_list(&list);
	buf_add_byte(&list, '\0');
	for (int i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i];
		OWN(buf_clear) struct buf help = {0}, name = {0}, example = {0};

		command_help(c, &help);
		buf_add_byte(&help, '\0');
		buf_addf(&name, "\n  %s %c", c->name, '\0');
		assert_non_null(strstr(list.p, name.p));
		buf_addf(&example, "lookback %s%c", c->name, '\0');
		assert_non_null(strstr(c->example, example.p));
		assert_non_null(strstr(help.p, c->example));
		assert_non_null(strstr(help.p, "--help"));
		assert_non_null(c->run);
		assert_true(c->operands_min <= c->operands_max);
		for (const struct command_option *o = c->options; o && o->name; o++) {
			assert_non_null(strstr(help.p, o->name));
			assert_true(strlen(o->about) > 0);
		}
	}
}

static void test_names_differ(void **state)
{
	(void)state;
	for (int i = 0; command_table[i]; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(command_table[i]->name, command_table[j]->name);
	}
}

static void test_a_group_lists_its_commands(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf text = {0};

	assert_true(command_list_group("config", &text));
	buf_add_byte(&text, '\0');
	assert_non_null(strstr(text.p, "config reference"));
	assert_null(strstr(text.p, "validate"));
	assert_false(command_list_group("conf", &text));
	assert_false(command_list_group("version", &text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_one_and_of_two_words_are_found),
		cmocka_unit_test(test_a_typo_leads_to_the_nearest),
		cmocka_unit_test(test_every_command_explains_itself),
		cmocka_unit_test(test_names_differ),
		cmocka_unit_test(test_a_group_lists_its_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
