// SPDX-License-Identifier: Apache-2.0
// Which tenants are paused, by which shards, since when, and in whose words: what shards tell as it happens, and the status page prints. For any thread.
#pragma once
#include "config/config.h"

struct pauses;

struct pause {
	size_t tenant; // index in the config
	bool orders;   // of the role order-sync; else of events-sink
	int32_t partition;
	int64_t since_ms, next_try_ms; // unix
	int code;                      // TikTok's; 0: there is no token to ask with
	const char *message;           // cut, without the token; copied
};

struct pauses *pauses_new(const struct config *config); // which must outlive it
void pauses_free(struct pauses **pauses);

// A shard pauses a tenant, or has asked again and got this answer: then `since_ms` stays what it was. Returns how many are paused now, a tenant counted once
// per shard.
size_t pauses_put(struct pauses *pauses, const struct pause *pause);
// It goes on; nothing happens if it was not paused. Returns as pauses_put.
size_t pauses_end(struct pauses *pauses, const struct pause *pause);

// A JSON array with an object per tenant and role: since when the first of its shards, when the next of them tries, what was answered last.
void pauses_print(struct pauses *pauses, struct buf *json);
