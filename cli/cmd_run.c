// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "cli/options.h"
#include "processors/attribution/attribution.h"
#include "processors/events-sink/events_sink.h"
#include "processors/roas-join/roas_join.h"
#include "processors/roas-orders/roas_orders.h"
#include "processors/roas-totals/roas_totals.h"
#include "processors/spend-ingest/spend_ingest.h"
#include "runtime/life.h"
#include "runtime/validate.h"
#include "schemas/contract.h"

enum { KNOWN_ROLES = 4, ROLES_MAX = 7 }; // order-sync comes with the events sink, sums of orders and of days with the join

// Everything a process needs beside its roles, in the order it is made.
struct process {
	struct config *config;
	struct registry *registry;
	void *attribution;
	struct export_role *sink;
	struct rates *rates;
	struct join_role *join;
	struct roas_orders_role *orders;
	struct roas_totals_role *totals;
	struct ingest_role *ingest;
	bool once;
	struct role *roles[ROLES_MAX];
	size_t role_count, wanted; // running; how many will
};

static void process_clear(struct process *p)
{
	while (p->role_count > 0)
		role_free(&p->roles[--p->role_count]);
	roas_totals_role_free(&p->totals);
	roas_orders_role_free(&p->orders);
	join_role_free(&p->join);
	rates_free(&p->rates);
	export_role_free(&p->sink);
	ingest_role_free(&p->ingest);
	attribution_role_free(&p->attribution);
	registry_free(&p->registry);
	config_free(&p->config);
}

// What differs between roles is the processor, its state and how often it commits.
static void add_role(struct process *p, const struct processor *processor, void *state, int workers, int64_t commit_interval_ms)
{
	const struct config *c = p->config;
	struct role_options o = {
		.config = c,
		.processor = processor,
		.role_state = state,
		.workers = workers,
		.commit_interval_ms = commit_interval_ms,
		.failure_budget_percent = c->attribution.failure_budget_percent,
		.memory = c->state.memory / p->wanted,
		.flood_keep = FLOOD_KEEP,
		.validate = validate_start,
		.validate_again = validate_assignment,
	};

	p->roles[p->role_count++] = role_new(&o);
}

static int add_attribution(struct process *p, struct err *err)
{
	const struct config *c = p->config;

	if (attribution_role_new(c, p->registry, &p->attribution, err) != 0)
		return -1;
	add_role(p, attribution_processor(), p->attribution, c->attribution.workers, c->attribution.commit_interval_ms);
	return 0;
}

static int add_events_sink(struct process *p, struct err *err)
{
	const struct config *c = p->config;
	OWN(buf_clear) struct buf problems = {0};

	if (config_check_events_sink(c, &problems, err) != 0) {
		fprintf(stderr, "%.*s", VIEW_ARG(buf_view(&problems)));
		return -1;
	}
	if (export_role_new(c, p->registry, &p->sink, err) != 0)
		return -1;
	add_role(p, events_sink_processor(), p->sink, c->events_sink.workers, c->events_sink.commit_interval_ms);
	if (export_role_tells_orders(c))
		add_role(p, events_sink_orders_processor(), p->sink, c->events_sink.workers, c->events_sink.commit_interval_ms);
	return 0;
}

// A shop's day needs all its orders, and what orders and accounts add up to.
static int add_roas_join(struct process *p, struct err *err)
{
	const struct config *c = p->config;

	if (rates_load(c->roas_join.rates_file, &p->rates, err) != 0 || join_role_new(c, p->rates, p->registry, &p->join, err) != 0 ||
		roas_orders_role_new(c, p->registry, &p->orders, err) != 0 || roas_totals_role_new(c, p->rates, p->registry, &p->totals, err) != 0)
		return -1;
	add_role(p, roas_join_processor(), p->join, c->roas_join.workers, c->roas_join.commit_interval_ms);
	add_role(p, roas_orders_processor(), p->orders, c->roas_join.workers, c->roas_join.commit_interval_ms);
	add_role(p, roas_totals_processor(), p->totals, c->roas_join.workers, c->roas_join.commit_interval_ms);
	return 0;
}

static int add_spend_ingest(struct process *p, struct err *err)
{
	const struct config *c = p->config;
	OWN(buf_clear) struct buf problems = {0};

	if (config_check_spend_ingest(c, true, &problems, err) != 0) {
		fprintf(stderr, "%.*s", VIEW_ARG(buf_view(&problems)));
		return -1;
	}
	if (ingest_role_new(c, p->registry, p->once, &p->ingest, err) != 0)
		return -1;
	add_role(p, spend_ingest_processor(), p->ingest, c->spend_ingest.workers, c->spend_ingest.commit_interval_ms);
	return 0;
}

static const struct {
	const char *name;
	int (*add)(struct process *p, struct err *err);
} known_roles[KNOWN_ROLES] = {{"attribution", add_attribution}, {"events-sink", add_events_sink}, {"spend-ingest", add_spend_ingest},
	{"roas-join", add_roas_join}};

static int role_named(const char *name)
{
	for (int i = 0; i < KNOWN_ROLES; i++)
		if (strcmp(name, known_roles[i].name) == 0)
			return i;
	return -1;
}

// Each role once.
static bool names_are_good(const struct options *options)
{
	unsigned seen = 0;

	for (int i = 0; i < options->operand_count; i++) {
		int role = role_named(options->operands[i]);

		if (role < 0 || seen & 1U << role) {
			fprintf(stderr, "lookback run: '%s' is %s; there are: attribution, events-sink, spend-ingest, roas-join\n",
				options->operands[i], role < 0 ? "no role" : "named twice");
			return false;
		}
		seen |= 1U << role;
	}
	return true;
}

// Orders of travel are told by a role of their own beside the sink; the join has two beside it.
static size_t count_roles(const struct config *c, const struct options *options)
{
	size_t n = (size_t)options->operand_count;

	for (int i = 0; i < options->operand_count; i++)
		n += (strcmp(options->operands[i], "events-sink") == 0 && export_role_tells_orders(c)) +
			(strcmp(options->operands[i], "roas-join") == 0);
	return n;
}

// With --once until every account was read; those that could not be are a failure.
static int run_to_end(struct process *p, struct err *err)
{
	const struct life_end end = {ingest_role_finished, p->ingest};

	if (life_run(p->config, p->roles, p->role_count, p->once ? &end : NULL, err) != 0)
		return -1;
	while (p->role_count > 0)
		role_free(&p->roles[--p->role_count]);
	uint64_t failed = p->once ? ingest_role_failed(p->ingest) : 0;
	if (failed == 0)
		return 0;
	return err_set(err, ERR_FATAL, "accounts_not_read",
		"%" PRIu64 " account%s could not be read: account_not_read in the log says which and why, and so does sync-status", failed,
		failed == 1 ? "" : "s");
}

static int run_roles(struct process *p, const struct options *options, struct err *err)
{
	if (contract_setup(err) != 0 || options_registry(p->config, p->config->schema_registry.register_schemas, &p->registry, err) != 0)
		return -1;
	p->wanted = count_roles(p->config, options);
	for (int i = 0; i < options->operand_count; i++)
		if (known_roles[role_named(options->operands[i])].add(p, err) != 0)
			return -1;
	return run_to_end(p, err);
}

static int run(const struct options *options)
{
	OWN(process_clear) struct process process = {.once = options_has(options, "once")};
	struct err err;

	if (!names_are_good(options))
		return COMMAND_USAGE;
	if (process.once && (options->operand_count != 1 || strcmp(options->operands[0], "spend-ingest") != 0)) {
		fprintf(stderr, "lookback run: --once is for spend-ingest alone; the other roles have no end\n");
		return COMMAND_USAGE;
	}
	life_block_signals();
	if (options_config_with_tenants(options, &process.config) != 0)
		return COMMAND_FAILED;
	return run_roles(&process, options, &err) == 0 ? COMMAND_DONE : options_fail(&err);
}

static const struct command_option run_options[] = {
	{"once", NULL, "spend-ingest alone: reads every account that was not read just now, and ends; 1 if one could not be read", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_run = {
	.name = "run",
	.about = "runs roles until it is told to stop: attribution, events-sink, spend-ingest, roas-join",
	.usage = "ROLE…",
	.operands_min = 1,
	.operands_max = KNOWN_ROLES,
	.traits = COMMAND_CONFIG,
	.options = run_options,
	.example = "lookback run attribution --config shop.yaml\n  lookback run spend-ingest --once --config shop.yaml",
	.run = run,
};
