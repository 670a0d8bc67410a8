# SPDX-License-Identifier: Apache-2.0
"""F(config, accepted inputs): docs/attribution.md a second time, written from its text alone.

`predict` takes the inputs in their order of arrival and gives every output's final state and every dead letter.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Callable, Collection, Iterable

import avro_codec as avro
from accept import Accepted, Conversion, DeadLetter, Intake, Selected, property_value
from context import has_context
from money import micros, minor_units
from placeholders import present
from privacy import match_context
from settings import Config, Goal, read_config
from touches import Landing, Touchpoints, after_flood, group_of, touchpoints
from weights import Pool, group_pools, model_weights, split_pools

NANOS = 10 ** 9
STATUSES = ("placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "refunded")
BASES = ("placed", "confirmed", "delivered", "net")
WITHOUT_CREDITS = {"no_consent", "not_first"}


@dataclass
class Facts:
    """A conversion under one goal, from all records that the goal selected."""
    T: int
    event: str
    order_id: str | None
    currency: str
    value: int
    bases: dict[str, int]
    counts: dict[str, bool]
    denied: bool
    source: Selected | None
    status: str | None = None
    status_time: int | None = None
    refunded: int | None = None
    context_time: int | None = None


def order_money(record: dict, name: str) -> int | None:
    return None if record[name] is None else minor_units(record[name], record["currency"])


def latest(records: list[dict]) -> dict:
    def rank(record: dict) -> tuple:
        refunded = order_money(record, "refunded")
        return (record["status_time"], STATUSES.index(record["status"]), order_money(record, "value"),
                -1 if refunded is None else refunded)
    return max(records, key=rank)


def order_bases(status: str, value: int, refunded: int | None) -> tuple[dict[str, int], dict[str, bool]]:
    refund = min(refunded, value) if refunded is not None else value if status == "refunded" else 0
    counts = {"placed": True, "confirmed": status in ("confirmed", "shipped", "delivered", "refunded"),
              "delivered": status in ("delivered", "refunded")}
    bases = {name: value if counted else 0 for name, counted in counts.items()}
    return bases | {"net": max(0, bases["delivered"] - refund)}, counts


def context_source(selected: list[Selected]) -> Selected | None:
    bringing = [s for s in selected if s.brings_context and has_context(s.record.value)]
    return min(bringing, key=lambda s: (s.record.value["status_time"], s.record.fingerprint), default=None)


def any_denied(records: Iterable[dict]) -> bool:
    return any(record["context"]["consent"] == "denied" for record in records)


def order_facts(goal: Goal, selected: list[Selected]) -> Facts:
    records = [s.record.value for s in selected]
    last, source = latest(records), context_source(selected)
    refunds = [amount for r in records if (amount := order_money(r, "refunded")) is not None]
    refunded, value = max(refunds, default=None), order_money(last, "value")
    bases, counts = order_bases(last["status"], value, refunded)
    return Facts(
        min(r["placed_at"] for r in records), goal.event, last["order_id"], last["currency"], value, bases, counts,
        any_denied(records), source, last["status"], last["status_time"], refunded,
        source.record.value["status_time"] if source else None)


def conversion_facts(goal: Goal, selected: list[Selected]) -> Facts:
    source = min(selected, key=lambda s: (s.record.value["event_time"], s.record.fingerprint))
    record = source.record.value
    text, currency = property_value(goal, record), record["currency"] or ""
    value = minor_units(text, currency) if text is not None else 0
    return Facts(
        record["event_time"], record["event"], record["order_id"], currency, value, dict.fromkeys(BASES, value),
        dict.fromkeys(BASES[:3], True), any_denied(s.record.value for s in selected), source)


def is_first(key: tuple[int, bytes], others: Collection[tuple[int, bytes]], scope: int | None) -> bool:
    return not any(other < key and (scope is None or other[0] >= key[0] - scope) for other in others)


def default_context() -> dict:
    return json.loads(json.dumps(avro.load("Order").field("context").default))


@dataclass
class UserFacts:
    """Everything about one user that outputs under one goal depend on."""
    goal: Goal
    max_lookback: int
    landings: list[Landing]
    conversions: dict[str, Facts]
    keys: list[tuple[int, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.keys = [(facts.T, name.encode()) for name, facts in self.conversions.items()]

    def first(self, name: str) -> bool:
        key = (self.conversions[name].T, name.encode())
        return not self.goal.only_first or is_first(key, self.keys, self.goal.first_scope)

    def touchpoints(self, facts: Facts) -> Touchpoints:
        context = facts.source.record.value["context"] if facts.source else {}
        ttclid, time = present(context.get("ttclid")), context.get("ttclid_time")
        own = (ttclid, time) if ttclid and time is not None else None
        return touchpoints(self.landings, facts.T, self.goal, self.max_lookback, own)


def outcome_of(facts: Facts, first: bool, touches: Touchpoints) -> str:
    if facts.denied:
        return "no_consent"
    if not first:
        return "not_first"
    if not touches.eligible:
        return "outside_window" if touches.outside else "no_click"
    return "cancelled" if facts.status == "cancelled" else "attributed"


def pools_of(goal: Goal, eligible: list[Landing]) -> list[Pool]:
    if goal.model == "participation" and len(eligible) > 1:
        return group_pools([group_of(landing, goal.participation_group) for landing in eligible])
    weights = model_weights(goal.model, [x.time for x in eligible], goal.half_life, goal.weights)
    return [Pool(tuple(range(len(eligible))), weights)]


def revenue_record(amounts: dict[str, int], currency: str) -> dict:
    return {f"{name}_micros": micros(amounts[name], currency) for name in BASES}


def counts_record(counts: dict[str, bool], share: int) -> dict:
    return {f"{name}_nanos": share if counted else 0 for name, counted in counts.items()}


def credits_of(goal: Goal, facts: Facts, eligible: list[Landing]) -> list[dict]:
    pools, n = pools_of(goal, eligible), len(eligible)
    shares = split_pools(NANOS, pools, n)
    parts = {name: split_pools(amount, pools, n) for name, amount in facts.bases.items()}
    return [credit(goal, facts, landing, shares[i], {name: part[i] for name, part in parts.items()})
            for i, landing in enumerate(eligible)]


def credit(goal: Goal, facts: Facts, landing: Landing, share: int, amounts: dict[str, int]) -> dict:
    return {
        "click_id": landing.identity, "ttclid": landing.identity if landing.has_ttclid else None, "click_time": landing.time,
        "channel": landing.channel, "advertiser_id": landing.advertiser_id, "campaign_id": landing.campaign_id,
        "adgroup_id": landing.adgroup_id, "ad_id": landing.ad_id, "share_nanos": share,
        "value_micros": micros(amounts[goal.value_basis], facts.currency),
        "revenue": revenue_record(amounts, facts.currency), "conversions": counts_record(facts.counts, share)}


def output_context(config: Config, goal: Goal, facts: Facts) -> dict:
    context = facts.source.record.value["context"] if facts.source else default_context()
    if facts.denied:
        return dict(default_context(), event_source=context["event_source"], consent="denied")
    return match_context(context, goal.export != "none", config.keep_query)


def head(key: Conversion, goal: Goal, facts: Facts) -> dict:
    tenant, user, _, name = key
    return {
        "tenant": tenant, "user": user, "goal": goal.name, "conversion_id": name, "order_id": facts.order_id, "event": facts.event,
        "conversion_time": facts.T, "model": goal.model, "participation_group": goal.participation_group,
        "lookback_ms": goal.lookback, "currency": facts.currency, "value_basis": goal.value_basis,
        "value_micros": micros(facts.bases[goal.value_basis], facts.currency),
        "revenue": revenue_record(facts.bases, facts.currency), "conversions": counts_record(facts.counts, NANOS)}


def order_part(facts: Facts) -> dict:
    refunded = facts.refunded
    return {
        "status": facts.status, "status_time": facts.status_time,
        "refunded_micros": None if refunded is None else micros(refunded, facts.currency),
        "refund_clamped": refunded is not None and refunded > facts.value}


def output(config: Config, user: UserFacts, key: Conversion) -> dict:
    goal, facts = user.goal, user.conversions[key[3]]
    touches = user.touchpoints(facts)
    outcome = outcome_of(facts, user.first(key[3]), touches)
    eligible = [] if outcome in WITHOUT_CREDITS else touches.eligible
    source = facts.source.record if facts.source else None
    return head(key, goal, facts) | order_part(facts) | {
        "outcome": outcome, "source_fingerprint": source.fingerprint if source else 0, "context_time": facts.context_time,
        "credits": credits_of(goal, facts, eligible) if eligible else [], "truncated": bool(eligible) and touches.truncated,
        "context": output_context(config, goal, facts), "items": source.value["items"] if source else [],
        "properties": source.value["properties"] if source else {}}


Reader = Callable[[Goal, list[Selected]], Facts]


def users_of(config: Config, accepted: Accepted) -> dict[tuple[str, str, str], UserFacts]:
    found: dict[tuple[str, str, str], dict[str, Facts]] = {}
    for records, read in ((accepted.orders, order_facts), (accepted.conversions, conversion_facts)):
        for (tenant, user, name, identity), selected in records.items():
            goal = config.tenants[tenant].goal(name)
            found.setdefault((tenant, user, name), {})[identity] = read(goal, selected)
    return {key: user_facts(config, accepted, key, conversions) for key, conversions in found.items()}


def user_facts(config: Config, accepted: Accepted, key: tuple[str, str, str], conversions: dict[str, Facts]) -> UserFacts:
    tenant = config.tenants[key[0]]
    landings = after_flood(accepted.landings.get(key[:2], []))
    return UserFacts(tenant.goal(key[2]), tenant.max_lookback, landings, conversions)


def attribute(config: Config, accepted: Accepted) -> dict[Conversion, dict]:
    """F. Outputs have every field but `previous`."""
    return {(*key, name): output(config, user, (*key, name))
            for key, user in users_of(config, accepted).items() for name in user.conversions}


@dataclass
class Prediction:
    outputs: dict[Conversion, dict]
    dead_letters: list[DeadLetter]
    unjudged: set[tuple[str, str, str]]
    frozen: set[Conversion] = field(default_factory=set)  # those that section 9 may have held fast, depending on commits


def predict(config_text: str, lines: dict[str, list[bytes]]) -> Prediction:
    """`lines` are the inputs' lines by topic, in order of arrival; one shard."""
    config = read_config(config_text)
    intake = Intake(config)
    for topic, raws in lines.items():
        for number, raw in enumerate(raws, 1):
            intake.take_line(topic, number, raw)
    return Prediction(attribute(config, intake.accepted), intake.dead_letters, intake.accepted.unjudged)
