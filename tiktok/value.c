// SPDX-License-Identifier: Apache-2.0
#include "tiktok/value.h"

#include <jansson.h>

#include "base/when.h"
#include "tiktok/digits.h"

enum { ID_DIGITS_MAX = 20 };

static struct view text_of(const json_t *value)
{
	return json_is_string(value) ? view_of(json_string_value(value), json_string_length(value)) : VIEW_ABSENT;
}

static struct view field(const struct json_t *object, const char *name)
{
	return text_of(json_object_get(object, name));
}

static struct view shared(struct view text, struct view before, struct arena *arena)
{
	if (!text.n)
		return VIEW_ABSENT;
	return view_eq(text, before) ? before : arena_dup(arena, text);
}

static struct view cut(struct view text)
{
	if (text.n <= VALUE_TEXT_MAX)
		return text;
	text.n = VALUE_TEXT_MAX;
	while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
		text.n--;
	return text;
}

struct view value_text(const struct json_t *object, const char *name, struct view before, struct arena *arena)
{
	return shared(cut(field(object, name)), before, arena);
}

static bool is_id(struct view text)
{
	if (!text.n || text.n > ID_DIGITS_MAX || text.p[0] == '0')
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	}
	return true;
}

struct view value_id(const struct json_t *object, const char *name, struct view before, struct arena *arena)
{
	struct view text = field(object, name);

	return is_id(text) ? shared(text, before, arena) : VIEW_ABSENT;
}

int64_t value_count(const struct json_t *object, const char *name)
{
	int64_t count;

	return digits_read(field(object, name), 0, &count) == 0 ? count : READER_UNKNOWN;
}

struct reader_money value_money(const struct json_t *object, const char *name)
{
	struct reader_money money = {0};

	money.known = digits_read(field(object, name), 6, &money.micros) == 0;
	return money.known ? money : (struct reader_money){0};
}

int64_t value_time_ms(const struct json_t *object, const char *name)
{
	int64_t ms;

	return when_parse_plain(field(object, name), &ms) == 0 ? ms : READER_UNKNOWN;
}

size_t value_list(const struct json_t *object, const char *name, struct view *out, size_t most, struct arena *arena)
{
	const json_t *list = json_object_get(object, name);
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list) && n < most; i++) {
		struct view text = shared(cut(text_of(json_array_get(list, i))), VIEW_ABSENT, arena);

		if (text.n)
			out[n++] = text;
	}
	return n;
}
