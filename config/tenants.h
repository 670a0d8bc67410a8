// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: tenants and their goals, from the list in the config file and from a folder of files.
#pragma once
#include "config/loading.h"

struct tenant_draft {
	struct tenant tenant;
	struct config_tenant_marks marks;
};

struct tenant_drafts {
	struct tenant_draft *p;
	size_t n, room;
};

void tenants_clear(struct tenant_drafts *drafts);

// An entry of `tenants`, or a whole file of tenants_directory; both have the same shape.
void tenants_read_entry(struct loading *l, const char *file, const struct tree_node *node, struct tenant_drafts *drafts);

void tenants_read_list(struct loading *l, const char *file, const struct tree_node *list, struct tenant_drafts *drafts);

// Every *.yaml and *.yml of the folder, hidden ones aside, in the order of their names.
void tenants_read_directory(struct loading *l, const char *directory, struct origin at, struct tenant_drafts *drafts);

// Sorted by id into the config; an id that is there twice is a problem that names both places.
void tenants_finish(struct loading *l, struct tenant_drafts *drafts);
