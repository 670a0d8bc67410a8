// SPDX-License-Identifier: Apache-2.0
#include "tests/sim_sink/sink_tiktok.h"

#include <stdio.h>

#include "base/now.h"
#include "base/own.h"
#include "tests/sim/sim_report.h"

struct sink_tiktok sink_tiktok;

struct waiting_event {
	uint64_t ticket;
	struct sink_told *told;
	int tenant, attempts;
	int64_t until_ms, maybe_ms;
};

// One shard, one box; a process that is gone leaves what it had.
static struct {
	struct waiting_event events[SINK_BOX];
	size_t count;
	struct send_answer answers[SINK_BOX];
	size_t answer_count;
	struct send_tokens tokens;
	int opened;
} box;

static bool hits(int per_mille)
{
	return sim_random_hits(sink_tiktok.random, per_mille);
}

// ---- its own ledger

const struct sink_told *sink_tiktok_find(struct view id)
{
	for (size_t i = 0; i < sink_tiktok.told_count; i++)
		if (view_eq(sink_tiktok.told[i].id, id))
			return &sink_tiktok.told[i];
	return NULL;
}

static struct sink_told *learn(const struct send_event *e)
{
	struct sink_told *t = (struct sink_told *)sink_tiktok_find(e->id);

	if (t)
		return t;
	CHECK(sink_tiktok.told_count < SINK_EVENTS);
	t = &sink_tiktok.told[sink_tiktok.told_count++];
	*t = (struct sink_told){.id = arena_dup(&sink_tiktok.arena, e->id),
		.json = arena_dup(&sink_tiktok.arena, e->json),
		.refused = hits(sink_tiktok.refuses),
		.silent = hits(sink_tiktok.silences)};
	return t;
}

// What comes again within 48 hours is dropped; later it would count twice.
static void take(struct sink_told *t)
{
	if (t->refused)
		return;
	if (t->taken++ == 0)
		t->first_ms = now_wall_ms();
	if (now_wall_ms() - t->first_ms > SINK_RESEND_MS)
		sim_report_fail("%.*s comes again when TikTok has forgotten it", VIEW_ARG(t->id));
}

// ---- the box

struct sender *sender_new(const struct send_options *options)
{
	box.tokens = options->tokens;
	return (struct sender *)&box;
}

void sender_free(struct sender **sender)
{
	*sender = NULL;
}

struct send_box *send_box_new(struct sender *sender, int wake_fd)
{
	(void)wake_fd;
	CHECK(box.opened++ == 0);
	return (struct send_box *)sender;
}

// What is in flight may still arrive.
void send_box_free(struct send_box **out)
{
	for (size_t i = 0; i < box.count; i++)
		if (hits(400) && now_wall_ms() <= box.events[i].until_ms)
			take(box.events[i].told);
	box.count = box.answer_count = sink_tiktok.in_box = 0;
	box.opened--;
	*out = NULL;
}

enum send_room send_put(struct send_box *out, const struct send_event *e)
{
	CHECK(out && box.opened == 1);
	if (hits(sink_tiktok.mood.full))
		return hits(500) ? SEND_NO_ROOM : SEND_NO_ROOM_TENANT;
	struct sink_told *t = learn(e);
	sink_tiktok.put(e, t);
	CHECK(box.count < SINK_BOX);
	box.events[box.count++] = (struct waiting_event){e->ticket, t, e->tenant.p[0] - 'a', e->attempts, e->until_ms, 0};
	sink_tiktok.in_box = box.count;
	return SEND_TAKEN;
}

size_t send_take(struct send_box *out, struct send_answer *answers, size_t room)
{
	size_t n = box.answer_count < room ? box.answer_count : room;

	CHECK(out && box.opened == 1);
	if (n > 1)
		n = 1 + (size_t)sim_random_below(sink_tiktok.random, (int64_t)n);
	memcpy(answers, box.answers, n * sizeof *answers);
	memmove(box.answers, box.answers + n, (box.answer_count - n) * sizeof *answers);
	box.answer_count -= n;
	return n;
}

void sender_numbers(const struct sender *sender, struct send_numbers *out)
{
	(void)sender;
	*out = (struct send_numbers){.waiting = box.count};
}

// ---- answers

static void answer(size_t at, enum send_verdict verdict, int code, uint64_t token_version)
{
	const struct waiting_event *e = &box.events[at];

	CHECK(box.answer_count < SINK_BOX);
	box.answers[box.answer_count++] = (struct send_answer){.ticket = e->ticket,
		.verdict = verdict,
		.code = code,
		.attempts = e->attempts,
		.maybe_ms = e->maybe_ms,
		.token_version = token_version,
		.message = "words",
		.request_id = "r"};
	sim_report_note("tiktok: %.*s: verdict %d, code %d", VIEW_ARG(e->told->id), (int)verdict, code);
	box.events[at] = box.events[--box.count];
	sink_tiktok.in_box = box.count;
	sink_tiktok.answers++;
	sink_tiktok.pauses += verdict == SEND_PAUSED;
	sink_tiktok.expired += verdict == SEND_EXPIRED;
}

// 0: the token is good; else the answer was given.
static bool asks_in_vain(size_t at)
{
	const struct waiting_event *e = &box.events[at];
	const char tenant = (char)('a' + e->tenant);
	OWN(buf_clear) struct buf token = {0};
	char valid[24];
	uint64_t version = 0;
	struct err err;

	if (box.tokens.get(box.tokens.context, view_of(&tenant, 1), &token, &version, &err) != 0) {
		answer(at, SEND_PAUSED, 0, 0);
		return true;
	}
	snprintf(valid, sizeof valid, "token-%d", sink_tiktok.valid[e->tenant]);
	if (view_eq(buf_view(&token), view_text(valid)))
		return false;
	answer(at, SEND_PAUSED, 40105, version);
	return true;
}

static void in_doubt(struct waiting_event *e)
{
	e->maybe_ms = e->maybe_ms ? e->maybe_ms : now_wall_ms();
}

static void try_one(size_t at)
{
	struct waiting_event *e = &box.events[at];

	if (now_wall_ms() > e->until_ms) {
		answer(at, SEND_EXPIRED, 0, 0);
		return;
	}
	e->attempts++;
	if (hits(sink_tiktok.mood.nothing)) {
		in_doubt(e);
		return;
	}
	if (asks_in_vain(at))
		return;
	take(e->told);
	if (e->told->silent || hits(sink_tiktok.mood.lost)) {
		in_doubt(e);
		sink_tiktok.lost++;
		return; // it is tried again
	}
	answer(at, e->told->refused ? SEND_REFUSED : SEND_ACCEPTED, e->told->refused ? 40002 : 0, 1);
}

void sink_tiktok_work(size_t n)
{
	for (; n > 0 && box.count > 0; n--)
		try_one((size_t)sim_random_below(sink_tiktok.random, (int64_t)box.count));
}

// ---- life

void sink_tiktok_begin(struct sim_random *random)
{
	CHECK(box.opened == 0);
	sink_tiktok = (struct sink_tiktok){.random = random,
		.arena = sink_tiktok.arena,
		.answers = sink_tiktok.answers,
		.lost = sink_tiktok.lost,
		.pauses = sink_tiktok.pauses,
		.expired = sink_tiktok.expired};
	arena_reset(&sink_tiktok.arena);
}

void sink_tiktok_end(void)
{
	arena_clear(&sink_tiktok.arena);
}
