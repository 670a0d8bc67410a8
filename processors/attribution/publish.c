// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/publish.h"

#include "attribution/first.h"
#include "attribution/flood.h"
#include "processors/attribution/delta.h"
#include "processors/attribution/evaluate.h"
#include "processors/attribution/kept_output.h"

struct publishing {
	struct step_shard *shard;
	const struct publish_topics *topics;
	struct emit *emit;
};

// ---- what must be evaluated again

static bool late_click_may_matter(const struct person *p, const struct known *k)
{
	int64_t reach = 2 * p->tenant->tenant->max_lookback_ms;

	return p->late_from <= p->late_to && k->time >= p->late_from && judge_before(k->time, reach) <= p->late_to;
}

// Conversions that came, or whose T moved, in this run.
struct moves {
	const struct known **p;
	size_t n;
};

static struct moves moves_of(const struct person *p, struct arena *arena)
{
	struct moves moves = {arena_take(arena, p->known_count * sizeof *moves.p), 0};

	for (size_t i = 0; i < p->known_count; i++) {
		const struct known *k = p->known[i];

		if (k->touched && k->goal->goal->only_first_conversion && (!k->stored.p || k->stored_time != k->time))
			moves.p[moves.n++] = k;
	}
	return moves;
}

static bool first_may_have_changed(const struct moves *moves, const struct known *k)
{
	const struct goal *goal = k->goal->goal;

	for (size_t i = 0; i < moves->n; i++) {
		const struct known *moved = moves->p[i];

		if (moved->goal != k->goal)
			continue;
		// One that is new counts as come from the end of time; where that is also its T, the ids decide.
		if (first_may_change(goal, k->time, moved->stored_time, moved->time) || (!moved->stored.p && moved->time == k->time))
			return true;
	}
	return false;
}

// ---- emitting

static struct view output_key(struct step_shard *s, const struct attributed_conversion *c)
{
	struct buf *key = &s->other_bytes;

	buf_reset(key);
	buf_add_view(key, c->tenant);
	buf_add_byte(key, '|');
	buf_add_view(key, c->user);
	buf_add_byte(key, '|');
	buf_add_view(key, c->goal);
	buf_add_byte(key, '|');
	buf_add_view(key, c->conversion_id);
	return buf_view(key);
}

static int emit_value(struct publishing *p, int topic, int32_t partition, struct view key, struct err *err)
{
	struct emission out = {.topic = topic, .partition = partition, .key = key, .value = buf_view(&p->shard->bytes)};

	if (p->emit->send(p->emit, &out, err) == 0)
		return 0;
	if (err->class == ERR_POISON) // the topic's limit follows from max_record and max_touchpoints, so this is a topic made otherwise
		return err_set(err, ERR_FATAL, "output_too_large",
			"an output of %zu bytes is over the topic's max.message.bytes: `lookback topics create` shows the limit it needs", out.value.n);
	return -1;
}

static int emit_conversion(struct publishing *p, struct known *k, struct err *err)
{
	static struct credit none;
	struct step_shard *s = p->shard;

	if (k->stored.p)
		k->now.previous = (struct credits){k->before.credits.n ? k->before.credits.p : &none, k->before.credits.n};
	buf_reset(&s->bytes);
	wire_write(&p->topics->conversion_header, contract_attributed_conversion, &k->now, &s->bytes);
	return emit_value(p, p->topics->attributed_conversions, p->topics->partition, output_key(s, &k->now), err);
}

static int emit_delta(struct publishing *p, const struct credit_delta *delta, struct err *err)
{
	struct step_shard *s = p->shard;

	buf_reset(&s->other_bytes);
	buf_add_view(&s->other_bytes, delta->tenant);
	buf_add_byte(&s->other_bytes, '|');
	buf_add_view(&s->other_bytes, delta->advertiser_id);
	buf_reset(&s->bytes);
	wire_write(&p->topics->credit_header, contract_credit_delta, delta, &s->bytes);
	return emit_value(p, p->topics->attribution_credits, -1, buf_view(&s->other_bytes), err);
}

static int emit_deltas(struct publishing *p, const struct known *k, struct err *err)
{
	struct delta_side before = {k->before.currency, k->before.credits}, after = {k->now.currency, k->now.credits};
	struct credit_delta *deltas;
	size_t n;

	delta_between(&k->now, &before, &after, &p->shard->arena, &deltas, &n);
	for (size_t i = 0; i < n; i++)
		if (emit_delta(p, &deltas[i], err) != 0)
			return -1;
	return 0;
}

// ---- storing

static struct view index_key(struct step_shard *s, const struct attributed_conversion *c)
{
	buf_reset(&s->other_bytes);
	buf_add_view(&s->other_bytes, c->tenant);
	buf_add_byte(&s->other_bytes, '|');
	buf_add_view(&s->other_bytes, c->conversion_id);
	return buf_view(&s->other_bytes);
}

static void put(struct step_shard *s, const struct person *p, const struct known *k, struct view value)
{
	struct state_conversion row = {k->key, k->time, value};

	store_put_conversion(s->store, p->hash, p->key, &row, k->stored.p ? VIEW_ABSENT : index_key(s, &k->now));
}

static int publish(struct publishing *p, const struct person *person, struct known *k, struct err *err)
{
	struct step_shard *s = p->shard;

	if (person_decode(&s->people, k, err) != 0)
		return -1;
	evaluate_known(s, person, k);
	buf_reset(&s->bytes);
	kept_output_encode(&k->now, &s->bytes);
	if (k->stored.p && view_eq(k->stored, buf_view(&s->bytes))) {
		s->counts.unchanged++;
		return 0;
	}
	s->counts.emitted++;
	s->counts.outcomes[k->now.outcome]++;
	put(s, person, k, buf_view(&s->bytes));
	return emit_conversion(p, k, err) != 0 ? -1 : emit_deltas(p, k, err);
}

static int publish_person(struct publishing *p, struct person *person, struct err *err)
{
	if (person_load(&p->shard->people, person, err) != 0)
		return -1;
	person->landing_count = flood_trim(person->landings, person->landing_count);
	struct moves moves = moves_of(person, &p->shard->arena);
	for (size_t i = 0; i < person->known_count; i++) {
		struct known *k = person->known[i];

		if (!k->touched && !late_click_may_matter(person, k) && !first_may_have_changed(&moves, k))
			continue;
		if (publish(p, person, k, err) != 0)
			return -1;
	}
	return 0;
}

int publish_run(struct step_shard *s, const struct publish_topics *topics, struct emit *emit, struct err *err)
{
	struct publishing p = {s, topics, emit};
	int failed = 0;

	for (struct person *person = s->people.all; person && !failed; person = person->hh.next)
		failed = publish_person(&p, person, err);
	people_forget(&s->people);
	arena_reset(&s->arena);
	return failed;
}

int publish_again(struct step_shard *s, const struct attributed_conversion *c, struct err *err)
{
	struct buf *user = &s->other_bytes;

	(void)err;
	buf_reset(&s->bytes);
	kept_output_encode(c, &s->bytes);
	struct view index = arena_dup(&s->arena, index_key(s, c));
	buf_reset(user);
	buf_add_view(user, c->tenant);
	buf_add_byte(user, '|');
	buf_add_view(user, c->user);
	struct state_conversion row = {person_known_key(c->goal, c->conversion_id, &s->arena), c->conversion_time, buf_view(&s->bytes)};
	store_put_conversion(s->store, store_hash(buf_view(user)), buf_view(user), &row, index);
	arena_reset(&s->arena);
	return 0;
}
