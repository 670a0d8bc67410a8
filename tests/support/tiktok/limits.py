# SPDX-License-Identifier: Apache-2.0
"""How often one may call: per app and path, per advertiser and path; per second a token bucket, per minute with a block, per day in UTC."""
import collections
import math

from envelope import ADVERTISER_THROTTLED, THROTTLED, Refused

DAY = 86_400
CRUMB = 1e-6  # what floating-point seconds since 1970 lose


class Meter:
    """What one app, or one advertiser, did on one path."""

    def __init__(self, now):
        self.tokens, self.filled_at = None, now
        self.minute, self.blocked_until = collections.deque(), 0
        self.day, self.of_day = None, 0

    def refill(self, now, rate):
        most = max(rate, 1)
        self.tokens = most if self.tokens is None else min(most, self.tokens + max(0, now - self.filled_at) * rate)
        self.filled_at = now

    def take(self, now, second, minute, day, block):
        """Seconds to wait; 0 if the call is let through. A refused call uses nothing up."""
        wait = self.wait_of_day(now, day) or self.wait_of_minute(now, minute, block) or self.wait_of_second(now, second)
        if wait:
            return wait
        self.tokens = None if second is None else self.tokens - 1
        if minute is not None:
            self.minute.append(now)
        self.of_day += 1
        return 0

    def wait_of_second(self, now, rate):
        if rate is None:
            return 0
        self.refill(now, rate)
        return 0 if self.tokens >= 1 - CRUMB else (1 - self.tokens) / rate

    def wait_of_minute(self, now, most, block):
        if most is None:
            return 0
        if now < self.blocked_until:
            return self.blocked_until - now
        while self.minute and self.minute[0] <= now - 60:
            self.minute.popleft()
        if len(self.minute) < most:
            return 0
        self.blocked_until = now + block
        return block

    def wait_of_day(self, now, most):
        if self.day != now // DAY:
            self.day, self.of_day = now // DAY, 0
        return 0 if most is None or self.of_day < most else (self.day + 1) * DAY - now


class Limits:
    """The caller holds the stand-in's lock."""

    def __init__(self, switches, clock):
        self.switches, self.clock = switches, clock
        self.reset()

    def reset(self):
        self.meters = {}

    def take(self, whose, who, path):
        own = self.switches.limits_by_path.get(path, {})
        second, minute, day = (own.get(name, getattr(self.switches, name)) for name in (f"{whose}_per_second", f"{whose}_per_minute",
                                                                                         f"{whose}_per_day"))
        now = self.clock.now()
        meter = self.meters.get((whose, who, path))
        if meter is None:
            meter = self.meters[whose, who, path] = Meter(now)
        return meter.take(now, second, minute, day, self.switches.minute_block_seconds), second

    def of_app(self, app_id, path):
        wait, _ = self.take("app", app_id, path)
        if wait:
            raise Refused(THROTTLED, wait=math.ceil(wait))

    def of_advertiser(self, advertiser, path):
        wait, rate = self.take("advertiser", advertiser, path)
        if wait:
            rate = rate or 0
            raise Refused(ADVERTISER_THROTTLED, f"Advertiser ({advertiser})'s QPS ({rate + 1}) reaches QPS limit {rate} for current path, "
                          "request is temporarily restricted.", math.ceil(wait))
