// SPDX-License-Identifier: Apache-2.0
// What the sender has answered and no committed transaction says yet. An abort begins with the first of them again.
#pragma once
#include "base/arena.h"
#include "tiktok/send.h"

enum { ANSWERS_MOST = 20000 }; // between two commits; more wait in the box

// As struct send_answer, with texts that it shares with the others of its request.
struct answer_kept {
	uint64_t ticket, token_version;
	int64_t maybe_ms;
	enum send_verdict verdict;
	int code, attempts;
	const char *message, *request_id;
};

struct answers {
	struct answer_kept *kept; // the first `judged` in the running transaction
	size_t count, judged, room;
	struct arena texts;
	struct send_answer *taken; // scratch
};

void answers_clear(struct answers *answers);

// Takes what the box has, if there is nothing left to judge. True: there are some to be judged.
bool answers_any(struct answers *answers, struct send_box *box);
const struct answer_kept *answers_next(struct answers *answers);                  // to be judged; NULL: no more
const struct answer_kept *answers_ahead(const struct answers *answers, size_t i); // what the i-th call of that from now will give

// The transaction is committed, or not.
void answers_committed(struct answers *answers);
void answers_aborted(struct answers *answers);
