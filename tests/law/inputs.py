# SPDX-License-Identifier: Apache-2.0
"""Input records: one line of JSON, or one Avro record, to a plain dict by the contract, with what is wrong about it."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import Any, Iterator

import xxhash

import avro_codec as avro

CONTRACTS = {"clicks": "Click", "orders": "Order", "conversions": "Conversion"}
MONEY_FIELDS = {"value", "refunded", "price"}
ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Number(str):
    """A JSON number, as its digits."""


class BadRecord(Exception):
    pass


@dataclass(frozen=True)
class Problem:
    reason: str
    path: str


@dataclass
class Input:
    """One record of an input, at its place in the arrival order: a line, or an offset."""
    topic: str
    line: int
    value: dict
    problems: list[Problem] = field(default_factory=list)
    kafka_timestamp: int | None = None
    key: bytes | None = None  # None: there are no keys, as in files

    @cached_property
    def fingerprint(self) -> int:
        data = avro.encode(avro.load(CONTRACTS[self.topic]), self.value)
        number = xxhash.xxh64_intdigest(data, seed=0)
        return number - (1 << 64) if number >> 63 else number

    @property
    def owner(self) -> tuple[str, str]:
        return self.value["tenant"], self.value["user"]

    @property
    def key_fits(self) -> bool:
        return self.key is None or self.key == "|".join(self.owner).encode()


def parse_iso(text: str) -> int | None:
    """Milliseconds, cut; None if it is not ISO 8601 with a zone."""
    found = ISO.fullmatch(text)
    if not found:
        return None
    try:
        at = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    except ValueError:
        return None
    seconds = (at - EPOCH).days * 86_400 + (at - EPOCH).seconds
    return seconds * 1000 + int((found[2] or "0")[:3].ljust(3, "0"))


class Normaliser:
    """Walks a JSON value along the contract; collects what later checks have to judge."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, reason: str, path: str) -> None:
        self.problems.append(Problem(reason, path))

    def record(self, kind: avro.Record, node: dict, path: str = "") -> dict:
        if not isinstance(node, dict):
            raise BadRecord(f"{path} is no object")
        return {f.name: self.field(f, node.get(f.name), f"{path}{f.name}") for f in kind.fields}

    def field(self, f: avro.Field, node: Any, path: str) -> Any:
        if isinstance(f.type, avro.Union):
            return None if node is None or node == "" else self.value(f.type.optional, node, path)
        if node is None or node == "":
            return self.absent(f, path)
        return self.value(f.type, node, path)

    def absent(self, f: avro.Field, path: str) -> Any:
        if not f.has_default:
            self.report("missing_field", path)
            return None
        return json.loads(json.dumps(f.default))

    def value(self, kind: Any, node: Any, path: str) -> Any:
        match kind:
            case avro.Record():
                return self.record(kind, node, path + ".")
            case avro.Array():
                return [self.value(kind.items, item, f"{path}[{i}]") for i, item in enumerate(node)]
            case avro.Map():
                return {key: self.text(item, path) for key, item in node.items()}
            case avro.Enum():
                return self.enum(kind, node, path)
        return self.primitive(kind, node, path)

    def enum(self, kind: avro.Enum, node: Any, path: str) -> str | None:
        if node in kind.symbols:
            return node
        self.report("bad_enum", path)
        return None

    def primitive(self, kind: avro.Primitive, node: Any, path: str) -> Any:
        if kind.logical == "timestamp-millis":
            return self.time(node, path)
        if kind.kind == "string":
            return self.text(node, path)
        if kind.kind == "boolean" and isinstance(node, bool):
            return node
        if kind.kind in ("int", "long") and isinstance(node, Number):
            return int(node)
        raise BadRecord(f"{path} is no {kind.kind}")

    def time(self, node: Any, path: str) -> int | None:
        if isinstance(node, Number):
            found = int(node) if re.fullmatch(r"-?\d+", node, re.ASCII) else None
        else:
            found = parse_iso(node) if isinstance(node, str) else None
        if found is None:
            self.report("bad_time", path)
        return found

    def text(self, node: Any, path: str) -> str:
        if isinstance(node, Number) and path.split(".")[-1] not in MONEY_FIELDS:
            raise BadRecord(f"{path} is a number where text belongs")
        if not isinstance(node, str):
            raise BadRecord(f"{path} is no text")
        return str(node)


def no_constant(name: str) -> None:
    raise BadRecord(f"{name} is not JSON")


def parse_json(raw: bytes) -> dict:
    try:
        node = json.loads(raw.decode(), parse_int=Number, parse_float=Number, parse_constant=no_constant)
    except ValueError as error:
        raise BadRecord(str(error)) from error
    if not isinstance(node, dict):
        raise BadRecord("not an object")
    return node


def read_json(topic: str, line: int, raw: bytes) -> Input:
    """A line of a file, which may say its kafka_timestamp. Raises BadRecord if it does not decode."""
    normaliser, node = Normaliser(), parse_json(raw)
    value, stamp = normaliser.record(avro.load(CONTRACTS[topic]), node), node.get("kafka_timestamp")
    return Input(topic, line, value, normaliser.problems, None if stamp is None else int(stamp))


def empty_texts(kind: Any, value: Any, path: str = "") -> Iterator[str]:
    """Required texts that say nothing."""
    match kind:
        case avro.Record():
            for f in kind.fields:
                if not f.has_default or not isinstance(f.type, avro.Primitive):
                    yield from empty_texts(f.type, value[f.name], f"{path}.{f.name}".lstrip("."))
        case avro.Array():
            for item in value:
                yield from empty_texts(kind.items, item, path)
        case avro.Primitive(kind="string") if value == "":
            yield path


def read_avro(topic: str, line: int, raw: bytes) -> Input:
    try:
        value = avro.decode_single_object(CONTRACTS[topic], raw)
    except (ValueError, IndexError) as error:
        raise BadRecord(str(error)) from error
    problems = [Problem("missing_field", path) for path in empty_texts(avro.load(CONTRACTS[topic]), value)]
    return Input(topic, line, value, problems)
