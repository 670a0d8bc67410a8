#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Campaigns, ad groups and ads as they are read: parameters, filters, pages, and what a careless reader stumbles over."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import Failed, stand_in_of_file  # noqa: E402

NOW = 1_784_709_895
MUGS, HATS, LARGE = "7000000000000000001", "7000000000000000002", "7000000000000000007"


def setUpModule():
    global tiktok
    tiktok = stand_in_of_file()


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.set_clock(NOW)
        tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def get(self, level, advertiser=MUGS, token="all", **query):
        said = tiktok.read(f"{level}/get/", token, advertiser_id=advertiser, **query)
        self.assertEqual(said["code"], 0, said)
        return said["data"]

    def list(self, level, advertiser=MUGS, **query):
        return self.get(level, advertiser, **{"page_size": 1000, **query})["list"]

    def ids(self, level, **filtering):
        return {thing[f"{level}_id"] for thing in self.list(level, filtering=filtering)}

    def refused(self, words, code=40002, level="ad", **query):
        said = tiktok.read(f"{level}/get/", query.pop("token", "all"), **{"advertiser_id": MUGS, **query})
        self.assertEqual(said["code"], code, said)
        self.assertIn(words, said["message"])


class Reading(Case):
    def test_the_three_levels_belong_together(self):
        campaigns = {c["campaign_id"]: c for c in self.list("campaign")}
        adgroups = {g["adgroup_id"]: g for g in self.list("adgroup")}
        ads = self.list("ad")
        self.assertEqual((len(campaigns), len(adgroups), len(ads)), (2, 4, 12))
        for ad in ads:
            self.assertEqual(adgroups[ad["adgroup_id"]]["campaign_id"], ad["campaign_id"])
            self.assertEqual(campaigns[ad["campaign_id"]]["campaign_name"], ad["campaign_name"])
        self.assertEqual(len({a["ad_id"] for a in ads} | set(campaigns) | set(adgroups)), 18)

    def test_what_a_careless_reader_stumbles_over(self):
        self.assertIn(None, [c["budget"] for c in self.list("campaign")])
        self.assertEqual(sum("modify_time" not in a for a in self.list("ad")), 1)
        self.assertTrue(any('"' in c["campaign_name"] and "\U0001f3d6" in c["campaign_name"] for c in self.list("campaign")))

    def test_null_fields_can_be_left_out(self):
        found = self.list("campaign", exclude_field_types_in_response=["NULL_FIELD"])
        self.assertEqual(sum("budget" not in c for c in found), 1)
        self.assertFalse(any(None in c.values() for c in found))
        self.refused("exclude_field_types_in_response", exclude_field_types_in_response=["NULLS"])

    def test_fields(self):
        self.assertEqual({tuple(sorted(a)) for a in self.list("ad", fields=["ad_id", "campaign_name"])}, {("ad_id", "campaign_name")})
        self.refused("no field ad_nmae", fields=["ad_nmae"])
        self.refused("no field ad_id", level="campaign", fields=["ad_id"])
        self.refused("fields", fields="ad_id,ad_name")

    def test_more_than_a_thousand_ads_in_pages(self):
        first, second = (self.get("ad", LARGE, page=n, page_size=1000, fields=["ad_id"]) for n in (1, 2))
        self.assertEqual(first["page_info"], {"page": 1, "page_size": 1000, "total_number": 1199, "total_page": 2})
        self.assertEqual((len(first["list"]), len(second["list"])), (1000, 199))
        self.assertEqual(len({a["ad_id"] for a in first["list"] + second["list"]}), 1199)
        self.assertEqual(self.get("ad", LARGE, page=3, page_size=1000)["list"], [])
        self.assertEqual(len(self.get("ad", LARGE)["list"]), 10)

    def test_page_counts_may_shift(self):
        def counts():
            return [self.get("ad", LARGE, page=n, page_size=500, fields=["ad_id"])["page_info"]["total_page"] for n in (1, 2, 3)]
        self.assertEqual(counts(), [3, 3, 3])
        tiktok.switch(page_counts="grow")
        self.assertEqual(counts(), [2, 3, 3])
        tiktok.switch(page_counts="shrink")
        self.assertEqual(counts(), [4, 3, 3])

    def test_ids_as_numbers(self):
        tiktok.switch(ids_as_numbers=True)
        self.assertIs(type(self.list("ad")[0]["adgroup_id"]), int)

    def test_what_is_not_taken(self):
        for words, query in (("advertiser_id", {"advertiser_id": ""}), ("advertiser_id", {"advertiser_id": "mugs"}),
                             ("page_size", {"page_size": 0}), ("page_size", {"page_size": 1001}), ("page_size", {"page_size": "x"}),
                             ("page", {"page": 0}), ("filtering", {"filtering": []}), ("filtering", {"filtering": "STATUS_ALL"})):
            self.refused(words, **query)
        self.refused(HATS, 40001, advertiser_id=HATS, token="mugs")
        self.refused("Access token", 40104, token=None)
        self.assertEqual(tiktok.call("/open_api/v1.3/ad/get/", {}, "all")[1]["code"], 40400)
        tiktok.switch(advertiser_per_second=1)
        self.list("ad")
        self.refused(MUGS, 40133)


class Filters(Case):
    def test_what_is_deleted_is_hidden_unless_asked_for(self):
        self.assertEqual([len(self.ids("ad", primary_status=s)) for s in ("STATUS_NOT_DELETE", "STATUS_ALL", "STATUS_DELETE")], [12, 18, 6])
        self.assertEqual(self.ids("campaign"), self.ids("campaign", primary_status="STATUS_NOT_DELETE"))
        self.assertEqual(len(self.ids("campaign", primary_status="STATUS_ALL")), 3)
        deleted = self.list("campaign", filtering={"primary_status": "STATUS_DELETE"})
        self.assertEqual([c["secondary_status"] for c in deleted], ["CAMPAIGN_STATUS_DELETE"])
        self.refused("primary_status", filtering={"primary_status": "DELETED"})

    def test_ids(self):
        campaign = min(self.ids("campaign"))
        self.assertEqual(len(self.ids("ad", campaign_ids=[campaign])), 6)
        one = min(self.ids("ad"))
        self.assertEqual(self.ids("ad", ad_ids=[one] * 100), {one})
        self.refused("ad_ids", filtering={"ad_ids": [one] * 101})
        self.refused("ad_ids", filtering={"ad_ids": []})
        self.refused("ad_ids", filtering={"ad_ids": [int(one)]})
        self.refused("ad_ids", level="campaign", filtering={"ad_ids": [one]})

    def test_names_kinds_and_times(self):
        self.assertEqual(len(self.ids("campaign", campaign_name="SUMMER")), 1)
        self.assertEqual(len(self.ids("campaign", objective_type="REACH")), 0)
        self.assertEqual(len(self.ids("campaign", objective_type="WEB_CONVERSIONS")), 2)
        self.assertEqual(len(self.ids("campaign", buying_types=["RESERVATION_RF"])), 0)
        early = self.ids("ad", creation_filter_start_time="2025-01-01 01:00:00", creation_filter_end_time="2025-01-01 02:00:00")
        self.assertEqual(len(early), 2)
        self.refused("creation_filter_start_time", filtering={"creation_filter_start_time": "2025-01-01"})
        self.refused("no filter of this level", filtering={"colour": "red"})

    def test_a_test_can_change_things(self):
        ad = min(self.ids("ad"))
        tiktok.control("POST", "structure", {"advertiser_id": MUGS, "id": ad, "set": {"ad_name": "New", "operation_status": "DISABLE"}})
        found = self.list("ad", filtering={"ad_ids": [ad]})[0]
        self.assertEqual((found["ad_name"], found["modify_time"]), ("New", "2026-07-22 08:44:55"))
        self.assertEqual(self.ids("ad", primary_status="STATUS_DISABLE"), {ad})
        tiktok.control("POST", "structure", {"advertiser_id": MUGS, "id": ad, "deleted": True})
        self.assertNotIn(ad, self.ids("ad"))
        tiktok.control("POST", "structure", {"advertiser_id": MUGS, "id": ad, "deleted": False, "set": {"operation_status": "ENABLE"}})
        self.assertIn(ad, self.ids("ad"))
        for wrong in ({"advertiser_id": MUGS, "id": "1"}, {"advertiser_id": MUGS, "id": ad, "set": {"colour": 1}}):
            self.assertRaises(Failed, tiktok.control, "POST", "structure", wrong)

    def test_a_world_gives_names(self):
        about = {"advertiser_id": "7000000000000000098", "structure": {"campaigns": 2, "adgroups": 1, "ads": 1, "deleted_ads": 0},
                 "named": {"campaign": [["501", "Spring \U0001f337"], ["502", "Sale"]], "ad": [["701", "Shoe"], ["702", "Bag"]]}}
        tiktok.control("POST", "world", {"advertisers": [about]})
        tiktok.change_token(name="all", grant=about["advertiser_id"])
        self.assertCountEqual([(a["campaign_id"], a["campaign_name"], a["ad_id"], a["ad_name"]) for a in self.list("ad", about["advertiser_id"])],
                              [("501", "Spring \U0001f337", "701", "Shoe"), ("502", "Sale", "702", "Bag")])
        tiktok.control("POST", "structure", {"advertiser_id": about["advertiser_id"], "id": "702", "deleted": True})
        self.assertEqual(len(self.list("ad", about["advertiser_id"])), 1)

    def test_a_world_says_how_much_there_is(self):
        about = {"advertiser_id": "7000000000000000099", "structure": {"campaigns": 1, "adgroups": 1, "ads": 2, "deleted_ads": 0}}
        tiktok.control("POST", "world", {"advertisers": [about]})
        tiktok.change_token(name="all", grant=about["advertiser_id"])
        self.assertEqual(len(self.list("ad", about["advertiser_id"])), 2)
        self.assertRaises(Failed, tiktok.control, "POST", "world", {"advertisers": [{**about, "structure": {"ads": -1}}]})
        self.assertRaises(Failed, tiktok.control, "POST", "world", {"advertisers": [{**about, "timezone": "Mars/Olympus"}]})
        self.assertNotIn("Traceback", json.dumps(tiktok.text()))


if __name__ == "__main__":
    unittest.main()
