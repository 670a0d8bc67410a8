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

// What a paused tenant has committed and not handed over is paused, too, and the ledger says so.
int verdict_pause(struct export_shard *s, struct err *err) MUST_USE;

// A tenant as paused as the ledger says that it was; its first event asks again at once.
void verdict_paused_before(struct export_shard *s, size_t tenant, const struct export_result *result);
// Paused tenants whose token is another one now go on; where only time has passed, one event of them asks again, and the others follow when it is answered. Each
// is an intent again before it is sent: from then on TikTok may have it. True: some may. Looks at most once a second.
bool verdict_any_goes_on(struct export_shard *s, int64_t now_ms);
int verdict_go_on(struct export_shard *s, struct err *err) MUST_USE;
