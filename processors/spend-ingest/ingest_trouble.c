// SPDX-License-Identifier: Apache-2.0
// What stands in the way of a reading, as the account's status says it, and when it is tried again.
#include <stdio.h>

#include "base/log.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "tiktok/backoff.h"

static const int64_t MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000;

static int64_t retry_after(struct ingest_shard *s, const struct ingest_account *a)
{
	struct backoff b = {4 * MINUTE_MS, HOUR_MS, store_hash(ingest_name(a)) ^ (uint64_t)s->now_ms};

	return MINUTE_MS + backoff_ms(&b, a->failures);
}

// ceiling: whose, and the fields of the status
int ingest_trouble(struct ingest_shard *s, struct ingest_account *a, enum sync_state state, const char *reason, const char *message,
	int64_t retry_ms, struct err *err)
{
	struct sync_record *r = &a->record;

	reading_drop(s, a);
	a->tried = true;
	r->state = state;
	snprintf(r->reason, sizeof r->reason, "%s", reason);
	snprintf(r->message, sizeof r->message, "%s", message);
	r->next_sync = retry_ms ? s->now_ms + retry_ms : TIME_ABSENT;
	s->counts.syncs[state]++;
	log_event(LOG_WARN, "account_not_read", LOG_V("tenant", a->tenant), LOG_V("advertiser", a->advertiser),
		LOG_S("state", ingest_role_state_name(state)), LOG_S("reason", reason), LOG_S("message", r->message),
		LOG_I("code", r->code == TIME_ABSENT ? 0 : r->code), LOG_S("request_id", r->request_id));
	return ingest_publish_status(s, a, err);
}

int ingest_trouble_answer(struct ingest_shard *s, struct ingest_account *a, const struct fetch_answer *answer, struct err *err)
{
	struct sync_record *r = &a->record;
	char words[400];

	r->code = answer->code ? answer->code : TIME_ABSENT;
	snprintf(r->request_id, sizeof r->request_id, "%s", answer->request_id);
	switch (answer->verdict) {
	case CALL_REAUTHORISE:
		snprintf(words, sizeof words,
			"TikTok no longer takes the access token (%s); connect the account again: what was missed is read then", answer->message);
		return ingest_trouble(s, a, SYNC_EXPIRED, "token_refused", words, 0, err);
	case CALL_SCOPE:
		snprintf(words, sizeof words, "the app lacks a permission at TikTok: %s (%s); add it to the app, then connect the account again",
			answer->scope ? answer->scope : "its name is not known", answer->message);
		return ingest_trouble(s, a, SYNC_NO_ACCESS, "scope_missing", words, DAY_MS, err);
	case CALL_NO_ACCESS:
		snprintf(words, sizeof words,
			"the token may not read this account (%s); give its user a role on it, or connect it as another user. Tried again each day",
			answer->message);
		return ingest_trouble(s, a, SYNC_NO_ACCESS, "no_permission", words, DAY_MS, err);
	case CALL_SMALLER:
		snprintf(words, sizeof words, "a day of this account is more than one report may hold (%s)", answer->message);
		return ingest_trouble(s, a, SYNC_FAILING, "too_large", words, s->role->plan.every_ms, err);
	case CALL_REFUSED:
		snprintf(words, sizeof words, "TikTok refuses the request: %s", answer->message);
		return ingest_trouble(s, a, SYNC_FAILING, "refused", words, HOUR_MS, err);
	default:
		break;
	}
	a->failures++;
	snprintf(words, sizeof words, "TikTok did not answer as it should, several times: %s", answer->message);
	return ingest_trouble(s, a, SYNC_FAILING, "tiktok_busy", words, retry_after(s, a), err);
}
