// SPDX-License-Identifier: Apache-2.0
#include "config/assign.h"

#include "base/own.h"
#include "config/expand.h"
#include "config/nearest.h"
#include "config/where.h"

#include <stdlib.h>

enum { CHANNELS_MAX = 100, CHANNEL_LENGTH_MAX = 64, PROPERTY_NAME_MAX = 128, PROPERTY_VALUE_MAX = 64 * 1024 };

bool assign_name_is_secret(struct view name)
{
	static const char *const words[] = {"password", "secret", "key", "token", "oauthbearer.config"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t n = strlen(words[i]);

		for (size_t at = 0; at + n <= name.n; at++) {
			if (strncasecmp(name.p + at, words[i], n) == 0)
				return true;
		}
	}
	return false;
}

static bool expanded(struct loading *l, const char *key, struct view raw, struct origin at, struct view *text, bool *secret)
{
	struct err err;

	if (expand_text(raw, &l->config->arena, text, secret, &err) != 0) {
		problem_add(&l->problems, at, "%s: %s", key, err.words);
		return false;
	}
	if (!memchr(text->p, '\0', text->n))
		return true;
	problem_add(&l->problems, at, "%s: holds a NUL byte", key);
	return false;
}

// A secret that is read when it is needed: only its references' form is looked at.
static bool kept(struct loading *l, const char *key, struct view raw, struct origin at, struct view *text)
{
	struct err err;

	*text = raw;
	if (expand_check(raw, &err) == 0)
		return true;
	problem_add(&l->problems, at, "%s: %s", key, err.words);
	return false;
}

static void add_nearest_word(const struct setting *row, struct view text, struct buf *words)
{
	struct nearest nearest = {.word = text};

	if (row->type != SETTING_WORD)
		return;
	for (int i = 0; row->words(i); i++)
		nearest_offer(&nearest, row->words(i));
	if (nearest_best(&nearest))
		buf_addf(words, "; nearest: %s", nearest_best(&nearest));
}

static void refuse(struct loading *l, const struct setting *row, struct view text, struct origin at, bool secret)
{
	OWN(buf_clear) struct buf words = {0};

	if (secret)
		buf_add_text(&words, "this value");
	else
		problem_quote(text, &words);
	buf_add_text(&words, " is not ");
	setting_print_expected(row, &words);
	if (!secret)
		add_nearest_word(row, text, &words);
	problem_add(&l->problems, at, "%s: %.*s", row->key, VIEW_ARG(buf_view(&words)));
}

bool assign_text(struct loading *l, const struct setting *row, struct view raw, struct origin at, void *base, bool *secret)
{
	struct view text;

	*secret |= row->as_written || assign_name_is_secret(view_text(row->key));
	if (row->as_written ? !kept(l, row->key, raw, at, &text) : !expanded(l, row->key, raw, at, &text, secret))
		return false;
	if (setting_parse(row, text, &l->config->arena, (char *)base + row->offset) == SETTING_OK)
		return true;
	refuse(l, row, text, at, *secret);
	return false;
}

void assign_defaults(struct loading *l, enum setting_scope scope, void *base)
{
	const struct setting *row = setting_first(scope);

	for (size_t i = 0; i < setting_count(scope); i++, row++) {
		if (setting_is_scalar(row) && row->fallback)
			CHECK(setting_parse(row, view_text(row->fallback), &l->config->arena, (char *)base + row->offset) == SETTING_OK);
	}
}

static bool is_kind(struct loading *l, const struct setting *row, const struct tree_node *node, enum tree_kind kind)
{
	static const char *const names[] = {[TREE_SCALAR] = "a single value", [TREE_LIST] = "a list", [TREE_MAP] = "a map"};

	if (node->kind == kind)
		return true;
	problem_add(&l->problems, node->at, "%s: needs %s, this is %s", row->key, names[kind], names[node->kind]);
	return false;
}

static bool assign_scalar(struct loading *l, const struct setting *row, const struct tree_node *node, void *base, bool *secret)
{
	if (!is_kind(l, row, node, TREE_SCALAR))
		return false;
	if (!tree_is_null(node))
		return assign_text(l, row, node->text, node->at, base, secret);
	if (row->optional) {
		setting_set_null(row, (char *)base + row->offset);
		return true;
	}
	problem_add(&l->problems, node->at, "%s: has no value; %s%s", row->key,
		row->fallback ? "leave the key out for the default, " : "it needs one", row->fallback ? row->fallback : "");
	return false;
}

static bool is_text(struct loading *l, const struct setting *row, const struct tree_node *node)
{
	if (!is_kind(l, row, node, TREE_SCALAR))
		return false;
	if (!tree_is_null(node))
		return true;
	problem_add(&l->problems, node->at, "%s: null is no text; for the word, put it into quotes", row->key);
	return false;
}

// A text of a list or a map.
static bool assign_item(struct loading *l, const struct setting *row, const struct tree_node *node, struct view *text, bool *secret)
{
	return is_text(l, row, node) && expanded(l, row->key, node->text, node->at, text, secret);
}

static bool assign_weights(struct loading *l, const struct setting *row, const struct tree_node *node, int *weights, bool *secret)
{
	const struct setting each = {.key = row->key, .size = sizeof(int), .type = SETTING_INTEGER, .min = row->min, .max = row->max};

	if (!is_kind(l, row, node, TREE_LIST))
		return false;
	if (node->count != 3) {
		problem_add(&l->problems, node->at, "weights: needs three integers (first, middle, last), these are %zu", node->count);
		return false;
	}
	for (size_t i = 0; i < 3; i++) {
		if (!assign_scalar(l, &each, node->items[i], &weights[i], secret))
			return false;
	}
	if (weights[0] || weights[1] || weights[2])
		return true;
	problem_add(&l->problems, node->at, "weights: at least one must be above 0");
	return false;
}

static bool assign_channels(struct loading *l, const struct setting *row, const struct tree_node *node, struct goal *goal, bool *secret)
{
	if (!is_kind(l, row, node, TREE_LIST))
		return false;
	if (node->count > CHANNELS_MAX) {
		problem_add(&l->problems, node->at, "channels: %zu; at most %d are taken", node->count, CHANNELS_MAX);
		return false;
	}
	goal->channels = arena_zero(&l->config->arena, node->count * sizeof *goal->channels);
	for (size_t i = 0; i < node->count; i++) {
		if (!assign_item(l, row, node->items[i], &goal->channels[i], secret))
			return false;
		size_t n = goal->channels[i].n;
		if (n == 0 || n > CHANNEL_LENGTH_MAX) {
			problem_add(&l->problems, node->items[i]->at, "channels: a channel has 1 to %d bytes", CHANNEL_LENGTH_MAX);
			return false;
		}
	}
	goal->channel_count = where_sort_texts(goal->channels, node->count);
	return true;
}

static bool assign_where(struct loading *l, const struct setting *row, const struct tree_node *node, struct goal *goal, bool *secret)
{
	if (!is_kind(l, row, node, TREE_MAP))
		return false;
	goal->where = arena_zero(&l->config->arena, node->count / 2 * sizeof *goal->where);
	goal->where_count = 0;
	for (size_t i = 0; i < node->count; i += 2) {
		const struct tree_node *values = node->items[i + 1];
		struct tree_node *one = node->items[i + 1];
		size_t count = values->kind == TREE_LIST ? values->count : 1;
		struct tree_node **items = values->kind == TREE_LIST ? values->items : &one;
		struct goal_where *where = &goal->where[goal->where_count++];

		where->path = arena_dup(&l->config->arena, node->items[i]->text);
		where->values = arena_zero(&l->config->arena, count * sizeof *where->values);
		for (; where->value_count < count; where->value_count++) {
			if (!assign_item(l, row, items[where->value_count], &where->values[where->value_count], secret))
				return false;
		}
	}
	return where_is_good(goal, node, &l->problems);
}

static bool pair_text(struct loading *l, const struct setting *row, const struct tree_node *node, struct view *out)
{
	if (out->n > 0 && out->n <= (size_t)row->max && bytes_are_utf8(*out))
		return true;
	problem_add(&l->problems, node->at, "%s: a text here has 1 to %lld bytes of UTF-8", row->key, (long long)row->max);
	return false;
}

static bool pair_value(struct loading *l, const struct setting *row, const struct tree_node *node, struct view *out, bool *secret)
{
	*secret |= row->as_written;
	*out = VIEW_ABSENT;
	if (row->optional && tree_is_null(node))
		return true;
	if (!is_text(l, row, node))
		return false;
	if (row->as_written ? !kept(l, row->key, node->text, node->at, out) : !expanded(l, row->key, node->text, node->at, out, secret))
		return false;
	*out = arena_dup(&l->config->arena, *out);
	return pair_text(l, row, node, out);
}

static int by_from(const void *a, const void *b)
{
	return view_cmp(((const struct destination_pair *)a)->from, ((const struct destination_pair *)b)->from);
}

static bool assign_pairs(struct loading *l, const struct setting *row, const struct tree_node *node, void *field, bool *secret)
{
	struct setting_pairs pairs = {.n = 0};

	if (!is_kind(l, row, node, TREE_MAP))
		return false;
	if (node->count / 2 > SETTING_PAIRS_MAX) {
		problem_add(&l->problems, node->at, "%s: %zu pairs; at most %d are taken", row->key, node->count / 2, SETTING_PAIRS_MAX);
		return false;
	}
	pairs.p = arena_zero(&l->config->arena, node->count / 2 * sizeof *pairs.p);
	for (; pairs.n < node->count / 2; pairs.n++) {
		struct destination_pair *pair = &pairs.p[pairs.n];

		pair->from = arena_dup(&l->config->arena, node->items[pairs.n * 2]->text);
		if (!pair_text(l, row, node->items[pairs.n * 2], &pair->from))
			return false;
		if (!pair_value(l, row, node->items[pairs.n * 2 + 1], &pair->to, secret))
			return false;
	}
	if (pairs.n > 0)
		qsort(pairs.p, pairs.n, sizeof *pairs.p, by_from); // keys of a map differ
	setting_set_pairs(field, pairs);
	return true;
}

static struct config_property *property_named(struct config *config, const char *name)
{
	for (size_t i = 0; i < config->kafka.property_count; i++) {
		if (strcmp(config->kafka.properties[i].name, name) == 0)
			return &config->kafka.properties[i];
	}
	return NULL;
}

static struct config_property *property_new(struct config *config, const char *name)
{
	if (!config->kafka.properties) {
		config->kafka.properties = arena_zero(&config->arena, LOADING_PROPERTIES_MAX * sizeof *config->kafka.properties);
		config->origins->properties = arena_zero(&config->arena, LOADING_PROPERTIES_MAX * sizeof *config->origins->properties);
	}
	if (config->kafka.property_count == LOADING_PROPERTIES_MAX)
		return NULL;
	struct config_property *property = &config->kafka.properties[config->kafka.property_count++];
	property->name = name;
	return property;
}

void assign_property(struct loading *l, struct view name, struct view text, struct origin at)
{
	struct config *config = l->config;
	bool secret = assign_name_is_secret(name);
	struct view value;

	if (name.n == 0 || name.n > PROPERTY_NAME_MAX || memchr(name.p, '\0', name.n)) {
		problem_add(&l->problems, at, "kafka.properties: a name has 1 to %d bytes", PROPERTY_NAME_MAX);
		return;
	}
	OWN(buf_clear) struct buf key = {0};
	const char *copy = arena_dup(&config->arena, name).p;
	buf_addf(&key, "kafka.properties.%s%c", copy, '\0');
	if (!expanded(l, key.p, text, at, &value, &secret))
		return;
	if (value.n > PROPERTY_VALUE_MAX) {
		problem_add(&l->problems, at, "kafka.properties.%s: %zu bytes; at most %d are taken", copy, value.n, PROPERTY_VALUE_MAX);
		return;
	}
	struct config_property *property = property_named(config, copy);
	if (!property && !(property = property_new(config, copy))) {
		problem_add(&l->problems, at, "kafka.properties: more than %d", LOADING_PROPERTIES_MAX);
		return;
	}
	property->value = value.p;
	property->secret = secret;
	config->origins->properties[property - config->kafka.properties] = at;
}

static bool assign_properties(struct loading *l, const struct setting *row, const struct tree_node *node)
{
	if (!is_kind(l, row, node, TREE_MAP))
		return false;
	for (size_t i = 0; i < node->count; i += 2) {
		const struct tree_node *value = node->items[i + 1];

		if (!is_kind(l, row, value, TREE_SCALAR))
			return false;
		if (tree_is_null(value))
			problem_add(&l->problems, value->at, "kafka.properties.%s: has no value", node->items[i]->text.p);
		else
			assign_property(l, node->items[i]->text, value->text, value->at);
	}
	return true;
}

bool assign_node(struct loading *l, const struct setting *row, const struct tree_node *node, void *base, bool *secret)
{
	if (setting_is_scalar(row))
		return assign_scalar(l, row, node, base, secret);
	if (tree_is_null(node))
		return true; // nothing: the default, which is empty
	switch (row->type) {
	case SETTING_PROPERTIES:
		return assign_properties(l, row, node);
	case SETTING_WEIGHTS:
		return assign_weights(l, row, node, ((struct goal *)base)->weights, secret);
	case SETTING_WHERE:
		return assign_where(l, row, node, base, secret);
	case SETTING_CHANNELS:
		return assign_channels(l, row, node, base, secret);
	case SETTING_PAIRS:
		return assign_pairs(l, row, node, (char *)base + row->offset, secret);
	default:
		CHECK(!"tenants and goals are read by tenants.c");
		return false;
	}
}
