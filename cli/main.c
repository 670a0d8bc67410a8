// SPDX-License-Identifier: Apache-2.0
// Finds the command and runs it.
#include "base/own.h"
#include "base/version.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

// jemalloc's, read when the program starts. What a commit frees, the next ones take; given back to the kernel after 10 s (the default) it would come back as pages
// to be cleared. Blocks of up to 128 KiB stay with their thread: of a block that has left it a calloc (lz4's, for each batch that is sent) is cleared by asking the
// kernel for new pages.
extern __attribute__((visibility("default"))) const char *malloc_conf;
__attribute__((used, visibility("default"))) const char *malloc_conf = "dirty_decay_ms:30000,lg_tcache_max:17";

static int print_list(void)
{
	OWN(buf_clear) struct buf text = {0};

	command_list(&text);
	return command_print(&text);
}

static int print_version(void)
{
	OWN(buf_clear) struct buf text = {0};

	buf_addf(&text, "lookback %s\n", version_text());
	return command_print(&text);
}

static int print_help(const struct command *command)
{
	OWN(buf_clear) struct buf text = {0};

	command_help(command, &text);
	return command_print(&text);
}

static int not_found(int argc, const char *const *argv)
{
	OWN(buf_clear) struct buf group = {0};
	const char *nearest = command_nearest(argc, argv);

	if (command_list_group(argv[0], &group))
		fprintf(stderr, "lookback %s: which one?\n%.*s", argv[0], VIEW_ARG(buf_view(&group)));
	else if (nearest)
		fprintf(stderr, "lookback: '%s' is no command; nearest: %s\n", argv[0], nearest);
	else
		fprintf(stderr, "lookback: '%s' is no command; see `lookback --help`\n", argv[0]);
	return COMMAND_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
	OWN(options_clear) struct options options = {0};

	if (options_parse(command, argc, argv, &options) != 0)
		return COMMAND_USAGE;
	return options.help ? print_help(command) : command->run(&options);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
	int words;

	if (argc < 2) {
		print_list();
		return COMMAND_USAGE;
	}
	if (is_one_of(argv[1], "--version", "-V"))
		return print_version();
	if (is_one_of(argv[1], "--help", "-h") || (argc == 2 && strcmp(argv[1], "help") == 0))
		return print_list();
	bool help = strcmp(argv[1], "help") == 0;
	const char *const *typed = (const char *const *)argv + 1 + help;
	const struct command *command = command_find(argc - 1 - help, typed, &words);
	if (!command)
		return not_found(argc - 1 - help, typed);
	return help ? print_help(command) : run(command, argc - words, argv + words);
}
