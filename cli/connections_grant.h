// SPDX-License-Identifier: Apache-2.0
// An authorisation: the user's consent, the token that it is exchanged for, and the accounts that this reaches.
#pragma once
#include "cli/connections_desk.h"
#include "tiktok/account.h"

enum { CONNECTIONS_GRANT_ID = 32 };

struct connections_grant_account {
	struct view advertiser_id, name;
	struct view currency, zone, status; // absent: could not be read
};

struct connections_grant {
	const struct connections_desk *desk;
	char id[CONNECTIONS_GRANT_ID + 1]; // random
	struct oauth_grant oauth;
	struct buf scope; // "1,2,4"
	int64_t at_ms;
	struct connections_grant_account *accounts; // in TikTok's order
	size_t n;
	struct arena arena;
};

// Everything up to the accounts; says on stderr what the user is to do. What cannot be read of an account is left out, with a line on stderr.
int connections_grant_obtain(struct connections_desk *desk, struct connections_grant *out, struct err *err) MUST_USE;
void connections_grant_clear(struct connections_grant *grant);

const struct connections_grant_account *connections_grant_find(const struct connections_grant *grant, struct view advertiser);

// Puts the account's connection with this token: the next generation after `known` (NULL: nothing is known of the account).
int connections_grant_put(const struct connections_grant *grant, const struct connections_grant_account *account,
	const struct connections_account *known, enum connection_state state, struct topic_change_writer *writer, struct err *err) MUST_USE;
