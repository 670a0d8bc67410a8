// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "tiktok/send_private.h"

enum { SPARE_MOST = 16, ENTRIES_FIRST = 64 };

void send_batch_push(struct send_list *list, struct send_batch *b)
{
	b->next = NULL;
	b->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = b;
	list->last = b;
}

void send_batch_remove(struct send_list *list, struct send_batch *b)
{
	*(b->prev ? &b->prev->next : &list->first) = b->next;
	*(b->next ? &b->next->prev : &list->last) = b->prev;
	b->next = b->prev = NULL;
}

// Its memory is kept for the next one: a body of a megabyte is costly to map anew each time.
static struct send_batch *batch_new(struct sender *s, struct send_queue *queue)
{
	struct send_batch *b = s->spare.first;

	if (b) {
		send_batch_remove(&s->spare, b);
		s->spare_n--;
	} else if (!(b = calloc(1, sizeof *b))) {
		err_out_of_memory();
	}
	b->queue = queue;
	b->until_ms = INT64_MAX;
	queue->batches++;
	buf_add_view(&b->body, buf_view(&queue->prefix));
	return b;
}

struct send_batch *send_batch_open(struct sender *s, struct send_queue *queue, int64_t now_ms)
{
	struct send_batch *b = batch_new(s, queue);

	b->born_ms = now_ms;
	queue->open = b;
	send_batch_push(&s->open, b);
	return b;
}

bool send_batch_fits(const struct sender *s, const struct send_batch *b, size_t json_n)
{
	return b->entries_n == 0 || (b->entries_n < b->queue->most && b->body.n + json_n < (size_t)s->options.batch_bytes);
}

static struct send_entry *entry_new(struct send_batch *b)
{
	if (b->entries_n == b->entries_room) {
		b->entries_room = b->entries_room ? b->entries_room * 2 : ENTRIES_FIRST;
		b->entries = realloc(b->entries, b->entries_room * sizeof *b->entries);
		if (!b->entries)
			err_out_of_memory();
	}
	return &b->entries[b->entries_n++];
}

static void add_json(struct send_batch *b, struct send_entry *entry, struct view json)
{
	if (b->entries_n > 1)
		buf_add_byte(&b->body, ',');
	entry->at = (uint32_t)b->body.n;
	entry->n = (uint32_t)json.n;
	buf_add_view(&b->body, json);
}

static void add_id(struct send_batch *b, struct send_entry *entry, struct view id)
{
	entry->id_at = (uint32_t)b->ids.n;
	entry->id_n = (uint32_t)id.n;
	buf_add_view(&b->ids, id);
}

static void note_until(struct send_batch *b, const struct send_entry *entry)
{
	if (entry->until_ms < b->until_ms)
		b->until_ms = entry->until_ms;
}

void send_batch_add(struct send_batch *b, struct send_box *box, const struct send_event *event)
{
	struct send_entry *entry = entry_new(b);

	entry->box = box;
	entry->ticket = event->ticket;
	entry->attempts = event->attempts;
	entry->maybe_ms = 0;
	entry->until_ms = event->until_ms ? event->until_ms : INT64_MAX;
	note_until(b, entry);
	add_json(b, entry, event->json);
	add_id(b, entry, event->id);
}

static void finish_body(struct send_batch *b)
{
	if (b->queue->api != EVENT_API_ORDER)
		buf_add_text(&b->body, "]}");
	CHECK(!b->body.full);
}

void send_batch_seal(struct sender *s, struct send_batch *b)
{
	CHECK(b->queue->open == b);
	send_batch_remove(&s->open, b);
	b->queue->open = NULL;
	finish_body(b);
	send_turn_ready(s, b);
}

struct send_batch *send_batch_part(struct sender *s, const struct send_batch *from, size_t first, size_t end, const bool *wanted)
{
	struct send_batch *b = batch_new(s, from->queue);

	b->requests = from->requests;
	for (size_t i = first; i < end; i++) {
		const struct send_entry *old = &from->entries[i];

		if (wanted && !wanted[i])
			continue;
		struct send_entry *entry = entry_new(b);
		*entry = *old;
		note_until(b, entry);
		add_json(b, entry, view_of(from->body.p + old->at, old->n));
		add_id(b, entry, view_of(from->ids.p + old->id_at, old->id_n));
	}
	finish_body(b);
	return b;
}

static void queue_free(struct sender *s, struct send_queue *queue)
{
	HASH_DEL(s->queues, queue);
	buf_clear(&queue->prefix);
	free(queue);
}

void send_batch_unused(struct sender *s, struct send_queue *queue)
{
	if (queue->batches == 0)
		queue_free(s, queue);
}

void send_batch_free(struct sender *s, struct send_batch *b)
{
	b->queue->batches--;
	send_batch_unused(s, b->queue);
	if (s->spare_n == SPARE_MOST || s->stop) {
		buf_clear(&b->body);
		buf_clear(&b->ids);
		free(b->entries);
		free(b);
		return;
	}
	struct send_batch empty = {.body = b->body, .ids = b->ids, .entries = b->entries, .entries_room = b->entries_room};
	*b = empty;
	buf_reset(&b->body);
	buf_reset(&b->ids);
	send_batch_push(&s->spare, b);
	s->spare_n++;
}

static void add_prefix(const struct event_address *address, struct buf *out)
{
	static const char *const sources[] = {"web", "app", "offline", "crm"};
	bool offline = address->api == EVENT_API_OFFLINE;

	if (address->api == EVENT_API_ORDER)
		return;
	if (offline)
		buf_add_text(out, "{\"event_set_id\":");
	else
		buf_addf(out, "{\"event_source\":\"%s\",\"event_source_id\":", sources[address->source]);
	buf_add_quoted(out, address->source_id);
	if (view_is_set(address->test_event_code)) {
		buf_add_text(out, ",\"test_event_code\":");
		buf_add_quoted(out, address->test_event_code);
	}
	buf_add_text(out, offline ? ",\"batch\":[" : ",\"data\":[");
}

static struct send_tenant *tenant_of(struct sender *s, struct view name)
{
	struct send_tenant *tenant;

	HASH_FIND(hh, s->tenants, name.p, name.n, tenant);
	if (tenant)
		return tenant;
	tenant = calloc(1, sizeof *tenant + name.n + 1);
	if (!tenant)
		err_out_of_memory();
	tenant->name_n = name.n;
	memcpy(tenant->name, name.p, name.n);
	HASH_ADD_KEYPTR(hh, s->tenants, tenant->name, tenant->name_n, tenant);
	return tenant;
}

static struct send_advertiser *advertiser_of(struct sender *s, struct view name)
{
	struct send_advertiser *advertiser;

	HASH_FIND(hh, s->advertisers, name.p, name.n, advertiser);
	if (advertiser)
		return advertiser;
	advertiser = calloc(1, sizeof *advertiser + name.n + 1);
	if (!advertiser)
		err_out_of_memory();
	advertiser->name_n = name.n;
	memcpy(advertiser->name, name.p, name.n);
	limits_init(&advertiser->bucket, s->options.advertiser_per_second, s->options.throttle_first_ms, s->options.throttle_most_ms);
	HASH_ADD_KEYPTR(hh, s->advertisers, advertiser->name, advertiser->name_n, advertiser);
	return advertiser;
}

static size_t most_of(const struct sender *s, enum event_api api)
{
	static const int most[] = {[EVENT_API_TRACK] = 1000, [EVENT_API_OFFLINE] = 80, [EVENT_API_ORDER] = 1};

	return (size_t)(s->options.batch_events < most[api] ? s->options.batch_events : most[api]);
}

struct send_queue *send_batch_queue(struct sender *s, const struct send_event *event, struct view key)
{
	struct send_queue *queue;

	HASH_FIND(hh, s->queues, key.p, key.n, queue);
	if (queue)
		return queue;
	queue = calloc(1, sizeof *queue + key.n);
	if (!queue)
		err_out_of_memory();
	queue->tenant = tenant_of(s, event->tenant);
	queue->advertiser = advertiser_of(s, event->advertiser);
	queue->api = event->address.api;
	queue->most = most_of(s, queue->api);
	add_prefix(&event->address, &queue->prefix);
	queue->key_n = key.n;
	memcpy(queue->key, key.p, key.n);
	HASH_ADD_KEYPTR(hh, s->queues, queue->key, queue->key_n, queue);
	return queue;
}
