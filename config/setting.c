// SPDX-License-Identifier: Apache-2.0
#include "config/setting.h"

#include "base/money.h"
#include "base/when.h"
#include "config/config.h"

#include <stdio.h>

bool setting_is_scalar(const struct setting *row)
{
	return row->type < SETTING_PROPERTIES;
}

const struct setting *setting_first(enum setting_scope scope)
{
	const struct setting *row = setting_rows;

	while (row->scope != scope)
		row++;
	return row;
}

size_t setting_count(enum setting_scope scope)
{
	const struct setting *first = setting_first(scope);
	const struct setting *row = first;

	while (row < setting_rows + setting_row_count && row->scope == scope)
		row++;
	return (size_t)(row - first);
}

size_t setting_index(const struct setting *row)
{
	return (size_t)(row - setting_first(row->scope));
}

const struct setting *setting_find(enum setting_scope scope, struct view key)
{
	for (size_t i = 0; i < setting_row_count; i++) {
		if (setting_rows[i].scope == scope && view_eq(view_text(setting_rows[i].key), key))
			return &setting_rows[i];
	}
	return NULL;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static bool is_name(struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!is_name_byte(text.p[i]))
			return false;
	}
	return true;
}

// Kafka refuses these two names, and as folders they would lead elsewhere.
static bool is_dots(struct view text)
{
	return view_eq(text, VIEW_LIT(".")) || view_eq(text, VIEW_LIT(".."));
}

static bool starts_with(struct view text, const char *start)
{
	size_t n = strlen(start);

	return text.n > n && memcmp(text.p, start, n) == 0;
}

// Credentials in a URL would be printed with it; they have settings of their own.
static bool is_url(struct view text)
{
	return (starts_with(text, "http://") || starts_with(text, "https://")) && !memchr(text.p, '@', text.n);
}

static bool is_printable(struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	}
	return bytes_are_utf8(text);
}

// Its characters; whether there is such a zone is found where it is opened.
static bool is_zone_name(struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && c != '_' && c != '+' && c != '-' && c != '/')
			return false;
	}
	return text.p[0] != '/';
}

static bool has_form(enum setting_form form, struct view text)
{
	switch (form) {
	case FORM_ANY:
		return is_printable(text);
	case FORM_NAME:
	case FORM_TOPIC:
		return is_name(text) && !is_dots(text);
	case FORM_URL:
		return is_printable(text) && is_url(text);
	case FORM_ZONE:
		return is_zone_name(text);
	case FORM_CURRENCY:
		return money_currency(text) != NULL;
	}
	return false;
}

static enum setting_verdict parse_text(const struct setting *row, struct view text, struct arena *arena, void *field)
{
	if (text.n == 0 || !has_form(row->form, text))
		return SETTING_NO_FORM;
	if (text.n > (size_t)row->max)
		return SETTING_OUT_OF_BOUNDS;
	struct view copy = arena_dup(arena, text);
	if (row->type == SETTING_VIEW)
		*(struct view *)field = copy;
	else
		*(const char **)field = copy.p;
	return SETTING_OK;
}

static void store(const struct setting *row, void *field, int64_t value)
{
	if (row->size == sizeof(bool))
		*(bool *)field = value != 0;
	else if (row->size == sizeof(int))
		*(int *)field = (int)value;
	else
		*(int64_t *)field = value;
}

static const struct {
	const char *name;
	int shift;
} size_units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}};

static int parse_size(struct view text, int64_t *bytes)
{
	size_t digits = 0;
	int64_t count;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (when_parse_integer(view_of(text.p, digits), &count) != 0)
		return -1;
	for (size_t i = 0; i < sizeof size_units / sizeof size_units[0]; i++) {
		if (view_eq(view_of(text.p + digits, text.n - digits), view_text(size_units[i].name)))
			return __builtin_mul_overflow(count, (int64_t)1 << size_units[i].shift, bytes) ? -1 : 0;
	}
	return -1;
}

static int parse_percent(struct view text, int64_t *percent)
{
	if (text.n == 0 || text.p[text.n - 1] != '%')
		return -1;
	return when_parse_integer(view_of(text.p, text.n - 1), percent);
}

static int parse_number(enum setting_type type, struct view text, int64_t *value)
{
	if (type == SETTING_DURATION)
		return when_parse_duration(text, value);
	if (type == SETTING_SIZE)
		return parse_size(text, value);
	if (type == SETTING_PERCENT)
		return parse_percent(text, value);
	return when_parse_integer(text, value);
}

static enum setting_verdict parse_bounded(const struct setting *row, struct view text, void *field)
{
	int64_t value;

	if (row->word && view_eq(text, view_text(row->word))) {
		store(row, field, row->word_value);
		return SETTING_OK;
	}
	if (parse_number(row->type, text, &value) != 0)
		return SETTING_NO_FORM;
	if (value < row->min || value > row->max)
		return SETTING_OUT_OF_BOUNDS;
	store(row, field, value);
	return SETTING_OK;
}

static const char *bool_word(int i)
{
	return i == 0 ? "false" : i == 1 ? "true" : NULL;
}

static enum setting_verdict parse_word(const struct setting *row, const char *(*words)(int i), struct view text, void *field)
{
	for (int i = 0; words(i); i++) {
		if (!view_eq(text, view_text(words(i))))
			continue;
		store(row, field, i);
		return SETTING_OK;
	}
	return SETTING_NO_FORM;
}

// "127.0.0.1:9404", "[::]:9404", "localhost:0".
static enum setting_verdict parse_listen(struct view text, struct arena *arena, void *field)
{
	struct config *config = (struct config *)((char *)field - offsetof(struct config, admin));
	const char *colon = text.n > 0 ? memrchr(text.p, ':', text.n) : NULL;
	int64_t port;

	if (!colon || colon == text.p || !is_printable(text))
		return SETTING_NO_FORM;
	struct view host = view_of(text.p, (size_t)(colon - text.p));
	if (host.p[0] == '[' && host.n > 2 && host.p[host.n - 1] == ']')
		host = view_of(host.p + 1, host.n - 2);
	else if (memchr(host.p, ':', host.n))
		return SETTING_NO_FORM;
	if (when_parse_integer(view_of(colon + 1, text.n - (size_t)(colon + 1 - text.p)), &port) != 0)
		return SETTING_NO_FORM;
	if (port < 0 || port > 65535 || host.n > 255)
		return SETTING_OUT_OF_BOUNDS;
	config->admin.host = arena_dup(arena, host).p;
	config->admin.port = (int)port;
	return SETTING_OK;
}

static enum setting_verdict parse_start(struct view text, void *field)
{
	struct config *config = (struct config *)((char *)field - offsetof(struct config, start));

	if (view_eq(text, VIEW_LIT("earliest")) || view_eq(text, VIEW_LIT("latest"))) {
		config->start = text.p[0] == 'e' ? CONFIG_EARLIEST : CONFIG_LATEST;
		return SETTING_OK;
	}
	if (when_parse_iso(text, &config->start_time) != 0 && when_parse_integer(text, &config->start_time) != 0)
		return SETTING_NO_FORM;
	config->start = CONFIG_AT;
	return config->start_time < 0 ? SETTING_OUT_OF_BOUNDS : SETTING_OK;
}

enum setting_verdict setting_parse(const struct setting *row, struct view text, struct arena *arena, void *field)
{
	CHECK(setting_is_scalar(row));
	switch (row->type) {
	case SETTING_TEXT:
	case SETTING_VIEW:
		return parse_text(row, text, arena, field);
	case SETTING_BOOL:
		return parse_word(row, bool_word, text, field);
	case SETTING_WORD:
		return parse_word(row, row->words, text, field);
	case SETTING_LISTEN:
		return parse_listen(text, arena, field);
	case SETTING_START:
		return parse_start(text, field);
	default:
		return parse_bounded(row, text, field);
	}
}

// The count lies right behind the pointer, as in all of these.
_Static_assert(offsetof(struct destination, event_count) == offsetof(struct destination, events) + sizeof(void *), "events");
_Static_assert(offsetof(struct destination, field_count) == offsetof(struct destination, fields) + sizeof(void *), "fields");
_Static_assert(offsetof(struct order_sync, status_count) == offsetof(struct order_sync, statuses) + sizeof(void *), "statuses");
_Static_assert(offsetof(struct order_sync, field_count) == offsetof(struct order_sync, fields) + sizeof(void *), "order_sync.fields");
_Static_assert(offsetof(struct config, seal.key_count) == offsetof(struct config, seal.keys) + sizeof(void *), "seal.keys");

struct setting_pairs setting_pairs(const void *field)
{
	const char *at = field;

	return (struct setting_pairs){*(struct destination_pair *const *)at, *(const size_t *)(at + sizeof(void *))};
}

void setting_set_pairs(void *field, struct setting_pairs pairs)
{
	char *at = field;

	*(struct destination_pair **)at = pairs.p;
	*(size_t *)(at + sizeof(void *)) = pairs.n;
}

void setting_set_null(const struct setting *row, void *field)
{
	memset(field, 0, row->size);
}

bool setting_is_bare(const struct setting *row, struct view printed)
{
	int64_t ignored;

	return row->type == SETTING_BOOL || (row->type == SETTING_INTEGER && when_parse_integer(printed, &ignored) == 0);
}
