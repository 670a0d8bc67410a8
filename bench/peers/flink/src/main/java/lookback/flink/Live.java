// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what must be there before the job is live: operators whose state is restored, partitions that are read. All run in this JVM. */
final class Live {
	private static final AtomicInteger OPERATORS = new AtomicInteger(), OUTPUTS = new AtomicInteger();

	private Live() {}

	static void operatorOpened() {
		OPERATORS.incrementAndGet();
	}

	/** One for each partition, and one for each reader. */
	static void outputMade() {
		OUTPUTS.incrementAndGet();
	}

	static boolean restored(int threads) {
		return OPERATORS.get() >= threads;
	}

	static boolean reading(int threads, int partitions) {
		return restored(threads) && OUTPUTS.get() >= threads + partitions;
	}
}
