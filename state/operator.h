// SPDX-License-Identifier: Apache-2.0
// What RocksDB calls while it reads and compacts: operands are merged into one row, what has expired goes. Called from many threads at once.
#pragma once
#include <rocksdb/c.h>

#include "state/trim.h"

// Both are given away to the options they are set on. `rules` must outlive the database.
rocksdb_mergeoperator_t *operator_new(struct trim_rules *rules);
rocksdb_compactionfilterfactory_t *operator_filter_new(struct trim_rules *rules);
