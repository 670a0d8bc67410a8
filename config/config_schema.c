// SPDX-License-Identifier: Apache-2.0
// `config schema`: JSON Schema, draft 2020-12. It knows each setting alone; what settings say together, `validate` checks.
#include "config/config.h"
#include "config/setting.h"

static void add_member(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, ", \"%s\": ", key);
	buf_add_quoted(out, view_text(text));
}

// Any scalar may be, or hold, a reference whose value only the run knows.
static void begin_any(struct buf *out)
{
	buf_add_text(out, ", \"anyOf\": [");
}

static void end_any(struct buf *out, const struct setting *row)
{
	if (row->word)
		buf_addf(out, ", {\"const\": \"%s\"}", row->word);
	if (row->optional)
		buf_add_text(out, ", {\"type\": \"null\"}");
	buf_add_text(out, ", {\"$ref\": \"#/$defs/reference\"}]");
}

static void add_text(struct buf *out, const struct setting *row)
{
	static const char *const patterns[] = {
		[FORM_ANY] = "^[^\\u0000-\\u001f]+$",
		[FORM_NAME] = "^[A-Za-z0-9._-]+$",
		[FORM_TOPIC] = "^[A-Za-z0-9._-]+$",
		[FORM_URL] = "^https?://[^@]+$",
		[FORM_ZONE] = "^[A-Za-z0-9_+/-]+$",
		[FORM_CURRENCY] = "^[A-Z]{3}$",
	};

	buf_addf(out, "{\"type\": [\"string\", \"number\", \"boolean\"], \"maxLength\": %lld, \"pattern\": \"%s\"}", (long long)row->max,
		patterns[row->form]);
}

static void add_words(struct buf *out, const struct setting *row)
{
	buf_add_text(out, "{\"enum\": [");
	for (int i = 0; row->words(i); i++)
		buf_addf(out, "%s\"%s\"", i > 0 ? ", " : "", row->words(i));
	buf_add_text(out, "]}");
}

static void add_scalar(struct buf *out, const struct setting *row)
{
	begin_any(out);
	switch (row->type) {
	case SETTING_TEXT:
	case SETTING_VIEW:
		add_text(out, row);
		break;
	case SETTING_BOOL:
		buf_add_text(out, "{\"type\": \"boolean\"}");
		break;
	case SETTING_WORD:
		add_words(out, row);
		break;
	case SETTING_INTEGER:
		buf_addf(out, "{\"type\": \"integer\", \"minimum\": %lld, \"maximum\": %lld}", (long long)row->min, (long long)row->max);
		break;
	case SETTING_DURATION:
		buf_add_text(out, "{\"type\": \"string\", \"pattern\": \"^[0-9]+(ms|s|m|h|d)$\"}");
		break;
	case SETTING_SIZE:
		buf_add_text(out, "{\"type\": \"string\", \"pattern\": \"^[0-9]+(B|KiB|MiB|GiB)$\"}");
		break;
	case SETTING_PERCENT:
		buf_add_text(out, "{\"type\": \"string\", \"pattern\": \"^[0-9]+%$\"}");
		break;
	case SETTING_LISTEN:
		buf_add_text(out, "{\"type\": \"string\", \"pattern\": \"^.+:[0-9]+$\"}");
		break;
	default: // SETTING_START
		buf_add_text(out,
			"{\"enum\": [\"earliest\", \"latest\"]}, {\"type\": \"integer\", \"minimum\": 0}, "
			"{\"type\": \"string\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+$\"}");
		break;
	}
	end_any(out, row);
}

static void add_map(struct buf *out, enum setting_scope scope);

static void add_many(struct buf *out, const struct setting *row)
{
	static const char text[] = "{\"type\": [\"string\", \"number\", \"boolean\"]}";
	static const char or_null[] = "{\"type\": [\"string\", \"number\", \"boolean\", \"null\"]}";

	switch (row->type) {
	case SETTING_PROPERTIES:
		buf_addf(out, ", \"type\": [\"object\", \"null\"], \"additionalProperties\": %s", text);
		break;
	case SETTING_PAIRS:
		buf_addf(out, ", \"type\": [\"object\", \"null\"], \"maxProperties\": %d, \"additionalProperties\": %s", SETTING_PAIRS_MAX,
			row->optional ? or_null : text);
		break;
	case SETTING_WHERE:
		buf_addf(out,
			", \"type\": [\"object\", \"null\"], \"additionalProperties\": {\"anyOf\": [%s, {\"type\": \"array\", \"items\": %s}]}", text,
			text);
		break;
	case SETTING_CHANNELS:
		buf_addf(out, ", \"type\": [\"array\", \"null\"], \"items\": %s", text);
		break;
	case SETTING_WEIGHTS:
		buf_add_text(out,
			", \"type\": [\"array\", \"null\"], \"minItems\": 3, \"maxItems\": 3, \"items\": {\"type\": \"integer\", "
			"\"minimum\": 0, \"maximum\": 1000}");
		break;
	default: // tenants, goals
		buf_add_text(out, ", \"type\": [\"array\", \"null\"], \"items\": {");
		add_map(out, row->type == SETTING_TENANTS ? SETTING_OF_TENANT : SETTING_OF_GOAL);
		buf_add_byte(out, '}');
		break;
	}
}

static void add_default(struct buf *out, const struct setting *row)
{
	bool bare = !setting_is_scalar(row) || setting_is_bare(row, view_text(row->fallback)); // [] and {} are JSON, too

	if (!row->fallback)
		return;
	buf_add_text(out, ", \"default\": ");
	if (bare)
		buf_add_text(out, row->fallback);
	else
		buf_add_quoted(out, view_text(row->fallback));
}

static void add_row(struct buf *out, const struct setting *row, const char *key)
{
	buf_add_quoted(out, view_text(key));
	buf_add_text(out, ": {\"description\": ");
	buf_add_quoted(out, view_text(row->about));
	add_default(out, row);
	if (setting_is_scalar(row))
		add_scalar(out, row);
	else
		add_many(out, row);
	buf_add_byte(out, '}');
}

static void begin_section(struct buf *out, const char *key, size_t n)
{
	buf_addf(out, "\"%.*s\": {\"type\": [\"object\", \"null\"], \"additionalProperties\": false, \"properties\": {\n", (int)n, key);
}

static size_t section_length(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot ? (size_t)(dot - key) : 0;
}

// The members of a scope's map; rows of one section stand together.
static void add_rows(struct buf *out, const struct setting *first, size_t count)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		const char *key = first[i].key;
		size_t n = section_length(key);
		bool inside = open > 0 && n == open && strncmp(first[i - 1].key, key, n) == 0;

		if (open > 0 && !inside)
			buf_add_text(out, "\n}}");
		buf_add_text(out, i > 0 ? ",\n" : "");
		if (n > 0 && !inside)
			begin_section(out, key, n);
		add_row(out, &first[i], key + (n > 0 ? n + 1 : 0));
		open = n;
	}
	buf_add_text(out, open > 0 ? "\n}}" : "");
}

static void add_required(struct buf *out, const struct setting *first, size_t count)
{
	const char *comma = "";

	for (size_t i = 0; i < count; i++) {
		if (first[i].fallback || first[i].optional)
			continue;
		buf_addf(out, "%s\"%s\"", *comma ? comma : ", \"required\": [", first[i].key);
		comma = ", ";
	}
	buf_add_text(out, *comma ? "]" : "");
}

static void add_map(struct buf *out, enum setting_scope scope)
{
	const struct setting *first = setting_first(scope);
	size_t count = setting_count(scope);

	buf_addf(out, "\"type\": %s, \"additionalProperties\": false", scope == SETTING_OF_CONFIG ? "[\"object\", \"null\"]" : "\"object\"");
	add_required(out, first, count);
	buf_add_text(out, ", \"properties\": {\n");
	add_rows(out, first, count);
	buf_add_text(out, "\n}");
}

void config_schema(struct buf *out)
{
	buf_add_text(out, "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"");
	add_member(out, "title", "Lookback configuration");
	buf_add_text(out, ",\n\"$defs\": {\"reference\": {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}},\n");
	add_map(out, SETTING_OF_CONFIG);
	buf_add_text(out, "}\n");
}
