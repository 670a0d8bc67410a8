# SPDX-License-Identifier: Apache-2.0
"""The part of the configuration that the rules read."""
from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
SIZES = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def duration(text: str) -> int:
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if not found:
        raise ValueError(f"not a duration: {text}")
    return int(found[1]) * UNITS[found[2]]


def size(text: str | int) -> int:
    found = re.fullmatch(r"(\d+)(|KiB|MiB|GiB)", str(text))
    if not found:
        raise ValueError(f"not a size: {text}")
    return int(found[1]) * SIZES[found[2]]


@dataclass(frozen=True)
class Goal:
    name: str
    source: str
    event: str
    value_property: str | None
    value_basis: str
    lookback: int
    model: str
    participation_group: str
    half_life: int
    weights: tuple[int, int, int]
    only_first: bool
    first_scope: int | None
    where: dict[str, tuple[str, ...]]
    channels: frozenset[str]
    export: str
    max_touchpoints: int


@dataclass(frozen=True)
class Tenant:
    id: str
    max_lookback: int
    goals: tuple[Goal, ...]

    def goal(self, name: str) -> Goal:
        return next(g for g in self.goals if g.name == name)


@dataclass(frozen=True)
class Config:
    lateness: int
    max_future: int
    order_lifetime: int
    max_record: int
    keep_query: bool
    tenants: dict[str, Tenant] = field(default_factory=dict)
    json_topics: frozenset[str] = frozenset()

    def uses(self, source: str) -> bool:
        return any(g.source == source for t in self.tenants.values() for g in t.goals)


def read_goal(node: dict) -> Goal:
    scope = node.get("first_scope", "lifetime")
    return Goal(
        name=node["name"], source=node["source"], event=node.get("event", "Purchase"),
        value_property=node.get("value_property"), value_basis=node.get("value_basis", "placed"),
        lookback=duration(node.get("lookback", "7d")), model=node.get("model", "participation"),
        participation_group=node.get("participation_group", "click"),
        half_life=duration(node.get("half_life", "7d")), weights=tuple(node.get("weights", (40, 20, 40))),
        only_first=node.get("only_first_conversion", True),
        first_scope=None if scope == "lifetime" else duration(scope),
        where={path: tuple(values) for path, values in node.get("where", {}).items()},
        channels=frozenset(node.get("channels", ())), export=node.get("export", "none"),
        max_touchpoints=node.get("max_touchpoints", 100))


def read_tenant(node: dict) -> Tenant:
    goals = tuple(read_goal(goal) for goal in node["goals"])
    return Tenant(node["id"], duration(node.get("max_lookback", "7d")), goals)


def read_config(text: str) -> Config:
    node = yaml.safe_load(text)
    rules = node.get("attribution", {})
    return Config(
        lateness=duration(rules.get("allowed_lateness", "7d")), max_future=duration(rules.get("max_future", "10m")),
        order_lifetime=duration(rules.get("order_lifetime", "180d")), max_record=size(node.get("max_record", "256KiB")),
        keep_query=node.get("keep_query", False), tenants={t["id"]: read_tenant(t) for t in node["tenants"]},
        json_topics=frozenset(topic for topic, name in node.get("format", {}).items() if name == "json"))
