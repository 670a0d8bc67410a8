// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.HashSkipListMemTableConfig;

/** What Flink has no setting for. Keys are only ever looked up whole, so a memtable that hashes them needs no search. */
public final class RocksOptions implements RocksDBOptionsFactory {
	private static final long serialVersionUID = 1;
	private static final int WHOLE_KEY = 1024;
	private final boolean hashed;

	RocksOptions(boolean hashed) {
		this.hashed = hashed;
	}

	@Override
	public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> close) {
		if (hashed)
			options.setAllowConcurrentMemtableWrite(false);
		return options.setUseFsync(false).setMaxOpenFiles(-1).setStatsDumpPeriodSec(0).setAvoidUnnecessaryBlockingIO(true);
	}

	@Override
	public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions options, Collection<AutoCloseable> close) {
		if (hashed)
			options.setMemTableConfig(new HashSkipListMemTableConfig().setBucketCount(100_000).setHeight(2)).useCappedPrefixExtractor(WHOLE_KEY);
		return options;
	}
}
