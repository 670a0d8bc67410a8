# SPDX-License-Identifier: Apache-2.0
"""The stand-in's own time: real until a test sets, advances, freezes or speeds it up, or gives it a clock to follow. Limits, ages and windows are measured on
it."""
import datetime
import mmap
import threading
import time

import turned_clock


class Clock:
    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        with self.lock:
            self.base, self.since, self.rate, self.followed = None, 0.0, 1.0, None

    def now(self):
        with self.lock:
            return self._now()

    def _now(self):
        if self.followed:
            return turned_clock.read(self.followed)[0]
        return time.time() if self.base is None else self.base + (time.monotonic() - self.since) * self.rate

    def change(self, to=None, by=0, rate=None):
        """Seconds since 1970. Whoever sets a time without a rate gets a clock that stands still there; `by` alone lets it run on."""
        with self.lock:
            if rate is None:
                rate = 0.0 if to is not None else self.rate
            self.base, self.since, self.rate, self.followed = (self._now() if to is None else to) + by, time.monotonic(), rate, None

    def follow(self, path):
        """The file of a turned clock, until another time is set."""
        followed = turned_clock.open_file(path, mmap.ACCESS_READ)
        with self.lock:
            self.followed = followed

    def show(self):
        now = self.now()
        with self.lock:
            rate, real = (turned_clock.read(self.followed)[2], False) if self.followed else (self.rate, self.base is None)
        return {"now": now, "utc": stamp(now, "%Y-%m-%dT%H:%M:%SZ"), "rate": rate, "real": real}


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
