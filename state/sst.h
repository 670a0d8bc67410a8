// SPDX-License-Identifier: Apache-2.0
// A frozen table as one sorted file for RocksDB: position, index, rows. It is built in memory (a memfd), because RocksDB's writer would otherwise drop the
// pages it wrote from the page cache, and reads would begin on the disk; ingesting copies it next to the others and syncs it. A crash leaves nothing behind
// but a file that RocksDB does not know and removes.
#pragma once
#include "state/disk.h"
#include "state/table.h"

struct sst {
	int fd;
	char path[40];
	uint64_t bytes;
	uint64_t flooded;
};

#define SST_NONE ((struct sst){.fd = -1})

int sst_build(struct disk *disk, const struct table *table, const struct trim_rules *rules, const struct disk_meta *meta, struct sst *out,
	struct err *err) MUST_USE;
void sst_clear(struct sst *sst);
