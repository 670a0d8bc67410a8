# SPDX-License-Identifier: Apache-2.0
"""GET /report/integrated/get/: what may be asked, the rows that answer it, and their pages."""
import datetime
import json
import zlib
from decimal import Decimal, InvalidOperation

import params
import report_metrics
from envelope import INVALID, TOO_LARGE, Refused, Reply, invalid
from report_data import NAMES, UTC
from report_metrics import LEVELS, Writer, attribute
from structure import STATUSES, has_status, tree_of

TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
DATA_LEVELS = {f"AUCTION_{level.upper()}": level for level in LEVELS}
TIMES = ("stat_time_day", "stat_time_hour")
OTHERS = ("country_code", "ad_type", "custom_event_type", "event_source_id", "page_id", "component_name", "room_id", "post_id", "image_id",
          "video_material_id", "search_terms", "search_keyword", "match_type", "skan_postback_sequence", "ad_id_v2", "gender", "age",
          "platform", "province_id")
COMPARE = {"GREATER_EQUAL": lambda a, b: a >= b, "GREATER_THAN": lambda a, b: a > b, "LOWER_EQUAL": lambda a, b: a <= b,
           "LOWER_THAN": lambda a, b: a < b}
FILTERS = ("IN", "MATCH", "BETWEEN", "RANGE", *COMPARE)
WRONG_METRICS = "Please correct the information in invalid metric fields and try again. Invalid metric fields: {}. "


class Query:
    """What one report asks for, checked. `task`: as a task may ask it."""

    def __init__(self, call, asked, task=False):
        self.call, self.asked, self.switches, self.task = call, asked, call.app.switches, task
        self.several = asked.ids("advertiser_ids", 5, None)
        self.advertisers = list(dict.fromkeys(self.several or [asked.id("advertiser_id")]))
        self.read_kind()
        self.accounts = [params.reach(call, a) for a in self.advertisers]
        self.read_dimensions()
        self.read_days()
        self.read_metrics()
        self.filters = [self.filter(i, f) for i, f in enumerate(self.read_filtering())]
        self.utc = bool(self.several) and asked.flag("multi_adv_report_in_utc_time")

    def read_kind(self):
        kind = self.asked.one_of("report_type", TYPES)
        if kind != "BASIC":
            raise invalid("report_type", f"the stand-in has no data of {kind}")
        self.asked.one_of("service_type", ("AUCTION",), "AUCTION")
        self.asked.one_of("query_mode", ("REGULAR",), "REGULAR")
        self.data_level = self.asked.one_of("data_level", tuple(DATA_LEVELS))
        self.level = DATA_LEVELS[self.data_level]

    def read_dimensions(self):
        self.dimensions = self.asked.texts("dimensions")
        ids = [d for d in self.dimensions if d.removesuffix("_id") in LEVELS and d.endswith("_id")]
        for dimension in self.dimensions:
            if dimension not in ids and dimension not in TIMES:
                why = "is not served by the stand-in" if dimension in OTHERS else "is no dimension"
                raise invalid("dimensions", f"{dimension} {why}")
        mine = f"{self.level}_id"
        if self.task and self.several and self.level != "advertiser":
            ids = [d for d in ids if d != "advertiser_id"]
        wrong = [d for d in ids if d != mine]
        if wrong:
            raise Refused(INVALID, f"dimension {wrong[0]} does not match data_level {self.data_level}")
        if ids != [mine] or len(set(self.dimensions)) != len(self.dimensions):
            raise invalid("dimensions", f"{mine} is needed, and each once")
        times = [d for d in self.dimensions if d in TIMES]
        if len(times) > 1:
            raise invalid("dimensions", "more than one of time")
        self.time = times[0] if times else None
        self.hours = None if self.time is None else self.time == "stat_time_hour"

    def read_days(self):
        if self.asked.flag("query_lifetime"):
            if self.time:
                raise invalid("dimensions", "a lifetime has no dimension of time")
            first = min(account.about["create_time"] for account in self.accounts)
            self.start, self.end = (datetime.datetime.fromtimestamp(t, datetime.timezone.utc).date() + datetime.timedelta(days=by)
                                    for t, by in ((first, -1), (self.call.now, 1)))
            return
        self.start, self.end = self.asked.day("start_date"), self.asked.day("end_date")
        days = (self.end - self.start).days + 1
        if days < 1:
            raise invalid("end_date", "before start_date")
        most, when = {"stat_time_day": (30, "30 days when use stat_time_day"), "stat_time_hour": (1, "1 day when use stat_time_hour"),
                      None: (365, "365 days")}[self.time]
        if days > most and not self.task:
            raise Refused(INVALID, f"max time span is {when}")

    def read_metrics(self):
        self.metrics = self.asked.texts("metrics", default=None) or ["spend", "impressions"]
        account_day = self.level == "advertiser" and self.time == "stat_time_day"
        extra = ("timezone",) if self.several else ()
        wrong = [m for m in dict.fromkeys(self.metrics) if m not in extra and not report_metrics.known(m, self.level, account_day)]
        if wrong:
            raise Refused(INVALID, WRONG_METRICS.format(wrong))
        self.live = any(m in report_metrics.LIVE for m in self.metrics)
        self.order = self.asked.text("order_field", None)
        if self.order is not None and self.order not in report_metrics.NUMBERS:
            raise invalid("order_field", "not a metric that has an order")
        self.descending = self.asked.one_of("order_type", ("ASC", "DESC"), "DESC") == "DESC"
        self.totals = self.asked.flag("enable_total_metrics")
        if self.totals and (self.several or self.time == "stat_time_hour"):
            raise invalid("enable_total_metrics", "only for one account, without hours")

    def read_filtering(self):
        filters = self.asked.of_json("filtering", [])
        if type(filters) is not list:
            raise invalid("filtering", "not a JSON array")
        return filters

    def filter(self, i, given):
        """(of what, test): of a thing or of a row's sums."""
        here = f"filtering.{i}"
        if type(given) is not dict or given.keys() != {"field_name", "filter_type", "filter_value"}:
            raise invalid(here, "not an object of field_name, filter_type and filter_value")
        name, kind, value = given["field_name"], given["filter_type"], given["filter_value"]
        if kind not in FILTERS or type(kind) is not str:
            raise invalid(f"{here}.filter_type", f"not one of {', '.join(FILTERS)}")
        if type(name) is not str or type(value) is not str:
            raise invalid(f"{here}.{'filter_value' if type(name) is str else 'field_name'}", "not a valid string")
        level = name.partition("_")[0]
        if level in LEVELS[1:LEVELS.index(self.level) + 1]:
            if name == f"{level}_ids" and kind == "IN":
                ids = set(self.value(here, value, "ids", 100))
                return "thing", lambda thing: thing.of[level].id in ids
            if name == f"{level}_status" and kind == "IN" and not self.task:
                return self.of_status(here, level, self.value(here, value, "texts"))
            if name == f"{level}_name" and kind == "MATCH" and not self.task:
                return "thing", lambda thing: value.lower() in thing.value(name).lower()
        if (name in report_metrics.COUNTS or name in report_metrics.MONEY) and not self.task:
            return self.of_metric(here, name, kind, value)
        raise invalid(f"{here}.field_name", f"no filter of this level and type: {name} {kind}")

    @staticmethod
    def value(here, text, kind, most=None):
        """The array that stands in the text, of ids or texts."""
        name = f"{here}.filter_value"
        try:
            found = params.Params({name: json.loads(text)})
        except ValueError:
            raise invalid(name, "not a JSON array in a string") from None
        return getattr(found, kind)(name, most)

    @staticmethod
    def of_status(here, level, statuses):
        if not set(statuses) <= set(STATUSES):
            raise invalid(f"{here}.filter_value", f"not of {', '.join(STATUSES)}")
        return f"{level}_status", lambda thing: any(has_status(thing.of[level], status) for status in statuses)

    def of_metric(self, here, name, kind, value):
        place = {**report_metrics.COUNTS, **report_metrics.MONEY}[name]
        many = kind in ("BETWEEN", "RANGE", "IN")
        try:
            limits = [Decimal(v) for v in (json.loads(value) if many else [value])]
        except (ValueError, TypeError, InvalidOperation):
            raise invalid(f"{here}.filter_value", "not numbers in a string") from None
        if not all(limit.is_finite() for limit in limits):
            raise invalid(f"{here}.filter_value", "not finite")
        if kind == "MATCH" or (kind in ("BETWEEN", "RANGE") and len(limits) != 2):
            raise invalid(f"{here}.filter_type", f"{kind} is not for this number")
        scale = 10 ** self.accounts[0].decimals if name in report_metrics.MONEY else 1

        def test(sums):
            have = Decimal(sums[place]) / scale
            if kind == "IN":
                return have in limits
            return COMPARE[kind](have, limits[0]) if kind in COMPARE else limits[0] <= have <= limits[1]
        return "sums", test


class AccountAsThing:
    """The one row of an account, which is never deleted and has all that its ads did, deleted ones too."""

    def __init__(self, account):
        self.id, self.of, self.time = account.id, {}, 0


class Report:
    """All rows of a query at one time."""

    def __init__(self, app, query, now):
        self.app, self.query, self.now, self.switches = app, query, now, app.switches
        self.salt = zlib.crc32(json.dumps([query.advertisers, query.dimensions, query.metrics, str(query.start), app.seed]).encode())
        self.rows = []
        for account in query.accounts:
            self.rows += self.of_account(account)
        if not any(any(row[3]) for row in self.rows) and query.time:
            self.rows = []
        most = self.switches.report_most_cells
        if most is not None and len(self.rows) * len(query.metrics) > most:
            raise Refused(TOO_LARGE)
        self.rows.sort(key=self.order())

    def order(self):
        if self.query.order is None:
            return lambda row: zlib.crc32(f"{row[1].id} {row[2]}".encode(), self.salt)
        sign = -1 if self.query.descending else 1

        def key(row):
            value = Writer(self.switches, row[0]).metric(self.query.order, row[3])
            return (sign * Decimal(value or 0), row[1].id, row[2])
        return key

    def things(self, account):
        query = self.query
        if query.level == "advertiser":
            return [AccountAsThing(account)]
        tests = {f"{query.level}_status": lambda thing: not thing.is_deleted}
        tests.update((what if what.endswith("_status") else i, test) for i, (what, test) in enumerate(query.filters) if what != "sums")
        found = [t for t in tree_of(account).levels[query.level] if all(test(t) for test in tests.values())]
        return sorted(found, key=lambda thing: -thing.time)[:self.switches.report_most_ids]

    def of_account(self, account):
        """[(account, thing, label, sums)]"""
        query, things = self.query, self.things(account)
        of_ad, by_id = self.grouping(account, things)
        zone = UTC if query.utc else account.zone
        sums = self.app.reports.sums(account, of_ad, zone, query.hours, query.start, query.end, self.now, self.switches.spend_lag_seconds,
                                     query.live)
        rows = {key: vector for key, vector in sums.items() if any(vector)}
        labels = [("", 0)] if query.time is None else self.app.reports.labels_of(zone, query.hours).between(query.start, query.end)
        for key in ((thing.id, label) for thing in things for label in labels):
            if key not in rows and (query.time is None or self.shows_nothing(key)):
                rows[key] = [0] * len(NAMES)
        tests = [test for what, test in query.filters if what == "sums"]
        return [(account, by_id[i], label, vector) for (i, label), vector in rows.items() if all(test(vector) for test in tests)]

    def grouping(self, account, things):
        by_id = {thing.id: thing for thing in things}
        level = self.query.level
        if level == "advertiser":
            return (lambda ad: account.id), by_id
        return (lambda ad: ad.of[level].id if ad.of[level].id in by_id else None), by_id

    def shows_nothing(self, key):
        """Whether a day without delivery is a row of zeros."""
        way = self.switches.empty_days
        return way == "zeros" or (way == "mixed" and zlib.crc32(str(key).encode(), self.app.seed) & 1)

    def shown(self, row):
        account, thing, label, sums = row
        query, dimensions = self.query, {}
        for dimension in query.dimensions:
            dimensions[dimension] = label[0] if dimension in TIMES else account.id if dimension == "advertiser_id" else thing.id
        return {"dimensions": dimensions, "metrics": self.metrics(account, thing, sums, f"{thing.id} {label}")}

    def metrics(self, account, thing, sums, key):
        query = self.query
        writer, found = Writer(self.switches, account, bool(query.several) and self.switches.multi_whole_amounts), {}
        for name in query.metrics:
            if name in report_metrics.NUMBERS:
                writer.put(found, name, writer.metric(name, sums), key)
            elif name != "timezone":
                writer.put(found, name, "-" if thing is None else attribute(name, thing, account), key)
        if query.several:
            found.update(currency=account.about["currency"], timezone=account.about["timezone"], advertiser_id=account.id)
        return found

    def total(self):
        sums = [sum(column) for column in zip(*(row[3] for row in self.rows))] or [0] * len(NAMES)
        return self.metrics(self.query.accounts[0], None, sums, "total")


def get(call):
    asked = params.QueryParams(call)
    query = Query(call, asked)
    page, page_size = asked.integer("page", 1, 1, 2**31), asked.integer("page_size", 10, 1, 1000)
    report = Report(call.app, query, call.now)
    rows, page_info = params.paged(report.rows, page, page_size, call.app.switches)
    data = {"list": [report.shown(row) for row in rows], "page_info": page_info}
    return Reply(data={**data, "total_metrics": report.total()} if query.totals else data)


ROUTES = {"/open_api/v1.3/report/integrated/get/": ("GET", get)}
