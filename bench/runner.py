# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: the release program as a process whose CPU time and memory can be read, and a broker of its own."""
import collections
import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "release")
PLACE = os.path.join(ROOT, ".cache", "bench")
PARTITIONS = 4
TICKS = os.sysconf("SC_CLK_TCK")


def call(*command):
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def build(*targets):
    call("cmake", "--preset", "release")
    call("cmake", "--build", BUILD, "--target", "lookback", *targets)


def cpu_of(stat):
    """Name, and seconds of user and system time."""
    with open(stat, encoding="utf-8") as text:
        name, fields = text.read().split("(", 1)[1].rsplit(")", 1)
    fields = fields.split()
    return name, (int(fields[11]) + int(fields[12])) / TICKS


class Broker:
    def __enter__(self):
        self.directory = os.path.join(PLACE, "kafka")
        self.__exit__()
        started = subprocess.run([f"{ROOT}/scripts/kafka", "start", "--bench", "--dir", self.directory], check=True, capture_output=True, text=True)
        self.bootstrap = started.stdout.strip()
        return self

    def __exit__(self, *_):
        subprocess.run([f"{ROOT}/scripts/kafka", "stop", "--wipe", "--dir", self.directory], check=False, capture_output=True)


class Measured:
    """A process (`self.process`) whose use of the machine can be read while it lives."""

    def cpu_seconds(self):
        return cpu_of(f"/proc/{self.process.pid}/stat")[1]

    def peak_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024

    def disk_bytes(self):
        """Given to the kernel to be written to disk."""
        with open(f"/proc/{self.process.pid}/io", encoding="ascii") as io:
            return int(re.search(r"^write_bytes: (\d+)", io.read(), re.M).group(1))


class Program(Measured):
    """One `lookback run ROLE` whose log tells the admin port and the restored shards."""

    def __init__(self, role, config, build=BUILD, place=PLACE):
        self.began = None
        self.log_path = os.path.join(place, "run.log")
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen([f"{build}/lookback", "run", role, "--config", config], stderr=self.log)

    def wait_live(self, shards=PARTITIONS):
        """`began` and `began_cpu` are of the first live shard: it is at work while the others are still looked for."""
        while (live := self.log_text().count("event=shard_restored")) < shards:
            if live and self.began is None:
                self.began, self.began_cpu = time.monotonic(), self.cpu_seconds()
            if self.process.poll() is not None:
                sys.exit(f"lookback ended:\n{self.log_text()[-2000:]}")
            time.sleep(0.01)
        if self.began is None:
            self.began, self.began_cpu = time.monotonic(), self.cpu_seconds()
        self.port = re.search(r"event=admin_listening .*port=(\d+)", self.log_text()).group(1)

    def log_text(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def metric(self, begin):
        """The sum of the series that begin so."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(begin))

    def lag(self):
        return self.metric("lookback_lag_records{")

    def cpu_by_thread(self):
        """Seconds by name of thread, of those that live."""
        spent, tasks = collections.Counter(), f"/proc/{self.process.pid}/task"
        for task in os.listdir(tasks):
            try:
                name, seconds = cpu_of(f"{tasks}/{task}/stat")
            except OSError:
                continue  # it has ended
            spent[name] += seconds
        return spent

    @contextlib.contextmanager
    def profiled(self, path, hertz):
        """perf record while the block runs; `path` None: nothing."""
        profiler = path and subprocess.Popen(["perf", "record", "-q", "-g", "-F", str(hertz), "-o", path, "-p", str(self.process.pid)])
        try:
            yield
        finally:
            if profiler:
                profiler.terminate()
                profiler.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(60) != 0:
            sys.exit(f"lookback did not stop well:\n{self.log_text()[-2000:]}")
        self.log.close()
