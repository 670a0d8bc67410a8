# SPDX-License-Identifier: Apache-2.0
"""Random records around a few anchor times, so that ties and window edges are common."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random

from gen_config import CHANNELS, EVENTS, Scale
from settings import duration

USERS = ["u1", "u2", "u|3", "ü@x", "U1", 'q"\\\t/']
IDS = ["a", "b", "B", "c", "é", "E.C.P.Zx-9_0", "E.C.P." + "k" * 300, '"\\', "𝒳", "ttclid%20x"]
MACROS = ["__CLICKID__", "_CLICK_ID_", "__A1_B2__", "_X_"]
NEAR_MACROS = ["__clickid__", "___X___", "CLICKID__", "__1A__"]
URLS = [
    "https://s.test/?ttclid={id}", "https://s.test/p?x=1&ttclid={id}&campaign_id=c1&adgroup_id=g1&ad_id=d1&advertiser_id=v9#ttclid=no",
    "https://s.test/?ttclid=__CLICKID__&ttclid={id}&utm_id=c2&ad_group_id=g2", "https://s.test/?ttclid=%5F%5FCLICKID%5F%5F",
    "https://s.test/#?ttclid={id}", "https://s.test/?TTCLID={id}&campaign_id=__CAMPAIGN_ID__&utm_id=c3",
    "https://s.test/?ttclid=a+b%2Bc%20d%2&campaign_id=%C3%A9&utm_id=q", "https://s.test/?ttclid=%FF&ttclid={id}", "https://s.test/?ttclid=",
    "https://s.test/?a?ttclid={id}&campaign_id=&campaign_id=c4&utm_id=__CAMPAIGN_ID__", "s.test/?campaign_id=c1&ttclid={id}=x", "no url"]
PAGE_URLS = [
    "https://s.test/thanks?order=7&utm_source=tiktok&ttclid=a%20b&x=y#frag", "https://s.test/?secret=1", "https://s.test/p#top",
    "https://s.test/?utm_id=__CAMPAIGN_ID__&&gclid", "/relative?UTM_SOURCE=x&fbclid=&msclkid=1", "https://s.test/a?b?c=d&ad_id=1&ad_id=2"]
MONEY = {
    "USD": ["0", "0.00", "0.01", "0.02", "0.05", "1", "100", "100.00", "100.01", "79.90", "123.45", "100.0100", "999999999999.99"],
    "EUR": ["0.03", "10.00", "33.33"], "JPY": ["0", "1", "2", "1000", "1000.00", "999999999999"],
    "KWD": ["0.001", "1.000", "0.007", "12.345"], "CLF": ["0.0001", "1.0000", "3.1415", "999999999999.9999"]}
EMAILS = [" ALICE_abc@gmail.com ", "jane.doe@example.com", "\tJane.Doe@Example.COM\n", "ÜBER@x.test", "8" * 64, "A" * 64]
PHONES = ["(+1)2133734253", "+33 6 12 34 56 78", "0511-22 33", "00 44+1", "n/a", "+"]
STATUSES = ["placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "refunded"]


@dataclass
class World:
    """What the records of one case are drawn from."""
    rng: Random
    scale: Scale
    tenants: list[dict]
    anchors: list[int] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng, scale = self.rng, self.scale
        self.anchors = [scale.origin + scale.step * rng.choice([0, 1, 2, 5, 8, 13]) for _ in range(rng.randint(1, 4))]
        self.users = rng.sample(USERS, 1 if scale.dense else rng.choice([1, 1, 2, 3]))
        self.ids = rng.sample(IDS, rng.randint(2, len(IDS)))
        self.currencies = rng.sample(sorted(MONEY), rng.choice([1, 1, 2]))

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def owner(self) -> dict:
        """Mostly the first, so that its clicks and conversions meet."""
        if self.maybe(0.5):
            return {"tenant": self.tenants[0]["id"], "user": self.users[0]}
        return {"tenant": self.rng.choice(self.tenants)["id"], "user": self.rng.choice(self.users)}

    def windows(self) -> list[int]:
        return [duration(goal["lookback"]) for tenant in self.tenants for goal in tenant["goals"]]

    def events(self) -> list[str]:
        return [goal["event"] for tenant in self.tenants for goal in tenant["goals"] if goal["source"] == "conversions"]

    def landing_time(self) -> int:
        """Around an anchor: at it, at a window's edge, or at the edges of what exists."""
        rng, wide = self.rng, self.scale.max_lookback
        edge = rng.choice([0, 0, rng.choice(self.windows()), wide, 2 * wide, rng.randint(0, 2 * wide), rng.randint(0, wide)])
        return rng.choice(self.anchors) - edge + rng.choice([0, 0, 0, 0, 1, -1])

    def conversion_time(self) -> int:
        return self.rng.choice(self.anchors) + self.rng.choice([0, 0, 0, 1, -1, self.scale.step])

    def money(self, currency: str):
        text = self.rng.choice(MONEY[currency])
        return RawNumber(text) if self.maybe(0.15) else text

    def time(self, ms: int):
        """Sometimes as ISO 8601, which is cut to ms."""
        if not self.maybe(0.06):
            return ms
        zone = self.rng.choice([timezone.utc, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
        at = datetime.fromtimestamp(ms // 1000, zone).isoformat()
        return f"{at[:19]}.{ms % 1000:03d}{self.rng.choice(['', '999'])}{at[19:].replace('+00:00', 'Z')}"


class RawNumber(str):
    """Written into JSON as a number, digit for digit."""


def fill(world: World, out: dict, chances: dict[str, tuple[float, list]]) -> None:
    for name, (chance, options) in chances.items():
        if world.maybe(chance):
            out[name] = world.rng.choice(options)


def random_click(world: World) -> dict:
    rng = world.rng
    click = world.owner() | {"event_time": world.time(world.landing_time())}
    if world.maybe(0.88):
        click["ttclid"] = rng.choice(world.ids)
    fill(world, click, {
        "ttclid": (0.06, [*MACROS, *NEAR_MACROS, "", None]), "touch_id": (0.3, [*world.ids, *MACROS]),
        "channel": (0.3, [*CHANNELS, "__CHANNEL__", ""]), "landing_url": (0.3, [u.format(id=rng.choice(world.ids)) for u in URLS]),
        "advertiser_id": (0.5, ["v1", "v2", "__ADV__"]), "campaign_id": (0.5, ["c1", "c2", "_CAMPAIGN_ID_"]),
        "adgroup_id": (0.4, ["g1", "g2", ""]), "ad_id": (0.4, ["d1", "d2", "é"]), "referrer": (0.1, ["https://t.test/?ttclid=zz", ""]),
        "consent": (0.15, ["granted", "granted", "unknown", "denied"])})
    return click


def flood_clicks(world: World) -> list[dict]:
    """More landings in one hour than exist, some of them repeats, over a few times shortly before a conversion."""
    rng = world.rng
    owner, count = world.owner(), rng.randint(95, 130)
    spread = min(rng.choice([2, 50, 3_600_000]), 2 * world.scale.max_lookback)
    start = rng.choice(world.anchors) - spread + rng.choice([0, 1, spread])
    return [owner | {"event_time": start + rng.randrange(spread), "touch_id" if world.maybe(0.2) else "ttclid": f"f{rng.randrange(count)}"}
            for _ in range(2 * count)]


def random_context(world: World) -> dict:
    rng, context = world.rng, {}
    fill(world, context, {
        "event_source": (0.3, ["web", "app", "offline", "crm"]), "consent": (0.25, ["granted", "granted", "unknown", "denied"]),
        "limited_data_use": (0.2, [True, False]), "shop_id": (0.4, ["pe", "mx", "cl"]), "ttp": (0.1, ["ttp-1"]),
        "email": (0.15, EMAILS), "phone": (0.15, PHONES), "external_id": (0.15, [" Cust-0042 ", "F" * 64, "ü"]), "ip": (0.15, ["10.0.0.1"]),
        "user_agent": (0.1, ["UA/1"]), "page_url": (0.2, PAGE_URLS), "page_referrer": (0.1, PAGE_URLS), "locale": (0.1, ["es-PE", ""]),
        "search_string": (0.05, ["zapatos"]), "app": (0.15, [{"id": "app1"}, {"name": "n", "version": "1"}, {}]),
        "device": (0.1, [{"platform": "ios", "idfa": "x"}, {"gaid": "g", "idfv": None, "att_status": "yes"}])})
    if world.maybe(0.5):
        context["ttclid"] = rng.choice([*world.ids, *world.ids, "own", rng.choice(MACROS)])
    if world.maybe(0.7 if "ttclid" in context else 0.1):
        context["ttclid_time"] = world.time(world.landing_time())
    return context


def random_item(world: World) -> dict:
    item = {"id": world.rng.choice(["p1", "p2"])}
    fill(world, item, {
        "name": (0.3, ["Shoe", ""]), "price": (0.5, ["19.90", "1.23456", RawNumber("7.50"), "0"]), "quantity": (0.5, [1, 2, 40]),
        "category": (0.1, ["x"]), "brand": (0.1, ["y"]), "content_type": (0.1, ["product"])})
    return item


def dress(world: World, record: dict) -> dict:
    """What orders and conversions have in common."""
    if world.maybe(0.6):
        record["context"] = random_context(world)
    if world.maybe(0.3):
        record["items"] = [random_item(world) for _ in range(world.rng.randint(0, 2))]
    if world.maybe(0.5):
        record["properties"] = {}
        fill(world, record["properties"], {"channel": (0.7, ["web", "app"]), "margin": (0.6, ["1.00", "0.01", "5", "nonsense", "0.00001"]),
                                           "a.b": (0.2, ["x"]), "ü": (0.1, ["1"]), "z": (0.1, [""])})
    return record


def order_record(world: World, base: dict, currency: str, status_time: int) -> dict:
    rng = world.rng
    order = base | {"status": rng.choice(STATUSES), "status_time": world.time(status_time), "currency": currency}
    order["value"] = world.money(currency) if world.maybe(0.4) else MONEY[currency][-2]
    if world.maybe(0.3):
        order["refunded"] = world.money(currency)
    if world.maybe(0.12):
        order["placed_at"] = base["placed_at"] + rng.choice([-1, 1, -world.scale.step, world.scale.step, world.scale.lateness + 1])
    if world.maybe(0.03):
        order["currency"] = rng.choice(sorted(MONEY))
        order["value"] = "1"
        order.pop("refunded", None)
    return dress(world, order)


def order_history(world: World, name: str) -> list[dict]:
    rng, scale = world.rng, world.scale
    base = world.owner() | {"order_id": name, "placed_at": world.conversion_time()}
    currency = rng.choice(world.currencies)
    delays = [0, 0, 1, scale.step, scale.max_lookback, scale.lateness, scale.lateness + 1, scale.lifetime, scale.lifetime + 1]
    times = sorted(base["placed_at"] + rng.choice(delays[:rng.choice([3, 5, 9])]) for _ in range(rng.randint(1, 5)))
    return [order_record(world, base, currency, time) for time in times]


def random_conversions(world: World, name: str) -> list[dict]:
    """One conversion, often said more than once."""
    rng = world.rng
    base, currency = world.owner() | {"conversion_id": name}, rng.choice(world.currencies)
    out = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        record = base | {"event": rng.choice([*EVENTS, *world.events()]), "event_time": world.time(world.conversion_time())}
        if world.maybe(0.8):
            record |= {"value": world.money(currency), "currency": currency}
        fill(world, record, {"order_id": (0.2, ["o1", ""]), "currency": (0.1, [currency])})
        out.append(dress(world, record))
    return out
