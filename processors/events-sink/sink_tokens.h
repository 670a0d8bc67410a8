// SPDX-License-Identifier: Apache-2.0
// Each tenant's access token as the config says it now: a file or a variable, clear or sealed. It is read again at most once a second, so that a renewed
// token is found without a restart. For any thread; tenants do not wait for each other.
#pragma once
#include "config/config.h"
#include "tiktok/send.h"

struct sink_tokens;

struct sink_tokens *sink_tokens_new(const struct config *config); // which must outlive it
void sink_tokens_free(struct sink_tokens **tokens);               // wipes what it knows

// For the sender. RETRY token_missing (there is none), token_unreadable (it cannot be read or opened, or is no token): the tenant, where it should be, what
// to do; never the token.
int sink_tokens_get(struct sink_tokens *tokens, struct view tenant, struct buf *token, uint64_t *version, struct err *err) MUST_USE;
struct send_tokens sink_tokens_source(struct sink_tokens *tokens);

// Of the token that there is now; 0: none can be read.
uint64_t sink_tokens_version(struct sink_tokens *tokens, struct view tenant);
