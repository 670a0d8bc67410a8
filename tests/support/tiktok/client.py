# SPDX-License-Identifier: Apache-2.0
"""The stand-in as a test holds it: starts it, waits until it is ready, turns it, reads what it saw, and ends it."""
import http.client
import json
import os
import ssl
import sys
import tempfile
import time
import unittest
import urllib.parse

from child import Child, Failed

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "stand_in.py")
TRACK = "/open_api/v1.3/event/track/"
with open(os.path.join(HERE, "world.json"), encoding="utf-8") as _file:
    WORLD = json.load(_file)


class StandIn(Child):
    """`directory` takes its log, its world and its journal. Ends with `stop` (which says whether it had trouble), or `end`, or the test."""

    def __init__(self, directory, world=None, seed=1, name="tiktok", options=(), listen="127.0.0.1:0"):
        self.journal, self.directory = os.path.join(directory, f"{name}.journal"), directory
        self.world = WORLD if world is None else world
        path = os.path.join(directory, f"{name}-world.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.world, f)
        super().__init__(name, os.path.join(directory, f"{name}.log"), [
            sys.executable, "-B", PROGRAM, "--listen", listen, "--world", path, "--seed", str(seed), "--journal", self.journal,
            "--end-with", str(os.getpid()), *options])
        self.url = self.wait_ready()

    def wait_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready = [line for line in self.text().splitlines(True) if line.startswith("listening on ") and line.endswith("\n")]
            if ready:
                return ready[-1].split()[-1]
            if not self.alive:
                break
            time.sleep(0.01)
        self.end()
        raise Failed(f"{self.name} did not get ready{self.tail()}")

    @property
    def address(self):
        return self.url.partition("//")[2]

    @property
    def base(self):
        return f"{self.url}/open_api/v1.3/"

    def token(self, name):
        return next(t["token"] for t in self.world["tokens"] if t["name"] == name)

    def had_trouble(self):
        return "Traceback" in self.text()

    # --- what a test asks and turns ----------------------------------------------------------------------------------------------------

    def connect(self, seconds=30):
        host, _, port = self.address.rpartition(":")
        if self.url.startswith("https:"):
            return http.client.HTTPSConnection(host, int(port), timeout=seconds, context=ssl._create_unverified_context())
        return http.client.HTTPConnection(host, int(port), timeout=seconds)

    def ask(self, method, asked, body):
        connection = self.connect()
        try:
            connection.request(method, asked, body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def control(self, method, path, body=None, /, **query):
        """The answer of /stand-in/<path>. What it does not take is a failure that says why."""
        asked = f"/stand-in/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        for tries_left in reversed(range(10)):
            try:
                status, said = self.ask(method, asked, None if body is None else json.dumps(body))
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                if method == "POST" or not tries_left:  # a test may have told it to close connections that are idle for a millisecond: even this one
                    raise
        if status != 200:
            raise Failed(f"{method} {asked}: {said['error']}")
        return said

    def pages(self, path, /, **query):
        items, since = [], 0
        while since is not None:
            page = self.control("GET", path, **{**query, "since": since})
            items, since = items + page["items"], page["next"]
        return items

    def events(self, **wanted):
        """Counted events: by event_source, event_source_id, event, event_id, channel; whole=0 leaves their bodies out."""
        return self.pages("events", **wanted)

    def test_events(self):
        return self.pages("test-events")

    def orders(self):
        return self.pages("orders")

    def requests(self, **wanted):
        """The log: by path; bodies=1 brings the bodies."""
        return self.pages("requests", **wanted)

    def counters(self):
        return self.control("GET", "counters")

    def leaks(self):
        return self.control("GET", "leaks")

    def switch(self, **switches):
        return self.control("PUT", "switches", switches)

    def fault(self, *script):
        """Each a dict: what (`do`) happens to which requests of a path (`path`, `first`, `count`), processed or not."""
        return self.control("PUT", "faults", list(script))

    def storm(self, faults, **more):
        return self.control("PUT", "storm", {"faults": faults, **more})

    def calm(self):
        self.control("DELETE", "faults")
        self.control("DELETE", "storm")

    def set_clock(self, to, rate=None):
        """The clock stands still there, unless a rate is given."""
        return self.control("PUT", "clock", {"set": to, **({} if rate is None else {"rate": rate})})

    def advance(self, seconds):
        return self.control("PUT", "clock", {"advance": seconds})

    def follow(self, clock):
        """A TurnedClock says what time it is."""
        return self.control("PUT", "clock", {"follow": clock.path})

    def change_token(self, **change):
        return self.control("POST", "tokens", change)

    def revoke(self, name, after=0):
        """From now on, or after so many more requests."""
        return self.change_token(revoke=name, after=after)

    def reset(self):
        """As new, but for the world: counters, events, log, limits, faults, switches, clock."""
        self.control("POST", "reset")
        self.control("DELETE", "switches")
        self.control("DELETE", "clock")

    # --- as an exporter would call it --------------------------------------------------------------------------------------------------

    def call(self, path, body, token="both", headers=None, method="POST", connection=None):
        """(HTTP status, the envelope or the raw bytes if it is none, headers)."""
        own = connection or self.connect()
        try:
            named = {"Content-Type": "application/json", **({"Access-Token": self.token(token)} if token else {}), **(headers or {})}
            own.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body), named)
            answer = own.getresponse()
            raw = answer.read()
        finally:
            if connection is None:
                own.close()
        try:
            return answer.status, json.loads(raw), answer.headers
        except ValueError:
            return answer.status, raw, answer.headers

    def read(self, path, token="all", connection=None, /, **query):
        """The envelope of a GET below /open_api/v1.3/. Lists and dicts go as JSON, booleans as true and false."""
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
        asked = f"/open_api/v1.3/{path}?{urllib.parse.urlencode(texts)}"
        return self.call(asked, None, token, method="GET", connection=connection)[1]

    def track(self, events, source="web", source_id="C4EXAMPLE0PIXEL0CODE", token="both", **more):
        return self.call(TRACK, {"event_source": source, "event_source_id": source_id, "data": events, **more}, token)[1]


def stand_in_of_file(world=None):
    """For setUpModule: a stand-in that all tests of the file share; at their end it must not have had trouble, and its folder goes."""
    folder = tempfile.TemporaryDirectory(prefix="tiktok-")
    unittest.addModuleCleanup(folder.cleanup)
    tiktok = StandIn(folder.name, world)
    unittest.addModuleCleanup(tiktok.stop)
    return tiktok
