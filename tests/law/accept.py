# SPDX-License-Identifier: Apache-2.0
"""Section 1 and 2 of docs/attribution.md: which records are accepted, and which goals select them, in order of arrival.

An Intake is one shard: its stream times are those of one partition of each input. Inputs do not depend on each other here but for
the horizon. A record whose event is older than the largest possible horizon - L may be refused as too_late or not, depending on
when commits fell; `observed_late` tells what the program decided for those, and for no others.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, Callable, Collection

from context import has_context
from inputs import BadRecord, Input, read_json
from money import EXPONENTS, has_form, minor_units
from settings import Config, Goal
from touches import Landing, click_landing, saw_macro

STREAM_TIME = {"clicks": "event_time", "orders": "status_time", "conversions": "event_time"}
REQUIRED_FIRST = {"clicks": {"event_time"}, "orders": {"status_time", "placed_at"}, "conversions": {"event_time"}}
MAX_USER = 512


class Refused(Exception):
    """The dead letter's reason, and others that the rules leave open."""

    def __init__(self, reason: str, *others: str) -> None:
        super().__init__(reason)
        self.reasons = (reason, *others)


class Dropped(Exception):
    """Not kept, but no dead letter: counted only."""


@dataclass(frozen=True)
class DeadLetter:
    topic: str
    line: int
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        return self.reasons[0]


@dataclass
class Selected:
    """A record that a goal selected."""
    record: Input
    brings_context: bool = True


Conversion = tuple[str, str, str, str]  # tenant, user, goal, id


@dataclass
class Order:
    """What acceptance knows of an order: its currency, and T under each goal that selected it."""
    currency: str
    placed_at: dict[str, int] = field(default_factory=dict)

    @property
    def known(self) -> int:
        return min(self.placed_at.values())


@dataclass
class Accepted:
    landings: dict[tuple[str, str], list[Landing]] = field(default_factory=dict)
    orders: dict[Conversion, list[Selected]] = field(default_factory=dict)
    conversions: dict[Conversion, list[Selected]] = field(default_factory=dict)
    # Users under a goal for whom the horizon, unknown here, decided whether the goal took an order's record.
    unjudged: set[tuple[str, str, str]] = field(default_factory=set)


def as_text(value: Any) -> str | None:
    """A scalar as `where` compares it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def field_at(record: dict, path: str) -> Any:
    head, _, rest = path.partition(".")
    if head == "properties":
        return record["properties"].get(rest)
    return field_at(record[head], rest) if rest else record[head]


def passes_where(goal: Goal, record: dict) -> bool:
    return all(as_text(field_at(record, path)) in values for path, values in goal.where.items())


def property_value(goal: Goal, record: dict) -> str | None:
    """The value as text under this goal; None if the record says none."""
    return record["properties"].get(goal.value_property) if goal.value_property else record["value"]


def has_readable_property(goal: Goal, record: dict) -> bool:
    text = property_value(goal, record) if goal.value_property else None
    return text is None or bool(record["currency"]) and minor_units(text, record["currency"]) is not None


def check_owner_and_times(record: Input) -> None:
    first = {"tenant", "user"} | REQUIRED_FIRST[record.topic]
    if any(p.reason == "missing_field" and p.path in first for p in record.problems):
        raise Refused("missing_field")
    if len(record.value["user"].encode()) > MAX_USER:
        raise Refused("bad_user")
    if not record.key_fits:
        raise Refused("key_mismatch")
    if any(p.reason == "bad_time" for p in record.problems):
        raise Refused("bad_time")


def check_future(record: Input, max_future: int) -> None:
    if record.kafka_timestamp is None:
        return
    if any(record.value[name] > record.kafka_timestamp + max_future for name in REQUIRED_FIRST[record.topic]):
        raise Refused("future_time")


def check_money(record: Input) -> None:
    """Orders and conversions: currency, value, refund, prices."""
    value = record.value
    currency = value["currency"]
    if currency and currency not in EXPONENTS:
        raise Refused("unknown_currency")
    if value["value"] is not None and not currency:
        raise Refused("no_currency")
    amounts = [text for text in (value["value"], value.get("refunded")) if text is not None]
    prices = [item["price"] for item in value["items"] if item["price"] is not None]
    if any(minor_units(text, currency) is None for text in amounts) or not all(map(has_form, prices)):
        raise Refused("bad_money")


class Intake:
    def __init__(self, config: Config, horizon_limit: int | None = None, observed_late: Collection[tuple[str, int]] = ()) -> None:
        self.config = config
        self.horizon_limit, self.observed_late = horizon_limit, observed_late
        self.stream: dict[str, int | None] = dict.fromkeys(STREAM_TIME)
        self.known_orders: dict[tuple[str, str, str], Order] = {}
        self.accepted = Accepted()
        self.dead_letters: list[DeadLetter] = []

    def take_line(self, topic: str, line: int, raw: bytes) -> None:
        """One line of JSON."""
        self.take_bytes(topic, line, raw, lambda: read_json(topic, line, raw))

    def take_bytes(self, topic: str, line: int, raw: bytes | None, read: Callable[[], Input]) -> None:
        try:
            if len(raw or b"") > self.config.max_record:
                raise Refused("too_large")
            self.take(read())
        except BadRecord:
            self.dead_letters.append(DeadLetter(topic, line, ("bad_record",)))
        except Refused as refused:
            self.dead_letters.append(DeadLetter(topic, line, refused.reasons))
        except Dropped:
            pass

    def take(self, record: Input) -> None:
        check_owner_and_times(record)
        check_future(record, self.config.max_future)
        before = self.move_stream_time(record)
        if record.value["tenant"] not in self.config.tenants:
            raise Refused("unknown_tenant")
        if record.problems:
            raise Refused(*dict.fromkeys(problem.reason for problem in record.problems))
        if record.topic == "clicks":
            self.take_click(record, before)
        else:
            check_money(record)
            self.take_order(record, before) if record.topic == "orders" else self.take_conversion(record, before)

    def move_stream_time(self, record: Input) -> int | None:
        before = self.stream[record.topic]
        time = record.value[STREAM_TIME[record.topic]]
        self.stream[record.topic] = time if before is None else max(before, time)
        return before

    def is_late(self, record: Input, time: int, before: int | None) -> bool:
        lateness = self.config.lateness
        if before is not None and time < before - lateness:
            return True
        if self.horizon_limit is None or time >= self.horizon_limit - lateness:
            return False
        return (record.topic, record.line) in self.observed_late

    def take_click(self, record: Input, before: int | None) -> None:
        if record.value["consent"] == "denied":
            raise Dropped("denied")
        landing = click_landing(record.value)
        if landing is None:
            raise Refused("placeholder_id" if saw_macro(record.value) else "no_click_id")
        if self.is_late(record, landing.time, before):
            raise Refused("too_late")
        self.accepted.landings.setdefault(record.owner, []).append(landing)

    def selecting(self, record: Input, source: str) -> list[Goal]:
        goals = self.config.tenants[record.value["tenant"]].goals
        return [g for g in goals if g.source == source and passes_where(g, record.value)]

    def take_conversion(self, record: Input, before: int | None) -> None:
        if self.is_late(record, record.value["event_time"], before):
            raise Refused("too_late")
        goals = [g for g in self.selecting(record, "conversions") if g.event == record.value["event"]]
        readable = [g for g in goals if has_readable_property(g, record.value)]
        if goals and not readable:
            raise Refused("bad_money")
        for goal in readable:
            key = (*record.owner, goal.name, record.value["conversion_id"])
            self.accepted.conversions.setdefault(key, []).append(Selected(record))

    def take_order(self, record: Input, before: int | None) -> None:
        order = self.known_orders.get((*record.owner, record.value["order_id"]))
        selecting = self.selecting(record, "orders")
        taking = [g for g in selecting if self.goal_takes(g, record, order, before)]
        self.judge_order(record, order, before, bool(selecting) and not taking)
        if not selecting:
            raise Dropped("not_selected")
        if order is None:
            order = self.known_orders[(*record.owner, record.value["order_id"])] = Order(record.value["currency"])
        self.keep_order(record, order, taking, before)

    def doubt_context(self, record: Input, goals: list[Goal]) -> None:
        """Whether it brings its context depends on when the horizon passed the order."""
        if has_context(record.value):
            self.accepted.unjudged.update((*record.owner, goal.name) for goal in goals)

    def goal_takes(self, goal: Goal, record: Input, order: Order | None, before: int | None) -> bool:
        placed = record.value["placed_at"]
        if order and placed >= order.placed_at.get(goal.name, inf):
            return True
        late = self.is_late(record, placed, before)
        if order and not late and self.horizon_limit is not None and placed < self.horizon_limit - self.config.lateness:
            self.accepted.unjudged.add((*record.owner, goal.name))
        return not late

    def judge_order(self, record: Input, order: Order | None, before: int | None, no_goal_takes: bool) -> None:
        placed, config = record.value["placed_at"], self.config
        if order and before is not None and before > order.known + config.order_lifetime:
            raise Refused("order_closed")
        if (order is None or placed < order.known) and self.is_late(record, placed, before):
            raise Refused("too_late")
        if order and placed > order.known + config.lateness:
            raise Refused("placed_at_changed")
        if order and record.value["currency"] != order.currency:
            raise Refused("currency_changed")
        if no_goal_takes:
            raise Refused("too_late")

    def keep_order(self, record: Input, order: Order, goals: list[Goal], before: int | None) -> None:
        placed = record.value["placed_at"]
        earliest = min([placed, *order.placed_at.values()])
        in_time = before is None or before <= earliest + self.config.lateness
        if in_time and self.horizon_limit is not None and earliest < self.horizon_limit - self.config.lateness:
            self.doubt_context(record, goals)
        for goal in goals:
            key = (*record.owner, goal.name, record.value["order_id"])
            self.accepted.orders.setdefault(key, []).append(Selected(record, in_time))
            order.placed_at[goal.name] = min(placed, order.placed_at.get(goal.name, placed))
