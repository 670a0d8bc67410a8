#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sync Order: each required field, both sums and what a status demands; at a path and with an envelope that the world sets."""
import copy
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import WORLD, StandIn, stand_in_of_file  # noqa: E402

PATH = "/open_api/v1.3/order/sync/"
ORDER = {
    "order_id": "o-1", "third_merchant_id": "m-1", "third_shop_id": "h-1", "third_shop_name": "Hotel", "order_status": "CREATE_ORDER",
    "order_country": "FR", "create_time": 1784709000, "update_time": 1784709895, "ttoclid": "E.C.P.x",
    "order_url": "https://hotel.example/",
    "value": {"currency": "EUR", "payment_value": 270.3, "total_value": 300.3, "total_room_fee": 270.1, "total_tax": 20.1,
              "total_service_fee": 10.1, "discounts": 30, "fulfillment_value": 1, "fulfillment_tax": 0, "fulfillment_service_fee": 0,
              "commission_value": [{"currency": "EUR", "commission_base_amount": 300}]},
    "extra": {"length_of_stay": 2, "amount_of_room": 1, "check_in_date": "2026-08-01", "check_out_date": "2026-08-03"},
    "spu_list": [{"sku_list": [{"third_sku_id": "s-1", "third_sku_name": "Double"}]}],
}
GONE = object()
REQUIRED = """order_id third_merchant_id third_shop_id third_shop_name order_status order_country create_time update_time ttoclid
value.currency value.payment_value value.total_value extra.length_of_stay extra.amount_of_room extra.check_in_date extra.check_out_date
spu_list.0.sku_list.0.third_sku_id spu_list.0.sku_list.0.third_sku_name""".split()
WRONG = [("order_id", 5), ("create_time", "1784709000"), ("value.currency", "XXX"), ("value.payment_value", 270.31),
         ("value.total_value", 300.31),
         ("value.total_value", True), ("extra.check_in_date", "01.08.2026"), ("extra.check_out_date", "2026-07-31"), ("order_url", 5),
         ("spu_list.0.third_spu_id", 5), ("value.total_tax", "20.1"), ("promotion_info.promotion_id", 5)]
COMPLETE = ["value.fulfillment_value", "value.fulfillment_tax", "value.fulfillment_service_fee", "value.commission_value.0.currency",
            "value.commission_value.0.commission_base_amount"]


def order(*changes, **more):
    made = {**copy.deepcopy(ORDER), **more}
    for path, value in changes:
        *way, last = path.split(".")
        node = made
        for step in way:
            node = node[int(step)] if step.isdecimal() else node.setdefault(step, {})
        if value is GONE:
            del node[last]
        else:
            node[last] = value
    return made


def setUpModule():
    global tiktok
    tiktok = stand_in_of_file()


class Orders(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.switch(app_per_second=None)

    def sync(self, info, words="", server=None):
        _, said, _ = (server or tiktok).call(PATH, {"order_info": info})
        self.assertIn(words, said["message"])
        return said["code"]

    def test_a_right_order_is_kept_and_its_repeat_marked(self):
        self.assertEqual([self.sync(ORDER), self.sync(ORDER), self.sync(order(update_time=1784709896))], [0, 0, 0])
        self.assertEqual([(o["repeat"], o["order_info"]["order_id"]) for o in tiktok.orders()],
                         [(False, "o-1"), (True, "o-1"), (False, "o-1")])
        self.assertEqual(tiktok.orders()[0]["order_info"], ORDER)

    def test_each_required_field(self):
        for path in REQUIRED:
            for value in (GONE, None):
                with self.subTest(path=path):
                    self.assertEqual(self.sync(order((path, value)), f"Invalid value for order_info.{path}: missing."), 40002)
        self.assertEqual(tiktok.call(PATH, {"order": ORDER})[1]["code"], 40002)
        self.assertEqual(tiktok.call(PATH, b"{")[1]["code"], 40002)
        self.assertEqual(tiktok.orders(), [])

    def test_what_is_text_is_text_and_what_is_a_time_a_number(self):
        texts = [path for path in REQUIRED if path.startswith(("third", "order_", "spu")) or path == "order_id"]
        texts += ["spu_list.0.third_spu_name", "promotion_info.description", "extra.cancel_reason"]
        for path, value in [(path, 7) for path in texts] + [("create_time", 1.5), ("update_time", "1784709895")]:
            with self.subTest(path=path):
                self.assertEqual(self.sync(order((path, value)), f"Invalid value for order_info.{path}: not a valid "), 40002)

    def test_wrong_values_and_sums(self):
        for path, value in WRONG:
            with self.subTest(path=path, value=value):
                self.assertEqual(self.sync(order((path, value)), f"Invalid value for order_info.{path}: "), 40002)

    def test_cancelling_has_an_initiator(self):
        for initiator, code in ((None, 40002), ("HOTEL", 40002), ("MERCHANT", 0), ("CUSTOMER", 0)):
            self.assertEqual(self.sync(order(order_status="CANCEL_ORDER", initiator=initiator), "initiator" if code else ""), code)

    def test_completing_has_fulfilment_and_commission(self):
        self.assertEqual(self.sync(order(order_status="COMPLETE_ORDER")), 0)
        for path in COMPLETE:
            self.assertEqual(self.sync(order((path, GONE), order_status="COMPLETE_ORDER"), path), 40002)
            self.assertEqual(self.sync(order((path, GONE))), 0)

    def test_amounts_and_dates_are_of_one_kind_or_the_one_wanted(self):
        value = ORDER["value"]
        amounts = ("payment_value", "total_value", "total_room_fee", "total_tax", "total_service_fee", "discounts")
        as_text = {**value, **{k: str(value[k]) for k in amounts}}
        seconds = {**ORDER["extra"], "check_in_date": 1785542400, "check_out_date": 1785715200}
        self.assertEqual([self.sync(order(value=as_text)), self.sync(order(extra=seconds))], [0, 0])
        self.assertEqual(self.sync(order(extra={**seconds, "check_out_date": "2026-08-03"}), "check_out_date"), 40002)
        tiktok.switch(order_amounts="number", order_dates="date")
        self.assertEqual(self.sync(order(value=as_text), "total_room_fee"), 40002)
        self.assertEqual(self.sync(order(extra=seconds), "check_in_date"), 40002)
        self.assertEqual(self.sync(ORDER), 0)
        tiktok.switch(order_amounts="string", order_dates="seconds")
        self.assertEqual(self.sync(ORDER, "total_room_fee"), 40002)
        self.assertEqual(self.sync(order(value=as_text, extra=seconds)), 0)

    def test_path_header_and_envelope_are_the_worlds(self):
        settings = {"path": "/orders", "method": "PUT", "token_header": "X-Order-Key", "names": {"code": "status", "message": "text"},
                    "success": "ok", "refused": "bad", "ttoclid_path": "extra.ttoclid", "merchants": ["m-1"]}
        with StandIn(tiktok.directory, {**WORLD, "order": settings}, name="other") as other:
            key = {"X-Order-Key": other.token("both")}
            mine = order(("ttoclid", GONE), ("extra.ttoclid", "x"))
            infos = (mine, ORDER, {**mine, "third_merchant_id": "m-2"})
            said = [other.call("/orders", {"order_info": info}, None, key, "PUT")[1] for info in infos]
            self.assertEqual([s["status"] for s in said], ["ok", "bad", "bad"])
            self.assertIn("extra.ttoclid", said[1]["text"])
            self.assertEqual(other.call("/orders", {"order_info": mine}, method="PUT")[1]["status"], 40104)
            self.assertEqual(self.sync(ORDER, server=other), 40400)
            self.assertNotIn(other.token("both"), str(other.requests(bodies=1)))
            other.stop()


if __name__ == "__main__":
    unittest.main()
