// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include "base/own.h"
#include "base/when.h"
#include "config/nearest.h"
#include "schemas/registry.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char default_file[] = "./lookback.yaml";

// getopt's table has the shared options first, then the command's own; `val` tells which.
enum { OPTION_HELP, OPTION_CONFIG, OPTION_SET, OPTION_OUTPUT, OPTION_OWN };
enum { OPTIONS_MAX = 32 };

struct table {
	struct option rows[OPTIONS_MAX + OPTION_OWN + 1];
	int n;
};

static void table_add(struct table *table, const char *name, bool has_value, int val)
{
	CHECK(table->n < OPTIONS_MAX + OPTION_OWN);
	table->rows[table->n++] = (struct option){name, has_value ? required_argument : no_argument, NULL, val};
}

static void table_of(const struct command *command, struct table *table)
{
	table_add(table, "help", false, OPTION_HELP);
	if (command->traits & COMMAND_CONFIG) {
		table_add(table, "config", true, OPTION_CONFIG);
		table_add(table, "set", true, OPTION_SET);
	}
	if (command->traits & COMMAND_OUTPUT)
		table_add(table, "output", true, OPTION_OUTPUT);
	for (int i = 0; command->options && command->options[i].name; i++)
		table_add(table, command->options[i].name, command->options[i].value, OPTION_OWN + i);
}

static int wrong(const struct command *command, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int wrong(const struct command *command, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "lookback %s: ", command->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "; see `lookback %s --help`\n", command->name);
	return -1;
}

static void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, (n + 1) * size);
	if (!p)
		err_out_of_memory();
	return p;
}

static void add_flag(struct options *o, const char *key, const char *value)
{
	o->flags = grown(o->flags, o->flag_count, sizeof *o->flags);
	o->flags[o->flag_count++] = (struct config_flag){key, value};
}

// Cuts the argument in place: argv is ours.
static int add_set(struct options *o, char *text)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return wrong(o->command, "--set takes KEY=VALUE, not '%s'", text);
	*equals = '\0';
	add_flag(o, text, equals + 1);
	return 0;
}

static int set_output(struct options *o, const char *text)
{
	o->json = strcmp(text, "json") == 0;
	if (!o->json && strcmp(text, "table") != 0)
		return wrong(o->command, "--output takes table or json, not '%s'", text);
	return 0;
}

static int take(struct options *o, int val, char *value)
{
	switch (val) {
	case OPTION_HELP:
		o->help = true;
		return 0;
	case OPTION_CONFIG:
		o->config_file = value;
		return 0;
	case OPTION_SET:
		return add_set(o, value);
	case OPTION_OUTPUT:
		return set_output(o, value);
	default:
		o->given = grown(o->given, o->given_count, sizeof *o->given);
		o->given[o->given_count++] = (struct options_given){o->command->options[val - OPTION_OWN].name, value};
		return 0;
	}
}

// What getopt did not take: an unknown or ambiguous option, or one whose value is missing.
static int misunderstood(const struct options *o, const struct table *table, const char *typed, bool value_missing)
{
	size_t dashes = strspn(typed, "-");
	struct nearest nearest = {.word = view_of(typed + dashes, strcspn(typed + dashes, "="))};

	if (value_missing)
		return wrong(o->command, "%s needs a value", typed);
	for (int i = 0; i < table->n; i++)
		nearest_offer(&nearest, table->rows[i].name);
	const char *best = nearest_best(&nearest);
	if (best && nearest.distance == 0)
		return wrong(o->command, "--%s takes no value", best);
	return wrong(o->command, "%.*s is no option%s%s", (int)(dashes + nearest.word.n), typed, best ? "; nearest: --" : "", best ? best : "");
}

static int check_operands(const struct options *o)
{
	const struct command *c = o->command;

	if (o->operand_count < c->operands_min)
		return wrong(c, "%s is missing", c->usage ? c->usage : "an argument");
	if (o->operand_count > c->operands_max)
		return wrong(c, "'%s' is too much", o->operands[c->operands_max]);
	return 0;
}

static void add_keys(struct options *o)
{
	for (size_t i = 0; i < o->given_count; i++) {
		for (const struct command_option *own = o->command->options; own->name; own++) {
			if (own->key && strcmp(own->name, o->given[i].name) == 0)
				add_flag(o, own->key, o->given[i].value ? o->given[i].value : "true");
		}
	}
}

int options_parse(const struct command *command, int argc, char **argv, struct options *out)
{
	struct table table = {0};
	int val;

	*out = (struct options){.command = command, .config_file = getenv("LOOKBACK_CONFIG")};
	table_of(command, &table);
	optind = 0; // glibc: start over
	opterr = 0;
	while ((val = getopt_long(argc, argv, ":", table.rows, NULL)) != -1) {
		if (val == '?' || val == ':')
			return misunderstood(out, &table, argv[optind - 1], val == ':');
		if (take(out, val, optarg) != 0)
			return -1;
		if (out->help)
			return 0;
	}
	out->operands = argv + optind;
	out->operand_count = argc - optind;
	add_keys(out);
	return check_operands(out);
}

void options_clear(struct options *options)
{
	free(options->flags);
	free(options->given);
	*options = (struct options){0};
}

const char *options_nth(const struct options *options, const char *name, size_t i)
{
	for (size_t at = 0; at < options->given_count; at++) {
		if (strcmp(options->given[at].name, name) == 0 && i-- == 0)
			return options->given[at].value;
	}
	return NULL;
}

const char *options_value(const struct options *options, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < options->given_count; i++) {
		if (strcmp(options->given[i].name, name) == 0)
			value = options->given[i].value;
	}
	return value;
}

bool options_has(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->given_count; i++) {
		if (strcmp(options->given[i].name, name) == 0)
			return true;
	}
	return false;
}

int options_integer(const struct options *options, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *out)
{
	const char *text = options_value(options, name);

	*out = fallback;
	if (!text)
		return 0;
	if (when_parse_integer(view_text(text), out) == 0 && *out >= min && *out <= max)
		return 0;
	return wrong(options->command, "--%s takes an integer from %lld to %lld, not '%s'", name, (long long)min, (long long)max, text);
}

const char *options_file(const struct options *options)
{
	if (options->config_file)
		return options->config_file;
	return access(default_file, F_OK) == 0 ? default_file : NULL;
}

int options_registry(const struct config *config, bool registers, struct registry **out, struct err *err)
{
	const struct registry_options options = {.url = config->schema_registry.url,
		.user = config->schema_registry.user,
		.password = config->schema_registry.password,
		.ca_file = config->schema_registry.ca_file,
		.register_schemas = registers};

	*out = NULL;
	return options.url ? registry_new(&options, out, err) : 0;
}

int options_fail(const struct err *err)
{
	fprintf(stderr, "lookback: %s\n", err->words);
	return COMMAND_FAILED;
}

int options_config(const struct options *options, struct config **out)
{
	OWN(buf_clear) struct buf problems = {0};
	struct err err;

	if (config_load_verbose(options_file(options), options->flags, options->flag_count, out, &problems, &err) != 0) {
		fprintf(stderr, "%.*s", VIEW_ARG(buf_view(&problems)));
		options_fail(&err);
		return -1;
	}
	log_setup((*out)->log.level, (*out)->log.format);
	return 0;
}

int options_config_with_tenants(const struct options *options, struct config **out)
{
	const char *file = options_file(options);

	if (options_config(options, out) != 0)
		return -1;
	if ((*out)->tenant_count > 0)
		return 0;
	config_free(out);
	if (file)
		fprintf(stderr, "lookback: %s names no tenant; docs/example-config.yaml shows one\n", file);
	else
		fprintf(stderr, "lookback: there is no %s; --config FILE or LOOKBACK_CONFIG names another\n", default_file);
	return -1;
}
