// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"
#include "base/own.h"
#include "cli/options.h"

static int run_print(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	OWN(buf_clear) struct buf text = {0};

	if (options_config(options, &config) != 0)
		return COMMAND_FAILED;
	config_print(config, options->json, &text);
	return command_print(&text);
}

const struct command cmd_config_print = {
	.name = "config print",
	.about = "the effective settings, each with its origin; secrets as ***",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback config print --set log.level=debug",
	.run = run_print,
};

static int run_reference(const struct options *options)
{
	OWN(buf_clear) struct buf text = {0};

	if (options_has(options, "metrics"))
		metrics_describe(&text);
	else
		config_reference(&text);
	return command_print(&text);
}

static const struct command_option options_of_reference[] = {
	{"metrics", NULL, "every metric in place of the settings", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_config_reference = {
	.name = "config reference",
	.about = "every setting with type, default and meaning, as Markdown",
	.options = options_of_reference,
	.example = "lookback config reference > docs/configuration.md",
	.run = run_reference,
};

static int run_schema(const struct options *options)
{
	OWN(buf_clear) struct buf text = {0};

	(void)options;
	config_schema(&text);
	return command_print(&text);
}

const struct command cmd_config_schema = {
	.name = "config schema",
	.about = "JSON Schema of the config file, for editors",
	.example = "lookback config schema > lookback.schema.json",
	.run = run_schema,
};
