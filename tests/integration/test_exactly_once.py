#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing lost, nothing twice: two processes on a real broker while everything that can die dies.

A supervisor restarts what ended, as Kubernetes would. Records are published all the while. At the end, what read_committed shows must be
F of everything published, to the last field; deltas must add up to the last credits. --long: three brokers and 200 kills.
"""
import os
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from harness import check, wait_for  # noqa: E402
from shop import GOALS, Shop, check_all  # noqa: E402

SESSION_SECONDS = 6


class Supervisor:
    """Keeps processes running under their names; an unasked end is restarted and counted."""

    def __init__(self, place, names, **start):
        self.place, self.start_options = place, start
        self.lock, self.running, self.wanted, self.restarts = threading.Lock(), {}, set(), 0
        self.stopping = threading.Event()
        for name in names:
            self.start(name)
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def start(self, name):
        with self.lock:
            self.wanted.add(name)
            self.running[name] = self.place.start(name, **self.start_options)

    def watch(self):
        while not self.stopping.wait(0.2):
            with self.lock:
                for name in self.wanted:
                    if not self.running[name].alive:
                        self.restarts += 1
                        self.running[name] = self.place.start(name, **self.start_options)

    def drop(self, name, how):
        """Ends a process for good: how(process)."""
        with self.lock:
            self.wanted.discard(name)
            process = self.running[name]
        how(process)
        return process

    def stop(self):
        self.stopping.set()
        self.thread.join()
        for name in sorted(self.wanted):
            self.running[name].stop()


class Feed:
    """Publishes until told to stop."""

    def __init__(self, place, shop, burst=60, pause=0.2):
        self.place, self.shop, self.burst, self.pause = place, shop, burst, pause
        self.published, self.error, self.stopping = 0, None, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.stopping.wait(self.pause):
                self.shop.publish(self.place, self.burst)
                self.published += self.burst
        except Exception as error:
            self.error = error

    def stop(self):
        self.stopping.set()
        self.thread.join()
        check(self.error is None, f"publishing failed: {self.error}")


class Progress:
    """Committed offsets, watched all the while: they never go back."""

    def __init__(self, place):
        self.place, self.seen, self.fault, self.stopping = place, {}, None, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        partitions = [(self.place.topic(t), p) for t in harness.INPUTS for p in range(4)]
        while not self.stopping.wait(1):
            try:
                now = harness.kafka_tool.committed(self.place.broker.address, self.place.group, partitions)
            except Exception:
                continue
            for where, offset in now.items():
                if offset < self.seen.get(where, -1001):
                    self.fault = f"the committed offset of {where} went from {self.seen[where]} back to {offset}"
                self.seen[where] = max(offset, self.seen.get(where, -1001))

    def stop(self):
        self.stopping.set()
        self.thread.join()
        check(self.fault is None, self.fault)


def prepared(place):
    place.settings["tenants"] = [{"id": "shop", "goals": GOALS}]
    place.create_topics()


def shop_for(place):
    """A long run has more users, or the oracle would list a hundred credits for each of a hundred thousand outputs."""
    return Shop(place.random, users=1500, pace_ms=6000) if place.long else Shop(place.random)


def chaos(place, names, actions, **start):
    """Runs the actions against the processes while records flow, then lets everything settle and checks the law."""
    prepared(place)
    progress, feed = Progress(place), Feed(place, shop_for(place))
    supervisor = Supervisor(place, names, **start)
    try:
        for action in actions:
            action(place, supervisor)
        feed.stop()
        place.settle(180)
        conversions, outputs = check_all(place, place.config("check"))
        progress.stop()
        supervisor.stop()
    finally:
        supervisor.stopping.set()
        feed.stopping.set()
        progress.stopping.set()
    print(f"     {feed.published} records, {conversions} conversions, {outputs} outputs, {supervisor.restarts} restarts", flush=True)


def kill_one(place, supervisor):
    time.sleep(place.random.uniform(0, 2.5))
    name = place.random.choice(sorted(supervisor.wanted))
    supervisor.running[name].kill()


def kill_all(place, supervisor):
    time.sleep(place.random.uniform(0, 2))
    for process in list(supervisor.running.values()):
        process.kill()


def freeze_one(place, supervisor):
    """Longer than its session: the others take over, and the frozen one must find out before it writes a thing."""
    time.sleep(place.random.uniform(0, 2))
    process = supervisor.running[place.random.choice(sorted(supervisor.wanted))]
    process.freeze()
    time.sleep(SESSION_SECONDS + 4)
    process.thaw()


def freeze_briefly(place, supervisor):
    process = supervisor.running[place.random.choice(sorted(supervisor.wanted))]
    process.freeze()
    time.sleep(place.random.uniform(0.2, 3))
    process.thaw()


def restart_broker(place, supervisor):
    time.sleep(place.random.uniform(1, 3))
    number = place.random.randint(1, place.broker.about["nodes"])
    if place.broker.about["nodes"] > 1:  # a lone broker that is killed may leave transactions undecided for minutes
        place.broker.call("kill", number)
        time.sleep(place.random.uniform(0, 2))
    place.broker.call("restart", number)


def wipe_disk(place, supervisor):
    name = place.random.choice(sorted(supervisor.wanted))
    supervisor.drop(name, lambda p: p.kill())
    shutil.rmtree(place.state_dir(name), ignore_errors=True)
    supervisor.start(name)


def move_partitions(place, supervisor):
    """A third process comes and goes."""
    supervisor.start("c")
    wait_for("the third process to be ready", lambda: supervisor.running["c"].ready, 90)
    time.sleep(2)
    supervisor.drop("c", lambda p: p.stop())
    time.sleep(SESSION_SECONDS + 2)


def test_kills_at_random_instants(place):
    # Every kill at its own instant: while reading, in a transaction, in a commit, in a restore, while joining.
    chaos(place, ["a", "b"], [kill_one] * (200 if place.long else 10) + [kill_all] * (10 if place.long else 1))


def test_frozen_owner_writes_nothing_after_it_was_replaced(place):
    chaos(place, ["a", "b"], [freeze_one, freeze_briefly] * (5 if place.long else 1))


def test_broker_restart(place):
    chaos(place, ["a", "b"], [restart_broker, kill_one] * (8 if place.long else 1))


def test_partitions_move_and_disks_vanish(place):
    chaos(place, ["a", "b"], [wipe_disk, move_partitions, kill_one, wipe_disk] * (4 if place.long else 1))


def test_two_workers_in_one_process(place):
    chaos(place, ["a"], [kill_one] * (20 if place.long else 3), attribution__workers=2)


harness.main(__name__, __doc__)
