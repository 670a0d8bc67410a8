# SPDX-License-Identifier: Apache-2.0
"""What ads did, at instants, before anyone asks in which zone: generated from the seed day by day, or given by the world as `raw`.

Amounts are whole numbers of the currency's smallest unit. A cell never changes; what is seen of it depends on the time of asking.
"""
import collections
import datetime
import threading
import zoneinfo
from decimal import Decimal

import clock
from structure import tree_of

DAY = 86_400
EPOCH = datetime.date(1970, 1, 1)
UTC = zoneinfo.ZoneInfo("UTC")
ONES = (1 << 64) - 1
MOST_CELLS = 400_000
SPEND, IMPRESSIONS, CLICKS, CONVERSIONS, VTA, CTA, VALUE, LIVE_CONVERSIONS, LIVE_VALUE = range(9)
NAMES = ("spend", "impressions", "clicks", "conversion", "vta_conversion", "cta_conversion", "value", "real_time_conversion",
         "real_time_value")
AMOUNTS = (SPEND, VALUE, LIVE_VALUE)
LATEST = 28 * DAY  # how long after its impression a conversion may come
ROW = {"ad", "at", "spend", "impressions", "clicks", "conversions", "refund", "visible_from"}
Cell = collections.namedtuple("Cell", "ad at spend impressions clicks conversions refund visible_from")
# conversions: of (at, is view-through, value). refund: (at, what remains of the spend) or None. visible_from: None for the usual lag


def mix(x):
    """One step of SplitMix64: 64 bits that look random."""
    x = (x + 0x9E3779B97F4A7C15) & ONES
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & ONES
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & ONES
    return x ^ x >> 31


def conversions_of(bits, at, most):
    """Half of them within a few days, the last after 28."""
    made = []
    for i in range(min(most, bits >> 45 & 3)):
        z = mix(bits + i)
        made.append((at + int((z & 0xFFFF) ** 3 * LATEST >> 48), z >> 40 & 3 == 0, 500 + (z >> 16) % 9500))
    return tuple(made)


def generated(base, ads, day):
    """Three quarters of the ads deliver, at up to three instants of the UTC day."""
    for ad in ads:
        x = mix(base ^ ad.number << 20 ^ day)
        if x & 3 == 0:
            continue
        for k in range(3):
            y = mix(x + k)
            at = day * DAY + (y >> 3) % 1440 * 60
            if at < ad.time:
                continue
            impressions = 50 + (y >> 16) % 2000
            clicks, spend = impressions * (y >> 28 & 31) // 1000, impressions * (200 + (y >> 34) % 800) // 1000
            refund = (at + (2 + (y >> 54) % 18) * DAY, spend * 3 // 4) if y >> 50 & 15 == 0 else None
            yield Cell(ad, at, spend, impressions, clicks, conversions_of(y, at, clicks), refund, None)


def given(account, ads):
    """The cells of the world's `raw`, by UTC day."""
    unit, days = Decimal(10) ** account.decimals, collections.defaultdict(list)

    def whole(amount):
        minor = Decimal(str(amount)) * unit
        if minor != int(minor) or minor < 0:
            raise ValueError(f"{amount} is no amount of {account.about['currency']}")
        return int(minor)

    for row in account.about["raw"]:
        if not {"ad", "at"} <= row.keys() <= ROW:
            raise ValueError(f"a raw row has {sorted(ROW)}, not {sorted(row)}")
        if type(row["ad"]) is not int or not 0 <= row["ad"] < len(ads):
            raise ValueError(f"the account {account.id} has no ad number {row['ad']}")
        at, refund = clock.parse(row["at"]), row.get("refund")
        conversions = tuple((at + c.get("after_seconds", 0), c.get("kind") == "vta", whole(c.get("value", 0)))
                            for c in row.get("conversions", ()))
        days[int(at // DAY)].append(Cell(
            ads[row["ad"]], int(at), whole(row.get("spend", 0)), row.get("impressions", 0), row.get("clicks", 0), conversions,
            refund and (clock.parse(refund["at"]), whole(refund["spend"])),
            clock.parse(row["visible_from"]) if "visible_from" in row else None))
    return days


def seen(cell, now, lag):
    """(spend, impressions, clicks) as TikTok would know them at `now`: in quarters during the lag after the hour, and without refunds."""
    if cell.visible_from is not None:
        quarters = 4 if now >= cell.visible_from else 0
    else:
        age = now - (cell.at // 3600 + 1) * 3600
        quarters = 0 if age < 0 else 4 if age >= lag else int(age * 4 // lag)
    spend = cell.spend * quarters // 4
    if cell.refund and quarters == 4 and now >= cell.refund[0]:
        spend = cell.refund[1]
    return spend, cell.impressions * quarters // 4, cell.clicks * quarters // 4


class Labels:
    """The names of days or hours in a zone. A quarter of an hour never lies in two."""

    def __init__(self, zone, hours):
        self.zone, self.hours, self.known = zone, hours, {}

    def of(self, at):
        """(what is shown, which of the two if the clock was set back)"""
        quarter = at // 900
        label = self.known.get(quarter)
        if label is None:
            local = datetime.datetime.fromtimestamp(quarter * 900, self.zone)
            label = self.known[quarter] = (local.strftime("%Y-%m-%d %H:00:00" if self.hours else "%Y-%m-%d 00:00:00"),
                                           local.fold if self.hours else 0)
        return label

    def between(self, start, end):
        """All labels of the days from `start` to `end`, both included."""
        first, last = (start - EPOCH).days - 1, (end - EPOCH).days + 2
        labels = dict.fromkeys(self.of(at) for at in range(first * DAY, last * DAY, 900))
        return [label for label in labels if start.isoformat() <= label[0][:10] <= end.isoformat()]


class ReportData:
    def __init__(self, world, seed):
        self.lock, self.seed, self.days, self.cells = threading.RLock(), seed, {}, 0
        self.labels, self.given = {}, {a.id: given(a, tree_of(a).levels["ad"]) for a in world.accounts.values() if "raw" in a.about}

    def labels_of(self, zone, hours):
        return self.labels.setdefault((zone.key, hours), Labels(zone, hours))

    def day(self, account, day):
        if account.id in self.given:
            return self.given[account.id].get(day, ())
        found = self.days.get((account.id, day))
        if found is None:
            if self.cells > MOST_CELLS:
                self.days, self.cells = {}, 0
            base = mix(self.seed << 20 ^ account.place)
            found = self.days[account.id, day] = list(generated(base, tree_of(account).levels["ad"], day))
            self.cells += len(found)
        return found

    def sums(self, account, group, zone, hours, start, end, now, lag, live=True):
        """{(what `group` makes of the ad, label): the nine sums}, of all that is seen at `now` of these days of the zone. `hours`: None for
        one label, the empty one. `live`: also what converted on these days whenever its impression was."""
        labels, made = self.labels_of(zone, bool(hours)), {}
        named, first, last = {label: label for label in labels.between(start, end)}, (start - EPOCH).days - 1, (end - EPOCH).days + 1
        if hours is None:
            named = dict.fromkeys(named, ("", 0))

        def add(ad, label, *changes):
            vector = made.get((ad, label))
            if vector is None:
                vector = made[ad, label] = [0] * len(NAMES)
            for place, amount in changes:
                vector[place] += amount

        with self.lock:
            for day in range(first - (LATEST // DAY + 1 if live else 0), last + 1):
                for cell in self.day(account, day) if day * DAY <= now else ():
                    self.add_cell(cell, group, labels, named, now, lag, add)
        return made

    @staticmethod
    def add_cell(cell, group, labels, named, now, lag, add):
        ad, label = group(cell.ad), named.get(labels.of(cell.at))
        if ad is None:
            return
        if label is not None:
            spend, impressions, clicks = seen(cell, now, lag)
            if impressions or spend or clicks:
                add(ad, label, (SPEND, spend), (IMPRESSIONS, impressions), (CLICKS, clicks))
        for at, viewed, value in cell.conversions:
            if at > now:
                continue
            if label is not None:
                add(ad, label, (CONVERSIONS, 1), (VTA if viewed else CTA, 1), (VALUE, value))
            live = named.get(labels.of(at))
            if live is not None:
                add(ad, live, (LIVE_CONVERSIONS, 1), (LIVE_VALUE, value))


def amount(minor, decimals):
    return str(Decimal(minor).scaleb(-decimals))


def truth(app, query):
    """What there is to know now, and in the end, of one day of one account: in its own zone and in UTC, with and without deleted ads."""
    account, day = app.world.accounts[query["advertiser_id"]], datetime.date.fromisoformat(query["date"])
    now, forever = app.clock.now(), (day - EPOCH).days * DAY + 400 * DAY

    def told(zone, when):
        kinds = {"all": lambda ad: 0, "not_deleted": lambda ad: None if ad.is_deleted else 0}
        found = {}
        for kind, group in kinds.items():
            sums = app.reports.sums(account, group, zone, None, day, day, when, app.switches.spend_lag_seconds)
            found[kind] = {name: amount(n, account.decimals) if place in AMOUNTS else n
                           for place, (name, n) in enumerate(zip(NAMES, sums.get((0, ("", 0)), [0] * len(NAMES))))}
        return found

    return {"advertiser_id": account.id, "date": query["date"], "zone": account.zone.key, "currency": account.about["currency"],
            "account": told(account.zone, now), "utc": told(UTC, now),
            "final": {"account": told(account.zone, forever), "utc": told(UTC, forever)}}
