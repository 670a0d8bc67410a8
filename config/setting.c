// SPDX-License-Identifier: Apache-2.0
#include "config/setting.h"

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

static int64_t fetch(const struct setting *row, const void *field)
{
	if (row->size == sizeof(bool))
		return *(const bool *)field;
	return row->size == sizeof(int) ? *(const int *)field : *(const int64_t *)field;
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

void setting_set_null(const struct setting *row, void *field)
{
	memset(field, 0, row->size);
}

void setting_print_size(uint64_t bytes, struct buf *out)
{
	size_t i = 0;

	while (bytes & ((1ULL << size_units[i].shift) - 1))
		i++;
	buf_addf(out, "%llu%s", (unsigned long long)(bytes >> size_units[i].shift), size_units[i].name);
}

static void print_number(enum setting_type type, int64_t value, struct buf *out)
{
	char text[WHEN_ISO_SIZE];

	if (type == SETTING_DURATION)
		buf_add_text(out, when_print_duration(value, text));
	else if (type == SETTING_SIZE)
		setting_print_size((uint64_t)value, out);
	else
		buf_addf(out, "%lld%s", (long long)value, type == SETTING_PERCENT ? "%" : "");
}

static void print_listen(const void *field, struct buf *out)
{
	const struct config *config = (const struct config *)((const char *)field - offsetof(struct config, admin));
	bool v6 = strchr(config->admin.host, ':') != NULL;

	buf_addf(out, v6 ? "[%s]:%d" : "%s:%d", config->admin.host, config->admin.port);
}

static void print_start(const void *field, struct buf *out)
{
	const struct config *config = (const struct config *)((const char *)field - offsetof(struct config, start));
	char text[WHEN_ISO_SIZE];

	if (config->start == CONFIG_AT)
		buf_add_text(out, when_print_iso(config->start_time, text));
	else
		buf_add_text(out, config->start == CONFIG_EARLIEST ? "earliest" : "latest");
}

static bool print_text(struct view text, struct buf *out)
{
	buf_add_view(out, text);
	return view_is_set(text);
}

bool setting_print(const struct setting *row, const void *field, struct buf *out)
{
	switch (row->type) {
	case SETTING_TEXT:
		return print_text(view_text(*(const char *const *)field), out);
	case SETTING_VIEW:
		return print_text(*(const struct view *)field, out);
	case SETTING_BOOL:
		buf_add_text(out, bool_word(*(const bool *)field));
		return true;
	case SETTING_WORD:
		buf_add_text(out, row->words((int)fetch(row, field)));
		return true;
	case SETTING_LISTEN:
		print_listen(field, out);
		return true;
	case SETTING_START:
		print_start(field, out);
		return true;
	default:
		break;
	}
	if (row->word && fetch(row, field) == row->word_value)
		buf_add_text(out, row->word);
	else
		print_number(row->type, fetch(row, field), out);
	return true;
}

bool setting_is_bare(const struct setting *row, struct view printed)
{
	int64_t ignored;

	return row->type == SETTING_BOOL || (row->type == SETTING_INTEGER && when_parse_integer(printed, &ignored) == 0);
}

static const char *const type_words[] = {
	[SETTING_TEXT] = "text",
	[SETTING_VIEW] = "text",
	[SETTING_INTEGER] = "an integer",
	[SETTING_BOOL] = "true or false",
	[SETTING_DURATION] = "a duration (an integer and ms, s, m, h or d)",
	[SETTING_SIZE] = "a size (an integer and B, KiB, MiB or GiB)",
	[SETTING_PERCENT] = "a percentage (an integer and %)",
	[SETTING_WORD] = "one of",
	[SETTING_LISTEN] = "host:port, port 0 to 65535",
	[SETTING_START] = "earliest, latest or a time (ISO 8601 with a zone, or milliseconds since 1970)",
	[SETTING_PROPERTIES] = "a map of names to texts",
	[SETTING_TENANTS] = "a list of tenants",
	[SETTING_GOALS] = "a list of goals",
	[SETTING_WEIGHTS] = "a list of three integers, 0 to 1000",
	[SETTING_WHERE] = "a map of field paths to lists of texts",
	[SETTING_CHANNELS] = "a list of texts",
};

static const char *const form_words[] = {
	[FORM_ANY] = "",
	[FORM_NAME] = " of letters, digits, dots, underscores and hyphens",
	[FORM_TOPIC] = " of letters, digits, dots, underscores and hyphens",
	[FORM_URL] = " beginning with http:// or https://, without user or password",
};

static void expects_words(const struct setting *row, struct buf *out)
{
	for (int i = 0; row->words(i); i++)
		buf_addf(out, "%s %s", i > 0 ? "," : "", row->words(i));
}

static void expects_bounds(const struct setting *row, struct buf *out)
{
	buf_add_text(out, ", ");
	print_number(row->type, row->min, out);
	buf_add_text(out, " to ");
	print_number(row->type, row->max, out);
}

void setting_expects(const struct setting *row, struct buf *out)
{
	if (row->word)
		buf_addf(out, "%s or ", row->word);
	buf_add_text(out, type_words[row->type]);
	if (row->type == SETTING_WORD)
		expects_words(row, out);
	else if (row->type == SETTING_TEXT || row->type == SETTING_VIEW)
		buf_addf(out, "%s, at most %lld bytes", form_words[row->form], (long long)row->max);
	else if (setting_is_scalar(row) && row->max > 0)
		expects_bounds(row, out);
	if (row->optional && setting_is_scalar(row))
		buf_add_text(out, ", or null");
}
