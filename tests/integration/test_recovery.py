#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each way to lose the state ends where a run that never failed would be, or is refused with words that say what to do.

Whatever happened, the sum of deltas equals the last credits.
"""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from check import Observed, check_stream  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from harness import Broker, Place, check, equal, wait_for  # noqa: E402
from shop import GOALS, Shop, check_all  # noqa: E402

SESSION_SECONDS = 6


class Run:
    """One process whose life is told in parts: publish, settle, stop."""

    def __init__(self, place):
        self.place, self.shop = place, Shop(place.random, users=25)
        place.settings["tenants"] = [{"id": "shop", "goals": GOALS}]
        place.create_topics()

    def part(self, count=600, **start):
        """Starts, publishes, waits until it is processed, stops."""
        process = self.place.start("a", **start)
        self.shop.publish(self.place, count)
        self.place.settle()
        process.stop()
        return process

    def save(self):
        shutil.copytree(self.place.state_dir(), self.place.state_dir() + ".saved")

    def put_back(self):
        shutil.rmtree(self.place.state_dir())
        os.rename(self.place.state_dir() + ".saved", self.place.state_dir())

    def check(self):
        check_all(self.place, self.place.config("check"))


def refused(place, code, *words, **start):
    """A start that must end by itself, saying the code and the words."""
    process = place.start("a", **start)
    result = process.wait_end(90)
    check(result != 0, f"it ended with 0 instead of refusing{process.tail()}")
    for word in (code, *words):
        check(word in process.text(), f"the refusal does not say {word!r}{process.tail()}")
    return process


def wait_group_empty(place):
    """A static member stays for its session after it is gone."""
    time.sleep(SESSION_SECONDS + 2)


def test_store_behind(place):
    # A disk that was put back from an older copy: what was committed since is read again, and nothing is emitted twice.
    run = Run(place)
    run.part()
    run.save()
    run.part()
    run.put_back()
    run.part()
    run.check()


def test_store_lost(place):
    run = Run(place)
    run.part()
    shutil.rmtree(place.state_dir())
    run.part()
    shutil.rmtree(place.state_dir())
    run.part()
    run.check()


def test_store_killed_without_a_flush(place):
    # kill -9 before the table reached RocksDB: the store is behind by all of it.
    run = Run(place)
    process = place.start("a")
    run.shop.publish(place, 800)
    place.settle()
    process.kill()
    run.part()
    run.check()


def test_store_of_another_cluster(place):
    # The volume of a namesake run on another cluster: moved aside, loudly, and restored from this one.
    other = Broker(os.path.join(place.dir, "other-kafka"))
    try:
        stranger_dir = os.path.join(place.dir, "stranger")
        os.makedirs(stranger_dir)
        stranger = Place(other, stranger_dir, 1)
        stranger.run = place.run
        stranger.settings.update(run=place.settings["run"], topics=place.settings["topics"])
        try:
            Run(stranger).part(300)
        finally:
            stranger.close()
    finally:
        other.stop()
    run = Run(place)
    run.part()
    shutil.rmtree(place.state_dir())
    shutil.copytree(stranger.state_dir(), place.state_dir())
    process = run.part()
    check("state_moved_aside" in process.text(), f"nothing was said about the strange volume{process.tail()}")
    run.check()


def manifest_of(place):
    return os.path.join(place.state_dir(), place.run, "attribution", "manifest")


def test_store_of_an_older_format(place):
    # A manifest of a format that is not ours any more: moved aside and restored.
    run = Run(place)
    run.part()
    with open(manifest_of(place)) as f:
        text = f.read()
    check(text.startswith("lookback-state 1\n"), f"the manifest begins with {text[:40]!r}")
    with open(manifest_of(place), "w") as f:
        f.write(text.replace("lookback-state 1", "lookback-state 0", 1))
    process = run.part()
    check("state_moved_aside" in process.text(), f"nothing was said about the old volume{process.tail()}")
    run.check()


def test_store_that_took_another_way(place):
    # A manifest like ours over shards whose last records are not in the topics: the marks tell, and the shards are restored.
    other = harness.Place(place.broker, place.dir + "-other", 2)
    os.makedirs(other.dir)
    try:
        Run(other).part(400)
    finally:
        other.close()
    run = Run(place)
    run.part(300)
    mine, stranger = os.path.dirname(manifest_of(place)), os.path.dirname(manifest_of(other))
    for shard in "0123":
        shutil.rmtree(os.path.join(mine, shard))
        shutil.copytree(os.path.join(stranger, shard), os.path.join(mine, shard))
    process = run.part()
    check("its last records are not in the topics" in process.text() or "commits are behind" in process.text(),
          f"nothing was said about strange shards{process.tail()}")
    run.check()


def test_topic_deleted_and_refilled(place):
    # What was attributed came from records that are gone: going on would lie.
    run = Run(place)
    run.part()
    admin = place.broker.admin
    names = [place.topic(t) for t in harness.INPUTS]
    for future in admin.delete_topics(names).values():
        future.result()
    wait_for("the topics to be gone", lambda: not set(names) & set(admin.list_topics(timeout=10).topics))
    place.create_topics()
    run.shop.publish(place, 300)
    refused(place, "commit_")


def test_offsets_reset_by_an_operator(place):
    # A group tool wrote offsets without our metadata: nobody knows what the store should hold.
    run = Run(place)
    run.part()
    wait_group_empty(place)
    consumer = Consumer({"bootstrap.servers": place.broker.address, "group.id": place.group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(place.topic(t), p, 0) for t in harness.INPUTS for p in range(4)], asynchronous=False)
    consumer.close()
    refused(place, "metadata that is not ours", "new `run`")


def test_offsets_expired(place):
    # No commit, but outputs: as after the group's offsets expired. The same topics under a run that never committed show it.
    run = Run(place)
    run.part()
    place.settings["run"] += "-again"
    refused(place, "commit_missing")


def test_open_transaction_of_a_dead_owner(place):
    # Another transactional id holds the output partition back; what it wrote is decided only when the broker ends its transaction.
    run = Run(place)
    run.part()
    shutil.rmtree(place.state_dir())
    dead = Producer({"bootstrap.servers": place.broker.address, "transactional.id": f"{place.run}-dead", "transaction.timeout.ms": 12000})
    dead.init_transactions(30)
    dead.begin_transaction()
    for partition in range(4):
        dead.produce(place.topic("attributed-conversions"), key=b"shop|x|y|z", value=b"never committed", partition=partition)
    dead.flush(10)
    began = time.monotonic()
    process = place.started("a")
    waited = time.monotonic() - began
    check(waited > 5, f"it was ready after {waited:.1f} s, while a transaction was open")
    run.shop.publish(place, 300)
    place.settle()
    process.stop()
    run.check()


def test_a_build_that_rounds_otherwise(place):
    # What was published is the baseline of `previous` and of deltas: read back, never computed again.
    run = Run(place)
    run.part()
    run.save()
    run.part()
    run.put_back()
    run.part(environment={"LOOKBACK_TEST_ROUNDING": "other"})
    observed = Observed(place.outputs(), [r.json for r in place.read("attribution-credits")], [])
    failures = list(check_stream(observed))
    check(not failures, "\n".join(str(f) for f in failures[:10]))
    plain = harness.Failed
    try:
        run.check()
    except plain:
        return
    check(False, "the other rounding changed nothing: is the program built with LOOKBACK_TEST_HOOKS?")


def test_goes_on_where_it_stopped(place):
    # A plain restart reads nothing twice and says nothing twice.
    run = Run(place)
    run.part()
    before = len(place.outputs())
    process = place.started("a")
    process.stop()
    equal(len(place.outputs()), before, "a restart with nothing new published")


harness.main(__name__, __doc__)
