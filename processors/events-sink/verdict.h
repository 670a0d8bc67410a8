// SPDX-License-Identifier: Apache-2.0
// What the sender answers becomes results; a tenant whose token or permission was refused is paused, alone.
#pragma once
#include "processors/events-sink/export_shard.h"

// Takes what the box has. True: there are answers to be judged.
bool verdict_any(struct export_shard *s);
// Judges them in the running transaction.
int verdict_judge(struct export_shard *s, struct err *err) MUST_USE;
// The transaction is committed, or not.
void verdict_committed(struct export_shard *s);
void verdict_aborted(struct export_shard *s);

// Intents that could not be sent within `resend_within`, so that TikTok would not know them as the same: their verdict is `unknown`.
bool verdict_any_stale(const struct export_shard *s, int64_t now_ms);
int verdict_give_up(struct export_shard *s, struct err *err) MUST_USE;

// Paused tenants whose token is another one now, or who have waited long enough, go on. Asks at most once a second.
void verdict_resume(struct export_shard *s, int64_t now_ms);
