# SPDX-License-Identifier: Apache-2.0
"""What the join must have published: a batch function of config, rates and all records accepted. docs/roas.md has the rules; nothing here is incremental."""
from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from zoneinfo import ZoneInfo

QUARTER = 900_000
BASES = ("placed", "confirmed", "delivered", "net")
COUNTED = BASES[:3]
FIGURES = ("spend_micros", "impressions", "clicks", "conversions", "value_micros")
MOST = 10**18
LAST = 253402300799999
ISO = {"USD", "PEN", "EUR", "JPY", "INR"}  # those that cases use
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def half_even(value: Fraction) -> int | None:
    rounded = round(value)  # Python's round is half to even on fractions
    return rounded if -(2**63) < rounded < 2**63 else None


def signed(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def instant(ms: int) -> datetime.datetime:
    return EPOCH + datetime.timedelta(milliseconds=ms)


def local_day(zone: str, quarter: int) -> str:
    return instant(quarter * QUARTER).astimezone(ZoneInfo(zone)).date().isoformat()


@dataclass
class Config:
    tenants: dict  # id -> {time_zone, currency, goals: {name: model}}
    utc_days: bool = False
    rates: dict = field(default_factory=dict)  # (day, from, to) -> text


class Rates:
    def __init__(self, table: dict):
        self.by_day = defaultdict(dict)
        for (day, a, b), text in table.items():
            self.by_day[day][a, b] = Fraction(text)

    def on(self, day: str, a: str, b: str) -> Fraction | None:
        table = self.by_day.get(day, {})

        def straight(x: str, y: str) -> Fraction | None:
            if (x, y) in table:
                return table[x, y]
            return 1 / table[y, x] if (y, x) in table else None

        found = straight(a, b)
        if found is not None:
            return found
        for third in sorted({code for pair in table for code in pair}):
            first, second = straight(a, third), straight(third, b)
            if first is not None and second is not None:
                return first * second
        return None

    def find(self, day: str, a: str, b: str) -> Fraction | None:
        if a == b:
            return Fraction(1)
        date = datetime.date.fromisoformat(day)
        for back in range(8):
            found = self.on((date - datetime.timedelta(days=back)).isoformat(), a, b)
            if found is not None:
                return found
        return None


# ---- what is accepted


def text(record: dict, name: str) -> str:
    return record.get(name) or ""


def good_id(value: str) -> str:
    return value if len(value.encode()) <= 256 else ""


def credit_is_good(config: Config, key: str, c: dict) -> bool:
    times = [c["conversion_time"]] + [d["click_time"] for d in c["deltas"]]
    amounts = [v for d in c["deltas"] for part in (d["revenue"], d["conversions"]) for v in part.values()]
    return (c["tenant"] in config.tenants and c["goal"] != "" and key == f"{c['tenant']}|{text(c, 'advertiser_id')}"
            and len(text(c, "advertiser_id")) <= 256 and (c["currency"] == "" or c["currency"] in ISO)
            and all(0 <= t <= LAST for t in times) and all(abs(v) <= MOST for v in amounts))


def is_day(value: str) -> bool:
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def split_key(key: str, count: int) -> list[str] | None:
    parts = key.split("|")
    levels = ("advertiser", "campaign", "adgroup", "ad")
    good = len(parts) == count and all(parts[:2]) and parts[2] in levels and parts[3] != "" and len(parts[3]) <= 256
    return parts if good else None


def report_is_good(config: Config, key: str, r: dict | None) -> bool:
    parts = split_key(key, 5)
    if r is None:
        return bool(parts) and parts[0] in config.tenants and is_day(parts[4]) and parts[2] in ("ad", "advertiser")
    wanted = "|".join((r["tenant"], r["advertiser_id"], r["level"], r["entity_id"], r["day"]))
    return (key == wanted and r["tenant"] in config.tenants and r["level"] in ("ad", "advertiser") and is_day(r["day"])
            and r["currency"] in ISO and 0 < len(r["entity_id"]) <= 256 and r["advertiser_id"] != ""
            and (r["level"] == "ad" or r["entity_id"] == r["advertiser_id"]))


def zone_is_good(zone: str) -> bool:
    try:
        return zone == "" or bool(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return False


def entity_is_good(config: Config, key: str, e: dict | None) -> bool:
    parts = split_key(key, 4)
    if e is None:
        return bool(parts) and parts[0] in config.tenants
    wanted = "|".join((e["tenant"], e["advertiser_id"], e["level"], e["entity_id"]))
    if key != wanted or e["tenant"] not in config.tenants or not e["entity_id"] or len(e["entity_id"]) > 256 or not e["advertiser_id"]:
        return False
    if e["level"] != "advertiser":
        return True
    return (e["entity_id"] == e["advertiser_id"] and zone_is_good(text(e, "time_zone"))
            and (text(e, "currency") == "" or e["currency"] in ISO))


# ---- an account


class Account:
    def __init__(self, config: Config, tenant: str, advertiser: str):
        self.tenant, self.advertiser, self.settings = tenant, advertiser, config.tenants[tenant]
        self.zone = ""
        if advertiser == "":
            self.zone = self.settings["time_zone"]
        elif config.utc_days:
            self.zone = "UTC"
        self.entities: dict = {}
        self.reports: dict = {}
        self.credits: list = []

    def take_entity(self, level: str, entity: str, record: dict | None) -> None:
        self.entities.pop((level, entity), None)
        if record is None:
            return
        self.entities[level, entity] = record
        if level == "advertiser" and not self.zone:
            self.zone = text(record, "time_zone")

    def entity(self, level: str, entity: str) -> dict:
        return self.entities.get((level, entity), {})

    def named(self, ad: str) -> tuple[str, str]:
        ids = [(good_id(text(d, "campaign_id")), good_id(text(d, "adgroup_id"))) for _, d in self.credits if good_id(text(d, "ad_id")) == ad]
        return min((c for c, _ in ids if c), default=""), min((g for _, g in ids if g), default="")

    def parents(self, ad: str) -> tuple[str, str]:
        own = self.entity("ad", ad)
        reported = [(day, good_id(text(r, "campaign_id")), good_id(text(r, "adgroup_id")))
                    for (level, entity, day), r in self.reports.items() if (level, entity) == ("ad", ad)]
        _, campaign, adgroup = max((r for r in reported if r[1] or r[2]), default=("", "", ""))
        named = self.named(ad)
        return (good_id(text(own, "campaign_id")) or campaign or named[0], good_id(text(own, "adgroup_id")) or adgroup or named[1])


class Row:
    def __init__(self):
        self.parts = defaultdict(lambda: [0] * 7)
        self.spend = defaultdict(lambda: [None] * 5)
        self.own: dict = {}

    def add_part(self, key: tuple, numbers: list) -> None:
        self.parts[key] = [a + b for a, b in zip(self.parts[key], numbers)]

    def add_report(self, r: dict) -> None:
        sums = self.spend[r["currency"]]
        for i, name in enumerate(FIGURES):
            if r.get(name) is not None:
                sums[i] = (sums[i] or 0) + r[name]

    def tidy(self) -> bool:
        self.parts = {k: [signed(n) for n in v] for k, v in self.parts.items() if any(signed(n) for n in v)}
        self.spend = {k: v for k, v in self.spend.items() if any(n is not None for n in v)}
        self.own = {k: v for k, v in self.own.items() if any(n is not None for n in v)}
        return bool(self.parts or self.spend or self.own)

    def whole(self) -> dict:
        out = {}
        for currency in set(self.spend) | set(self.own):
            ads, own = self.spend.get(currency, [None] * 5), self.own.get(currency, [None] * 5)
            out[currency] = [None if a is None and o is None else (a or 0) + max(0, (o or 0) - (a or 0)) if o is not None else a
                             for a, o in zip(ads, own)]
        return out


def numbers_of(d: dict) -> list:
    return [d["revenue"][f"{b}_micros"] for b in BASES] + [d["conversions"][f"{b}_nanos"] for b in COUNTED]


def rows_of(account: Account) -> dict:
    """(level, entity, day) -> Row; of unplaced ones entity is (campaign, adgroup, ad) and day a quarter."""
    rows: dict = defaultdict(Row)
    parents = {}

    def parents_of(ad: str) -> tuple[str, str]:
        if ad not in parents:
            parents[ad] = account.parents(ad)
        return parents[ad]

    for c, d in account.credits:
        ids = tuple(good_id(text(d, n)) for n in ("campaign_id", "adgroup_id", "ad_id"))
        rate_day = instant(c["conversion_time"]).date().isoformat()
        for by_order, ms in ((False, d["click_time"]), (True, c["conversion_time"])):
            part, quarter = (c["goal"], by_order, c["currency"], rate_day), ms // QUARTER
            if not account.zone:
                rows["unplaced", ids, quarter].add_part(part, numbers_of(d))
                continue
            day, ad = local_day(account.zone, quarter), ids[2]
            campaign, adgroup = parents_of(ad) if ad else ids[:2]
            for level, entity in (("ad", ad), ("adgroup", adgroup), ("campaign", campaign), ("advertiser", account.advertiser)):
                rows[level, entity, day].add_part(part, numbers_of(d))
    for (level, entity, day), r in account.reports.items():
        if level == "advertiser":
            rows[level, entity, day].own[r["currency"]] = [r.get(name) for name in FIGURES]
            continue
        campaign, adgroup = parents_of(entity)
        for above, name in (("ad", entity), ("adgroup", adgroup), ("campaign", campaign), ("advertiser", account.advertiser)):
            rows[above, name, day].add_report(r)
    return {k: row for k, row in rows.items() if row.tidy()}


# ---- what a row says


class Lack(Exception):
    pass


RANK = ("too_large", "no_rate", "no_currency", "mixed_currency")


def money(rates: Rates, amounts: list, currency: str) -> tuple[int | None, str | None]:
    """The sum of (amount, currency, day), each exchanged once; or None and why."""
    total, lacks = 0, []
    for amount, own, day in amounts:
        if own == "":
            lacks.append("no_currency")
        elif currency == "":
            lacks.append("mixed_currency")
        else:
            rate = rates.find(day, own, currency)
            if rate is None:
                lacks.append("no_rate")
                continue
            exchanged = half_even(amount * rate)
            if exchanged is None:
                lacks.append("too_large")
                continue
            total += exchanged
    if lacks:
        return None, max(lacks, key=RANK.index)
    return total, None


def currency_of(account: Account, row: Row) -> str:
    known = text(account.entity("advertiser", account.advertiser), "currency") or account.settings["currency"] or ""
    if known:
        return known
    codes = {k[2] for k, v in row.parts.items() if any(v[:4])} | set(row.spend) | set(row.own)
    codes.discard("")
    return codes.pop() if len(codes) == 1 else ""


def spend_fields(account: Account, rates: Rates, row: Row, currency: str, day: str, is_account: bool) -> dict:
    def figure(table: dict, i: int) -> tuple[int | None, str | None]:
        said = [(v[i], code, day) for code, v in table.items() if v[i] is not None]
        return money(rates, said, currency) if said else (None, None)

    def count(table: dict, i: int) -> int | None:
        said = [v[i] for v in table.values() if v[i] is not None]
        return sum(said) if said else None

    whole = row.whole()
    spend, reason = figure(whole, 0)
    return {"spend_micros": spend, "reason": reason, "ads_spend_micros": figure(row.spend, 0)[0] if is_account else None,
            "account_spend_micros": figure(row.own, 0)[0] if is_account else None, "impressions": count(whole, 1), "clicks": count(whole, 2),
            "tiktok_conversions": count(whole, 3), "tiktok_value_micros": figure(whole, 4)[0]}


def view(rates: Rates, parts: dict, currency: str, spend: int | None) -> dict:
    counts = [signed(sum(v[4 + i] for v in parts.values())) for i in range(3)]
    out: dict = {"conversions": {f"{b}_nanos": n for b, n in zip(COUNTED, counts)}, "reason": None}
    sums, reasons = [], []
    for i in range(4):
        total, reason = money(rates, [(v[i], k[2], k[3]) for k, v in parts.items() if any(v[:4])], currency)
        sums.append(total)
        if reason:
            reasons.append(reason)
    if reasons:
        out["reason"] = max(reasons, key=RANK.index)
        sums = [None] * 4
    for basis, total in zip(BASES, sums):
        out[f"{basis}_micros"] = total
        out[f"{basis}_roas_nanos"] = half_even(Fraction(total * 10**9, spend)) if total is not None and spend and spend > 0 else None
    for basis, n in zip(COUNTED, counts):
        out[f"{basis}_cpa_micros"] = half_even(Fraction(spend * 10**9, n)) if spend is not None and n > 0 else None
    return out


def part_json(key: tuple, v: list) -> dict:
    goal, by_order, currency, rate_day = key
    return {"goal": goal, "by_order_day": by_order, "currency": currency, "rate_day": rate_day,
            "revenue": {f"{b}_micros": n for b, n in zip(BASES, v)}, "conversions": {f"{b}_nanos": n for b, n in zip(COUNTED, v[4:])}}


def order(key: tuple) -> tuple:
    return key[0].encode(), key[1], key[2].encode(), key[3].encode()


EMPTY = {"name": None, "campaign_id": None, "adgroup_id": None, "currency": "", "spend_micros": None, "ads_spend_micros": None,
         "account_spend_micros": None, "impressions": None, "clicks": None, "tiktok_conversions": None, "tiktok_value_micros": None,
         "reason": None, "goals": [], "parts": []}


def escape(value: str) -> str:
    return "".join(chr(b) if 0x20 < b < 0x7f and chr(b) not in "|%/" else f"%{b:02X}" if b < 0x80 else chr(b) for b in value.encode())


def ids_of(account: Account, level: str, entity: str) -> tuple[str | None, str | None]:
    if level == "adgroup":
        return good_id(text(account.entity(level, entity), "campaign_id")) or None, None
    if level == "ad" and entity:
        campaign, adgroup = account.parents(entity)
        return campaign or None, adgroup or None
    return None, None


def placed_json(account: Account, rates: Rates, level: str, entity: str, day: str, row: Row) -> dict:
    currency = currency_of(account, row)
    out = spend_fields(account, rates, row, currency, day, level == "advertiser")
    out["goals"] = []
    for goal in sorted({k[0] for k in row.parts}, key=str.encode):
        views = [{k: v for k, v in row.parts.items() if k[0] == goal and k[1] == by_order} for by_order in (False, True)]
        model = account.settings["goals"].get(goal)
        out["goals"].append({"goal": goal, "additive": model not in (None, "participation"),
                             "click_day": view(rates, views[0], currency, out["spend_micros"]),
                             "order_day": view(rates, views[1], currency, out["spend_micros"])})
    campaign, adgroup = ids_of(account, level, entity)
    return {**EMPTY, **out, "currency": currency, "name": text(account.entity(level, entity), "name") or None, "campaign_id": campaign,
            "adgroup_id": adgroup}


def daily_json(account: Account, day: str, row: Row) -> dict:
    parts = [{"goal": "", "attributed": False, "currency": code, "rate_day": day, "spend_micros": v[0], **{k: part_json(("", 0, "", ""), [0] * 7)[k]
              for k in ("revenue", "conversions")}} for code, v in sorted(row.whole().items()) if v[0] is not None]
    for key in sorted((k for k in row.parts if not k[1]), key=order):
        part = part_json(key, row.parts[key])
        del part["by_order_day"]
        parts.append({**part, "attributed": True, "spend_micros": 0})
    for part in parts:
        part["shipped_nanos"] = part["returned_nanos"] = 0
    return {"tenant": account.tenant, "source": f"advertiser:{account.advertiser}", "day": day, "parts": parts}


def account_outputs(account: Account, rates: Rates, roas: dict, daily: dict) -> None:
    prefix = f"{account.tenant}|{escape(account.advertiser)}"

    def put(level: str, entity: str, entity_key: str, day: str, zone: str, fields: dict) -> None:
        roas[f"{prefix}|{level}|{entity_key}|{day}"] = {**EMPTY, **fields, "tenant": account.tenant, "advertiser_id": account.advertiser,
                                                       "level": level, "entity_id": entity, "day": day, "day_zone": zone}

    if account.zone:
        put("advertiser", account.advertiser, escape(account.advertiser), "", account.zone, {})
    for ad in {good_id(text(d, "ad_id")) for _, d in account.credits} - {""}:
        campaign, adgroup = account.named(ad)
        if campaign or adgroup:
            put("ad", ad, escape(ad), "", "", {"campaign_id": campaign or None, "adgroup_id": adgroup or None})
    for (level, entity, day), row in rows_of(account).items():
        if level == "unplaced":
            campaign, adgroup, ad = entity
            begin = instant(day * QUARTER).strftime("%Y-%m-%dT%H:%MZ")
            put(level, ad, "/".join(escape(e) for e in entity), begin, "UTC",
                {"campaign_id": campaign or None, "adgroup_id": adgroup or None,
                 "parts": [part_json(k, row.parts[k]) for k in sorted(row.parts, key=order)]})
            continue
        fields = placed_json(account, rates, level, entity, day, row)
        fields["parts"] = [part_json(k, row.parts[k]) for k in sorted(row.parts, key=order)]
        put(level, entity, escape(entity), day, account.zone, fields)
        if level == "advertiser":
            sums = daily_json(account, day, row)
            if sums["parts"]:
                daily[f"{account.tenant}|advertiser:{escape(account.advertiser)}|{day}"] = sums


def predict(config: Config, credits: list, reports: list, entities: list) -> tuple[dict, dict, int]:
    """Lists of (key, record or None) in the order of the log. Rows and daily sums by key, and how many records were refused."""
    accounts: dict = {}
    refused = 0

    def account(tenant: str, advertiser: str) -> Account:
        if (tenant, advertiser) not in accounts:
            accounts[tenant, advertiser] = Account(config, tenant, advertiser)
        return accounts[tenant, advertiser]

    for key, c in credits:
        if c is None or not credit_is_good(config, key, c):
            refused += 1
            continue
        account(c["tenant"], text(c, "advertiser_id")).credits += [(c, d) for d in c["deltas"]]
    for key, r in reports:
        if not report_is_good(config, key, r):
            refused += 1
            continue
        tenant, advertiser, level, entity, day = key.split("|")
        account(tenant, advertiser).reports.pop((level, entity, day), None)
        if r is not None:
            account(tenant, advertiser).reports[level, entity, day] = r
    for key, e in entities:
        if not entity_is_good(config, key, e):
            refused += 1
            continue
        tenant, advertiser, level, entity = key.split("|")
        account(tenant, advertiser).take_entity(level, entity, e)
    roas: dict = {}
    daily: dict = {}
    rates = Rates(config.rates)
    for a in accounts.values():
        account_outputs(a, rates, roas, daily)
    return roas, daily, refused
