// SPDX-License-Identifier: Apache-2.0
// Runs readers (tiktok/reader.h) of many accounts over one net/pool: one thread per process, which holds the limits, keeps several requests in flight and
// gives each reader its turn, one request at a time, so that a large account starves no other. The shards talk to it through boxes. It keeps nothing: a
// reader that was not finished is begun anew after a restart.
//
//   fetch_put -> (turn) -> (limits) -> request -> reader_answer -> … -> rows() for each whole window -> fetch_take
#pragma once
#include "tiktok/reader.h"

struct fetcher;
struct fetch_box; // of one shard; belongs to one thread at a time

struct fetch_options {
	const char *endpoint; // "https://business-api.tiktok.com/open_api/v1.3/"
	const char *ca_file;  // NULL: the system's
	int requests_in_flight;
	int64_t timeout_ms;                           // of one request
	double app_per_second, advertiser_per_second; // requests to one path
};

struct fetcher *fetcher_new(const struct fetch_options *options); // copies texts
void fetcher_free(struct fetcher **fetcher);                      // ends what is in flight; boxes must be freed before

struct fetch_box *fetch_box_new(struct fetcher *fetcher);
void fetch_box_free(struct fetch_box **box); // what is not finished is forgotten; what is in flight may still arrive

struct fetch_job {
	uint64_t ticket;           // the shard's own, never 0; comes back with the answer
	struct view token, app_id; // copied; the copy of the token is wiped
	struct reader *reader;     // goes over
	// Called by the fetcher's thread for each whole window that was read, with the reader's rows.
	void (*rows)(void *context, const void *rows, size_t n);
	void *context; // the fetcher's until it comes back with the answer
	void (*forget)(void *context);
};
void fetch_put(struct fetch_box *box, const struct fetch_job *job);

// No further request is made for it, and no answer comes: its context is forgotten.
void fetch_drop(struct fetch_box *box, uint64_t ticket);

struct fetch_answer {
	uint64_t ticket;
	void *context;
	enum call_verdict verdict; // CALL_OK: all windows were read
	int code;                  // TikTok's; 0: none
	const char *scope;         // of CALL_SCOPE; NULL: not known
	char message[256], request_id[64];
};
bool fetch_any(struct fetch_box *box);
bool fetch_take(struct fetch_box *box, struct fetch_answer *out);

// For metrics and status. What was counted never falls.
struct fetch_numbers {
	uint64_t waiting, in_flight; // readers that are not done; requests that wait for an answer
	uint64_t requests, verdicts[CALL_VERDICTS];
	uint64_t rereads, halvings; // of readers that have ended
};
void fetch_numbers(struct fetcher *fetcher, struct fetch_numbers *out);
