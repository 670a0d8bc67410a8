// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;

/**
 * What Flink has no setting for. Every checkpoint flushes the memtables, so small files come twice a second: with RocksDB's own triggers
 * compaction rewrites all state over and over and takes more CPU than the job itself. Click ids are random, so compression gains nothing.
 */
public final class RocksOptions implements RocksDBOptionsFactory {
	private static final long serialVersionUID = 1;
	private static final int FILES = 24;

	@Override
	public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> close) {
		return options.setMaxOpenFiles(-1).setStatsDumpPeriodSec(0);
	}

	@Override
	public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions options, Collection<AutoCloseable> close) {
		return options.setCompressionType(CompressionType.NO_COMPRESSION).setLevel0FileNumCompactionTrigger(FILES)
				.setLevel0SlowdownWritesTrigger(3 * FILES).setLevel0StopWritesTrigger(4 * FILES)
				.setMaxBytesForLevelBase(1L << 30).setTargetFileSizeBase(128L << 20);
	}
}
