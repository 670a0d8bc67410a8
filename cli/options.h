// SPDX-License-Identifier: Apache-2.0
// What stands behind a command's name, parsed by its table of options.
#pragma once
#include "cli/command.h"
#include "config/config.h"

struct options_given {
	const char *name, *value; // value NULL: the option takes none
};

struct options {
	const struct command *command;
	const char *config_file;   // NULL: neither --config nor LOOKBACK_CONFIG
	struct config_flag *flags; // --set in their order, then the options with a key
	size_t flag_count;
	bool json;                   // --output json
	bool help;                   // --help: nothing else was looked at
	struct options_given *given; // the command's own options
	size_t given_count;
	char **operands;
	int operand_count;
};

// argv[0] is the command's last word. 0, or -1 with a line on stderr: wrong usage.
int options_parse(const struct command *command, int argc, char **argv, struct options *out) MUST_USE;
void options_clear(struct options *options);

// Of the command's own options: the last value given, NULL if none; whether it is there; the i-th value of a repeated one, NULL after the last.
const char *options_value(const struct options *options, const char *name);
bool options_has(const struct options *options, const char *name);
const char *options_nth(const struct options *options, const char *name, size_t i);

// An option's value as an integer: `fallback` if it is not there. -1 with a line on stderr: COMMAND_USAGE.
int options_integer(const struct options *options, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *out) MUST_USE;

// The configuration, with the log set up by it; no file is fine if none was named and ./lookback.yaml is not there. -1 with the problems
// on stderr: COMMAND_FAILED.
int options_config(const struct options *options, struct config **out) MUST_USE;
// The same for commands that make no sense without a tenant.
int options_config_with_tenants(const struct options *options, struct config **out) MUST_USE;
// The file that options_config reads, NULL if there is none.
const char *options_file(const struct options *options);

struct registry; // schemas/registry.h
// The config's schema registry, NULL if it names none. `registers`: schemas that are missing may be added.
int options_registry(const struct config *config, bool registers, struct registry **out, struct err *err) MUST_USE;

// "lookback: words" on stderr; returns COMMAND_FAILED.
int options_fail(const struct err *err);
