#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What readers read of TikTok's reports, structure and accounts is what the stand-in knows, whatever the form it comes in and whatever goes wrong on the
way. Needs no Kafka: the readers run in tests/support/tiktok_probe.c (PROBE, default build/dev/tiktok_probe)."""
import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from tiktok.client import WORLD, StandIn  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
LOOKBACK = os.environ.get("LOOKBACK", os.path.join(ROOT, "build/dev/lookback"))
PROBE = os.environ.get("PROBE", os.path.join(os.path.dirname(LOOKBACK), "tiktok_probe"))
NOW = 1_784_709_895  # 2026-07-22T08:44:55Z
MUGS, HATS, TEA, WOOL, _, PAPER, LARGE = (f"700000000000000000{n}" for n in range(1, 8))
HUGE = "7000000000000000101"
ZONES = {MUGS: "Etc/UTC", HATS: "America/Los_Angeles", TEA: "Asia/Kolkata", WOOL: "Pacific/Auckland", PAPER: "Asia/Tokyo", LARGE: "Europe/Paris"}
FIRST, LAST, LATE = datetime.date(2026, 6, 8), datetime.date(2026, 7, 10), datetime.date(2026, 7, 8)
ADDED = {"advertisers": [{"advertiser_id": HUGE, "timezone": "Europe/Berlin", "structure": {"campaigns": 2, "adgroups": 2, "ads": 900},
                          "raw": [{"ad": n, "at": f"2026-06-0{1 + n % 2}T12:00:00+00:00", "spend": "0.25", "impressions": 3} for n in range(3600)]}]}


def days(first, last):
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]


class Reading(unittest.TestCase):
    truths = {}

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="lookback-")
        cls.tiktok = StandIn(cls.scratch.name, {**WORLD, "advertisers": WORLD["advertisers"] + ADDED["advertisers"]})
        cls.tiktok.change_token(name="all", grant=HUGE)

    @classmethod
    def tearDownClass(cls):
        cls.tiktok.stop()
        cls.scratch.cleanup()

    def setUp(self):
        self.tiktok.reset()
        self.tiktok.set_clock(NOW)
        self.tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def probe(self, *jobs, token="all", code=0, options=()):
        """(rows by job, ends by job)"""
        done = subprocess.run([PROBE, self.tiktok.base.rstrip("/"), *options, *jobs], env={"TIKTOK_TOKEN": self.tiktok.token(token)},
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout[-500:])
        rows, ends = {job: [] for job in jobs}, {}
        for line in map(json.loads, done.stdout.splitlines()):
            if "end" in line:
                ends[line["end"]] = line
            else:
                rows[line["job"]].append(line)
        self.assertEqual(ends.keys(), set(jobs))
        return rows, ends

    def truth(self, account, date, whose="account"):
        if (account, date) not in self.truths:
            self.truths[account, date] = self.tiktok.control("GET", "report-truth", advertiser_id=account, date=date.isoformat())
        return self.truths[account, date][whose]["all"]

    def same_as_truth(self, rows, account, whose="account", first=FIRST, last=LAST, ads=True, value=True):
        """Of each day: sums over its rows, unknown counts as nothing."""
        sums = {}
        for row in rows:
            day = sums.setdefault(row["day"], dict.fromkeys(("spend", "impressions", "clicks", "conversions", "vta", "cta", "web_value"), 0))
            for name in day:
                day[name] += row[name] or 0
        self.assertTrue(sums and set(sums) <= {d.isoformat() for d in days(first, last)}, sorted(sums))
        for date in days(first, last):
            true, found = self.truth(account, date, whose), sums.get(date.isoformat())
            if found is None:
                self.assertEqual(Decimal(true["spend"]), 0, date)
                continue
            self.assertEqual(Decimal(found["spend"]) / 1_000_000, Decimal(true["spend"]), f"spend of {date}")
            self.assertEqual([found[n] for n in ("impressions", "clicks", "conversions", "vta", "cta")],
                             [true[n] for n in ("impressions", "clicks", "conversion", "vta_conversion", "cta_conversion")], date)
        if ads:
            self.assertTrue(all(r["ad_id"] and r["adgroup_id"] and r["campaign_id"] for r in rows))

    def job(self, account, cut="days", level="ad", first=FIRST, last=LAST):
        return f"{cut}:{level}:{account}:{first}:{last}" + ("" if cut == "utc" else f":{ZONES.get(account, 'Europe/Berlin')}")

    def test_days_of_all_accounts_are_the_truth(self):
        accounts = [a for a in ZONES if a != LARGE]
        jobs = [self.job(a, level=level) for a in accounts for level in ("ad", "advertiser")]
        rows, ends = self.probe(*jobs)
        for account in accounts:
            self.same_as_truth(rows[self.job(account)], account)
            self.same_as_truth(rows[self.job(account, level="advertiser")], account, ads=False)
        self.assertTrue(all(e["windows"] == 2 and e["halvings"] == e["rereads"] == 0 for e in ends.values()), ends)
        self.assertEqual({r["currency"] for r in rows[self.job(PAPER)]}, {"JPY"})
        self.assertTrue(all(r["app_value"] is None for r in rows[self.job(MUGS)]))  # which is not 0

    def test_every_form_of_an_answer_says_the_same(self):
        jobs = [self.job(MUGS), self.job(PAPER)]
        plain, _ = self.probe(*jobs)
        for form in ({"ids_as_numbers": True, "unknown_fields": True}, {"metric_decimals": 3, "gzip": "always"},
                     {"metric_decimals": "currency", "framing": "chunked", "gzip": "never"}, {"missing_metric": "absent", "empty_days": "zeros"},
                     {"missing_metric": "null", "empty_total_page": 0}, {"header_case": "lower", "keep_alive_requests": 1},
                     {"number_metrics": ["spend", "impressions", "clicks", "conversion", "total_complete_payment_rate"]}):
            self.tiktok.switch(**{"empty_days": "absent", **form})
            found, _ = self.probe(*jobs)
            for job in jobs:
                self.assertEqual([r for r in found[job] if r["spend"] or r["impressions"] or r["conversions"]],
                                 [r for r in plain[job] if r["spend"] or r["impressions"] or r["conversions"]], form)

    def test_thousands_of_rows_in_pages(self):
        job = self.job(LARGE, first=LATE)
        rows, ends = self.probe(job)
        self.assertGreater(len(rows[job]), 2_000)
        self.assertGreater(ends[job]["requests"], 2)
        self.same_as_truth(rows[job], LARGE, first=LATE)
        self.assertEqual(len({(r["ad_id"], r["day"]) for r in rows[job]}), len(rows[job]))

    def test_counts_that_differ_between_pages_are_read_again(self):
        first, last, exact = datetime.date(2026, 6, 1), datetime.date(2026, 6, 2), "ad:" + HUGE
        for way in ("grow", "shrink"):
            self.tiktok.switch(page_counts=way, empty_days="absent")
            rows, ends = self.probe(self.job(HUGE, first=first, last=last), exact)
            self.assertTrue(all(e["rereads"] == 1 for e in ends.values()), ends)
            self.assertEqual(len(rows[exact]), 3600)
            self.same_as_truth(rows[self.job(HUGE, first=first, last=last)], HUGE, first=first, last=last)

    def test_a_query_that_is_too_large_is_halved(self):
        job = self.job(MUGS)
        self.tiktok.switch(report_most_cells=11 * 18 * 8, empty_days="zeros")  # eight days of eighteen ads
        rows, ends = self.probe(job)
        self.assertEqual((ends[job]["halvings"], ends[job]["windows"]), (2, 5))
        self.same_as_truth(rows[job], MUGS)
        self.tiktok.switch(report_most_cells=10)
        _, ends = self.probe(job, code=1)
        self.assertEqual((ends[job]["verdict"], ends[job]["code"]), ("smaller", 40067))

    def test_a_ceiling_of_rows_halves_too(self):
        job = self.job(MUGS)
        rows, ends = self.probe(job, options=("--rows", "300"))
        self.assertGreaterEqual(ends[job]["halvings"], 1)
        self.same_as_truth(rows[job], MUGS)

    def test_days_of_utc_by_hours_and_by_tiktoks_switch(self):
        first, last = datetime.date(2026, 6, 1), datetime.date(2026, 6, 4)
        around = (first - datetime.timedelta(days=1), last + datetime.timedelta(days=1))
        hours = self.job(HATS, "hours", first=around[0], last=around[1])
        switch, whole = self.job(TEA, "utc", first=first, last=last), self.job(HATS, "utc", first=first, last=last)
        rows, ends = self.probe(hours, switch, whole)
        self.assertEqual(ends[hours]["windows"], 6)
        for row in rows[hours]:
            row["day"] = datetime.datetime.fromtimestamp(row["from_ms"] / 1000, datetime.timezone.utc).date().isoformat()
        inside = [r for r in rows[hours] if first.isoformat() <= r["day"] <= last.isoformat()]
        self.same_as_truth(inside, HATS, "utc", first, last)
        for account, job in ((TEA, switch), (HATS, whole)):
            for date in days(first, last):
                true, mine = self.truth(account, date, "utc"), [r for r in rows[job] if r["day"] == date.isoformat()]
                self.assertEqual([sum(r[n] for r in mine) for n in ("impressions", "clicks", "conversions")],
                                 [true[n] for n in ("impressions", "clicks", "conversion")])
                self.assertTrue(all(r["spend"] % 1_000_000 == 0 for r in mine))

    def test_the_hour_that_comes_twice(self):
        first = datetime.date(2025, 11, 2)
        job = self.job(HATS, "hours", first=first, last=first)
        rows, ends = self.probe(job)
        self.assertEqual(ends[job]["rereads"], 0)
        self.same_as_truth(rows[job], HATS, first=first, last=first)

    def test_throttling_slows_down_and_loses_nothing(self):
        jobs = [self.job(a) for a in (MUGS, HATS, TEA)]
        self.tiktok.set_clock(NOW, 1)
        self.tiktok.switch(app_per_second=4, advertiser_per_second=2, spend_lag_seconds=0)
        for switches in ({}, {"throttled_429": True, "retry_after": False}):
            self.tiktok.switch(**switches)
            rows, ends = self.probe(*jobs, options=("--tries", "30"))
            self.assertEqual({e["verdict"] for e in ends.values()}, {"ok"})
            self.assertTrue(rows[jobs[0]])
        self.assertTrue({"40100", "40133"} & {str(r["code"]) for r in self.tiktok.requests()})
        self.tiktok.set_clock(NOW)

    def test_every_fault_ends_well_or_is_named(self):
        path = "/open_api/v1.3/report/integrated/get/"
        codes = (40100, 40133, 40202, 40700, 51010, 61000)  # the others: tests/unit/tiktok/test_call.c
        others = ("html", "empty", "not_json", "no_code", "truncated", "short_body", "reset_before", "reset_during")
        job = self.job(MUGS, level="advertiser", first=LATE)
        plain, _ = self.probe(job)
        self.same_as_truth(plain[job], MUGS, first=LATE, ads=False)
        for fault in [*({"do": "code", "code": c} for c in codes), *({"do": o} for o in others)]:
            self.tiktok.fault({**fault, "path": path})
            rows, ends = self.probe(job)
            self.assertEqual((ends[job]["retries"], ends[job]["verdict"]), (1, "ok"), fault)
            self.assertEqual(rows, plain)
        for code, verdict in ((40000, "refused"), (40001, "no_access"), (40007, "refused"), (40105, "reauthorise"), (40110, "reauthorise"),
                              (40300, "no_access"), (40131, "scope")):
            self.tiktok.fault({"do": "code", "code": code, "path": path})
            _, ends = self.probe(job, code=1)
            self.assertEqual((ends[job]["verdict"], ends[job]["code"], ends[job]["requests"]), (verdict, code, 1))

    def test_one_closed_account_and_a_revoked_token(self):
        for switched in (False, True):
            self.tiktok.switch(foreign_target_40002=switched)
            _, ends = self.probe(self.job(MUGS), self.job(HATS), token="mugs", code=1)
            self.assertEqual([ends[self.job(a)]["verdict"] for a in (MUGS, HATS)], ["ok", "no_access"])
        self.tiktok.revoke("mugs", after=1)
        job = self.job(MUGS)
        _, ends = self.probe(job, token="mugs", code=1)
        self.assertEqual((ends[job]["verdict"], ends[job]["windows"]), ("reauthorise", 1))
        self.tiktok.change_token(restore="mugs")

    def test_structure_has_all_and_what_is_deleted(self):
        jobs = [f"{level}:{MUGS}" for level in ("campaign", "adgroup", "ad")] + [f"ad:{HUGE}"]
        self.tiktok.switch(ids_as_numbers=True)
        rows, ends = self.probe(*jobs)
        for level, job in zip(("campaign", "adgroup", "ad", "ad"), jobs):
            account = job.partition(":")[2]
            asked = [self.tiktok.read(f"{level}/get/", "all", advertiser_id=account, filtering={"primary_status": "STATUS_ALL"}, page=page,
                                      page_size=1000)["data"]["list"] for page in range(1, 6)]
            found = {r["id"]: r for r in rows[job]}
            self.assertEqual(len(found), len(rows[job]))
            self.assertEqual(found.keys(), {str(t[f"{level}_id"]) for page in asked for t in page})
            for thing in (t for page in asked for t in page):
                row = found[str(thing[f"{level}_id"])]
                self.assertEqual((row["name"], row["operation_status"]), (thing[f"{level}_name"], thing["operation_status"]))
                self.assertEqual(row["deleted"], int(thing["secondary_status"].endswith("DELETE")))
                self.assertEqual(row["modify_ms"] is None, "modify_time" not in thing)
                self.assertEqual(row["campaign_id"], None if level == "campaign" else str(thing["campaign_id"]))
        first = min(rows[jobs[0]], key=lambda r: r["id"])
        self.assertIn("\U0001f3d6", first["name"])
        self.assertIsNone(first["budget"])
        self.assertEqual({r["budget"] for r in rows[jobs[1]]}, {50_500_000})
        self.assertEqual({r["conversion_bid_price"] for r in rows[jobs[1]]}, {12_250_000})
        self.assertTrue(any(r["deleted"] for r in rows[jobs[2]]) and not all(r["deleted"] for r in rows[jobs[2]]))
        self.assertEqual(ends[jobs[3]]["requests"], 4)

    def test_accounts_and_their_zones(self):
        job = "accounts:" + ",".join(ZONES)
        rows, _ = self.probe(job)
        self.assertEqual({r["id"]: r["zone"] for r in rows[job]}, ZONES)
        self.assertEqual({r["id"]: r["currency"] for r in rows[job]}[PAPER], "JPY")
        foreign = f"accounts:{MUGS},{HATS}"
        _, ends = self.probe(foreign, token="mugs", code=1)
        self.assertEqual(ends[foreign]["verdict"], "no_access")

    def connect(self, state="a b/c&d", secret=None, come_back=None):
        """(exit code, what was printed): a user who is sent to the portal, says yes, and comes back."""
        program, app = os.path.join(os.path.dirname(PROBE), "oauth_probe"), WORLD["apps"][0]
        went = subprocess.run([program, "url", f"{self.tiktok.url}/portal/auth", app["app_id"], "a b/c&d", app["redirect_uri"]], capture_output=True,
                              text=True, timeout=20, check=True).stdout.strip()
        connection = self.tiktok.connect()
        connection.request("GET", went.partition(self.tiktok.address)[2])
        back = connection.getresponse().getheader("Location")
        connection.close()
        done = subprocess.run([program, "connect", self.tiktok.base.rstrip("/"), app["app_id"], state], capture_output=True, text=True, timeout=20,
                              check=False, env={"TIKTOK_SECRET": secret or app["secret"], "TIKTOK_REDIRECT": come_back or back})
        return done.returncode, json.loads(done.stdout), back

    def test_a_token_is_got_and_given_back(self):
        for switches in ({}, {"portal_only_auth_code": True, "oauth_expires_in": True, "ids_as_numbers": True}):
            self.tiktok.switch(**switches)
            code, said, back = self.connect()
            self.assertEqual((code, said["token_bytes"], said["scopes"], said["revoked"], said["after"]), (0, 40, 4, "ok", "reauthorise"))
            self.assertEqual(set(said["accounts"]), {*ZONES, HUGE, "7000000000000000005"})
        self.assertEqual(self.connect(state="other")[1], {"error": "oauth_state"})
        self.assertEqual(self.connect(secret="wrong")[1], {"error": "tiktok_refused"})
        self.assertEqual(self.connect(come_back=back)[1], {"error": "tiktok_reauthorise"})  # a code works once
        self.tiktok.switch(portal_refuses=True)
        self.assertEqual(self.connect()[1], {"error": "oauth_refused"})
        self.assertEqual(self.tiktok.leaks(), [])

    def test_no_token_is_in_a_url(self):
        self.probe(self.job(MUGS), f"ad:{MUGS}")
        self.assertEqual(self.tiktok.leaks(), [])


if __name__ == "__main__":
    unittest.main()
