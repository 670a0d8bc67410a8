// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Clicks and orders of a user, each a list: taking one in is one blind merge. An order waits for the watermark to pass it; then all clicks at or
 * before it have come, as far as they are not later than the watermark allows, and are its credits.
 */
final class Attribute extends KeyedProcessFunction<UserKey, Event, Tuple2<byte[], byte[]>> {
	private static final long serialVersionUID = 1;
	private static final Comparator<byte[]> BY_TIME = Comparator.comparingLong(Clicks::time).thenComparing(Arrays::compareUnsigned);

	private final long lookbackMs, keepMs;
	private transient ListState<byte[]> clicks, orders;
	private transient Outputs outputs;
	private transient AvroIn in;

	/** `keepMs`: how long a click must stay in state, in processing time, which is never ahead of event time. */
	Attribute(long lookbackMs, long keepMs) {
		this.lookbackMs = lookbackMs;
		this.keepMs = keepMs;
	}

	@Override
	public void open(OpenContext context) {
		ListStateDescriptor<byte[]> ofClicks = new ListStateDescriptor<>("clicks", BytePrimitiveArraySerializer.INSTANCE);
		if (keepMs > 0)
			ofClicks.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(keepMs)).cleanupInRocksdbCompactFilter(100_000).build());
		clicks = getRuntimeContext().getListState(ofClicks);
		orders = getRuntimeContext().getListState(new ListStateDescriptor<>("orders", BytePrimitiveArraySerializer.INSTANCE));
		outputs = new Outputs(lookbackMs);
		in = new AvroIn();
		Live.operatorOpened();
	}

	@Override
	public void processElement(Event event, Context context, Collector<Tuple2<byte[], byte[]>> out) throws Exception {
		if (!event.order) {
			clicks.add(event.body);
			return;
		}
		orders.add(event.body);
		context.timerService().registerEventTimeTimer(event.time);
	}

	@Override
	public void onTimer(long time, OnTimerContext context, Collector<Tuple2<byte[], byte[]>> out) throws Exception {
		List<Order> known = new ArrayList<>(2);
		Order first = null;
		for (byte[] value : orders.get()) {
			Order order = new Order().read(value, in);
			known.add(order);
			if (first == null || order.before(first))
				first = order;
		}
		for (Order order : known)
			if (order.placedAt == time)
				attribute(context.getCurrentKey(), order, order == first, out);
		if (known.size() > 1)
			forget(known, first, time);
	}

	/** Of the orders that have their output only the first is needed further on. */
	private void forget(List<Order> known, Order first, long time) throws Exception {
		List<byte[]> left = new ArrayList<>();
		for (Order order : known)
			if (order == first || order.placedAt > time)
				left.add(order.bytes);
		if (left.size() < known.size())
			orders.update(left);
	}

	private void attribute(UserKey user, Order order, boolean first, Collector<Tuple2<byte[], byte[]>> out) throws Exception {
		List<byte[]> credits = new ArrayList<>();
		boolean outside = false;
		if (first && !order.denied) {
			for (byte[] click : clicks.get()) {
				long age = order.placedAt - Clicks.time(click);
				if (age >= 0 && age <= lookbackMs)
					credits.add(click);
				outside |= age > lookbackMs && age <= 2 * lookbackMs;
			}
			if (credits.size() > 1)
				credits.sort(BY_TIME);
		}
		out.collect(outputs.write(user, order, first, credits, outside));
	}
}
