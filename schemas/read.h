// SPDX-License-Identifier: Apache-2.0
// The primitives of Avro's binary encoding, read with bounds. Each gives the place behind what it read, or NULL if the bytes are not that.
#pragma once
#include "base/bytes.h"
#include "schemas/records.h"

// Zigzag varint of at most 10 bytes. Gives the place behind it, or NULL.
static inline const uint8_t *read_long(const uint8_t *p, const uint8_t *end, int64_t *out)
{
	uint64_t value = 0;

	if (p < end && *p < 0x80) {
		*out = (int64_t)(*p >> 1) ^ -(int64_t)(*p & 1);
		return p + 1;
	}
	for (int shift = 0; shift < 64 && p < end; shift += 7) {
		uint64_t byte = *p++;

		if (shift == 63 && byte > 1)
			return NULL;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
			return p;
		}
	}
	return NULL;
}

static inline const uint8_t *read_int(const uint8_t *p, const uint8_t *end, int64_t *out)
{
	p = read_long(p, end, out);
	return p && *out >= INT32_MIN && *out <= INT32_MAX ? p : NULL;
}

// Length, then that many bytes.
static inline const uint8_t *read_sized(const uint8_t *p, const uint8_t *end, struct view *out)
{
	int64_t n;

	p = read_long(p, end, &n);
	if (!p || n < 0 || n > end - p)
		return NULL;
	*out = view_of(p, (size_t)n);
	return p + n;
}

// ASCII is recognised eight bytes at a time, the last eight overlapping.
static inline bool read_is_text(struct view v)
{
	uint64_t all = 0, eight = 0;
	size_t i = 0;

	for (; i + 8 <= v.n; i += 8) {
		memcpy(&eight, v.p + i, 8);
		all |= eight;
	}
	if (v.n >= 8) {
		memcpy(&eight, v.p + v.n - 8, 8);
		all |= eight;
	} else {
		for (; i < v.n; i++)
			all |= (uint8_t)v.p[i];
	}
	return (all & 0x8080808080808080u) == 0 || bytes_are_utf8(v);
}

static inline const uint8_t *read_optional_bytes(uint8_t null_branch, const uint8_t *p, const uint8_t *end, struct view *bytes)
{
	*bytes = VIEW_ABSENT;
	if (p == end || (*p != 0 && *p != 2))
		return NULL;
	return *p++ >> 1 == null_branch ? p : read_sized(p, end, bytes);
}

static inline const uint8_t *read_optional_text(uint8_t null_branch, const uint8_t *p, const uint8_t *end, struct view *text)
{
	p = read_optional_bytes(null_branch, p, end, text);
	return p && read_is_text(*text) ? p : NULL;
}

static inline const uint8_t *read_time(const uint8_t *p, const uint8_t *end, int64_t *time)
{
	p = read_long(p, end, time);
	if (p && *time == TIME_ABSENT)
		*time = TIME_BAD;
	return p;
}

static inline const uint8_t *read_optional_time(uint8_t null_branch, const uint8_t *p, const uint8_t *end, int64_t *time)
{
	*time = TIME_ABSENT;
	if (p == end || (*p != 0 && *p != 2))
		return NULL;
	if (*p++ >> 1 == null_branch)
		return p;
	return read_time(p, end, time);
}

static inline const uint8_t *read_fixed(size_t n, const uint8_t *p, const uint8_t *end, struct view *out)
{
	*out = view_of(p, n);
	return (size_t)(end - p) >= n ? p + n : NULL;
}
