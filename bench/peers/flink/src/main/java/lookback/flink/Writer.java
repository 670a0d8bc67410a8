// SPDX-License-Identifier: Apache-2.0
package lookback.flink;

import java.util.List;
import java.util.Optional;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Key and value as they are, to one topic; the sink asks for its name to find the transactions of a former life. */
final class Writer implements KafkaRecordSerializationSchema<Tuple2<byte[], byte[]>>, KafkaDatasetFacetProvider {
	private static final long serialVersionUID = 1;
	private final String topic;

	Writer(String topic) {
		this.topic = topic;
	}

	@Override
	public ProducerRecord<byte[], byte[]> serialize(Tuple2<byte[], byte[]> pair, KafkaSinkContext context, Long time) {
		return new ProducerRecord<>(topic, pair.f0, pair.f1);
	}

	@Override
	public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
		return Optional.of(new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
	}
}
