// SPDX-License-Identifier: Apache-2.0
// The token of an advertiser account as it stands in the topic `connections`: sealed for the tenant and the account (crypto/seal.h), together with the
// record's generation. What is sealed is "GENERATION TOKEN": so that nobody who can write the topic, but has no key, can give an old token a new number; and
// neither can a text of `lookback tokens seal` be used as a connection (it has no blank), nor a connection's as a setting (a token has none).
//
// Whoever reads connections remembers the highest generation of each account and gives it to connection_open: an old record that comes back, from a restored
// topic or a copy, is refused as `connection_rolled_back`.
#pragma once
#include "crypto/seal.h"
#include "schemas/records.h"

enum { CONNECTION_TOKEN_MAX = 2048, CONNECTION_KEY_MAX = 512 };

// Appends the record's key, "tenant|advertiser".
void connection_add_key(struct view tenant, struct view advertiser, struct buf *out);

// Of a key; the views point into it. False: it is none.
bool connection_split_key(struct view key, struct view *tenant, struct view *advertiser);

// A record under a key that is not its own was copied there. PAUSE connection_misplaced.
int connection_check_key(const struct connection *connection, struct view key, struct err *err) MUST_USE;

// Seals the token for connection->tenant, advertiser_id and generation, appends it to `sealed` and lets connection->token point there. `sealed` must outlive
// the record and grow no more. FATAL connection_token (nothing, too long, or it has blanks), connection_generation (below 1), seal_key (no key to seal with).
int connection_seal(const struct seal *seal, struct connection *connection, struct view token, struct buf *sealed,
	struct err *err) MUST_USE;

// Appends the clear token to `token`, which the caller wipes (seal_wipe) and which nothing is appended to on failure. `seen`: the highest generation that was
// heard of this account, wherever (connections, sync-status), 0: none. Always PAUSE, this account alone, until somebody acts; the words name tenant,
// advertiser and what to do, never a secret:
//   connection_no_token     it has none: it is being erased
//   connection_rolled_back  its generation is below `seen`
//   connection_key_missing  sealed with a key that seal.keys does not have
//   connection_broken       changed, cut, of another account, or sealed with another key of that id
//   connection_generation   the record says another generation than was sealed
int connection_open(const struct seal *seal, const struct connection *connection, int64_t seen, struct buf *token,
	struct err *err) MUST_USE;

// "authorized", "active", "erasing"; a newer build's: "other".
const char *connection_state_name(int8_t state);
