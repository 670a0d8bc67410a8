// SPDX-License-Identifier: Apache-2.0
// No reading of an account any more, and no token.
#include "base/own.h"
#include "cli/connections_end.h"

static int run(const struct options *options)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	const struct connections_end what = {.tenant = view_text(options->operands[0]),
		.advertiser = view_text(options->operands[1]),
		.all_of_grant = options_has(options, "all-of-grant")};
	struct connections_end_result result;
	int code = connections_desk_open(options, &desk);
	struct err err;

	if (code != COMMAND_DONE)
		return code;
	if (connections_end(&desk, &what, &result, &err) != 0)
		return options_fail(&err);
	return connections_end_report(&desk, &what, &result);
}

const struct command cmd_connections_disconnect = {
	.name = "connections disconnect",
	.about = "ends the connection to an account at once and revokes its token at TikTok; what was read stays for a while",
	.usage = "TENANT ID",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = (const struct command_option[]){{"all-of-grant", NULL,
												   "also the other accounts of the same authorisation, which share its token", NULL},
		{0}},
	.example = "lookback connections disconnect demo-shop 7000000000000000001 --config shop.yaml",
	.run = run,
};
