// SPDX-License-Identifier: Apache-2.0
#include "schemas/avsc.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/own.h"

enum { TEXT_MAX = 1 << 20, DEPTH_MAX = 64, TYPES_MAX = 10000, NAME_MAX_BYTES = 512 };

struct named {
	struct named *next;
	struct avsc *node;
};

struct avsc_schema {
	struct arena arena;
	json_t *json;
	const struct avsc *root;
};

struct parser {
	struct arena *arena;
	struct named *names;
	size_t types;
	struct avsc *simple[AVSC_STRING + 1]; // one node per primitive without attributes
};

// Where the parser stands: the namespace that simple names are in, and how deep.
struct scope {
	const char *space;
	size_t depth;
};

static const char *const type_names[] = {"null", "boolean", "int", "long", "float", "double", "bytes", "string", "fixed", "enum", "record",
	"array", "map", "union"};

const char *avsc_type_name(enum avsc_type type)
{
	return type_names[type];
}

const char *avsc_name(const struct avsc *node)
{
	return node->name ? node->name : type_names[node->type];
}

const char *avsc_short_name(const struct avsc *node)
{
	const char *name = avsc_name(node);
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static int bad(struct err *err, const char *what, const char *where)
{
	return err_set(err, ERR_POISON, "bad_schema", "Avro schema: %s%s%.200s", what, where ? ": " : "", where ? where : "");
}

static const char *keep_text(struct parser *p, const char *text)
{
	return arena_dup(p->arena, view_text(text)).p;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool is_simple_name(const char *s, size_t n)
{
	if (n == 0 || (s[0] >= '0' && s[0] <= '9'))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

// Parts joined by dots, each a simple name.
static bool is_name(const char *s)
{
	if (strlen(s) > NAME_MAX_BYTES)
		return false;
	for (const char *dot; (dot = strchr(s, '.')); s = dot + 1)
		if (!is_simple_name(s, (size_t)(dot - s)))
			return false;
	return is_simple_name(s, strlen(s));
}

static const char *full_name(struct parser *p, const char *name, const char *space)
{
	if (strchr(name, '.') || !space || !space[0])
		return keep_text(p, name);

	size_t n = strlen(space) + 1 + strlen(name) + 1;
	char *full = arena_take(p->arena, n);
	snprintf(full, n, "%s.%s", space, name);
	return full;
}

// The namespace of a full name; "" without one.
static const char *space_of(struct parser *p, const char *full)
{
	const char *dot = strrchr(full, '.');

	return dot ? arena_dup(p->arena, view_of(full, (size_t)(dot - full))).p : "";
}

static struct avsc *find_name(const struct parser *p, const char *full)
{
	for (struct named *n = p->names; n; n = n->next)
		if (strcmp(n->node->name, full) == 0)
			return n->node;
	return NULL;
}

static int node_new(struct parser *p, enum avsc_type type, struct avsc **out, struct err *err)
{
	if (++p->types > TYPES_MAX)
		return bad(err, "more than 10000 types", NULL);
	*out = arena_zero(p->arena, sizeof **out);
	(*out)->type = type;
	(*out)->symbol_default = -1;
	(*out)->empty = type == AVSC_NULL;
	return 0;
}

static int parse(struct parser *p, const json_t *json, struct scope scope, const struct avsc **out, struct err *err);

static int parse_simple(struct parser *p, const char *name, const json_t *attributes, const struct avsc **out, struct err *err)
{
	for (int type = AVSC_NULL; type <= AVSC_STRING; type++) {
		if (strcmp(name, type_names[type]) != 0)
			continue;
		const char *logical = attributes ? text_of(attributes, "logicalType") : NULL;
		if (!logical && p->simple[type])
			return *out = p->simple[type], 0;
		struct avsc *node = NULL;
		if (node_new(p, type, &node, err))
			return -1;
		if (logical)
			node->logical = keep_text(p, logical);
		else
			p->simple[type] = node;
		*out = node;
		return 0;
	}
	return bad(err, "unknown type", name);
}

static bool is_primitive(const char *name)
{
	for (int type = AVSC_NULL; type <= AVSC_STRING; type++)
		if (strcmp(name, type_names[type]) == 0)
			return true;
	return false;
}

static int parse_reference(struct parser *p, const char *name, struct scope scope, const struct avsc **out, struct err *err)
{
	if (is_primitive(name))
		return parse_simple(p, name, NULL, out, err);
	*out = find_name(p, full_name(p, name, scope.space));
	if (!*out)
		return bad(err, "this name stands for no type", name);
	return 0;
}

// Gives the node its name, and others the possibility to refer to it. `scope` becomes that of its fields.
static int take_name(struct parser *p, const json_t *json, struct avsc *node, struct scope *scope, struct err *err)
{
	const char *name = text_of(json, "name");
	const char *space = text_of(json, "namespace");

	if (!name || !is_name(name) || (space && space[0] && !is_name(space)))
		return bad(err, "a record, enum or fixed needs a name of letters, digits and _", name);
	node->name = full_name(p, name, space ? space : scope->space);
	if (find_name(p, node->name) || is_primitive(node->name))
		return bad(err, "this name is given twice", node->name);
	struct named *entry = arena_take(p->arena, sizeof *entry);
	*entry = (struct named){p->names, node};
	p->names = entry;
	scope->space = space_of(p, node->name);
	return 0;
}

// A list of distinct names: symbols or aliases.
static int parse_names(struct parser *p, const json_t *list, const char ***out, size_t *n, struct err *err)
{
	size_t count = json_array_size(list);

	if (count > TYPES_MAX)
		return bad(err, "more than 10000 names in one list", NULL);
	const char **names = arena_take(p->arena, (count + 1) * sizeof *names);
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name || !is_name(name))
			return bad(err, "a symbol or alias is letters, digits and _", name);
		names[i] = keep_text(p, name);
	}
	*out = names;
	*n = count;
	return 0;
}

static int symbol_index(const struct avsc *node, const char *symbol)
{
	for (size_t i = 0; i < node->symbols_n; i++)
		if (strcmp(node->symbols[i], symbol) == 0)
			return (int)i;
	return -1;
}

static int parse_enum(struct parser *p, const json_t *json, struct avsc *node, struct err *err)
{
	const char *fallback = text_of(json, "default");

	if (parse_names(p, json_object_get(json, "symbols"), &node->symbols, &node->symbols_n, err))
		return -1;
	if (node->symbols_n == 0)
		return bad(err, "an enum needs symbols", node->name);
	for (size_t i = 1; i < node->symbols_n && i < 256; i++)
		if (symbol_index(node, node->symbols[i]) != (int)i)
			return bad(err, "a symbol is there twice", node->symbols[i]);
	node->symbol_default = fallback ? symbol_index(node, fallback) : -1;
	if (fallback && node->symbol_default < 0)
		return bad(err, "the default of an enum is none of its symbols", fallback);
	return 0;
}

static int parse_fixed(const json_t *json, struct avsc *node, struct err *err)
{
	const json_t *size = json_object_get(json, "size");
	json_int_t n = json_integer_value(size);

	if (!json_is_integer(size) || n < 0 || n > TEXT_MAX)
		return bad(err, "a fixed needs a size from 0 to 1048576", node->name);
	node->size = (size_t)n;
	node->empty = n == 0;
	return 0;
}

static int parse_field(struct parser *p, const json_t *json, struct scope scope, struct avsc_field *field, struct err *err)
{
	const char *name = text_of(json, "name");
	const char *doc = text_of(json, "doc");

	if (!name || !is_simple_name(name, strlen(name)) || strlen(name) > NAME_MAX_BYTES)
		return bad(err, "a field needs a name of letters, digits and _", name);
	field->name = keep_text(p, name);
	field->doc = doc ? keep_text(p, doc) : NULL;
	field->fallback = json_object_get(json, "default");
	if (parse_names(p, json_object_get(json, "aliases"), &field->aliases, &field->aliases_n, err))
		return -1;
	if (parse(p, json_object_get(json, "type"), scope, &field->type, err))
		return err_prefix(err, "field %.100s", field->name);
	return 0;
}

static int parse_record(struct parser *p, const json_t *json, struct avsc *node, struct scope scope, struct err *err)
{
	const json_t *fields = json_object_get(json, "fields");
	size_t n = json_array_size(fields);

	if (!json_is_array(fields) || n > TYPES_MAX)
		return bad(err, "a record needs a list of at most 10000 fields", node->name);
	node->fields = arena_zero(p->arena, (n + 1) * sizeof *node->fields);
	bool empty = true;
	for (size_t i = 0; i < n; i++) {
		if (parse_field(p, json_array_get(fields, i), scope, &node->fields[i], err))
			return -1;
		for (size_t j = 0; j < i && i < 1000; j++)
			if (strcmp(node->fields[j].name, node->fields[i].name) == 0)
				return bad(err, "a field is there twice", node->fields[i].name);
		empty = empty && node->fields[i].type->empty;
	}
	node->fields_n = n;
	node->empty = empty;
	return 0;
}

static int parse_element(struct parser *p, const json_t *json, const char *key, struct avsc *node, struct scope scope, struct err *err)
{
	node->parts = arena_zero(p->arena, sizeof *node->parts);
	node->parts_n = 1;
	return parse(p, json_object_get(json, key), scope, &node->parts[0], err);
}

static bool is_named(const struct avsc *node)
{
	return node->name != NULL;
}

static bool same_branch(const struct avsc *a, const struct avsc *b)
{
	return a->type == b->type && (!is_named(a) || strcmp(a->name, b->name) == 0);
}

static int parse_union(struct parser *p, const json_t *json, struct scope scope, const struct avsc **out, struct err *err)
{
	struct avsc *node = NULL;
	size_t n = json_array_size(json);

	if (node_new(p, AVSC_UNION, &node, err))
		return -1;
	if (n == 0 || n > 1000)
		return bad(err, "a union has 1 to 1000 branches", NULL);
	node->parts = arena_zero(p->arena, n * sizeof *node->parts);
	for (size_t i = 0; i < n; i++) {
		if (parse(p, json_array_get(json, i), scope, &node->parts[i], err))
			return -1;
		if (node->parts[i]->type == AVSC_UNION)
			return bad(err, "a union directly in a union", NULL);
		for (size_t j = 0; j < i; j++)
			if (same_branch(node->parts[j], node->parts[i]))
				return bad(err, "a union with two branches of one type", avsc_name(node->parts[i]));
	}
	node->parts_n = n;
	*out = node;
	return 0;
}

static int parse_named(struct parser *p, const json_t *json, enum avsc_type type, struct scope scope, const struct avsc **out,
	struct err *err)
{
	struct avsc *node = NULL;
	const char *logical = text_of(json, "logicalType");

	if (node_new(p, type, &node, err) || take_name(p, json, node, &scope, err))
		return -1;
	node->logical = logical ? keep_text(p, logical) : NULL;
	*out = node;
	if (type == AVSC_ENUM)
		return parse_enum(p, json, node, err);
	if (type == AVSC_FIXED)
		return parse_fixed(json, node, err);
	return parse_record(p, json, node, scope, err);
}

static int parse_object(struct parser *p, const json_t *json, struct scope scope, const struct avsc **out, struct err *err)
{
	const json_t *type_json = json_object_get(json, "type");
	const char *type = json_string_value(type_json);
	struct avsc *node = NULL;

	if (!type) // {"type": {...}} is the type inside
		return parse(p, type_json, scope, out, err);
	if (strcmp(type, "record") == 0 || strcmp(type, "error") == 0)
		return parse_named(p, json, AVSC_RECORD, scope, out, err);
	if (strcmp(type, "enum") == 0)
		return parse_named(p, json, AVSC_ENUM, scope, out, err);
	if (strcmp(type, "fixed") == 0)
		return parse_named(p, json, AVSC_FIXED, scope, out, err);
	if (strcmp(type, "array") != 0 && strcmp(type, "map") != 0)
		return is_primitive(type) ? parse_simple(p, type, json, out, err) : parse_reference(p, type, scope, out, err);

	bool array = type[0] == 'a';
	if (node_new(p, array ? AVSC_ARRAY : AVSC_MAP, &node, err))
		return -1;
	*out = node;
	return parse_element(p, json, array ? "items" : "values", node, scope, err);
}

static int parse(struct parser *p, const json_t *json, struct scope scope, const struct avsc **out, struct err *err)
{
	if (++scope.depth > DEPTH_MAX)
		return bad(err, "nested deeper than 64", NULL);
	if (json_is_string(json))
		return parse_reference(p, json_string_value(json), scope, out, err);
	if (json_is_array(json))
		return parse_union(p, json, scope, out, err);
	if (json_is_object(json))
		return parse_object(p, json, scope, out, err);
	return bad(err, "a type is missing, or is neither text, list nor object", NULL);
}

static int load(struct avsc_schema *s, struct view text, struct err *err)
{
	json_error_t why;
	struct parser p = {.arena = &s->arena};

	if (text.n > TEXT_MAX)
		return bad(err, "longer than 1 MiB", NULL);
	s->json = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!s->json)
		return bad(err, "not JSON", why.text);
	return parse(&p, s->json, (struct scope){"", 0}, &s->root, err);
}

int avsc_parse(struct view text, struct avsc_schema **out, struct err *err)
{
	struct avsc_schema *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->arena.block = 16 * 1024;
	if (load(s, text, err)) {
		avsc_free(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void avsc_free(struct avsc_schema **schema)
{
	if (!*schema)
		return;
	json_decref((*schema)->json);
	arena_clear(&(*schema)->arena);
	free(*schema);
	*schema = NULL;
}

const struct avsc *avsc_root(const struct avsc_schema *schema)
{
	return schema->root;
}
