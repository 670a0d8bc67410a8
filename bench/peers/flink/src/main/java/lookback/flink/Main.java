// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import sun.misc.Signal;

/** Attribution as a Flink job in a MiniCluster: see README.md. */
public final class Main {
	private static final long HOUR_MS = 3_600_000, DAY_MS = 24 * HOUR_MS;

	private final Settings settings;
	private final int threads;
	private final String previous;

	private Main(Settings settings) throws IOException {
		this.settings = settings;
		threads = (int) settings.number("threads", 1);
		wipe(Path.of(settings.text("state"), "local"));
		previous = newestCheckpoint(Path.of(settings.text("state"), "checkpoints"));
	}

	public static void main(String[] arguments) {
		Signal.handle(new Signal("TERM"), term -> stop());
		try {
			new Main(new Settings(arguments)).run();
		} catch (IllegalArgumentException bad) {
			System.err.println("flink: " + bad.getMessage());
			Runtime.getRuntime().halt(2);
		} catch (Exception failed) {
			failed.printStackTrace();
			Runtime.getRuntime().halt(1);
		}
	}

	/** What is committed is committed. The JVM was seen to hang in halt() on a crowded machine, so the end is sure in any case. */
	private static void stop() {
		try {
			new ProcessBuilder("sh", "-c", "sleep 3; kill -9 " + ProcessHandle.current().pid()).start();
		} catch (IOException none) {
			System.err.println("flink: " + none.getMessage());
		}
		Runtime.getRuntime().halt(0);
	}

	private void run() throws Exception {
		int partitions = partitions();
		long begin = System.nanoTime();
		StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(threads, Tuning.configuration(settings, previous));
		build(env);
		JobClient job = env.executeAsync("attribution");
		announce(job, partitions, begin);
		job.getJobExecutionResult().get();
	}

	private void announce(JobClient job, int partitions, long begin) throws Exception {
		boolean told = previous == null;
		while (!Live.reading(threads, partitions)) {
			if (job.getJobStatus().get() == JobStatus.FAILED)
				job.getJobExecutionResult().get();
			if (!told && Live.restored(threads)) {
				System.out.printf("restored records=0 seconds=%.2f%n", (System.nanoTime() - begin) / 1e9);
				told = true;
			}
			Thread.sleep(10);
		}
		System.out.println("live");
		System.out.flush();
	}

	private void build(StreamExecutionEnvironment env) {
		DataStream<Event> events = env.fromSource(source(), watermarks(), "clicks and orders")
				.map(new Offsets(settings.text("bootstrap"), settings.group())).returns(OwnType.EVENT).name("offsets").uid("offsets");
		keyed(events).process(new Attribute(settings.number("lookback-ms", 0), keepMs())).name("attribute").uid("attribute")
				.sinkTo(sink()).name("outputs").uid("outputs");
	}

	private long keepMs() {
		return 2 * settings.number("lookback-ms", 0) + DAY_MS;
	}

	/** One reader sees all keys, so its stream is keyed as it stands, and everything is one chain; several exchange by key. */
	private KeyedStream<Event, UserKey> keyed(DataStream<Event> events) {
		if (settings.tuned() && threads == 1)
			return DataStreamUtils.reinterpretAsKeyedStream(events, event -> event.key, OwnType.KEY);
		return events.keyBy(event -> event.key, OwnType.KEY);
	}

	private WatermarkStrategy<Event> watermarks() {
		return WatermarkStrategy.<Event>forGenerator(new Watermarks(settings.number("late-ms", HOUR_MS), settings.number("rest-ms", 1000)))
				.withTimestampAssigner((event, written) -> event.time)
				.withWatermarkAlignment("time", Duration.ofHours(24), Duration.ofMillis(100));
	}

	private KafkaSource<Event> source() {
		return KafkaSource.<Event>builder().setBootstrapServers(settings.text("bootstrap")).setGroupId(settings.group())
				.setTopics(settings.text("clicks"), settings.text("orders")).setDeserializer(new Reader(settings.text("clicks"), settings.tuned()))
				.setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST)).setProperties(Tuning.consumer(settings)).build();
	}

	private KafkaSink<Tuple2<byte[], byte[]>> sink() {
		return KafkaSink.<Tuple2<byte[], byte[]>>builder().setBootstrapServers(settings.text("bootstrap")).setRecordSerializer(new Writer(settings.text("output")))
				.setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE).setTransactionalIdPrefix(settings.group())
				.setKafkaProducerConfig(Tuning.producer(settings)).build();
	}

	private int partitions() throws Exception {
		Properties to = new Properties();
		to.setProperty("bootstrap.servers", settings.text("bootstrap"));
		try (Admin admin = Admin.create(to)) {
			return admin.describeTopics(java.util.List.of(settings.text("clicks"), settings.text("orders"))).allTopicNames().get().values().stream()
					.mapToInt(topic -> topic.partitions().size()).sum();
		}
	}

	private static void wipe(Path directory) throws IOException {
		if (!Files.exists(directory))
			return;
		try (Stream<Path> all = Files.walk(directory)) {
			for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator)
				Files.delete(path);
		}
	}

	/** Null: none. A checkpoint is complete when its _metadata is there. */
	private static String newestCheckpoint(Path directory) throws IOException {
		if (!Files.exists(directory))
			return null;
		try (Stream<Path> all = Files.walk(directory, 3)) {
			return all.filter(path -> path.endsWith("_metadata")).max(Comparator.comparingLong(path -> path.toFile().lastModified()))
					.map(path -> path.getParent().toUri().toString()).orElse(null);
		}
	}
}
