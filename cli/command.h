// SPDX-License-Identifier: Apache-2.0
// A command is a file cli/cmd_NAME.c with a `const struct command`, and its line in commands.def. Help, parsing and "did you mean" derive
// from it. Data goes to stdout, everything else to stderr. Only cli/ prints usage.
#pragma once
#include <stdbool.h>

#include "base/bytes.h"

struct options;

enum command_exit { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2, COMMAND_DIFFERENCES = 3 };

enum command_traits {
	COMMAND_CONFIG = 1, // takes --config and --set
	COMMAND_OUTPUT = 2, // takes --output table|json
};

struct command_option {
	const char *name;  // "clicks" for --clicks
	const char *value; // what to call its value in the help: "FILE"; NULL: takes none
	const char *about;
	const char *key; // config key that it sets, stronger than --set; NULL: none
};

struct command {
	const char *name;  // as typed: "config print"
	const char *about; // one line
	const char *usage; // what stands behind the name and before the options: "ROLE..."; NULL: nothing
	int operands_min, operands_max;
	int traits;
	const struct command_option *options;      // ends with a NULL name; NULL: none
	const char *example;                       // a whole line, or some
	int (*run)(const struct options *options); // an enum command_exit
};

#define COMMAND(name) extern const struct command name;
#include "cli/commands.def"
#undef COMMAND

// Every command, in the order of the help; NULL after the last.
extern const struct command *const command_table[];

// The command that argv begins with, NULL if none; how many words its name has.
const struct command *command_find(int argc, const char *const *argv, int *words);

// The name of the command that is nearest to what was typed, NULL if none is near.
const char *command_nearest(int argc, const char *const *argv);

void command_help(const struct command *command, struct buf *out);
void command_list(struct buf *out); // `lookback --help`
// The commands that begin with this word ("config"); false if there are none.
bool command_list_group(const char *word, struct buf *out);

// To stdout. COMMAND_DONE, or COMMAND_FAILED with a line on stderr: a full disk, a closed pipe.
int command_print(const struct buf *data);
