// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "processors/events-sink/settle.h"

enum { ASK_AGAIN_MS = 600000, TOKENS_EVERY_MS = 1000, STALE_EVERY_MS = 60000 };

// ---- one row

// Answers to a row's events mostly come together: it is read and written once for them.
struct judged_row {
	struct ledger_key key; // name absent: none is open
	struct ledger_row row;
	struct attributed_conversion conversion;
	// NULL: the events say what the conversion does, nothing has come since their intents; or orders, a goal that is not exported any more, or a conversion that
	// is not known yet (reload.c)
	const struct export_goal *goal;
	struct event_wanted *wanted;
	size_t wanted_count;
};

static int open_row(struct export_shard *s, const struct ticket *t, struct judged_row *at, struct err *err)
{
	*at = (struct judged_row){.key = ledger_key_of(t->name)};
	arena_reset(&s->arena);
	if (ledger_read(s->store, &at->key, &s->arena, &at->row, err) != 0)
		return -1;
	if (s->orders || !view_is_set(at->row.record) || t->restated == s->restated)
		return 0;
	if (export_shard_conversion(s, at->row.record, &at->conversion, err) != 0)
		return -1;
	at->goal = export_role_goal(s->role, at->conversion.tenant, at->conversion.goal);
	if (at->goal)
		event_list(at->goal->plan, &at->conversion, s->digest, &s->arena, &at->wanted, &at->wanted_count);
	return 0;
}

static int close_row(struct export_shard *s, struct judged_row *at, struct err *err)
{
	if (!view_is_set(at->key.name))
		return 0;
	if (at->goal && settle_wanted(s, at->goal, at->wanted, at->wanted_count, &at->key, &at->row, err) != 0)
		return -1;
	if (!at->goal)
		ledger_close(&at->row);
	ledger_write(s->store, &at->key, &at->row, &s->spare);
	at->key.name = VIEW_ABSENT;
	return 0;
}

// ---- one verdict

// Fills what the answer says into the row's event and publishes it.
static int publish(struct export_shard *s, struct export_result *r, const struct judged_row *at, struct err *err)
{
	r->verdict_time = r->verdict == EXPORT_INTENT ? TIME_ABSENT : s->now_ms;
	if (!ledger_is_open(r))
		r->payload = VIEW_ABSENT;
	if (r->verdict == EXPORT_ACCEPTED && at->goal) {
		int64_t now = settle_value(at->wanted, at->wanted_count, r->event_id);

		r->value_now_micros = now == r->value_micros ? TIME_ABSENT : now;
		r->verdict = now == r->value_micros ? EXPORT_ACCEPTED : EXPORT_SENT_THEN_CHANGED;
	}
	return export_shard_emit(s, r, err);
}

static int refuse(struct export_shard *s, const struct ticket *t, const struct ledger_row *row, const struct export_result *r,
	struct err *err)
{
	struct err why;

	err_set(&why, ERR_POISON, "refused_by_tiktok", "event %.*s: code %" PRId64 ", %.*s", VIEW_ARG(r->event_id), r->code,
		VIEW_ARG(r->message));
	return export_shard_refuse(s, t->name, row, &why, err);
}

static int64_t maybe_since(const struct export_result *r, const struct ticket *t)
{
	if (r->verdict == EXPORT_INTENT)
		return t->since_ms;
	return (r->verdict == EXPORT_PAUSED || r->verdict == EXPORT_UNKNOWN) && t->maybe_ms ? t->maybe_ms : TIME_ABSENT;
}

static enum ticket_state state_after(const struct export_result *r)
{
	return r->verdict == EXPORT_INTENT ? TICKET_WRITTEN : r->verdict == EXPORT_PAUSED ? TICKET_PAUSED : TICKET_JUDGED;
}

// `change` fills verdict and answer into the result.
static int judge(struct export_shard *s, struct judged_row *at, struct ticket *t,
	void (*change)(struct export_result *r, const void *context), const void *context, struct err *err)
{
	if (!view_is_set(at->key.name) || !view_eq(at->key.name, t->name)) {
		if (close_row(s, at, err) != 0 || open_row(s, t, at, err) != 0)
			return -1;
	}
	struct export_result *r = ledger_find(&at->row, t->event_id);
	CHECK(r);
	change(r, context);
	r->maybe_since = maybe_since(r, t);
	if (publish(s, r, at, err) != 0)
		return -1;
	if (r->verdict == EXPORT_REFUSED && refuse(s, t, &at->row, r, err) != 0)
		return -1;
	outbox_move(&s->outbox, t, state_after(r));
	return 0;
}

// ---- answers

static void fill_answer(struct export_result *r, const void *context)
{
	static const struct {
		int8_t verdict;
		const char *reason;
	} meaning[] = {
		[SEND_ACCEPTED] = {EXPORT_ACCEPTED, NULL},
		[SEND_REFUSED] = {EXPORT_REFUSED, "refused_by_tiktok"},
		[SEND_PAUSED] = {EXPORT_PAUSED, "token_or_permission"},
		[SEND_EXPIRED] = {EXPORT_UNKNOWN, "no_answer_in_time"},
	};
	const struct answer_kept *a = context;

	r->verdict = meaning[a->verdict].verdict;
	r->reason = meaning[a->verdict].reason ? view_text(meaning[a->verdict].reason) : VIEW_ABSENT;
	r->code = a->code;
	r->attempts = a->attempts;
	r->message = a->message[0] ? view_text(a->message) : VIEW_ABSENT;
	r->request_id = a->request_id[0] ? view_text(a->request_id) : VIEW_ABSENT;
}

static void pause_tenant(struct export_shard *s, size_t tenant, const struct answer_kept *a)
{
	struct export_tenant *t = &s->tenants[tenant];
	bool was = t->paused;

	t->paused = true;
	t->going = t->answered = false;
	t->paused_version = a->token_version;
	t->ask_again_ms = s->now_ms + ASK_AGAIN_MS;
	t->paused_code = a->code;
	snprintf(t->paused_message, sizeof t->paused_message, "%s", a->message);
	export_role_pause(s->role, &(struct pause){tenant, s->orders, s->partition, s->now_ms, t->ask_again_ms, a->code, a->message});
	if (was)
		return;
	log_event(LOG_WARN, "tenant_paused", LOG_V("tenant", t->tenant->id), LOG_I("partition", s->partition), LOG_I("code", a->code),
		LOG_S("message", a->message));
}

static void note_answer(struct export_shard *s, struct ticket *t, const struct answer_kept *a)
{
	if (a->verdict == SEND_PAUSED)
		pause_tenant(s, t->tenant, a);
	else if (t->probe)
		s->goes_on_due = s->tenants[t->tenant].answered = true;
	t->probe = false;
	t->attempts = a->attempts;
	if (a->maybe_ms && (!t->maybe_ms || a->maybe_ms < t->maybe_ms))
		t->maybe_ms = a->maybe_ms;
}

static int judge_answer(struct export_shard *s, struct judged_row *at, const struct answer_kept *a, struct err *err)
{
	struct ticket *t = outbox_find(&s->outbox, a->ticket);

	if (!t || t->state != TICKET_SENT)
		return 0; // given up before
	note_answer(s, t, a);
	return judge(s, at, t, fill_answer, a, err);
}

bool verdict_any(struct export_shard *s)
{
	return answers_any(&s->answers, s->box);
}

// The rows of the next answers.
static void look_ahead(struct export_shard *s)
{
	struct ledger_key keys[EXPORT_AHEAD];
	const struct answer_kept *a;
	size_t n = 0;

	for (size_t i = 0; i < EXPORT_AHEAD && (a = answers_ahead(&s->answers, i)); i++) {
		const struct ticket *t = outbox_find(&s->outbox, a->ticket);

		if (t && (n == 0 || !view_eq(keys[n - 1].name, t->name)))
			keys[n++] = ledger_key_of(t->name);
	}
	ledger_prefetch(s->store, keys, n);
}

int verdict_judge(struct export_shard *s, struct err *err)
{
	struct judged_row at = {.key.name = VIEW_ABSENT};
	const struct answer_kept *a;

	for (size_t passed = 0;; passed++) {
		if (passed % EXPORT_AHEAD == 0)
			look_ahead(s);
		if (!(a = answers_next(&s->answers)))
			break;
		if (judge_answer(s, &at, a, err) != 0)
			return -1;
	}
	return close_row(s, &at, err);
}

// ---- too late to send again; what is in the box, the sender gives up

static bool is_stale(const struct export_shard *s, const struct ticket *t, int64_t now_ms)
{
	return t->state == TICKET_READY && now_ms - t->since_ms > s->role->config->events_sink.resend_within_ms;
}

bool verdict_any_stale(const struct export_shard *s, int64_t now_ms)
{
	if (now_ms < s->stale_due_ms || s->outbox.ready == 0)
		return false;
	for (size_t i = 0; i < s->outbox.count; i++)
		if (is_stale(s, &s->outbox.tickets[i], now_ms))
			return true;
	return false;
}

static void fill_unknown(struct export_result *r, const void *context)
{
	(void)context;
	r->verdict = EXPORT_UNKNOWN;
	r->reason = VIEW_LIT("no_answer_in_time");
}

int verdict_give_up(struct export_shard *s, struct err *err)
{
	struct judged_row at = {.key.name = VIEW_ABSENT};

	if (s->now_ms < s->stale_due_ms)
		return 0;
	s->stale_due_ms = s->now_ms + STALE_EVERY_MS;
	for (size_t i = 0; i < s->outbox.count; i++)
		if (is_stale(s, &s->outbox.tickets[i], s->now_ms) && judge(s, &at, &s->outbox.tickets[i], fill_unknown, NULL, err) != 0)
			return -1;
	return close_row(s, &at, err);
}

// ---- paused tenants

static void fill_paused(struct export_result *r, const void *context)
{
	const struct export_tenant *t = context;

	r->verdict = EXPORT_PAUSED;
	r->reason = VIEW_LIT("token_or_permission");
	r->code = t->paused_code;
	r->message = t->paused_message[0] ? view_text(t->paused_message) : VIEW_ABSENT;
	r->request_id = VIEW_ABSENT;
}

int verdict_pause(struct export_shard *s, struct err *err)
{
	struct judged_row at = {.key.name = VIEW_ABSENT};

	if (!s->pause_due)
		return 0;
	s->pause_due = false;
	for (struct ticket *t = outbox_ready(&s->outbox, NULL), *next; t; t = next) {
		const struct export_tenant *tenant = &s->tenants[t->tenant];

		next = outbox_ready(&s->outbox, t);
		if (tenant->paused && !tenant->going && !t->probe && judge(s, &at, t, fill_paused, tenant, err) != 0)
			return -1;
	}
	return close_row(s, &at, err);
}

void verdict_paused_before(struct export_shard *s, size_t tenant, const struct export_result *r)
{
	struct export_tenant *t = &s->tenants[tenant];

	if (t->paused)
		return;
	t->paused = true;
	t->paused_version = sink_tokens_version(s->role->tokens, t->tenant->id);
	t->ask_again_ms = s->now_ms;
	s->goes_on_due = true;
	t->paused_code = r->code == TIME_ABSENT ? 0 : (int)r->code;
	snprintf(t->paused_message, sizeof t->paused_message, "%.*s", (int)r->message.n, view_is_set(r->message) ? r->message.p : "");
	export_role_pause(s->role,
		&(struct pause){tenant, s->orders, s->partition, r->verdict_time, s->now_ms, t->paused_code, t->paused_message});
}

static bool is_renewed(const struct export_shard *s, const struct export_tenant *t)
{
	return t->answered || sink_tokens_version(s->role->tokens, t->tenant->id) != t->paused_version;
}

static bool may_go_on(const struct export_shard *s, const struct export_tenant *t)
{
	return t->paused && !t->going && (s->asked_ms >= t->ask_again_ms || is_renewed(s, t));
}

bool verdict_any_goes_on(struct export_shard *s, int64_t now_ms)
{
	if (now_ms < s->tokens_due_ms || s->leaving)
		return s->goes_on_due;
	s->tokens_due_ms = now_ms + TOKENS_EVERY_MS;
	for (size_t i = 0; i < s->role->config->tenant_count && !s->goes_on_due; i++)
		s->goes_on_due = may_go_on(s, &s->tenants[i]);
	return s->goes_on_due;
}

static void fill_intent(struct export_result *r, const void *context)
{
	(void)context;
	r->verdict = EXPORT_INTENT;
	r->reason = r->message = r->request_id = VIEW_ABSENT;
	r->code = TIME_ABSENT;
}

static int go_on(struct export_shard *s, size_t tenant, struct judged_row *at, struct err *err)
{
	struct export_tenant *t = &s->tenants[tenant];
	bool all = is_renewed(s, t), any = false;

	for (size_t i = 0; i < s->outbox.count && (all || !any); i++) {
		struct ticket *ticket = &s->outbox.tickets[i];

		if (ticket->state != TICKET_PAUSED || ticket->tenant != tenant)
			continue;
		outbox_move(&s->outbox, ticket, TICKET_WRITTEN);
		ticket->since_ms = ticket->maybe_ms ? ticket->maybe_ms : s->now_ms;
		ticket->probe = !all;
		any = true;
		if (judge(s, at, ticket, fill_intent, NULL, err) != 0)
			return -1;
	}
	t->going = all || !any;
	t->probed = !t->going;
	if (t->probed)
		t->ask_again_ms = s->now_ms + ASK_AGAIN_MS;
	return 0;
}

int verdict_go_on(struct export_shard *s, struct err *err)
{
	struct judged_row at = {.key.name = VIEW_ABSENT};

	if (!s->goes_on_due)
		return 0;
	s->goes_on_due = false;
	for (size_t i = 0; i < s->role->config->tenant_count; i++)
		if (may_go_on(s, &s->tenants[i]) && go_on(s, i, &at, err) != 0)
			return -1;
	return close_row(s, &at, err);
}

// ---- commit, abort

static void end_pause(struct export_shard *s, size_t i)
{
	struct export_tenant *t = &s->tenants[i];

	t->paused = t->answered = false;
	log_event(LOG_INFO, "tenant_goes_on", LOG_V("tenant", t->tenant->id), LOG_I("partition", s->partition));
	export_role_go_on(s->role, &(struct pause){.tenant = i, .orders = s->orders, .partition = s->partition});
}

void verdict_committed(struct export_shard *s)
{
	answers_committed(&s->answers);
	for (size_t i = 0; i < s->role->config->tenant_count; i++) {
		if (s->tenants[i].going)
			end_pause(s, i);
		s->tenants[i].going = s->tenants[i].probed = false;
	}
}

void verdict_aborted(struct export_shard *s)
{
	answers_aborted(&s->answers);
	for (size_t i = 0; i < s->role->config->tenant_count; i++) {
		struct export_tenant *t = &s->tenants[i];

		if (t->probed)
			t->ask_again_ms = 0;
		t->going = t->probed = false;
	}
}
