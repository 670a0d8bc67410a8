#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Publishes JSON lines to Kafka and reads topics back: for the demo, the tests, and anyone's terminal.

  kafka_tool.py produce ADDRESS clicks demo/clicks.jsonl    key tenant|user, where murmur2 puts it
  kafka_tool.py read ADDRESS attributed-conversions         committed records, a JSON object each
"""
import argparse
import json
import os
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "law"))
import avro_codec  # noqa: E402

CONTRACTS = {"clicks": "Click", "orders": "Order", "conversions": "Conversion", "attributed-conversions": "AttributedConversion",
             "attribution-credits": "CreditDelta", "export-results": "ExportResult", "report-snapshots": "ReportSnapshot",
             "ad-entities": "AdEntity", "roas": "RoasRow", "daily-sums": "DailySum", "connections": "Connection",
             "sync-status": "SyncStatus", "tenant-days": "TenantDay"}
READ_SECONDS = 60
UNSETTLED = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._TRANSPORT, KafkaError._TIMED_OUT,
             KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.NOT_COORDINATOR,
             KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError._WAIT_COORD}


class Record:
    """A committed record. `value` is bytes; `json` decodes it by the contract of its topic."""

    def __init__(self, message):
        self.topic, self.partition, self.offset = message.topic(), message.partition(), message.offset()
        self.key, self.value, self.timestamp = message.key(), message.value(), message.timestamp()[1]
        self.headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}

    @property
    def json(self):
        return decode(self.topic, self.value)


def decode(topic, value):
    """Avro (single-object framing) by the contract, or JSON."""
    if value is None:
        return None
    if value[:2] == b"\xc3\x01":
        for contract in CONTRACTS.values():
            if value[:10] == avro_codec.single_object_head(contract):
                return avro_codec.decode_single_object(contract, value)
        raise ValueError(f"{topic}: no contract has the fingerprint {value[2:10].hex()}")
    return json.loads(value)


def client(address, properties, **more):
    return {"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.max.ms": 500, **(properties or {}), **{k.replace("_", "."): v for k, v in more.items()}}


class Publisher:
    """A plain producer; `send` never loses a record without saying so."""

    def __init__(self, address, properties=None):
        self.failed = []
        self.producer = Producer({**client(address, properties), "partitioner": "murmur2_random", "enable.idempotence": True, "linger.ms": 5})

    def send(self, topic, key, value, **more):
        while True:
            try:
                self.producer.produce(topic, key=key, value=value, on_delivery=self.delivered, **more)
                break
            except BufferError:
                self.producer.poll(0.5)
        self.producer.poll(0)

    def delivered(self, error, message):
        if error is not None:
            self.failed.append(f"{message.topic()}: {error}")

    def flush(self):
        if self.producer.flush(READ_SECONDS) or self.failed:
            raise RuntimeError(f"not delivered: {self.failed[:3] or 'the broker does not answer'}")


def key_of(value):
    """tenant|user of a JSON record, as the shop's tracker would key it; a record that cannot be read goes without."""
    try:
        node = json.loads(value)
        return f"{node['tenant']}|{node['user']}".encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def produce_lines(address, topic, lines, properties=None):
    publisher = Publisher(address, properties)
    for line in lines:
        publisher.send(topic, key_of(line), line)
    publisher.flush()
    return len(lines)


def patiently(ask):
    """Asks again while a leader is being found: a new topic, a broker that came back."""
    deadline = time.monotonic() + READ_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as failed:
            if not failed.args[0].retriable() and failed.args[0].code() not in UNSETTLED or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def ends(address, topics, properties=None):
    """{(topic, partition): next offset of its end}"""
    consumer = Consumer(client(address, properties, group_id="kafka-tool"))
    try:
        found = {}
        for topic in topics:
            partitions = consumer.list_topics(topic, timeout=READ_SECONDS).topics[topic].partitions
            for p in partitions:
                where = TopicPartition(topic, p)
                found[(topic, p)] = patiently(lambda: consumer.get_watermark_offsets(where, timeout=READ_SECONDS))[1]
        return found
    finally:
        consumer.close()


def committed(address, group, partitions, properties=None):
    """{(topic, partition): (next offset, metadata)}; without a commit: (-1001, None)"""
    consumer = Consumer(client(address, properties, group_id=group))
    try:
        asked = [TopicPartition(topic, p) for topic, p in partitions]
        return {(t.topic, t.partition): t.offset for t in patiently(lambda: consumer.committed(asked, timeout=READ_SECONDS))}
    finally:
        consumer.close()


def read(address, topic, properties=None, isolation="read_committed", start=0):
    """All records of a topic from `start` up to its end (the last stable offset for read_committed), by partition and offset."""
    consumer = Consumer(client(address, properties, group_id="kafka-tool", enable_auto_commit=False, isolation_level=isolation,
                               enable_partition_eof=True, auto_offset_reset="earliest"))
    try:
        metadata = consumer.list_topics(topic, timeout=READ_SECONDS).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        consumer.assign([TopicPartition(topic, p, start) for p in metadata.partitions])
        waiting, records, deadline = set(metadata.partitions), [], time.monotonic() + READ_SECONDS
        while waiting:
            for message in consumer.consume(1000, 0.5):
                if message.error() is None:
                    records.append(Record(message))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    waiting.discard(message.partition())
                elif not message.error().retriable() and message.error().code() not in UNSETTLED:
                    raise KafkaException(message.error())
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic}: partitions {sorted(waiting)} did not end within {READ_SECONDS} s")
        return sorted(records, key=lambda r: (r.partition, r.offset))
    finally:
        consumer.close()


def cmd_produce(args):
    with open(args.file, "rb") as f:
        lines = [line.strip() for line in f if line.strip()]
    print(f"{produce_lines(args.address, args.topic, lines)} records to {args.topic}")


def cmd_read(args):
    for record in read(args.address, args.topic):
        try:
            value = record.json
        except ValueError:
            value = record.value.decode(errors="replace")
        print(json.dumps({"partition": record.partition, "offset": record.offset, "key": (record.key or b"").decode(errors="replace"),
                          **({"headers": record.headers} if record.headers else {}), "value": value}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    produce = commands.add_parser("produce", help="JSON lines to a topic")
    produce.add_argument("address")
    produce.add_argument("topic")
    produce.add_argument("file")
    produce.set_defaults(run=cmd_produce)
    reader = commands.add_parser("read", help="a topic's committed records")
    reader.add_argument("address")
    reader.add_argument("topic")
    reader.set_defaults(run=cmd_read)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
