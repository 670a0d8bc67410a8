# SPDX-License-Identifier: Apache-2.0
"""Avro from the schema files alone: encoding, decoding, and the fingerprint of single-object framing."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "avro"
PRIMITIVES = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}


@dataclass
class Primitive:
    kind: str
    logical: str | None = None


@dataclass
class Enum:
    name: str
    symbols: list[str]


@dataclass
class Array:
    items: Any


@dataclass
class Map:
    values: Any


@dataclass
class Union:
    branches: list[Any]

    @property
    def optional(self) -> Any:
        """The T of ["null", T]."""
        return self.branches[1]


@dataclass
class Field:
    name: str
    type: Any
    has_default: bool
    default: Any


@dataclass
class Record:
    name: str
    fields: list[Field] = field(default_factory=list)

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)


def full_name(name: str, namespace: str | None) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


class Parser:
    """Schema text to types; named types may be used again by name."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}

    def parse(self, node: Any, namespace: str | None = None) -> Any:
        if isinstance(node, list):
            return Union([self.parse(branch, namespace) for branch in node])
        if isinstance(node, str):
            return Primitive(node) if node in PRIMITIVES else self.named[full_name(node, namespace)]
        return self.parse_object(node, namespace)

    def parse_object(self, node: dict, namespace: str | None) -> Any:
        kind = node["type"]
        if kind == "array":
            return Array(self.parse(node["items"], namespace))
        if kind == "map":
            return Map(self.parse(node["values"], namespace))
        if kind in ("record", "enum"):
            return self.parse_named(node, namespace)
        if isinstance(kind, str) and kind in PRIMITIVES:
            return Primitive(kind, node.get("logicalType"))
        return self.parse(kind, namespace)

    def parse_named(self, node: dict, namespace: str | None) -> Any:
        namespace = node.get("namespace", namespace)
        name = full_name(node["name"], namespace)
        made = Enum(name, node["symbols"]) if node["type"] == "enum" else Record(name)
        self.named[name] = made
        for f in node.get("fields", []):
            kind = self.parse(f["type"], namespace)
            made.fields.append(Field(f["name"], kind, "default" in f, f.get("default")))
        return made


def schema_file(name: str, folder: Path = SCHEMAS) -> Path:
    """The file whose top record has this name, however the file is spelt."""
    for path in sorted(folder.glob("*.avsc")):
        if json.loads(path.read_text())["name"].split(".")[-1] == name:
            return path
    raise FileNotFoundError(f"no .avsc in {folder} defines the record {name}")


@cache
def schema_text(name: str) -> str:
    return schema_file(name).read_text()


@cache
def load(name: str) -> Record:
    return Parser().parse(json.loads(schema_text(name)))


def zigzag(number: int) -> bytes:
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode_text(text: str) -> bytes:
    data = text.encode()
    return zigzag(len(data)) + data


def encode_primitive(kind: str, value: Any) -> bytes:
    if kind == "null":
        return b""
    if kind == "boolean":
        return b"\1" if value else b"\0"
    if kind in ("int", "long"):
        return zigzag(value)
    if kind == "string":
        return encode_text(value)
    raise ValueError(f"no contract uses {kind}")


def blocks(entries: list[bytes]) -> bytes:
    """One block that holds all, then the empty block that ends every array and map."""
    return (zigzag(len(entries)) + b"".join(entries) if entries else b"") + b"\0"


def encode(kind: Any, value: Any) -> bytes:
    match kind:
        case Primitive():
            return encode_primitive(kind.kind, value)
        case Enum():
            return zigzag(kind.symbols.index(value))
        case Union():
            return b"\0" if value is None else b"\2" + encode(kind.optional, value)
        case Array():
            return blocks([encode(kind.items, item) for item in value])
        case Map():
            keys = sorted(value, key=str.encode)
            return blocks([encode_text(key) + encode(kind.values, value[key]) for key in keys])
        case Record():
            return b"".join(encode(f.type, value[f.name]) for f in kind.fields)
    raise ValueError(f"not a schema type: {kind}")


class Reader:
    """Decodes one record by the schema it was written with."""

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data, self.pos = data, pos

    def take(self, size: int) -> bytes:
        if size < 0 or self.pos + size > len(self.data):
            raise ValueError("record ends early")
        self.pos += size
        return self.data[self.pos - size:self.pos]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def counts(self):
        while (count := self.number()) != 0:
            if count < 0:
                self.number()
            yield from range(abs(count))

    def primitive(self, kind: str) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return self.take(1) == b"\1"
        return self.take(self.number()).decode() if kind == "string" else self.number()

    def read(self, kind: Any) -> Any:
        match kind:
            case Primitive():
                return self.primitive(kind.kind)
            case Enum():
                return kind.symbols[self.number()]
            case Union():
                return self.read(kind.branches[self.number()])
            case Array():
                return [self.read(kind.items) for _ in self.counts()]
            case Map():
                return {self.primitive("string"): self.read(kind.values) for _ in self.counts()}
            case Record():
                return {f.name: self.read(f.type) for f in kind.fields}
        raise ValueError(f"not a schema type: {kind}")


def canonical(node: Any, namespace: str | None = None) -> str:
    """Parsing Canonical Form."""
    if isinstance(node, list):
        return "[" + ",".join(canonical(branch, namespace) for branch in node) + "]"
    if isinstance(node, str):
        return json.dumps(node if node in PRIMITIVES else full_name(node, namespace))
    if node["type"] in ("record", "enum"):
        return canonical_named(node, node.get("namespace", namespace))
    for part in ("items", "values"):
        if part in node:
            return f'{{"type":"{node["type"]}","{part}":{canonical(node[part], namespace)}}}'
    return canonical(node["type"], namespace)


def canonical_named(node: dict, namespace: str | None) -> str:
    head = f'{{"name":{json.dumps(full_name(node["name"], namespace))},"type":"{node["type"]}"'
    if node["type"] == "enum":
        return head + ',"symbols":' + json.dumps(node["symbols"], separators=(",", ":")) + "}"
    fields = [f'{{"name":"{f["name"]}","type":{canonical(f["type"], namespace)}}}' for f in node["fields"]]
    return head + ',"fields":[' + ",".join(fields) + "]}"


CRC_EMPTY = 0xC15D213AA4D7A795


def crc64_avro(data: bytes) -> int:
    crc = CRC_EMPTY
    for byte in data:
        entry = (crc ^ byte) & 0xFF
        for _ in range(8):
            entry = (entry >> 1) ^ (CRC_EMPTY if entry & 1 else 0)
        crc = (crc >> 8) ^ entry
    return crc


@cache
def single_object_head(name: str) -> bytes:
    crc = crc64_avro(canonical(json.loads(schema_text(name))).encode())
    return b"\xc3\x01" + crc.to_bytes(8, "little")


def encode_single_object(name: str, value: dict) -> bytes:
    return single_object_head(name) + encode(load(name), value)


def decode_single_object(name: str, data: bytes) -> dict:
    if data[:10] != single_object_head(name):
        raise ValueError(f"not a single-object encoding of {name}: {data[:10].hex()}")
    return Reader(data, 10).read(load(name))
