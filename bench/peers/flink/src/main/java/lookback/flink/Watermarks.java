// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * Bounded out-of-orderness per partition, until the input rests: when no partition of this reader has had anything for a while, event time goes
 * on with the clock from the newest event on, so that the last orders get their outputs although nothing follows them. A stall of the whole
 * process is no rest: of the time between two calls only so much counts as there is between them as a rule.
 */
final class Watermarks implements WatermarkGeneratorSupplier<Event> {
	private static final long serialVersionUID = 1;
	private static final long STEP_NANOS = 150_000_000;
	private final long lateMs, patienceNanos;
	private transient long newest, lastCall, restNanos;

	Watermarks(long lateMs, long patienceMs) {
		this.lateMs = lateMs;
		this.patienceNanos = patienceMs * 1_000_000;
	}

	@Override
	public WatermarkGenerator<Event> createWatermarkGenerator(Context context) {
		Live.outputMade();
		return new Generator();
	}

	private void passTime() {
		long now = System.nanoTime();
		restNanos += Math.min(now - lastCall, STEP_NANOS);
		lastCall = now;
	}

	private final class Generator implements WatermarkGenerator<Event> {
		private long own;
		private boolean seen;

		@Override
		public void onEvent(Event event, long time, WatermarkOutput output) {
			seen = true;
			if (time > own)
				own = time;
		}

		@Override
		public void onPeriodicEmit(WatermarkOutput output) {
			passTime();
			if (seen) {
				seen = false;
				restNanos = 0;
				newest = Math.max(newest, own);
			}
			long rest = restNanos - patienceNanos;
			if (rest > 0 && newest > 0)
				output.emitWatermark(new Watermark(newest + rest / 1_000_000));
			else if (own > 0)
				output.emitWatermark(new Watermark(own - lateMs - 1));
		}
	}
}
