// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/now.h"
#include "tiktok/send_private.h"

enum { ANSWERS_BATCHES = 16, ANSWERS_FIRST = 256, TENANT_BYTES = 64 << 20, ALL_BYTES = 256 << 20 };

struct send_box *send_box_new(struct sender *s, int wake_fd)
{
	struct send_box *box = calloc(1, sizeof *box);

	if (!box)
		err_out_of_memory();
	box->sender = s;
	box->wake_fd = wake_fd;
	pthread_mutex_lock(&s->lock);
	box->next = s->boxes;
	if (s->boxes)
		s->boxes->prev = box;
	s->boxes = box;
	pthread_mutex_unlock(&s->lock);
	return box;
}

static void unlist(struct sender *s, struct send_box *box)
{
	*(box->prev ? &box->prev->next : &s->boxes) = box->next;
	if (box->next)
		box->next->prev = box->prev;
}

void send_box_free(struct send_box **box_at)
{
	struct send_box *box = *box_at;

	if (!box)
		return;
	struct sender *s = box->sender;
	pthread_mutex_lock(&s->lock);
	unlist(s, box);
	free(box->answers);
	buf_clear(&box->key);
	box->gone = true;
	if (box->live)
		s->gone++; // freed with the last of its events
	else
		free(box);
	pthread_mutex_unlock(&s->lock);
	*box_at = NULL;
}

static struct view text_of(struct view v)
{
	return v.p ? v : VIEW_LIT("");
}

static void add_part(struct buf *key, struct view part)
{
	buf_add_varint(key, part.p ? part.n + 1 : 0);
	buf_add_view(key, part);
}

// What tells one request's events from another's.
static struct view key_of(struct send_box *box, const struct send_event *event)
{
	struct buf *key = &box->key;

	buf_reset(key);
	buf_add_byte(key, (uint8_t)(event->address.api << 4 | event->address.source));
	add_part(key, event->tenant);
	add_part(key, event->advertiser);
	add_part(key, event->address.source_id);
	add_part(key, event->address.test_event_code);
	return buf_view(key);
}

static size_t bytes_of(int batches, int64_t batch_bytes, size_t most)
{
	return (uint64_t)batch_bytes > most / (size_t)batches ? most : (size_t)batches * (size_t)batch_bytes;
}

static enum send_room room_of(const struct send_box *box, const struct send_tenant *tenant)
{
	const struct sender *s = box->sender;
	const struct send_options *o = &s->options;
	size_t events = (size_t)o->batch_events, bytes = (size_t)o->batch_bytes;

	if (box->answers_n - box->taken >= ANSWERS_BATCHES * events)
		return SEND_NO_ROOM;
	if (tenant->events == 0)
		return SEND_TAKEN;
	if (tenant->events >= (size_t)o->tenant_batches * events || tenant->bytes >= bytes_of(o->tenant_batches, o->batch_bytes, TENANT_BYTES))
		return SEND_NO_ROOM_TENANT;
	if (tenant->events < events && tenant->bytes < bytes)
		return SEND_TAKEN;
	return s->events >= (size_t)o->all_batches * events || s->bytes >= bytes_of(o->all_batches, o->batch_bytes, ALL_BYTES) ? SEND_NO_ROOM
																														   : SEND_TAKEN;
}

// True: the thread has to hear of it.
static bool add(struct send_box *box, const struct send_event *event, struct send_queue *queue)
{
	struct sender *s = box->sender;
	struct send_batch *b = queue->open;
	int64_t due_ms = INT64_MAX;

	if (b && !send_batch_fits(s, b, event->json.n)) {
		send_batch_seal(s, b);
		due_ms = 0;
		b = NULL;
	}
	if (!b) {
		b = send_batch_open(s, queue, now_paced_ms());
		if (due_ms)
			due_ms = b->born_ms + s->options.batch_age_ms;
	}
	send_batch_add(b, box, event);
	if (!send_batch_fits(s, b, 0)) {
		send_batch_seal(s, b);
		due_ms = 0;
	}
	if (due_ms >= s->wakes_ms)
		return false;
	s->wakes_ms = INT64_MIN; // once is enough
	return true;
}

static void count(struct send_box *box, struct send_tenant *tenant, size_t json_n)
{
	box->live++;
	tenant->events++;
	tenant->bytes += json_n;
	box->sender->events++;
	box->sender->bytes += json_n;
}

enum send_room send_put(struct send_box *box, const struct send_event *given)
{
	struct sender *s = box->sender;
	struct send_event event = *given;
	bool wake = false;

	event.tenant = text_of(event.tenant);
	event.advertiser = text_of(event.advertiser);
	struct view key = key_of(box, &event);
	pthread_mutex_lock(&s->lock);
	struct send_queue *queue = send_batch_queue(s, &event, key);
	enum send_room room = room_of(box, queue->tenant);
	if (room == SEND_TAKEN) {
		count(box, queue->tenant, event.json.n);
		wake = add(box, &event, queue);
	} else {
		box->starved = true;
		send_batch_unused(s, queue);
	}
	pthread_mutex_unlock(&s->lock);
	if (wake)
		pool_wake(s->pool);
	return room;
}

static struct send_answer *answer_new(struct send_box *box)
{
	if (box->answers_n == box->answers_room && box->taken >= box->answers_n / 2 && box->taken) {
		box->answers_n -= box->taken;
		memmove(box->answers, box->answers + box->taken, box->answers_n * sizeof *box->answers);
		box->taken = 0;
	}
	if (box->answers_n == box->answers_room) {
		box->answers_room = box->answers_room ? box->answers_room * 2 : ANSWERS_FIRST;
		box->answers = realloc(box->answers, box->answers_room * sizeof *box->answers);
		if (!box->answers)
			err_out_of_memory();
	}
	return &box->answers[box->answers_n++];
}

static void release(struct sender *s, struct send_box *box)
{
	if (--box->live || !box->gone)
		return;
	s->gone--;
	free(box);
}

// Field by field: most messages are empty, and clearing what is not used would cost more than the rest.
void send_box_answer(const struct send_batch *b, const struct send_entry *entry, const struct send_answer *words)
{
	struct send_tenant *tenant = b->queue->tenant;
	struct send_box *box = entry->box;
	struct sender *s = box->sender;

	tenant->events--;
	tenant->bytes -= entry->n;
	s->events--;
	s->bytes -= entry->n;
	if (!box->gone) {
		struct send_answer *a = answer_new(box);

		a->ticket = entry->ticket;
		a->verdict = words->verdict;
		a->code = words->code;
		a->attempts = entry->attempts + b->requests;
		a->maybe_ms = entry->maybe_ms;
		a->token_version = words->token_version;
		memcpy(a->message, words->message, strlen(words->message) + 1);
		memcpy(a->request_id, words->request_id, strlen(words->request_id) + 1);
		box->touched = true;
	}
	release(s, box);
}

static void wake(struct send_box *box)
{
	static const uint64_t one = 1;

	box->touched = box->starved = false;
	// EAGAIN: it is at its top, so its reader is awake.
	if (box->wake_fd >= 0 && write(box->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
		log_throttled(LOG_ERROR, "send_wake_failed", LOG_I("errno", errno));
}

void send_box_wake(struct sender *s)
{
	for (struct send_box *box = s->boxes; box; box = box->next) {
		if (box->touched || box->starved)
			wake(box);
	}
}

bool send_box_wants(const struct sender *s, const struct send_batch *b)
{
	if (!s->gone)
		return true;
	for (size_t i = 0; i < b->entries_n; i++) {
		if (!b->entries[i].box->gone)
			return true;
	}
	return false;
}

size_t send_take(struct send_box *box, struct send_answer *out, size_t room)
{
	struct sender *s = box->sender;

	pthread_mutex_lock(&s->lock);
	size_t n = box->answers_n - box->taken < room ? box->answers_n - box->taken : room;
	for (size_t i = 0; i < n; i++)
		out[i] = box->answers[box->taken + i];
	box->taken += n;
	if (box->taken == box->answers_n)
		box->taken = box->answers_n = 0;
	if (n && box->starved) // it may have been these answers that took the room, and none may be to come
		wake(box);
	pthread_mutex_unlock(&s->lock);
	return n;
}
