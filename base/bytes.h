// SPDX-License-Identifier: Apache-2.0
// Bytes: a view borrows and never frees; a buffer owns, grows up to a ceiling given at birth, and remembers that it was hit.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

// Absent is p == NULL; present but empty is p != NULL with n == 0.
struct view {
	const char *p;
	size_t n;
};

#define VIEW_LIT(s) ((struct view){(s), sizeof(s) - 1})
#define VIEW_ABSENT ((struct view){NULL, 0})
// For printf: printf("%.*s", VIEW_ARG(v)).
#define VIEW_ARG(v) (int)(v).n, ((v).p ? (v).p : "")

static inline struct view view_of(const void *p, size_t n)
{
	return (struct view){p, n};
}

static inline struct view view_text(const char *text)
{
	return text ? (struct view){text, strlen(text)} : VIEW_ABSENT;
}

static inline bool view_is_set(struct view v)
{
	return v.p != NULL;
}

// Absent equals absent only.
static inline bool view_eq(struct view a, struct view b)
{
	return a.n == b.n && (a.p == NULL) == (b.p == NULL) && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

// Byte order; absent before empty. Negative, 0 or positive.
int view_cmp(struct view a, struct view b);

// Owned bytes. Zero-initialised except for `ceiling` is empty; x_clear releases.
struct buf {
	char *p;
	size_t n;
	size_t room;    // never over the ceiling
	size_t ceiling; // bytes it may ever hold; 0 = 1 GiB
	bool full;      // sticky: something did not fit, nothing was added since
};

void buf_clear(struct buf *b);                 // frees and empties
void buf_reset(struct buf *b);                 // empties, keeps the memory, clears `full`
void buf_limit(struct buf *b, size_t ceiling); // empties and has another ceiling
char *buf_grow(struct buf *b, size_t n);       // of buf_reserve, where there is no room yet
// Room for n more bytes at p + n; NULL if that is over the ceiling (then `full` is set).
static inline char *buf_reserve(struct buf *b, size_t n)
{
	return b->p && !b->full && b->room - b->n >= n ? b->p + b->n : buf_grow(b, n);
}
static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_reserve(b, n);

	if (!to || n == 0)
		return;
	memcpy(to, p, n);
	b->n += n;
}
static inline void buf_add_view(struct buf *b, struct view v)
{
	buf_add(b, v.p, v.n);
}
static inline void buf_add_byte(struct buf *b, uint8_t byte)
{
	buf_add(b, &byte, 1);
}
static inline void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
// As a JSON string, quotes included; what is not UTF-8 becomes U+FFFD.
void buf_add_quoted(struct buf *b, struct view text);
void buf_add_varint(struct buf *b, uint64_t value); // LEB128
void buf_add_sized(struct buf *b, struct view v);   // its length as a varint, then its bytes: cursor_sized reads it
// Signed numbers as varints that are short for small ones of either sign.
static inline uint64_t zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}
static inline int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ -(value & 1));
}
static inline struct view buf_view(const struct buf *b)
{
	return (struct view){b->p ? b->p : "", b->n};
}

// A cursor over bytes from outside. The first failure sticks: later reads return zero or absent and `bad` stays set.
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

static inline struct cursor cursor_over(struct view v)
{
	return (struct cursor){(const uint8_t *)v.p, v.p ? (const uint8_t *)v.p + v.n : NULL, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

uint8_t cursor_byte(struct cursor *c);
uint64_t cursor_varint(struct cursor *c);
struct view cursor_bytes(struct cursor *c, size_t n); // borrowed from what the cursor runs over
struct view cursor_sized(struct cursor *c);           // varint length, then that many bytes

// Without the spaces, tabs and line ends around it.
struct view view_trimmed(struct view text);

// 0 to 15 of either case; -1: no hexadecimal digit.
int bytes_hex_digit(char c);

// True for well-formed UTF-8 (no surrogates, no overlong forms).
bool bytes_are_utf8(struct view v);
