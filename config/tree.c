// SPDX-License-Identifier: Apache-2.0
#include "config/tree.h"

#include "base/own.h"

#include <yaml.h>

struct reading {
	yaml_parser_t parser;
	yaml_document_t document;
	const char *file;
	struct view text;
	struct arena *arena;
	struct problems *problems;
	struct tree_node *nodes; // one per node of the document, in its order
	size_t count;
};

static struct origin place(const struct reading *r, yaml_mark_t mark)
{
	return (struct origin){ORIGIN_FILE, r->file, (int)mark.line + 1, (int)mark.column + 1};
}

static struct tree_node *node_at(struct reading *r, int id)
{
	return &r->nodes[id - 1];
}

static void fill_scalar(struct reading *r, struct tree_node *node, const yaml_node_t *from)
{
	node->kind = TREE_SCALAR;
	node->text = arena_dup(r->arena, view_of(from->data.scalar.value, from->data.scalar.length));
	node->plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void fill_list(struct reading *r, struct tree_node *node, const yaml_node_t *from)
{
	const yaml_node_item_t *items = from->data.sequence.items.start;

	node->kind = TREE_LIST;
	node->count = (size_t)(from->data.sequence.items.top - items);
	node->items = arena_take(r->arena, node->count * sizeof *node->items);
	for (size_t i = 0; i < node->count; i++)
		node->items[i] = node_at(r, items[i]);
}

static void fill_map(struct reading *r, struct tree_node *node, const yaml_node_t *from)
{
	const yaml_node_pair_t *pairs = from->data.mapping.pairs.start;
	size_t count = (size_t)(from->data.mapping.pairs.top - pairs);

	node->kind = TREE_MAP;
	node->count = count * 2;
	node->items = arena_take(r->arena, node->count * sizeof *node->items);
	for (size_t i = 0; i < count; i++) {
		node->items[i * 2] = node_at(r, pairs[i].key);
		node->items[i * 2 + 1] = node_at(r, pairs[i].value);
	}
}

static void fill(struct reading *r, struct tree_node *node, const yaml_node_t *from)
{
	node->at = place(r, from->start_mark);
	if (from->type == YAML_SEQUENCE_NODE)
		fill_list(r, node, from);
	else if (from->type == YAML_MAPPING_NODE)
		fill_map(r, node, from);
	else
		fill_scalar(r, node, from);
}

static void check_key(struct reading *r, const struct tree_node *map, size_t i)
{
	const struct tree_node *key = map->items[i];
	OWN(buf_clear) struct buf name = {0};

	if (key->kind != TREE_SCALAR) {
		problem_add(r->problems, key->at, "a key is a word, not a list or a map");
		return;
	}
	for (size_t before = 0; before < i; before += 2) {
		if (map->items[before]->kind != TREE_SCALAR || !view_eq(map->items[before]->text, key->text))
			continue;
		problem_quote(key->text, &name);
		problem_add(r->problems, key->at, "%.*s is there twice, first in line %d", VIEW_ARG(buf_view(&name)), map->items[before]->at.line);
		return;
	}
}

static void check_map(struct reading *r, const struct tree_node *map)
{
	if (map->count / 2 > TREE_PAIRS_MAX) {
		problem_add(r->problems, map->at, "a map of %zu keys; at most %d are taken", map->count / 2, TREE_PAIRS_MAX);
		return;
	}
	for (size_t i = 0; i < map->count && !problem_full(r->problems); i += 2)
		check_key(r, map, i);
}

static struct tree_node *convert(struct reading *r)
{
	const yaml_node_t *nodes = r->document.nodes.start;

	r->count = (size_t)(r->document.nodes.top - nodes);
	if (r->count == 0)
		return NULL;
	if (r->count > TREE_NODES_MAX) {
		problem_add(r->problems, place(r, nodes[0].start_mark), "more than %d values in one file", TREE_NODES_MAX);
		return NULL;
	}
	r->nodes = arena_zero(r->arena, r->count * sizeof *r->nodes);
	for (size_t i = 0; i < r->count; i++)
		fill(r, &r->nodes[i], &nodes[i]);
	for (size_t i = 0; i < r->count; i++) {
		if (r->nodes[i].kind == TREE_MAP)
			check_map(r, &r->nodes[i]);
	}
	return &r->nodes[0];
}

// The usual cause of a puzzling message: { } mean something else in a flow map.
static bool has_reference(struct view text, size_t line)
{
	const char *p = text.p, *end = text.p + text.n;

	for (; p && line > 0; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return false;
	const char *stop = memchr(p, '\n', (size_t)(end - p));
	return memmem(p, (size_t)((stop ? stop : end) - p), "${", 2) != NULL;
}

static void syntax_problem(struct reading *r)
{
	const yaml_parser_t *p = &r->parser;
	bool reading = p->error == YAML_READER_ERROR; // knows no line, only how far it came
	yaml_mark_t mark = reading ? p->mark : p->problem_mark;

	problem_add(r->problems, place(r, mark), "this is no YAML: %s%s%s%s", p->problem ? p->problem : "it cannot be read",
		p->context ? " " : "", p->context ? p->context : "",
		has_reference(r->text, mark.line) ? "; inside { } and [ ], put ${...} into quotes" : "");
}

// The first document; a second one is a problem, for it would be passed over in silence.
static struct tree_node *read_document(struct reading *r)
{
	yaml_document_t second;
	struct tree_node *root = NULL;

	if (!yaml_parser_load(&r->parser, &r->document)) {
		syntax_problem(r);
		return NULL;
	}
	int before = r->problems->count;
	root = convert(r);
	yaml_document_delete(&r->document);
	if (!root)
		return NULL;
	if (!yaml_parser_load(&r->parser, &second)) {
		syntax_problem(r);
		return NULL;
	}
	if (second.nodes.top > second.nodes.start)
		problem_add(r->problems, place(r, second.start_mark), "a second document; a file holds one");
	yaml_document_delete(&second);
	return r->problems->count == before ? root : NULL;
}

struct tree_node *tree_parse(const char *file, struct view text, struct arena *arena, struct problems *problems)
{
	struct reading r = {.file = file, .text = text, .arena = arena, .problems = problems};

	if (!yaml_parser_initialize(&r.parser))
		err_out_of_memory();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	struct tree_node *root = read_document(&r);
	yaml_parser_delete(&r.parser);
	return root;
}

bool tree_is_null(const struct tree_node *node)
{
	static const char *const words[] = {"", "null", "Null", "NULL", "~"};

	if (node->kind != TREE_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (view_eq(node->text, view_text(words[i])))
			return true;
	}
	return false;
}
