# SPDX-License-Identifier: Apache-2.0
"""The stand-in's own time: real until a test sets, advances, freezes or speeds it up. Limits, ages and windows are measured on it."""
import datetime
import threading
import time


class Clock:
    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        with self.lock:
            self.base, self.since, self.rate = None, 0.0, 1.0

    def now(self):
        with self.lock:
            return self._now()

    def _now(self):
        return time.time() if self.base is None else self.base + (time.monotonic() - self.since) * self.rate

    def change(self, to=None, by=0, rate=None):
        """Seconds since 1970. Whoever sets a time without a rate gets a clock that stands still there; `by` alone lets it run on."""
        with self.lock:
            if rate is None:
                rate = 0.0 if to is not None else self.rate
            self.base, self.since, self.rate = (self._now() if to is None else to) + by, time.monotonic(), rate

    def show(self):
        now = self.now()
        return {"now": now, "utc": stamp(now, "%Y-%m-%dT%H:%M:%SZ"), "rate": self.rate, "real": self.base is None}


def stamp(seconds, form):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(form)


def parse(value):
    """Seconds, or ISO 8601 text with a zone."""
    if type(value) in (int, float):
        return value
    moment = datetime.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no zone")
    return moment.timestamp()
