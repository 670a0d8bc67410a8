// SPDX-License-Identifier: Apache-2.0
// What every `connections` command has: the configuration, the contract as it is written, and how the topic is changed. Whoever opens it leaves no core.
#pragma once
#include "cli/connections_book.h"
#include "cli/options.h"
#include "crypto/seal.h"
#include "runtime/topic_change.h"
#include "schemas/wire.h"
#include "tiktok/call_now.h"
#include "tiktok/oauth.h"

struct connections_desk {
	const struct options *options;
	struct config *config;
	struct registry *registry;
	struct seal *seal;    // every key that can be read
	struct seal *sealing; // the same, by connections_desk_can_seal alone
	struct wire_header header;
	struct buf secret, endpoint; // of the app: secret wiped, endpoint as tiktok/call.h wants it; by connections_desk_app alone
};

// COMMAND_DONE, or COMMAND_FAILED with a line on stderr: the config, a tenant (operand 0, if there is one) that it does not know.
int connections_desk_open(const struct options *options, struct connections_desk *desk);
void connections_desk_clear(struct connections_desk *desk);

// Before TikTok is asked: app id, secret. FATAL app_missing, config_reference, file_unreadable …: what to set.
int connections_desk_app(struct connections_desk *desk, struct err *err) MUST_USE;
struct oauth_app connections_desk_oauth(const struct connections_desk *desk);
struct call_now connections_desk_call(const struct connections_desk *desk, struct view token);
// Before a token is sealed. FATAL seal_key …
int connections_desk_can_seal(struct connections_desk *desk, struct err *err) MUST_USE;

int connections_desk_read(const struct connections_desk *desk, struct view tenant, struct connections_book *book, struct err *err) MUST_USE;

// topic_change of the topic `connections`.
int connections_desk_change(const struct connections_desk *desk,
	int (*attempt)(void *context, struct topic_change_writer *writer, struct err *err), void *context, struct err *err) MUST_USE;
int connections_desk_put(const struct connections_desk *desk, struct topic_change_writer *writer, const struct connection *connection,
	struct err *err) MUST_USE;
int connections_desk_remove(struct topic_change_writer *writer, struct view tenant, struct view advertiser, struct err *err) MUST_USE;

// The account, which must be connected. POISON connection_unknown, connection_erasing; a problem of the record as PAUSE connection_unusable.
int connections_desk_find(const struct connections_book *book, struct view tenant, struct view advertiser,
	const struct connections_account **out, struct err *err) MUST_USE;
