// SPDX-License-Identifier: Apache-2.0
#include "config/tenants.h"

#include "base/file.h"
#include "base/own.h"
#include "config/assign.h"
#include "config/check.h"
#include "config/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

static struct config_mark mark_of(const struct tree_node *node, bool secret)
{
	return (struct config_mark){node->at.line, node->at.column, secret};
}

static struct config_mark *marks_new(struct loading *l, enum setting_scope scope)
{
	return arena_zero(&l->config->arena, setting_count(scope) * sizeof(struct config_mark));
}

static bool is_map(struct loading *l, const struct tree_node *node, const char *what)
{
	if (node->kind == TREE_MAP)
		return true;
	problem_add(&l->problems, node->at, "%s is a map of settings", what);
	return false;
}

// False if the row is required and was not there.
static bool all_required(struct loading *l, enum setting_scope scope, const struct config_mark *marks, const struct tree_node *node)
{
	const struct setting *row = setting_first(scope);
	bool all = true;

	for (size_t i = 0; i < setting_count(scope); i++, row++) {
		if (row->fallback || row->optional || marks[i].line > 0)
			continue;
		problem_add(&l->problems, node->at, "%s is missing", row->key);
		all = false;
	}
	return all;
}

struct goal_draft {
	struct goal *goal;
	struct config_goal_marks *marks;
};

static void take_of_goal(struct loading *l, const struct setting *row, const struct tree_node *key, const struct tree_node *value,
	void *context)
{
	const struct goal_draft *draft = context;
	bool secret = false;

	assign_node(l, row, value, draft->goal, &secret);
	draft->marks->rows[setting_index(row)] = mark_of(key, secret);
}

static void read_goal(struct loading *l, const struct tree_node *node, struct goal *goal, struct config_goal_marks *marks)
{
	struct goal_draft draft = {goal, marks};

	marks->at = mark_of(node, false);
	marks->rows = marks_new(l, SETTING_OF_GOAL);
	assign_defaults(l, SETTING_OF_GOAL, goal);
	if (!is_map(l, node, "a goal"))
		return;
	keys_walk(l, SETTING_OF_GOAL, node, (struct keys_taker){take_of_goal, &draft});
	all_required(l, SETTING_OF_GOAL, marks->rows, node);
}

static void read_goals(struct loading *l, const struct tree_node *list, struct tenant_draft *draft)
{
	struct arena *arena = &l->config->arena;

	if (tree_is_null(list))
		return;
	if (list->kind != TREE_LIST) {
		problem_add(&l->problems, list->at, "goals: needs a list, an entry begins with \"- name: \"");
		return;
	}
	l->goal_count += list->count;
	if (list->count > LOADING_GOALS_MAX || l->goal_count > LOADING_GOALS_IN_ALL_MAX) {
		problem_add(&l->problems, list->at, "goals: more than %d of a tenant, or %d in all", LOADING_GOALS_MAX, LOADING_GOALS_IN_ALL_MAX);
		return;
	}
	draft->tenant.goals = arena_zero(arena, list->count * sizeof *draft->tenant.goals);
	draft->marks.goals = arena_zero(arena, list->count * sizeof *draft->marks.goals);
	for (size_t i = 0; i < list->count && !problem_full(&l->problems); i++) {
		read_goal(l, list->items[i], &draft->tenant.goals[i], &draft->marks.goals[i]);
		draft->tenant.goal_count++;
	}
}

static struct tenant_draft *draft_new(struct tenant_drafts *drafts)
{
	if (drafts->n == drafts->room) {
		drafts->room = drafts->room ? drafts->room * 2 : 16;
		drafts->p = realloc(drafts->p, drafts->room * sizeof *drafts->p);
		if (!drafts->p)
			err_out_of_memory();
	}
	drafts->p[drafts->n] = (struct tenant_draft){0};
	return &drafts->p[drafts->n++];
}

void tenants_clear(struct tenant_drafts *drafts)
{
	free(drafts->p);
	*drafts = (struct tenant_drafts){0};
}

static void take_of_tenant(struct loading *l, const struct setting *row, const struct tree_node *key, const struct tree_node *value,
	void *context)
{
	struct tenant_draft *draft = context;
	bool secret = false;

	if (row->type == SETTING_GOALS)
		read_goals(l, value, draft);
	else
		assign_node(l, row, value, &draft->tenant, &secret);
	draft->marks.rows[setting_index(row)] = mark_of(key, secret);
}

static void read_tenant(struct loading *l, const struct tree_node *node, struct tenant_draft *draft)
{
	int before = l->problems.count;

	keys_walk(l, SETTING_OF_TENANT, node, (struct keys_taker){take_of_tenant, draft});
	if (all_required(l, SETTING_OF_TENANT, draft->marks.rows, node) && l->problems.count == before)
		check_tenant(&l->problems, &draft->tenant, &draft->marks);
}

void tenants_read_entry(struct loading *l, const char *file, const struct tree_node *node, struct tenant_drafts *drafts)
{
	if (!is_map(l, node, "a tenant"))
		return;
	if (drafts->n == LOADING_TENANTS_MAX) {
		problem_add(&l->problems, node->at, "tenants: more than %d", LOADING_TENANTS_MAX);
		return;
	}
	struct tenant_draft *draft = draft_new(drafts);
	draft->marks = (struct config_tenant_marks){.file = file, .at = mark_of(node, false), .rows = marks_new(l, SETTING_OF_TENANT)};
	assign_defaults(l, SETTING_OF_TENANT, &draft->tenant);
	read_tenant(l, node, draft);
}

void tenants_read_list(struct loading *l, const char *file, const struct tree_node *list, struct tenant_drafts *drafts)
{
	if (tree_is_null(list))
		return;
	if (list->kind != TREE_LIST) {
		problem_add(&l->problems, list->at, "tenants: needs a list, an entry begins with \"- id: \"");
		return;
	}
	for (size_t i = 0; i < list->count && !problem_full(&l->problems); i++)
		tenants_read_entry(l, file, list->items[i], drafts);
}

static int is_tenant_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static void read_file(struct loading *l, const char *path, struct tenant_drafts *drafts)
{
	OWN(buf_clear) struct buf text = {0};
	struct origin whole = {ORIGIN_FILE, path, 0, 0};
	struct arena_mark mark = arena_mark(&l->scratch);
	int before = l->problems.count;
	struct err err;

	if (file_read(path, TREE_BYTES_MAX, &text, &err) != 0) {
		problem_add(&l->problems, whole, "%s", err.words);
		return;
	}
	const struct tree_node *root = tree_parse(path, buf_view(&text), &l->scratch, &l->problems);
	if (root)
		tenants_read_entry(l, path, root, drafts);
	else if (l->problems.count == before)
		problem_add(&l->problems, whole, "is empty; a tenant file is an entry of `tenants`");
	arena_return(&l->scratch, mark);
}

void tenants_read_directory(struct loading *l, const char *directory, struct origin at, struct tenant_drafts *drafts)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_tenant_file, alphasort);

	if (count < 0)
		problem_add(&l->problems, at, "tenants_directory: %s: %s", directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		OWN(buf_clear) struct buf path = {0};

		buf_addf(&path, "%s%s%s", directory, directory[strlen(directory) - 1] == '/' ? "" : "/", entries[i]->d_name);
		if (!problem_full(&l->problems))
			read_file(l, arena_dup(&l->config->arena, buf_view(&path)).p, drafts);
		free(entries[i]);
	}
	free(entries);
}

static int by_id(const void *a, const void *b)
{
	const struct tenant_draft *left = a, *right = b;
	int order = view_cmp(left->tenant.id, right->tenant.id);

	if (order == 0)
		order = strcmp(left->marks.file, right->marks.file);
	return order != 0 ? order : left->marks.at.line - right->marks.at.line;
}

static void check_ids(struct loading *l, const struct tenant_drafts *drafts)
{
	for (size_t i = 1; i < drafts->n; i++) {
		const struct tenant_draft *first = &drafts->p[i - 1], *second = &drafts->p[i];
		OWN(buf_clear) struct buf place = {0};

		if (!view_is_set(second->tenant.id) || !view_eq(first->tenant.id, second->tenant.id))
			continue;
		problem_place(loading_place(first->marks.file, first->marks.at), &place);
		problem_add(&l->problems, loading_place(second->marks.file, second->marks.at), "tenant %.*s is there twice, first in %.*s",
			VIEW_ARG(second->tenant.id), VIEW_ARG(buf_view(&place)));
	}
}

void tenants_finish(struct loading *l, struct tenant_drafts *drafts)
{
	struct config *config = l->config;

	if (drafts->n > 0)
		qsort(drafts->p, drafts->n, sizeof *drafts->p, by_id);
	check_ids(l, drafts);
	config->tenant_count = drafts->n;
	config->tenants = arena_zero(&config->arena, drafts->n * sizeof *config->tenants);
	config->origins->tenants = arena_zero(&config->arena, drafts->n * sizeof *config->origins->tenants);
	for (size_t i = 0; i < drafts->n; i++) {
		config->tenants[i] = drafts->p[i].tenant;
		config->origins->tenants[i] = drafts->p[i].marks;
	}
}
