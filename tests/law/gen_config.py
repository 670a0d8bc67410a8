# SPDX-License-Identifier: Apache-2.0
"""Random configurations over every setting that the rules read."""
from __future__ import annotations

from dataclasses import dataclass
from random import Random

from settings import UNITS

MODELS = ["participation", "first_touch", "last_touch", "linear", "time_decay", "position_based", "j_shaped", "inverse_j", "custom"]
GROUPS = ["click", "ad", "adgroup", "campaign", "channel"]
BASES = ["placed", "confirmed", "delivered", "net"]
EVENTS = ["Purchase", "Lead", "AddToCart"]
CHANNELS = ["tiktok", "google", "email", "Ünï"]
TENANTS = ["shop-a", "b.2", "C_3"]
WEIGHTS = [(40, 20, 40), (10, 30, 60), (0, 40, 0), (1, 0, 0), (0, 1, 1000), (333, 334, 333), (0, 0, 5), (7, 0, 7)]
DEFAULTED = {"model", "participation_group", "value_basis", "half_life", "weights", "only_first_conversion", "first_scope", "max_touchpoints",
             "export", "where", "channels"}
WHERE = {
    "context.shop_id": ["pe", "mx"], "properties.channel": ["web", "app"], "context.event_source": ["web", "app", "crm"],
    "context.app.id": ["app1"], "context.limited_data_use": ["true", "false"], "context.consent": ["granted", "unknown"],
    "properties.a.b": ["x"], "currency": ["USD", "EUR", "JPY"]}
ORDER_WHERE = {"status": ["placed", "confirmed", "delivered"]}


@dataclass(frozen=True)
class Scale:
    """How long things are in this case: all times lie on or next to multiples of `step`."""
    step: int
    max_lookback: int
    lateness: int
    lifetime: int
    origin: int
    dense: bool  # one user, little that keeps records from meeting


def duration_text(ms: int) -> str:
    unit = next(u for u in ("d", "h", "m", "s", "ms") if ms % UNITS[u] == 0)
    return f"{ms // UNITS[unit]}{unit}"


def random_scale(rng: Random) -> Scale:
    dense = rng.random() < 0.5
    step = rng.choice([1, 2, 7, 1000, 60_000, 3_600_000, 86_400_000])
    max_lookback = step * rng.choice([1, 2, 3, 5, 7])
    span = 4 * max_lookback
    lateness = span * 4 if dense else rng.choice([span * 4, span * 4, span, max_lookback, step, 1])
    lifetime = max(2 * lateness, rng.choice([span * 10, span, max_lookback]))
    return Scale(step, max_lookback, lateness, lifetime, 1_772_000_000_000 // UNITS["h"] * UNITS["h"] + rng.randrange(2) * 1_799_000, dense)


def some(rng: Random, options: list, least: int = 1) -> list:
    return rng.sample(options, rng.randint(least, len(options)))


def random_where(rng: Random, source: str, most: int) -> dict:
    paths = WHERE | (ORDER_WHERE if source == "orders" else {})
    chosen = rng.sample(sorted(paths), min(most, rng.choice([0, 0, 0, 1, 1, 2])))
    return {path: some(rng, paths[path]) for path in chosen}


def random_window(rng: Random, scale: Scale) -> int:
    return min(scale.max_lookback, rng.choice([1, scale.step, max(1, scale.max_lookback // 2), scale.max_lookback, scale.max_lookback]))


def random_goal(rng: Random, scale: Scale, name: str, source: str) -> dict:
    goal = {
        "name": name, "source": source, "event": rng.choice(EVENTS), "lookback": duration_text(random_window(rng, scale)),
        "model": rng.choice(MODELS), "participation_group": rng.choice(GROUPS), "value_basis": rng.choice(BASES),
        "half_life": duration_text(rng.choice([1, scale.step, scale.max_lookback, 7 * scale.max_lookback, max(1, scale.step // 3)])),
        "weights": list(rng.choice(WEIGHTS)), "only_first_conversion": rng.random() < 0.5,
        "first_scope": rng.choice(["lifetime", duration_text(scale.step), duration_text(scale.max_lookback)]),
        "max_touchpoints": rng.choice([1, 2, 3, 5, 100, 100]), "export": rng.choice(["none", "per_credit", "last_touch_only"]),
        "where": random_where(rng, source, 0 if scale.dense and rng.random() < 0.8 else 2),
        "channels": some(rng, CHANNELS) if rng.random() < (0.1 if scale.dense else 0.25) else []}
    if source == "conversions" and rng.random() < 0.4:
        goal["value_property"] = "margin"
    needed = {"weights"} if goal["model"] == "custom" else set()
    return {name: value for name, value in goal.items() if name not in DEFAULTED - needed or rng.random() > 0.08}


def random_tenant(rng: Random, scale: Scale, name: str) -> dict:
    sources = [rng.choice(["orders", "orders", "conversions"]) for _ in range(rng.randint(1, 4))]
    goals = [random_goal(rng, scale, f"g{i}.{source[0]}", source) for i, source in enumerate(sources)]
    return {"id": name, "max_lookback": duration_text(scale.max_lookback), "goals": goals}


def random_config(rng: Random, scale: Scale) -> dict:
    names = rng.sample(TENANTS, 1 if scale.dense else rng.choice([1, 1, 2, 3]))
    return {
        "keep_query": rng.random() < 0.2, "format": {"clicks": "json", "orders": "json", "conversions": "json"},
        "attribution": {"allowed_lateness": duration_text(scale.lateness), "order_lifetime": duration_text(scale.lifetime),
                        "max_future": duration_text(rng.choice([1, 600_000]))},
        "tenants": [random_tenant(rng, scale, name) for name in names]}
