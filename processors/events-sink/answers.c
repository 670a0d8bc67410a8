// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/answers.h"

#include <stdlib.h>

enum { TAKEN = 256, ROOM_FIRST = 256 };

void answers_clear(struct answers *a)
{
	free(a->kept);
	free(a->taken);
	arena_clear(&a->texts);
	*a = (struct answers){0};
}

static void *grown(void *p, size_t count, size_t size)
{
	void *more = realloc(p, count * size);

	if (!more)
		err_out_of_memory();
	return more;
}

// One request's answers come one after the other and say the same.
static const char *shared(struct answers *a, const char *last, const char *text)
{
	return last && strcmp(last, text) == 0 ? last : arena_dup(&a->texts, view_text(text)).p;
}

static void keep(struct answers *a, const struct send_answer *answer)
{
	if (a->count == a->room) {
		a->room = a->room ? a->room * 2 : ROOM_FIRST;
		a->kept = grown(a->kept, a->room, sizeof *a->kept);
	}
	const struct answer_kept *last = a->count ? &a->kept[a->count - 1] : NULL;
	a->kept[a->count] = (struct answer_kept){
		.ticket = answer->ticket,
		.token_version = answer->token_version,
		.maybe_ms = answer->maybe_ms,
		.verdict = answer->verdict,
		.code = answer->code,
		.attempts = answer->attempts,
		.message = shared(a, last ? last->message : NULL, answer->message),
		.request_id = shared(a, last ? last->request_id : NULL, answer->request_id),
	};
	a->count++;
}

static size_t take(struct answers *a, struct send_box *box)
{
	size_t room = ANSWERS_MOST - a->count, n = send_take(box, a->taken, room < TAKEN ? room : TAKEN);

	for (size_t i = 0; i < n; i++)
		keep(a, &a->taken[i]);
	return n;
}

bool answers_any(struct answers *a, struct send_box *box)
{
	if (a->judged < a->count)
		return true;
	if (!a->taken)
		a->taken = grown(NULL, TAKEN, sizeof *a->taken);
	while (a->count < ANSWERS_MOST && take(a, box) == TAKEN) {
	}
	return a->judged < a->count;
}

const struct answer_kept *answers_next(struct answers *a)
{
	return a->judged < a->count ? &a->kept[a->judged++] : NULL;
}

const struct answer_kept *answers_ahead(const struct answers *a, size_t i)
{
	return i < a->count - a->judged ? &a->kept[a->judged + i] : NULL;
}

void answers_committed(struct answers *a)
{
	a->count -= a->judged;
	if (a->count > 0)
		memmove(a->kept, a->kept + a->judged, a->count * sizeof *a->kept);
	else
		arena_reset(&a->texts);
	a->judged = 0;
}

void answers_aborted(struct answers *a)
{
	a->judged = 0;
}
