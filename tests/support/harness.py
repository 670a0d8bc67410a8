# SPDX-License-Identifier: Apache-2.0
"""What tests on a real broker share: a broker, Lookback processes that can be killed and frozen, and waiting by deadline.

A test file defines functions test_*(place) and ends with harness.main(__name__, __doc__). `place` is a fresh Place: a run of its own, with
its own topics, on a broker that the file's tests share.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "support"), os.path.join(ROOT, "tests", "law")]
import kafka_tool  # noqa: E402
from child import Child, Failed  # noqa: E402
from confluent_kafka.admin import AdminClient, ConfigResource  # noqa: E402

LOOKBACK = os.path.abspath(os.environ.get("LOOKBACK", os.path.join(ROOT, "build", "dev", "lookback")))
KAFKA = os.path.join(ROOT, "scripts", "kafka")
INPUTS = ("clicks", "orders", "conversions")
TOPICS = INPUTS + ("attributed-conversions", "attribution-credits", "export-results", "report-snapshots", "ad-entities", "roas", "connections", "sync-status",
                   "daily-sums", "tenant-days", "dead-letters")
DAY = 86_400_000
DYNAMIC_TOPIC_CONFIG = 1
NEVER = ("ThreadSanitizer", "AddressSanitizer", "LeakSanitizer", "runtime error:", "broken promise", "out of memory")


def check(condition, words):
    if not condition:
        raise Failed(words)


def equal(got, expected, words=""):
    check(got == expected, f"{words}: expected {expected!r}, got {got!r}".lstrip(": "))


def wait_for(what, condition, seconds=60, pause=0.1):
    """Waits until `condition()` is true and gives what it gave. `what` may be a function that tells where things stand."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(pause)


def free_port():
    with socket.socket() as s:
        while True:
            port = random.randint(20000, 32000)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Broker:
    def __init__(self, directory, *options):
        self.dir = directory
        self.call("start", *options)
        self.about = json.loads(self.call("status", "--json"))
        self.address = self.about["bootstrap"]
        self.admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def set_topic(self, topic, **settings):
        """Changes some settings of a topic; this protocol call would reset the others, so they are said again."""
        wanted = {name.replace("_", "."): str(value) for name, value in settings.items()}
        kept = {name: entry.value for name, entry in self.settings_of(topic).items() if entry.source == DYNAMIC_TOPIC_CONFIG}
        for future in self.admin.alter_configs([ConfigResource("topic", topic, set_config={**kept, **wanted})]).values():
            future.result()
        wait_for(f"{topic} to have {wanted}", lambda: all(self.settings_of(topic)[k].value == v for k, v in wanted.items()))

    def settings_of(self, topic):
        return list(self.admin.describe_configs([ConfigResource("topic", topic)]).values())[0].result()

    def call(self, *arguments):
        done = subprocess.run([KAFKA, arguments[0], "--dir", self.dir, *map(str, arguments[1:])], capture_output=True, text=True)
        check(done.returncode == 0, f"scripts/kafka {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def stop(self):
        self.call("stop", "--wipe")


class Lookback(Child):
    """One process of Lookback, with an admin port."""

    def __init__(self, place, name, arguments, environment=None, program=None):
        self.admin = None
        super().__init__(name, os.path.join(place.dir, f"{name}.log"), [program or LOOKBACK, *arguments], env={**os.environ, **(environment or {})},
                         cwd=place.dir)

    def get(self, path):
        """(status, text) of the admin port; (0, why) if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    @property
    def ready(self):
        check(self.alive, f"{self.name} ended with {self.process.poll()}{self.tail()}")
        return self.get("/readyz")[0] == 200


class Place:
    """A run of its own on the shared broker: names, topics, folders, processes."""

    count = 0

    def __init__(self, broker, directory, seed):
        Place.count += 1
        self.broker, self.dir, self.random = broker, directory, random.Random(seed)
        self.run = f"t{Place.count}-{os.getpid()}"
        self.processes, self.publisher = [], None
        self.starting, self.closed = threading.Lock(), False
        self.settings = {
            "run": self.run,
            "kafka": {"bootstrap_servers": broker.address, "properties": {"session.timeout.ms": "6000", "heartbeat.interval.ms": "500"}},
            "topics": {name.replace("-", "_"): self.topic(name) for name in TOPICS},
            "topic_defaults": {"partitions": 4, "replication_factor": 3 if broker.about["nodes"] == 3 else 1},
            "format": dict.fromkeys(INPUTS, "json"),
            "attribution": {"workers": 1, "commit_interval": "200ms", "allowed_lateness": "7d"},
            "state": {"directory": os.path.join(directory, "state"), "memory": "256MiB"},
            "tenants": [{"id": "shop", "goals": [{"name": "purchase", "source": "orders"}]}],
        }

    def topic(self, name):
        return f"{self.run}-{name}"

    @property
    def group(self):
        return f"{self.settings['run']}-attribution"

    def config(self, name="lookback", **changes):
        """Writes the settings, with dotted changes as keyword `a__b=value`, and gives the file. JSON is YAML."""
        settings = json.loads(json.dumps(self.settings))
        for path, value in changes.items():
            node, keys = settings, path.split("__")
            for key in keys[:-1]:
                node = node.setdefault(key, {})
            node[keys[-1]] = value
        path = os.path.join(self.dir, f"{name}.yaml")
        with open(path, "w") as f:
            json.dump(settings, f, indent=1)
        return path

    def call(self, *arguments, config=None, expect=0, stdin=None, environment=None, seconds=120):
        """Runs a command to its end and gives (stdout, stderr)."""
        command = [LOOKBACK, *arguments] + (["--config", config] if config else [])
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, cwd=self.dir, timeout=seconds,
                              env={**os.environ, **(environment or {})})
        if expect is not None:
            equal(done.returncode, expect, f"lookback {' '.join(arguments)} said {done.stdout[-600:]}{done.stderr[-600:]} and ended with")
        return done.stdout, done.stderr

    def create_topics(self, **changes):
        self.call("topics", "create", config=self.config("topics", **changes))

    def start(self, name="a", arguments=("run", "attribution"), environment=None, program=None, **changes):
        """A process with a state folder, a member name and an admin port of its own."""
        admin = f"127.0.0.1:{free_port()}"
        state = {"state__directory": os.path.join(self.dir, f"state-{name}"), "admin__listen": admin, **changes}
        config = self.config(f"run-{name}", **state)
        with self.starting:
            check(not self.closed, f"{name} is not started: the test is over")
            process = Lookback(self, name, [*arguments, "--config", config], {"LOOKBACK_INSTANCE": f"{self.run}-{name}", **(environment or {})},
                               program)
            process.admin = admin
            self.processes.append(process)
        return process

    def started(self, name="a", **more):
        process = self.start(name, **more)
        wait_for(lambda: f"{name} to be ready: {process.get('/readyz')}{process.tail()}", lambda: process.ready)
        return process

    def state_dir(self, name="a"):
        return os.path.join(self.dir, f"state-{name}")

    def publish(self, topic, records, **more):
        """Records are dicts (JSON) or bytes; keyed as the shop would, unless `key` is given. `flush` False: they are on their way only."""
        if self.publisher is None:
            self.publisher = kafka_tool.Publisher(self.broker.address)
        for record in records:
            value = record if isinstance(record, bytes) else json.dumps(record).encode()
            self.publisher.send(self.topic(topic), more.get("key", kafka_tool.key_of(value)), value,
                                **{k: v for k, v in more.items() if k not in ("key", "flush")})
        if more.get("flush", True):
            self.publisher.flush()

    def read(self, topic, **more):
        return kafka_tool.read(self.broker.address, self.topic(topic), **more)

    def outputs(self):
        return [r.json for r in self.read("attributed-conversions")]

    def latest(self):
        return {(o["tenant"], o["user"], o["goal"], o["conversion_id"]): o for o in self.outputs()}

    def dead_letters(self):
        return self.read("dead-letters")

    def behind(self):
        """Input partitions whose committed offset is not at their end: {} when all is processed."""
        ends = {p: end for p, end in kafka_tool.ends(self.broker.address, [self.topic(t) for t in INPUTS]).items() if end > 0}
        done = kafka_tool.committed(self.broker.address, self.group, ends)
        return {f"{t}[{p}]": f"{done[(t, p)]} of {end}" for (t, p), end in ends.items() if done[(t, p)] < end}

    def settle(self, seconds=90):
        """Waits until everything that was published is processed."""
        def where():
            return f"the inputs to be processed; behind: {self.behind()}" + "".join(p.tail(6) for p in self.processes)
        wait_for(where, lambda: not self.behind(), seconds, pause=0.25)

    def end_processes(self):
        with self.starting:
            self.closed = True
            for process in self.processes:
                process.end()

    def close(self):
        """Ends what runs. A sanitizer's report or a broken promise in any log is a failure, even if a restart hid it."""
        self.end_processes()
        for process in self.processes:
            found = [line for line in process.text().splitlines() if any(word in line for word in NEVER)]
            check(not found, f"{process.name}: {found[:3]}{process.tail(40)}")


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="the long form")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--nodes", type=int, choices=(1, 3), help="brokers")
    parser.add_argument("--keep", action="store_true", help="keep logs and state")
    parser.add_argument("names", nargs="*", help="tests to run; without: all")
    return parser.parse_args()


def run_one(test, broker, scratch, args, seed):
    directory = os.path.join(scratch, test.__name__)
    os.makedirs(directory)
    place = Place(broker, directory, f"{seed}-{test.__name__}")
    place.long, began, trouble = args.long, time.monotonic(), None
    try:
        for step in (lambda: test(place), place.close):
            try:
                step()
            except Failed as failed:
                trouble = trouble or str(failed)
            except Exception:
                trouble = trouble or traceback.format_exc()
    finally:  # also when we are told to end
        place.end_processes()
    print(f"{'FAIL' if trouble else 'ok  '} {test.__name__[5:].replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
    if trouble:
        print("     " + trouble.replace("\n", "\n     "), flush=True)
    return trouble is None


def main(module, doc, broker_options=()):
    if module != "__main__":
        return
    args = arguments(doc)
    tests = [f for name, f in vars(sys.modules["__main__"]).items() if name.startswith("test_") and callable(f)]
    if args.names:
        tests = [t for t in tests if any(n in t.__name__ for n in args.names)]
    check(os.path.exists(LOOKBACK), f"{LOOKBACK} is not built: cmake --preset dev && cmake --build --preset dev, or set LOOKBACK")
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}", flush=True)
    scratch = tempfile.mkdtemp(prefix="lookback-")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    nodes = args.nodes or (3 if args.long else 1)
    broker, passed = None, 0
    try:
        broker = Broker(os.path.join(scratch, "kafka"), "--nodes", nodes, *broker_options)
        for test in tests:
            passed += run_one(test, broker, scratch, args, seed)
    finally:
        if broker:
            broker.stop()
        if passed == len(tests) and not args.keep:
            shutil.rmtree(scratch, ignore_errors=True)
        else:
            print(f"kept: {scratch}")
    print(f"{passed} passed, {len(tests) - passed} failed")
    sys.exit(0 if passed == len(tests) else 1)
