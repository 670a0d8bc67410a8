# SPDX-License-Identifier: Apache-2.0
"""A clock that a test turns while programs run: faster, slower, ahead, still. Those built with LOOKBACK_TEST_HOOKS follow it (base/now.h says with what),
and so does the stand-in for TikTok, to the microsecond: all of them read one small file.

    clock = TurnedClock(place.dir, rate=3600)                # an hour a second, from now on
    process = place.start(..., environment=clock.environment)
    tiktok.follow(clock)
    clock.turn(rate=1)                                       # as fast as real time again
    clock.advance(86_400)                                    # a day later, at once
"""
import mmap
import os
import struct
import time

MAGIC, HEAD, TURN, SLOT = b"LBCLOCK1", struct.Struct("@8sQ"), struct.Struct("@Q"), struct.Struct("@qqqd")  # base/now_turned.c; @: a word is stored at once
SIZE = HEAD.size + 2 * SLOT.size


def open_file(path, access):
    with open(path, "r+b" if access == mmap.ACCESS_WRITE else "rb") as f:
        if f.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{path} is no clock")
        return mmap.mmap(f.fileno(), SIZE, access=access)


def read(data):
    """(wall seconds, steady seconds, rate) of an open file."""
    while True:
        turn = HEAD.unpack_from(data)[1]
        real, wall, steady, rate = SLOT.unpack_from(data, HEAD.size + (turn & 1) * SLOT.size)
        passed = int((time.monotonic_ns() // 1000 - real) * rate)
        if HEAD.unpack_from(data)[1] == turn:
            return (wall + passed) / 1e6, (steady + passed) / 1e6, rate


class TurnedClock:
    """Begins at the real time, unless `wall` (seconds since 1970) says another."""

    def __init__(self, directory, rate=1, wall=None):
        self.path = os.path.join(directory, "clock")
        real = time.monotonic_ns() // 1000
        slot = SLOT.pack(real, int((time.time() if wall is None else wall) * 1e6), real, rate)
        with open(self.path + ".part", "wb") as f:
            f.write(HEAD.pack(MAGIC, 0) + slot + slot)
        os.rename(self.path + ".part", self.path)
        self.data = open_file(self.path, mmap.ACCESS_WRITE)

    @property
    def environment(self):
        return {"LOOKBACK_TEST_CLOCK": self.path}

    def now(self):
        return read(self.data)[0]

    @property
    def rate(self):
        return read(self.data)[2]

    def turn(self, rate=None, by=0, to=None):
        """Another rate, a jump ahead by seconds, or another wall time. Steady time takes part in jumps ahead alone."""
        wall, steady, known = read(self.data)
        ahead = by if to is None else to - wall
        turn = HEAD.unpack_from(self.data)[1] + 1
        SLOT.pack_into(self.data, HEAD.size + (turn & 1) * SLOT.size, time.monotonic_ns() // 1000, int((wall + ahead) * 1e6),
                       int((steady + max(0, ahead)) * 1e6), known if rate is None else rate)
        TURN.pack_into(self.data, len(MAGIC), turn)

    def advance(self, seconds):
        self.turn(by=seconds)

    def wait_until(self, wall):
        """Until it is so late, on a clock that runs."""
        while (left := wall - self.now()) > 0:
            time.sleep(min(0.1, left / self.rate + 0.001))
