// SPDX-License-Identifier: Apache-2.0
// A YAML document as nodes that know their line and column. The only file that calls libyaml is tree.c.
#pragma once
#include "base/arena.h"
#include "config/problem.h"

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree_node {
	enum tree_kind kind;
	struct origin at;
	struct view text;         // scalar: ends with a NUL that is not counted
	bool plain;               // scalar: written without quotes, so `null` means nothing
	struct tree_node **items; // list: the values. Map: key, value, key, value; keys are scalars and differ
	size_t count;             // of items
};

enum {
	TREE_BYTES_MAX = 16 << 20,
	TREE_NODES_MAX = 2 << 20,
	TREE_PAIRS_MAX = 500, // of one map
};

// The document of `text`, in `arena`; NULL if it is empty or has problems, which are then added. An alias is the node of its anchor.
// `file` is kept by the nodes; texts are theirs, too.
struct tree_node *tree_parse(const char *file, struct view text, struct arena *arena, struct problems *problems);

// Nothing is there: a plain null, ~ or no text at all.
bool tree_is_null(const struct tree_node *node);
