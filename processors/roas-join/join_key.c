// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/join_key.h"

#include <stdio.h>

#include "base/when.h"

enum { ESCAPED = 3, SEPARATORS = 16, QUARTERS_OF_DAY = 24 * 4 };

const char *join_key_level(int8_t level)
{
	static const char *const names[] = {"advertiser", "campaign", "adgroup", "ad", "unplaced"};

	return names[level];
}

static char *write_id(char *p, struct view id)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];

		if (c > 0x20 && c != '|' && c != '%' && c != '/' && c != 0x7f) {
			*p++ = (char)c;
			continue;
		}
		*p++ = '%';
		*p++ = hex[c >> 4];
		*p++ = hex[c & 15];
	}
	return p;
}

struct view join_key_account(struct view tenant, struct view advertiser, struct arena *arena)
{
	char *key = arena_take(arena, tenant.n + ESCAPED * advertiser.n + 1), *p = mempcpy(key, tenant.p, tenant.n);

	*p++ = '|';
	p = write_id(p, advertiser);
	return view_of(key, (size_t)(p - key));
}

struct view join_key_id(struct view escaped, struct arena *arena)
{
	char *out = arena_take(arena, escaped.n), *p = out;

	for (size_t i = 0; i < escaped.n; i++) {
		bool is_escape = escaped.p[i] == '%' && i + 2 < escaped.n;

		*p++ = is_escape ? (char)(bytes_hex_digit(escaped.p[i + 1]) << 4 | bytes_hex_digit(escaped.p[i + 2])) : escaped.p[i];
		i += is_escape ? 2 : 0;
	}
	return view_of(out, (size_t)(p - out));
}

struct view join_key_entity(const struct join_name *n, struct arena *arena)
{
	const char *level = join_key_level(n->level);
	size_t ids = n->advertiser.n + n->entity.n + n->campaign.n + n->adgroup.n;
	char *key = arena_take(arena, n->tenant.n + ESCAPED * ids + strlen(level) + SEPARATORS), *p = mempcpy(key, n->tenant.p, n->tenant.n);

	*p++ = '|';
	p = write_id(p, n->advertiser);
	*p++ = '|';
	p = mempcpy(p, level, strlen(level));
	*p++ = '|';
	if (n->level == ROAS_UNPLACED) {
		p = write_id(p, n->campaign);
		*p++ = '/';
		p = write_id(p, n->adgroup);
		*p++ = '/';
	}
	p = write_id(p, n->entity);
	return view_of(key, (size_t)(p - key));
}

struct view join_key_row(struct view entity_key, struct view day, struct arena *arena)
{
	char *key = arena_take(arena, entity_key.n + 1 + day.n), *p = mempcpy(key, entity_key.p, entity_key.n);

	*p++ = '|';
	p = mempcpy(p, day.p, day.n);
	return view_of(key, (size_t)(p - key));
}

char *join_key_day(int8_t level, int64_t bucket, char *out)
{
	if (level != ROAS_UNPLACED)
		return when_print_day((int32_t)bucket, out);
	int32_t day = when_day(bucket * JOIN_QUARTER_MS);
	unsigned minute = (unsigned)((bucket - day * QUARTERS_OF_DAY) * 15);
	char text[WHEN_DAY_SIZE];

	snprintf(out, JOIN_DAY_SIZE, "%sT%02u:%02uZ", when_print_day(day, text), minute / 60 % 24, minute % 60);
	return out;
}

int join_key_bucket(int8_t level, struct view text, int64_t *bucket)
{
	int32_t day;
	int64_t ms;

	if (level == ROAS_UNPLACED) {
		if (when_parse_iso(text, &ms) != 0 || ms % JOIN_QUARTER_MS != 0)
			return -1;
		*bucket = ms / JOIN_QUARTER_MS;
		return 0;
	}
	if (when_parse_day(text, &day) != 0)
		return -1;
	*bucket = day;
	return 0;
}
