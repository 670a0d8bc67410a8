# SPDX-License-Identifier: Apache-2.0
"""Random records of few accounts, ads and days, so that they meet; around the days on which clocks change."""
from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field
from pathlib import Path

from roas_oracle import Config

ZONES = ("America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "America/Lima", "Etc/GMT+8", "Asia/Kathmandu")
CENTRES = ("2026-03-08", "2026-11-01", "2026-04-05", "2026-09-27", "2026-06-15")
CURRENCIES = ("USD", "USD", "PEN", "EUR", "JPY", "")
GOALS = {"purchase": "linear", "first": "participation", "old": None}
ADVERTISERS = ("7001", "7002", "odd%|/id", "")
DAY = 86_400_000


@dataclass
class Case:
    random: random.Random
    config: Config
    centre: str
    steps: int
    records: list = field(default_factory=lambda: [[], [], []])

    def change_settings(self) -> None:
        self.config.rates = make_rates(self.random, self.centre)
        for tenant in self.config.tenants.values():
            tenant["currency"] = self.random.choice((None, "USD", "PEN"))
            tenant["goals"]["purchase"] = self.random.choice(("linear", "participation"))


def days_around(centre: str, reach: int) -> list[str]:
    date = datetime.date.fromisoformat(centre)
    return [(date + datetime.timedelta(days=n)).isoformat() for n in range(-reach, reach + 1)]


def make_rates(r: random.Random, centre: str) -> dict:
    out = {}
    for day in days_around(centre, 12):
        for pair in (("EUR", "USD"), ("EUR", "PEN"), ("USD", "PEN"), ("JPY", "USD"), ("PEN", "USD")):
            if r.random() < 0.12:
                out[day, *pair] = r.choice(("3.7", "1.0001", "0.25", "0.0061", "123456.789012345", "0.333333333333333"))
    return out


def write_config(config: Config, folder: Path) -> Path:
    rates, path = folder / "rates.csv", folder / "config.yaml"
    rates.write_text("day,from,to,rate\n" + "".join(f"{d},{a},{b},{rate}\n" for (d, a, b), rate in config.rates.items()))
    lines = [f"roas_join: {{rates_file: {rates}}}", f"spend_ingest: {{days: {'utc' if config.utc_days else 'account'}}}", "tenants:"]
    for tenant, settings in config.tenants.items():
        lines += [f"  - id: {tenant}", f"    time_zone: {settings['time_zone']}", f"    currency: {settings['currency'] or 'null'}", "    goals:"]
        for goal, model in settings["goals"].items():
            if model:
                lines.append(f"      - {{name: {goal}, source: orders, model: {model}}}")
    path.write_text("\n".join(lines) + "\n")
    return path


def moment(r: random.Random, centre: str) -> int:
    begin = int(datetime.datetime.fromisoformat(centre + "T00:00:00+00:00").timestamp() * 1000)
    ms = begin + r.randrange(-2 * DAY, 3 * DAY)
    return ms // DAY * DAY + r.randrange(0, 96) * 900_000 + r.choice((0, 0, 1, -1, 899_999, r.randrange(900_000)))


def maybe(r: random.Random, chance: float, value: object) -> object:
    return value if r.random() < chance else None


def make_change(r: random.Random, centre: str) -> dict:
    placed = r.choice((79_900_000, 1, 50_000_000, r.randrange(10**9), 0))
    delivered = r.choice((0, placed))
    share = r.choice((10**9, 333_333_333, 500_000_000))
    return {"click_id": f"c{r.randrange(50)}", "click_time": moment(r, centre), "channel": "tiktok",
            "campaign_id": maybe(r, 0.7, f"c{r.randrange(3)}"), "adgroup_id": maybe(r, 0.7, f"g{r.randrange(3)}"),
            "ad_id": maybe(r, 0.85, r.choice(("a1", "a2", "a3", "a|4", "x" * 300))),
            "revenue": {"placed_micros": placed, "confirmed_micros": delivered, "delivered_micros": delivered, "net_micros": delivered // 2},
            "conversions": {"placed_nanos": share, "confirmed_nanos": share if delivered else 0, "delivered_nanos": share if delivered else 0}}


def negated(change: dict) -> dict:
    return {**change, "revenue": {k: -v for k, v in change["revenue"].items()}, "conversions": {k: -v for k, v in change["conversions"].items()}}


def make_credit(r: random.Random, tenant: str, centre: str, before: list) -> tuple[str, dict]:
    advertiser = r.choice(ADVERTISERS)
    record = {"tenant": tenant, "goal": r.choice(list(GOALS)), "conversion_id": f"o{r.randrange(99)}", "conversion_time": moment(r, centre),
              "currency": r.choice(CURRENCIES), "advertiser_id": advertiser or None,
              "deltas": [make_change(r, centre) for _ in range(r.choice((1, 1, 2, 5)))]}
    if before and r.random() < 0.3:  # taken back, or a part of it
        record = dict(r.choice(before)[1])
        record["deltas"] = [negated(d) for d in record["deltas"]]
    return f"{record['tenant']}|{record['advertiser_id'] or ''}", record


def make_report(r: random.Random, tenant: str, centre: str) -> tuple[str, dict | None]:
    advertiser, level = r.choice(ADVERTISERS[:2]), r.choice(("ad", "ad", "ad", "advertiser"))
    entity = advertiser if level == "advertiser" else r.choice(("a1", "a2", "a3", "a5"))
    day = r.choice(days_around(centre, 2))
    key = f"{tenant}|{advertiser}|{level}|{entity}|{day}"
    if r.random() < 0.15:
        return key, None
    record = {"tenant": tenant, "advertiser_id": advertiser, "level": level, "entity_id": entity, "day": day, "day_zone": "UTC",
              "currency": r.choice(("USD", "USD", "PEN")), "fetched_at": 1, "campaign_id": maybe(r, 0.6, f"c{r.randrange(3)}"),
              "adgroup_id": maybe(r, 0.6, f"g{r.randrange(3)}")}
    for name in ("spend_micros", "impressions", "clicks", "conversions", "value_micros"):
        record[name] = maybe(r, 0.8, r.choice((0, 1, 33_330_000, r.randrange(10**9))))
    return key, record


def make_entity(r: random.Random, tenant: str, zones: dict) -> tuple[str, dict | None]:
    advertiser = r.choice(ADVERTISERS[:2])
    level = r.choice(("advertiser", "campaign", "adgroup", "ad", "ad"))
    entity = {"advertiser": advertiser, "campaign": f"c{r.randrange(3)}", "adgroup": f"g{r.randrange(3)}", "ad": f"a{r.randrange(1, 5)}"}[level]
    key = f"{tenant}|{advertiser}|{level}|{entity}"
    if r.random() < 0.15:
        return key, None
    record = {"tenant": tenant, "advertiser_id": advertiser, "level": level, "entity_id": entity, "name": maybe(r, 0.8, f"n{r.randrange(3)}"),
              "campaign_id": maybe(r, 0.6, f"c{r.randrange(3)}"), "adgroup_id": maybe(r, 0.6, f"g{r.randrange(3)}"), "deleted": False,
              "fetched_at": 1}
    if level == "advertiser":
        record["time_zone"] = maybe(r, 0.7, r.choice((zones[advertiser], zones[advertiser], "Asia/Kolkata")))
        record["currency"] = maybe(r, 0.7, r.choice(("USD", "PEN")))
    return key, record


def spoilt(r: random.Random, key: str, record: dict | None) -> tuple[str, dict | None]:
    if record is None:
        return key + "|x", None
    bad = dict(record)
    field = r.choice(("key", "tenant", "day", "currency", "goal", "conversion_time", "time_zone", "entity_id"))
    if field == "key" or field not in bad:
        return key + "x", bad
    bad[field] = {"tenant": "nobody", "day": "2026-02-30", "currency": "XXX", "goal": "", "conversion_time": -5, "time_zone": "Mars/Base",
                  "entity_id": "y" * 300}[field]
    if field == "tenant":
        key = key.replace(record["tenant"], "nobody", 1)
    if field == "day":
        key = key.replace(record["day"], bad["day"])
    return key, bad


def make_case(r: random.Random) -> Case:
    centre = r.choice(CENTRES)
    tenants = {t: {"time_zone": r.choice(ZONES), "currency": r.choice((None, "USD", "PEN")), "goals": dict(GOALS)} for t in ("shop", "other")}
    case = Case(r, Config(tenants, utc_days=r.random() < 0.15, rates=make_rates(r, centre)), centre, steps=r.randrange(5, 40))
    zones = {a: r.choice(ZONES) for a in ADVERTISERS}
    amount = r.choice((10, 40, 150))
    for input_, make in enumerate((lambda t: make_credit(r, t, centre, case.records[0]), lambda t: make_report(r, t, centre),
                                   lambda t: make_entity(r, t, zones))):
        for _ in range(r.randrange(amount // 2) if input_ == 2 else r.randrange(amount)):
            key, record = make(r.choice(list(tenants)))
            if r.random() < 0.03:
                key, record = spoilt(r, key, record)
            case.records[input_].append((key, record))
    return case
