#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The runtime without the business: a role that numbers each user's orders, on a real broker.

Its outputs say 1, 2, 3 … for each user, so a step that was lost, done twice, or done on a state that ran ahead or fell behind shows as a gap or a
repeat. BOOTSTRAP=host:port uses a running broker.
"""
import collections
import os
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka_tool  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from child import Child  # noqa: E402
from harness import check, equal, wait_for  # noqa: E402

WORKER = os.path.abspath(os.environ.get("COUNTING_WORKER", os.path.join(harness.ROOT, "build", "dev", "counting_worker")))
PARTITIONS = 4
SESSION_SECONDS = 6


class Process(Child):
    def __init__(self, place, name, workers=1, commit_ms=100, state=None, **properties):
        self.state = state or os.path.join(place.dir, f"state-{name}")
        given = {"session.timeout.ms": SESSION_SECONDS * 1000, "heartbeat.interval.ms": 500, **{k.replace("_", "."): v for k, v in properties.items()}}
        super().__init__(name, os.path.join(place.dir, f"{name}.log"),
                         [WORKER, place.address, place.run, self.state, place.run, str(workers), str(commit_ms)] + [f"{k}={v}" for k, v in given.items()],
                         env={**os.environ, "LOOKBACK_INSTANCE": f"{place.run}-{name}"})
        place.processes.append(self)

    def said(self, what):
        return self.text().count(what)


class Place:
    count = 0

    def __init__(self, address, directory):
        Place.count += 1
        self.address, self.dir, self.run, self.processes = address, directory, f"w{Place.count}-{os.getpid()}", []
        self.group = f"{self.run}-counting"
        self.sent = collections.Counter()  # orders by user
        self.clicks = collections.Counter()
        self.producer = Producer({"bootstrap.servers": address, "partitioner": "murmur2_random", "linger.ms": 5, "enable.idempotence": True})
        topics = {"clicks": {}, "orders": {}, "outputs": {"cleanup.policy": "compact", "max.message.bytes": "20000"}, "dead-letters": {}}
        admin = AdminClient({"bootstrap.servers": address})
        made = admin.create_topics([NewTopic(self.topic(name), PARTITIONS, 1, config=c) for name, c in topics.items()])
        for future in made.values():
            future.result()

    def topic(self, name):
        return f"{self.run}-{name}"

    def send(self, topic, key, value):
        while True:
            try:
                return self.producer.produce(self.topic(topic), key=key, value=value)
            except BufferError:
                self.producer.poll(0.2)

    def publish(self, users, rounds, bad_every=0):
        """For each user and round a click and an order; now and then a bad record."""
        for _ in range(rounds):
            for user in range(users):
                name = f"u{user}"
                self.clicks[name] += 1
                self.send("clicks", name, f"c{self.clicks[name]}")
                self.sent[name] += 1
                self.send("orders", name, f"o{self.sent[name]}")
                if bad_every and user % bad_every == 0:
                    self.send("orders", name, "bad one")
            self.producer.poll(0)
        self.producer.flush()

    def behind(self):
        ends = {p: end for p, end in kafka_tool.ends(self.address, [self.topic("clicks"), self.topic("orders")]).items() if end > 0}
        done = kafka_tool.committed(self.address, self.group, ends)
        return {f"{t}[{p}]": f"{done[(t, p)]} of {end}" for (t, p), end in ends.items() if done[(t, p)] < end}

    def settle(self, seconds=60):
        def where():
            return f"the inputs to be processed; behind: {self.behind()}" + "".join(p.tail() for p in self.processes if p.alive)
        wait_for(where, lambda: not self.behind(), seconds, pause=0.2)

    def check_outputs(self):
        """Each order once in the committed log, each user's numbers without a gap, in order."""
        seen = collections.defaultdict(list)
        for record in kafka_tool.read(self.address, self.topic("outputs")):
            user, order = record.key.decode().split("|")
            seen[user].append((order, int(record.value.decode().split()[0])))
        for user, count in self.sent.items():
            expected = [(f"o{n}", n) for n in range(1, count + 1)]
            if seen[user] != expected:
                wrong = next((i for i, (a, b) in enumerate(zip(seen[user], expected)) if a != b), min(count, len(seen[user])))
                raise harness.Failed(f"{user}: {len(seen[user])} outputs for {count} orders; from the {wrong}th: {seen[user][wrong:wrong + 4]}, "
                                     f"expected {expected[wrong:wrong + 4]}")
        equal(sum(map(len, seen.values())), sum(self.sent.values()), "outputs")

    def check_clicks(self):
        """One more order each: it must have seen every click, also those that a restore brought back."""
        self.publish(0, 0)
        for user in self.sent:
            self.sent[user] += 1
            self.send("orders", user, f"o{self.sent[user]}")
        self.producer.flush()
        self.settle()
        for record in kafka_tool.read(self.address, self.topic("outputs")):
            user, order = record.key.decode().split("|")
            if order == f"o{self.sent[user]}":
                equal(int(record.value.decode().split()[1]), self.clicks[user], f"clicks of {user} before {order}")

    def close(self):
        for process in self.processes:
            process.kill()


def test_orders_are_numbered_without_a_gap(place):
    place.publish(500, 20)
    worker = Process(place, "a")
    place.settle()
    place.check_outputs()
    place.check_clicks()
    worker.stop()


def test_who_waits_for_a_commit_does_not_wait_for_its_interval(place):
    worker = Process(place, "a", commit_ms=120000)
    for _ in range(2):
        place.send("clicks", "u0", "urgent")
        place.producer.flush()
        place.settle(40)
        place.publish(10, 1)
        time.sleep(2)
        check(place.behind(), "what is not urgent waits for the interval")
    worker.stop()
    place.check_outputs()


def test_a_bad_record_is_a_dead_letter_and_costs_nothing_else(place):
    place.publish(200, 10, bad_every=20)
    worker = Process(place, "a")
    place.settle()
    place.check_outputs()
    letters = kafka_tool.read(place.address, place.topic("dead-letters"))
    equal(len(letters), 100, "dead letters")
    equal({r.headers["lookback.reason"] for r in letters}, {"bad_record"}, "reasons")
    worker.stop()


def test_an_output_too_large_for_its_topic_is_a_dead_letter_not_an_abort(place):
    place.publish(20, 2)
    place.send("orders", "u1", "x" * 30_000)
    place.publish(20, 2)
    worker = Process(place, "a")
    place.settle()
    place.check_outputs()
    letters = kafka_tool.read(place.address, place.topic("dead-letters"))
    equal([r.headers["lookback.reason"] for r in letters], ["too_large"], "dead letters")
    equal(worker.said("transaction_aborted"), 0, "aborts")
    worker.stop()


def test_too_many_bad_records_stop_the_run(place):
    place.publish(100, 10)
    for n in range(6000):
        place.send("clicks", f"u{n % 100}", "bad one")
    place.publish(100, 1)
    worker = Process(place, "a")
    wait_for("the process to end", lambda: not worker.alive, 60)
    equal(worker.process.returncode, 1, "exit code")
    check(worker.said("code=failure_budget") > 0, f"no word about the budget{worker.tail()}")


class Feed:
    """Publishes in the background until told to stop."""

    def __init__(self, place, users=300):
        self.place, self.users, self.stopped = place, users, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            self.place.publish(self.users, 1)
            time.sleep(0.05)

    def stop(self):
        self.stopped.set()
        self.thread.join()


def test_kill_9_loses_nothing_and_doubles_nothing(place):
    feed, worker = Feed(place), Process(place, "a")
    for round_number in range(12):
        time.sleep(0.8 + (round_number * 0.37) % 1.6)
        worker.kill()
        if round_number % 4 == 3:
            shutil.rmtree(worker.state, ignore_errors=True)  # a lost disk
        worker = Process(place, "a")
    feed.stop()
    place.settle()
    place.check_outputs()
    place.check_clicks()
    worker.stop()


def test_sigterm_leaves_nothing_behind_that_a_restart_reads_again(place):
    feed, worker = Feed(place), Process(place, "a")
    wait_for("the first outputs", lambda: worker.said("shard_restored") >= PARTITIONS)
    time.sleep(2)
    worker.stop()
    feed.stop()
    again = Process(place, "a")
    place.settle()
    equal(sum(int(line.split("records=")[1].split()[0]) for line in again.text().splitlines()[-40:] if "shard_restored" in line), 0,
          "records read again")
    place.check_outputs()
    place.check_clicks()
    again.stop()


def test_partitions_move_between_two_processes(place):
    feed, first = Feed(place), Process(place, "a", workers=2)
    wait_for("the first process to have all", lambda: first.said("shard_restored") >= PARTITIONS, 60)
    second = Process(place, "b")
    wait_for("the second to get some", lambda: second.said("shard_restored") >= 1, 60)
    time.sleep(1)
    before = first.said("shard_restored")
    second.kill()
    wait_for("the first to get them back", lambda: first.said("shard_restored") >= before + PARTITIONS, 60)
    third = Process(place, "b")
    time.sleep(2)
    first.stop()
    feed.stop()
    wait_for("the last one to own all", lambda: third.said("shard_restored") >= PARTITIONS, 90)
    place.settle()
    place.check_outputs()
    place.check_clicks()
    third.stop()


def test_a_frozen_owner_cannot_write_after_its_successor(place):
    feed, first = Feed(place), Process(place, "a", transaction_timeout_ms=5000)
    wait_for("the first process to work", lambda: first.said("shard_restored") >= PARTITIONS, 60)
    time.sleep(1)
    first.freeze()
    second = Process(place, "b")
    wait_for("the second to take over", lambda: second.said("shard_restored") >= PARTITIONS, 60)
    time.sleep(1)
    first.thaw()
    time.sleep(4)
    feed.stop()
    place.settle()
    place.check_outputs()
    place.check_clicks()


def test_a_worker_that_lost_its_partitions_aborts_and_joins_again(place):
    # Its transaction is still open at the broker, so it is not fenced: the group's coordinator refuses the offsets, and it goes back.
    feed, first = Feed(place), Process(place, "a")
    wait_for("the first process to work", lambda: first.said("shard_restored") >= PARTITIONS, 60)
    time.sleep(1)
    first.freeze()
    time.sleep(SESSION_SECONDS + 3)  # the broker's group forgets it
    before = first.said("shard_restored")
    first.thaw()
    wait_for(lambda: f"it to own all again{first.tail()}", lambda: first.said("shard_restored") >= before + PARTITIONS, 60)
    check(first.said("transaction_aborted") + first.said("lost=1") > 0, f"nothing was lost or aborted{first.tail()}")
    feed.stop()
    place.settle()
    place.check_outputs()
    place.check_clicks()
    first.stop()


def test_sigterm_ends_a_restore_that_waits(place):
    # A dead owner's open transaction holds the outputs back, so the restore waits; whoever stops the process does not.
    place.publish(50, 4)
    worker = Process(place, "a")
    place.settle()
    worker.stop()
    shutil.rmtree(worker.state)
    dead = Producer({"bootstrap.servers": place.address, "transactional.id": f"{place.run}-dead", "transaction.timeout.ms": 60000})
    dead.init_transactions(30)
    dead.begin_transaction()
    for partition in range(PARTITIONS):
        dead.produce(place.topic("outputs"), key=b"u0|o9", value=b"never", partition=partition)
    dead.flush(10)
    restored = worker.said("shard_restored")
    waiting = Process(place, "a")
    wait_for("the restore to begin", lambda: waiting.said("shards_assigned") == 2, 30)
    time.sleep(1)
    equal(waiting.said("shard_restored") - restored, 0, "shards live beside an open transaction")
    began = time.monotonic()
    waiting.stop()
    check(time.monotonic() - began < 8, f"stopping took {time.monotonic() - began:.1f} s{waiting.tail()}")
    dead.abort_transaction(30)
    again = Process(place, "a")
    wait_for("the restore", lambda: again.said("shard_restored") >= restored + PARTITIONS, 60)
    place.check_clicks()
    place.check_outputs()
    again.stop()


def test_a_broker_that_is_away_is_waited_for(place):
    # librdkafka may call a lost connection fatal, or the broker fence a member whose answer it lost: then the process ends and is started again.
    if not place.broker:
        return
    feed, worker = Feed(place), Process(place, "a")
    wait_for("the first outputs", lambda: worker.said("shard_restored") >= PARTITIONS)
    for _ in range(2):
        time.sleep(1)
        place.broker.call("restart", 1)  # in good order: a lone broker that is killed may leave transactions undecided for minutes
    time.sleep(2)
    feed.stop()

    def settled():
        nonlocal worker
        if not worker.alive:
            worker = Process(place, "a")
        return not place.behind()
    wait_for(lambda: f"the inputs to be processed{worker.tail()}", settled, 180, pause=1)
    place.check_outputs()
    place.check_clicks()
    worker.stop()


def main():
    args = harness.arguments(__doc__)
    tests = [f for name, f in globals().items() if name.startswith("test_") and callable(f)]
    if args.names:
        tests = [t for t in tests if any(n in t.__name__ for n in args.names)]
    check(os.path.exists(WORKER), f"{WORKER} is not built: ninja counting_worker, or set COUNTING_WORKER")
    scratch, broker, passed = tempfile.mkdtemp(prefix="lookback-"), None, 0
    try:
        address = os.environ.get("BOOTSTRAP")
        if not address:
            broker = harness.Broker(os.path.join(scratch, "kafka"), "--nodes", args.nodes or 1)
            address = broker.address
        for test in tests:
            passed += run_one(test, address, broker, scratch)
    finally:
        if broker:
            broker.stop()
        if passed == len(tests) and not args.keep:
            shutil.rmtree(scratch, ignore_errors=True)
        else:
            print(f"kept: {scratch}")
    print(f"{passed} passed, {len(tests) - passed} failed")
    sys.exit(0 if passed == len(tests) else 1)


def run_one(test, address, broker, scratch):
    directory = os.path.join(scratch, test.__name__)
    os.makedirs(directory)
    place, began, trouble = Place(address, directory), time.monotonic(), None
    place.broker = broker
    try:
        test(place)
    except Exception as failed:
        trouble = f"{type(failed).__name__}: {failed}"
    finally:
        place.close()
    print(f"{'FAIL' if trouble else 'ok  '} {test.__name__[5:].replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
    if trouble:
        print("     " + trouble.replace("\n", "\n     "), flush=True)
    return trouble is None


if __name__ == "__main__":
    main()
