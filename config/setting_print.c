// SPDX-License-Identifier: Apache-2.0
// A setting's value, and what it may be, as text.
#include "base/when.h"
#include "config/config.h"
#include "config/setting.h"

static const char *bool_word(bool value)
{
	return value ? "true" : "false";
}

static int64_t fetch(const struct setting *row, const void *field)
{
	if (row->size == sizeof(bool))
		return *(const bool *)field;
	return row->size == sizeof(int) ? *(const int *)field : *(const int64_t *)field;
}

void setting_print_size(uint64_t bytes, struct buf *out)
{
	static const char *const names[] = {"GiB", "MiB", "KiB", "B"};
	size_t i = 0;
	int shift = 30;

	for (; shift > 0 && (bytes & ((1ULL << shift) - 1)); shift -= 10)
		i++;
	buf_addf(out, "%llu%s", (unsigned long long)(bytes >> shift), names[i]);
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
	[SETTING_PAIRS] = "a map of texts to texts",
};

static const char *const form_words[] = {
	[FORM_ANY] = "",
	[FORM_NAME] = " of letters, digits, dots, underscores and hyphens",
	[FORM_TOPIC] = " of letters, digits, dots, underscores and hyphens",
	[FORM_URL] = ", an http or https address without user or password",
	[FORM_ZONE] = ", the IANA name of a time zone, as America/Lima",
	[FORM_CURRENCY] = ", a currency of ISO 4217",
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

void setting_print_expected(const struct setting *row, struct buf *out)
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
	if (row->optional)
		buf_add_text(out, setting_is_scalar(row) ? ", or null" : " or null");
}
