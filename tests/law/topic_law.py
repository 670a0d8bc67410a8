# SPDX-License-Identifier: Apache-2.0
"""The law over topics: everything that was published to the inputs against everything that was committed to the outputs.

For tests that break things: `verify` takes plain records, `verify_topics` reads them from a broker. Inputs may have any number of
partitions; each is a shard, with stream times of its own. Avro is that of single-object framing, without a registry.
"""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Callable, Iterable

from accept import STREAM_TIME, Conversion, DeadLetter, Intake
from check import Failure, Observed, Options, check_law
from inputs import BadRecord, Input, read_avro, read_json
from oracle import Prediction, attribute
from settings import Config, read_config


@dataclass(frozen=True)
class Arrival:
    """A record of an input topic; `topic` is clicks, orders or conversions, whatever the topic is called."""
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int

    def read(self, as_json: bool) -> Input:
        if self.value is None:
            raise BadRecord("no value")
        read = read_json if as_json else read_avro
        record = read(self.topic, self.offset, self.value)
        record.key, record.kafka_timestamp = self.key or b"", self.timestamp
        return record


@dataclass
class Shard:
    """What one partition of the inputs held, and which of it was refused as late."""
    arrivals: list[Arrival] = field(default_factory=list)
    late: set[tuple[str, int]] = field(default_factory=set)

    def intake(self, config: Config, limit: int | None) -> Intake:
        intake = Intake(config, limit, self.late)
        for arrival in sorted(self.arrivals, key=lambda a: (a.topic, a.offset)):
            intake.take_bytes(arrival.topic, arrival.offset, arrival.value, partial(arrival.read, arrival.topic in config.json_topics))
        return intake

    def horizon_limit(self, config: Config) -> int | None:
        """No horizon was ever larger: an input read to its end counts as the largest stream time - L."""
        stream = self.intake(config, None).stream
        used = [stream[topic] for topic in STREAM_TIME if topic == "clicks" or config.uses(topic)]
        known = [time for time in used if time is not None]
        return max(known) - config.lateness if known else None


def shards_of(arrivals: Iterable[Arrival], dead_letters: Iterable[dict]) -> dict[int, Shard]:
    shards: dict[int, Shard] = defaultdict(Shard)
    for arrival in arrivals:
        shards[arrival.partition].arrivals.append(arrival)
    for letter in dead_letters:
        if letter["reason"] == "too_late":
            shards[letter["partition"]].late.add((letter["topic"], letter["offset"]))
    return shards


def predict_arrivals(config: Config, arrivals: Iterable[Arrival], dead_letters: Iterable[dict]) -> Prediction:
    outputs: dict[Conversion, dict] = {}
    letters: list[DeadLetter] = []
    unjudged: set[tuple[str, str, str]] = set()
    frozen: set[Conversion] = set()
    for partition, shard in shards_of(arrivals, dead_letters).items():
        limit = shard.horizon_limit(config)
        intake = shard.intake(config, limit)
        found = attribute(config, intake.accepted)
        outputs |= found
        frozen |= {key for key, output in found.items() if limit is not None and output["conversion_time"] < limit - config.lateness}
        letters += [DeadLetter(f"{d.topic}[{partition}]", d.line, d.reasons) for d in intake.dead_letters]
        unjudged |= intake.accepted.unjudged
    return Prediction(outputs, letters, unjudged, frozen)


def verify(config_text: str, arrivals: list[Arrival], outputs: list[dict], deltas: list[dict], dead_letters: list[dict],
           fingerprints: bool = False) -> list[Failure]:
    """`outputs` in order per key, `dead_letters` as {topic, partition, offset, reason} with the input's own name as topic."""
    prediction = predict_arrivals(read_config(config_text), arrivals, dead_letters)
    letters = [{"topic": f"{d['topic']}[{d['partition']}]", "line": d["offset"], "reason": d["reason"]} for d in dead_letters]
    return check_law(prediction, Observed(outputs, deltas, letters), Options(fingerprints, prediction.unjudged, prediction.frozen))


def dead_letter_of(headers: dict[str, str], names: dict[str, str]) -> dict:
    """A dead letter from its headers; `names` gives an input's own name for each topic."""
    return {"topic": names[headers["__connect.errors.topic"]], "partition": int(headers["__connect.errors.partition"]),
            "offset": int(headers["__connect.errors.offset"]), "reason": headers["lookback.reason"]}


def verify_topics(config_text: str, topic: Callable[[str], str], read: Callable[[str], list], fingerprints: bool = False) -> list[Failure]:
    """`topic` gives the real name of a topic, `read` all its committed records (key, value, headers, timestamp, json) by its own name."""
    arrivals = [Arrival(name, r.partition, r.offset, r.key, r.value, r.timestamp) for name in STREAM_TIME for r in read(name)]
    names = {topic(name): name for name in STREAM_TIME}
    letters = [dead_letter_of(r.headers, names) for r in read("dead-letters")]
    outputs = [r.json for r in read("attributed-conversions")]
    return verify(config_text, arrivals, outputs, [r.json for r in read("attribution-credits")], letters, fingerprints)
