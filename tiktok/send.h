// SPDX-License-Identifier: Apache-2.0
// Sends events to TikTok: gathers them into requests, keeps several in flight, holds the rate limits, tries again what may be tried again, bisects a
// refused request until the culprit stands alone, and says of each event what became of it. One thread of its own per process; the shards talk to it
// through boxes. It keeps nothing: what was put into a box and not answered is put again after a restart, with the same bytes.
//
//   send_put -> (batch by size and age) -> (limits) -> request -> answer by body code -> send_take
//
// Tenants take turns, and none holds more than three quarters of the requests in flight, or more than one while its requests fail.
#pragma once
#include "base/bytes.h"
#include "tiktok/event.h"

struct sender;
struct send_box; // of one shard; belongs to one thread at a time

// The tenant's token now. `version` changes with the token. RETRY token_missing, token_unreadable: says which and what to do. Called by the sender's thread, once
// per request; fills `token` (at most 4,096 printable ASCII characters), which the sender wipes after use. When it fails three times, or not with RETRY, the
// events are answered SEND_PAUSED with token_version 0.
struct send_tokens {
	int (*get)(void *context, struct view tenant, struct buf *token, uint64_t *version, struct err *err);
	void *context;
};

struct send_options {
	const char *endpoint; // "https://business-api.tiktok.com/open_api/v1.3/"
	const char *ca_file;  // NULL: the system's
	int batch_events;     // up to 1,000 (80 for EVENT_API_OFFLINE, 1 for EVENT_API_ORDER); 0 = 1,000
	int64_t batch_bytes, batch_age_ms;
	int requests_in_flight;
	int64_t timeout_ms;                           // of one request
	double app_per_second, advertiser_per_second; // requests; 0: no limit until TikTok throttles
	int64_t retry_first_ms, retry_most_ms;        // back-off, jittered
	int64_t throttle_first_ms, throttle_most_ms;  // how long a throttle answer closes; 0 = 1 s and 5 min
	int64_t pause_ms;                             // after a refusal a tenant is answered SEND_PAUSED without asking; 0 = 5 min
	int tenant_batches,
		all_batches; // full batches of events put and not answered: of one tenant (64 MiB at most), of all (256 MiB); 0 = 16, 128
	uint64_t seed;   // of the jitter
	struct send_tokens tokens;
	const char *order_path,
		*order_header; // EVENT_API_ORDER: below the endpoint, and the token's header; NULL: "order/sync/" and "Access-Token"
};

struct sender *sender_new(const struct send_options *options); // copies texts
void sender_free(struct sender **sender);                      // ends what is in flight; boxes must be freed before

// `wake_fd`: an eventfd (EFD_NONBLOCK) written when answers arrive, and after SEND_NO_ROOM… when there may be room; -1: none. It must stay open until
// send_box_free.
struct send_box *send_box_new(struct sender *sender, int wake_fd);
void send_box_free(struct send_box **box); // what is not answered is forgotten; what is in flight may still arrive

struct send_event {
	uint64_t ticket; // the shard's own; comes back with the answer
	struct view tenant, advertiser;
	struct event_address address;
	struct view id, json;
	int attempts;     // so far
	int64_t until_ms; // unix; no request carries it later; 0: no end
};
// NO_ROOM_TENANT: this tenant has as many waiting as it may; those of others may have room. NO_ROOM: nobody has, except a tenant with less than one batch
// waiting; or the box holds too many answers: take them. Try again when woken.
enum send_room { SEND_TAKEN, SEND_NO_ROOM_TENANT, SEND_NO_ROOM };
enum send_room send_put(struct send_box *box, const struct send_event *event) MUST_USE; // copies

enum send_verdict {
	SEND_ACCEPTED,
	SEND_REFUSED, // this event, for good: code and message say why
	SEND_PAUSED,  // the tenant's token or permission was refused; put it again when the token has another version, or after `pause_ms`
	SEND_EXPIRED, // its `until_ms` has passed: what became of its last request, if there was one, is not known
};
enum { SEND_CODE_PROTOCOL = -1 }; // answered in JSON that is not the API's, several times
struct send_answer {
	uint64_t ticket;
	enum send_verdict verdict;
	int code; // of the body; 0 with SEND_ACCEPTED, and with SEND_PAUSED for want of a token
	int attempts;
	int64_t
		maybe_ms; // unix; when the first of its requests left that TikTok may have taken, with no answer that says so; 0: there was none
	uint64_t token_version;            // with which it was sent
	char message[256], request_id[64]; // cut; no token, no personal data
};
// Up to `room`; returns how many.
size_t send_take(struct send_box *box, struct send_answer *out, size_t room);

// Over all boxes; for metrics.
struct send_numbers {
	uint64_t waiting, in_flight; // events put and not answered, those of them in a request now
	uint64_t requests, retries, throttled, bisected;
	int64_t down_since_ms; // unix; since when requests get no answer worth the name (transport, HTML, 5xxxx); 0: the last one did
};
void sender_numbers(const struct sender *sender, struct send_numbers *out);
