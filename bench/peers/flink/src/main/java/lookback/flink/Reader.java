// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Records of both topics to events. What is not a record of our contracts is passed over; the measured topics hold none. */
final class Reader implements KafkaRecordDeserializationSchema<Event> {
	private static final long serialVersionUID = 1;
	private final String clicks;
	private final boolean reuse;
	private transient AvroIn in;
	private transient Event event;
	private transient long[][] next; // by partition: of the clicks, of the orders in turn

	Reader(String clicks, boolean reuse) {
		this.clicks = clicks;
		this.reuse = reuse;
	}

	@Override
	public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Event> out) {
		if (in == null) {
			in = new AvroIn();
			event = new Event();
			next = new long[0][];
		}
		if (!reuse)
			event = new Event();
		event.order = !record.topic().equals(clicks);
		note(record, 2 * record.partition() + (event.order ? 1 : 0));
		byte[] value = record.value();
		if (!in.begin(value, event.order ? Order.FINGERPRINT : Clicks.FINGERPRINT))
			return;
		if (event.order) {
			event.time = Order.placedAt(in);
			event.body = value;
		} else if ((event.body = Clicks.pack(in, event)) == null) {
			return;
		}
		event.key = new UserKey(record.key());
		out.collect(event);
	}

	private void note(ConsumerRecord<byte[], byte[]> record, int at) {
		if (at >= next.length)
			next = Arrays.copyOf(next, at + 1);
		if (next[at] == null)
			next[at] = Offsets.of(record.topic(), record.partition());
		next[at][0] = record.offset() + 1;
	}

	@Override
	public TypeInformation<Event> getProducedType() {
		return OwnType.EVENT;
	}
}
