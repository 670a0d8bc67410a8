# SPDX-License-Identifier: Apache-2.0
"""What tests ask and set, under /stand-in/: no token, no faults, not logged."""
import json

import auth
import clock
import events
import report_data
import structure
from faults import Fault, Storm
from transport import arguments_of, control_reply

PAGE = 10_000


def answer(app, request):
    """Errors of a wrong wish become 400 with what is wrong with it."""
    request.read_body()
    handler = HANDLERS.get((request.method, request.path.rstrip("/")))
    if handler is None:
        return control_reply(404, {"error": f"there is no {request.method} {request.path}", "there_is": sorted(map(" ".join, HANDLERS))})
    try:
        wish = json.loads(request.body) if request.body else {}
        with app.lock:
            return control_reply(200, handler(app, wish, arguments_of(request)))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        return control_reply(400, {"error": f"{type(error).__name__}: {error}"})


def page_of(items, query, keep, show):
    """From item number `since` on; `next` is where to go on, null at the end."""
    since, limit = int(query.get("since", 0)), int(query.get("limit", PAGE))
    found, at = [], since
    for at in range(since, len(items)):
        if len(found) == limit:
            return {"items": found, "next": at}
        if keep(items[at]):
            found.append(show(items[at]))
    return {"items": found, "next": None}


def get_events(app, wish, query):
    wanted = [(field, query[name]) for name, field in (("event_source", "source"), ("event_source_id", "source_id"), ("event", "name"),
                                                       ("event_id", "event_id"), ("channel", "channel")) if name in query]
    whole = query.get("whole", "1") != "0"
    return page_of(app.ledger.kept, query, lambda kept: all(getattr(kept, f) == v for f, v in wanted), lambda kept: kept.show(whole))


def get_requests(app, wish, query):
    path, bodies = query.get("path"), query.get("bodies") == "1"
    return page_of(app.log.entries, query, lambda e: path in (None, e.path), lambda e: e.show(bodies))


def get_counters(app, wish, query):
    names = ("accepted", "duplicate", "duplicate_changed", "merged", "test", "unmatched", "custom", "not_attributable", "orders",
             "order_repeats")
    return {**{name: app.ledger.counters[name] for name in names}, "requests": len(app.log.entries), "paths": dict(app.asked),
            "codes": dict(app.codes), "faults": dict(app.given), "wrong_hashes": len(app.wrong_hashes), "errors": app.errors,
            "malformed": app.malformed}


def put_switches(app, wish, query):
    app.switches.change(wish)
    return app.switches.show()


def delete_switches(app, wish, query):
    app.switches.reset()
    return app.switches.show()


def put_clock(app, wish, query):
    if "follow" in wish and len(wish) == 1:
        app.clock.follow(wish["follow"])
        return app.clock.show()
    if not wish.keys() <= {"set", "advance", "rate"}:
        raise ValueError("a clock takes set, advance and rate, or follow alone")
    app.clock.change(clock.parse(wish["set"]) if "set" in wish else None, wish.get("advance", 0), wish.get("rate"))
    return app.clock.show()


def delete_clock(app, wish, query):
    app.clock.reset()
    return app.clock.show()


def put_faults(app, wish, query):
    app.faults.script = [Fault(about) for about in (wish if isinstance(wish, list) else [wish])]
    return get_faults(app, wish, query)


def get_faults(app, wish, query):
    return [fault.show() for fault in app.faults.script]


def delete_faults(app, wish, query):
    app.faults.script = []
    return []


def put_storm(app, wish, query):
    app.faults.storm = Storm(wish)
    return get_storm(app, wish, query)


def get_storm(app, wish, query):
    storm = app.faults.storm
    return {"seen": storm.seen if storm else None, "preview": storm.preview(int(query.get("preview", 0))) if storm else []}


def delete_storm(app, wish, query):
    app.faults.storm = None
    return {}


def post_tokens(app, wish, query):
    auth.change(app.world, wish)
    return app.world.show()["tokens"]


def post_world(app, wish, query):
    app.world.add(wish)
    app.use(app.world)
    return app.world.show()


def post_reset(app, wish, query):
    app.reset()
    return {}


HANDLERS = {
    ("GET", "/stand-in/health"): lambda app, wish, query: {"ok": True},
    ("GET", "/stand-in/events"): get_events,
    ("GET", "/stand-in/test-events"): lambda app, wish, query: page_of(app.ledger.tests, query, lambda e: True, lambda e: e),
    ("GET", "/stand-in/orders"): lambda app, wish, query: page_of(app.orders.kept, query, lambda o: True, lambda o: o),
    ("GET", "/stand-in/requests"): get_requests,
    ("GET", "/stand-in/counters"): get_counters,
    ("GET", "/stand-in/leaks"): lambda app, wish, query: app.log.leaks(app.world.people),
    ("GET", "/stand-in/unknown-fields"): lambda app, wish, query: dict(app.unknown_fields),
    ("GET", "/stand-in/wrong-hashes"): lambda app, wish, query: app.wrong_hashes,
    ("GET", "/stand-in/switches"): lambda app, wish, query: app.switches.show(),
    ("PUT", "/stand-in/switches"): put_switches,
    ("DELETE", "/stand-in/switches"): delete_switches,
    ("GET", "/stand-in/clock"): lambda app, wish, query: app.clock.show(),
    ("PUT", "/stand-in/clock"): put_clock,
    ("DELETE", "/stand-in/clock"): delete_clock,
    ("GET", "/stand-in/faults"): get_faults,
    ("PUT", "/stand-in/faults"): put_faults,
    ("DELETE", "/stand-in/faults"): delete_faults,
    ("GET", "/stand-in/storm"): get_storm,
    ("PUT", "/stand-in/storm"): put_storm,
    ("DELETE", "/stand-in/storm"): delete_storm,
    ("GET", "/stand-in/tokens"): lambda app, wish, query: app.world.show()["tokens"],
    ("POST", "/stand-in/tokens"): post_tokens,
    ("GET", "/stand-in/world"): lambda app, wish, query: app.world.show(),
    ("POST", "/stand-in/world"): post_world,
    ("GET", "/stand-in/report-truth"): lambda app, wish, query: report_data.truth(app, query),
    ("POST", "/stand-in/structure"): lambda app, wish, query: structure.change(app, wish),
    ("POST", "/stand-in/pixel"): lambda app, wish, query: {"outcome": events.pixel(app, wish)},
    ("POST", "/stand-in/reset"): post_reset,
}
