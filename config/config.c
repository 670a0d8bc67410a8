// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include "base/file.h"
#include "base/own.h"
#include "config/assign.h"
#include "config/check.h"
#include "config/expand.h"
#include "config/keys.h"
#include "config/loading.h"
#include "config/overlay.h"
#include "config/tenants.h"

#include <stdlib.h>

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof *config);
	size_t rows = setting_count(SETTING_OF_CONFIG);

	if (!config)
		err_out_of_memory();
	config->origins = arena_zero(&config->arena, sizeof *config->origins);
	config->origins->rows = arena_zero(&config->arena, rows * sizeof *config->origins->rows);
	config->origins->secret = arena_zero(&config->arena, rows * sizeof *config->origins->secret);
	return config;
}

void config_free(struct config **config)
{
	if (!*config)
		return;
	arena_clear(&(*config)->arena);
	free(*config);
	*config = NULL;
}

// `context` is where the list of tenants is put, to be read when all else is.
static void take_value(struct loading *l, const struct setting *row, const struct tree_node *key, const struct tree_node *value,
	void *context)
{
	struct config_origins *origins = l->config->origins;
	const struct tree_node **tenants = context;
	bool secret = false;

	if (row->type == SETTING_TENANTS)
		*tenants = value;
	else if (!assign_node(l, row, value, l->config, &secret))
		return;
	origins->rows[setting_index(row)] = key->at;
	origins->secret[setting_index(row)] = secret;
}

// The list of tenants if it is there.
static const struct tree_node *read_root(struct loading *l, const char *file, struct view text)
{
	const struct tree_node *root = tree_parse(file, text, &l->scratch, &l->problems);
	const struct tree_node *tenants = NULL;

	if (!root || tree_is_null(root))
		return NULL;
	if (root->kind == TREE_MAP)
		keys_walk(l, SETTING_OF_CONFIG, root, (struct keys_taker){take_value, &tenants});
	else
		problem_add(&l->problems, root->at, "a config file is a map of settings");
	return tenants;
}

static void read_tenants(struct loading *l, const char *file, const struct tree_node *list)
{
	OWN(tenants_clear) struct tenant_drafts drafts = {0};
	const struct setting *directory = setting_find(SETTING_OF_CONFIG, VIEW_LIT("tenants_directory"));

	if (list)
		tenants_read_list(l, file, list, &drafts);
	if (l->config->tenants_directory)
		tenants_read_directory(l, l->config->tenants_directory, l->config->origins->rows[setting_index(directory)], &drafts);
	tenants_finish(l, &drafts);
}

static void read_all(struct loading *l, const char *file, struct view text, const struct config_flag *flags, size_t flag_count)
{
	const char *name = file ? arena_dup(&l->config->arena, view_text(file)).p : NULL;

	assign_defaults(l, SETTING_OF_CONFIG, l->config);
	const struct tree_node *tenants = file ? read_root(l, name, text) : NULL;
	overlay_environment(l);
	overlay_flags(l, flags, flag_count);
	if (l->problems.count == 0)
		check_config(l);
	read_tenants(l, name, tenants);
}

static int counted(int count, struct err *err)
{
	return err_set(err, ERR_FATAL, "config_invalid", "the configuration has %d problem%s%s", count, count == 1 ? "" : "s",
		count > PROBLEM_MAX ? ", of which the first 20 are told" : "");
}

int config_load_verbose(const char *file, const struct config_flag *flags, size_t flag_count, struct config **out, struct buf *problems,
	struct err *err)
{
	OWN(buf_clear) struct buf text = {0};
	struct loading l = {.config = config_new()};
	int rc = 0;

	if (file)
		rc = file_read(file, TREE_BYTES_MAX, &text, err);
	if (rc == 0)
		read_all(&l, file, buf_view(&text), flags, flag_count);
	if (l.problems.count > 0)
		rc = counted(l.problems.count, err);
	buf_add_view(problems, buf_view(&l.problems.text));
	problem_clear(&l.problems);
	arena_clear(&l.scratch);
	if (rc != 0)
		config_free(&l.config);
	*out = l.config;
	return rc;
}

// Whole lines, as many as fit with room for the words that say that there are more.
static void tell_first(const struct buf *problems, struct err *err)
{
	size_t room = sizeof err->words - 120;
	size_t n = problems->n < room ? problems->n : room;
	const char *last = memrchr(problems->p, '\n', n);

	if (last)
		n = (size_t)(last - problems->p);
	const char *more = n + 1 < problems->n ? "\nand more: `lookback validate` tells all" : "";
	err_set(err, ERR_FATAL, "config_invalid", "%.*s%s", (int)n, problems->p, more);
}

int config_load(const char *file, const struct config_flag *flags, size_t flag_count, struct config **out, struct err *err)
{
	OWN(buf_clear) struct buf problems = {0};
	int rc = config_load_verbose(file, flags, flag_count, out, &problems, err);

	if (rc != 0 && problems.n > 0)
		tell_first(&problems, err);
	return rc;
}

const struct tenant *config_tenant(const struct config *config, struct view id)
{
	size_t from = 0, to = config->tenant_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = view_cmp(config->tenants[middle].id, id);

		if (order == 0)
			return &config->tenants[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

int config_expand_secret(struct view written, struct buf *out, struct err *err)
{
	return expand_secret(written, out, err);
}
