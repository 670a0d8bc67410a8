// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: a goal's `where`. Which paths name a scalar field of an order or a conversion stands here.
#pragma once
#include "attribution/goal.h"
#include "config/problem.h"
#include "config/tree.h"

enum { WHERE_PATHS_MAX = 32, WHERE_VALUES_MAX = 1000, WHERE_TEXT_MAX = 1024 };

// Checks what was read from `node`, then sorts it: paths, values, no value twice.
bool where_is_good(struct goal *goal, const struct tree_node *node, struct problems *problems);

// True if records of that source have a scalar field there: "context.shop_id", "properties.KEY".
bool where_path_exists(enum goal_source source, struct view path);

// The i-th of those paths, `properties.KEY` aside; NULL behind the last. So that a test can hold them against the contracts.
const char *where_field(enum goal_source source, size_t i);

// In byte order, none twice; how many are left.
size_t where_sort_texts(struct view *texts, size_t count);

// The nearest path that exists, NULL if none is near.
const char *where_nearest(enum goal_source source, struct view path);
