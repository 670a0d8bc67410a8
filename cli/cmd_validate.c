// SPDX-License-Identifier: Apache-2.0
#include "base/own.h"
#include "cli/options.h"

#include <stdio.h>

static size_t goals_of(const struct config *config)
{
	size_t goals = 0;

	for (size_t i = 0; i < config->tenant_count; i++)
		goals += config->tenants[i].goal_count;
	return goals;
}

static void say_good(const struct config *config, bool json, struct buf *out)
{
	size_t goals = goals_of(config);

	if (json)
		buf_addf(out, "{\"valid\": true, \"tenants\": %zu, \"goals\": %zu}\n", config->tenant_count, goals);
	else
		buf_addf(out, "The configuration is good: %zu tenant%s, %zu goal%s.\n", config->tenant_count, config->tenant_count == 1 ? "" : "s",
			goals, goals == 1 ? "" : "s");
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	OWN(buf_clear) struct buf text = {0};

	if (options_config_with_tenants(options, &config) != 0)
		return COMMAND_DIFFERENCES;
	say_good(config, options->json, &text);
	return command_print(&text);
}

const struct command cmd_validate = {
	.name = "validate",
	.about = "checks the configuration",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback validate --config shop.yaml",
	.run = run,
};
