# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on purpose: a script for chosen requests, and a storm that mixes faults by seed and ordinal."""
import random

KINDS = ("code", "status", "html", "empty", "truncated", "short_body", "no_code", "not_json", "delay", "drip", "reset_request",
         "reset_before", "reset_during", "reset_after")
KEYS = {"path", "first", "count", "body_contains", "do", "code", "message", "status", "processed", "delay_ms"}
STORM_KEYS = {"seed", "faults", "processed", "delay_ms", "paths", "first", "count"}
PROCESSED = ("delay", "drip")


class Fault:
    """`first` and `count` say which of the matching requests have it. `processed`: whether the request has its effect all the same."""

    def __init__(self, about):
        if not about.keys() <= KEYS or about.get("do") not in KINDS:
            raise ValueError(f"a fault has {sorted(KEYS)}, and does one of {KINDS}; got {about}")
        self.do, self.path, self.words = about["do"], about.get("path", "*"), about.get("body_contains")
        self.first, self.count = about.get("first", 1), about.get("count", 1)
        self.code, self.message, self.status = about.get("code", 50000), about.get("message"), about.get("status", 502)
        self.processed, self.delay_ms = about.get("processed", self.do in PROCESSED), about.get("delay_ms", 0)
        self.seen = self.given = 0
        if self.words is not None and self.do == "reset_request":
            raise ValueError("reset_request comes before the body is read, so it cannot ask what the body contains")

    def wants(self, request):
        if self.path not in ("*", request.path) or (self.words is not None and self.words.encode() not in request.body):
            return False
        self.seen += 1
        return self.first <= self.seen and (self.count is None or self.seen < self.first + self.count)

    def show(self):
        return {"do": self.do, "path": self.path, "seen": self.seen, "given": self.given}


class Storm:
    """{"seed": 7, "faults": {"reset_before": 0.02, "code:50000": 0.05, "html:502": 0.01}, "processed": 0.5, "delay_ms": [0, 50]}. What
    happens to the n-th request is a function of the seed and n alone."""

    def __init__(self, about):
        if not about.keys() <= STORM_KEYS or not about.get("faults"):
            raise ValueError(f"a storm has {sorted(STORM_KEYS)}, and faults with their probabilities")
        self.seed, self.chances, self.processed = about.get("seed", 1), sorted(about["faults"].items()), about.get("processed", 0.5)
        self.delay_ms, self.paths = about.get("delay_ms", [0, 0]), about.get("paths")
        self.first, self.count = about.get("first", 1), about.get("count")
        self.seen = 0
        if sum(p for _, p in self.chances) > 1:
            raise ValueError("the probabilities add up to more than 1")
        for name, _ in self.chances:
            self.fault_named(name, 0, False)

    @staticmethod
    def fault_named(name, delay_ms, processed):
        do, _, number = name.partition(":")
        about = {"do": do, "delay_ms": delay_ms, "processed": processed}
        return Fault({**about, **({"code" if do == "code" else "status": int(number)} if number else {})})

    def fault_at(self, ordinal):
        if ordinal < self.first or (self.count is not None and ordinal >= self.first + self.count):
            return None
        dice = random.Random(f"{self.seed}/{ordinal}")
        x, processed, delay_ms = dice.random(), dice.random() < self.processed, dice.randint(*self.delay_ms)
        for name, chance in self.chances:
            if x < chance:
                return self.fault_named(name, delay_ms, processed)
            x -= chance
        return None

    def pick(self, request):
        if self.paths is not None and request.path not in self.paths:
            return None
        self.seen += 1
        return self.fault_at(self.seen)

    def preview(self, count):
        faults = map(self.fault_at, range(1, count + 1))
        return [f and [f.do, f.code if f.do == "code" else f.status, f.processed, f.delay_ms] for f in faults]


class Faults:
    """The caller holds the stand-in's lock."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.script, self.storm = [], None

    @property
    def reads_bodies(self):
        return any(f.words is not None for f in self.script)

    def pick(self, request):
        """The first fault of the script that wants the request; all that match count it. Otherwise the storm's."""
        wanting = [fault for fault in self.script if fault.wants(request)]
        storm = self.storm.pick(request) if self.storm else None
        if wanting:
            wanting[0].given += 1
            return wanting[0]
        return storm
