// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** Keeps clicks by user and time; gives a user's first order each click within the lookback. */
final class Attribution implements Processor<byte[], byte[], byte[], byte[]> {
    static final String CLICKS = "clicks", FIRSTS = "firsts";
    private static final byte[] GOAL = "|purchase|".getBytes(StandardCharsets.UTF_8);
    private static final int MAX_TOUCHPOINTS = 100;

    private final String clicksTopic;
    private final long lookbackMs;
    private final Click click = new Click();
    private final Order order = new Order();
    private final Conversion conversion = new Conversion();
    private ProcessorContext<byte[], byte[]> context;
    private WindowStore<byte[], byte[]> clicks;
    private KeyValueStore<byte[], byte[]> firsts;

    Attribution(String clicksTopic, long lookbackMs) {
        this.clicksTopic = clicksTopic;
        this.lookbackMs = lookbackMs;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        clicks = context.getStateStore(CLICKS);
        firsts = context.getStateStore(FIRSTS);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        if (context.recordMetadata().orElseThrow().topic().equals(clicksTopic)) {
            click.read(record.value());
            clicks.put(record.key(), click.kept(), click.time);
        } else {
            order.read(record.value());
            context.forward(record.withKey(outputKey(record.key())).withValue(attribute(record.key())));
        }
    }

    private byte[] attribute(byte[] user) {
        if (firsts.putIfAbsent(user, ByteBuffer.allocate(8).putLong(order.placedAt).array()) != null) {
            return conversion.write(order, Conversion.NOT_FIRST, lookbackMs, List.of(), List.of(), false);
        }
        ArrayDeque<Long> times = new ArrayDeque<>();
        ArrayDeque<byte[]> found = new ArrayDeque<>();
        boolean truncated = false;
        try (WindowStoreIterator<byte[]> all = clicks.fetch(user, order.placedAt - lookbackMs, order.placedAt)) {
            while (all.hasNext()) {
                KeyValue<Long, byte[]> next = all.next();
                times.add(next.key);
                found.add(next.value);
                if (found.size() > MAX_TOUCHPOINTS) {
                    times.remove();
                    found.remove();
                    truncated = true;
                }
            }
        }
        int outcome = found.isEmpty() ? Conversion.NO_CLICK : Conversion.ATTRIBUTED;
        return conversion.write(order, outcome, lookbackMs, new ArrayList<>(times), new ArrayList<>(found), truncated);
    }

    /** tenant|user|goal|conversion */
    private byte[] outputKey(byte[] user) {
        AvroBytes id = order.in;
        id.at = order.idBegin;
        int n = (int) id.readLong();
        byte[] key = new byte[user.length + GOAL.length + n];
        System.arraycopy(user, 0, key, 0, user.length);
        System.arraycopy(GOAL, 0, key, user.length, GOAL.length);
        System.arraycopy(id.bytes, id.at, key, user.length + GOAL.length, n);
        return key;
    }
}
