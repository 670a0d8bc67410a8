// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Commits how far each completed checkpoint has read, so that others see it. KafkaSource does the same, but up to ten seconds late when the
 * topics rest: its fetcher, blocked in a poll of that length, is not woken for it. The job's own truth stays in the checkpoint.
 */
final class Offsets extends RichMapFunction<Event, Event> implements CheckpointedFunction, CheckpointListener {
	private static final long serialVersionUID = 1;
	/** The source's deserializer and this run in one thread. */
	private static final ThreadLocal<Map<TopicPartition, long[]>> READ = ThreadLocal.withInitial(HashMap::new);

	private final String bootstrap, group;
	private transient Map<Long, Map<TopicPartition, OffsetAndMetadata>> pending;
	private transient Map<TopicPartition, OffsetAndMetadata> committed;
	private transient Admin admin;

	Offsets(String bootstrap, String group) {
		this.bootstrap = bootstrap;
		this.group = group;
	}

	/** Where the reader of a partition notes the next offset. */
	static long[] of(String topic, int partition) {
		return READ.get().computeIfAbsent(new TopicPartition(topic, partition), ignored -> new long[1]);
	}

	@Override
	public void initializeState(FunctionInitializationContext context) {
		pending = new HashMap<>();
		committed = Map.of();
	}

	@Override
	public void open(OpenContext context) {
		Properties to = new Properties();
		to.setProperty("bootstrap.servers", bootstrap);
		admin = Admin.create(to);
	}

	@Override
	public Event map(Event event) {
		return event;
	}

	@Override
	public void snapshotState(FunctionSnapshotContext context) {
		Map<TopicPartition, OffsetAndMetadata> now = new HashMap<>();
		READ.get().forEach((partition, next) -> now.put(partition, new OffsetAndMetadata(next[0])));
		pending.put(context.getCheckpointId(), now);
	}

	@Override
	public void notifyCheckpointComplete(long checkpoint) {
		Map<TopicPartition, OffsetAndMetadata> complete = pending.get(checkpoint);
		pending.keySet().removeIf(id -> id <= checkpoint);
		if (complete == null || complete.isEmpty() || complete.equals(committed))
			return;
		admin.alterConsumerGroupOffsets(group, complete);
		committed = complete;
	}

	@Override
	public void close() {
		if (admin != null)
			admin.close();
	}
}
