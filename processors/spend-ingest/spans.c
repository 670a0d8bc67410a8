// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void spans_clear(struct spans *s)
{
	free(s->p);
	*s = (struct spans){0};
}

static void insert(struct spans *s, size_t at, struct span span)
{
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 8;
		s->p = realloc(s->p, s->room * sizeof *s->p);
		if (!s->p)
			err_out_of_memory();
	}
	memmove(s->p + at + 1, s->p + at, (s->n - at) * sizeof *s->p);
	s->p[at] = span;
	s->n++;
}

static void delete (struct spans *s, size_t at)
{
	memmove(s->p + at, s->p + at + 1, (s->n - at - 1) * sizeof *s->p);
	s->n--;
}

void spans_remove(struct spans *s, int32_t from, int32_t to)
{
	for (size_t i = 0; i < s->n;) {
		struct span *at = &s->p[i], whole = *at;

		if (at->to < from || at->from > to) {
			i++;
			continue;
		}
		delete (s, i);
		if (whole.from < from)
			insert(s, i, (struct span){whole.from, from - 1, whole.read_at});
		if (whole.to > to)
			insert(s, i, (struct span){to + 1, whole.to, whole.read_at});
		i += (size_t)(whole.from < from) + (size_t)(whole.to > to);
	}
}

static void join(struct spans *s, size_t newer)
{
	s->p[newer].from = s->p[newer + 1].from;
	if (s->p[newer + 1].read_at > s->p[newer].read_at)
		s->p[newer].read_at = s->p[newer + 1].read_at;
	delete (s, newer + 1);
}

static bool touch(const struct spans *s, size_t newer)
{
	return newer + 1 < s->n && s->p[newer].from == s->p[newer + 1].to + 1;
}

void spans_add(struct spans *s, struct span span)
{
	size_t at = 0;

	spans_remove(s, span.from, span.to);
	while (at < s->n && s->p[at].from > span.to)
		at++;
	insert(s, at, span);
	if (touch(s, at) && s->p[at].read_at == s->p[at + 1].read_at)
		join(s, at);
	if (at > 0 && touch(s, at - 1) && s->p[at - 1].read_at == s->p[at].read_at)
		join(s, at - 1);
}

const struct span *spans_find(const struct spans *s, int32_t day)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i].from <= day && day <= s->p[i].to)
			return &s->p[i];
	return NULL;
}

void spans_join_before(struct spans *s, int32_t day)
{
	for (size_t i = 0; i < s->n; i++)
		while (s->p[i].to < day && touch(s, i))
			join(s, i);
}
