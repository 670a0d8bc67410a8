#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may call, how often, and what a test sees of it: tokens, limits on the clock, the log without secrets, a page with every switch."""
import hashlib
import http.client
import json
import os
import re
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from turned_clock import TurnedClock  # noqa: E402
from tiktok.client import TRACK, WORLD, Failed, stand_in_of_file  # noqa: E402

NOW = 1_784_709_895
MIDNIGHT = 1_784_764_800
MUGS, HATS = "C4EXAMPLE0PIXEL0CODE", "C4EXAMPLE0PIXEL0HATS"
MUG_SHOP, HAT_SHOP = "7000000000000000001", "7000000000000000002"
OFFLINE = "7300000000000000001"
OTHER_APP = {"apps": [{"app_id": "7100000000000000002", "secret": "x"}],
             "tokens": [{"name": "rival", "token": "d" * 40, "app_id": "7100000000000000002", "advertisers": [MUG_SHOP]}]}
PEOPLE = [{"email": "Jane@shop.example", "external_id": "Cust-0042"}]


def setUpModule():
    global tiktok
    world = {**WORLD, "apps": WORLD["apps"] + OTHER_APP["apps"], "tokens": WORLD["tokens"] + OTHER_APP["tokens"], "people": PEOPLE}
    tiktok = stand_in_of_file(world)


def event(**more):
    return {"event": "Purchase", "event_time": NOW - 60, "event_id": "order-1", **more}


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.set_clock(NOW)

    def code(self, token="both", source_id=MUGS, source="web", words="", **more):
        said = tiktok.track([event(**more)], source, source_id, token)
        self.assertIn(words, said["message"])
        return said["code"]

    def codes(self, count, **more):
        return [self.code(**more) for _ in range(count)]


class Tokens(Case):
    def setUp(self):
        super().setUp()
        tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def with_headers(self, headers):
        return tiktok.call(TRACK, {"event_source": "web", "event_source_id": MUGS, "data": [event()]}, None, headers)[1]["code"]

    def test_only_the_access_token_header_counts(self):
        good = tiktok.token("both")
        self.assertEqual(self.with_headers({}), 40104)
        self.assertEqual(self.with_headers({"Access-Token": ""}), 40104)
        self.assertEqual(self.with_headers({"Authorization": f"Bearer {good}"}), 40104)
        self.assertEqual(self.with_headers({"Access-Token": good[:-1]}), 40105)
        self.assertEqual(self.with_headers({"Access-Token": f"Bearer {good}"}), 40105)
        self.assertEqual(self.with_headers({"access-token": good}), 0)

    def test_a_token_operates_its_own_targets_only(self):
        self.assertEqual(self.code("mugs"), 0)
        self.assertEqual(self.code("mugs", HATS, words=f"No permission to operate pixel code: {HATS}. You must be an admin"), 40001)
        self.assertEqual(self.code("both", HATS), 0)
        self.assertEqual(self.code("mugs", "C4EXAMPLE0NOBODYS0", words="pixel code: C4EXAMPLE0NOBODYS0."), 40001)
        self.assertEqual(self.code("mugs", OFFLINE, "offline"), 0)
        self.assertEqual(self.code("pixel", OFFLINE, "offline"), 40001)
        self.assertEqual(self.code("pixel"), 0)
        tiktok.switch(foreign_target_40002=True)
        self.assertEqual(self.code("mugs", HATS, words="No permission"), 40002)

    def test_one_account_can_be_withdrawn_while_others_go_on(self):
        tiktok.change_token(name="both", withdraw=MUG_SHOP)
        self.assertEqual((self.code(), self.code(source_id=HATS)), (40001, 0))
        self.assertEqual(self.code(source_id=OFFLINE, source="offline", words=f"No permission to operate advertiser {MUG_SHOP}."), 40001)
        tiktok.change_token(name="both", grant=MUG_SHOP)
        self.assertEqual(self.code(), 0)

    def test_revoking_between_requests(self):
        self.assertEqual(self.code("mugs"), 0)
        tiktok.revoke("mugs")
        self.assertEqual(self.code("mugs", words="Access token is incorrect or has been revoked."), 40105)
        tiktok.change_token(restore="mugs")
        tiktok.revoke("mugs", after=2)
        self.assertEqual(self.codes(4, token="mugs"), [0, 0, 40105, 40105])
        self.assertEqual(self.code("both"), 0)
        tiktok.change_token(restore="mugs")

    def test_a_new_token_cancels_the_one_before(self):
        old = "9" * 40
        tiktok.change_token(add={"name": "fresh", "token": old, "app_id": "7100000000000000001", "advertisers": [MUG_SHOP]})
        self.assertEqual(self.with_headers({"Access-Token": old}), 0)
        tiktok.change_token(renew="fresh", token="e" * 40)
        self.assertEqual(self.with_headers({"Access-Token": old}), 40105)
        self.assertEqual(self.with_headers({"Access-Token": "e" * 40}), 0)
        self.assertRaisesRegex(Failed, "is an old one", tiktok.change_token, renew="fresh", token=old)
        tiktok.revoke("fresh")
        tiktok.change_token(restore="fresh")
        self.assertEqual(self.with_headers({"Access-Token": old}), 40105)

    def test_the_world_can_grow(self):
        tiktok.control("POST", "world", {"sources": {"web": {"C4EXAMPLE0PIXEL0NEW0": HAT_SHOP}}})
        tiktok.change_token(add={"name": "new", "token": "f" * 40, "app_id": "7100000000000000001", "advertisers": [HAT_SHOP]})
        body = {"event_source": "web", "event_source_id": "C4EXAMPLE0PIXEL0NEW0", "data": [event()]}
        said = tiktok.call(TRACK, body, None, {"Access-Token": "f" * 40})[1]
        self.assertEqual(said["code"], 0)
        for wrong in ({"sources": {"web": {"123": HAT_SHOP}}}, {"sources": {"tv": {}}}, {"pixels": []},
                      {"sources": {"web": {"CABCDEFGHIJKLMN": "1"}}}):
            self.assertRaises(Failed, tiktok.control, "POST", "world", wrong)
        self.assertNotIn("f" * 40, json.dumps(tiktok.control("GET", "world")))


class Limits(Case):
    def test_per_app_a_bucket_per_second(self):
        self.assertEqual(self.codes(11), [0] * 10 + [40100])
        tiktok.advance(0.1)
        self.assertEqual(self.codes(2, words=""), [0, 40100])
        tiktok.advance(100)
        self.assertEqual(self.codes(11), [0] * 10 + [40100])
        self.assertEqual(self.code("rival"), 0, "each app has its own")
        self.assertEqual(tiktok.call("/open_api/v1.3/order/sync/", b"{}")[1]["code"], 40002, "each path has its own")

    def test_tokens_of_an_app_share_it(self):
        self.assertEqual([self.code(t) for t in ("both", "mugs") * 6], [0] * 10 + [40100] * 2)

    def test_per_advertiser(self):
        tiktok.switch(app_per_second=None)
        self.assertEqual(self.codes(20), [0] * 20)
        words = f"Advertiser ({MUG_SHOP})'s QPS (21) reaches QPS limit 20 for current path, request is temporarily restricted."
        self.assertEqual(self.code(words=words), 40133)
        self.assertEqual(self.code("rival"), 40133, "whichever app calls")
        self.assertEqual(self.code(source_id=HATS), 0)
        tiktok.advance(0.05)
        self.assertEqual(self.codes(2), [0, 40133])

    def test_per_minute_and_five_minutes_in_the_corner(self):
        tiktok.switch(app_per_second=None, app_per_minute=3)
        self.assertEqual(self.codes(3), [0] * 3)
        tiktok.advance(60)
        self.assertEqual(self.codes(4), [0, 0, 0, 40100])
        tiktok.advance(299)
        self.assertEqual(self.code(), 40100)
        tiktok.advance(1)
        self.assertEqual(self.codes(4), [0, 0, 0, 40100])

    def test_per_day_until_midnight_in_utc(self):
        tiktok.switch(app_per_second=None, app_per_day=2, retry_after=True)
        tiktok.set_clock(MIDNIGHT - 100)
        self.assertEqual(self.codes(3), [0, 0, 40100])
        self.assertEqual(self.retry_after(), "100")
        tiktok.advance(99)
        self.assertEqual(self.code(), 40100)
        tiktok.advance(1)
        self.assertEqual(self.codes(3), [0, 0, 40100])

    def test_on_a_clock_that_a_test_turns(self):
        clock = TurnedClock(tiktok.directory, rate=0, wall=NOW)
        self.assertEqual(tiktok.follow(clock)["now"], NOW)
        self.assertEqual(self.codes(11), [0] * 10 + [40100])
        clock.advance(0.1)
        self.assertEqual(self.codes(2), [0, 40100])
        clock.turn(to=NOW - 100)
        self.assertEqual((tiktok.control("GET", "clock")["now"], self.code()), (NOW - 100, 40100))
        clock.turn(rate=3600)
        clock.wait_until(NOW + 60)
        self.assertGreaterEqual(tiktok.control("GET", "clock")["now"], NOW + 60)
        self.assertEqual((clock.rate, self.code()), (3600, 0))
        self.assertRaisesRegex(Failed, "no clock", tiktok.control, "PUT", "clock", {"follow": tiktok.log})
        self.assertRaisesRegex(Failed, "No such file", tiktok.control, "PUT", "clock", {"follow": "/nowhere"})
        self.assertRaises(Failed, tiktok.control, "PUT", "clock", {"follow": clock.path, "rate": 2})
        tiktok.set_clock(NOW)
        self.assertEqual(tiktok.control("GET", "clock")["rate"], 0)

    def test_the_advertiser_has_a_minute_and_a_day_too(self):
        tiktok.switch(app_per_second=None, advertiser_per_minute=1)
        self.assertEqual((self.codes(2), self.code(source_id=HATS)), ([0, 40133], 0))
        tiktok.control("POST", "reset")
        tiktok.switch(advertiser_per_minute=None, advertiser_per_day=1)
        self.assertEqual((self.codes(2), self.code(source_id=HATS)), ([0, 40133], 0))

    def test_a_path_can_have_its_own(self):
        tiktok.switch(limits_by_path={TRACK: {"app_per_second": 2, "advertiser_per_second": None}})
        self.assertEqual(self.codes(3), [0, 0, 40100])

    def retry_after(self):
        return tiktok.call(TRACK, {}, "both")[2]["Retry-After"]

    def test_a_refusal_is_a_200_without_a_hint_unless_switched(self):
        tiktok.switch(app_per_second=1)
        self.code()
        status, said, headers = tiktok.call(TRACK, {})
        self.assertEqual((status, said["code"], headers["Retry-After"]), (200, 40100, None))
        tiktok.switch(throttled_429=True, retry_after=True)
        status, said, headers = tiktok.call(TRACK, {})
        self.assertEqual((status, said["code"], headers["Retry-After"]), (429, 40100, "1"))

    def test_what_was_refused_was_not_processed(self):
        tiktok.switch(app_per_second=1)
        self.assertEqual([self.code(event_id=e) for e in ("a", "b")], [0, 40100])
        self.assertEqual([e["event_id"] for e in tiktok.events()], ["a"])


class Clock(Case):
    def test_it_stands_still_advances_runs_and_goes_back_to_real_time(self):
        self.assertEqual(tiktok.control("GET", "clock"), {"now": NOW, "utc": "2026-07-22T08:44:55Z", "rate": 0, "real": False})
        self.assertEqual(tiktok.advance(5)["now"], NOW + 5)
        self.assertEqual(tiktok.set_clock("2026-07-22T08:44:55Z")["now"], NOW)
        tiktok.set_clock(NOW, rate=1000)
        time.sleep(0.02)
        self.assertGreater(tiktok.control("GET", "clock")["now"], NOW + 15)
        tiktok.control("DELETE", "clock")
        self.assertLess(abs(tiktok.control("GET", "clock")["now"] - time.time()), 1)
        self.assertGreater(tiktok.advance(3600)["now"], time.time() + 3599)
        self.assertRaises(Failed, tiktok.control, "PUT", "clock", {"to": 5})
        self.assertRaises(Failed, tiktok.set_clock, "2026-07-22")


class Log(Case):
    def test_each_request_is_logged_without_its_token(self):
        self.code(event_id="a")
        self.code("mugs", event_id=5)
        tiktok.call("/open_api/v1.3/nothing/", None, None, method="GET")
        fields = ("number", "method", "path", "token", "code", "status", "events", "at")
        self.assertEqual([tuple(r[f] for f in fields) for r in tiktok.requests()],
                         [(0, "POST", TRACK, "both", 0, 200, 1, NOW), (1, "POST", TRACK, "mugs", 40002, 200, 1, NOW),
                          (2, "GET", "/open_api/v1.3/nothing/", None, 40400, 200, None, NOW)])
        self.assertEqual(json.loads(tiktok.requests(bodies=1)[0]["body"])["data"][0]["event_id"], "a")
        self.assertIn(["Access-Token", "<token>"], tiktok.requests()[0]["headers"])
        for token in (t["token"] for t in tiktok.world["tokens"]):
            self.assertNotIn(token, json.dumps(tiktok.requests(bodies=1)))

    def test_leaks_are_found_and_hidden(self):
        token = tiktok.token("both")
        self.code(page={"url": "https://shop.example/?mail=jo@shop.example"},
                  user={"external_id": hashlib.sha256(b"Cust-0042").hexdigest()})
        self.code(properties={"description": f"Cust-0042 {token}"}, event_id="b")
        tiktok.call(f"{TRACK}?access_token={token}", b"{}", None)
        tiktok.call(TRACK, b"{}", "both", {"Cookie": token})
        self.code(event_id="clean")
        self.assertEqual([(leak["request"], leak["what"]) for leak in tiktok.leaks()], [
            (0, ["e-mail address jo@shop.example"]), (1, ["token in body", "clear Cust-0042"]), (2, ["token in url"]),
            (3, ["token in headers"])])
        self.assertNotIn(token, json.dumps(tiktok.requests(bodies=1)))

    def test_old_bodies_give_way(self):
        tiktok.switch(keep_body_bytes=1000)
        for i in range(9):
            self.code(event_id="x" * 100 + str(i))
        kept = [r["body_bytes"] is not None for r in tiktok.requests()]
        self.assertTrue(kept[-1] and not kept[0])
        self.assertEqual([r["dropped"] for r in tiktok.requests()], [not k for k in kept])


class Control(Case):
    def test_a_wrong_switch_is_refused_and_changes_nothing(self):
        for wrong in ({"pii": "lenient", "no_such": 1}, {"pii": "loose"}, {"app_per_second": 0}, {"unknown_fields": 1}, {"partial": None},
                      {"limits_by_path": {TRACK: {"per_second": 1}}}):
            self.assertRaisesRegex(Failed, "ValueError: ", tiktok.switch, **wrong)
        switches = tiktok.control("GET", "switches")
        self.assertEqual((switches["pii"], switches["app_per_second"]), ("strict", 10))
        self.assertRaisesRegex(Failed, "there is no GET /stand-in/nothing", tiktok.control, "GET", "nothing")
        tiktok.switch(pii="lenient")
        self.assertEqual(tiktok.control("DELETE", "switches"), switches)

    def test_the_control_paths_are_not_logged_and_have_no_faults(self):
        tiktok.fault({"do": "reset_request", "count": None})
        tiktok.storm({"empty": 1})
        self.assertEqual(tiktok.control("GET", "health"), {"ok": True})
        self.assertRaises((OSError, http.client.HTTPException), tiktok.call, TRACK, b"{}")
        self.assertEqual(tiktok.counters()["requests"], 1)

    def test_the_page_lists_every_switch_and_every_control_path(self):
        with open(os.path.join(ROOT, "docs", "tiktok-stand-in.md"), encoding="utf-8") as f:
            page = f.read()
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.M)
        defaults = {name: json.dumps(value) for name, value in tiktok.control("GET", "switches").items() if name != "partner_names"}
        self.assertEqual({name: default.strip().strip("`") for name, default in rows if name in defaults}, defaults)
        self.assertIn("| `partner_names` |", page)
        try:
            tiktok.control("GET", "nothing")
        except Failed:
            pass
        connection = tiktok.connect()
        connection.request("GET", "/stand-in/nothing")
        paths = {line.split()[1] for line in json.loads(connection.getresponse().read())["there_is"]}
        connection.close()
        self.assertEqual(set(re.findall(r"`(/stand-in/[\w-]+)`", page)), paths)


if __name__ == "__main__":
    unittest.main()
