#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reports: what may be asked, in whose days, what is seen of it at which time, and in which forms it comes."""
import os
import re
import sys
import tempfile
import unittest
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import WORLD, Failed, StandIn, stand_in_of_file  # noqa: E402

NOW = 1_784_709_895  # 2026-07-22T08:44:55Z
MUGS, HATS, TEA, WOOL, _, PAPER, LARGE = (f"700000000000000000{n}" for n in range(1, 8))
ONE_AD = {"campaigns": 1, "adgroups": 1, "ads": 2, "deleted_ads": 0}
PATH = "report/integrated/get/"


def hours(first, count, **more):
    """Something each hour from a UTC hour on: 1.00 spent, 100 shown, 2 clicked."""
    day, hour = first.split("T")
    made = []
    for i in range(int(hour), int(hour) + count):
        at = f"{day[:8]}{int(day[8:]) + i // 24:02d}T{i % 24:02d}:00:00+00:00"
        made.append({"ad": 0, "at": at, "spend": "1.00", "impressions": 100, "clicks": 2, **more})
    return made


def raw(number, zone, rows, currency="USD"):
    return {"advertiser_id": f"70000000000000001{number:02d}", "timezone": zone, "currency": currency, "structure": ONE_AD, "raw": rows}


AUTUMN = raw(1, "America/Los_Angeles", hours("2025-11-02T07", 25))
SPRING = raw(2, "America/Los_Angeles", hours("2026-03-08T08", 23))
KOLKATA = raw(3, "Asia/Kolkata", [{"ad": 0, "at": f"2026-07-01T18:{m}:00+00:00", "spend": s} for m, s in (("29", "1.00"), ("30", "2.50"))])
LATE = raw(4, "Etc/UTC", [
    {"ad": 0, "at": "2026-07-01T10:05:00+00:00", "spend": "4.00", "impressions": 400, "clicks": 40,
     "conversions": [{"after_seconds": 60, "value": "10.00"}, {"after_seconds": 27 * 86_400, "value": "5.50", "kind": "vta"}],
     "refund": {"at": "2026-07-10T00:00:00+00:00", "spend": "3.25"}},
    {"ad": 1, "at": "2026-07-01T11:00:00+00:00", "spend": "9.00", "impressions": 3, "visible_from": "2026-07-05T00:00:00+00:00"}])
RATES = raw(5, "Etc/UTC", [{"ad": 0, "at": "2026-07-01T10:00:00+00:00", "spend": "20.00", "impressions": 4696, "clicks": 51,
                            "conversions": [{"value": "10.00"}, {"value": "20.00"}, {"value": "30.00", "kind": "vta"}]}])
MADE = [a["advertiser_id"] for a in (AUTUMN, SPRING, KOLKATA, LATE, RATES)]


def setUpModule():
    global tiktok
    tokens = [{**t, "advertisers": t["advertisers"] + (MADE if t["name"] == "all" else [])} for t in WORLD["tokens"]]
    tiktok = stand_in_of_file({**WORLD, "advertisers": WORLD["advertisers"] + [AUTUMN, SPRING, KOLKATA, LATE, RATES], "tokens": tokens})


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.set_clock(NOW)
        tiktok.switch(app_per_second=None, advertiser_per_second=None, missing_metric="dash", empty_days="absent")

    def query(self, advertiser=MUGS, level="ad", time="stat_time_day", start="2026-07-01", end=None, **more):
        asked = {"report_type": "BASIC", "data_level": f"AUCTION_{level.upper()}", "page_size": 1000,
                 "start_date": start, "end_date": end or start, "dimensions": [f"{level}_id"] + ([time] if time else []),
                 **({"advertiser_id": advertiser} if advertiser else {}), **more}
        return {name: value for name, value in asked.items() if value is not None}

    def get(self, *args, **more):
        said = tiktok.read(PATH, **self.query(*args, **more))
        self.assertEqual(said["code"], 0, said)
        return said["data"]

    def rows(self, *args, **more):
        return self.get(*args, **more)["list"]

    def sum(self, metric, *args, **more):
        return sum(Decimal(row["metrics"][metric]) for row in self.rows(*args, metrics=[metric], **more))

    def refused(self, words, code=40002, token="all", **more):
        said = tiktok.read(PATH, token, **self.query(**more))
        self.assertEqual(said["code"], code, said)
        self.assertIn(words, said["message"])

    def truth(self, advertiser, date):
        return tiktok.control("GET", "report-truth", advertiser_id=advertiser, date=date)


class Asking(Case):
    def test_who_may_ask(self):
        self.refused("Access token", 40104, None)
        self.refused(HATS, 40001, "mugs", advertiser=HATS)
        self.refused(HATS, 40001, "mugs", advertiser=None, advertiser_ids=[MUGS, HATS])
        self.refused("advertiser_id", advertiser=None)
        self.refused("advertiser_id", advertiser="9" * 19)
        self.refused("advertiser_ids", advertiser_ids=[MUGS] * 6)
        self.refused("advertiser_ids", advertiser_ids=f"{MUGS},{HATS}")
        tiktok.switch(advertiser_per_second=1)
        self.rows()
        self.refused(MUGS, 40133)

    def test_kinds_and_levels(self):
        for words, more in (("report_type", {"report_type": None}), ("report_type", {"report_type": "basic"}),
                            ("AUDIENCE", {"report_type": "AUDIENCE"}), ("data_level", {"data_level": None}),
                            ("data_level", {"data_level": "RESERVATION_AD"}), ("service_type", {"service_type": "RESERVATION"}),
                            ("query_mode", {"query_mode": "CHUNK"})):
            self.refused(words, **more)
        self.rows(service_type="AUCTION", query_mode="REGULAR")

    def test_dimensions(self):
        self.refused("dimensions", dimensions=None)
        self.refused("dimensions", dimensions="ad_id,stat_time_day")
        self.refused("dimensions", dimensions=["stat_time_day"])
        self.refused("dimension campaign_id does not match data_level AUCTION_ADGROUP", level="adgroup", dimensions=["campaign_id"])
        self.refused("dimension campaign_id does not match data_level AUCTION_AD", dimensions=["ad_id", "campaign_id"])
        self.refused("country_code", dimensions=["ad_id", "country_code"])
        self.refused("colour", dimensions=["ad_id", "colour"])
        self.refused("time", dimensions=["ad_id", "stat_time_day", "stat_time_hour"])
        for level in ("advertiser", "campaign", "adgroup", "ad"):
            self.assertTrue(self.rows(level=level))

    def test_spans(self):
        self.rows(start="2026-06-01", end="2026-06-30")
        self.refused("max time span is 30 days when use stat_time_day", start="2026-06-01", end="2026-07-01")
        self.rows(time="stat_time_hour")
        self.refused("max time span is 1 day", time="stat_time_hour", start="2026-06-01", end="2026-06-02")
        self.rows(time=None, start="2025-07-01", end="2026-06-30")
        self.refused("max time span is 365 days", time=None, start="2025-06-30", end="2026-06-30")
        for more in ({"start": "2026-07-02", "end": "2026-07-01"}, {"start_date": None}, {"start": "20260701"}, {"start": "2026-06-31"},
                     {"end_date": "2026-7-01"}, {"start": "2026-07-01 00:00:00"}, {"start": "0001-01-01"}):
            self.refused("_date", **more)

    def test_lifetime(self):
        self.refused("lifetime", query_lifetime=True)
        self.refused("query_lifetime", time=None, query_lifetime="yes")
        found = self.rows(LATE["advertiser_id"], time=None, query_lifetime=True, start_date=None, end_date=None)
        self.assertEqual(sorted(row["metrics"]["spend"] for row in found), ["3.25", "9.00"])
        self.assertEqual({tuple(row["dimensions"]) for row in found}, {("ad_id",)})

    def test_metrics_by_level(self):
        words = "Please correct the information in invalid metric fields and try again. Invalid metric fields: "
        self.refused(f"{words}['voucher_spend', 'cash_spend']. ", metrics=["spend", "voucher_spend", "cash_spend"])
        self.refused("['cash_spend']", level="advertiser", time=None, metrics=["cash_spend"])
        self.rows(level="advertiser", metrics=["cash_spend", "voucher_spend"])
        self.refused("['ad_name']", level="campaign", metrics=["campaign_name", "ad_name"])
        self.refused("['speed']", metrics=["speed"])
        self.refused("metrics", metrics="spend,clicks")
        self.assertEqual(sorted(self.rows()[0]["metrics"]), ["impressions", "spend"])
        wanted = ["campaign_name", "adgroup_id", "ad_name", "currency", "objective_type"]
        metrics = self.rows(metrics=wanted)[0]["metrics"]
        self.assertEqual((sorted(metrics), metrics["currency"]), (sorted(wanted), "EUR"))

    def test_a_query_can_be_too_large(self):
        tiktok.switch(report_most_cells=300, empty_days="zeros")
        self.refused("too large", 40067, start="2026-06-01", end="2026-06-14", metrics=["spend", "clicks"])
        self.assertTrue(self.rows(start="2026-06-01", end="2026-06-07", metrics=["spend", "clicks"]))

    def test_pages(self):
        for wrong in ({"page_size": 0}, {"page_size": 1001}, {"page": 0}, {"page": "x"}):
            self.refused("page", **wrong)
        self.assertEqual(self.get(page_size=None)["page_info"]["page_size"], 10)
        pages = [self.get(LARGE, start="2026-07-01", end="2026-07-02", page=n) for n in (1, 2, 3, 4)]
        keys = [tuple(row["dimensions"].values()) for page in pages for row in page["list"]]
        total = pages[0]["page_info"]["total_number"]
        self.assertTrue(1000 < total == len(keys) == len(set(keys)))
        self.assertEqual([p["page_info"]["total_number"] for p in pages], [total] * 4)
        self.assertEqual(pages[3]["list"], [])
        self.assertNotEqual(keys, sorted(keys))
        tiktok.switch(page_counts="grow")
        first = self.get(LARGE, start="2026-07-01", end="2026-07-02")["page_info"]
        self.assertLess(first["total_page"], pages[0]["page_info"]["total_page"])

    def test_nothing_at_all(self):
        tiktok.switch(empty_days="zeros")
        for pages in (0, 1):
            tiktok.switch(empty_total_page=pages)
            data = self.get(LATE["advertiser_id"], start="2026-01-01", end="2026-01-05")
            self.assertEqual((data["list"], data["page_info"]["total_number"], data["page_info"]["total_page"]), ([], 0, pages))
        without = self.rows(LATE["advertiser_id"], time=None, start="2026-01-01", metrics=["spend", "ctr", "cpc"])
        self.assertEqual([row["metrics"] for row in without], [{"spend": "0.00", "ctr": "0.00", "cpc": "0.00"}] * 2)

    def test_days_without_delivery(self):
        def count(way):
            tiktok.switch(empty_days=way)
            return len(self.rows(LATE["advertiser_id"], start="2026-06-22", end="2026-07-11"))
        self.assertEqual((count("absent"), count("zeros")), (2, 40))
        self.assertTrue(2 < count("mixed") < 40)

    def test_order(self):
        spent = [Decimal(r["metrics"]["spend"]) for r in self.rows(order_field="spend")]
        self.assertEqual(spent, sorted(spent, reverse=True))
        spent = [Decimal(r["metrics"]["spend"]) for r in self.rows(order_field="spend", order_type="ASC")]
        self.assertEqual(spent, sorted(spent))
        self.refused("order_field", order_field="ad_name")
        self.refused("order_type", order_field="spend", order_type="UP")

    def test_totals(self):
        data = self.get(page_size=3, enable_total_metrics=True, metrics=["spend", "clicks", "ad_name"])
        self.assertEqual(Decimal(data["total_metrics"]["spend"]), self.sum("spend"))
        self.assertEqual(data["total_metrics"]["ad_name"], "-")
        self.assertNotIn("total_metrics", self.get())
        self.refused("enable_total_metrics", time="stat_time_hour", enable_total_metrics=True)


class Filters(Case):
    def of(self, name, value, kind="IN"):
        return [{"field_name": name, "filter_type": kind, "filter_value": value}]

    def test_what_is_deleted_is_hidden_unless_asked_for(self):
        week = {"start": "2026-06-01", "end": "2026-06-07"}
        everything = self.of("ad_status", '["STATUS_ALL"]')
        self.assertEqual(self.sum("spend", level="advertiser", **week), self.sum("spend", filtering=everything, **week))
        self.assertLess(self.sum("spend", **week), self.sum("spend", filtering=everything, **week))
        deleted = self.sum("spend", filtering=self.of("ad_status", '["STATUS_DELETE"]'), **week)
        self.assertEqual(deleted + self.sum("spend", **week), self.sum("spend", level="advertiser", **week))
        self.assertLess(self.sum("spend", level="campaign", **week),
                        self.sum("spend", level="campaign", filtering=self.of("campaign_status", '["STATUS_ALL"]'), **week))

    def test_ids_names_and_numbers(self):
        row = self.rows(metrics=["campaign_id", "spend"])[0]
        ad, campaign = row["dimensions"]["ad_id"], row["metrics"]["campaign_id"]
        self.assertEqual({r["dimensions"]["ad_id"] for r in self.rows(filtering=self.of("ad_ids", f'["{ad}"]'))}, {ad})
        found = self.rows(metrics=["campaign_id"], filtering=self.of("campaign_ids", f'["{campaign}"]'))
        self.assertEqual({r["metrics"]["campaign_id"] for r in found}, {campaign})
        self.assertEqual(len(self.rows(filtering=self.of("campaign_name", "summer", "MATCH"), level="campaign")), 1)
        limit = row["metrics"]["spend"]
        for kind, value in (("GREATER_EQUAL", limit), ("BETWEEN", f"[{limit}, 100000]")):
            found = self.rows(filtering=self.of("spend", value, kind))
            self.assertTrue(found and all(Decimal(r["metrics"]["spend"]) >= Decimal(limit) for r in found))

    def test_what_a_filter_does_not_take(self):
        for wrong in ({"field_name": "ad_ids"}, "x", self.of("ad_ids", ["1"]), self.of("ad_ids", "1,2"), self.of("ad_ids", '["x"]'),
                      self.of("ad_ids", str(["1"] * 101).replace("'", '"')),
                      self.of("ad_status", '["DELETED"]'), self.of("colour", '["1"]'), self.of("ad_ids", '["1"]', "LIKE"),
                      self.of("spend", "much", "GREATER_THAN"), self.of("spend", "NaN", "GREATER_THAN"), [{"field_name": "ad_ids"}]):
            self.refused("filtering", filtering=wrong)
        self.refused("filtering", level="campaign", filtering=self.of("ad_ids", '["1"]'))
        self.rows(filtering=self.of("ad_ids", str(["1"] * 100).replace("'", '"')))


class Days(Case):
    def labels(self, account, date):
        rows = self.rows(account["advertiser_id"], time="stat_time_hour", start=date)
        return sorted(row["dimensions"]["stat_time_hour"] for row in rows)

    def test_the_day_on_which_the_clock_is_set_back_has_25_hours(self):
        found = self.labels(AUTUMN, "2025-11-02")
        self.assertEqual((len(found), found.count("2025-11-02 01:00:00")), (25, 2))
        self.assertEqual(self.sum("spend", AUTUMN["advertiser_id"], start="2025-11-02"), 25)
        self.assertEqual(self.sum("spend", AUTUMN["advertiser_id"], start="2025-11-01", end="2025-11-03"), 25)

    def test_the_day_on_which_it_is_set_forward_has_23(self):
        found = self.labels(SPRING, "2026-03-08")
        self.assertEqual((len(found), found.count("2026-03-08 02:00:00"), found[-1]), (23, 0, "2026-03-08 23:00:00"))
        self.assertEqual(self.sum("spend", SPRING["advertiser_id"], start="2026-03-08"), 23)

    def test_midnight_in_a_zone_of_half_hours(self):
        found = {r["dimensions"]["stat_time_day"]: r["metrics"]["spend"] for r in self.rows(KOLKATA["advertiser_id"], end="2026-07-02")}
        self.assertEqual(found, {"2026-07-01 00:00:00": "1.00", "2026-07-02 00:00:00": "2.50"})

    def test_days_of_utc_can_be_asked_for_with_several_accounts(self):
        both = {"advertiser_ids": [AUTUMN["advertiser_id"], KOLKATA["advertiser_id"]], "advertiser": None, "metrics": ["spend"]}
        rows = self.rows(start="2025-11-02", multi_adv_report_in_utc_time=True, **both)
        self.assertEqual([r["metrics"]["spend"] for r in rows], ["17"])
        self.assertEqual(rows[0]["metrics"]["timezone"], "America/Los_Angeles")
        tiktok.switch(multi_whole_amounts=False)
        self.assertEqual([r["metrics"]["spend"] for r in self.rows(start="2025-11-02", **both)], ["25.00"])
        self.assertEqual([r["metrics"]["spend"] for r in self.rows(multi_adv_report_in_utc_time=True, **both)], ["3.50"])
        self.assertEqual([r["metrics"]["spend"] for r in self.rows(**both)], ["1.00"])

    def test_hours_days_and_the_truth_agree(self):
        for account in (MUGS, HATS, WOOL):
            truth = self.truth(account, "2026-06-10")
            spent = Decimal(truth["account"]["all"]["spend"])
            self.assertEqual(self.sum("spend", account, "advertiser", start="2026-06-10"), spent)
            self.assertEqual(self.sum("spend", account, "advertiser", "stat_time_hour", start="2026-06-10"), spent)
            self.assertEqual(self.sum("conversion", account, "advertiser", start="2026-06-10"), truth["account"]["all"]["conversion"])
        self.assertNotEqual(truth["account"], truth["utc"])
        self.assertRaises(Failed, self.truth, "1", "2026-06-10")

    def test_raw_rows_are_checked(self):
        good = {"ad": 1, "at": "2026-07-01T10:00:00+00:00", "spend": "0.05"}
        tiktok.control("POST", "world", {"advertisers": [raw(9, "Etc/UTC", [good])]})
        for words, wrong in (("no ad number 2", {"ad": 2}), ("has no zone", {"at": "2026-07-01T10:00:00"}),
                             ("a raw row has", {"cost": "1"}),
                             ("is no amount of USD", {"spend": "0.005"}), ("is no amount of USD", {"spend": "-1"})):
            self.assertRaisesRegex(Failed, words, tiktok.control, "POST", "world",
                                   {"advertisers": [raw(9, "Etc/UTC", [{**good, **wrong}])]})
        self.assertEqual(self.truth(raw(9, "Etc/UTC", [])["advertiser_id"], "2026-07-01")["account"]["all"]["spend"], "0.05")

    def test_the_same_seed_makes_the_same_data(self):
        with tempfile.TemporaryDirectory() as place, StandIn(place, name="one") as one, StandIn(place, seed=2, name="two") as two:
            day = {"advertiser_id": HATS, "date": "2026-06-10"}
            found = [server.control("GET", "report-truth", **day)["final"] for server in (one, two, tiktok)]
        self.assertEqual(found[0], found[2])
        self.assertNotEqual(found[0], found[1])


class Revision(Case):
    def at(self, time, *metrics):
        tiktok.set_clock(time)
        found = self.rows(LATE["advertiser_id"], level="advertiser", metrics=list(metrics))
        return [found[0]["metrics"][m] for m in metrics] if found else []

    def test_spend_comes_late_and_in_parts_and_can_shrink(self):
        self.assertEqual(self.at("2026-07-01T10:00:00+00:00", "spend"), [])
        self.assertEqual(self.at("2026-07-01T11:10:00+00:00", "spend"), ["0.00"])
        self.assertEqual(self.at("2026-07-01T14:00:00+00:00", "spend", "clicks"), ["1.00", "10"])
        self.assertEqual(self.at("2026-07-01T22:00:00+00:00", "spend"), ["4.00"])
        self.assertEqual(self.at("2026-07-05T00:00:00+00:00", "spend"), ["13.00"])
        self.assertEqual(self.at("2026-07-10T00:00:00+00:00", "spend"), ["12.25"])
        tiktok.switch(spend_lag_seconds=0)
        self.assertEqual(self.at("2026-07-01T11:00:00+00:00", "spend"), ["4.00"])

    def test_conversions_come_for_28_days_to_the_day_of_the_click(self):
        wanted = ("conversion", "vta_conversion", "total_complete_payment_rate")
        self.assertEqual(self.at("2026-07-28T10:00:00+00:00", *wanted), ["1", "0", "10.00"])
        self.assertEqual(self.at("2026-07-28T11:00:00+00:00", *wanted), ["2", "1", "15.50"])
        rows = self.rows(LATE["advertiser_id"], start="2026-07-28", metrics=["conversion", "real_time_conversion"])
        self.assertEqual([r["metrics"] for r in rows], [{"conversion": "0", "real_time_conversion": "1"}])

    def test_generated_days_change_too(self):
        tiktok.set_clock("2026-06-11T12:00:00+00:00")
        early = self.truth(MUGS, "2026-06-10")["account"]["all"]
        tiktok.advance(40 * 86_400)
        late = self.truth(MUGS, "2026-06-10")["account"]["all"]
        self.assertLess(early["conversion"], late["conversion"])
        self.assertNotEqual(early["spend"], late["spend"])
        self.assertEqual(late, self.truth(MUGS, "2026-06-10")["final"]["account"]["all"])


class Forms(Case):
    WANTED = ["spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversion", "cost_per_conversion", "vta_conversion",
              "cta_conversion", "complete_payment_roas"]

    def metrics(self, *wanted, **switches):
        tiktok.switch(**switches)
        return self.rows(RATES["advertiser_id"], metrics=list(wanted) or self.WANTED)[0]["metrics"]

    def test_numbers_are_texts_of_two_decimals(self):
        self.assertEqual(self.metrics(), dict(zip(self.WANTED, (
            "20.00", "4696", "51", "1.09", "0.39", "4.26", "3", "6.67", "1", "2", "3.00"))))

    def test_other_forms(self):
        self.assertEqual(self.metrics("spend", "cpc", metric_decimals=3), {"spend": "20.000", "cpc": "0.390"})
        found = self.metrics("clicks", "impressions", number_metrics=["clicks"])
        self.assertEqual((found["clicks"], found["impressions"]), (51, "4696"))

    def test_what_is_missing(self):
        self.assertEqual(self.metrics("frequency"), {"frequency": "-"})
        self.assertEqual(self.metrics("frequency", missing_metric="null"), {"frequency": None})
        self.assertEqual(self.metrics("frequency", missing_metric="absent"), {})
        many = self.metrics(*("likes", "shares", "follows", "reach", "frequency", "comments"), missing_metric="mixed")
        self.assertTrue(set(many.values()) <= {"-", None})

    def test_a_currency_without_decimals(self):
        for decimals, form in ((2, r"[0-9]+\.00"), ("currency", "[0-9]+")):
            tiktok.switch(metric_decimals=decimals)
            spent = [row["metrics"]["spend"] for row in self.rows(PAPER)]
            self.assertTrue(spent and all(re.fullmatch(form, text) for text in spent), spent)

    def test_faults_work_here_too(self):
        tiktok.fault({"do": "code", "code": 51001, "path": f"/open_api/v1.3/{PATH}"})
        self.refused("", 51001)
        self.assertTrue(self.rows())


if __name__ == "__main__":
    unittest.main()
