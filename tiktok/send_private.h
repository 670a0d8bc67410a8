// SPDX-License-Identifier: Apache-2.0
// Inside the sender. Everything here is guarded by `lock`, except a batch that was taken off its list: it belongs to the sender's thread, without the
// lock, until it is put back or answered.
//
//   open batch of a queue -> (full or old) -> ready list of its tenant -> in flight -> answered, or ready again, or two halves ready
#pragma once
#include "base/err.h"
#define uthash_fatal(message) err_out_of_memory()
#include <pthread.h>
#include <uthash.h>

#include "net/pool.h"
#include "tiktok/answer.h"
#include "tiktok/backoff.h"
#include "tiktok/codes.h"
#include "tiktok/limits.h"
#include "tiktok/send.h"

struct send_entry {
	struct send_box *box;
	uint64_t ticket;
	uint32_t at, n;       // its JSON in `body`
	uint32_t id_at, id_n; // its id in `ids`
	int attempts;         // before this process
	int64_t maybe_ms;     // as struct send_answer has it
	int64_t until_ms;     // wall clock; INT64_MAX: no end
};

// Events of one queue as the body of a request: written once, sent as often as needed.
struct send_batch {
	struct send_batch *next, *prev;
	struct send_queue *queue;
	struct buf body, ids;
	struct send_entry *entries;
	size_t entries_n, entries_room;
	int requests, failures, tries; // requests it was in; in a row: transient failures, answers with a code that is tried a few times only
	int64_t born_ms, due_ms, sent_ms;
	int64_t sent_wall_ms;
	int64_t until_ms;  // the earliest of its entries
	int64_t failed_ms; // when it failed last
	uint64_t token_version;
};

struct send_list {
	struct send_batch *first, *last;
};

struct send_tenant {
	UT_hash_handle hh;
	struct send_tenant *next, *prev; // in the ring of those that have a ready batch
	struct send_list ready;
	size_t events, bytes; // put and not answered
	int in_flight;        // requests
	int failures;         // transient, in a row, over all its batches
	int token_failures;
	int64_t hold_ms; // nothing of it goes before
	bool refused;    // of what went with `refused_version`; what is asked for with another goes
	uint64_t refused_version;
	int64_t refused_until_ms;
	int refused_code;
	char refused_message[256], refused_request_id[64];
	size_t name_n;
	char name[];
};

struct send_advertiser {
	UT_hash_handle hh;
	struct limits_bucket bucket;
	size_t name_n;
	char name[];
};

// What may go in one request: an address of a tenant. Lives while it has a batch.
struct send_queue {
	UT_hash_handle hh;
	struct send_tenant *tenant;
	struct send_advertiser *advertiser;
	enum event_api api;
	struct send_batch *open;
	size_t batches;
	size_t most;       // events in a batch
	struct buf prefix; // of a body
	size_t key_n;
	char key[];
};

struct send_box {
	struct sender *sender;
	struct send_box *next, *prev;
	int wake_fd;
	bool gone, touched, starved; // touched: has new answers; starved: was told that there is no room
	size_t live;                 // events put and not answered
	struct buf key;
	struct send_answer *answers; // [taken, answers_n)
	size_t taken, answers_n, answers_room;
};

struct sender {
	pthread_mutex_t lock;
	pthread_t thread;
	bool stop;
	struct send_options options;
	char *ca_file, *order_header, *urls[3];
	struct pool *pool;
	struct buf token, header; // wiped after each use
	struct backoff backoff;
	struct limits_bucket app;
	int64_t calm_ms;                    // when a request ended last in an answer other than "not now"
	struct send_tenant *tenants, *turn; // `turn`: whose it is, in the ring; NULL: nobody has a ready batch
	struct send_advertiser *advertisers;
	struct send_queue *queues;
	struct send_list open; // by age
	struct send_list spare, flying;
	size_t spare_n;
	struct send_box *boxes;
	size_t gone; // boxes freed with events alive
	size_t events, bytes;
	int64_t wakes_ms; // the thread sleeps until then; INT64_MIN: do not wake it
	struct answer answer;
	struct send_numbers numbers;
};

// send_batch.c: bodies. Called with the lock, or on a batch that is the thread's own.
void send_batch_push(struct send_list *list, struct send_batch *batch);
void send_batch_remove(struct send_list *list, struct send_batch *batch);
struct send_batch *send_batch_open(struct sender *sender, struct send_queue *queue, int64_t now_ms);
bool send_batch_fits(const struct sender *sender, const struct send_batch *batch, size_t json_n);
void send_batch_add(struct send_batch *batch, struct send_box *box, const struct send_event *event);
void send_batch_seal(struct sender *sender, struct send_batch *batch); // now its tenant's turn may come
void send_batch_free(struct sender *sender, struct send_batch *batch); // and its queue with the last one
// A batch of those entries [from, to) for which `wanted` is NULL or true; the entries are then the new batch's alone. Sealed, not listed.
struct send_batch *send_batch_part(struct sender *sender, const struct send_batch *batch, size_t from, size_t to, const bool *wanted);
struct send_queue *send_batch_queue(struct sender *sender, const struct send_event *event, struct view key);
void send_batch_unused(struct sender *sender, struct send_queue *queue); // frees a queue without a batch

// send_turn.c: who is next.
void send_turn_ready(struct sender *sender, struct send_batch *batch);
// Would a batch that is made ready now be its tenant's next one? False: not before something else of it has happened, or `*until_ms`, which is brought forward.
bool send_turn_can_come(const struct sender *sender, const struct send_tenant *tenant, int64_t now_ms, int64_t *until_ms);
// Off its list; NULL: nobody may go before `*wait_until_ms`.
struct send_batch *send_turn_next(struct sender *sender, int64_t now_ms, int64_t *wait_until_ms);

// send_box.c
// One entry's answer; `words` has what is the same for all of a batch. Then send_box_wake once.
void send_box_answer(const struct send_batch *batch, const struct send_entry *entry, const struct send_answer *words);
void send_box_wake(struct sender *sender);
bool send_box_wants(const struct sender *sender, const struct send_batch *batch); // some entry has still somebody to answer to

// send_verdict.c: what an answer means for a batch. Without the lock; takes it.
void send_verdict_reply(struct sender *sender, struct send_batch *batch, const struct http_answer *answer, int64_t now_ms);
void send_verdict_failed(struct sender *sender, struct send_batch *batch, const struct err *err, int64_t retry_after_ms, int64_t now_ms);
void send_verdict_no_token(struct sender *sender, struct send_batch *batch, const struct err *err, int64_t now_ms);
void send_verdict_paused(struct sender *sender, struct send_batch *batch); // as its tenant was
void send_verdict_expired(struct sender *sender, struct send_batch *batch,
	int64_t wall_ms);                                                       // those whose time is over; the others are ready again
void send_verdict_dropped(struct sender *sender, struct send_batch *batch); // nobody waits for an answer
