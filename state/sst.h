// SPDX-License-Identifier: Apache-2.0
// A frozen table as one sorted file for RocksDB: position, index, rows. It is written where it stays, in the shard's directory, and ingesting only gives it
// its name there. One file of a shard is built at a time, always under the same name: what a crash left is gone when the shard is opened.
#pragma once
#include "state/disk.h"
#include "state/table.h"

// Leaves the file at disk_unfinished; nothing if it fails. `flooded`: clicks that the flood rule kept out.
int sst_build(struct disk *disk, const struct table *table, const struct trim_rules *rules, const struct disk_meta *meta, uint64_t *flooded,
	struct err *err) MUST_USE;
