// SPDX-License-Identifier: Apache-2.0
// Whose state a directory holds: one small text file beside the shards, replaced as a whole. Read before anything is opened, so that a stranger's or
// an older volume, or a goal that changed its meaning, is seen first. Knows nothing of config: goals are text, a line each that begins with the goal's name.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"

enum { MANIFEST_FORMAT = 1 };

struct manifest_tenant {
	struct view id;
	struct view goals; // canonical text; lines sorted by name
};

struct manifest {
	int64_t format; // of the file and of the shards beside it
	struct view run;
	struct view cluster;
	int64_t partitions;
	struct manifest_tenant *tenants; // sorted by id
	size_t tenant_count;
};

// No manifest: `found` is false. One of another format has nothing but `format`. FATAL manifest_bad: move the directory aside.
int manifest_read(const char *directory, struct arena *arena, struct manifest *out, bool *found, struct err *err) MUST_USE;

// Makes the directory if need be; the file is there as a whole, on disk, or not at all. FATAL manifest_unwritable, manifest_bad (a line break in a name).
int manifest_write(const char *directory, const struct manifest *manifest, struct err *err) MUST_USE;

enum manifest_change {
	MANIFEST_OTHER_FORMAT,
	MANIFEST_OTHER_CLUSTER,
	MANIFEST_OTHER_RUN,
	MANIFEST_OTHER_PARTITIONS,
	MANIFEST_TENANT_ADDED,
	MANIFEST_TENANT_REMOVED,
	MANIFEST_GOAL_ADDED,
	MANIFEST_GOAL_REMOVED,
	MANIFEST_GOAL_CHANGED,
};

struct manifest_difference {
	enum manifest_change change;
	struct view tenant, goal;  // absent where they make no sense
	struct view before, after; // for people; absent: was not, is not
};

// In the order of the enum's first four, then by tenant and goal. A different format is the only difference told. Everything is in `arena` or borrowed.
size_t manifest_compare(const struct manifest *before, const struct manifest *now, struct arena *arena, struct manifest_difference **out);

// mkdir -p, only for the owner. FATAL state_directory.
int manifest_make_directory(const char *directory, struct err *err) MUST_USE;
