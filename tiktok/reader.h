// SPDX-License-Identifier: Apache-2.0
// Reads something of many pages as a state machine without I/O, clock or thread of its own, so that one thread runs hundreds over one net/pool, and tests
// run them without a network.
//
//   for (;;)
//     switch (reader_next(reader, now_ms, &call, &wait_until_ms)) {
//     case READER_ASK:    send `call`, judge the answer, reader_answer(…)     the caller holds the limits: tiktok/pace.h
//     case READER_WAIT:   until wait_until_ms
//     case READER_ROWS:   take reader_rows(…): one whole window
//     case READER_BUSY:   an answer is awaited
//     case READER_DONE:   all windows were taken
//     case READER_FAILED: reader_result(…) says why
//     }
//
// A reader goes window by window (of a report: at most 30 days; else all at once). The pages of a window are one whole or nothing: a total that differs from
// page to page, a row seen twice, or fewer rows than announced means that rows moved between pages, and the window is read again. After a few tries two
// readings in a row with the same rows, all of them, count as whole; else the window fails as RETRY. A window that TikTok finds too large is halved.
#pragma once
#include "base/arena.h"
#include "tiktok/call.h"

#define READER_UNKNOWN INT64_MIN // of a count or a time

// An amount in millionths of the currency's unit, exactly as the answer's digits say.
struct reader_money {
	bool known;
	int64_t micros; // may be negative: spend that was given back
};

// Ceilings on what comes from outside; 0: as said.
struct reader_limits {
	uint32_t pages;     // of one window: 1,000
	uint32_t rows;      // of one window: 1,000,000
	size_t bytes;       // of one window's rows: 512 MiB
	uint32_t page_size; // 1,000, TikTok's largest
	uint8_t tries;      // of a request in a row that is answered with RETRY or throttled: 12
	uint8_t readings;   // of a window whose rows move: 4
	uint64_t seed;      // of the jitter in waits
};

struct reader;

enum reader_want { READER_ASK, READER_WAIT, READER_ROWS, READER_BUSY, READER_DONE, READER_FAILED };

// READER_ASK fills `call` (which the caller clears), READER_WAIT `wait_until_ms`. Asking again without an answer is READER_BUSY.
enum reader_want reader_next(struct reader *reader, int64_t now_ms, struct call *call, int64_t *wait_until_ms);

// The answer to what READER_ASK gave. `result` stays the caller's; of a CALL_OK the data is used up.
void reader_answer(struct reader *reader, struct call_result *result, int64_t now_ms);

// The request was not sent after all, or its answer is not wanted: it will be asked again.
void reader_unsent(struct reader *reader);

// READER_ROWS: the window's rows, each of the kind that the reader's maker says. Valid until reader_next.
const void *reader_rows(const struct reader *reader, size_t *n);

// READER_FAILED: the verdict. CALL_RETRY: tries are used up, or rows keep moving; another day may do. CALL_SMALLER: the smallest window is too large, or a
// ceiling was reached. The other verdicts are TikTok's. Nothing of the window is kept.
const struct call_result *reader_result(const struct reader *reader);

// How far it is: windows taken, and answers, retries and repeated readings so far. For status and metrics.
struct reader_progress {
	uint32_t windows, windows_known;
	uint32_t requests, retries, rereads, halvings;
};
struct reader_progress reader_progress(const struct reader *reader);

void reader_free(struct reader **reader);
