// SPDX-License-Identifier: Apache-2.0
// A strict pull parser for JSON (RFC 8259) from outside: no tree, numbers as their digits, texts as views where they have no escapes.
// The first failure sticks: everything after it gives nothing, and `tokens_failed` says what and where.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"

struct tokens {
	const char *start, *p, *end;
	struct arena *arena; // for texts with escapes
	unsigned depth;
	const char *bad; // what is wrong; NULL: nothing so far
};

// `text` must be UTF-8: checked here, once.
void tokens_init(struct tokens *t, struct view text, struct arena *arena);

// The first byte of the next value: one of { [ " t f n, 0 for a number, or 'x' for none.
char tokens_kind(struct tokens *t);

struct view tokens_text(struct tokens *t);
struct view tokens_number(struct tokens *t); // its digits as written
bool tokens_flag(struct tokens *t);
void tokens_null(struct tokens *t);
void tokens_skip(struct tokens *t); // any value

// for (bool more = tokens_open(t, '{'); more; more = tokens_more(t, '}')) { key = tokens_key(t); …one value… }
bool tokens_open(struct tokens *t, char bracket); // false: empty, and closed already
bool tokens_more(struct tokens *t, char bracket); // a comma (true) or the closing bracket
struct view tokens_key(struct tokens *t);         // with its colon

void tokens_end(struct tokens *t); // nothing but white space may be left
void tokens_fail(struct tokens *t, const char *what);
static inline bool tokens_failed(const struct tokens *t)
{
	return t->bad != NULL;
}
static inline size_t tokens_offset(const struct tokens *t)
{
	return (size_t)(t->p - t->start);
}
