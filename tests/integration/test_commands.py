#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each command answers as its help says: data to stdout, the rest to stderr, exit codes 0 done, 1 failed, 2 usage, 3 differences."""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from confluent_kafka import Producer  # noqa: E402
from harness import ROOT, check, equal  # noqa: E402

COMMANDS = [("run",), ("try",), ("validate",), ("topics", "create"), ("explain",), ("exports", "list"), ("exports", "show"), ("config", "print"), ("config", "reference"),
            ("config", "schema"), ("version",)]
T = int(time.time() * 1000) - 2 * harness.DAY
OWNER = {"tenant": "shop", "user": "ada"}
CLICK = OWNER | {"event_time": T - 60_000, "ttclid": "c1", "campaign_id": "k1"}
ORDER = OWNER | {"order_id": "o1", "status": "placed", "status_time": T, "placed_at": T, "value": "10.00", "currency": "EUR"}


def test_help_and_usage(place):
    out, _ = place.call("--help")
    for command in COMMANDS:
        check(" ".join(command) in out, f"--help does not name {command}")
        text, _ = place.call(*command, "--help")
        check("Example:\n  lookback " + " ".join(command) in text, f"{command[0]} --help has no example")
    place.call("nonsense", expect=2)
    place.call(expect=2)
    place.call("version", "--nonsense", expect=2)
    place.call("run", "nonsense", config=place.config(), expect=2)


def test_version(place):
    out, _ = place.call("version")
    for library in ("lookback", "librdkafka", "rocksdb"):
        check(library in out.lower(), f"version does not name {library}: {out}")


def test_config_commands(place):
    place.settings["kafka"]["properties"]["sasl.password"] = "hunter2"
    out, err = place.call("config", "print", config=place.config())
    check("hunter2" not in out + err, "config print shows a password")
    check(place.run in out and "lookback.yaml" in out, "config print names no origin")
    reference, _ = place.call("config", "reference")
    for name in ("allowed_lateness", "commit_interval", "participation_group", "max_touchpoints", "dead_letters"):
        check(name in reference, f"the reference does not name {name}")
    schema, _ = place.call("config", "schema")
    check("properties" in json.loads(schema), "config schema is no JSON Schema")
    out, _ = place.call("config", "print", config=place.config(), environment={"LOOKBACK_RUN": "other"})
    check("other" in out, "the environment does not beat the file")


def test_validate(place):
    place.call("validate", config=place.config())
    out, _ = place.call("validate", config=place.config(run="no good name!", format__clicks="xml"), expect=3)
    equal(len(re.findall(r"lookback\.yaml:\d+:\d+: ", out)), 2, f"mistakes with line and column: {out}")


def test_validate_live(place):
    out, err = place.call("validate", "--live", config=place.config(), expect=None)
    check("topics create" in out + err, f"missing topics, and no word of topics create: {out}{err}")
    place.create_topics()
    place.publish("clicks", [CLICK | {"user": f"u{n}"} for n in range(50)])
    place.call("validate", "--live", config=place.config())
    # librdkafka's default partitioner is not Java's: the join by partition number would silently lose clicks.
    wrong = Producer({"bootstrap.servers": place.broker.address, "partitioner": "consistent_random"})
    for n in range(50):
        wrong.produce(place.topic("orders"), key=f"shop|u{n}", value=json.dumps(ORDER | {"user": f"u{n}", "order_id": str(n)}))
    wrong.flush(10)
    out, err = place.call("validate", "--live", config=place.config(), expect=3)
    check("murmur2_random" in out + err and "partitioner" in out + err, f"it does not name the setting: {out}{err}")


def test_validate_live_warns_of_addresses(place):
    place.create_topics()
    place.publish("clicks", [CLICK | {"user": "ada@mail.example"}])
    out, err = place.call("validate", "--live", config=place.config(), expect=None)
    check("@" in out + err and "ada@mail" not in out + err, f"a user that is an address needs a warning, without the address: {out}{err}")


def test_topics_create_twice(place):
    place.create_topics()
    place.create_topics()
    topics = harness.kafka_tool.ends(place.broker.address, [place.topic(t) for t in harness.INPUTS])
    equal(len(topics), 12, "partitions of the inputs")


def demo_files():
    return [x for name in harness.INPUTS for x in (f"--{name}", os.path.join(ROOT, "demo", f"{name}.jsonl"))]


def test_try(place):
    # The demo's day, without a broker.
    config = os.path.join(ROOT, "demo", "lookback.yaml")
    given = {"KAFKA": "none:1", "ADMIN": "127.0.0.1:0"}
    letters, deltas = os.path.join(place.dir, "letters"), os.path.join(place.dir, "deltas")
    out, _ = place.call("try", *demo_files(), "--dead-letters", letters, "--deltas", deltas, config=config, environment=given)
    outputs = {(o["goal"], o["conversion_id"]): o for o in map(json.loads, out.splitlines())}
    equal(outputs[("purchase", "1001")]["outcome"], "attributed", "order 1001")
    equal([c["value_micros"] for c in outputs[("purchase", "1001")]["credits"]], [40_000_000, 20_000_000, 40_000_000], "its credits")
    equal(outputs[("purchase", "1006")]["outcome"], "no_click", "order 1006 without its late click")
    with open(letters) as f:
        equal(len(f.read().splitlines()), 2, "dead letters")
    with open(deltas) as f:
        check(len(f.read().splitlines()) > 5, "deltas")
    with open(os.path.join(ROOT, "demo", "clicks.jsonl")) as f:
        place.call("try", "--clicks", "-", config=config, environment=given, stdin=f.read())
    shuffled, _ = place.call("try", *demo_files(), "--interleave", "7", "--commit-every", "1", config=config, environment=given)
    again = {(o["goal"], o["conversion_id"]): o for o in map(json.loads, shuffled.splitlines())}
    equal({k: strip(o) for k, o in again.items()}, {k: strip(o) for k, o in outputs.items()}, "another interleaving")


def strip(output):
    return {k: v for k, v in output.items() if k not in ("previous", "source_fingerprint")}


def test_explain(place):
    # The owner answers while it runs; without one the state directory is read.
    place.create_topics()
    process = place.started()
    place.publish("clicks", [CLICK | {"ttclid": "old", "event_time": T - 9 * harness.DAY}, CLICK])
    place.publish("orders", [ORDER])
    place.settle()
    config = place.config("explain", state__directory=place.state_dir(), admin__listen=process.admin)
    running, _ = place.call("explain", "shop", "o1", config=config)
    for word in ("c1", "old", "attributed", "purchase"):
        check(word in running, f"explain does not say {word}: {running}")
    by_user, _ = place.call("explain", "shop", "o1", "--user", "ada", config=config)
    check("c1" in by_user, f"with --user: {by_user}")
    as_json, _ = place.call("explain", "shop", "o1", "--output", "json", config=config)
    json.loads(as_json)
    _, err = place.call("explain", "shop", "nothing", config=config, expect=1)
    check("nothing" in err, f"an unknown conversion: {err}")
    process.stop()
    resting, _ = place.call("explain", "shop", "o1", config=config)
    check("c1" in resting and "old" in resting, f"from the state directory: {resting}")


harness.main(__name__, __doc__)
