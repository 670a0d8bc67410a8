// SPDX-License-Identifier: Apache-2.0
package lookback.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.Stores;

/** The program: options, topology, settings, and the lines on stdout that a benchmark waits for. */
public final class Main {
    private static final long SLACK_MS = 2 * 3600_000L; // clicks that come late are still kept

    private Main() {
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> found = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            found.put(arguments[i], arguments[i + 1]);
        }
        for (String name : new String[] {"--bootstrap", "--clicks", "--orders", "--output", "--state", "--threads", "--commit-ms", "--lookback-ms", "--variant"}) {
            if (!found.containsKey(name)) {
                System.err.println("missing option " + name);
                System.exit(2);
            }
        }
        return found;
    }

    private static Topology topology(Map<String, String> o) {
        long lookbackMs = Long.parseLong(o.get("--lookback-ms"));
        String clicks = o.get("--clicks");
        ByteArrayDeserializer in = new ByteArrayDeserializer();
        ByteArraySerializer out = new ByteArraySerializer();

        return new Topology()
            .addSource(AutoOffsetReset.earliest(), "clicks", new EventTime(false), in, in, clicks)
            .addSource(AutoOffsetReset.earliest(), "orders", new EventTime(true), in, in, o.get("--orders"))
            .addProcessor("attribution", () -> new Attribution(clicks, lookbackMs), "clicks", "orders")
            .addStateStore(Stores.windowStoreBuilder(
                Stores.persistentWindowStore(Attribution.CLICKS, Duration.ofMillis(lookbackMs + SLACK_MS), Duration.ofMillis(1), true),
                Serdes.ByteArray(), Serdes.ByteArray()), "attribution")
            .addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(Attribution.FIRSTS), Serdes.ByteArray(), Serdes.ByteArray()), "attribution")
            .addSink("output", o.get("--output"), out, out, "attribution");
    }

    private static Properties settings(Map<String, String> o) {
        Properties p = new Properties();
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, "kafka-streams-" + o.get("--variant"));
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, o.get("--bootstrap"));
        p.put(StreamsConfig.STATE_DIR_CONFIG, o.get("--state"));
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, o.get("--threads"));
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, o.get("--commit-ms"));
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        if (o.get("--variant").equals("tuned")) {
            tune(p);
        }
        return p;
    }

    private static void tune(Properties p) {
        p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
        p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksSettings.class);
        p.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), "131072");
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "4000");
        // A static member that is killed and comes back is not waited for.
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "bench");
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Counts what is read back from changelogs. */
    private static final class Restored implements StateRestoreListener {
        private long begin, records;

        @Override
        public synchronized void onRestoreStart(TopicPartition partition, String store, long from, long to) {
            begin = begin == 0 ? System.nanoTime() : begin;
        }

        @Override
        public synchronized void onBatchRestored(TopicPartition partition, String store, long to, long n) {
            records += n;
        }

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long total) {
            // told when all are
        }

        synchronized void tell() {
            if (records > 0) {
                say(String.format("restored records=%d seconds=%.1f", records, (System.nanoTime() - begin) / 1e9));
            }
            begin = records = 0;
        }
    }

    private static void listen(KafkaStreams streams) {
        Restored restored = new Restored();
        streams.setGlobalStateRestoreListener(restored);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                restored.tell();
                say("live");
            } else if (now == KafkaStreams.State.ERROR) {
                Runtime.getRuntime().halt(1);
            }
        });
        streams.setUncaughtExceptionHandler(e -> {
            e.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    }

    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> o = options(arguments);
        KafkaStreams streams = new KafkaStreams(topology(o), settings(o));
        CountDownLatch end = new CountDownLatch(1);

        listen(streams);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            // Leaves the group: who starts next under this name is not kept waiting.
            streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP).withTimeout(Duration.ofSeconds(20)));
            end.countDown();
        }));
        streams.start();
        end.await();
    }
}
