// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/** By the record's own time, so that a click and an order of one time meet. */
final class EventTime implements TimestampExtractor {
    private final boolean orders;
    private final AvroBytes in = new AvroBytes();

    EventTime(boolean orders) {
        this.orders = orders;
    }

    @Override
    public synchronized long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
        byte[] value = (byte[]) record.value();
        return orders ? Order.timeOf(in, value) : Click.timeOf(in, value);
    }
}
