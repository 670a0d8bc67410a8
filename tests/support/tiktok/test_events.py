#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Events: what TikTok refuses is refused with its path named and nothing recorded; what is right is accepted and counted once."""
import copy
import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import TRACK, WORLD, stand_in_of_file  # noqa: E402

NOW = 1_784_709_895
DAY = 86_400
HASH = hashlib.sha256(b"jane.doe@example.com").hexdigest()
EMPTY = hashlib.sha256(b"").hexdigest()
PIXEL, OTHER_PIXEL = "C4EXAMPLE0PIXEL0CODE", "C4EXAMPLE0PIXEL0HATS"
IDS = {"web": PIXEL, "app": "7200000000000000001", "offline": "7300000000000000001", "crm": "7400000000000000001"}
PERSON = {"email": " Jane.Doe@Example.COM", "phone": "+33 6 12 34 56 78", "external_id": " Cust-0042 "}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def event(**more):
    return {"event": "Purchase", "event_time": NOW, "event_id": "order-1", "user": {"email": [HASH]}, **more}


def with_property(name, value):
    return event(properties={name: value})


def with_content(name, value):
    return event(properties={"contents": [{"content_id": "SKU-1"}, {name: value}]})


def with_user(name, value):
    return event(user={"email": HASH, name: value})


def nested(path, value):
    """An event with this value there."""
    for step in reversed(path.split(".")):
        value = [value] if step == "0" else {step: value}
    return {**event(), **value}


def without(name):
    return {k: v for k, v in event().items() if k != name}


FULL = event(
    user={"email": [HASH], "phone": HASH, "external_id": [HASH, HASH], "ttclid": "E.C.P.x", "ttp": "2F7", "ip": "203.0.113.9",
          "user_agent": "M", "locale": "fr-FR", "first_name": HASH, "zip_code": HASH, "city": "paris", "att_status": "DENIED"},
    page={"url": "https://shop.example/", "referrer": ""}, limited_data_use=False,
    properties={"contents": [{"content_id": "SKU-9", "price": 10.5, "quantity": 2, "brand": "Acme"}], "content_type": "product",
                "content_ids": ["SKU-9"], "num_items": 2, "currency": "EUR", "value": 21, "order_id": "1", "shop_id": "7", "query": "mug"})

# (path, an event that is refused there, one that differs in this alone and is accepted)
WRONG_EVENTS = [
    ("event", without("event"), event()), ("event", event(event=""), event(event="Custom name")), ("event", event(event=7), event()),
    ("event_time", without("event_time"), event()), ("event_time", event(event_time=str(NOW)), event()),
    ("event_time", event(event_time=NOW * 1000), event()), ("event_time", event(event_time=NOW + 0.5), event()),
    ("event_time", event(event_time=True), event()), ("event_time", event(event_time=0), event(event_time=1)),
    ("event_time", event(event_time=NOW + 601), event(event_time=NOW + 600)),
    ("event_id", event(event_id=42), event(event_id="42")), ("event_id", event(event_id=None), without("event_id")),
    ("event_id", event(event_id="x" * 129), event(event_id="x" * 128)),
    ("user", event(user=[]), event(user={})), ("properties", event(properties="x"), event(properties={})),
    ("properties.value", with_property("value", "20.00"), with_property("value", 20.00)),
    ("properties.value", with_property("value", True), with_property("value", 0)),
    ("properties.value", with_property("value", None), with_property("value", -1)),
    ("properties.num_items", with_property("num_items", 1.0), with_property("num_items", 1)),
    ("properties.order_id", with_property("order_id", 7), with_property("order_id", "7")),
    ("properties.shop_id", with_property("shop_id", 7), with_property("shop_id", "7")),
    ("properties.currency", with_property("currency", "eur"), with_property("currency", "EUR")),
    ("properties.currency", with_property("currency", "XXX"), with_property("currency", "JPY")),
    ("properties.content_ids", with_property("content_ids", "SKU"), with_property("content_ids", [])),
    ("properties.content_ids.1", with_property("content_ids", ["SKU", 2]), with_property("content_ids", ["SKU", "2"])),
    ("properties.contents", with_property("contents", {}), with_property("contents", [])),
    ("properties.contents.0", with_property("contents", ["SKU"]), with_property("contents", [{}])),
    ("properties.contents.1.content_id", with_content("content_id", 9), with_content("content_id", "9")),
    ("properties.contents.1.price", with_content("price", "9"), with_content("price", 9)),
    ("properties.contents.1.quantity", with_content("quantity", 2.5), with_content("quantity", 2)),
    ("limited_data_use", event(limited_data_use=0), event(limited_data_use=True)),
    ("user.email", with_user("email", 5), with_user("email", HASH)), ("user.phone", with_user("phone", {}), with_user("phone", [])),
    ("user.external_id", with_user("external_id", [HASH, 5]), with_user("external_id", [HASH])),
    ("user.phone", with_user("phone", None), with_user("phone", "")),
    ("user.ttclid", with_user("ttclid", 5), with_user("ttclid", "5")),
    ("user.att_status", with_user("att_status", "MAYBE"), with_user("att_status", "RESTRICTED")),
    ("page.url", event(page={"url": 1}), event(page={"url": ""})),
    ("test_event_code", event(test_event_code="TEST1"), event()),
]
TEXTS = """properties.content_type properties.search_string properties.query properties.description properties.status
properties.delivery_category properties.event_channel properties.contents.0.content_name properties.contents.0.content_category
properties.contents.0.brand properties.contents.0.content_type page.referrer app.app_id app.app_name app.app_version
ad.callback ad.campaign_id ad.ad_id ad.creative_id ad.attribution_type ad.attribution_provider lead.lead_event_source
user.first_name user.idfa user.gaid user.city""".split()
OF_SOURCES = [
    ("app", "app.app_id", event(), event(app={"app_id": "343200656"})),
    ("app", "app.app_id", event(app={"app_name": "Mugs"}), event(app={"app_id": "com.mugs"})),
    ("crm", "lead.lead_id", event(event="Called"), event(event="Called", lead={"lead_id": "7"})),
    ("crm", "lead.lead_id", event(lead={"lead_id": 7}), event(lead={"lead_id": "7"})),
    ("offline", "event", event(event="Custom name"), event(event="CompletePayment")),
    ("offline", "event_time", event(event_time=NOW - 28 * DAY - 1), event(event_time=NOW - 28 * DAY)),
]
PII = [("email", "jane@shop.example", HASH), ("email", [HASH, "jane@shop.example"], [HASH, ""]), ("phone", "+33612345678", ""),
       ("external_id", HASH.upper(), HASH), ("email", EMPTY, HASH), ("email", HASH[:-1], HASH), ("first_name", "Jane", HASH),
       ("last_name", " ", ""), ("zip_code", "94107", HASH)]


def setUpModule():
    global tiktok
    tiktok = stand_in_of_file({**WORLD, "people": [PERSON, {"email": "joe@shop.example"}]})


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.switch(app_per_second=None, advertiser_per_second=None)
        tiktok.set_clock(NOW)

    def refused(self, code, words, events, **more):
        before = tiktok.counters()
        said = tiktok.track(events, **more)
        self.assertEqual((said["code"], said["data"]), (code, {}), said)
        self.assertIn(words, said["message"])
        self.assertEqual(before["accepted"], tiktok.counters()["accepted"], "recorded although refused")

    def accepted(self, events, **more):
        said = tiktok.track(events, **more)
        self.assertEqual((said["code"], said["message"], said["data"]), (0, "OK", {}), said)

    def count(self, **wanted):
        counters = tiktok.counters()
        self.assertEqual({name: counters[name] for name in wanted}, wanted)


class Checks(Case):
    def test_a_full_event_is_accepted_and_kept_as_sent(self):
        self.accepted([FULL])
        self.assertEqual([e["event"] for e in tiktok.events(event_id="order-1")], [FULL])
        self.count(accepted=1, unmatched=0, not_attributable=0)

    def test_each_wrong_field_refuses_the_whole_batch_and_is_named(self):
        for path, wrong, right in WRONG_EVENTS:
            with self.subTest(path=path, wrong=wrong):
                self.refused(40002, f"Invalid value for data.1.{path}: ", [event(event_id="good"), wrong])
                self.accepted([right])

    def test_each_source_has_its_own_demands(self):
        for source, path, wrong, right in OF_SOURCES:
            with self.subTest(source=source, path=path):
                self.refused(40002, f"Invalid value for data.0.{path}: ", [wrong], source=source, source_id=IDS[source])
                self.accepted([right], source=source, source_id=IDS[source])

    def test_what_is_text_is_text(self):
        for path in TEXTS:
            for value, code in ((7, 40002), (None, 40002), (HASH, 0)):
                with self.subTest(path=path, value=value):
                    said = tiktok.track([nested(path, value)])
                    self.assertEqual((said["code"], path in said["message"]), (code, bool(code)), said)
        for path in ("ad.is_retargeting", "ad.attributed"):
            self.refused(40002, f"data.0.{path}: not a valid boolean", [nested(path, "true")])
        self.refused(40002, "data.0.properties.predicted_ltv: not a valid number", [nested("properties.predicted_ltv", "9")])

    def test_a_time_in_milliseconds_is_none(self):
        tiktok.switch(future_strict=False)
        self.accepted([event(event_time=9_999_999_999)])
        self.refused(40002, "data.0.event_time: not a time in seconds", [event(event_time=10_000_000_000)])

    def test_names_of_no_standard_are_counted(self):
        app = {"app_id": "343200656"}
        for source, name, custom in (("web", "Purchase", 0), ("web", "Pageview", 0), ("web", "purchase", 1), ("app", "InAppADImpr", 1),
                                     ("app", "InAppAdImpr", 2), ("app", "Lead", 3), ("crm", "Called", 3)):
            self.accepted([event(event=name, app=app, lead={"lead_id": "1"})], source=source, source_id=IDS[source])
            self.count(custom=custom)

    def test_the_request_around_the_events(self):
        good = {"event_source": "web", "event_source_id": PIXEL, "data": [event()]}
        for field, values in {"event_source": (None, "Web", 1, {}), "data": (None, [], {}, "x"), "test_event_code": (5,),
                              "event_source_id": (None, 5, "", "c4example0pixel0code", "7200000000000000001")}.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    said = tiktok.call(TRACK, {**good, field: value})[1]
                    self.assertEqual((said["code"], f"Invalid value for {field}: " in said["message"]), (40002, True), said)
            if field != "test_event_code":
                said = tiktok.call(TRACK, {k: v for k, v in good.items() if k != field})[1]
                self.assertEqual((said["code"], "missing" in said["message"]), (40002, field == "data"), said)
        self.refused(40002, "event_source_id", [event()], source="offline")
        self.refused(40002, "event_source_id", [event()], source="app", source_id=IDS["offline"])
        self.assertEqual(tiktok.call(TRACK, good)[1]["code"], 0)

    def test_what_is_no_json_object_is_refused(self):
        good = json.dumps({"event_source": "web", "event_source_id": PIXEL, "data": [event()]}).encode()
        lone = good.replace(b'"order-1"', b'"\\ud800"')
        for body in (b"", b"{", b"[]", b"5", b"\xff" + good, good[:-1], good + b"x", good.replace(b"{", b'{"data": [], ', 1), lone,
                     good.replace(str(NOW).encode(), b"NaN"), b"[" * 100_000):
            said = tiktok.call(TRACK, body)[1]
            self.assertEqual((said["code"], "JSON" in said["message"]), (40002, True), body[:60])
        self.assertEqual(tiktok.call(TRACK, good, headers={"Content-Type": "text/plain"})[1]["code"], 40002)
        whole, named = lone.replace(b"ud800", b"ud83d\\ude00"), {"Content-Type": "application/json; charset=utf-8"}
        self.assertEqual(tiktok.call(TRACK, whole, headers=named)[1]["code"], 0)

    def test_a_thousand_and_no_more_and_no_large_bodies(self):
        self.accepted([event(event_id=str(i)) for i in range(1000)])
        self.refused(40061, "1001", [event(event_id=f"x{i}") for i in range(1001)])
        tiktok.switch(batch_size_40002=True, max_body_bytes=1000)
        self.refused(40002, "too large", [event(event_id="y" * 128)] * 8)
        tiktok.switch(max_body_bytes=1 << 20)
        self.refused(40002, "1001", [event()] * 1001)

    def test_messages_can_leave_the_index_out(self):
        tiktok.switch(message_paths="bare")
        self.refused(40002, "Invalid value for event_id: not a valid string.", [event(), event(event_id=1)])
        self.refused(40002, "Invalid value for data.1: not a valid object.", [event(), 5])

    def test_personal_values_in_clear_are_refused_or_unmatched(self):
        for field, wrong, right in PII:
            with self.subTest(field=field, wrong=wrong):
                self.refused(40062, f"PII is not hashed. Invalid value for data.0.user.{field}", [event(user={field: wrong})])
                self.accepted([with_user(field, right)])
        tiktok.switch(pii="lenient")
        self.accepted([event(event_id=f"clear-{i}", user={"email": email}) for i,
                       email in enumerate(("jane@shop.example", ["jane@shop.example"], []))])
        self.count(unmatched=3)
        self.accepted([event(event_id=f"hash-{i}", user=user) for i, user in enumerate(({"email": ["x", HASH]}, {"email": HASH},
                                                                                        {"ttp": "2F7"}))])
        self.count(unmatched=3)

    def test_without_a_key_of_a_person_an_event_is_unmatched(self):
        for i, user in enumerate(({}, {"email": ""}, {"email": [], "phone": [""]}, {"locale": "fr"})):
            self.accepted([event(event_id=f"u{i}", user=user)])
        self.count(accepted=4, unmatched=4)
        self.accepted([event(event_id="k", user={"ttclid": "E.C.P.x", "email": []})])
        self.count(accepted=5, unmatched=4)

    def test_a_wrong_hash_is_explained(self):
        wrong = {"email": digest(" Jane.Doe@Example.COM"), "phone": digest("33612345678"), "external_id": digest("cust-0042")}
        right = {"email": digest("jane.doe@example.com"), "phone": [digest("+33612345678")], "external_id": digest("Cust-0042")}
        self.accepted([event(user=right)])
        self.assertEqual(tiktok.control("GET", "wrong-hashes"), [])
        self.accepted([event(event_id="w", user=wrong), event(event_id="t", user={"email": digest(digest("joe@shop.example"))}),
                       event(event_id="o", user={**right, "email": digest("joe@shop.example")}),
                       event(event_id="n", user={"email": digest("z")})])
        self.assertEqual([(w["event_id"], w["field"], w["what"]) for w in tiktok.control("GET", "wrong-hashes")], [
            ("w", "email", "not normalised"), ("w", "phone", "without its plus"), ("w", "external_id", "lower-cased"),
            ("t", "email", "hashed twice"), ("o", "phone", "of another person than the fields before it"),
            ("o", "external_id", "of another person than the fields before it"),
            ("n", "email", "of nobody in the table")])
        tiktok.switch(wrong_hashes="refuse")
        self.refused(40062, "data.0.user.email: the hash is not normalised", [event(event_id="r", user=wrong)])

    def test_only_known_partners(self):
        self.refused(40063, "Mugs", [event()], partner_name="Mugs")
        self.accepted([event()], partner_name="Segment")
        tiktok.switch(partner_names=["Mugs"])
        self.accepted([event()], partner_name="Mugs")

    def test_partial_success_has_two_shapes(self):
        batch = [event(event_id="a"), event(event_id=5), event(event_id="b"), event(event_id="victim"), 7]
        tiktok.switch(partial="failed_events", refused_event_ids=["victim"])
        said = tiktok.track(batch)
        self.assertEqual((said["code"], [(f["index"], f["event_id"], f["code"]) for f in said["data"]["failed_events"]]),
                         (20001, [(1, 5, 40002), (3, "victim", 40002), (4, None, 40002)]))
        self.count(accepted=2)
        tiktok.switch(partial="empty")
        said = tiktok.track(batch)
        self.assertEqual((said["code"], said["data"]), (20001, {}))
        self.count(accepted=2, duplicate=2)
        tiktok.switch(partial="off")
        self.refused(40002, "data.1.event_id: refused by the test", [event(event_id="c"), event(event_id="victim")])

    def test_old_events_of_the_web_are_taken_and_not_attributable(self):
        self.accepted([event(event_time=NOW - 28 * DAY), event(event_id="old", event_time=NOW - 28 * DAY - 1)])
        self.assertEqual([e["attributable"] for e in tiktok.events()], [True, False])
        tiktok.switch(future_strict=False)
        self.accepted([event(event_id="soon", event_time=NOW + DAY)])

    def test_a_switch_demands_a_page(self):
        tiktok.switch(web_page_required=True)
        self.refused(40002, "data.0.page.url: missing", [event()])
        self.accepted([event(page={"url": "https://shop.example/"})])

    def test_unknown_fields_are_ignored_and_by_switch_listed(self):
        odd = event(evnt_id="x", lead={}, user={"email": HASH, "e_mail": "x", "gaid": ""}, properties={"contents": [{"prize": 1}]})
        self.accepted([odd])
        self.assertEqual(tiktok.control("GET", "unknown-fields"), {})
        tiktok.switch(list_unknown_fields=True)
        self.accepted([odd, FULL], extra=1)
        self.assertEqual(tiktok.control("GET", "unknown-fields"), {
            "extra": 1, "evnt_id": 1, "lead": 1, "user.e_mail": 1, "user.gaid": 1, "properties.contents.prize": 1, "user.att_status": 1})

    def test_test_events_go_to_their_own_list(self):
        self.accepted([event()], test_event_code="TEST1")
        self.count(accepted=0, test=1)
        self.assertEqual([(t["test_event_code"], t["event"]) for t in tiktok.test_events()], [("TEST1", event())])
        tiktok.switch(test_code_strict=False)
        self.accepted([event(test_event_code="TEST1")])
        self.count(accepted=1, test=1)


class Counting(Case):
    def test_a_repeat_is_dropped_for_48_hours_and_then_counted_again(self):
        self.accepted([event(), event()])
        self.count(accepted=1, duplicate=1)
        tiktok.advance(48 * 3600)
        self.accepted([event()])
        self.count(accepted=1, duplicate=2)
        tiktok.advance(1)
        self.accepted([event()])
        self.count(accepted=2, duplicate=2)
        tiktok.advance(48 * 3600)
        self.accepted([event()])
        self.count(accepted=2, duplicate=3)

    def test_the_key_is_source_name_and_id(self):
        for one in (event(), event(event="CompletePayment"), event(event_id="order-2")):
            self.accepted([one])
        self.accepted([event()], source_id=OTHER_PIXEL)
        self.count(accepted=4, duplicate=0)

    def test_without_an_id_each_event_is_new(self):
        self.accepted([without("event_id"), without("event_id"), event(event_id=""), event(event_id="")])
        self.count(accepted=4, duplicate=0)

    def test_a_repeat_that_says_something_else_is_noticed(self):
        self.accepted([event()])
        self.accepted([event()])
        self.count(duplicate=1, duplicate_changed=0)
        self.accepted([event(event_time=NOW - 1)])
        self.count(duplicate=2, duplicate_changed=1)

    def pixel(self, **more):
        return tiktok.control("POST", "pixel", {"event_source_id": PIXEL, "event": event(**more)})["outcome"]

    def test_pixel_and_server_merge_for_five_minutes(self):
        self.assertEqual(self.pixel(user={"ttp": "from the pixel"}), "accepted")
        tiktok.advance(300)
        self.accepted([event(user={"ttp": "from the server", "email": HASH})])
        self.count(accepted=1, merged=1, duplicate=0)
        self.assertEqual(tiktok.events()[0]["event"]["user"], {"ttp": "from the pixel", "email": HASH})
        self.accepted([event(user={"ttp": "from the server", "email": HASH})])
        self.count(accepted=1, merged=1, duplicate=1)

    def test_after_five_minutes_the_second_is_dropped(self):
        self.accepted([event()])
        tiktok.advance(301)
        self.assertEqual(self.pixel(user={"ttp": "late"}), "duplicate")
        self.assertEqual(tiktok.events()[0]["event"]["user"], event()["user"])

    def test_arrival_counts_and_not_the_time_of_the_event(self):
        self.accepted([event()])
        self.accepted([event(event_time=NOW - 10 * DAY)])
        self.count(accepted=1, duplicate=1)

    def test_keys_alone_can_be_kept(self):
        tiktok.switch(keep_events="keys")
        self.accepted([event(), event()])
        self.assertEqual([(e["event_id"], "event" in e, e["repeats"]) for e in tiktok.events()], [("order-1", False, 1)])

    def test_events_are_found_by_what_they_are_and_page_by_page(self):
        self.accepted([event(event_id=str(i), event="Lead" if i % 2 else "Purchase") for i in range(10)])
        self.assertEqual([e["event_id"] for e in tiktok.events(event="Lead", limit=2)], ["1", "3", "5", "7", "9"])
        self.assertEqual(tiktok.control("GET", "events", event="Lead", limit=2)["next"], 4)
        self.assertEqual(tiktok.events(event_source_id=OTHER_PIXEL), [])

    def test_the_journal_has_each_accepted_event(self):
        self.accepted([event(event_id="journal"), event(event_id="journal")])
        with open(tiktok.journal) as f:
            lines = [line for line in map(json.loads, f) if line["event"].get("event_id") == "journal"]
        self.assertEqual([(line["outcome"], line["event_source_id"]) for line in lines], [("accepted", PIXEL), ("duplicate", PIXEL)])


OLD = "/open_api/v1.3/"
PIXEL_ITEM = {"event": "CompletePayment", "event_id": "1_2", "timestamp": "2026-07-22T08:44:55Z", "properties": {"value": 1},
              "context": {"ad": {"callback": "E.C.P.x"}, "ip": "203.0.113.9", "user_agent": "M", "page": {"url": "https://shop.example/"},
                          "user": {"email": HASH, "phone_number": HASH, "external_id": HASH, "ttp": "2F7", "locale": "fr"}}}
OFFLINE_ITEM = {"event": "CompletePayment", "event_id": "1_3", "timestamp": "2026-07-22T08:44:55Z",
                "properties": {"event_channel": "email"}, "context": {"user": {"emails": [HASH], "phone_numbers": [HASH]}}}


def changed(item, path, value):
    item = copy.deepcopy(item)
    *way, last = path.split(".")
    node = item
    for step in way:
        node = node[step]
    node[last] = value
    return item


class OlderEndpoints(Case):
    def setUp(self):
        super().setUp()
        tiktok.switch(older_endpoints=True)

    def code(self, path, body, words=""):
        said = tiktok.call(OLD + path, body)[1]
        self.assertIn(words, said["message"])
        return said["code"]

    def test_they_are_withdrawn_unless_switched_on(self):
        tiktok.switch(older_endpoints=False)
        for path in ("pixel/track/", "pixel/batch/", "offline/track/", "offline/batch/", "app/track/"):
            self.assertEqual(self.code(path, {}), 41001)

    def test_they_feed_the_same_ledger(self):
        self.assertEqual(self.code("pixel/track/", {"pixel_code": PIXEL, **PIXEL_ITEM}), 0)
        self.assertEqual(self.code("pixel/batch/", {"pixel_code": PIXEL, "batch": [{"type": "track", **PIXEL_ITEM}] * 2}), 0)
        self.accepted([event(event="CompletePayment", event_id="1_2")])
        self.count(accepted=1, duplicate=3)
        self.assertEqual(tiktok.events()[0]["event"], {
            "event": "CompletePayment", "event_time": NOW, "event_id": "1_2", "properties": {"value": 1},
            "page": {"url": "https://shop.example/"},
            "user": {"email": HASH, "phone": HASH, "external_id": HASH, "ttp": "2F7", "locale": "fr", "ttclid": "E.C.P.x",
                     "ip": "203.0.113.9", "user_agent": "M"}})
        self.assertEqual(self.code("offline/batch/", {"event_set_id": IDS["offline"], "batch": [{"type": "track", **OFFLINE_ITEM}]}), 0)
        self.assertEqual(self.code("offline/track/", {"event_set_id": IDS["offline"], **OFFLINE_ITEM}), 0)
        self.count(accepted=2, duplicate=4)

    def test_their_wrong_fields_are_named_as_they_name_them(self):
        for path, value, words in (("context.user.email", [HASH], "context.user.email"),
                                   ("context.user.phone_number", "+33", "context.user.phone_number"),
                                   ("timestamp", "yesterday", "timestamp"), ("timestamp", "2026-07-23T11:04:55Z", "timestamp"),
                                   ("event_id", 5, "event_id"), ("properties.value", "1", "properties.value"),
                                   ("context.ad", 5, "context.ad")):
            item = changed(PIXEL_ITEM, path, value)
            self.assertIn(self.code("pixel/track/", {"pixel_code": PIXEL, **item}, f"Invalid value for {words}: "), (40002, 40062))
            batch = {"pixel_code": PIXEL, "batch": [{"type": "track", **PIXEL_ITEM}, {"type": "track", **item}]}
            self.assertIn(self.code("pixel/batch/", batch, f"Invalid value for batch.1.{words}: "), (40002, 40062))
        self.count(accepted=0)

    def test_their_demands(self):
        self.assertEqual(self.code("pixel/batch/", {"pixel_code": PIXEL, "batch": [PIXEL_ITEM]}, "batch.0.type"), 40002)
        self.assertEqual(self.code("pixel/batch/", {"pixel_code": PIXEL, "batch": [{"type": "track", **PIXEL_ITEM}] * 51}), 40061)
        for count, code in ((80, 0), (81, 40061)):
            batch = [{"type": "track", **OFFLINE_ITEM}] * count
            self.assertEqual(self.code("offline/batch/", {"event_set_id": IDS["offline"], "batch": batch}), code)
        late = {k: v for k, v in OFFLINE_ITEM.items() if k != "timestamp"}
        self.assertEqual(self.code("offline/track/", {"event_set_id": IDS["offline"], **late}, "timestamp"), 40002)
        self.assertEqual(self.code("offline/track/", {"event_set_id": PIXEL, **OFFLINE_ITEM}, "event_set_id"), 40002)
        now = {k: v for k, v in PIXEL_ITEM.items() if k != "timestamp"}
        self.assertEqual(self.code("pixel/track/", {"pixel_code": PIXEL, **now}), 0)
        self.assertEqual(tiktok.events(event_source_id=PIXEL)[0]["event_time"], NOW)
        tiktok.switch(older_event_id_shape=True)
        self.assertEqual(self.code("pixel/track/", {"pixel_code": PIXEL, **PIXEL_ITEM, "event_id": "order-1"}, "event_id"), 40002)


if __name__ == "__main__":
    unittest.main()
