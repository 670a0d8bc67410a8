// SPDX-License-Identifier: Apache-2.0
#include "cli/exports_history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/when.h"
#include "cli/exports_words.h"
#include "schemas/contract.h"

struct step {
	struct view key;
	int32_t partition;
	int64_t offset, timestamp;
	struct export_result result;
};

struct exports_history {
	struct view tenant, id;
	struct arena arena;
	struct step *steps;
	size_t count, room, left_out;
};

struct exports_history *exports_history_new(struct view tenant, struct view id)
{
	struct exports_history *h = calloc(1, sizeof *h);

	if (!h)
		err_out_of_memory();
	h->tenant = tenant;
	h->id = id;
	return h;
}

void exports_history_free(struct exports_history **history)
{
	struct exports_history *h = *history;

	if (!h)
		return;
	arena_clear(&h->arena);
	free(h->steps);
	free(h);
	*history = NULL;
}

bool exports_history_wants(const struct exports_history *h, const struct record *record)
{
	struct view key = record->key, value = record->value;

	if (key.n <= h->tenant.n || memcmp(key.p, h->tenant.p, h->tenant.n) != 0 || key.p[h->tenant.n] != '|')
		return false;
	return value.n > 0 && memmem(value.p, value.n, h->id.p, h->id.n) != NULL;
}

static struct export_result copy_of(struct arena *a, const struct export_result *r)
{
	struct export_result copy = *r;
	struct view *texts[] = {&copy.tenant, &copy.event_id, &copy.user, &copy.goal, &copy.conversion_id, &copy.reason, &copy.destination,
		&copy.event, &copy.event_source, &copy.event_source_id, &copy.test_event_code, &copy.advertiser_id, &copy.click_id, &copy.currency,
		&copy.message, &copy.request_id, &copy.payload};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_dup(a, *texts[i]);
	return copy;
}

void exports_history_take(struct exports_history *h, const struct record *record, const struct export_result *r)
{
	if (!view_eq(r->tenant, h->tenant) || (!view_eq(r->event_id, h->id) && !view_eq(r->conversion_id, h->id)))
		return;
	if (h->count == EXPORTS_HISTORY_MOST) {
		h->left_out++;
		return;
	}
	if (h->count == h->room) {
		h->room = h->room ? h->room * 2 : 16;
		h->steps = realloc(h->steps, h->room * sizeof *h->steps);
		if (!h->steps)
			err_out_of_memory();
	}
	h->steps[h->count++] =
		(struct step){arena_dup(&h->arena, record->key), record->partition, record->offset, record->timestamp, copy_of(&h->arena, r)};
}

size_t exports_history_count(const struct exports_history *h)
{
	return h->count;
}

size_t exports_history_left_out(const struct exports_history *h)
{
	return h->left_out;
}

static int by_key(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	int order = view_cmp(x->key, y->key);

	if (!order)
		order = (x->partition > y->partition) - (x->partition < y->partition);
	return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

// How many steps from here are of one event.
static size_t steps_of_event(const struct exports_history *h, size_t from)
{
	size_t n = 1;

	while (from + n < h->count && view_eq(h->steps[from].key, h->steps[from + n].key))
		n++;
	return n;
}

// ---- for people

static void add_named(struct buf *out, const char *before, struct view text, const char *after)
{
	if (text.n == 0)
		return;
	buf_add_text(out, before);
	exports_words_text(out, text);
	buf_add_text(out, after);
}

static void print_event(const struct export_result *r, struct buf *out)
{
	char when[WHEN_ISO_SIZE];

	add_named(out, "event ", r->event_id, ": ");
	buf_addf(out, "%s", exports_words_verdict(r->verdict));
	add_named(out, ", ", r->reason, "");
	buf_addf(out, "\n  %s\n", exports_words_meaning(r->verdict));
	add_named(out, "  conversion  ", r->conversion_id, "");
	add_named(out, " of user ", r->user, "");
	add_named(out, ", goal ", r->goal, "");
	buf_addf(out, ", %s\n", when_print_iso(r->conversion_time, when));
	add_named(out, "  sent as     ", r->event, "");
	add_named(out, " to ", r->event_source, "");
	add_named(out, " ", r->event_source_id, "");
	add_named(out, " (", r->destination, ")");
	add_named(out, " for advertiser ", r->advertiser_id, "");
	add_named(out, ", a test: ", r->test_event_code, "");
	add_named(out, "\n  click       ", r->click_id.n ? r->click_id : VIEW_LIT("none: the conversion as a whole"), "\n  value       ");
	exports_words_money(out, r->value_micros, r->currency);
	if (r->value_now_micros != TIME_ABSENT) {
		buf_add_text(out, " was sent, the conversion says ");
		exports_words_money(out, r->value_now_micros, r->currency);
		buf_add_text(out, " now");
	}
	buf_add_text(out, "\n  history\n");
}

static void print_answer(const struct export_result *r, struct buf *out)
{
	buf_addf(out, "  %d request%s", (int)r->attempts, r->attempts == 1 ? "" : "s");
	if (r->code != TIME_ABSENT)
		buf_addf(out, "  code %" PRId64, r->code);
	add_named(out, " ", r->message, "");
	add_named(out, "  request id ", r->request_id, "");
}

static void print_step(const struct step *s, bool payload, struct buf *out)
{
	const struct export_result *r = &s->result;
	char when[WHEN_ISO_SIZE];

	buf_addf(out, "    %-24s  %-17s", s->timestamp < 0 ? "-" : when_print_iso(s->timestamp, when), exports_words_verdict(r->verdict));
	print_answer(r, out);
	if (r->value_now_micros != TIME_ABSENT) {
		buf_add_text(out, "  says ");
		exports_words_money(out, r->value_now_micros, r->currency);
	}
	if (payload)
		add_named(out, "\n      ", r->payload, "");
	buf_add_text(out, "\n");
}

void exports_history_print(struct exports_history *h, bool payload, struct buf *out)
{
	if (h->count)
		qsort(h->steps, h->count, sizeof *h->steps, by_key);
	for (size_t at = 0, n; at < h->count; at += n) {
		n = steps_of_event(h, at);
		buf_add_text(out, at ? "\n" : "");
		print_event(&h->steps[at + n - 1].result, out);
		for (size_t i = at; i < at + n; i++)
			print_step(&h->steps[i], payload, out);
	}
}

// ---- for programs

static void print_record(const struct step *s, bool payload, struct buf *out)
{
	struct export_result r = s->result;
	bool withheld = !payload && view_is_set(r.payload);

	if (withheld)
		r.payload = VIEW_ABSENT;
	buf_addf(out, "      {\"offset\": %" PRId64 ", \"timestamp\": %" PRId64 ", \"payload_withheld\": %s, \"result\": ", s->offset,
		s->timestamp, withheld ? "true" : "false");
	contract_print_json(contract_export_result, &r, out);
	while (out->n && out->p[out->n - 1] == '\n')
		out->n--;
	buf_add_text(out, "}");
}

static void print_records(const struct step *steps, size_t n, bool payload, struct buf *out)
{
	const struct export_result *last = &steps[n - 1].result;

	buf_add_text(out, "  {\"tenant\": ");
	buf_add_quoted(out, last->tenant);
	buf_add_text(out, ", \"event_id\": ");
	buf_add_quoted(out, last->event_id);
	buf_addf(out, ", \"verdict\": \"%s\", \"partition\": %d, \"records\": [\n", exports_words_verdict(last->verdict),
		(int)steps->partition);
	for (size_t i = 0; i < n; i++) {
		print_record(&steps[i], payload, out);
		buf_add_text(out, i + 1 < n ? ",\n" : "]}");
	}
}

void exports_history_print_json(struct exports_history *h, bool payload, struct buf *out)
{
	if (h->count)
		qsort(h->steps, h->count, sizeof *h->steps, by_key);
	buf_add_text(out, "[\n");
	for (size_t at = 0, n; at < h->count; at += n) {
		n = steps_of_event(h, at);
		print_records(&h->steps[at], n, payload, out);
		buf_add_text(out, at + n < h->count ? ",\n" : "\n");
	}
	buf_add_text(out, "]\n");
}
