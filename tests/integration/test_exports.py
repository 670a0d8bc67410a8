#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The audit of what was sent can be read: `exports list` sums it up, `exports show` tells of one event, /status says who is paused."""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import avro_codec  # noqa: E402
from confluent_kafka import Producer  # noqa: E402
from harness import DAY, LOOKBACK, check, equal, wait_for  # noqa: E402
from tiktok.client import StandIn  # noqa: E402

HOUR = 3_600_000
TODAY = int(time.time() * 1000) // DAY * DAY
PIXEL, ADVERTISER = "C4EXAMPLE0PIXEL0CODE", "7000000000000000001"


def result(event_id, verdict, **more):
    """An export result, as the sink would publish it; times are offsets from the begin of today (UTC)."""
    at = TODAY + more.pop("at", 0)
    base = {"tenant": "shop", "event_id": event_id, "user": "ada", "goal": "purchase", "conversion_id": f"order-{event_id}", "conversion_time": at - HOUR,
            "verdict": verdict, "reason": None, "destination": "events_api", "event": "Purchase", "event_source": "web", "event_source_id": PIXEL,
            "test_event_code": None, "advertiser_id": ADVERTISER, "click_id": "E.C.P.1", "currency": "EUR", "value_micros": 20_000_000,
            "value_now_micros": None, "intent_time": at, "maybe_since": None, "verdict_time": None if verdict == "intent" else at + 500, "attempts": 0 if verdict == "intent" else 1,
            "code": None if verdict == "intent" else 0, "message": None, "request_id": None,
            "payload": '{"user":{"ip":"203.0.113.9"}}' if verdict in ("intent", "paused") else None}
    return base | more


def key_of(r):
    return f"{r['tenant']}|{r['goal']}|{r['event_id']}".encode()


def publish(place, results):
    """In their order, each where its user's shard is."""
    for r in results:
        place.publish("export-results", [avro_codec.encode_single_object("ExportResult", r)], key=key_of(r), partition=sum(r["user"].encode()) % 4)


def listed(place, *arguments):
    out, _ = place.call("exports", "list", "--output", "json", *arguments, config=place.config())
    return json.loads(out)


def rows(place, *arguments):
    return [(r["tenant"], r["day"], r["verdict"], r["reason"], r["currency"], r["events"], r["value_micros"]) for r in listed(place, *arguments)]


def day(offset=0):
    return time.strftime("%Y-%m-%d", time.gmtime(TODAY / 1000 + offset * 86400))


def some_days(place):
    """Two tenants, three days; most keys have an intent before their verdict."""
    place.create_topics()
    refused = {"reason": "refused_by_tiktok", "code": 40002, "message": "Bad\x1b[31m email", "request_id": "R-7"}
    publish(place, [
        result("a", "intent", at=-DAY), result("b", "intent", at=-DAY), result("c", "intent", user="eve"), result("d", "intent", user="bob", currency="USD"),
        result("a", "accepted", at=-DAY), result("b", "refused", at=-DAY, **refused), result("d", "accepted", user="bob", currency="USD"),
        result("e", "accepted", user="eve", value_micros=1), result("f", "paused", user="bob", goal="lead", currency="", value_micros=0),
        result("g", "accepted", at=-2 * DAY, user="eve"),
        result("g", "sent_then_changed", at=-2 * DAY, user="eve", value_now_micros=15_000_000),
        result("h", "intent", tenant="shop2", at=-DAY), result("h", "unknown", tenant="shop2", reason="no_answer_in_time"),
    ])


def test_the_latest_of_each_event_is_summed_up(place):
    some_days(place)
    equal(rows(place), [
        ("shop", day(-2), "sent_then_changed", None, "EUR", 1, 20_000_000),
        ("shop", day(-1), "accepted", None, "EUR", 1, 20_000_000),
        ("shop", day(-1), "refused", "refused_by_tiktok", "EUR", 1, 20_000_000),
        ("shop", day(), "intent", None, "EUR", 1, 20_000_000),
        ("shop", day(), "accepted", None, "EUR", 1, 1),
        ("shop", day(), "accepted", None, "USD", 1, 20_000_000),
        ("shop", day(), "paused", None, None, 1, 0),
        ("shop2", day(), "unknown", "no_answer_in_time", "EUR", 1, 20_000_000)])
    equal([r["value_now_micros"] for r in listed(place, "--verdict", "sent_then_changed")], [15_000_000], "what it says now")


def test_filters(place):
    some_days(place)
    equal(len(rows(place)), 8, "all")
    equal({r[0] for r in rows(place, "--tenant", "shop2")}, {"shop2"}, "--tenant shop2")
    equal({r[0] for r in rows(place, "--tenant", "shop")}, {"shop"}, "--tenant shop, which shop2 begins with")
    equal({r[1] for r in rows(place, "--day", day(-1))}, {day(-1)}, "--day")
    equal([r[2] for r in rows(place, "--from", day(-2), "--to", day(-1))], ["sent_then_changed", "accepted", "refused"], "--from, --to")
    equal(len(rows(place, "--from", day(-1))), 7, "--from alone")
    equal(len(rows(place, "--to", day(-2))), 1, "--to alone")
    equal([r[2] for r in rows(place, "--goal", "lead")], ["paused"], "--goal")
    equal([r[5] for r in rows(place, "--verdict", "accepted", "--day", day())], [1, 1], "--verdict and --day")
    equal(rows(place, "--tenant", "nobody"), [], "nothing")
    equal(rows(place, "--verdict", "intent", "--day", day(-1)), [], "an intent that has its verdict")


def test_a_later_verdict_moves_an_event(place):
    # What was counted for it before is gone, also when the later record is not asked for, and when the key is deleted.
    place.create_topics()
    publish(place, [result("a", "paused", reason="token_or_permission"), result("b", "intent"), result("c", "intent")])
    equal([(r[2], r[5]) for r in rows(place)], [("intent", 2), ("paused", 1)], "before")
    publish(place, [result("a", "accepted"), result("b", "too_old", reason="too_old")])
    gone = Producer({"bootstrap.servers": place.broker.address})
    gone.produce(place.topic("export-results"), key=key_of(result("c", "intent")), value=None, partition=sum(b"ada") % 4)
    equal(gone.flush(10), 0, "undelivered")
    equal([(r[2], r[5]) for r in rows(place)], [("accepted", 1), ("too_old", 1)], "after")
    equal(rows(place, "--verdict", "intent"), [], "intents")


def test_only_what_is_committed_counts(place):
    place.create_topics()
    publish(place, [result("a", "accepted")])
    producer = Producer({"bootstrap.servers": place.broker.address, "transactional.id": f"{place.run}-other"})
    producer.init_transactions(20)
    for event_id, commit in (("b", True), ("c", False)):
        producer.begin_transaction()
        r = result(event_id, "accepted")
        producer.produce(place.topic("export-results"), key=key_of(r), value=avro_codec.encode_single_object("ExportResult", r), partition=1)
        equal(producer.flush(10), 0, "undelivered")  # else an abort takes back what was never sent
        (producer.commit_transaction if commit else producer.abort_transaction)(20)
    equal([r[5] for r in rows(place)], [2], "events")


def test_the_table_reads_well(place):
    some_days(place)
    out, _ = place.call("exports", "list", config=place.config())
    lines = out.splitlines()
    equal(lines[0].split(), ["tenant", "day", "verdict", "reason", "events", "value", "now"], "titles")
    check("\x1b" not in out, f"colour without a terminal: {out!r}")
    equal(len({len(line) for line in lines[:9]}), 1, f"lengths of lines\n{out}\n")
    check(re.search(r"sent_then_changed +- +1 +20\.00 EUR +15\.00 EUR$", out, re.M), f"the change:\n{out}")
    equal(lines[-1], "8 events: 1 intent, 3 accepted, 1 refused, 1 unknown, 1 paused, 1 sent_then_changed", "totals")
    command = f"{LOOKBACK} exports list --config {place.config()}"
    on_terminal = harness.subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=60).stdout
    check("\x1b[31mrefused" in on_terminal and "\x1b[32maccepted" in on_terminal, f"no colour on a terminal: {on_terminal!r}")


def test_show_tells_the_history(place):
    some_days(place)
    out, _ = place.call("exports", "show", "shop", "order-g", config=place.config())
    for words in ("event g: sent_then_changed", "20.00 EUR was sent, the conversion says 15.00 EUR now", "Purchase to web " + PIXEL, "E.C.P.1"):
        check(words in out, f"no {words!r} in\n{out}")
    equal(re.findall(r"^    \S+Z  (\w+)", out, re.M), ["accepted", "sent_then_changed"], "history")
    out, _ = place.call("exports", "show", "shop", "b", config=place.config())
    for words in ("event b: refused, refused_by_tiktok", "code 40002 Bad?[31m email", "request id R-7", "intent"):
        check(words in out, f"no {words!r} in\n{out}")
    check("\x1b" not in out, f"TikTok's words steer the terminal: {out!r}")
    shown = json.loads(place.call("exports", "show", "shop", "order-b", "--output", "json", config=place.config())[0])
    equal([(e["event_id"], e["verdict"], [r["result"]["verdict"] for r in e["records"]]) for e in shown], [("b", "refused", ["intent", "refused"])])
    equal([r["result"]["attempts"] for r in shown[0]["records"]], [0, 1], "attempts")


def test_show_keeps_addresses_to_itself(place):
    some_days(place)
    for form in ((), ("--output", "json")):
        out, _ = place.call("exports", "show", "shop", "order-c", *form, config=place.config())
        check("203.0.113.9" not in out, f"an IP address: {out}")
        out, _ = place.call("exports", "show", "shop", "order-c", "--payload", *form, config=place.config())
        check("203.0.113.9" in out, f"--payload shows none: {out}")
    shown = json.loads(place.call("exports", "show", "shop", "b", "--output", "json", config=place.config())[0])
    equal([r["payload_withheld"] for r in shown[0]["records"]], [True, False], "withheld")


def test_exit_codes(place):
    config = place.config()
    _, err = place.call("exports", "list", config=config, expect=1)
    check("topics create" in err, f"a topic that is not there: {err}")
    some_days(place)
    for arguments in (("list", "--day", "yesterday"), ("list", "--day", "2026-02-30"), ("list", "--day", day(), "--from", day()),
                      ("list", "--from", day(), "--to", day(-1)), ("list", "--verdict", "acepted"), ("show", "shop"), ("show", "shop", "")):
        out, err = place.call("exports", *arguments, config=config, expect=2)
        check(err and not out, f"{arguments}: {out!r}, {err!r}")
    _, err = place.call("exports", "list", "--verdict", "acepted", config=config, expect=2)
    check("nearest: accepted" in err, f"no help: {err}")
    for arguments in (("shop", "nothing"), ("shop", "rder-b"), ("other", "order-b"), ("shop2", "order-b")):
        out, err = place.call("exports", "show", *arguments, config=config, expect=1)
        check(arguments[1] in err and not out, f"{arguments}: {out!r}, {err!r}")
    place.publish("export-results", [b"{no avro"], key=b"shop|purchase|bad", partition=2)
    _, err = place.call("exports", "list", config=config, expect=1)
    check(re.search(r"export-results \[2\] at offset \d+", err), f"which record cannot be read: {err}")


def published_orders(place, tenant, count):
    begin = TODAY - DAY
    for i in range(count):
        owner = {"tenant": tenant, "user": f"{tenant}{i}"}
        place.publish("clicks", [owner | {"event_time": begin, "ttclid": f"E.C.P.{tenant}{i}"}])
        place.publish("orders", [owner | {"order_id": f"{tenant}-{i}", "status": "placed", "status_time": begin + 1000, "placed_at": begin + 1000,
                                          "value": "7.00", "currency": "EUR"}])


def sink_of_two(place):
    """Attribution and sink for two tenants with tokens of their own: `shop` and `mugs`, whose token's file is given back, with the stand-in."""
    tiktok = StandIn(place.dir)
    place.processes.append(tiktok)
    tokens = {tenant: os.path.join(place.dir, f"{tenant}-token") for tenant in ("shop", "mugs")}
    for tenant, name in (("shop", "both"), ("mugs", "mugs")):
        with open(tokens[tenant], "w") as f:
            f.write(tiktok.token(name))
    goal = {"name": "purchase", "source": "orders", "export": "per_credit", "export_delay": "0s"}
    place.settings["events_sink"] = {"workers": 1, "commit_interval": "100ms", "endpoint": tiktok.base, "batch_age": "50ms"}
    place.settings["tenants"] = [{"id": tenant, "goals": [goal], "tiktok": {"advertiser_id": ADVERTISER, "pixel_code": PIXEL,
                                                                           "access_token": "${file:" + tokens[tenant] + "}"}} for tenant in tokens]
    place.create_topics()
    return tiktok, tokens["mugs"], place.start("both", arguments=("run", "attribution", "events-sink"))


def test_status_says_who_is_paused(place):
    tiktok, token, process = sink_of_two(place)
    tiktok.revoke("mugs")
    began = int(time.time() * 1000)
    wait_for(lambda: f"readiness{process.tail()}", lambda: process.ready)
    published_orders(place, "shop", 12)
    published_orders(place, "mugs", 12)

    def about():
        return json.loads(process.get("/status")[1])["roles"]["events-sink"]
    equal(set(about()), {"sender", "paused"}, "what the sink says of itself")

    def verdicts():
        return {(r[0], r[2]): r[5] for r in rows(place)}
    wait_for(lambda: f"the tenant to be paused: {verdicts()}{process.tail()}",  # what comes later has no intent yet
             lambda: set(verdicts()) == {("mugs", "paused"), ("shop", "accepted")} and verdicts()["shop", "accepted"] == 12, 60, pause=1)
    told = about()
    equal([(p["tenant"], p["role"]) for p in told["paused"]], [("mugs", "events-sink")], "who is paused")
    pause = told["paused"][0]
    partitions = sorted({r.partition for r in place.read("export-results") if r.json["tenant"] == "mugs"})
    equal(pause["partitions"], partitions, "by which shards")
    check(began <= pause["since"] <= int(time.time() * 1000) < pause["next_try"], f"times: {pause}")
    refused = [r.json for r in place.read("export-results") if r.json["verdict"] == "paused"]
    words = {(r["code"], r["message"]) for r in refused}
    equal((pause["code"], pause["message"]) in words, True, f"TikTok's words are {words}; {pause}")
    check(tiktok.token("mugs") not in json.dumps(told), "a token")
    check(told["sender"]["requests"] >= 2 and told["sender"]["waiting"] == 0 and told["sender"]["down_since"] is None, f"numbers: {told['sender']}")
    wait_for("the metrics to follow", lambda: re.search(r"^lookback_export_requests_total [1-9]", process.get("/metrics")[1], re.M), 10)
    with open(token, "w") as f:
        f.write(tiktok.token("both"))
    wait_for(lambda: f"the tenant to go on: {about()}", lambda: not about()["paused"], 30)
    wait_for(lambda: f"its events: {verdicts()}", lambda: verdicts() == {("mugs", "accepted"): 12, ("shop", "accepted"): 12}, 30, pause=1)
    history = json.loads(place.call("exports", "show", "mugs", refused[0]["conversion_id"], "--output", "json", config=place.config())[0])
    steps = [r["result"]["verdict"] for r in history[0]["records"]]
    equal((steps[0], steps[-1], "paused" in steps), ("intent", "accepted", True), f"the history {steps}")
    process.stop()


def test_status_says_that_tiktok_is_down(place):
    tiktok, _, process = sink_of_two(place)
    wait_for(lambda: f"readiness{process.tail()}", lambda: process.ready)
    tiktok.end()
    published_orders(place, "shop", 3)

    def sender():
        return json.loads(process.get("/status")[1])["roles"]["events-sink"]["sender"]
    wait_for(lambda: f"the sender to say so: {sender()}{process.tail()}",
             lambda: sender()["down_since"] and sender()["waiting"] == 3 and sender()["retries"] > 0, 60)
    wait_for("the metrics to follow", lambda: re.search(r"^lookback_export_waiting_events 3$", process.get("/metrics")[1], re.M) and
             re.search(r"^lookback_export_down_seconds [1-9]", process.get("/metrics")[1], re.M), 10)
    process.stop()


if __name__ == "__main__":
    harness.main(__name__, __doc__)
