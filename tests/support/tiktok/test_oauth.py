#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A token's way: the portal, the code, the exchange, the accounts it may read, its end."""
import json
import os
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import WORLD, stand_in_of_file  # noqa: E402

NOW = 1_784_709_895
APP, SECRET, BACK = "7100000000000000001", "invented-app-secret", "https://shop.example/connect/tiktok"
MUGS, HATS, TEA, WOOL, CLOSED, PAPER = (f"700000000000000000{n}" for n in range(1, 7))
EXCHANGE, REVOKE = "/open_api/v1.3/oauth2/access_token/", "/open_api/v1.3/oauth2/revoke_token/"


def setUpModule():
    global tiktok
    other = {"app_id": "7100000000000000002", "secret": "other-secret", "redirect_uri": "https://rival.example/?a=1"}
    tiktok = stand_in_of_file({**WORLD, "apps": WORLD["apps"] + [other]})


def portal(app_id=APP, redirect_uri=BACK, path="/portal/auth", **more):
    """(status, what the redirect carries)"""
    query = urllib.parse.urlencode({"app_id": app_id, "state": "s/1 &", "redirect_uri": redirect_uri, **more})
    status, _, headers = tiktok.call(f"{path}?{query}", None, None, method="GET")
    return status, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers.get("Location", "")).query))


def exchange(code, app_id=APP, secret=SECRET, **more):
    return tiktok.call(EXCHANGE, {"app_id": app_id, "secret": secret, "auth_code": code, **more}, None)[1]


def new_token(**more):
    return exchange(portal()[1]["auth_code"], **more)["data"]["access_token"]


def revoke(token, app_id=APP, secret=SECRET):
    return tiktok.call(REVOKE, {"app_id": app_id, "secret": secret, "access_token": token}, None)[1]


def info(token, **query):
    texts = {k: v if type(v) is str else json.dumps(v) for k, v in query.items()}
    return tiktok.call(f"/open_api/v1.3/advertiser/info/?{urllib.parse.urlencode(texts)}", None, None, {"Access-Token": token}, "GET")[1]


def accounts(token, app_id=APP, secret=SECRET):
    path = f"/open_api/v1.3/oauth2/advertiser/get/?app_id={app_id}&secret={secret}"
    return tiktok.call(path, None, None, {"Access-Token": token} if token else None, "GET")[1]


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.set_clock(NOW)
        tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def refused(self, said, code, words=""):
        self.assertEqual(said["code"], code, said)
        self.assertIn(words, said["message"])


class Portal(Case):
    def test_it_returns_to_the_registered_address_alone(self):
        status, back = portal()
        self.assertEqual((status, back["state"], back["code"]), (302, "s/1 &", back["auth_code"]))
        self.assertEqual(portal(path="/marketing_api/auth")[0], 302)
        for wrong in ({"redirect_uri": BACK + "/"}, {"redirect_uri": ""}, {"app_id": "7100000000000000009"}):
            self.assertEqual(portal(**wrong), (400, {}), wrong)
        self.assertEqual(portal("7100000000000000002", "https://rival.example/?a=1")[1]["a"], "1")

    def test_a_user_may_refuse(self):
        tiktok.switch(portal_refuses=True)
        self.assertEqual(portal(), (302, {"state": "s/1 &"}))

    def test_the_second_name_of_the_code_can_be_missing(self):
        tiktok.switch(portal_only_auth_code=True)
        self.assertEqual(sorted(portal()[1]), ["auth_code", "state"])


class Exchange(Case):
    def test_a_code_works_once(self):
        code = portal()[1]["auth_code"]
        said = exchange(code)
        self.assertEqual(said["code"], 0)
        self.assertRegex(said["data"]["access_token"], "^[0-9a-f]{40}$")
        self.assertEqual(sorted(said["data"]), ["access_token", "advertiser_ids", "scope"])
        self.assertEqual(said["data"]["advertiser_ids"], [a["advertiser_id"] for a in WORLD["advertisers"]])
        self.assertTrue(all(type(s) is int for s in said["data"]["scope"]))
        self.refused(exchange(code), 40110)
        self.refused(exchange("0" * 40), 40110)
        tiktok.switch(auth_code_40002=True)
        self.refused(exchange(code), 40002, "Auth code is expired or has been used.")

    def test_a_code_is_good_for_an_hour_of_the_clock(self):
        codes = [portal()[1]["auth_code"] for _ in range(4)]
        tiktok.advance(3599)
        self.assertEqual(exchange(codes[0])["code"], 0)
        tiktok.advance(1)
        self.refused(exchange(codes[1]), 40110)
        tiktok.set_clock(NOW + 599)
        tiktok.switch(auth_code_seconds=600)
        self.assertEqual(exchange(codes[2])["code"], 0)
        tiktok.advance(1)
        self.refused(exchange(codes[3]), 40110)

    def test_the_app_shows_its_secret(self):
        code = portal()[1]["auth_code"]
        self.refused(exchange(code, secret="wrong"), 40101)
        self.refused(exchange(code, app_id="7100000000000000009"), 40101)
        self.refused(tiktok.call(EXCHANGE, {"app_id": APP, "secret": SECRET}, None)[1], 40002, "auth_code")
        self.refused(tiktok.call(EXCHANGE, b"app_id=1", None)[1], 40002)
        self.assertEqual(exchange(code)["code"], 0)
        self.refused(exchange(portal()[1]["auth_code"], "7100000000000000002", "other-secret"), 40110)

    def test_what_the_reply_holds_can_be_chosen(self):
        code = portal()[1]["auth_code"]
        self.assertNotIn("advertiser_ids", exchange(code, return_advertiser_ids=False)["data"])
        self.refused(exchange(portal()[1]["auth_code"], return_advertiser_ids="false"), 40002, "return_advertiser_ids")
        tiktok.switch(oauth_expires_in=True, portal_advertisers=[TEA])
        data = exchange(portal()[1]["auth_code"])["data"]
        self.assertEqual((data["expires_in"], data["advertiser_ids"]), (86_400, [TEA]))

    def test_the_variant_answers_without_data(self):
        path, body = "/open_api/v1.3/oauth2/token/", {"client_id": APP, "client_secret": SECRET, "grant_type": "authorization_code"}
        said = tiktok.call(path, {**body, "code": portal()[1]["auth_code"]}, None)[1]
        self.assertEqual((said["code"], "data" in said), (0, False))
        self.assertEqual(accounts(said["access_token"])["code"], 0)
        self.refused(tiktok.call(path, {**body, "code": "0" * 40}, None)[1], 40110)
        self.refused(tiktok.call(path, {**body, "grant_type": "refresh_token"}, None)[1], 40108)
        self.assertNotIn(SECRET, json.dumps(tiktok.requests(bodies=1)))

    def test_a_lost_reply_uses_the_code_up_if_it_was_processed(self):
        code = portal()[1]["auth_code"]
        lost = {"do": "empty", "path": EXCHANGE}
        tiktok.fault({**lost, "processed": False}, {**lost, "first": 2, "processed": True})
        self.assertEqual((exchange(code), exchange(code)), (b"", b""))
        self.refused(exchange(code), 40110)

    def test_an_app_has_its_limit_here_too(self):
        tiktok.switch(app_per_second=1)
        self.refused(exchange("0" * 40), 40110)
        self.refused(exchange("0" * 40), 40100)

    def test_no_secret_and_no_token_is_in_the_log(self):
        token = new_token()
        accounts(token)
        revoke(token)
        log = json.dumps(tiktok.requests(bodies=1))
        self.assertNotIn(SECRET, log)
        self.assertNotIn(token, log)
        self.assertEqual(tiktok.leaks(), [])


class Accounts(Case):
    def test_a_token_lists_its_accounts(self):
        tiktok.switch(portal_advertisers=[HATS, MUGS])
        token = new_token()
        self.assertEqual(accounts(token)["data"], {"list": [{"advertiser_id": MUGS, "advertiser_name": "Mug shop"},
                                                            {"advertiser_id": HATS, "advertiser_name": "Hat shop"}]})
        self.refused(accounts(token, "7100000000000000002", "other-secret"), 40002, "inconsistent")
        self.refused(accounts(token, secret="wrong"), 40101)
        self.refused(accounts(None), 40104)

    def test_a_revoked_token_is_dead(self):
        token, other = new_token(), new_token()
        self.refused(revoke(token, "7100000000000000002", "other-secret"), 40105)
        self.refused(revoke(token, secret="wrong"), 40101)
        self.assertEqual(revoke(token)["data"], {"app_id": APP, "advertiser_ids": [a["advertiser_id"] for a in WORLD["advertisers"]]})
        self.refused(accounts(token), 40105)
        self.refused(revoke(token), 40105)
        self.assertEqual(accounts(other)["code"], 0)

    def test_the_owner_of_a_token(self):
        path = "/open_api/v1.3/user/info/"
        self.assertEqual(tiktok.call(path, None, "mugs", method="GET")[1]["data"]["display_name"], "mugs")
        self.refused(tiktok.call(path, None, None, method="GET")[1], 40104)

    def test_accounts_and_their_zones(self):
        token = tiktok.token("all")
        said = info(token, advertiser_ids=[MUGS, HATS, TEA, WOOL, CLOSED, PAPER])
        found = {a["advertiser_id"]: a for a in said["data"]["list"]}
        self.assertEqual([found[HATS][f] for f in ("timezone", "display_timezone")], ["Etc/GMT+8", "America/Los_Angeles"])
        self.assertEqual([found[a]["display_timezone"] for a in (TEA, WOOL, CLOSED)], ["Asia/Kolkata", "Pacific/Auckland", "America/Lima"])
        self.assertEqual((found[CLOSED]["status"], found[PAPER]["currency"]), ("STATUS_DISABLE", "JPY"))
        self.assertNotIn("company_name_editable", found[MUGS])
        self.assertIs(type(found[MUGS]["create_time"]), int)
        few = info(token, advertiser_ids=[MUGS], fields=["name", "company_name_editable"])["data"]["list"]
        self.assertEqual(few, [{"advertiser_id": MUGS, "name": "Mug shop", "company_name_editable": False}])

    def test_what_info_does_not_take(self):
        token = tiktok.token("mugs")
        for wrong in ({}, {"advertiser_ids": MUGS}, {"advertiser_ids": f"{MUGS},{HATS}"}, {"advertiser_ids": []}, {"advertiser_ids": [1]},
                      {"advertiser_ids": ["x"]}, {"advertiser_ids": [str(2**63)]}, {"advertiser_ids": [MUGS] * 101},
                      {"advertiser_ids": [MUGS], "fields": ["nmae"]}, {"advertiser_ids": [MUGS], "fields": "name"}):
            self.refused(info(token, **wrong), 40002)
        self.assertEqual(info(token, advertiser_ids=[MUGS] * 100)["code"], 0)
        self.refused(info(token, advertiser_ids=[MUGS, HATS]), 40001, f"No permission to operate advertiser {HATS}.")
        tiktok.switch(foreign_target_40002=True)
        self.refused(info(token, advertiser_ids=[HATS]), 40002)
        tiktok.switch(advertiser_per_second=1)
        self.assertEqual(info(token, advertiser_ids=[MUGS])["code"], 0)
        self.refused(info(token, advertiser_ids=[MUGS]), 40133, MUGS)


if __name__ == "__main__":
    unittest.main()
