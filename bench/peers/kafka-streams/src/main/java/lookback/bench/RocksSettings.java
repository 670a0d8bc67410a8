// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/** The tuned variant: one block cache for all stores, large memtables. */
public final class RocksSettings implements RocksDBConfigSetter {
    private static final long MEMTABLE = 64L << 20;
    private static final Cache CACHE = new LRUCache(256L << 20);

    @Override
    public void setConfig(String store, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE);
        table.setFilterPolicy(new BloomFilter(10, false));
        options.setTableFormatConfig(table);
        options.setWriteBufferSize(MEMTABLE);
    }

    @Override
    public void close(String store, Options options) {
        // The cache is for the life of the process.
    }
}
