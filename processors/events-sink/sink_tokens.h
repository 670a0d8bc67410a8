// SPDX-License-Identifier: Apache-2.0
// Each tenant's access token as it is now: what the config says (a file or a variable, clear or sealed), or, of a tenant whose config names none, the sealed
// token of its advertiser in the topic `connections`, which is followed (runtime/topic_follow.h), so that any pod has it. It is read again at most once a
// second, so that a renewed token is found without a restart. For any thread; tenants do not wait for each other. The process leaves no core.
#pragma once
#include "config/config.h"
#include "runtime/record.h"
#include "tiktok/send.h"

struct registry; // schemas/registry.h
struct sink_tokens;

struct sink_tokens *sink_tokens_new(const struct config *config); // which must outlive it
void sink_tokens_free(struct sink_tokens **tokens);               // wipes what it knows

// Follows the topic from now on, if a tenant that exports needs it. `registry` (NULL: none) must outlive it.
void sink_tokens_follow(struct sink_tokens *tokens, struct registry *registry);
// What the follower hears, and when it hears all anew. By one thread.
void sink_tokens_hear(struct sink_tokens *tokens, const struct record *record);
void sink_tokens_hear_anew(struct sink_tokens *tokens);
void sink_tokens_heard_all(struct sink_tokens *tokens);

// For the sender. RETRY token_missing (there is none), token_unreadable (it cannot be read or opened, or is no token), token_unknown (the topic has not been
// read yet): the tenant, where it should be, what to do; never the token.
int sink_tokens_get(struct sink_tokens *tokens, struct view tenant, struct buf *token, uint64_t *version, struct err *err) MUST_USE;
struct send_tokens sink_tokens_source(struct sink_tokens *tokens);

// Of the token that there is now; 0: none can be read.
uint64_t sink_tokens_version(struct sink_tokens *tokens, struct view tenant);
