# SPDX-License-Identifier: Apache-2.0
"""The endpoints before /event/track/: pixel and offline, one event or a batch. Behind a switch; they feed the same ledger."""
import re

import auth
import clock
import rules
from envelope import WITHDRAWN, Refused, invalid
from events import Intake, batch_of, check_partner, json_object, test_code_of
from events_check import PROPERTIES, refusal
from rules import array_of, full_text, object_of, text
from world import KIND

old_id = re.compile(r"[0-9]+_[0-9]+").fullmatch


def timestamp(value):
    if type(value) is not str:
        return rules.NOT_TEXT
    try:
        clock.parse(value)
    except ValueError:
        return rules.wrong("not a time of ISO 8601")
    return None


# What version 2.0 checks under its own names is only let through here.
CONTEXT = {
    "pixel": {"ad": object_of({"callback": text}), "page": object_of({"url": text, "referrer": text}), "ip": text, "user_agent": text,
              "user": object_of(dict.fromkeys(("external_id", "email", "phone_number", "ttp", "locale"), text))},
    "offline": {"user": object_of(dict.fromkeys(("emails", "phone_numbers"), array_of(text)))},
}
SHAPE = {family: object_of({"type": text, "event": full_text, "event_id": text, "timestamp": timestamp, "context": object_of(context),
                            "properties": object_of(PROPERTIES), "pixel_code": text, "event_set_id": text, "test_event_code": text,
                            "partner_name": text}, ("event", "timestamp") if family == "offline" else ("event",))
         for family, context in CONTEXT.items()}
FAMILIES = {"pixel": ("web", "pixel_code", 50), "offline": ("offline", "event_set_id", 80)}
OLD_NAMES = {"event_time": "timestamp", "user.ttclid": "context.ad.callback", "user.ip": "context.ip",
             "user.user_agent": "context.user_agent", "page": "context.page"}
OLD_FIELDS = {"pixel": {"phone": "phone_number"}, "offline": {"email": "emails", "phone": "phone_numbers"}}


def without_nothing(fields):
    return {name: value for name, value in fields.items() if value is not None}


def event_of(item, family, now):
    """The same event as version 2.0 would have it."""
    context = item.get("context", {})
    user = context.get("user", {})
    if family == "pixel":
        mapped = {**{k: user.get(k) for k in ("external_id", "email", "ttp", "locale")}, "phone": user.get("phone_number"),
                  "ttclid": context.get("ad", {}).get("callback"), "ip": context.get("ip"), "user_agent": context.get("user_agent")}
    else:
        mapped = {"email": user.get("emails"), "phone": user.get("phone_numbers")}
    at = int(clock.parse(item["timestamp"])) if "timestamp" in item else int(now)
    return without_nothing({"event": item["event"], "event_time": at, "event_id": item.get("event_id"), "user": without_nothing(mapped),
                            "properties": item.get("properties"), "page": context.get("page")})


def wording(family):
    """Messages name the fields as the caller wrote them."""
    def words(why, prefix, switches):
        path, reason, code = why
        head, _, rest = path.partition(".")
        if path in OLD_NAMES:
            path = OLD_NAMES[path]
        elif head == "user":
            field, dot, below = rest.partition(".")
            path = f"context.user.{OLD_FIELDS[family].get(field, field)}{dot}{below}"
        return refusal((path, reason, code), prefix, switches)
    return words


def target_of(call, body, family):
    source, field, most = FAMILIES[family]
    source_id = body.get(field)
    if type(source_id) is not str or not KIND[source](source_id):
        raise invalid(field, "missing" if field not in body else "not a valid string")
    return source, source_id, auth.operate(call.app, call.token, source, source_id), most


def check_item(call, item, family, prefix, in_batch):
    why = SHAPE[family](item)
    if not why and in_batch and item.get("type") != "track":
        why = ("type", "not track", 40002)
    if not why and call.app.switches.older_event_id_shape and not old_id(item.get("event_id", "")):
        why = ("event_id", "not of the form digits, underscore, digits", 40002)
    if why:
        raise refusal(why, prefix, call.app.switches)


def take(call, family, in_batch):
    if not call.app.switches.older_endpoints:
        raise Refused(WITHDRAWN)
    body = json_object(call)
    source, source_id, advertiser, most = target_of(call, body, family)
    call.app.limits_of_advertiser(advertiser, call.path)
    check_partner(call, body)
    items = batch_of(call, body, "batch", most) if in_batch else [body]
    prefixes = [f"batch.{i}." if in_batch else "" for i in range(len(items))]
    for item, prefix in zip(items, prefixes):
        check_item(call, item, family, prefix, in_batch)
    intake = Intake(call, source, source_id, prefixes)
    intake.wording = wording(family)
    return intake.take([event_of(item, family, call.now) for item in items], test_code_of(body))


def withdrawn(call):
    raise Refused(WITHDRAWN)


ROUTES = {
    "/open_api/v1.3/pixel/track/": ("POST", lambda call: take(call, "pixel", False)),
    "/open_api/v1.3/pixel/batch/": ("POST", lambda call: take(call, "pixel", True)),
    "/open_api/v1.3/offline/track/": ("POST", lambda call: take(call, "offline", False)),
    "/open_api/v1.3/offline/batch/": ("POST", lambda call: take(call, "offline", True)),
    "/open_api/v1.3/app/track/": ("POST", withdrawn), "/open_api/v1.3/app/batch/": ("POST", withdrawn),
}
