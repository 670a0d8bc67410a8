// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.HashSkipListMemTableConfig;

/**
 * What Flink has no setting for. Every checkpoint flushes the memtables, so small files come twice a second: with RocksDB's own triggers
 * compaction rewrites all state over and over and takes more CPU than the job itself. Click ids are random, so compression gains nothing.
 */
public final class RocksOptions implements RocksDBOptionsFactory {
	private static final long serialVersionUID = 1;
	private static final int WHOLE_KEY = 1024, FILES = Integer.getInteger("files", 24);
	private static final boolean HASHED = Boolean.getBoolean("hashed");

	@Override
	public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> close) {
		if (HASHED)
			options.setAllowConcurrentMemtableWrite(false);
		return options.setMaxOpenFiles(-1).setStatsDumpPeriodSec(0);
	}

	@Override
	public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions options, Collection<AutoCloseable> close) {
		if (HASHED)
			options.setMemTableConfig(new HashSkipListMemTableConfig().setBucketCount(100_000).setHeight(2)).useCappedPrefixExtractor(WHOLE_KEY);
		return options.setCompressionType(CompressionType.NO_COMPRESSION).setLevel0FileNumCompactionTrigger(FILES)
				.setLevel0SlowdownWritesTrigger(3 * FILES).setLevel0StopWritesTrigger(4 * FILES)
				.setMaxBytesForLevelBase(1L << 30).setTargetFileSizeBase(128L << 20);
	}
}
