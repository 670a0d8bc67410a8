// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/pauses.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/admin_json.h"

enum { ROLES = 2, MESSAGE = 256 };

struct place {
	int32_t partition;
	int64_t since_ms, next_try_ms;
};

// Of one tenant and role; made when it is first paused.
struct paused {
	struct place *places;
	size_t count, room;
	int code;
	char message[MESSAGE];
};

struct pauses {
	pthread_mutex_t lock;
	const struct config *config;
	struct paused **paused; // by tenant, then role; NULL: never was
	size_t count;
};

static void *taken(void *p)
{
	if (!p)
		err_out_of_memory();
	return p;
}

struct pauses *pauses_new(const struct config *config)
{
	struct pauses *p = taken(calloc(1, sizeof *p));

	pthread_mutex_init(&p->lock, NULL);
	p->config = config;
	p->paused = taken(calloc(config->tenant_count * ROLES + 1, sizeof(struct paused *)));
	return p;
}

void pauses_free(struct pauses **pauses)
{
	struct pauses *p = *pauses;

	if (!p)
		return;
	for (size_t i = 0; i < p->config->tenant_count * ROLES; i++) {
		if (p->paused[i])
			free(p->paused[i]->places);
		free(p->paused[i]);
	}
	free(p->paused);
	pthread_mutex_destroy(&p->lock);
	free(p);
	*pauses = NULL;
}

static size_t index_of(const struct pauses *p, const struct pause *pause)
{
	CHECK(pause->tenant < p->config->tenant_count);
	return pause->tenant * ROLES + pause->orders;
}

static struct place *find(const struct paused *paused, int32_t partition)
{
	for (size_t i = 0; i < paused->count; i++)
		if (paused->places[i].partition == partition)
			return &paused->places[i];
	return NULL;
}

static struct place *insert(struct paused *paused, int32_t partition)
{
	if (paused->count == paused->room) {
		paused->room = paused->room ? paused->room * 2 : 4;
		paused->places = taken(realloc(paused->places, paused->room * sizeof *paused->places));
	}
	size_t at = paused->count++;

	for (; at > 0 && paused->places[at - 1].partition > partition; at--)
		paused->places[at] = paused->places[at - 1];
	paused->places[at] = (struct place){.partition = partition, .since_ms = INT64_MAX};
	return &paused->places[at];
}

size_t pauses_put(struct pauses *p, const struct pause *pause)
{
	size_t at = index_of(p, pause);

	pthread_mutex_lock(&p->lock);
	if (!p->paused[at])
		p->paused[at] = taken(calloc(1, sizeof *p->paused[at]));
	struct paused *paused = p->paused[at];
	struct place *place = find(paused, pause->partition);

	if (!place) {
		place = insert(paused, pause->partition);
		place->since_ms = pause->since_ms;
		p->count++;
	}
	place->next_try_ms = pause->next_try_ms;
	paused->code = pause->code;
	snprintf(paused->message, sizeof paused->message, "%s", pause->message);
	size_t count = p->count;

	pthread_mutex_unlock(&p->lock);
	return count;
}

size_t pauses_end(struct pauses *p, const struct pause *pause)
{
	size_t at = index_of(p, pause);

	pthread_mutex_lock(&p->lock);
	struct paused *paused = p->paused[at];
	struct place *place = paused ? find(paused, pause->partition) : NULL;

	if (place) {
		memmove(place, place + 1, (size_t)(paused->places + paused->count - place - 1) * sizeof *place);
		paused->count--;
		p->count--;
	}
	size_t count = p->count;

	pthread_mutex_unlock(&p->lock);
	return count;
}

static void print_partitions(const struct paused *paused, struct buf *json)
{
	admin_json_name(json, "partitions");
	buf_add_text(json, "[");
	for (size_t i = 0; i < paused->count; i++)
		buf_addf(json, "%s%d", i ? "," : "", (int)paused->places[i].partition);
	buf_add_text(json, "]");
}

static void print_one(const struct tenant *tenant, bool orders, const struct paused *paused, struct buf *json)
{
	int64_t since_ms = INT64_MAX, next_try_ms = INT64_MAX;

	for (size_t i = 0; i < paused->count; i++) {
		const struct place *place = &paused->places[i];

		since_ms = place->since_ms < since_ms ? place->since_ms : since_ms;
		next_try_ms = place->next_try_ms < next_try_ms ? place->next_try_ms : next_try_ms;
	}
	admin_json_comma(json);
	buf_add_text(json, "{");
	admin_json_member(json, "tenant", tenant->id);
	admin_json_member(json, "role", orders ? VIEW_LIT("order-sync") : VIEW_LIT("events-sink"));
	admin_json_integer(json, "since", since_ms);
	admin_json_integer(json, "next_try", next_try_ms);
	admin_json_integer(json, "code", paused->code);
	admin_json_member(json, "message", view_text(paused->message));
	print_partitions(paused, json);
	buf_add_text(json, "}");
}

void pauses_print(struct pauses *p, struct buf *json)
{
	buf_add_text(json, "[");
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->config->tenant_count * ROLES; i++)
		if (p->paused[i] && p->paused[i]->count > 0)
			print_one(&p->config->tenants[i / ROLES], i % ROLES, p->paused[i], json);
	pthread_mutex_unlock(&p->lock);
	buf_add_text(json, "]");
}
