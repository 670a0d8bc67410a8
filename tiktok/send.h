// SPDX-License-Identifier: Apache-2.0
// Sends events to TikTok: gathers them into requests, keeps several in flight, holds the rate limits, tries again what may be tried again, bisects a
// refused request until the culprit stands alone, and says of each event what became of it. One thread of its own per process; the shards talk to it
// through boxes. It keeps nothing: what was put into a box and not answered is put again after a restart, with the same bytes.
//
//   send_put -> (batch by size and age) -> (limits) -> request -> answer by body code -> send_take
#pragma once
#include "base/bytes.h"
#include "tiktok/event.h"

struct sender;
struct send_box; // of one shard

// The tenant's token now. `version` changes with the token. RETRY token_missing, token_unreadable: says which and what to do. Called by the sender's thread; fills `token`, which the
// sender wipes after use.
struct send_tokens {
	int (*get)(void *context, struct view tenant, struct buf *token, uint64_t *version, struct err *err);
	void *context;
};

struct send_options {
	const char *endpoint; // "https://business-api.tiktok.com/open_api/v1.3/"
	const char *ca_file;  // NULL: the system's
	int batch_events;     // up to 1,000
	int64_t batch_bytes, batch_age_ms;
	int requests_in_flight;
	int64_t timeout_ms;                           // of one request
	double app_per_second, advertiser_per_second; // requests
	int64_t retry_first_ms, retry_most_ms;        // back-off, jittered
	uint64_t seed;                                // of the jitter
	struct send_tokens tokens;
};

struct sender *sender_new(const struct send_options *options);
void sender_free(struct sender **sender); // ends what is in flight; boxes must be freed before

// `wake_fd`: an eventfd written when answers arrive; -1: none.
struct send_box *send_box_new(struct sender *sender, int wake_fd);
void send_box_free(struct send_box **box); // what is not answered is forgotten

struct send_event {
	uint64_t ticket; // the shard's own; comes back with the answer
	struct view tenant, advertiser;
	struct event_address address;
	struct view id, json;
	int attempts; // so far
};
// Copies. False: there is no room now; try again after answers were taken.
bool send_put(struct send_box *box, const struct send_event *event);

enum send_verdict {
	SEND_ACCEPTED,
	SEND_REFUSED, // this event, for good: code and message say why
	SEND_PAUSED,  // the tenant's token or permission was refused; put it again when the token has another version
};
struct send_answer {
	uint64_t ticket;
	enum send_verdict verdict;
	int code; // of the body; 0 with SEND_ACCEPTED
	int attempts;
	uint64_t token_version;            // with which it was sent
	char message[256], request_id[64]; // cut; no token, no personal data
};
// Up to `room`; returns how many.
size_t send_take(struct send_box *box, struct send_answer *out, size_t room);

// Events put and not answered, over all boxes; for metrics.
struct send_numbers {
	uint64_t waiting, in_flight, requests, retries, throttled, bisected;
	int64_t down_since_ms; // unix; 0: the last request got an answer
};
void sender_numbers(const struct sender *sender, struct send_numbers *out);
