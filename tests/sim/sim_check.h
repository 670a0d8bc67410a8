// SPDX-License-Identifier: Apache-2.0
// Reads what transactions have committed, as a consumer would, and holds it against the promises: `previous` is the output before, deltas add up to
// the latest credits at every commit, no record is a dead letter twice.
#pragma once
#include "schemas/records.h"
#include "tests/sim/sim_kafka.h"

struct sim_check;

struct sim_check *sim_check_new(struct sim_kafka *kafka, int64_t lateness_ms); // hooks itself to the cluster
void sim_check_free(struct sim_check **check);

// The latest output of a key, encoded without `previous`; absent: none. `offset`, `partition`: of it (may be NULL).
struct view sim_check_latest(const struct sim_check *check, struct view key, int32_t *partition, int64_t *offset);
// How many keys have their latest output in this partition.
size_t sim_check_count(const struct sim_check *check, int32_t partition);
// The n-th key of all in the order of their first output; absent: there are not so many.
struct view sim_check_key(const struct sim_check *check, size_t n);

// The reason for which a record became a dead letter; absent: it did not.
struct view sim_check_dead_letter(const struct sim_check *check, int topic, int32_t partition, int64_t offset);

// Both have the same latest outputs and the same dead letters; those `too_late` in `check` must be `unknown_tenant` in `plain`. Outputs that another build
// has published last (at sim_check_excuse) are left out, and orders of which
// records came when they were older than the horizon: whether these bring a context depends on the commits.
void sim_check_compare(const struct sim_check *check, const struct sim_check *plain);
void sim_check_excuse(struct sim_check *check, struct view key);

// Decodes what sim_check_latest gave.
void sim_check_decode(struct view encoded, struct arena *arena, struct attributed_conversion *out);
