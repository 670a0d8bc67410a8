# SPDX-License-Identifier: Apache-2.0
"""What roas-orders and roas-totals must have published: batch functions of the latest conversions and of all daily sums. docs/roas-command.md has the rules."""
from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from roas_oracle import BASES, COUNTED, QUARTER, Config, Rates, half_even, instant, local_day

REVENUE, COUNTS = [f"{b}_micros" for b in BASES], [f"{b}_nanos" for b in COUNTED]
SENT, ONE = ("shipped", "delivered", "refunded", "returned"), 10**9


def numbers_of(part: dict) -> list:
    return [part["spend_micros"], *(part["revenue"][n] for n in REVENUE), *(part["conversions"][n] for n in COUNTS), part["shipped_nanos"],
            part["returned_nanos"]]


def part_of(goal: str, attributed: bool, currency: str, rate_day: str, v: list) -> dict:
    return {"goal": goal, "attributed": attributed, "currency": currency, "rate_day": rate_day, "spend_micros": v[0], "revenue": dict(zip(REVENUE, v[1:5])),
            "conversions": dict(zip(COUNTS, v[5:8])), "shipped_nanos": v[8], "returned_nanos": v[9]}


def add(sums: dict, key: tuple, numbers: list) -> None:
    sums[key] = [a + b for a, b in zip(sums.get(key, [0] * 10), numbers)]


def order_sums(config: Config, conversions: list) -> dict:
    """`conversions`: (partition, key, record or None) as they were published; of each key the last counts."""
    last, days, out = {}, defaultdict(dict), {}
    for partition, key, record in conversions:
        last[key] = partition, record
    for partition, c in last.values():
        if c is None:
            continue
        zone = config.tenants[c["tenant"]]["time_zone"]
        numbers = [0, *(c["revenue"][n] for n in REVENUE), *(c["conversions"][n] for n in COUNTS), ONE * (c["status"] in SENT), ONE * (c["status"] == "returned")]
        day, rate_day = local_day(zone, c["conversion_time"] // QUARTER), instant(c["conversion_time"]).date().isoformat()
        add(days[c["tenant"], partition, day], (c["goal"], c["currency"], rate_day), numbers)
    for (tenant, partition, day), sums in days.items():
        parts = [part_of(goal, False, currency, rate_day, v) for (goal, currency, rate_day), v in sorted(sums.items()) if any(v)]
        if parts:
            out[f"{tenant}|orders:{partition}|{day}"] = {"tenant": tenant, "source": f"orders:{partition}", "day": day, "parts": parts}
    return out


class Money:
    def __init__(self):
        self.micros, self.reasons = 0, set()

    def add(self, rates: Rates, currency: str, own: str, rate_day: str, micros: int) -> None:
        if micros == 0 or (currency and own == currency):
            self.micros += micros
        elif not currency or not own:
            self.reasons.add("no_currency")
        else:
            rate = rates.find(rate_day, own, currency)
            exchanged = None if rate is None else half_even(micros * rate)
            if exchanged is None:
                self.reasons.add("no_rate")
            else:
                self.micros += exchanged

    def told(self) -> tuple[int | None, str | None]:
        return (None, min(self.reasons)) if self.reasons else (self.micros, None)


def over(above: int | None, below: int | None) -> int | None:
    return half_even(Fraction(above * ONE, below)) if above is not None and below is not None and below > 0 else None


def times(cost: Fraction, nanos: int) -> int:
    return half_even(cost * nanos / ONE)


def profit_of(costs: dict, counts: list, money: dict, spend: int | None) -> dict:
    """`costs`: micros of an order, and percentages as Fraction; as the config names them."""
    delivered, shipped, returned = counts[2], counts[3], counts[4]
    share = {name: None if money["delivered_micros"] is None else half_even(money["delivered_micros"] * costs.get(name, Fraction(0)) / 100)
             for name in ("cogs_percent", "fee_percent")}

    def with_share(name: str, percent: str) -> int | None:
        if percent in costs and share[percent] is None:
            return None
        return times(costs.get(name, Fraction(0)), delivered) + (share[percent] if percent in costs else 0)
    out = {"cogs_micros": with_share("cogs", "cogs_percent") if {"cogs", "cogs_percent"} & costs.keys() else None,
           "shipping_micros": times(costs["shipping"], shipped) if "shipping" in costs else None,
           "returns_micros": times(costs["return"], returned) if "return" in costs else None,
           "fees_micros": with_share("fee", "fee_percent") if {"fee", "fee_percent"} & costs.keys() else None}
    needed = [money["net_micros"], spend] + [out[name] for name, keys in (("cogs_micros", {"cogs", "cogs_percent"}), ("fees_micros", {"fee", "fee_percent"}))
                                             if keys & costs.keys()]
    known = costs and all(n is not None for n in needed)
    return {**out, "profit_micros": money["net_micros"] - spend - sum(n or 0 for n in out.values()) if known else None}


def goal_row(goal: str, sums: dict, rates: Rates, currency: str, spend: int | None, costs: dict) -> dict:
    counts, money, reasons = [0] * 5, {}, []
    for attributed in (False, True):
        for place, name in enumerate(REVENUE):
            sum_ = Money()
            for (g, a, own, rate_day), v in sums.items():
                if (g, a) == (goal, attributed):
                    sum_.add(rates, currency, own, rate_day, v[1 + place])
            money[("attributed_" if attributed else "") + name], reason = sum_.told()
            reasons.append(reason)
    for (g, a, _, _), v in sums.items():
        if (g, a) == (goal, False):
            counts = [x + y for x, y in zip(counts, v[5:])]
    mer = over(spend, money["placed_micros"]) if spend else None
    return {"goal": goal, "conversions": dict(zip(COUNTS, counts)), **money, "blended_roas_nanos": over(money["placed_micros"], spend),
            "delivered_blended_roas_nanos": over(money["delivered_micros"], spend), "mer_nanos": mer, **profit_of(costs, counts, money, spend),
            "reason": next(filter(None, reasons), None)}


def tenant_days(config: Config, sums: dict, costs: dict) -> dict:
    """`sums`: the latest daily sums by key. `costs`: of each tenant that gives some."""
    rates, days, out = Rates(config.rates), defaultdict(dict), {}
    for s in sums.values():
        for p in s["parts"]:
            add(days[s["tenant"], s["day"]], (p["goal"], p["attributed"], p["currency"], p["rate_day"]), numbers_of(p))
    for (tenant, day), parts in days.items():
        settings = config.tenants[tenant]
        codes = {key[2] for key in parts} - {""}
        currency = settings["currency"] or (codes.pop() if len(codes) == 1 else "")
        spent = Money()
        for (goal, _, own, rate_day), v in parts.items():
            if not goal:
                spent.add(rates, currency, own, rate_day, v[0])
        spend, reason = spent.told() if any(not key[0] for key in parts) else (None, "no_report")
        goals = sorted({key[0] for key in parts} - {""})
        out[f"{tenant}|{day}"] = {
            "tenant": tenant, "day": day, "day_zone": settings["time_zone"], "currency": currency, "spend_micros": spend, "reason": reason,
            "goals": [goal_row(g, parts, rates, currency, spend, costs.get(tenant, {})) for g in goals]}
    return out
