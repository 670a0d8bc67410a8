// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"

#include "base/own.h"
#include "config/nearest.h"

#include <ctype.h>

static struct view leaf(struct view key)
{
	const char *dot = memrchr(key.p, '.', key.n);

	return dot ? view_of(dot + 1, key.n - (size_t)(dot + 1 - key.p)) : key;
}

// People forget or mistake the section, too: then the last word tells.
static size_t distance(struct view typed, const char *known)
{
	size_t whole = nearest_distance(typed, view_text(known));
	size_t last = nearest_distance(leaf(typed), leaf(view_text(known)));

	return whole <= last ? whole : last == SIZE_MAX ? last : last + 1;
}

static const char *nearest_key(enum setting_scope scope, struct view key)
{
	const struct setting *row = setting_first(scope);
	const char *best = NULL;
	size_t least = (leaf(key).n + 2) / 3 + 1;

	for (size_t i = 0; i < setting_count(scope); i++, row++) {
		size_t d = distance(key, row->key);

		if (d >= least)
			continue;
		best = row->key;
		least = d;
	}
	return best;
}

void keys_unknown(struct loading *l, enum setting_scope scope, struct view key, struct origin at)
{
	static const char *const owners[] = {"", " of a tenant", " of a goal"};
	OWN(buf_clear) struct buf quoted = {0};
	const char *nearest = nearest_key(scope, key);

	problem_quote(key, &quoted);
	problem_add(&l->problems, at, "%.*s is no key%s%s%s", VIEW_ARG(buf_view(&quoted)), owners[scope], nearest ? "; nearest: " : "",
		nearest ? nearest : "");
}

bool keys_is_section(enum setting_scope scope, struct view key)
{
	const struct setting *row = setting_first(scope);

	for (size_t i = 0; i < setting_count(scope); i++, row++) {
		if (strncmp(row->key, key.p, key.n) == 0 && row->key[key.n] == '.')
			return true;
	}
	return false;
}

static void walk(struct loading *l, enum setting_scope scope, const struct tree_node *map, struct view section, struct keys_taker taker)
{
	for (size_t i = 0; i < map->count; i += 2) {
		const struct tree_node *key = map->items[i], *value = map->items[i + 1];
		OWN(buf_clear) struct buf name = {0};

		buf_add_view(&name, section);
		buf_add_text(&name, section.n > 0 ? "." : "");
		buf_add_view(&name, key->text);
		const struct setting *row = setting_find(scope, buf_view(&name));
		if (row)
			taker.take(l, row, key, value, taker.context);
		else if (section.n > 0 || !keys_is_section(scope, key->text))
			keys_unknown(l, scope, buf_view(&name), key->at);
		else if (value->kind == TREE_MAP)
			walk(l, scope, value, key->text, taker);
		else if (!tree_is_null(value))
			problem_add(&l->problems, value->at, "%s: needs a map", key->text.p);
	}
}

void keys_walk(struct loading *l, enum setting_scope scope, const struct tree_node *map, struct keys_taker taker)
{
	walk(l, scope, map, VIEW_LIT(""), taker);
}

void keys_variable(const char *key, struct buf *out)
{
	buf_add_text(out, "LOOKBACK_");
	for (; *key; key++)
		buf_add_byte(out, *key == '.' ? '_' : (uint8_t)toupper((unsigned char)*key));
}

const struct setting *keys_of_variable(const char *name)
{
	const struct setting *row = setting_first(SETTING_OF_CONFIG);

	for (size_t i = 0; i < setting_count(SETTING_OF_CONFIG); i++, row++) {
		OWN(buf_clear) struct buf variable = {0};

		keys_variable(row->key, &variable);
		if (setting_is_scalar(row) && view_eq(buf_view(&variable), view_text(name)))
			return row;
	}
	return NULL;
}

void keys_nearest_variable(const char *name, struct buf *out)
{
	const struct setting *row = setting_first(SETTING_OF_CONFIG);
	size_t least = (strlen(name) - strlen("LOOKBACK_") + 2) / 3 + 1;

	for (size_t i = 0; i < setting_count(SETTING_OF_CONFIG); i++, row++) {
		OWN(buf_clear) struct buf variable = {0};

		keys_variable(row->key, &variable);
		size_t d = nearest_distance(view_text(name), buf_view(&variable));
		if (!setting_is_scalar(row) || d >= least)
			continue;
		least = d;
		buf_reset(out);
		buf_add_view(out, buf_view(&variable));
	}
}
