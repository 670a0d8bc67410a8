# SPDX-License-Identifier: Apache-2.0
"""The broker's side of a benchmark: topics to write to, how far a group has come, what lies on the broker's disk."""
import os
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic


class Logs:
    def __init__(self, broker):
        self.bootstrap, self.directory = broker.bootstrap, os.path.join(broker.directory, "n1", "data")
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def topics(self):
        return set(self.admin.list_topics(timeout=10).topics)

    def create(self, names, partitions):
        made = self.admin.create_topics([NewTopic(name, partitions, 1, config={"retention.ms": "-1"}) for name in names])
        for future in made.values():
            future.result(30)

    def delete(self, names):
        """And waits until they are gone, so that one of the same name can be made."""
        there = sorted(self.topics() & set(names))
        if not there:
            return
        for future in self.admin.delete_topics(there).values():
            future.result(30)
        while self.topics() & set(there):
            time.sleep(0.1)

    def bytes_of(self, topic):
        """As sent: compressed."""
        total = 0
        for folder in os.listdir(self.directory):
            if folder.rsplit("-", 1)[0] == topic:
                at = os.path.join(self.directory, folder)
                total += sum(os.path.getsize(os.path.join(at, name)) for name in os.listdir(at) if name.endswith(".log"))
        return total


    def wait_quiet(self, topic, seconds):
        """Until nothing has been written to it for so long."""
        reader = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "bench-quiet", "log_level": 0})
        partitions = [TopicPartition(topic, p) for p in reader.list_topics(topic, timeout=10).topics[topic].partitions]
        ends, since = None, time.monotonic()
        while time.monotonic() - since < seconds:
            now = [reader.get_watermark_offsets(t, timeout=10)[1] for t in partitions]
            if now != ends:
                ends, since = now, time.monotonic()
            time.sleep(0.1)
        reader.close()


class Progress:
    """Of one consumer group over input topics that nobody writes to any more."""

    def __init__(self, logs, group, topics):
        self.consumer = Consumer({"bootstrap.servers": logs.bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0})
        known = self.consumer.list_topics(timeout=10).topics
        self.partitions = [TopicPartition(name, p) for name in topics for p in known[name].partitions]
        self.ends = {(t.topic, t.partition): self.consumer.get_watermark_offsets(t, timeout=10)[1] for t in self.partitions}

    def left(self):
        """Records that the group has not committed."""
        return sum(self.ends[t.topic, t.partition] - max(t.offset, 0) for t in self.consumer.committed(self.partitions, timeout=30))

    def close(self):
        self.consumer.close()
