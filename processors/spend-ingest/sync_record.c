// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/sync_record.h"

#include <stdio.h>

#include "base/when.h"
#include "processors/spend-ingest/sync_plan.h"

void sync_record_init(struct sync_record *r)
{
	*r = (struct sync_record){
		.state = SYNC_WAITING,
		.code = TIME_ABSENT,
		.last_attempt = TIME_ABSENT,
		.last_sync = TIME_ABSENT,
		.next_sync = TIME_ABSENT,
		.disconnected_at = TIME_ABSENT,
		.first_day = SYNC_NO_DAY,
	};
}

void sync_record_clear(struct sync_record *r)
{
	spans_clear(&r->spans);
	sync_record_init(r);
}

static struct view optional(const char *text)
{
	return *text ? view_text(text) : VIEW_ABSENT;
}

static struct view day_text(int32_t day, struct arena *arena)
{
	return view_text(when_print_day(day, arena_take(arena, WHEN_DAY_SIZE)));
}

void sync_record_write(const struct sync_record *r, struct view tenant, struct view advertiser, struct arena *arena,
	struct sync_status *out)
{
	*out = (struct sync_status){
		.tenant = tenant,
		.advertiser_id = advertiser,
		.state = (int8_t)r->state,
		.generation = r->generation,
		.reason = optional(r->reason),
		.message = optional(r->message),
		.code = r->code,
		.request_id = optional(r->request_id),
		.name = optional(r->name),
		.currency = optional(r->currency),
		.time_zone = optional(r->time_zone),
		.last_attempt = r->last_attempt,
		.last_sync = r->last_sync,
		.next_sync = r->next_sync,
		.disconnected_at = r->disconnected_at,
		.first_day = r->first_day == SYNC_NO_DAY ? VIEW_ABSENT : day_text(r->first_day, arena),
		.spans = {arena_take(arena, (r->spans.n + 1) * sizeof(struct sync_span)), r->spans.n},
		.rows_new = r->rows_new,
		.rows_restated = r->rows_restated,
		.rows_same = r->rows_same,
		.days_left = r->days_left,
	};
	for (size_t i = 0; i < r->spans.n; i++)
		out->spans.p[i] = (struct sync_span){day_text(r->spans.p[i].from, arena), day_text(r->spans.p[i].to, arena), r->spans.p[i].read_at};
}

static void take_text(char *out, size_t room, struct view text)
{
	snprintf(out, room, "%.*s", VIEW_ARG(text));
}

void sync_record_read(const struct sync_status *s, struct sync_record *out)
{
	struct span span;

	sync_record_clear(out);
	out->state = (enum sync_state)s->state;
	out->generation = s->generation;
	take_text(out->reason, sizeof out->reason, s->reason);
	take_text(out->message, sizeof out->message, s->message);
	take_text(out->request_id, sizeof out->request_id, s->request_id);
	take_text(out->name, sizeof out->name, s->name);
	take_text(out->currency, sizeof out->currency, s->currency);
	take_text(out->time_zone, sizeof out->time_zone, s->time_zone);
	out->code = s->code;
	out->last_attempt = s->last_attempt;
	out->last_sync = s->last_sync;
	out->next_sync = s->next_sync;
	out->disconnected_at = s->disconnected_at;
	if (!view_is_set(s->first_day) || when_parse_day(s->first_day, &out->first_day) != 0)
		out->first_day = SYNC_NO_DAY;
	for (size_t i = 0; i < s->spans.n; i++) {
		span.read_at = s->spans.p[i].read_at;
		if (when_parse_day(s->spans.p[i].from, &span.from) == 0 && when_parse_day(s->spans.p[i].to, &span.to) == 0 && span.from <= span.to)
			spans_add(&out->spans, span);
	}
	out->rows_new = s->rows_new;
	out->rows_restated = s->rows_restated;
	out->rows_same = s->rows_same;
	out->days_left = s->days_left;
}
