# SPDX-License-Identifier: Apache-2.0
"""POST /event/track/: the request around the events, and their way into the ledger."""
import json
import re

import auth
import events_names as names
from envelope import BATCH_SIZE, INVALID, NOT_HASHED, PARTIAL, PARTNER, Refused, Reply, invalid
from events_check import Checker, refusal
from people import People
from world import KIND

MOST = 1000
TOP = {"event_source", "event_source_id", "test_event_code", "partner_name", "data"}
surrogate = re.compile(rb"\\u[dD][89abAB]").search


def once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field twice")
    return found


def not_json(word):
    raise ValueError(f"{word} is not JSON")


def json_object(call):
    """The body. Its size, kind and syntax are checked; a field twice, NaN and half a surrogate pair are no JSON here."""
    body = call.request.body
    if len(body) > call.app.switches.max_body_bytes:
        raise Refused(INVALID, "Request body is too large.")
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.app.switches.content_type_checked and kind != "application/json":
        raise invalid("Content-Type", "not application/json")
    try:
        found = json.loads(body.decode(), object_pairs_hook=once, parse_constant=not_json)
        if surrogate(body):
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused(INVALID, "Request body is not valid JSON.") from None
    if type(found) is not dict:
        raise Refused(INVALID, "Request body is not a JSON object.")
    return found


def target_of(call, body):
    """(source, id, advertiser): well formed, of the right kind, and the token may operate it."""
    source, source_id = body.get("event_source"), body.get("event_source_id")
    if source not in names.SOURCES or type(source) is not str:
        raise invalid("event_source", f"not one of {', '.join(names.SOURCES)}")
    if type(source_id) is not str or not KIND[source](source_id) or is_of_another(call.app.world, source, source_id):
        raise invalid("event_source_id", "not a valid string")
    return source, source_id, auth.operate(call.app, call.token, source, source_id)


def is_of_another(world, source, source_id):
    return source_id not in world.sources[source] and any(source_id in ids for ids in world.sources.values())


def batch_of(call, body, field="data", most=MOST):
    batch = body.get(field)
    if type(batch) is not list:
        raise invalid(field, "missing" if field not in body else "not a valid array")
    if not batch:
        raise invalid(field, "must not be empty")
    if len(batch) > most:
        raise Refused(INVALID if call.app.switches.batch_size_40002 else BATCH_SIZE, f"{field} has {len(batch)} items; the most is {most}.")
    return batch


def check_partner(call, body):
    partner = body.get("partner_name")
    if partner is not None and partner not in call.app.switches.partner_names:
        raise Refused(PARTNER, f"Invalid partner name: {partner}.")


def test_code_of(body):
    code = body.get("test_event_code", "")
    if type(code) is not str:
        raise invalid("test_event_code", "not a valid string")
    return code


def track(call):
    app, body = call.app, json_object(call)
    source, source_id, advertiser = target_of(call, body)
    app.limits_of_advertiser(advertiser, call.path)
    check_partner(call, body)
    code, batch = test_code_of(body), batch_of(call, body)
    intake = Intake(call, source, source_id, [f"data.{i}." for i in range(len(batch))])
    intake.note_unknown([k for k in body if k not in TOP])
    return intake.take(batch, code)


class Intake:
    """A batch on its way: all of it, or none; or, by switch, its good part. `prefixes`: how messages call its events."""

    def __init__(self, call, source, source_id, prefixes):
        self.call, self.app, self.source, self.source_id, self.prefixes = call, call.app, source, source_id, prefixes
        self.switches, self.checker, self.wording = call.app.switches, checker_of(call.app), refusal
        self.unknown = []

    def note_unknown(self, paths):
        if self.switches.list_unknown_fields:
            self.unknown += paths

    def take(self, batch, test_code):
        self.call.events = len(batch)
        failed = self.failures(batch)
        if failed and self.switches.partial == "off":
            raise failed[0][1]
        bad = {i for i, _ in failed}
        self.record([event for i, event in enumerate(batch) if i not in bad], test_code)
        return self.partly(batch, failed) if failed else Reply()

    def failures(self, batch):
        """[(index, refusal)]; one is enough where one fails all."""
        found, now, check, all_or_nothing = [], self.call.now, self.checker.check, self.switches.partial == "off"
        for i, event in enumerate(batch):
            why = check(event, self.source, now) or self.of_person(event)
            if why:
                found.append((i, self.wording(why, self.prefixes[i], self.switches)))
                if all_or_nothing:
                    break
        return found

    def of_person(self, event):
        people = self.app.people
        if people is None or not event.get("user"):
            return None
        wrong = people.wrong(event["user"])
        self.app.note_wrong_hashes(wrong, event, self.call)
        if wrong and self.switches.wrong_hashes == "refuse":
            return (f"user.{wrong[0][0]}", f"the hash is {wrong[0][1]}", NOT_HASHED)
        return None

    def record(self, events, test_code):
        if self.switches.list_unknown_fields:
            for event in events:
                self.unknown += self.checker.unknown(event, self.source)
        matched = [self.checker.is_matched(event, self.source) for event in events]
        with self.app.lock:
            self.app.unknown_fields.update(self.unknown)
            if test_code:
                for event in events:
                    self.app.ledger.add_test(self.source, self.source_id, event, test_code, self.call.now)
                return
            outcomes = [self.app.ledger.add(self.source, self.source_id, event, "server", self.call.now, self.call.number, m)
                        for event, m in zip(events, matched)]
        self.app.journal.write(self.call, self.source, self.source_id, events, outcomes)

    def partly(self, batch, failed):
        if self.switches.partial == "empty":
            return Reply(PARTIAL)
        return Reply(PARTIAL, data={"failed_events": [
            {"index": i, "event_id": id_of(batch[i]), "code": why.code, "message": why.message} for i, why in failed]})


def id_of(event):
    return event.get("event_id") if type(event) is dict else None


def checker_of(app):
    if app.checker is None or app.checker.version != app.switches.version:
        app.checker = Checker(app.switches)
    return app.checker


def people_of(world):
    return People(world.people, world.external_id) if world.people else None


def pixel(app, about):
    """An event from a browser's pixel, for which a test speaks: it goes into the same ledger by the other channel."""
    source_id, event = about["event_source_id"], about["event"]
    if source_id not in app.world.sources["web"]:
        raise ValueError(f"there is no pixel {source_id}")
    why = checker_of(app).check(event, "web", app.clock.now())
    if why:
        raise ValueError(f"{why[0]}: {why[1]}")
    with app.lock:
        return app.ledger.add("web", source_id, event, "pixel", app.clock.now(), None, checker_of(app).is_matched(event, "web"))


ROUTES = {"/open_api/v1.3/event/track/": ("POST", track)}
