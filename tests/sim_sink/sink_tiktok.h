// SPDX-License-Identifier: Apache-2.0
// TikTok and the sender in one, in place of tiktok/sender.c: what is put lies in the box until chance answers it. It has a ledger of its own of what it was told,
// refuses some events for good, is silent about some, loses answers of what it took, and takes no token but the valid one.
#pragma once
#include "tests/sim/sim_random.h"
#include "tiktok/send.h"

#define SINK_RESEND_MS INT64_C(172800000) // `resend_within` of the case's config, for which TikTok knows an event

enum { SINK_TENANTS = 2, SINK_EVENTS = 1024, SINK_BOX = 4096 };

struct sink_told {
	struct view id, json; // as it was first put
	bool refused, silent; // for good
	int taken;            // how often
	int64_t first_ms;     // when it was taken first
};

// How it is today; each per mille of the tries.
struct sink_mood {
	int lost;    // taken, the answer is lost
	int nothing; // not even taken
	int full;    // of puts
};

struct sink_tiktok {
	struct sim_random *random;
	struct sink_mood mood;
	int refuses, silences;   // of the events, per mille
	int valid[SINK_TENANTS]; // token by tenant: "token-<n>"
	struct sink_told told[SINK_EVENTS];
	size_t told_count;
	struct arena arena;
	size_t in_box; // put and not answered
	void (*put)(const struct send_event *event, const struct sink_told *told);
	uint64_t answers, lost, pauses, expired;
};

extern struct sink_tiktok sink_tiktok; // the one there is

void sink_tiktok_begin(struct sim_random *random);
void sink_tiktok_end(void);
// Tries up to `n` of the events in the box, chance says which.
void sink_tiktok_work(size_t n);
const struct sink_told *sink_tiktok_find(struct view id); // NULL: it never heard of it
