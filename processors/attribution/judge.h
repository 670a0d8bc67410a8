// SPDX-License-Identifier: Apache-2.0
// What makes a record usable, before anything is known of its user (docs/attribution.md 1). Each returns 0, or -1 with POISON and the reason.
#pragma once
#include "base/money.h"
#include "processors/attribution/rules.h"
#include "runtime/position.h"
#include "runtime/record.h"

enum { JUDGE_USER_MAX = 512 };

struct judge_time {
	const char *field;
	int64_t time;
	bool required;
	bool may_not_be_future;
};

// Owner and times: checks 3 to 7. After them the record moves its input's stream time.
int judge_owner_and_times(const struct record *record, struct view tenant, struct view user, const struct judge_time *times, size_t n,
	int64_t max_future_ms, struct err *err) MUST_USE;

// Check 9.
int judge_text(const char *field, struct view text, struct err *err) MUST_USE;
int judge_enum(const char *field, int value, struct err *err) MUST_USE;
int judge_item_ids(const struct items *items, struct err *err) MUST_USE;
int judge_context(const struct context *context, struct err *err) MUST_USE;

// Check 10. An absent currency gives *currency NULL.
int judge_currency(struct view code, const struct money_currency **currency, struct err *err) MUST_USE;
int judge_money(const char *field, struct view text, const struct money_currency *currency, int64_t *minor, struct err *err) MUST_USE;
int judge_item_prices(const struct items *items, struct err *err) MUST_USE;

// `a - b` without overflow; POSITION_NO_TIME stays.
int64_t judge_before(int64_t a, int64_t b);

// Check 13 against a stream time (or horizon): older than it - lateness.
bool judge_is_late(int64_t time, int64_t stream_time, int64_t lateness_ms);
int judge_too_late(const char *field, int64_t time, int64_t stream_time, int64_t lateness_ms, struct err *err);
