// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "tiktok/send_private.h"

enum {
	HALVE_AFTER = 8,
	PROTOCOL_TRIES = 8,
	TOKEN_TRIES = 3,
	STATUS_TOO_MANY = 429,
	STATUS_SERVER = 500,
	CODE_PARTIAL = 20001,
	WHO_ASKS = 401
};

// One answer, and the moment it came.
struct reply {
	const struct answer *answer;
	int64_t retry_after_ms, now_ms;
};

static void answer_all(struct sender *s, struct send_batch *b, const struct send_answer *words)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < b->entries_n; i++)
		send_box_answer(b, &b->entries[i], words);
	send_batch_free(s, b);
	send_box_wake(s);
	pthread_mutex_unlock(&s->lock);
}

static struct send_answer words_of(const struct send_batch *b, enum send_verdict verdict, int code, const char *message,
	const char *request_id)
{
	struct send_answer words = {.verdict = verdict, .code = code, .token_version = b->token_version};

	answer_text(view_text(message), words.message, sizeof words.message);
	snprintf(words.request_id, sizeof words.request_id, "%s", request_id);
	return words;
}

static void accept_all(struct sender *s, struct send_batch *b, const struct answer *answer)
{
	struct send_answer words = words_of(b, SEND_ACCEPTED, 0, "", answer->request_id);

	answer_all(s, b, &words);
}

static void refuse_all(struct sender *s, struct send_batch *b, int code, const struct answer *answer)
{
	struct send_answer words = words_of(b, SEND_REFUSED, code, answer->message, answer->request_id);

	answer_all(s, b, &words);
}

void send_verdict_dropped(struct sender *s, struct send_batch *b)
{
	struct send_answer words = words_of(b, SEND_PAUSED, 0, "", "");

	answer_all(s, b, &words);
}

void send_verdict_expired(struct sender *s, struct send_batch *b, int64_t wall_ms)
{
	struct send_answer words = words_of(b, SEND_EXPIRED, 0, "", "");
	OWN(own_free) bool *lasting = calloc(b->entries_n, sizeof *lasting);
	bool any = false;

	if (!lasting)
		err_out_of_memory();
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < b->entries_n; i++) {
		lasting[i] = b->entries[i].until_ms > wall_ms;
		any |= lasting[i];
		if (!lasting[i])
			send_box_answer(b, &b->entries[i], &words);
	}
	if (any) {
		struct send_batch *rest = send_batch_part(s, b, 0, b->entries_n, lasting);

		rest->failures = b->failures;
		rest->tries = b->tries;
		rest->failed_ms = b->failed_ms;
		send_turn_ready(s, rest);
	}
	send_batch_free(s, b);
	send_box_wake(s);
	pthread_mutex_unlock(&s->lock);
}

void send_verdict_paused(struct sender *s, struct send_batch *b)
{
	const struct send_tenant *tenant = b->queue->tenant;
	struct send_answer words = words_of(b, SEND_PAUSED, tenant->refused_code, tenant->refused_message, tenant->refused_request_id);

	words.token_version = tenant->refused_version;
	answer_all(s, b, &words);
}

static void pause_tenant(struct sender *s, struct send_batch *b, const struct answer *answer, int64_t now_ms)
{
	struct send_tenant *tenant = b->queue->tenant;

	tenant->refused = true;
	tenant->refused_version = b->token_version;
	tenant->refused_until_ms = now_ms + s->options.pause_ms;
	tenant->refused_code = answer->code;
	memcpy(tenant->refused_message, answer->message, sizeof tenant->refused_message);
	memcpy(tenant->refused_request_id, answer->request_id, sizeof tenant->refused_request_id);
	log_event(LOG_WARN, "send_paused", LOG_S("tenant", tenant->name), LOG_I("code", answer->code), LOG_S("message", answer->message),
		LOG_S("request_id", answer->request_id));
	send_verdict_paused(s, b);
}

static void again(struct sender *s, struct send_batch *b, int64_t due_ms)
{
	pthread_mutex_lock(&s->lock);
	b->due_ms = due_ms;
	s->numbers.retries++;
	send_turn_ready(s, b);
	pthread_mutex_unlock(&s->lock);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void note_down(struct sender *s, bool down)
{
	pthread_mutex_lock(&s->lock);
	if (!down)
		s->numbers.down_since_ms = 0;
	else if (!s->numbers.down_since_ms)
		s->numbers.down_since_ms = now_wall_ms();
	pthread_mutex_unlock(&s->lock);
}

// `failures`: what the halves have behind them.
static void halve(struct sender *s, struct send_batch *b, int failures)
{
	size_t half = b->entries_n / 2;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < 2; i++) {
		struct send_batch *part = send_batch_part(s, b, i ? half : 0, i ? b->entries_n : half, NULL);

		part->failures = failures;
		part->failed_ms = b->failed_ms;
		send_turn_ready(s, part);
	}
	s->numbers.bisected++;
	send_batch_free(s, b);
	pthread_mutex_unlock(&s->lock);
}

// The batch waits for itself, its tenant for all of its batches: a batch that fails for ever does not hold up the others. One that goes on failing while
// others pass has an event that TikTok stumbles over, or takes too long: it is halved.
static void wait_and_retry(struct sender *s, struct send_batch *b, int64_t least_ms, int64_t now_ms)
{
	struct send_tenant *tenant = b->queue->tenant;

	tenant->failures++;
	tenant->hold_ms = now_ms + backoff_ms(&s->backoff, tenant->failures);
	bool alone = s->calm_ms >= b->failed_ms; // others passed since
	b->failed_ms = now_ms;
	if (alone && b->failures >= HALVE_AFTER && b->entries_n > 1) {
		halve(s, b, HALVE_AFTER / 2);
		return;
	}
	again(s, b, now_ms + later(least_ms, backoff_ms(&s->backoff, ++b->failures)));
}

// Nobody said what became of it: it may have been taken.
static void note_doubt(struct send_batch *b)
{
	for (size_t i = 0; i < b->entries_n; i++)
		if (!b->entries[i].maybe_ms)
			b->entries[i].maybe_ms = b->sent_wall_ms;
}

static void not_now(struct sender *s, struct send_batch *b, const struct err *err, int64_t retry_after_ms, int64_t now_ms)
{
	note_down(s, true);
	log_throttled(err->class == ERR_FATAL ? LOG_ERROR : LOG_WARN, "send_failed", LOG_S("tenant", b->queue->tenant->name),
		LOG_I("events", b->entries_n), LOG_I("requests", b->requests), LOG_ERR(err));
	wait_and_retry(s, b, retry_after_ms, now_ms);
}

void send_verdict_failed(struct sender *s, struct send_batch *b, const struct err *err, int64_t retry_after_ms, int64_t now_ms)
{
	note_doubt(b);
	not_now(s, b, err, retry_after_ms, now_ms);
}

void send_verdict_no_token(struct sender *s, struct send_batch *b, const struct err *err, int64_t now_ms)
{
	struct send_tenant *tenant = b->queue->tenant;

	tenant->hold_ms = now_ms + backoff_ms(&s->backoff, ++tenant->token_failures);
	if (err->class == ERR_RETRY && tenant->token_failures < TOKEN_TRIES) {
		again(s, b, now_ms);
		return;
	}
	log_throttled(LOG_WARN, "send_no_token", LOG_S("tenant", tenant->name), LOG_ERR(err));
	b->token_version = 0;
	struct send_answer words = words_of(b, SEND_PAUSED, 0, err->words, "");
	answer_all(s, b, &words);
}

static void throttle(struct sender *s, struct send_batch *b, struct limits_bucket *bucket, const struct reply *reply)
{
	limits_throttled(bucket, b->sent_ms, reply->now_ms, reply->retry_after_ms);
	log_throttled(LOG_WARN, "send_throttled", LOG_S("advertiser", bucket == &s->app ? "" : b->queue->advertiser->name),
		LOG_I("code", reply->answer->code), LOG_S("message", reply->answer->message), LOG_I("wait_ms", bucket->open_ms - reply->now_ms));
	pthread_mutex_lock(&s->lock);
	s->numbers.throttled++;
	pthread_mutex_unlock(&s->lock);
	again(s, b, reply->now_ms);
}

static void bisect(struct sender *s, struct send_batch *b, const struct answer *answer)
{
	if (b->entries_n == 1)
		refuse_all(s, b, answer->code, answer);
	else
		halve(s, b, 0);
}

static void split(struct sender *s, struct send_batch *b, const struct answer *answer)
{
	if (b->entries_n > 1 && b->entries_n <= b->queue->most) {
		pthread_mutex_lock(&s->lock);
		b->queue->most = b->entries_n / 2;
		pthread_mutex_unlock(&s->lock);
	}
	bisect(s, b, answer);
}

// The entry that a failed item means; -1: none of ours. An id is worth more than an index.
static int64_t entry_of(const struct send_batch *b, const struct answer_item *item)
{
	struct view id = view_text(item->event_id);
	int64_t index = item->index >= 0 && (uint64_t)item->index < b->entries_n ? item->index : -1;

	if (!id.n)
		return index;
	for (size_t i = 0, at = index < 0 ? 0 : (size_t)index; i < b->entries_n; i++, at = (at + 1) % b->entries_n) {
		if (view_eq(view_of(b->ids.p + b->entries[at].id_at, b->entries[at].id_n), id))
			return (int64_t)at;
	}
	return index;
}

// A failed item that does not say its own code has that of the whole.
static int code_of(const struct answer_item *item)
{
	return item->code ? item->code : CODE_PARTIAL;
}

static bool goes_again(const struct send_batch *b, const struct answer_item *item)
{
	const struct codes_rule *rule = codes_rule(code_of(item));

	if (rule->act == CODES_THROTTLE_APP || rule->act == CODES_THROTTLE_ADVERTISER)
		return true;
	return rule->act == CODES_RETRY && (!rule->tries || b->tries < rule->tries);
}

static struct send_answer words_of_item(const struct send_batch *b, const struct answer_item *item, const struct answer *answer)
{
	if (!item || codes_rule(code_of(item))->act == CODES_DONE)
		return words_of(b, SEND_ACCEPTED, 0, "", answer->request_id);
	enum send_verdict verdict = codes_rule(code_of(item))->act == CODES_PAUSE ? SEND_PAUSED : SEND_REFUSED;
	return words_of(b, verdict, code_of(item), item->message, answer->request_id);
}

// Answers those that are decided; a batch of the others is ready.
static void sort_out(struct sender *s, struct send_batch *b, const struct answer_item *const *failed, const struct reply *reply)
{
	OWN(own_free) bool *undecided = calloc(b->entries_n, sizeof *undecided);
	struct send_answer accepted = words_of_item(b, NULL, reply->answer);
	bool any = false;

	if (!undecided)
		err_out_of_memory();
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < b->entries_n; i++) {
		undecided[i] = failed[i] && goes_again(b, failed[i]);
		any |= undecided[i];
		if (undecided[i])
			continue;
		struct send_answer words = failed[i] ? words_of_item(b, failed[i], reply->answer) : accepted;
		send_box_answer(b, &b->entries[i], &words);
	}
	if (any) {
		struct send_batch *rest = send_batch_part(s, b, 0, b->entries_n, undecided);

		rest->tries = b->tries + 1;
		rest->failures = b->failures + 1;
		rest->due_ms = reply->now_ms + backoff_ms(&s->backoff, rest->failures);
		send_turn_ready(s, rest);
		s->numbers.retries++;
	}
	send_batch_free(s, b);
	send_box_wake(s);
	pthread_mutex_unlock(&s->lock);
}

static void partial(struct sender *s, struct send_batch *b, const struct reply *reply)
{
	const struct answer *answer = reply->answer;
	OWN(own_free) const struct answer_item **failed = calloc(b->entries_n, sizeof *failed);
	size_t known = 0;

	if (!failed)
		err_out_of_memory();
	for (size_t i = 0; i < answer->items_n; i++) {
		int64_t at = entry_of(b, &answer->items[i]);

		if (at < 0)
			continue;
		failed[at] = &answer->items[i];
		known++;
	}
	if (!known || known < answer->items_n)
		log_throttled(LOG_WARN, "send_partial_unknown", LOG_S("tenant", b->queue->tenant->name), LOG_I("items", answer->items_n),
			LOG_I("known", known), LOG_S("message", answer->message), LOG_S("request_id", answer->request_id));
	sort_out(s, b, failed, reply);
}

static enum codes_act act_of(struct send_batch *b, const struct codes_rule *rule)
{
	if (rule->act == CODES_RETRY && rule->tries && b->tries++ >= rule->tries)
		return rule->then;
	return rule->act;
}

static void calm(struct sender *s, struct send_batch *b, int64_t now_ms)
{
	s->calm_ms = now_ms;
	limits_calm(&s->app, b->sent_ms);
	limits_calm(&b->queue->advertiser->bucket, b->sent_ms);
	b->queue->tenant->failures = 0;
	b->queue->tenant->hold_ms = 0;
}

static void act(struct sender *s, struct send_batch *b, const struct reply *reply)
{
	const struct answer *answer = reply->answer;
	const struct codes_rule *rule = codes_rule(answer->code);
	enum codes_act what = act_of(b, rule);

	if (what == CODES_RETRY) {
		struct err err;

		err_set(&err, ERR_RETRY, "send_not_now", "code %d: %.200s", answer->code, answer->message);
		if (answer->code / 100 != WHO_ASKS) // who is not let in brought nothing
			note_doubt(b);
		not_now(s, b, &err, later(reply->retry_after_ms, rule->wait_s * 1000), reply->now_ms);
		return;
	}
	note_down(s, false);
	if (what == CODES_THROTTLE_APP) {
		throttle(s, b, &s->app, reply);
		return;
	}
	if (what == CODES_THROTTLE_ADVERTISER) {
		throttle(s, b, &b->queue->advertiser->bucket, reply);
		return;
	}
	calm(s, b, reply->now_ms);
	if (what == CODES_DONE)
		accept_all(s, b, answer);
	else if (what == CODES_PARTIAL)
		partial(s, b, reply);
	else if (what == CODES_PAUSE)
		pause_tenant(s, b, answer, reply->now_ms);
	else if (what == CODES_SPLIT)
		split(s, b, answer);
	else if (what == CODES_REFUSE)
		bisect(s, b, answer);
	else
		refuse_all(s, b, answer->code, answer);
}

void send_verdict_reply(struct sender *s, struct send_batch *b, const struct http_answer *http, int64_t now_ms)
{
	int64_t after_ms = http->retry_after_ms < LIMITS_RETRY_AFTER_MOST_MS ? http->retry_after_ms : LIMITS_RETRY_AFTER_MOST_MS;
	struct reply reply = {&s->answer, after_ms, now_ms};
	struct err err;

	answer_read(buf_view(&http->body), &s->answer);
	if (s->answer.kind == ANSWER_CODE) {
		act(s, b, &reply);
		return;
	}
	if (http->status == STATUS_TOO_MANY) {
		throttle(s, b, &s->app, &reply);
		return;
	}
	bool protocol = s->answer.kind == ANSWER_PROTOCOL && http->status < STATUS_SERVER; // gateways in trouble may speak JSON too
	if (protocol && b->tries++ >= PROTOCOL_TRIES) {
		snprintf(s->answer.message, sizeof s->answer.message, "the answer, status %d, is JSON without a code", http->status);
		refuse_all(s, b, SEND_CODE_PROTOCOL, &s->answer);
		return;
	}
	err_set(&err, ERR_RETRY, "send_no_code", "status %d: the answer is %s", http->status,
		s->answer.kind == ANSWER_PROTOCOL ? "JSON without a code" : "no JSON");
	send_verdict_failed(s, b, &err, reply.retry_after_ms, now_ms);
}
