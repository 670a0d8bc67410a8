// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/join_spend.h"

enum { LEAST_BYTES = 1 + 2 * FIGURES };

static int64_t plus(int64_t a, int64_t b, int sign)
{
	return (int64_t)((uint64_t)a + (uint64_t)(int64_t)sign * (uint64_t)b);
}

struct join_spend join_spend_of(const struct report_snapshot *s, struct arena *arena)
{
	const int64_t said[FIGURES] = {s->spend_micros, s->impressions, s->clicks, s->conversions, s->value_micros};
	struct join_figures *f = arena_zero(arena, sizeof *f);
	bool any = false;

	f->currency = s->currency;
	for (int i = 0; i < FIGURES; i++) {
		f->known[i] = said[i] != TIME_ABSENT;
		f->sum[i] = f->known[i] ? said[i] : 0;
		any |= f->known[i] != 0;
	}
	return (struct join_spend){f, any};
}

static bool is_nothing(const struct join_figures *f)
{
	for (int i = 0; i < FIGURES; i++)
		if (f->known[i] || f->sum[i])
			return false;
	return true;
}

static void add_figures(struct join_figures *to, const struct join_figures *what, int sign)
{
	for (int i = 0; i < FIGURES; i++) {
		to->sum[i] = plus(to->sum[i], what->sum[i], sign);
		to->known[i] = plus(to->known[i], what->known[i], sign);
	}
}

// Both lists are sorted: one walk. `each` makes one of two, of which either may be NULL.
static struct join_spend merge(const struct join_spend *a, const struct join_spend *b, int sign, struct arena *arena,
	void (*each)(struct join_figures *to, const struct join_figures *what, int sign))
{
	struct join_spend out = {arena_take(arena, (a->n + b->n) * sizeof *out.p), 0};
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		int order = i == a->n ? 1 : k == b->n ? -1 : view_cmp(a->p[i].currency, b->p[k].currency);
		struct join_figures *f = &out.p[out.n];

		*f = order <= 0 ? a->p[i++] : (struct join_figures){.currency = b->p[k].currency};
		if (order >= 0)
			each(f, &b->p[k++], sign);
		out.n += !is_nothing(f);
	}
	return out;
}

void join_spend_add(struct join_spend *to, const struct join_spend *what, int sign, struct arena *arena)
{
	if (what->n)
		*to = merge(to, what, sign, arena, add_figures);
}

static void raise_to(struct join_figures *ads, const struct join_figures *own, int sign)
{
	(void)sign;
	for (int i = 0; i < FIGURES; i++) {
		if (own->known[i] && own->sum[i] > ads->sum[i])
			ads->sum[i] = own->sum[i];
		ads->known[i] += own->known[i];
	}
}

struct join_spend join_spend_whole(const struct join_spend *ads, const struct join_spend *own, struct arena *arena)
{
	return own->n ? merge(ads, own, 1, arena, raise_to) : *ads;
}

void join_spend_pack(const struct join_spend *spend, struct buf *out)
{
	buf_add_varint(out, spend->n);
	for (size_t i = 0; i < spend->n; i++) {
		const struct join_figures *f = &spend->p[i];

		buf_add_sized(out, f->currency);
		for (int k = 0; k < FIGURES; k++) {
			buf_add_varint(out, zigzag(f->sum[k]));
			buf_add_varint(out, zigzag(f->known[k]));
		}
	}
}

struct join_spend join_spend_unpack(struct cursor *c, struct arena *arena)
{
	uint64_t n = cursor_varint(c);
	struct join_spend out = {NULL, 0};

	if (c->bad || n > cursor_left(c) / LEAST_BYTES) {
		c->bad = true;
		return out;
	}
	out.p = arena_take(arena, n * sizeof *out.p);
	for (; out.n < n && !c->bad; out.n++) {
		struct join_figures *f = &out.p[out.n];

		f->currency = cursor_sized(c);
		for (int k = 0; k < FIGURES; k++) {
			f->sum[k] = unzigzag(cursor_varint(c));
			f->known[k] = unzigzag(cursor_varint(c));
		}
	}
	return out;
}
