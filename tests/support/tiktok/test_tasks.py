#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reports as tasks: made, waited for by the clock, fetched as CSV."""
import csv
import io
import os
import sys
import unittest
import urllib.parse
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import stand_in_of_file  # noqa: E402

NOW = 1_784_709_895
MUGS, HATS = "7000000000000000001", "7000000000000000002"
TASK = "/open_api/v1.3/report/task/"


def setUpModule():
    global tiktok
    tiktok = stand_in_of_file()


def asked(**more):
    return {"advertiser_id": MUGS, "report_type": "BASIC", "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "stat_time_day"],
            "metrics": ["spend", "campaign_name"], "start_date": "2026-05-01", "end_date": "2026-06-30", **more}


class Tasks(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.set_clock(NOW)
        tiktok.switch(app_per_second=None, advertiser_per_second=None, missing_metric="dash", empty_days="absent")

    def create(self, token="all", **more):
        return tiktok.call(f"{TASK}create/", asked(**more), token)[1]

    def made(self, **more):
        said = self.create(**more)
        self.assertEqual(said["code"], 0, said)
        return said["data"]["task_id"]

    def ask(self, what, task, advertiser=MUGS, token="all"):
        query = urllib.parse.urlencode({"advertiser_id": advertiser, "task_id": task})
        return tiktok.call(f"{TASK}{what}/?{query}", None, token, method="GET")

    def status(self, task):
        return self.ask("check", task)[1]["data"]["status"]

    def rows(self, task):
        status, raw, headers = self.ask("download", task)
        self.assertEqual((status, headers["Content-Type"]), (200, "text/csv"))
        return list(csv.reader(io.StringIO(raw.decode())))

    def refused(self, said, code=40002, words=""):
        self.assertEqual(said["code"], code, said)
        self.assertIn(words, said["message"])

    def test_a_task_takes_its_time(self):
        task = self.made()
        self.assertEqual(self.status(task), "QUEUING")
        self.refused(self.ask("download", task)[1], 40201)
        tiktok.advance(10)
        self.assertEqual(self.status(task), "PROCESSING")
        self.refused(self.ask("download", task)[1], 40201)
        tiktok.advance(60)
        self.assertEqual(self.status(task), "SUCCESS")
        self.assertTrue(self.rows(task))

    def test_the_csv_says_what_the_report_does(self):
        task = self.made(start_date="2026-06-01", enable_report_title_translation=False)
        tiktok.advance(70)
        head, *rows = self.rows(task)
        self.assertEqual(head, ["campaign_id", "stat_time_day", "spend", "campaign_name"])
        same = {**asked(start_date="2026-06-01"), "page_size": 1000}
        found = tiktok.read("report/integrated/get/", **same)["data"]["list"]
        self.assertEqual(len(found), len(rows))
        self.assertEqual(sum(Decimal(r["metrics"]["spend"]) for r in found), sum(Decimal(row[2]) for row in rows))
        self.assertEqual({r["metrics"]["campaign_name"] for r in found}, {row[3] for row in rows})
        task = self.made()
        tiktok.advance(70)
        self.assertEqual(self.rows(task)[0], ["Campaign ID", "By Day", "Cost", "Campaign Name"])
        self.assertEqual(len({row[1] for row in self.rows(task)[1:]}), 61)

    def test_an_address_is_good_for_an_hour(self):
        task = self.made(output_format="CSV_DOWNLOAD", file_name="may")
        tiktok.advance(70)
        data = self.ask("download", task)[1]["data"]
        self.assertEqual((data["file_name"], data["output_format"]), ("may.csv", "CSV_DOWNLOAD"))
        path = data["download_url"].removeprefix(tiktok.url)
        self.assertTrue(tiktok.call(path, None, None, method="GET")[1].startswith(b"Campaign ID,"))
        tiktok.advance(3600)
        self.assertEqual(tiktok.call(path, None, None, method="GET")[0], 403)
        self.assertEqual(self.ask("download", task)[1]["code"], 0)

    def test_tasks_can_fail_and_be_canceled(self):
        task = self.made()
        body = {"advertiser_id": MUGS, "task_id": task}
        self.assertEqual(tiktok.call(f"{TASK}cancel/", body, "all")[1]["code"], 0)
        self.assertEqual(self.status(task), "CANCELED")
        self.refused(tiktok.call(f"{TASK}cancel/", body, "all")[1], words="CANCELED")
        tiktok.switch(task_fails=True, task_queue_seconds=0, task_process_seconds=0)
        task = self.made()
        self.assertEqual(sorted(self.ask("check", task)[1]["data"]), ["message", "status"])
        self.assertEqual(self.status(task), "FAILED")
        self.refused(self.ask("download", task)[1], words="FAILED")

    def test_whose_task_it_is(self):
        task = self.made()
        self.refused(self.ask("check", task, HATS)[1], words="task_id")
        self.refused(self.ask("check", "1")[1], words="task_id")
        self.refused(self.ask("check", task, HATS, "mugs")[1], 40001)
        self.refused(self.create("mugs", advertiser_id=HATS), 40001)
        self.refused(self.create(None), 40104)
        both = self.made(advertiser_id="", advertiser_ids=[MUGS, HATS], dimensions=["advertiser_id", "campaign_id", "stat_time_day"])
        tiktok.advance(70)
        self.assertEqual({row[0] for row in self.rows(both)[1:]}, {MUGS, HATS})
        self.assertEqual(self.ask("check", both, HATS)[1]["code"], 0)

    def test_what_a_task_does_not_take(self):
        status = [{"field_name": "campaign_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]
        for words, more in (("page", {"page": 1}), ("output_format", {"output_format": "XLSX_DOWNLOAD"}),
                            ("output_format", {"output_format": "X"}),
                            ("file_name", {"file_name": "f" * 256}), ("filtering", {"filtering": status}),
                            ("dimensions", {"dimensions": '["campaign_id"]'}), ("report_type", {"report_type": "BC"}),
                            ("enable_report_title_translation", {"enable_report_title_translation": "no"})):
            self.refused(self.create(**more), words=words)
        self.refused(tiktok.call(f"{TASK}create/", b"[]", "all")[1])
        self.made(file_name="f" * 255, filtering=[{"field_name": "campaign_ids", "filter_type": "IN", "filter_value": '["1"]'}])


if __name__ == "__main__":
    unittest.main()
