# SPDX-License-Identifier: Apache-2.0
"""The law over topics: partitions are shards of their own, late records are judged by the largest possible horizon, and faults are seen."""
from __future__ import annotations

import json
import sys
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import avro_codec  # noqa: E402
from accept import DeadLetter  # noqa: E402
from fake import Fake  # noqa: E402
from generate import TOPICS, make_case  # noqa: E402
from inputs import CONTRACTS, BadRecord, read_json  # noqa: E402
from settings import read_config  # noqa: E402
from topic_law import Arrival, Shard, verify  # noqa: E402

PARTITIONS = 3
NOW = 2_000_000_000_000


def arrival(topic: str, line: bytes, offset: int, as_avro: bool) -> Arrival:
    try:
        record = read_json(topic, 0, line)
    except BadRecord:
        return Arrival(topic, 0, offset, b"any", line, NOW)
    key = f"{record.value['tenant']}|{record.value['user']}".encode()
    value = line if record.problems or not as_avro else avro_codec.encode_single_object(CONTRACTS[topic], record.value)
    return Arrival(topic, zlib.crc32(key) % PARTITIONS, offset, key, value, record.kafka_timestamp or NOW)


def arrivals_of(seed: int) -> tuple[str, list[Arrival]]:
    case = make_case(seed)
    case.config["format"] = dict.fromkeys(TOPICS, "avro" if seed % 2 == 0 else "json")
    return case.config_text, [arrival(t, line, i, seed % 2 == 0) for t in TOPICS for i, line in enumerate(case.lines[t])]


def run_shards(config_text: str, arrivals: list[Arrival]) -> tuple[list[dict], list[dict], list[dict]]:
    """What a program would publish that never refuses by the horizon."""
    fake, letters = Fake(), []
    for partition in range(PARTITIONS):
        intake = Shard([a for a in arrivals if a.partition == partition]).intake(read_config(config_text), None)
        fake.commit(intake)
        letters += [letter(partition, d) for d in intake.dead_letters]
    return fake.observed.outputs, fake.observed.deltas, letters


def letter(partition: int, d: DeadLetter) -> dict:
    return {"topic": d.topic, "partition": partition, "offset": d.line, "reason": d.reason}


class TopicLaw(unittest.TestCase):
    def test_partitions_are_shards_of_their_own(self) -> None:
        for seed in range(40):
            config, arrivals = arrivals_of(seed)
            self.assertEqual(verify(config, arrivals, *run_shards(config, arrivals)), [])

    def test_a_lost_output_and_a_wrong_reason_are_seen(self) -> None:
        seen = set()
        for seed in range(8):  # some outputs of some cases are not judged: the horizon may have passed them
            config, arrivals = arrivals_of(seed)
            outputs, deltas, _ = run_shards(config, arrivals)
            kinds = {f.kind for f in verify(config, arrivals, outputs[1:], deltas, [])}
            self.assertIn("missing dead letter", kinds)
            seen |= kinds
        self.assertIn("missing output", seen)

    def test_a_record_without_its_key_is_a_mismatch(self) -> None:
        line = b'{"tenant":"s","user":"u","event_time":1,"ttclid":"a"}'
        for key, expected in [(b"s|u", []), (b"s|v", ["key_mismatch"]), (None, ["key_mismatch"])]:
            intake = Shard([Arrival("clicks", 0, 0, key, line, NOW)]).intake(read_config(CONFIG), None)
            self.assertEqual([d.reason for d in intake.dead_letters], expected)


CONFIG = json.dumps({"format": dict.fromkeys(TOPICS, "json"), "attribution": {"allowed_lateness": "10ms"}, "tenants": [
    {"id": "s", "max_lookback": "5ms", "goals": [{"name": "g", "source": "orders", "event": "P", "lookback": "5ms"}]}]})


def order_at(placed: int) -> bytes:
    return json.dumps({"tenant": "s", "user": "u", "order_id": "o", "status": "placed", "status_time": placed, "placed_at": placed,
                       "value": "1", "currency": "USD"}).encode()


class Horizon(unittest.TestCase):
    """Clicks up to 100, L = 10: the horizon was at most 90, so an order is too late for sure never, and perhaps before 80."""

    def failures(self, placed: int, refused: bool) -> list[str]:
        click = Arrival("clicks", 0, 0, b"s|u", b'{"tenant":"s","user":"u","event_time":100,"ttclid":"a"}', NOW)
        order = Arrival("orders", 0, 0, b"s|u", order_at(placed), NOW)
        outputs, deltas, letters = run_shards(CONFIG, [click, order])
        if refused:
            outputs, deltas, letters = [], [], [{"topic": "orders", "partition": 0, "offset": 0, "reason": "too_late"}]
        return [f.kind for f in verify(CONFIG, [click, order], outputs, deltas, letters)]

    def test_refusing_is_allowed_below_the_largest_horizon_less_lateness(self) -> None:
        self.assertEqual(self.failures(79, refused=True), [])
        self.assertEqual(self.failures(79, refused=False), [])

    def test_refusing_above_it_is_wrong(self) -> None:
        self.assertEqual(self.failures(80, refused=False), [])
        self.assertEqual(sorted(self.failures(80, refused=True)), ["dead letter out of nowhere", "missing output"])


if __name__ == "__main__":
    unittest.main()
