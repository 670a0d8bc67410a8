# SPDX-License-Identifier: Apache-2.0
"""Ways in which a record can be wrong. Each takes the record's dict and changes it, or gives the raw line itself."""
from __future__ import annotations

import json
from random import Random

from gen_records import RawNumber

TIMES = {"clicks": ["event_time"], "orders": ["status_time", "placed_at"], "conversions": ["event_time"]}
REQUIRED = {"clicks": ["tenant", "user"], "orders": ["tenant", "user", "order_id", "status", "value", "currency"],
            "conversions": ["tenant", "user", "conversion_id", "event"]}
BAD_MONEY = ["-1", "1e3", "1.", ".5", "1,5", "abc", "+1", " 1", "1234567890123", "0.00001", RawNumber("-1"), RawNumber("1e3")]
BAD_TIMES = ["yesterday", "2026-03-01T10:00:00", "2026-13-01T10:00:00Z", RawNumber("1.5"), "2026-03-01"]


def encode(record: dict, escaped: bool = False) -> bytes:
    """JSON, with raw numbers as they are spelt; `escaped`: ASCII only."""
    marks: list[str] = []

    def mark(node):
        if isinstance(node, RawNumber):
            marks.append(str(node))
            return f"\x00{len(marks) - 1}\x00"
        if isinstance(node, dict):
            return {key: mark(value) for key, value in node.items()}
        return [mark(item) for item in node] if isinstance(node, list) else node

    text = json.dumps(mark(record), ensure_ascii=escaped)
    for i, digits in enumerate(marks):
        text = text.replace(f'"\\u0000{i}\\u0000"', digits)
    return text.encode()


def owner_or_time_missing(rng: Random, topic: str, record: dict) -> None:
    name = rng.choice(["tenant", "user", *TIMES[topic]])
    record[name] = ""
    if rng.random() < 0.5:
        del record[name]


def required_missing(rng: Random, topic: str, record: dict) -> None:
    record[rng.choice(REQUIRED[topic])] = rng.choice([None, ""])


def bad_time(rng: Random, topic: str, record: dict) -> None:
    if topic != "clicks" and rng.random() < 0.4:
        record.setdefault("context", {})["ttclid_time"] = rng.choice(BAD_TIMES)
    else:
        record[rng.choice(TIMES[topic])] = rng.choice(BAD_TIMES)


def bad_enum(rng: Random, topic: str, record: dict) -> None:
    if topic == "clicks":
        record["consent"] = "maybe"
    elif topic == "orders" and rng.random() < 0.5:
        record["status"] = rng.choice(["lost", "PLACED"])
    else:
        record.setdefault("context", {})[rng.choice(["consent", "event_source"])] = "tv"


def bad_money(rng: Random, topic: str, record: dict) -> None:
    if topic == "clicks":
        return
    place = rng.choice(["value", "refunded", "price"] if topic == "orders" else ["value", "price"])
    if place == "price":
        record["items"] = [{"id": "p1", "price": rng.choice(["free", "-1", "1."])}]
    else:
        record[place] = rng.choice(BAD_MONEY)


def bad_currency(rng: Random, topic: str, record: dict) -> None:
    if topic != "clicks":
        record["currency"] = rng.choice(["XQZ", "usd", "US", "USDT", "$"])


def no_currency(rng: Random, topic: str, record: dict) -> None:
    if topic == "conversions":
        record.pop("currency", None)
        record["value"] = "1"


def item_without_id(rng: Random, topic: str, record: dict) -> None:
    if topic != "clicks":
        record["items"] = [{"name": "nameless"}]


def long_user(rng: Random, topic: str, record: dict) -> None:
    record["user"] = rng.choice(["ü" * 256, "u" * 513, "ü" * 257])


def unknown_tenant(rng: Random, topic: str, record: dict) -> None:
    record["tenant"] = "nobody"


def from_the_future(rng: Random, topic: str, record: dict) -> None:
    """At the allowed edge or just beyond, by either limit that cases use."""
    times = [record[name] for name in TIMES[topic] if isinstance(record.get(name), int)]
    if times:
        record["kafka_timestamp"] = max(times) - rng.choice([1, 2, 600_000, 600_001, -5])


def unknown_field(rng: Random, topic: str, record: dict) -> None:
    record["zz_unknown"] = rng.choice([1, "x", None, {"a": [1, 2]}])


def far_in_time(rng: Random, topic: str, record: dict) -> None:
    """A clock that is wrong by days: the stream time jumps, or the record is late."""
    name = TIMES[topic][0]
    if isinstance(record.get(name), int) and rng.random() < 0.3:
        record[name] += rng.choice([-1, 1]) * rng.choice([86_400_000, 100 * 86_400_000, 7_200_000])


FAULTS = [owner_or_time_missing, required_missing, bad_time, bad_enum, bad_money, bad_money, bad_currency, no_currency, item_without_id,
          long_user, unknown_tenant, from_the_future, from_the_future, unknown_field, far_in_time]


def broken_line(rng: Random, line: bytes) -> bytes:
    broken = rng.choice([line[:-1], b"[]", b"nonsense", b'"text"', line[:-1] + b',"zz":"\xff"}', line + b"}", b"{"])
    return broken


def too_large(line: bytes) -> bytes:
    return line[:-1] + b',"zz_padding":"' + b"x" * 263_000 + b'"}'


def spoil(rng: Random, topic: str, record: dict, chance: float) -> bytes:
    """The record's line; with some chance something is wrong with it, seldom two things."""
    while rng.random() < chance:
        rng.choice(FAULTS)(rng, topic, record)
    line = encode(record, rng.random() < 0.1)
    if rng.random() < chance / 8:
        return broken_line(rng, line)
    return too_large(line) if rng.random() < chance / 60 else line
