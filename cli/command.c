// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include "base/own.h"
#include "config/nearest.h"

#include <errno.h>
#include <stdio.h>

const struct command *const command_table[] = {
#define COMMAND(name) &name,
#include "cli/commands.def"
#undef COMMAND
	NULL,
};

static int words_of(const char *name)
{
	int words = 1;

	for (; *name; name++)
		words += *name == ' ';
	return words;
}

// The first words typed, with one space between them; options are not words of a name.
static void join(int argc, const char *const *argv, int words, struct buf *out)
{
	for (int i = 0; i < words && i < argc && argv[i][0] != '-'; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "", argv[i]);
	buf_add_byte(out, '\0');
}

const struct command *command_find(int argc, const char *const *argv, int *words)
{
	for (int i = 0; command_table[i]; i++) {
		OWN(buf_clear) struct buf typed = {0};

		*words = words_of(command_table[i]->name);
		join(argc, argv, *words, &typed);
		if (strcmp(typed.p, command_table[i]->name) == 0)
			return command_table[i];
	}
	return NULL;
}

const char *command_nearest(int argc, const char *const *argv)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (int i = 0; command_table[i]; i++) {
		const char *name = command_table[i]->name;
		OWN(buf_clear) struct buf typed = {0};

		join(argc, argv, words_of(name), &typed);
		struct nearest nearest = {.word = view_text(typed.p)};
		nearest_offer(&nearest, name);
		if (!nearest_best(&nearest) || nearest.distance >= least)
			continue;
		best = name;
		least = nearest.distance;
	}
	return best;
}

static const struct command_option of_config[] = {
	{"config", "FILE", "the configuration; default: LOOKBACK_CONFIG, else ./lookback.yaml", NULL},
	{"set", "KEY=VALUE", "one setting, stronger than file and environment; may be repeated", NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct command_option of_output[] = {
	{"output", "table|json", "for people (default) or for programs", NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct command_option of_all[] = {
	{"help", NULL, "this text", NULL},
	{NULL, NULL, NULL, NULL},
};

static void help_options(const struct command_option *options, struct buf *out)
{
	for (; options && options->name; options++) {
		OWN(buf_clear) struct buf left = {0};

		buf_addf(&left, "--%s%s%s", options->name, options->value ? " " : "", options->value ? options->value : "");
		buf_addf(out, "  %-22.*s  %s", VIEW_ARG(buf_view(&left)), options->about);
		if (options->key)
			buf_addf(out, " (sets %s)", options->key);
		buf_add_byte(out, '\n');
	}
}

void command_help(const struct command *command, struct buf *out)
{
	buf_addf(out, "lookback %s: %s\n\nUsage: lookback %s%s%s [OPTION]...\n\nOptions:\n", command->name, command->about, command->name,
		command->usage ? " " : "", command->usage ? command->usage : "");
	help_options(command->options, out);
	if (command->traits & COMMAND_CONFIG)
		help_options(of_config, out);
	if (command->traits & COMMAND_OUTPUT)
		help_options(of_output, out);
	help_options(of_all, out);
	buf_addf(out, "\nExample:\n  %s\n", command->example);
}

static void list_line(const struct command *command, struct buf *out)
{
	buf_addf(out, "  %-20s  %s\n", command->name, command->about);
}

void command_list(struct buf *out)
{
	buf_add_text(out,
		"lookback: attribution of conversions to ad clicks, exactly once\n\nUsage: lookback COMMAND [OPTION]...\n\nCommands:\n");
	for (int i = 0; command_table[i]; i++)
		list_line(command_table[i], out);
	buf_add_text(out,
		"\n`lookback COMMAND --help` tells more, with an example.\n"
		"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 found differences.\n");
}

bool command_list_group(const char *word, struct buf *out)
{
	size_t n = strlen(word);
	bool any = false;

	for (int i = 0; command_table[i]; i++) {
		if (strncmp(command_table[i]->name, word, n) != 0 || command_table[i]->name[n] != ' ')
			continue;
		list_line(command_table[i], out);
		any = true;
	}
	return any;
}

int command_print(const struct buf *data)
{
	if (data->full || fwrite(data->p ? data->p : "", 1, data->n, stdout) != data->n || fflush(stdout) != 0) {
		fprintf(stderr, "lookback: writing the output: %s\n", data->full ? "too large" : strerror(errno));
		return COMMAND_FAILED;
	}
	return COMMAND_DONE;
}
