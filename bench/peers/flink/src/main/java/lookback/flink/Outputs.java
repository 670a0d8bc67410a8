// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.List;
import org.apache.flink.api.java.tuple.Tuple2;

/** Writes AttributedConversion records: participation by click. */
final class Outputs {
	private static final byte[] HEADER = header(0x926d06458298d737L);
	private static final byte[] GOAL = AvroOut.utf8("purchase"), EVENT = AvroOut.utf8("Purchase"), MODEL = AvroOut.utf8("participation"),
			GROUP = AvroOut.utf8("click"), BASIS = AvroOut.utf8("placed"), MIDDLE = AvroOut.utf8("|purchase|");
	private static final long ONE = 1_000_000_000;
	private static final int NO_CONSENT = 0, CANCELLED = 1, NOT_FIRST = 2, ATTRIBUTED = 3, OUTSIDE_WINDOW = 4, NO_CLICK = 5;

	private final long lookbackMs;
	private final AvroOut out = new AvroOut(), key = new AvroOut();
	private final AvroIn in = new AvroIn();

	Outputs(long lookbackMs) {
		this.lookbackMs = lookbackMs;
	}

	private static byte[] header(long fingerprint) {
		byte[] bytes = new byte[10];
		bytes[0] = (byte) 0xC3;
		bytes[1] = 1;
		for (int i = 2; i < 10; i++, fingerprint >>>= 8)
			bytes[i] = (byte) fingerprint;
		return bytes;
	}

	/** `credits`: packed clicks, by time; `outside`: there was one between one and two windows ago. */
	Tuple2<byte[], byte[]> write(UserKey user, Order order, boolean first, List<byte[]> credits, boolean outside) {
		out.reset();
		out.raw(HEADER);
		writeWhat(order, outcome(order, first, credits, outside));
		out.number(credits.size());
		for (byte[] click : credits)
			writeCredit(order, click);
		if (!credits.isEmpty())
			out.number(0);
		out.number(0);
		out.flag(false);
		out.raw(order.bytes, order.context, order.end);
		out.raw(order.bytes, order.items, order.context);
		return Tuple2.of(keyOf(user, order), out.copy());
	}

	private byte[] keyOf(UserKey user, Order order) {
		in.bytes = order.bytes;
		in.at = order.idBegin;
		in.readInt();
		key.reset();
		key.raw(user.bytes);
		key.raw(MIDDLE);
		key.raw(order.bytes, in.at, order.idEnd);
		return key.copy();
	}

	private static int outcome(Order order, boolean first, List<byte[]> credits, boolean outside) {
		if (order.denied)
			return NO_CONSENT;
		if (!first)
			return NOT_FIRST;
		if (credits.isEmpty())
			return outside ? OUTSIDE_WINDOW : NO_CLICK;
		return order.status == Order.CANCELLED ? CANCELLED : ATTRIBUTED;
	}

	/** Tenant to context_time. */
	private void writeWhat(Order order, int outcome) {
		out.raw(order.bytes, order.user, order.idBegin);
		out.text(GOAL);
		out.raw(order.bytes, order.idBegin, order.idEnd);
		out.number(1);
		out.raw(order.bytes, order.idBegin, order.idEnd);
		out.text(EVENT);
		out.number(order.placedAt);
		out.number(outcome);
		out.text(MODEL);
		out.text(GROUP);
		out.number(lookbackMs);
		out.raw(order.bytes, order.currencyBegin, order.currencyEnd);
		out.text(BASIS);
		out.number(order.micros);
		writeBases(order);
		out.number(1);
		out.number(order.status);
		out.number(1);
		out.number(order.statusTime);
		out.number(order.refunded ? 1 : 0);
		if (order.refunded)
			out.number(order.refundedMicros);
		out.flag(order.refundedMicros > order.micros);
		out.number(order.fingerprint());
		out.number(1);
		out.number(order.statusTime);
	}

	/** Revenue and Counts. */
	private void writeBases(Order order) {
		boolean delivered = order.status == Order.DELIVERED || order.status == Order.REFUNDED;
		boolean confirmed = delivered || order.status == Order.CONFIRMED || order.status == Order.SHIPPED;
		out.number(order.micros);
		out.number(confirmed ? order.micros : 0);
		out.number(delivered ? order.micros : 0);
		out.number(delivered ? Math.max(order.micros - order.refundedMicros, 0) : 0);
		out.number(ONE);
		out.number(confirmed ? ONE : 0);
		out.number(delivered ? ONE : 0);
	}

	private void writeCredit(Order order, byte[] click) {
		Clicks.credit(click, in, out);
		out.number(ONE);
		out.number(order.micros);
		writeBases(order);
	}
}
