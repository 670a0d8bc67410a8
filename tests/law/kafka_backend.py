# SPDX-License-Identifier: Apache-2.0
"""Runs a case through a real broker: published to topics of its own, processed by `lookback run attribution`, read back committed.

The processes may be killed and started again on the way, with or without their state.
"""
from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Iterator

from confluent_kafka import KafkaException

import avro_codec as avro
from check import Failure
from generate import TOPICS, Case
from inputs import CONTRACTS, BadRecord, read_json
from topic_law import verify_topics

SUPPORT = Path(__file__).resolve().parents[1] / "support"


@dataclass
class Message:
    topic: str
    key: bytes | None
    value: bytes
    timestamp: int | None


@dataclass
class Plan:
    """How a case runs on a broker; a function of its seed."""
    rng: Random
    avro_topics: set[str]
    partitions: int
    workers: int
    rounds: int
    lose_disk: bool


def plan_of(case: Case) -> Plan:
    rng = Random(case.seed)
    avro_topics = {topic for topic in TOPICS if rng.random() < 0.5}
    return Plan(rng, avro_topics, rng.choice([1, 3]), rng.choice([1, 2]), rng.choice([1, 1, 2, 3]), "--lose-disk" in case.options)


def message_of(topic: str, line: bytes, plan: Plan) -> Message:
    """A line as its record would be published; what cannot be Avro stays as it is, to be refused."""
    try:
        record = read_json(topic, 0, line)
    except BadRecord:
        return Message(topic, b"any", line, None)
    owner = record.value.get("tenant") or "", record.value.get("user") or ""
    key = "|".join(owner).encode() if plan.rng.random() > 0.01 else b"someone|else"
    if topic in plan.avro_topics and not record.problems:
        line = avro.encode_single_object(CONTRACTS[topic], record.value)
    return Message(topic, key, line, record.kafka_timestamp)


def messages_of(case: Case, plan: Plan) -> list[Message]:
    """All inputs, merged at random."""
    order = [topic for topic in TOPICS for _ in case.lines[topic]]
    plan.rng.shuffle(order)
    heads: dict[str, Iterator[bytes]] = {topic: iter(case.lines[topic]) for topic in TOPICS}
    return [message_of(topic, next(heads[topic]), plan) for topic in order]


def is_settled(place) -> bool:
    try:
        return not place.behind()
    except KafkaException:  # topics are young: their leaders are still being told
        return False


class KafkaBackend:
    """A broker, given or started here, and a place on it for each case."""

    def __init__(self, program: str, address: str = "") -> None:
        os.environ["LOOKBACK"] = program
        sys.path.insert(0, str(SUPPORT))
        import harness
        self.harness, self.address = harness, address
        self.scratch = tempfile.mkdtemp(prefix="law-broker-")
        self.broker = None

    def __enter__(self) -> "KafkaBackend":
        if self.address:
            self.broker = type("Given", (), {"address": self.address, "about": {"nodes": 1}})()
        else:
            self.broker = self.harness.Broker(os.path.join(self.scratch, "kafka"), "--nodes", 1)
        return self

    def __exit__(self, *_: object) -> None:
        if not self.address and self.broker:
            self.broker.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def place(self, case: Case, plan: Plan, folder: Path):
        place = self.harness.Place(self.broker, str(folder), case.seed)
        rules = case.config["attribution"] | {"workers": plan.workers, "commit_interval": "50ms", "failure_budget": "100%"}
        place.settings |= {"keep_query": case.config["keep_query"], "tenants": case.config["tenants"], "attribution": rules}
        place.settings["format"] = {topic: "avro" if topic in plan.avro_topics else "json" for topic in TOPICS}
        place.settings["topic_defaults"]["partitions"] = plan.partitions
        return place

    def publish(self, place, messages: list[Message]) -> None:
        place.publish("clicks", [])
        for message in messages:
            stamp = {} if message.timestamp is None else {"timestamp": message.timestamp}
            place.publisher.send(place.topic(message.topic), message.key, message.value, **stamp)
        place.publisher.flush()

    def process(self, place, plan: Plan, messages: list[Message]) -> None:
        """In rounds: publish a part; all but the last are cut short by a kill."""
        part = -(-len(messages) // plan.rounds)
        for i in range(plan.rounds):
            process = place.start("a")
            self.publish(place, messages[i * part:(i + 1) * part])
            if i < plan.rounds - 1:
                self.harness.wait_for("any commit", lambda: process.ready, 60)
                process.kill()
                if plan.lose_disk:
                    shutil.rmtree(place.state_dir("a"), ignore_errors=True)
        self.settle(place, process)
        process.stop()

    def settle(self, place, process) -> None:
        """Until all is processed, or the process gave up."""
        self.harness.wait_for(lambda: f"the inputs to be processed{process.tail()}", lambda: not process.alive or is_settled(place), 90, 0.25)
        self.harness.check(process.alive, f"{process.name} ended with {process.process.poll()}{process.tail(3)}")

    def judge(self, case: Case, folder: Path, fingerprints: bool) -> list[Failure]:
        plan = plan_of(case)
        folder.mkdir(parents=True, exist_ok=True)
        case.write(folder)
        place = self.place(case, plan, folder)
        try:
            place.create_topics()
            self.process(place, plan, messages_of(case, plan))
            return verify_topics(json.dumps(place.settings), place.topic, place.read, fingerprints)
        except self.harness.Failed as failed:
            return [Failure("the program failed", "", str(failed))]
        except Exception:  # Kafka's own do not travel between processes
            return [Failure("the harness failed", "", traceback.format_exc())]
        finally:
            place.close()
