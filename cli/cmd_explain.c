// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/own.h"
#include "cli/explain_before.h"
#include "cli/explain_disk.h"
#include "cli/options.h"
#include "schemas/contract.h"

static void print_lines(const struct buf *lines)
{
	if (lines->n)
		fprintf(stderr, "lookback explain: %.*s", VIEW_ARG(buf_view(lines)));
}

// Who runs knows best; the disk is asked when nobody does, or nobody can be reached.
static int ask(const struct config *config, const struct processor_question *question, struct admin_ask *answers, bool *brokers,
	struct err *err)
{
	*brokers = admin_ask_owners(config, "attribution", question, answers, err) == 0;
	print_lines(&answers->troubles);
	if (!*brokers)
		fprintf(stderr, "lookback explain: %s\n", err->words);
	if (answers->asked > 0)
		return 0;
	fprintf(stderr, "lookback explain: nobody answers, so the state directory is read as it was at the last flush\n");
	return explain_disk(config, question, answers, err);
}

static int say_unknown(const struct processor_question *q, const struct admin_ask *answers)
{
	fprintf(stderr, "lookback explain: no shard that was asked knows conversion %.*s of tenant %.*s%s\n", VIEW_ARG(q->conversion),
		VIEW_ARG(q->tenant), view_is_set(q->user) ? " for this user" : "");
	if (answers->absent.n)
		fprintf(stderr, "shards %.*s could not be asked: they are being restored, or cannot be read\n",
			VIEW_ARG(buf_view(&answers->absent)));
	else
		fputs("it may not have arrived yet, match no goal, or be a dead letter: see /metrics and the topic of dead letters\n", stderr);
	return COMMAND_FAILED;
}

static int print(const struct config *config, const struct admin_ask *answers, bool json, bool brokers)
{
	OWN(buf_clear) struct buf text = {0}, before = {0};

	if (brokers)
		explain_before(config, buf_view(&answers->keys), json, &before);
	buf_add_text(&text, json ? "{\"explanations\":[" : "");
	buf_add_view(&text, buf_view(&answers->text));
	buf_add_text(&text, json ? "],\"published\":[" : "");
	buf_add_view(&text, buf_view(&before));
	buf_add_text(&text, json ? "]}\n" : "");
	return command_print(&text);
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	OWN(admin_ask_clear) struct admin_ask answers = {0};
	const struct processor_question question = {.tenant = view_text(options->operands[0]),
		.conversion = view_text(options->operands[1]),
		.user = view_text(options_value(options, "user")),
		.form = options->json ? QUESTION_JSON : QUESTION_TABLE};
	bool brokers = false;
	struct err err;

	if (contract_setup(&err) != 0)
		return options_fail(&err);
	if (options_config_with_tenants(options, &config) != 0)
		return COMMAND_FAILED;
	if (ask(config, &question, &answers, &brokers, &err) != 0)
		return options_fail(&err);
	if (!answers.found)
		return say_unknown(&question, &answers);
	return print(config, &answers, options->json, brokers);
}

const struct command cmd_explain = {
	.name = "explain",
	.about = "why a conversion is, or is not, attributed: each click with its reason, credits now and before",
	.usage = "TENANT CONVERSION",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = (const struct command_option[]){{"user", "USER", "whose it is: spares the search", NULL}, {0}},
	.example = "lookback explain demo-shop order-1001 --config shop.yaml",
	.run = run,
};
