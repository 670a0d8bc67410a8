// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: a configuration while it is read, and where each of its values came from.
#pragma once
#include "config/config.h"
#include "config/problem.h"
#include "config/setting.h"
#include "config/tree.h"

enum {
	LOADING_TENANTS_MAX = 100000,
	LOADING_GOALS_MAX = 256, // of one tenant
	LOADING_GOALS_IN_ALL_MAX = 1000000,
	LOADING_PROPERTIES_MAX = 1000,
};

// A value of a tenant or a goal; its file is the tenant's. line 0: default.
struct config_mark {
	int line, column;
	bool secret;
};

struct config_goal_marks {
	struct config_mark at;
	struct config_mark *rows; // by setting_index
};

struct config_tenant_marks {
	const char *file;
	struct config_mark at;
	struct config_mark *rows; // by setting_index
	struct config_goal_marks *goals;
};

struct config_origins {
	struct origin *rows; // of SETTING_OF_CONFIG, by setting_index
	bool *secret;
	struct origin *properties;           // of config.kafka.properties
	struct config_tenant_marks *tenants; // of config.tenants
};

struct loading {
	struct config *config;
	struct problems problems;
	size_t goal_count;    // of all tenants
	struct arena scratch; // trees: gone when all is read
};

static inline struct origin loading_place(const char *file, struct config_mark mark)
{
	return (struct origin){mark.line > 0 ? ORIGIN_FILE : ORIGIN_DEFAULT, file, mark.line, mark.column};
}
