// SPDX-License-Identifier: Apache-2.0
#include "tiktok/event_fields.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "tiktok/event_json.h"
#include "tiktok/identity.h"

enum { W = 1 << EVENT_SOURCE_WEB, A = 1 << EVENT_SOURCE_APP, O = 1 << EVENT_SOURCE_OFFLINE, C = 1 << EVENT_SOURCE_CRM, PATH_ROOM = 128 };

const struct event_field event_fields[FIELD_COUNT] = {
#define FIELD(id, in, text, kind, has, offer) \
	{.group = IN_##in, \
		.type = TYPE_##kind, \
		.sources = (has), \
		.offered = (offer), \
		.name = {text, sizeof text - 1}, \
		.key = {"\"" text "\":", sizeof text + 2}},
#include "tiktok/event_fields.def"
#undef FIELD
};

static const char *const group_paths[] = {"user.", "page.", "app.", "ad.", "lead.", "properties.", "properties.contents.", ""};

struct view event_fields_path(enum event_field_id id, char *out, size_t room)
{
	int n = snprintf(out, room, "%s%.*s", group_paths[event_fields[id].group], VIEW_ARG(event_fields[id].name));

	return view_of(out, n < (int)room ? (size_t)n : room - 1);
}

int event_fields_find(struct view path)
{
	char known[PATH_ROOM];

	for (int id = 0; id < FIELD_COUNT; id++)
		if (view_eq(event_fields_path((enum event_field_id)id, known, sizeof known), path))
			return id;
	return -1;
}

// Levenshtein, over the first bytes.
static size_t distance(struct view a, struct view b)
{
	size_t row[PATH_ROOM + 1] = {0};
	size_t n = b.n < PATH_ROOM ? b.n : PATH_ROOM;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]), least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[n];
}

struct view event_fields_nearest(struct view path, char *out, size_t room)
{
	char known[PATH_ROOM];
	size_t best = SIZE_MAX;
	int nearest = 0;

	for (int id = 0; id < FIELD_COUNT; id++) {
		size_t away = distance(path, event_fields_path((enum event_field_id)id, known, sizeof known));

		if (away >= best)
			continue;
		best = away;
		nearest = id;
	}
	return event_fields_path((enum event_field_id)nearest, out, room);
}

// A record has few properties and most are none of these: length and first letter settle nearly all.
int event_fields_offered(struct view name)
{
	for (int id = FIELD_CONTENT_TYPE; id < FIELD_ITEM_ID; id++) {
		const struct event_field *f = &event_fields[id];

		if (f->name.n == name.n && f->name.p[0] == name.p[0] && f->offered && memcmp(f->name.p, name.p, name.n) == 0)
			return id;
	}
	return -1;
}

static struct view boolean(struct view text)
{
	if (view_eq(text, VIEW_LIT("true")) || view_eq(text, VIEW_LIT("1")))
		return VIEW_LIT("true");
	if (view_eq(text, VIEW_LIT("false")) || view_eq(text, VIEW_LIT("0")))
		return VIEW_LIT("false");
	return VIEW_ABSENT;
}

// As BCP 47 writes it: "es_PE" -> "es-PE".
static struct view locale(struct view text, struct arena *arena)
{
	if (text.n == 0 || !memchr(text.p, '_', text.n))
		return text.n ? text : VIEW_ABSENT;

	char *tag = arena_take(arena, text.n);
	for (size_t i = 0; i < text.n; i++)
		tag[i] = text.p[i] == '_' ? '-' : text.p[i];
	return view_of(tag, text.n);
}

static struct view att_status(struct view text)
{
	static const char *const known[] = {"AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED", "NOT_APPLICABLE"};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == text.n && strncasecmp(known[i], text.p, text.n) == 0)
			return view_text(known[i]);
	return VIEW_ABSENT;
}

static bool is_public_v4(const unsigned char *a)
{
	return a[0] != 0 && a[0] != 10 && a[0] != 127 && !(a[0] == 172 && (a[1] & 0xf0) == 16) && !(a[0] == 192 && a[1] == 168) &&
		!(a[0] == 169 && a[1] == 254) && a[0] < 224;
}

static bool is_public_v6(const unsigned char *a)
{
	static const unsigned char zeros[15];
	bool local = (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || a[0] == 0xff;

	return !local && memcmp(a, zeros, 15) != 0;
}

// The first of a proxy's list; a private address matches nobody, and what is no address could have the whole request refused.
static struct view ip(struct view text)
{
	const char *comma = text.n ? memchr(text.p, ',', text.n) : NULL;
	struct view first = event_json_trimmed(comma ? view_of(text.p, (size_t)(comma - text.p)) : text);
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (first.n == 0 || first.n >= sizeof address)
		return VIEW_ABSENT;
	memcpy(address, first.p, first.n);
	address[first.n] = '\0';
	if (inet_pton(AF_INET, address, bytes) == 1)
		return is_public_v4(bytes) ? first : VIEW_ABSENT;
	return inet_pton(AF_INET6, address, bytes) == 1 && is_public_v6(bytes) ? first : VIEW_ABSENT;
}

// Of nothing: said by a shop that hashes what it has not got. As a match key it would join strangers.
static struct view unless_empty(struct view digest)
{
	return view_eq(digest, VIEW_LIT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")) ? VIEW_ABSENT : digest;
}

static struct view hashed(enum event_field_type type, struct view text, const struct event_fields_tools *tools)
{
	switch (type) {
	case TYPE_EMAIL:
		return identity_email(text, tools->digest, tools->arena);
	case TYPE_PHONE:
		return identity_phone(text, tools->digest, tools->arena);
	case TYPE_EXTERNAL_ID:
		return (tools->lower_case_external_id ? identity_external_id_lower : identity_external_id)(text, tools->digest, tools->arena);
	case TYPE_NAME:
		return identity_name(text, tools->digest, tools->arena);
	default:
		return identity_device(text, tools->digest, tools->arena);
	}
}

struct view event_fields_convert(enum event_field_type type, struct view text, const struct event_fields_tools *tools)
{
	switch (type) {
	case TYPE_NUMBER:
		return event_json_number(text, tools->arena);
	case TYPE_INTEGER:
		return event_json_whole(text, tools->arena);
	case TYPE_BOOLEAN:
		return boolean(event_json_trimmed(text));
	case TYPE_EMAIL:
	case TYPE_PHONE:
	case TYPE_EXTERNAL_ID:
	case TYPE_NAME:
	case TYPE_DEVICE:
		return unless_empty(hashed(type, text, tools));
	case TYPE_LOCALE:
		return locale(event_json_trimmed(text), tools->arena);
	case TYPE_IP:
		return ip(text);
	case TYPE_ATT_STATUS:
		return att_status(event_json_trimmed(text));
	default:
		return text.n ? text : VIEW_ABSENT;
	}
}

const char *event_fields_type_words(enum event_field_type type)
{
	static const char *const words[] = {
		[TYPE_TEXT] = "a text",
		[TYPE_NUMBER] = "a number, as 79.90",
		[TYPE_INTEGER] = "a whole number",
		[TYPE_BOOLEAN] = "true or false",
		[TYPE_LIST] = "texts between commas",
		[TYPE_EMAIL] = "an e-mail address or its SHA-256",
		[TYPE_PHONE] = "a phone number or its SHA-256",
		[TYPE_EXTERNAL_ID] = "an id or its SHA-256",
		[TYPE_NAME] = "a name or its SHA-256",
		[TYPE_DEVICE] = "a device's advertising id or its SHA-256",
		[TYPE_LOCALE] = "a language tag, as es-PE",
		[TYPE_IP] = "a public IP address",
		[TYPE_ATT_STATUS] = "AUTHORIZED, DENIED, NOT_DETERMINED, RESTRICTED or NOT_APPLICABLE",
	};

	return words[type];
}

size_t event_fields_write(enum event_field_id id, struct view value, struct buf *json)
{
	const struct event_field *f = &event_fields[id];

	event_json_comma(json);
	buf_add_view(json, f->key);
	size_t at = json->n;
	switch (f->type) {
	case TYPE_NUMBER:
	case TYPE_INTEGER:
	case TYPE_BOOLEAN:
		buf_add_view(json, value);
		break;
	case TYPE_LIST:
		event_json_list(json, value);
		break;
	case TYPE_EMAIL:
	case TYPE_PHONE:
	case TYPE_EXTERNAL_ID:
		event_json_list_of_one(json, value);
		break;
	default:
		event_json_text(json, value);
	}
	return at;
}
