# SPDX-License-Identifier: Apache-2.0
"""What TikTok counts: the first event of a key wins, a repeat is dropped or merged, and after two days the key is free again."""
import collections

from events_names import is_custom

DAY = 86_400


class Kept:
    """A counted event. `event` is None when only keys are kept."""

    __slots__ = ("number", "at", "request", "source", "source_id", "name", "event_id", "event_time", "channel", "repeats", "changed",
                 "matched", "attributable", "added", "joined", "event")

    def show(self, whole):
        shown = {name: getattr(self, name) for name in self.__slots__ if name != "event"}
        return {**shown, "event": merged(self.event, self.added)} if whole and self.event is not None else shown


def merged(event, added):
    return {**event, "user": {**event.get("user", {}), **added}} if added else event


class Ledger:
    """The caller holds the stand-in's lock. Order of arrival decides, never event_time."""

    def __init__(self, switches):
        self.switches = switches
        self.reset()

    def reset(self):
        self.kept, self.newest, self.tests, self.counters = [], {}, [], collections.Counter()

    def add(self, source, source_id, event, channel, at, request, matched):
        """Counts the event or its repeat; gives what became of it."""
        event_id = event.get("event_id")
        key = (source, source_id, event["event"], event_id) if event_id else None
        first = self.newest.get(key) if key else None
        if first is not None and at - first.at <= self.switches.drop_seconds:
            outcome = self.repeat(first, event, channel, at)
        else:
            outcome = "accepted"
            kept = self.keep(source, source_id, event, channel, at, request, matched)
            if key:
                self.newest[key] = kept
        self.counters[outcome] += 1
        return outcome

    def keep(self, source, source_id, event, channel, at, request, matched):
        kept = Kept()
        kept.number, kept.at, kept.request, kept.source, kept.source_id = len(self.kept), at, request, source, source_id
        kept.name, kept.event_id, kept.event_time, kept.channel = event["event"], event.get("event_id"), event["event_time"], channel
        kept.repeats, kept.changed, kept.matched, kept.added, kept.joined = 0, 0, matched, None, False
        kept.attributable = event["event_time"] >= at - self.switches.attributable_days * DAY
        kept.event = event if self.switches.keep_events == "whole" else None
        self.counters["unmatched"] += not matched
        self.counters["custom"] += is_custom(source, kept.name)
        self.counters["not_attributable"] += not kept.attributable
        self.kept.append(kept)
        return kept

    def repeat(self, first, event, channel, at):
        """The first from the other channel, if soon, adds what was not known of the user."""
        if channel != first.channel and not first.joined and at - first.at <= self.switches.merge_seconds:
            user = (first.event or {}).get("user", {})
            news = {k: v for k, v in event.get("user", {}).items() if v and not user.get(k)}
            first.added, first.joined = news, True
            return "merged"
        first.repeats += 1
        if channel == first.channel and first.event is not None and event != first.event:
            first.changed += 1
            self.counters["duplicate_changed"] += 1
        return "duplicate"

    def add_test(self, source, source_id, event, code, at):
        self.tests.append({"at": at, "source": source, "source_id": source_id, "test_event_code": code, "event": event})
        self.counters["test"] += 1
