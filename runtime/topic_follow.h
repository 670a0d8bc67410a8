// SPDX-License-Identifier: Apache-2.0
// Follows a whole compacted topic with a thread of its own: every committed record of every partition from its beginning, then each new one as it comes, for as
// long as it is wanted. No group: each process hears everything. Brokers that go away are waited for; nothing is heard twice unless reading had to begin anew,
// and then `restart` says so. At most 256 KiB of a partition is fetched ahead.
#pragma once
#include "config/config.h"
#include "runtime/record.h"

struct topic_follow;

struct topic_follow_options {
	const struct config *config;
	const char *topic;
	const char *client_id;
	int64_t retry_most_ms; // back-off between tries, doubling from 100 ms; 0: 10 s
	int64_t check_ms;      // how often it looks whether the topic is still the same; 0: 30 s
	// Hears each record, of a partition in the order of offsets; a value that is absent is a tombstone. Bytes live until it returns. By the follower's thread, as all
	// of these.
	void (*hear)(void *context, const struct record *record);
	// What was heard may be out of date: the topic was made anew, records that were to come next are gone, or the brokers were away for so long that tombstones
	// may have been compacted away unheard. All of it is heard again from its beginning; what is not heard until caught_up is not there any more. NULL: nobody asks.
	void (*restart)(void *context);
	// All records that were there when it began, or began anew, have been heard. NULL: nobody asks.
	void (*caught_up)(void *context);
	void *context;
};

// Starts the thread. Nothing fails here: what is in the way is logged (topic_follow_trouble) and tried again.
struct topic_follow *topic_follow_new(const struct topic_follow_options *options);
void topic_follow_free(struct topic_follow **follow); // waits for the thread: a question to a broker that does not answer lasts 5 s

// For any thread: has it ever caught up? What is in the way now: -1 with why, 0: nothing.
bool topic_follow_caught_up(struct topic_follow *follow);
int topic_follow_trouble(struct topic_follow *follow, struct err *err);
// Waits until it has caught up for the first time, at most so long; returns whether it has.
bool topic_follow_wait(struct topic_follow *follow, int64_t timeout_ms);
