// SPDX-License-Identifier: Apache-2.0
// The end of connections: first the topic, so that running calls stop, then the token at TikTok.
#pragma once
#include "cli/connections_desk.h"

struct connections_end {
	struct view tenant, advertiser;
	bool all_of_grant; // also the others of the same authorisation
	bool erase;        // leave a record that has everything of the account deleted, instead of none
};

struct connections_end_result {
	size_t ended;         // accounts
	size_t others;        // that still use the token
	bool revoked;         // or it was already
	bool had_token;       // there was one to revoke
	struct err unrevoked; // why it was not; ERR_NONE: it was, or others use it
};

// -1: nothing was changed. 0: the accounts are disconnected, whatever became of the token. POISON connection_unknown.
int connections_end(struct connections_desk *desk, const struct connections_end *what, struct connections_end_result *out,
	struct err *err) MUST_USE;

// Says it: a line on stdout or an object, and what to do about a token that was not revoked on stderr. COMMAND_FAILED if one was not.
int connections_end_report(const struct connections_desk *desk, const struct connections_end *what,
	const struct connections_end_result *result);
