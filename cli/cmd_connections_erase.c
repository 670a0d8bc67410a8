// SPDX-License-Identifier: Apache-2.0
// Everything of an account is deleted: the token here, what was read of it by spend-ingest, which then deletes the record.
#include <stdio.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "base/when.h"
#include "cli/connections_end.h"

enum { WAIT_MS = 60000, WAIT_MOST_MS = 24 * 3600000, LOOK_EVERY_US = 1000000 };

static int wanted_wait(const struct options *options, int64_t *ms)
{
	const char *text = options_value(options, "wait");

	*ms = WAIT_MS;
	if (!text || (when_parse_duration(view_text(text), ms) == 0 && *ms <= WAIT_MOST_MS))
		return 0;
	fprintf(stderr, "lookback connections erase: --wait takes a duration of at most a day, like 60s, not '%s'\n", text);
	return -1;
}

static int look(const struct connections_desk *desk, const struct connections_end *what, bool *gone, struct err *err)
{
	OWN(connections_book_clear) struct connections_book book = {0};

	if (connections_desk_read(desk, what->tenant, &book, err) != 0)
		return -1;
	const struct connections_account *a = connections_book_find(&book, what->tenant, what->advertiser);

	*gone = !a || (!a->connection && !a->problem);
	return 0;
}

static int wait_until_gone(const struct connections_desk *desk, const struct connections_end *what, int64_t ms)
{
	int64_t until = now_steady_ms() + ms;
	bool gone = false;
	struct err err;

	while (look(desk, what, &gone, &err) == 0) {
		if (gone) {
			fprintf(stderr, "lookback: everything of the account is deleted\n");
			return COMMAND_DONE;
		}
		if (now_steady_ms() >= until) {
			fprintf(stderr,
				"lookback: it is still being erased: a running `lookback run spend-ingest` does it; `lookback connections show %.*s %.*s` says when "
				"nothing is left\n",
				VIEW_ARG(what->tenant), VIEW_ARG(what->advertiser));
			return COMMAND_FAILED;
		}
		usleep(LOOK_EVERY_US);
	}
	return options_fail(&err);
}

static int run(const struct options *options)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	const struct connections_end what = {.tenant = view_text(options->operands[0]),
		.advertiser = view_text(options->operands[1]),
		.erase = true};
	struct connections_end_result result;
	int64_t wait_ms;
	struct err err;

	if (wanted_wait(options, &wait_ms) != 0)
		return COMMAND_USAGE;
	int code = connections_desk_open(options, &desk);

	if (code != COMMAND_DONE)
		return code;
	if (connections_end(&desk, &what, &result, &err) != 0)
		return options_fail(&err);
	int reported = connections_end_report(&desk, &what, &result);

	code = wait_until_gone(&desk, &what, wait_ms);
	return code == COMMAND_DONE ? reported : code;
}

const struct command cmd_connections_erase = {
	.name = "connections erase",
	.about = "ends the connection to an account and has everything that was read of it deleted",
	.usage = "TENANT ID",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = (const struct command_option[]){{"wait", "DURATION", "how long to wait until spend-ingest has deleted it (60s)", NULL}, {0}},
	.example = "lookback connections erase demo-shop 7000000000000000001 --config shop.yaml",
	.run = run,
};
