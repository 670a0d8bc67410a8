# SPDX-License-Identifier: Apache-2.0
"""One event of version 2.0: what TikTok refuses, and what it accepts and cannot use. Compiled once from the switches, as it runs often."""
import events_names as names
import rules
from envelope import INVALID, NOT_HASHED, Refused
from rules import anything, array_of, boolean, full_text, integer, number, object_of, text

LARGEST_TIME = 9_999_999_999
DAY = 86_400
HASHED = ("email", "phone", "external_id")
KEYS = HASHED + ("ttclid", "ttp", "idfa", "idfv", "gaid", "ip")
TRAVEL = """checkin_date checkout_date departing_departure_date departing_arrival_date returning_departure_date returning_arrival_date
origin_airport destination_airport destination_ids city region country travel_class num_adults num_children num_infants user_score
preferred_num_stops preferred_price_range preferred_star_ratings suggested_destinations postal_code make model year state_of_vehicle mileage
exterior_color transmission body_style fuel_type drivetrain trim vin interior_color condition_of_vehicle viewcontent_type""".split()
CONTENT = {"content_id": text, "price": number, "quantity": integer, "content_name": text, "content_category": text, "brand": text,
           "content_type": text}
PROPERTIES = {
    "contents": array_of(object_of(CONTENT)), "content_type": text, "content_ids": array_of(text),
    "currency": rules.one_of(names.CURRENCIES, "not a supported currency"), "value": number, "num_items": integer, "search_string": text,
    "query": text, "description": text, "order_id": text, "shop_id": text, "status": text, "delivery_category": text,
    "predicted_ltv": number, "event_channel": text, **dict.fromkeys(TRAVEL, anything)}
PAGE = {"url": text, "referrer": text}
APP = {"app_id": full_text, "app_name": text, "app_version": text}
AD = {"callback": text, "campaign_id": text, "ad_id": text, "creative_id": text, "is_retargeting": boolean, "attributed": boolean,
      "attribution_type": text, "attribution_provider": text}
LEAD = {"lead_id": full_text, "lead_event_source": text}
REQUIRED = {"app": ("app", "app_id"), "crm": ("lead", "lead_id")}
# Fields with a meaning for other sources only.
ELSEWHERE = {
    "web": {"app", "ad", "lead", "user.idfa", "user.idfv", "user.gaid", "user.att_status"},
    "app": {"page", "lead", "user.external_id", "user.ttclid", "user.ttp"},
    "offline": {"page", "app", "ad", "lead", "limited_data_use", "user.external_id", "user.ttclid", "user.ttp", "user.ip",
                "user.user_agent", "user.locale", "user.idfa", "user.idfv", "user.gaid", "user.att_status"},
}
ELSEWHERE["crm"] = (ELSEWHERE["offline"] - {"lead", "user.external_id"})


def event_time(value):
    if type(value) is not int:
        return rules.NOT_INTEGER
    return None if 0 < value <= LARGEST_TIME else rules.wrong("not a time in seconds")


def event_id(most):
    too_long = rules.wrong(f"longer than {most} characters")
    return lambda value: rules.NOT_TEXT if type(value) is not str else too_long if most and len(value) > most else None


def not_here(value):
    return rules.wrong("belongs beside data, not in it")


def user_table(strict):
    some, one = (rules.hashed_one_or_more, rules.hashed) if strict else (rules.text_or_texts, text)
    return {**dict.fromkeys(HASHED, some), **dict.fromkeys(("first_name", "last_name", "zip_code"), one),
            **dict.fromkeys("ttclid ttp ip user_agent locale idfa idfv gaid city state country".split(), text),
            "att_status": rules.one_of(names.ATT_STATUS, "not a status of App Tracking Transparency")}


def event_table(switches):
    return {"event": full_text, "event_time": event_time, "event_id": event_id(switches.event_id_max),
            "user": object_of(user_table(switches.pii == "strict")), "properties": object_of(PROPERTIES), "page": object_of(PAGE),
            "app": object_of(APP), "ad": object_of(AD), "lead": object_of(LEAD), "limited_data_use": boolean,
            "device": anything, **({"test_event_code": not_here} if switches.test_code_strict else {})}


class Checker:
    """`check` gives what is wrong with an event, or None."""

    def __init__(self, switches):
        self.switches, self.version = switches, switches.version
        self.shape = object_of(event_table(switches), ("event", "event_time"))
        self.refused_ids = frozenset(switches.refused_event_ids)
        self.strict_hashes = switches.pii == "strict"

    def check(self, event, source, now):
        return self.shape(event) or self.of_source(event, source) or self.of_age(event["event_time"], source, now) or self.of_test(event)

    def of_source(self, event, source):
        for_source = REQUIRED.get(source)
        if for_source is not None:
            part, field = for_source
            if field not in event.get(part, ()):
                return (f"{part}.{field}", "missing", INVALID)
        elif source == "offline":
            if event["event"] not in names.OFFLINE:
                return ("event", "not a standard event", INVALID)
        elif self.switches.web_page_required and not event.get("page", {}).get("url"):
            return ("page.url", "missing", INVALID)
        return None

    def of_age(self, at, source, now):
        if source == "offline" and at < now - self.switches.offline_max_age_days * DAY:
            return ("event_time", f"older than {self.switches.offline_max_age_days} days", INVALID)
        if at > now + self.switches.future_seconds and self.switches.future_strict:
            return ("event_time", "in the future", INVALID)
        return None

    def of_test(self, event):
        """Events that the test chose to see refused, though nothing is wrong with them."""
        if self.refused_ids and event.get("event_id") in self.refused_ids:
            return ("event_id", "refused by the test", INVALID)
        return None

    def is_matched(self, event, source):
        """Whether there is something by which TikTok could find a person."""
        if source == "crm":
            return True
        user = event.get("user")
        return bool(user) and any(self.usable(key, user[key]) for key in KEYS if key in user)

    def usable(self, key, value):
        if self.strict_hashes or key not in HASHED:
            return bool(value) and (type(value) is str or any(value))
        return any(map(rules.is_hash, value if type(value) is list else [value]))

    def unknown(self, event, source):
        mine = rules.unknown_in(event, self.shape)
        there = [k for k in event] + [f"user.{k}" for k in event.get("user", ())]
        return mine + [path for path in there if path in ELSEWHERE[source]]


def refusal(why, prefix, switches):
    """What the reply says: the path, with the event's index or, by switch, without."""
    path, reason, code = why
    where = path if path and switches.message_paths == "bare" else f"{prefix}{path}".rstrip(".")
    words = f"Invalid value for {where}: {reason}."
    return Refused(code, f"PII is not hashed. {words}" if code == NOT_HASHED else words)
