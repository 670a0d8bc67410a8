// SPDX-License-Identifier: Apache-2.0
#include "tests/sim_sink/sink_model.h"

#include <inttypes.h>

#include "base/now.h"
#include "processors/events-sink/export_role.h"
#include "tests/sim/sim_report.h"
#include "tests/sim_sink/sink_world.h"

static const char *const verdict_names[] = {"intent", "accepted", "refused", "too_old", "unknown", "paused", "sent_then_changed"};

static bool is_open(const struct export_result *r)
{
	return r->verdict == EXPORT_INTENT || r->verdict == EXPORT_PAUSED;
}

static bool is_sent(const struct export_result *r)
{
	return r->verdict == EXPORT_ACCEPTED || r->verdict == EXPORT_SENT_THEN_CHANGED;
}

static int number_of(struct view text)
{
	int n = 0;

	for (size_t i = 1; i < text.n; i++)
		n = n * 10 + text.p[i] - '0';
	return n;
}

// ---- versions

const struct sink_version *sink_model_latest(const struct sink_model *m, int conversion)
{
	for (size_t i = m->version_count; i-- > 0;)
		if (m->versions[i].conversion == conversion)
			return &m->versions[i];
	return NULL;
}

int64_t sink_model_value(const struct sink_version *v, int click)
{
	return v->cancelled || !v->clicks[click] ? 0 : v->values[click];
}

static bool wants_any(const struct sink_version *v)
{
	return !v->cancelled && (v->clicks[0] || v->clicks[1] || v->clicks[2]);
}

// ---- what transactions say

static struct sink_event *find(const struct sink_model *m, struct view id)
{
	for (size_t i = 0; i < m->event_count; i++)
		if (view_eq(m->events[i].last.event_id, id))
			return (struct sink_event *)&m->events[i];
	return NULL;
}

// From one verdict to the next.
static void check_change(const struct export_result *was, const struct export_result *is)
{
	bool again = was->verdict == EXPORT_PAUSED; // before it is sent once more, it is an intent once more
	bool fits = is_open(was) ? (again || is->verdict != EXPORT_INTENT) && is->verdict != EXPORT_TOO_OLD : is_sent(was) && is_sent(is);

	if (!fits)
		sim_report_fail("%.*s: from %s to %s", VIEW_ARG(is->event_id), verdict_names[was->verdict], verdict_names[is->verdict]);
	if (is->intent_time != was->intent_time || is->value_micros != was->value_micros || !view_eq(is->event_source_id, was->event_source_id))
		sim_report_fail("%.*s: the verdict tells of another event than the intent", VIEW_ARG(is->event_id));
	if (is->verdict == EXPORT_PAUSED && !view_eq(was->payload, is->payload))
		sim_report_fail("%.*s: paused with other bytes", VIEW_ARG(is->event_id));
	if (is_sent(was) && is->verdict == was->verdict && is->value_now_micros == was->value_now_micros)
		sim_report_fail("%.*s: the same is told again", VIEW_ARG(is->event_id));
}

static void check_alone(const struct export_result *r)
{
	if (is_open(r) != view_is_set(r->payload))
		sim_report_fail("%.*s: %s, and its payload is there or not", VIEW_ARG(r->event_id), verdict_names[r->verdict]);
	if ((r->verdict == EXPORT_SENT_THEN_CHANGED) != (r->value_now_micros != TIME_ABSENT))
		sim_report_fail("%.*s: %s with a value of now, or without", VIEW_ARG(r->event_id), verdict_names[r->verdict]);
	if (r->verdict == EXPORT_UNKNOWN && r->verdict_time <= r->intent_time + SINK_RESEND_MS)
		sim_report_fail("%.*s: unknown before its time", VIEW_ARG(r->event_id));
}

static void take_result(struct sink_model *m, const struct sim_entry *entry)
{
	struct export_result r;
	struct err err;

	if (wire_read(m->results, entry->value, &m->arena, &r, &err) != 0)
		sim_report_fail("a result does not decode: %s", err.words);
	check_alone(&r);
	m->verdicts[r.verdict]++;
	sim_report_note("committed: %.*s of %.*s: %s, %" PRId64 " now %" PRId64, VIEW_ARG(r.event_id), VIEW_ARG(r.conversion_id),
		verdict_names[r.verdict], r.value_micros, r.value_now_micros == TIME_ABSENT ? -1 : r.value_now_micros);
	struct sink_event *e = find(m, r.event_id);
	if (e) {
		check_change(&e->last, &r);
	} else {
		CHECK(m->event_count < SINK_EVENTS);
		e = &m->events[m->event_count++];
		*e = (struct sink_event){.conversion = number_of(r.conversion_id), .txn = m->txns};
		if (r.verdict != EXPORT_INTENT && r.verdict != EXPORT_TOO_OLD)
			sim_report_fail("%.*s: the first that is told of it is %s", VIEW_ARG(r.event_id), verdict_names[r.verdict]);
	}
	e->last = r;
}

// Are the conversion's events those that this version wants?
static bool is_decision(const struct sink_model *m, int conversion, const struct sink_version *v)
{
	int wanted = 0, found = 0;

	for (int c = 0; c < SINK_CLICKS; c++)
		wanted += !v->cancelled && v->clicks[c];
	for (size_t i = 0; i < m->event_count; i++) {
		const struct sink_event *e = &m->events[i];

		if (e->conversion != conversion)
			continue;
		if (v->cancelled || !v->clicks[number_of(e->last.click_id)] || v->values[number_of(e->last.click_id)] != e->last.value_micros)
			return false;
		found++;
	}
	return wanted == found;
}

// All events of a conversion are decided at once, by one version of it.
static void check_decision(const struct sink_model *m, const struct sink_event *e)
{
	bool fits = false;

	for (size_t i = 0; i < m->event_count; i++)
		if (m->events[i].conversion == e->conversion && m->events[i].txn != e->txn)
			sim_report_fail("conversion v%d is sent twice", e->conversion);
	for (size_t i = 0; i < m->version_count && !fits; i++)
		fits = m->versions[i].conversion == e->conversion && is_decision(m, e->conversion, &m->versions[i]);
	if (!fits)
		sim_report_fail("conversion v%d: no version of it asks for what is told", e->conversion);
}

static void transaction(void *context, const struct sim_txn *txn)
{
	struct sink_model *m = context;

	m->txns++;
	for (size_t i = 0; i < txn->sent_count; i++) {
		const struct sim_place *p = &txn->sent[i];

		if (p->topic == EXPORT_RESULTS)
			take_result(m, sim_kafka_at(m->kafka, p->topic, p->partition, p->offset));
		else
			m->letters += p->topic == EXPORT_DEAD_LETTERS;
	}
	for (size_t i = 0; i < m->event_count && !m->orders; i++)
		if (m->events[i].txn == m->txns)
			check_decision(m, &m->events[i]);
}

// ---- TikTok

void sink_model_put(const struct sink_model *m, const struct send_event *event, const struct sink_told *told)
{
	const struct sink_event *e = find(m, event->id);

	sim_report_note("put: %.*s", VIEW_ARG(event->id));
	if (!e)
		sim_report_fail("%.*s is put and no intent of it is committed", VIEW_ARG(event->id));
	if (e->last.verdict != EXPORT_INTENT)
		sim_report_fail("%.*s is put though it is %s", VIEW_ARG(event->id), verdict_names[e->last.verdict]);
	if (!view_eq(event->json, told->json) || !view_eq(event->json, e->last.payload))
		sim_report_fail("%.*s is put with other bytes", VIEW_ARG(event->id));
	if (!view_eq(event->tenant, e->last.tenant) || !view_eq(event->advertiser, e->last.advertiser_id) ||
		!view_eq(event->address.source_id, e->last.event_source_id))
		sim_report_fail("%.*s is put to another's address", VIEW_ARG(event->id));
	int64_t since = e->last.maybe_since == TIME_ABSENT ? e->last.intent_time : e->last.maybe_since;
	if (event->until_ms != since + SINK_RESEND_MS)
		sim_report_fail("%.*s has another time than its intent says", VIEW_ARG(event->id));
	if (told->taken > 0 && event->until_ms > told->first_ms + SINK_RESEND_MS)
		sim_report_fail("%.*s may be sent again when TikTok has forgotten it", VIEW_ARG(event->id));
}

void sink_model_check_state(const struct sink_model *m, struct view event_id, bool paused)
{
	const struct sink_event *e = find(m, event_id);

	if (!e || e->last.verdict != (paused ? EXPORT_PAUSED : EXPORT_INTENT))
		sim_report_fail("%.*s is %s by the ledger, and %s by the shard", VIEW_ARG(event_id), e ? verdict_names[e->last.verdict] : "unknown",
			paused ? "paused" : "on its way");
}

static void check_told(const struct export_result *r)
{
	const struct sink_told *t = sink_tiktok_find(r->event_id);
	int taken = t ? t->taken : 0;

	if (is_open(r))
		sim_report_fail("%.*s has no verdict: %s", VIEW_ARG(r->event_id), verdict_names[r->verdict]);
	if (is_sent(r) && taken == 0)
		sim_report_fail("%.*s is %s, but TikTok never took it", VIEW_ARG(r->event_id), verdict_names[r->verdict]);
	if (!is_sent(r) && r->verdict != EXPORT_UNKNOWN && taken > 0)
		sim_report_fail("%.*s is %s, but TikTok took it", VIEW_ARG(r->event_id), verdict_names[r->verdict]);
	if (r->verdict == EXPORT_REFUSED && (!t || !t->refused))
		sim_report_fail("%.*s is refused, but not by TikTok", VIEW_ARG(r->event_id));
	if (r->verdict == EXPORT_TOO_OLD && t)
		sim_report_fail("%.*s is too old, and was put", VIEW_ARG(r->event_id));
}

static void check_value(const struct sink_model *m, const struct sink_event *e)
{
	const struct sink_version *latest = sink_model_latest(m, e->conversion);
	int64_t now = sink_model_value(latest, number_of(e->last.click_id)), said = e->last.value_now_micros;

	if (is_sent(&e->last) && (said == TIME_ABSENT ? e->last.value_micros : said) != now)
		sim_report_fail("%.*s is %s, but the conversion v%d says %" PRId64 " now", VIEW_ARG(e->last.event_id),
			verdict_names[e->last.verdict], e->conversion, now);
	if (e->last.verdict == EXPORT_SENT_THEN_CHANGED && now == e->last.value_micros)
		sim_report_fail("%.*s is changed to what it was", VIEW_ARG(e->last.event_id));
}

static void check_conversions(const struct sink_model *m)
{
	for (int c = 0; c < SINK_CONVERSIONS; c++) {
		const struct sink_version *latest = sink_model_latest(m, c);
		bool found = false;

		for (size_t i = 0; i < m->event_count && !found; i++)
			found = m->events[i].conversion == c;
		if (latest && wants_any(latest) && !found)
			sim_report_fail("nothing is told of conversion v%d", c);
	}
}

// ---- orders

static bool is_same(const struct sink_version *a, const struct sink_version *b)
{
	return a->conversion == b->conversion && a->status == b->status && a->status_time == b->status_time;
}

static bool is_new(const struct sink_model *m, size_t version)
{
	for (size_t i = 0; i < version; i++)
		if (is_same(&m->versions[i], &m->versions[version]))
			return false;
	return true;
}

static size_t told_of(const struct sink_model *m, const struct sink_version *v)
{
	struct view word = v->status == STATUS_PLACED ? VIEW_LIT("CREATE_ORDER") : VIEW_LIT("MOVE_ORDER");
	size_t n = 0;

	for (size_t i = 0; i < m->event_count; i++) {
		const struct export_result *r = &m->events[i].last;

		n += m->events[i].conversion == v->conversion && r->conversion_time == v->status_time && view_eq(r->event, word);
	}
	return n;
}

static void check_orders(const struct sink_model *m)
{
	size_t wanted = 0;

	for (size_t i = 0; i < m->version_count; i++) {
		const struct sink_version *v = &m->versions[i];

		if ((v->status != STATUS_PLACED && v->status != STATUS_SHIPPED) || !is_new(m, i))
			continue;
		wanted++;
		if (told_of(m, v) != 1)
			sim_report_fail("status %d of order v%d is told %zu times", v->status, v->conversion, told_of(m, v));
	}
	if (wanted != m->event_count)
		sim_report_fail("%zu statuses are to be told, and %zu are", wanted, m->event_count);
}

// ---- the end

void sink_model_check_end(const struct sink_model *m)
{
	size_t refused = 0;

	for (size_t i = 0; i < m->event_count; i++) {
		check_told(&m->events[i].last);
		if (!m->orders)
			check_value(m, &m->events[i]);
		refused += m->events[i].last.verdict == EXPORT_REFUSED;
	}
	if (refused != m->letters)
		sim_report_fail("%zu are refused, and there are %zu dead letters", refused, m->letters);
	for (size_t i = 0; i < sink_tiktok.told_count; i++)
		if (!find(m, sink_tiktok.told[i].id))
			sim_report_fail("TikTok was told of %.*s, which nobody knows", VIEW_ARG(sink_tiktok.told[i].id));
	if (m->orders)
		check_orders(m);
	else
		check_conversions(m);
}

// ---- life

void sink_model_begin(struct sink_model *m, struct sim_kafka *kafka, bool orders)
{
	*m = (struct sink_model){.kafka = kafka, .orders = orders};
	m->results = wire_reader_new(contract_export_result, WIRE_AVRO, NULL);
	kafka->committed = transaction;
	kafka->context = m;
}

void sink_model_end(struct sink_model *m)
{
	wire_reader_free(&m->results);
	arena_clear(&m->arena);
}
