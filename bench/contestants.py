# SPDX-License-Identifier: Apache-2.0
"""Who runs against whom: our program and the peers of bench/peers, each as a process with a consumer group, topics that it writes and a state directory.

A peer is a folder with `build` and `run`; bench/README.md tells what they must do.
"""
import os
import re
import shutil
import subprocess
import sys
import time

import workloads
from runner import BUILD, PLACE, ROOT, Measured, Program, call

PEERS = os.path.join(ROOT, "bench", "peers")
LIVE_SECONDS = 600
STOP_SECONDS = 60


class Contestant:
    """Names of topics follow from the name, so contestants on one broker do not meet."""

    def __init__(self, name):
        self.name = name
        self.place = os.path.join(PLACE, "compare", name)
        self.state = os.path.join(self.place, "state")
        self.inputs = ("clicks", "orders")
        self.program = None

    def own_topics(self, logs):
        """All that it has written so far."""
        return [name for name in logs.topics() if self.writes(name)]

    def lose_disk(self):
        """All but checkpoints: their folder stands for storage that outlives a machine."""
        for name in os.listdir(self.state):
            if name != "checkpoints":
                shutil.rmtree(os.path.join(self.state, name))

    def forget(self, logs):
        """As if it had never been on this broker."""
        logs.delete(self.own_topics(logs))
        self.forget_group(logs)
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)

    def forget_group(self, logs):
        subprocess.run([f"{BUILD}/bench_kafka", "forget", logs.bootstrap, f"group={self.group}"], check=True)

    def kill(self):
        if self.program:
            self.program.process.kill()
            self.program.process.wait()
            self.program = None

    def stop(self):
        if self.program:
            self.program.stop()
            self.program = None


class Ours(Contestant):
    restates = True

    def __init__(self, workers, memory, workload):
        super().__init__("lookback" if workers == 1 else f"lookback-{workers}-workers")
        self.workers, self.memory, self.workload = workers, memory, workload
        self.serial = 0
        self.outputs, self.deltas = f"{self.name}-attributed-conversions", f"{self.name}-attribution-credits"

    def forget_group(self, logs):
        """Its members are static and leave when their session ends, so the next run gets a group of its own."""
        self.serial += 1

    @property
    def run(self):
        return f"{self.name}-{self.serial}"

    @property
    def group(self):
        return f"{self.run}-attribution"

    def writes(self, topic):
        return topic in (self.outputs, self.deltas, "dead-letters")

    def prepare(self, logs, partitions, commit_ms):
        self.partitions = partitions
        os.makedirs(self.place, exist_ok=True)
        self.config = workloads.write_config(
            os.path.join(self.place, "config.yaml"), self.workload, run=self.run, bootstrap=logs.bootstrap, clicks=self.inputs[0], orders=self.inputs[1],
            outputs=self.outputs, deltas=self.deltas, partitions=partitions, state=self.state, memory=self.memory, workers=self.workers,
            interval=f"{commit_ms}ms")
        call(f"{BUILD}/lookback", "topics", "create", "--config", self.config)

    def start(self):
        """Returns when it is live: records read back, and the seconds which that took by its own account."""
        self.program = Program("attribution", self.config, place=self.place)
        self.program.wait_live(self.partitions)
        restored = re.findall(r"event=shard_restored .*?records=(\d+) took_ms=(\d+)", self.program.log_text())
        return sum(int(records) for records, _ in restored), sum(int(ms) for _, ms in restored) / 1000 / self.workers


class PeerProgram(Measured):
    def __init__(self, command, place):
        self.said, self.log = os.path.join(place, "stdout"), os.path.join(place, "stderr")
        with open(self.said, "w", encoding="utf-8") as out, open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=out, stderr=log)

    def text(self, path):
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()

    def log_text(self):
        return self.text(self.log)

    def wait_live(self):
        deadline = time.monotonic() + LIVE_SECONDS
        while "live" not in (said := self.text(self.said)).split():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                sys.exit(f"{self.process.args[0]} is not live:\n{said[-1000:]}\n{self.log_text()[-3000:]}")
            time.sleep(0.02)
        self.began, self.began_cpu = time.monotonic(), self.cpu_seconds()
        return said

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Peer(Contestant):
    restates = False
    deltas = ""

    def __init__(self, folder, variant, threads):
        super().__init__(f"{folder}-{variant}-{threads}")
        self.folder, self.variant, self.threads = folder, variant, threads
        self.group = f"{folder}-{variant}"
        self.outputs = f"{self.name}-output"

    def build(self):
        subprocess.run([os.path.join(PEERS, self.folder, "build")], check=True)

    def writes(self, topic):
        return topic == self.outputs or topic.startswith(f"{self.group}-") and topic.endswith(("-changelog", "-repartition"))

    def prepare(self, logs, partitions, commit_ms):
        self.bootstrap, self.commit_ms = logs.bootstrap, commit_ms
        logs.create([self.outputs], partitions)

    def start(self):
        command = [os.path.join(PEERS, self.folder, "run"), "--bootstrap", self.bootstrap, "--clicks", self.inputs[0], "--orders", self.inputs[1],
                   "--output", self.outputs, "--state", self.state, "--threads", str(self.threads), "--commit-ms", str(self.commit_ms),
                   "--lookback-ms", str(7 * 86400 * 1000), "--variant", self.variant]
        self.program = PeerProgram(command, self.place)
        restored = re.findall(r"^restored records=(\d+) seconds=([\d.]+)", self.program.wait_live(), re.M)
        return sum(int(records) for records, _ in restored), sum(float(seconds) for _, seconds in restored)


def folders():
    return sorted(name for name in os.listdir(PEERS) if os.path.exists(os.path.join(PEERS, name, "run")))
