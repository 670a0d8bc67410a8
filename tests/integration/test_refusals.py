#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What cannot work refuses to start, and says what to change."""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from confluent_kafka.admin import NewPartitions, NewTopic  # noqa: E402
from harness import check, wait_for  # noqa: E402

T = int(time.time() * 1000) - 2 * harness.DAY
ORDER = {"tenant": "shop", "order_id": "o1", "status": "placed", "status_time": T, "placed_at": T, "value": "10.00", "currency": "EUR"}


def refused(place, *words, name="a", **start):
    process = place.start(name, **start)
    code = process.wait_end(60)
    check(code != 0, f"it ended with 0 instead of refusing{process.tail()}")
    for word in words:
        check(word in process.text(), f"the refusal does not say {word!r}{process.tail()}")


def create(place, partitions, **settings):
    topics = [NewTopic(place.topic(t), partitions.get(t, 4), 1, config=settings.get(t.replace("-", "_"), {})) for t in harness.TOPICS]
    for future in place.broker.admin.create_topics(topics).values():
        future.result()
    names = {t.topic for t in topics}
    wait_for("the topics to be known", lambda: names <= set(place.broker.admin.list_topics(timeout=10).topics))


def run_once(place):
    process = place.start("a")
    place.publish("orders", [ORDER | {"user": f"u{n}", "order_id": f"o{n}"} for n in range(20)])
    place.settle()
    process.stop()


def test_missing_topics(place):
    refused(place, place.topic("clicks"), "topics create")


def test_inputs_with_different_partition_counts(place):
    create(place, {"orders": 3})
    refused(place, place.topic("orders"), "partition")


def test_outputs_with_another_partition_count(place):
    create(place, {"attributed-conversions": 8})
    refused(place, place.topic("attributed-conversions"), "partition")


def test_partitions_added_after_the_first_commit(place):
    # A user's records would land on another shard than her past: a new run, replayed, is the way.
    place.create_topics()
    run_once(place)
    grown = [NewPartitions(place.topic(t), 6) for t in (*harness.INPUTS, "attributed-conversions", "export-results")]
    for future in place.broker.admin.create_partitions(grown).values():
        future.result()
    refused(place, "partition", "4", "6")


def test_clicks_kept_too_short(place):
    # A lost disk could not be restored from such a topic.
    place.create_topics()
    place.broker.set_topic(place.topic("clicks"), retention_ms=3_600_000)
    refused(place, place.topic("clicks"), "retention.ms")


def test_outputs_that_would_be_deleted(place):
    place.create_topics()
    place.broker.set_topic(place.topic("attributed-conversions"), cleanup_policy="delete")
    refused(place, place.topic("attributed-conversions"), "cleanup.policy")


def test_limits_too_small_for_the_largest_output(place):
    place.create_topics()
    place.broker.set_topic(place.topic("attributed-conversions"), max_message_bytes=10_000)
    refused(place, place.topic("attributed-conversions"), "max.message.bytes")


def test_a_goal_that_changed_under_its_name(place):
    # Old conversions were judged by the old definition: rename the goal, or replay.
    place.create_topics()
    run_once(place)
    goal = place.settings["tenants"][0]["goals"][0]
    goal["model"] = "last_touch"
    refused(place, "goals_changed", "purchase", "new name")
    saved = place.state_dir() + ".saved"
    os.rename(place.state_dir(), saved)
    refused(place, "goals_changed", "new name")
    shutil.rmtree(place.state_dir(), ignore_errors=True)
    os.rename(saved, place.state_dir())
    goal["name"] = "purchase-2"
    process = place.started("a")
    process.stop()


def test_a_longer_max_lookback(place):
    place.create_topics()
    run_once(place)
    place.broker.set_topic(place.topic("clicks"), retention_ms=90 * harness.DAY)
    place.settings["tenants"][0]["max_lookback"] = "14d"
    refused(place, "goals_changed", "max_lookback")


def test_config_mistakes(place):
    for change, words in (({"attribution__comit_interval": "1s"}, ("comit_interval", "commit_interval")),
                          ({"attribution__commit_interval": "soon"}, ("commit_interval", "soon")),
                          ({"tenants": [{"id": "shop", "goals": [{"name": "p", "source": "orders", "lookback": "30d"}]}]}, ("max_lookback",)),
                          ({"kafka__properties": {"sesion.timeout.ms": "1"}}, ("sesion.timeout.ms",)),
                          ({"kafka__properties": {"isolation.level": "read_uncommitted"}}, ("isolation.level",))):
        refused(place, *words, **change)


def test_a_broker_that_is_not_there(place):
    # Kubernetes restarts a process that ended; a broker that is late is no reason to end.
    process = place.start("a", kafka__bootstrap_servers=f"127.0.0.1:{harness.free_port()}")
    wait_for(lambda: f"a word about the broker{process.tail()}", lambda: "kafka" in process.text().lower(), 30)
    time.sleep(3)
    check(process.alive, f"it ended{process.tail()}")
    check(process.get("/readyz")[0] == 503, f"/readyz says {process.get('/readyz')}")
    process.stop()


def test_two_processes_with_one_name(place):
    # A copied pod: the broker fences the older, which must end; it must not fight.
    place.create_topics()
    first = place.started("a")
    second = place.start("b", environment={"LOOKBACK_INSTANCE": f"{place.run}-a"})
    wait_for(lambda: f"one to end{first.tail()}{second.tail()}", lambda: not (first.alive and second.alive), 60)
    check(first.alive != second.alive, "both ended")


harness.main(__name__, __doc__)
