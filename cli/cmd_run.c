// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "cli/options.h"
#include "processors/attribution/attribution.h"
#include "runtime/life.h"
#include "runtime/validate.h"
#include "schemas/contract.h"

// Everything a process needs beside its roles, in the order it is made.
struct process {
	struct config *config;
	struct registry *registry;
	void *attribution;
	struct role *role;
};

static void process_clear(struct process *p)
{
	role_free(&p->role);
	attribution_role_free(&p->attribution);
	registry_free(&p->registry);
	config_free(&p->config);
}

static int open_registry(struct process *p, struct err *err)
{
	const struct config *c = p->config;
	struct registry_options o = {
		.url = c->schema_registry.url,
		.user = c->schema_registry.user,
		.password = c->schema_registry.password,
		.ca_file = c->schema_registry.ca_file,
		.register_schemas = c->schema_registry.register_schemas,
	};

	return o.url ? registry_new(&o, &p->registry, err) : 0;
}

static int run_attribution(struct process *p, struct err *err)
{
	const struct config *c = p->config;

	if (contract_setup(err) != 0 || open_registry(p, err) != 0 || attribution_role_new(c, p->registry, &p->attribution, err) != 0)
		return -1;
	struct role_options o = {
		.config = c,
		.processor = attribution_processor(),
		.role_state = p->attribution,
		.workers = c->attribution.workers,
		.commit_interval_ms = c->attribution.commit_interval_ms,
		.failure_budget_percent = c->attribution.failure_budget_percent,
		.flood_keep = FLOOD_KEEP,
		.validate = validate_start,
		.validate_again = validate_assignment,
	};
	p->role = role_new(&o);
	return life_run(c, &p->role, 1, err);
}

static int run(const struct options *options)
{
	OWN(process_clear) struct process process = {0};
	struct err err;

	if (strcmp(options->operands[0], "attribution") != 0) {
		fprintf(stderr, "lookback run: '%s' is no role; there is: attribution\n", options->operands[0]);
		return COMMAND_USAGE;
	}
	life_block_signals();
	if (options_config_with_tenants(options, &process.config) != 0)
		return COMMAND_FAILED;
	return run_attribution(&process, &err) == 0 ? COMMAND_DONE : options_fail(&err);
}

const struct command cmd_run = {
	.name = "run",
	.about = "runs a role until it is told to stop",
	.usage = "ROLE",
	.operands_min = 1,
	.operands_max = 1,
	.traits = COMMAND_CONFIG,
	.example = "lookback run attribution --config shop.yaml",
	.run = run,
};
