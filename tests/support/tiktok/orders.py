# SPDX-License-Identifier: Apache-2.0
"""Sync Order: the field names are TikTok's; path, header, envelope and codes are invented and come from the world."""
import datetime
import json
from decimal import Decimal, InvalidOperation

import rules
from envelope import Refused, Reply, invalid
from events import json_object
from events_names import CURRENCIES
from rules import array_of, full_text, integer, object_of, text

REQUIRED = {
    "order_id": full_text, "third_merchant_id": full_text, "third_shop_id": full_text, "third_shop_name": full_text,
    "order_status": full_text, "order_country": full_text, "create_time": integer, "update_time": integer,
    "value.currency": rules.one_of(CURRENCIES, "not a supported currency"), "extra.length_of_stay": rules.anything,
    "extra.amount_of_room": rules.anything, "extra.check_in_date": rules.anything, "extra.check_out_date": rules.anything,
    "spu_list.0.sku_list.0.third_sku_id": full_text, "spu_list.0.sku_list.0.third_sku_name": full_text,
}
AMOUNTS = ("payment_value", "total_value")
PARTS = ("total_room_fee", "total_tax", "total_service_fee", "discounts")
FULFILLED = ("fulfillment_value", "fulfillment_tax", "fulfillment_service_fee")
COMMISSION = "value.commission_value.0."
OPTIONAL = object_of({
    "order_url": text, "promotion_info": object_of({"promotion_id": text, "description": text}),
    "extra": object_of({"cancel_reason": text}), "value": object_of({}),
    "spu_list": array_of(object_of({"third_spu_id": text, "third_spu_name": text, "sku_list": array_of(object_of({}))}))})


def at(value, path):
    """What stands at the path, or None."""
    for step in path.split("."):
        if step.isdecimal() and type(value) is list and int(step) < len(value):
            value = value[int(step)]
        elif type(value) is dict:
            value = value.get(step)
        else:
            return None
    return value


class Amounts:
    """Exact decimal amounts of one order: numbers or strings as the switch says, of one kind within an order."""

    def __init__(self, order, kind):
        self.order, self.kind = order, kind

    def get(self, path, default=None):
        value = at(self.order, path)
        if value is None and default is not None:
            return default
        kind = "number" if type(value) in (int, Decimal) else "string" if type(value) is str else None
        if kind is None or self.kind not in ("either", kind):
            raise invalid(f"order_info.{path}", "missing" if value is None else "not an amount of the kind that is wanted")
        self.kind = kind
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise invalid(f"order_info.{path}", "not an amount")
        return number


def check_sums(amounts):
    room, tax, service, discounts = (amounts.get(f"value.{name}", Decimal(0)) for name in PARTS)
    payment, total = (amounts.get(f"value.{name}") for name in AMOUNTS)
    if total != room + tax + service:
        raise invalid("order_info.value.total_value", "not total_room_fee + total_tax + total_service_fee")
    if payment != total - discounts:
        raise invalid("order_info.value.payment_value", "not total_value - discounts")


def check_status(order, amounts):
    if order["order_status"] == "CANCEL_ORDER" and order.get("initiator") not in ("MERCHANT", "CUSTOMER"):
        raise invalid("order_info.initiator", "not MERCHANT or CUSTOMER")
    if order["order_status"] == "COMPLETE_ORDER":
        for name in FULFILLED:
            amounts.get(f"value.{name}")
        if at(order, COMMISSION + "currency") not in CURRENCIES:
            raise invalid(f"order_info.{COMMISSION}currency", "not a supported currency")
        amounts.get(COMMISSION + "commission_base_amount")


def date_kind(value):
    if type(value) is int:
        return "seconds"
    try:
        return "date" if len(value) == 10 and datetime.date.fromisoformat(value) else None
    except (TypeError, ValueError):
        return None


def check_dates(order, wanted):
    kinds = {name: date_kind(order["extra"][name]) for name in ("check_in_date", "check_out_date")}
    for name, kind in kinds.items():
        if kind is None or wanted not in ("either", kind) or kind != kinds["check_in_date"]:
            raise invalid(f"order_info.extra.{name}", "not a date of the kind that is wanted")
    if order["extra"]["check_out_date"] < order["extra"]["check_in_date"]:
        raise invalid("order_info.extra.check_out_date", "before check_in_date")


def check(order, settings, switches):
    for path, rule in REQUIRED.items():
        value = at(order, path)
        why = ("", "missing", 0) if value is None else rule(value)
        if why:
            raise invalid(f"order_info.{path}", why[1])
    why = OPTIONAL(order)
    if why:
        raise invalid(f"order_info.{why[0]}", why[1])
    if not at(order, settings["ttoclid_path"]):
        raise invalid(f"order_info.{settings['ttoclid_path']}", "missing")
    if settings["merchants"] is not None and order["third_merchant_id"] not in settings["merchants"]:
        raise invalid("order_info.third_merchant_id", "no merchant of that id")
    amounts = Amounts(order, switches.order_amounts)
    check_sums(amounts)
    check_status(order, amounts)
    check_dates(order, switches.order_dates)


class Orders:
    """Every sync that was accepted, in order. The caller holds the stand-in's lock."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.kept, self.keys = [], set()

    def add(self, order, request):
        key = (order["third_merchant_id"], order["order_id"], order["order_status"], order["update_time"])
        repeat = key in self.keys
        self.keys.add(key)
        self.kept.append({"number": len(self.kept), "request": request, "repeat": repeat, "order_info": order})
        return repeat


def sync(call):
    app, settings = call.app, call.app.world.order
    try:
        json_object(call)
        body = json.loads(call.request.body, parse_float=Decimal)
        if type(body.get("order_info")) is not dict:
            raise invalid("order_info", "not a valid object")
        check(body["order_info"], settings, app.switches)
    except Refused as refused:
        return Reply(settings["refused"], refused.message)
    with app.lock:
        repeat = app.orders.add(json.loads(call.request.body)["order_info"], call.number)
        app.ledger.counters["order_repeats" if repeat else "orders"] += 1
    return Reply(settings["success"], "OK")
