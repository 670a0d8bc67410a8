// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;

/** Every setting of the job, of RocksDB and of the Kafka clients; README.md says what each brought. */
final class Tuning {
	private Tuning() {}

	static Configuration configuration(Settings settings, String previous) {
		Configuration c = new Configuration();
		Path state = Path.of(settings.text("state")).toAbsolutePath();
		c.setString("state.backend.type", "rocksdb");
		c.setString("state.backend.incremental", "true");
		c.setString("state.backend.rocksdb.localdir", state.resolve("local").toString());
		c.setString("execution.checkpointing.incremental", "true");
		c.setString("execution.checkpointing.interval", settings.text("commit-ms") + " ms");
		c.setString("execution.checkpointing.mode", "EXACTLY_ONCE");
		c.setString("execution.checkpointing.storage", "filesystem");
		c.setString("execution.checkpointing.dir", state.resolve("checkpoints").toUri().toString());
		c.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
		c.setString("restart-strategy.type", "none");
		c.setString("metrics.reporters", "");
		if (previous != null)
			c.setString("execution.state-recovery.path", previous);
		if (settings.tuned())
			tune(c);
		if (settings.text("set") != null)
			for (String pair : settings.text("set").split(";"))
				c.setString(pair.split("=", 2)[0], pair.split("=", 2)[1]);
		return c;
	}

	private static void tune(Configuration c) {
		c.setString("pipeline.object-reuse", "true");
		c.setString("pipeline.generic-types", "false");
		c.setString("pipeline.auto-watermark-interval", "100 ms");
		c.setString("execution.state-recovery.claim-mode", "CLAIM");
		c.setString("taskmanager.memory.managed.size", "1g");
		c.setString("state.backend.rocksdb.timer-service.factory", "HEAP");
		c.setString("state.backend.rocksdb.use-bloom-filter", "true");
		c.setString("state.backend.rocksdb.options-factory", RocksOptions.class.getName());
		c.setString("state.backend.rocksdb.compression.per.level", "NO_COMPRESSION");
		c.setString("state.latency-track.keyed-state-enabled", "false");
		c.setString("source.reader.element.queue.capacity", "4");
	}

	static Properties consumer(Settings settings) {
		Properties p = new Properties();
		p.setProperty("isolation.level", "read_committed");
		p.setProperty("commit.offsets.on.checkpoint", "false"); // see Offsets
		if (!settings.tuned())
			return p;
		p.setProperty("max.poll.records", "5000");
		p.setProperty("max.partition.fetch.bytes", "4194304");
		p.setProperty("receive.buffer.bytes", "1048576");
		p.setProperty("register.consumer.metrics", "false");
		p.setProperty("check.crcs", "false");
		return p;
	}

	static Properties producer(Settings settings) {
		Properties p = new Properties();
		p.setProperty("transaction.timeout.ms", "600000");
		if (!settings.tuned())
			return p;
		p.setProperty("compression.type", "lz4");
		p.setProperty("batch.size", "131072");
		p.setProperty("linger.ms", "100");
		p.setProperty("buffer.memory", "67108864");
		p.setProperty("register.producer.metrics", "false");
		return p;
	}
}
