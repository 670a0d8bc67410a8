// SPDX-License-Identifier: Apache-2.0
// `config print`: YAML that reads back, each value with its origin; or the same as JSON, each value as {"value": …, "origin": …}.
#include "base/own.h"
#include "config/config.h"
#include "config/loading.h"

enum { COMMENT_COLUMN = 56, DEPTH = 2 };

struct printing {
	struct buf *out;
	bool json;
	bool comma; // JSON: something stands before in this map or list
	bool dash;  // YAML: the next line is the first of a list's entry
	int indent;
};

static bool is_plain_word(struct view text)
{
	static const char *const meant_otherwise[] = {"null", "Null", "NULL", "~"};

	if (text.n == 0 || text.p[0] == '-' || text.p[0] == '[')
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && !strchr("._-/%", c) && !(c == ':' && i + 1 < text.n))
			return false;
	}
	for (size_t i = 0; i < sizeof meant_otherwise / sizeof meant_otherwise[0]; i++) {
		if (view_eq(text, view_text(meant_otherwise[i])))
			return false;
	}
	return true;
}

static void begin_line(struct printing *p, const char *key)
{
	if (p->json) {
		buf_add_text(p->out, p->comma ? ",\n" : "\n");
		buf_addf(p->out, "%*s", p->indent, "");
		buf_add_quoted(p->out, view_text(key));
		buf_add_text(p->out, ": ");
	} else {
		buf_addf(p->out, "%*s%s", p->dash ? p->indent - DEPTH : p->indent, "", p->dash ? "- " : "");
		if (is_plain_word(view_text(key)))
			buf_add_text(p->out, key);
		else
			buf_add_quoted(p->out, view_text(key));
		buf_add_byte(p->out, ':');
	}
	p->dash = false;
	p->comma = true;
}

static void open_with(struct printing *p, const char *bracket)
{
	buf_add_text(p->out, p->json ? bracket : "\n");
	p->indent += DEPTH;
	p->comma = false;
}

static void close_with(struct printing *p, const char *bracket)
{
	p->indent -= DEPTH;
	if (p->json)
		buf_addf(p->out, "\n%*s%s", p->indent, "", bracket);
	p->comma = true;
}

static void open_entry(struct printing *p)
{
	if (p->json)
		buf_addf(p->out, "%s\n%*s{", p->comma ? "," : "", p->indent, "");
	p->indent += DEPTH;
	p->comma = false;
	p->dash = true;
}

static void add_origin(struct buf *out, struct origin at)
{
	if (at.kind == ORIGIN_FILE)
		buf_addf(out, "%s:%d", at.name, at.line);
	else if (at.kind == ORIGIN_ENVIRONMENT)
		buf_addf(out, "env %s", at.name);
	else
		buf_add_text(out, at.kind == ORIGIN_FLAG ? "flag" : "default");
}

static void add_leaf(struct printing *p, const char *key, struct view value, struct origin at)
{
	OWN(buf_clear) struct buf origin = {0};
	size_t start = p->out->n;

	add_origin(&origin, at);
	begin_line(p, key);
	if (p->json) {
		buf_add_text(p->out, "{\"value\": ");
		buf_add_view(p->out, value);
		buf_add_text(p->out, ", \"origin\": ");
		buf_add_quoted(p->out, buf_view(&origin));
		buf_add_byte(p->out, '}');
		return;
	}
	buf_addf(p->out, " %.*s", VIEW_ARG(value));
	size_t width = p->out->n - start;
	buf_addf(p->out, "%*s # %.*s\n", width < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - width) : 0, "", VIEW_ARG(buf_view(&origin)));
}

// In YAML a text's "${" is written "$${", so that it reads back as it is.
static void add_text(struct printing *p, struct buf *out, struct view text)
{
	OWN(buf_clear) struct buf escaped = {0};

	for (size_t i = 0; i < text.n; i++) {
		if (!p->json && text.p[i] == '$' && i + 1 < text.n && text.p[i + 1] == '{')
			buf_add_byte(&escaped, '$');
		buf_add_byte(&escaped, (uint8_t)text.p[i]);
	}
	if (!p->json && is_plain_word(text))
		buf_add_view(out, text);
	else
		buf_add_quoted(out, buf_view(&escaped));
}

static void add_texts(struct printing *p, struct buf *out, const struct view *texts, size_t count)
{
	buf_add_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		add_text(p, out, texts[i]);
	}
	buf_add_byte(out, ']');
}

static void add_where(struct printing *p, struct buf *out, const struct goal *goal)
{
	buf_add_byte(out, '{');
	for (size_t i = 0; i < goal->where_count; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		buf_add_quoted(out, goal->where[i].path);
		buf_add_text(out, ": ");
		add_texts(p, out, goal->where[i].values, goal->where[i].value_count);
	}
	buf_add_byte(out, '}');
}

static void add_weights(struct buf *out, const int *weights)
{
	if (weights[0] || weights[1] || weights[2])
		buf_addf(out, "[%d, %d, %d]", weights[0], weights[1], weights[2]);
	else
		buf_add_text(out, "null");
}

static void add_scalar(struct printing *p, struct buf *out, const struct setting *row, const void *field)
{
	OWN(buf_clear) struct buf text = {0};

	if (!setting_print(row, field, &text))
		buf_add_text(out, "null");
	else if (setting_is_bare(row, buf_view(&text)))
		buf_add_view(out, buf_view(&text));
	else
		add_text(p, out, buf_view(&text));
}

static void add_pairs(struct printing *p, struct buf *out, struct setting_pairs pairs, bool secret)
{
	buf_add_byte(out, '{');
	for (size_t i = 0; i < pairs.n; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		buf_add_quoted(out, pairs.p[i].from);
		buf_add_text(out, ": ");
		if (secret)
			buf_add_text(out, "\"***\"");
		else if (!view_is_set(pairs.p[i].to))
			buf_add_text(out, "null");
		else
			add_text(p, out, pairs.p[i].to);
	}
	buf_add_byte(out, '}');
}

static void add_row(struct printing *p, const struct setting *row, const char *key, const void *base, bool secret, struct origin at)
{
	const void *field = (const char *)base + row->offset;
	OWN(buf_clear) struct buf value = {0};

	if (row->type == SETTING_PAIRS)
		add_pairs(p, &value, setting_pairs(field), secret);
	else if (secret)
		buf_add_text(&value, "\"***\"");
	else if (row->type == SETTING_WHERE)
		add_where(p, &value, base);
	else if (row->type == SETTING_CHANNELS)
		add_texts(p, &value, ((const struct goal *)base)->channels, ((const struct goal *)base)->channel_count);
	else if (row->type == SETTING_WEIGHTS)
		add_weights(&value, field);
	else
		add_scalar(p, &value, row, field);
	add_leaf(p, key, buf_view(&value), at);
}

static void add_empty(struct printing *p, const char *key, const char *brackets, struct origin at)
{
	add_leaf(p, key, view_text(brackets), at);
}

static void add_properties(struct printing *p, const struct config *config)
{
	if (config->kafka.property_count == 0) {
		add_empty(p, "properties", "{}", (struct origin){0});
		return;
	}
	begin_line(p, "properties");
	open_with(p, "{");
	for (size_t i = 0; i < config->kafka.property_count; i++) {
		const struct config_property *property = &config->kafka.properties[i];
		OWN(buf_clear) struct buf value = {0};

		add_text(p, &value, property->secret ? VIEW_LIT("***") : view_text(property->value));
		add_leaf(p, property->name, buf_view(&value), config->origins->properties[i]);
	}
	close_with(p, "}");
}

// The part of a dotted key before the dot, 0 if it has none.
static size_t section_length(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot ? (size_t)(dot - key) : 0;
}

static void change_section(struct printing *p, const char *before, const char *key)
{
	size_t old = before ? section_length(before) : 0, now = section_length(key);
	char name[64];

	if (old == now && (now == 0 || strncmp(before, key, now) == 0))
		return;
	if (old > 0)
		close_with(p, "}");
	if (now == 0)
		return;
	CHECK(now < sizeof name);
	memcpy(name, key, now);
	name[now] = '\0';
	begin_line(p, name);
	open_with(p, "{");
}

// Behind the last row of a map.
static void end_section(struct printing *p, const char *before)
{
	if (before && section_length(before) > 0)
		close_with(p, "}");
}

static const char *key_in_section(const struct setting *row)
{
	size_t n = section_length(row->key);

	return row->key + (n > 0 ? n + 1 : 0);
}

static void add_goal(struct printing *p, const struct goal *goal, const struct config_goal_marks *marks, const char *file)
{
	const struct setting *row = setting_first(SETTING_OF_GOAL);
	const char *before = NULL;

	open_entry(p);
	for (size_t i = 0; i < setting_count(SETTING_OF_GOAL); i++, row++) {
		change_section(p, before, row->key);
		add_row(p, row, key_in_section(row), goal, marks->rows[i].secret, loading_place(file, marks->rows[i]));
		before = row->key;
	}
	end_section(p, before);
	close_with(p, "}");
}

static void add_goals(struct printing *p, const struct tenant *tenant, const struct config_tenant_marks *marks, struct origin at)
{
	if (tenant->goal_count == 0) {
		add_empty(p, "goals", "[]", at);
		return;
	}
	begin_line(p, "goals");
	open_with(p, "[");
	for (size_t i = 0; i < tenant->goal_count; i++)
		add_goal(p, &tenant->goals[i], &marks->goals[i], marks->file);
	close_with(p, "]");
}

static void add_tenant(struct printing *p, const struct tenant *tenant, const struct config_tenant_marks *marks)
{
	const struct setting *row = setting_first(SETTING_OF_TENANT);
	const char *before = NULL;

	open_entry(p);
	for (size_t i = 0; i < setting_count(SETTING_OF_TENANT); i++, row++) {
		struct origin at = loading_place(marks->file, marks->rows[i]);

		change_section(p, before, row->key);
		if (row->type == SETTING_GOALS)
			add_goals(p, tenant, marks, at);
		else
			add_row(p, row, key_in_section(row), tenant, marks->rows[i].secret, at);
		before = row->key;
	}
	end_section(p, before);
	close_with(p, "}");
}

static void add_tenants(struct printing *p, const struct config *config)
{
	if (config->tenant_count == 0) {
		add_empty(p, "tenants", "[]", (struct origin){0});
		return;
	}
	begin_line(p, "tenants");
	open_with(p, "[");
	for (size_t i = 0; i < config->tenant_count; i++)
		add_tenant(p, &config->tenants[i], &config->origins->tenants[i]);
	close_with(p, "]");
}

static void add_config_row(struct printing *p, const struct config *config, const struct setting *row)
{
	size_t i = setting_index(row);

	if (row->type == SETTING_PROPERTIES)
		add_properties(p, config);
	else if (row->type == SETTING_TENANTS)
		add_tenants(p, config);
	else
		add_row(p, row, key_in_section(row), config, config->origins->secret[i], config->origins->rows[i]);
}

void config_print(const struct config *config, bool json, struct buf *out)
{
	struct printing p = {.out = out, .json = json, .indent = json ? DEPTH : 0};
	const struct setting *row = setting_first(SETTING_OF_CONFIG);
	const char *before = NULL;

	buf_add_text(out, json ? "{" : "");
	for (size_t i = 0; i < setting_count(SETTING_OF_CONFIG); i++, row++) {
		change_section(&p, before, row->key);
		add_config_row(&p, config, row);
		before = row->key;
	}
	end_section(&p, before);
	buf_add_text(out, json ? "\n}\n" : "");
}
