#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each bad record becomes a dead letter with its reason, is counted, and the next record is processed."""
import hashlib
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import avro_codec  # noqa: E402
from harness import DAY, check, equal, wait_for  # noqa: E402

NOW = int(time.time() * 1000)
T = NOW - 2 * DAY
OWNER = {"tenant": "shop", "user": "ada"}
CLICK = OWNER | {"event_time": T - 60_000, "ttclid": "c1"}
ORDER = OWNER | {"order_id": "o1", "status": "placed", "status_time": T, "placed_at": T, "value": "10.00", "currency": "EUR"}
LEAD = OWNER | {"conversion_id": "v1", "event": "Lead", "event_time": T}

# topic, record or bytes, reason
JSON_CASES = [
    ("clicks", b"{not json", "bad_record"),
    ("clicks", b'"text"', "bad_record"),
    ("clicks", b"", "bad_record"),
    ("clicks", b'{"tenant": "shop", "user": "a\xff"}', "bad_record"),
    ("clicks", b"[" * 5000, "bad_record"),
    ("clicks", CLICK | {"event_time": None}, "missing_field"),
    ("clicks", CLICK | {"event_time": "yesterday"}, "bad_time"),
    ("clicks", CLICK | {"event_time": NOW + DAY}, "future_time"),
    ("clicks", CLICK | {"tenant": "nobody"}, "unknown_tenant"),
    ("clicks", CLICK | {"user": "x" * 600}, "bad_user"),
    ("clicks", CLICK | {"consent": "perhaps"}, "bad_enum"),
    ("clicks", CLICK | {"ttclid": None}, "no_click_id"),
    ("clicks", CLICK | {"ttclid": "__TTCLID__"}, "placeholder_id"),
    ("orders", ORDER | {"status": "lost"}, "bad_enum"),
    ("orders", ORDER | {"value": "-1.00"}, "bad_money"),
    ("orders", ORDER | {"value": "1e3"}, "bad_money"),
    ("orders", ORDER | {"value": "1.001"}, "bad_money"),
    ("orders", ORDER | {"value": "9999999999999.00"}, "bad_money"),
    ("orders", ORDER | {"currency": "XYZ"}, "unknown_currency"),
    ("orders", ORDER | {"placed_at": NOW + DAY}, "future_time"),
    ("orders", ORDER | {"order_id": ""}, "missing_field"),
    ("conversions", LEAD | {"value": "1.00"}, "no_currency"),
]


def prepare(place, **settings):
    place.settings["tenants"] = [{"id": "shop", "goals": [
        {"name": "purchase", "source": "orders", "only_first_conversion": False},
        {"name": "lead", "source": "conversions", "event": "Lead"}]}]
    for name, value in settings.items():
        place.settings[name] = value
    place.create_topics()


def letters(place):
    return [(d.headers["__connect.errors.topic"], d.headers["lookback.reason"]) for d in place.dead_letters()]


def order(number, **more):
    return ORDER | {"order_id": f"good-{number}"} | more


def key(record):
    return f"{record['tenant']}|{record['user']}".encode()


def test_json_cases(place):
    prepare(place)
    process = place.started()
    for number, (topic, record, _) in enumerate(JSON_CASES):
        raw = record if isinstance(record, bytes) else json.dumps(record).encode()
        good_key = key(record) if isinstance(record, dict) else key(OWNER)
        place.publish(topic, [raw], key=good_key)
        place.publish("orders", [order(number)])
    place.settle()
    equal(sorted(letters(place)), sorted((place.topic(t), reason) for t, _, reason in JSON_CASES), "dead letters")
    equal(len(place.latest()), len(JSON_CASES), "good orders between the bad records")
    for letter in place.dead_letters():
        words = letter.headers["__connect.errors.exception.message"]
        check(words.startswith(letter.headers["lookback.reason"] + ":") and len(words) > 15, f"a reason without words: {words!r}")
    counted = process.get("/metrics")[1]
    for reason in {r for _, _, r in JSON_CASES}:
        check(any(f'"{reason}"' in line and not line.endswith(" 0") for line in counted.splitlines()), f"{reason} is not counted in /metrics")
    process.stop()


def test_dead_letters_repeat_the_record(place):
    # Key, value and headers as they came, with where they came from.
    prepare(place)
    process = place.started()
    place.publish("clicks", [b"{broken"], key=b"shop|ada", headers=[("trace", b"t-1")])
    place.settle()
    letter = place.dead_letters()[0]
    equal((letter.key, letter.value, letter.headers.get("trace")), (b"shop|ada", b"{broken", "t-1"), "the dead letter")
    equal(letter.headers["__connect.errors.offset"], "0", "its offset")
    process.stop()


def test_dead_letters_as_digest(place):
    prepare(place, dead_letters={"value": "digest"})
    process = place.started()
    raw = json.dumps(CLICK | {"tenant": "nobody", "user": "eve@mail.example"}).encode()
    place.publish("clicks", [raw], key=b"nobody|eve@mail.example")
    place.settle()
    letter = place.dead_letters()[0]
    check(b"eve" not in (letter.value or b""), f"a digest shows the value: {letter.value}")
    text = str(letter.headers) + repr(letter.value)
    check(hashlib.sha256(raw).hexdigest() in text or hashlib.sha256(raw).digest() == letter.value, f"no SHA-256 of the value in {text}")
    process.stop()


def test_keys_that_do_not_match(place):
    prepare(place)
    process = place.started()
    for bad in (b"shop|eve", b"ada", b"", None, b"shop|ada "):
        place.publish("clicks", [CLICK], key=bad)
    place.publish("orders", [order(1)])
    place.settle()
    equal(letters(place), [(place.topic("clicks"), "key_mismatch")] * 5, "dead letters")
    equal(len(place.latest()), 1, "good orders")
    process.stop()


def click_bytes(**more):
    value = {f.name: None if not f.has_default else f.default for f in avro_codec.load("Click").fields}
    value.update({k: v for k, v in CLICK.items()}, channel="tiktok", consent="unknown", **more)
    return avro_codec.encode_single_object("Click", value)


def hostile_avro():
    good = click_bytes()
    head = good[:10]
    longest = b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"    # a length of about 2^62
    negative = b"\x01"                                    # a length of -1
    yield from (good[:n] for n in (0, 1, 2, 9, 10, 11, 15, len(good) - 1))
    yield head + longest + good[10:]
    yield head + negative + good[10:]
    yield head + b"\xff" * 11
    yield b"\xc3\x01" + b"\x00" * 8 + good[10:]           # no such schema
    yield b"\x00\x00\x00\x00\x07" + good[10:]             # Confluent framing without a registry
    yield b"\xc3\x02" + good[2:]
    yield good[:10] + good[10:].replace(b"ada", b"a\xffa")
    yield good + b"trailing"


def test_hostile_avro(place):
    prepare(place, format={"clicks": "avro", "orders": "json", "conversions": "json"})
    process = place.started()
    place.publish("clicks", [click_bytes()], key=key(OWNER))
    count = 0
    for raw in hostile_avro():
        place.publish("clicks", [raw], key=key(OWNER))
        count += 1
    place.publish("orders", [order(1)])
    place.settle()
    equal(letters(place), [(place.topic("clicks"), "bad_record")] * count, "dead letters")
    equal([o["outcome"] for o in place.latest().values()], ["attributed"], "the good click and order")
    process.stop()


def test_records_of_ten_megabytes(place):
    # The topic takes them, we do not: no value in the dead letter, its size and SHA-256 instead.
    prepare(place)
    place.broker.set_topic(place.topic("orders"), max_message_bytes=16 << 20)
    process = place.started()
    big = json.dumps(ORDER | {"properties": {"a": "x" * (10 << 20)}}).encode()
    publisher = harness.kafka_tool.Publisher(place.broker.address, {"message.max.bytes": 16 << 20})
    publisher.send(place.topic("orders"), key(ORDER), big)
    publisher.flush()
    place.publish("orders", [order(1)])
    place.settle()
    letter = place.dead_letters()[0]
    equal(letter.headers["lookback.reason"], "too_large", "the reason")
    check(not letter.value, f"{len(letter.value or b'')} bytes of the value")
    text = str(letter.headers)
    check(str(len(big)) in text and hashlib.sha256(big).hexdigest() in text, f"size or SHA-256 missing: {text}")
    equal(len(place.latest()), 1, "good orders")
    process.stop()


def test_outputs_at_their_largest(place):
    # A thousand touchpoints with ids of some kilobytes: the output holds them twice, once as `previous`.
    place.settings["tenants"] = [{"id": "shop", "goals": [
        {"name": "purchase", "source": "orders", "model": "linear", "max_touchpoints": 1000, "only_first_conversion": False}]}]
    place.create_topics()
    process = place.started()
    clicks = [CLICK | {"ttclid": f"{n:04d}" + "x" * 3000, "event_time": T - n * 60_000} for n in range(1, 1001)]
    place.publish("clicks", clicks)
    place.settle()
    place.publish("orders", [order(1, value="1000.00")])
    place.settle()
    place.publish("orders", [order(1, value="2000.00", status="confirmed", status_time=T + 1)])
    place.settle(120)
    outputs = place.read("attributed-conversions")
    last = outputs[-1].json
    equal((len(last["credits"]), len(last["previous"]), last["value_micros"]), (1000, 1000, 2_000_000_000), "the last output")
    check(len(outputs[-1].value) > 12_000_000, f"the output has only {len(outputs[-1].value)} bytes")
    equal(sum(c["value_micros"] for c in last["credits"]), 2_000_000_000, "credits add up")
    process.stop()


def test_failure_budget(place):
    # More than half of the last 10,000 records are bad: somebody changed the format. Stop, rather than move a topic to the dead letters.
    prepare(place)
    process = place.started()
    place.publish("orders", [b"{broken"] * 12_000, key=key(OWNER))
    code = process.wait_end(120)
    check(code != 0, "it ended with 0")
    check("budget" in process.text(), f"nothing about the budget{process.tail()}")


def test_a_bot_on_one_user(place):
    # A bot's clicks cost the shard nothing: the others keep their pace.
    prepare(place)
    process = place.started()
    count = 1_000_000 if place.long else 100_000
    bot = {"tenant": "shop", "user": "bot"}
    place.publish("clicks", (bot | {"event_time": T - n, "ttclid": f"b{n}"} for n in range(count)))
    began = time.monotonic()
    others = [order(n, user=f"u{n}") for n in range(200)]
    place.publish("orders", others)
    wait_for(lambda: f"200 orders of others; there are {len(place.latest())}", lambda: len(place.latest()) == 200, 60, pause=1)
    place.publish("orders", [order("bot", user="bot")])
    place.settle(120)
    took = time.monotonic() - began
    bots = [o for o in place.latest().values() if o["user"] == "bot"]
    check(len(bots) == 1 and len(bots[0]["credits"]) <= 100, "the bot's own order")
    check(process.alive, "it ended")
    print(f"     {count} clicks of a bot, 201 orders in {took:.1f} s", flush=True)
    process.stop()


def test_ninety_days_of_history(place):
    # A shop sends its past into the live topics: too late, counted, and no reason to stop or to slow down the others.
    place.settings["tenants"] = [{"id": name, "goals": [{"name": "purchase", "source": "orders", "only_first_conversion": False}]}
                                 for name in ("shop", "old")]
    place.create_topics()
    process = place.started()
    live = [order(n, user=f"u{n}") for n in range(100)]
    place.publish("clicks", [CLICK | {"user": f"u{n}"} for n in range(100)])
    place.publish("orders", live)
    place.settle()
    past = [{"tenant": "old", "user": f"p{n % 500}", "event_time": T - (10 + n % 80) * DAY, "ttclid": f"p{n}"} for n in range(20_000)]
    place.publish("clicks", past)
    place.publish("orders", [order(n, user=f"u{n}") for n in range(100, 200)])
    place.settle()
    equal({r for _, r in letters(place)}, {"too_late"}, "reasons")
    equal(len(letters(place)), 20_000, "late clicks")
    equal(len([o for o in place.latest().values() if o["tenant"] == "shop"]), 200, "orders of the living shop")
    check(process.alive, "it ended")
    process.stop()


harness.main(__name__, __doc__)
