# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the program: the oracle, run again after each commit. It shows that the checks can fail.

Each mutation breaks one rule, either of F or of publishing.
"""
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Callable, Iterator
from unittest.mock import patch

import accept
import oracle
import touches
import weights
from accept import Conversion, DeadLetter, Intake
from check import ATTRIBUTES, Observed, amounts_of
from generate import Case
from settings import read_config


def option(case: Case, name: str, default: int) -> int:
    return int(case.options[case.options.index(name) + 1]) if name in case.options else default


def merged(case: Case) -> list[tuple[str, int, bytes]]:
    """The inputs merged at random, each in its own order."""
    rng = Random(option(case, "--interleave", 0))
    order = [topic for topic, lines in case.lines.items() for _ in lines]
    rng.shuffle(order)
    heads = {topic: iter(enumerate(lines, 1)) for topic, lines in case.lines.items()}
    return [(topic, *next(heads[topic])) for topic in order]


def change_of(credit: dict, sign: int, sums: dict) -> None:
    key = (credit["advertiser_id"], credit["click_id"], credit["click_time"], credit["channel"], *(credit[name] for name in ATTRIBUTES))
    entry = sums.setdefault(key, {"revenue": {}, "conversions": {}})
    for part in entry:
        for name, amount in credit[part].items():
            entry[part][name] = entry[part].get(name, 0) + sign * amount


def deltas_between(old: dict | None, new: dict) -> Iterator[dict]:
    """New minus old, a record per currency and advertiser."""
    for currency in sorted({new["currency"]} | ({old["currency"]} if old else set())):
        sums: dict = {}
        for output, sign in ((old, -1), (new, 1)):
            for credit in output["credits"] if output and output["currency"] == currency else []:
                change_of(credit, sign, sums)
        yield from delta_records(new, currency, sums)


def delta_records(new: dict, currency: str, sums: dict) -> Iterator[dict]:
    changed = {key: entry for key, entry in sums.items() if any(amount for _, amount in amounts_of(entry))}
    for advertiser in {key[0] for key in changed}:
        names = ("click_id", "click_time", "channel", *ATTRIBUTES)
        entries = [dict(zip(names, key[1:])) | entry for key, entry in changed.items() if key[0] == advertiser]
        yield {name: new[name] for name in ("tenant", "goal", "conversion_id", "conversion_time")} | {
            "currency": currency, "advertiser_id": advertiser, "deltas": entries}


@dataclass
class Fake:
    """Publishes what changed, at each commit."""
    published: dict[Conversion, dict] = field(default_factory=dict)
    observed: Observed = field(default_factory=lambda: Observed([], [], []))

    def publish(self, key: Conversion, output: dict) -> None:
        old = self.published.get(key)
        if old == output:
            return
        self.observed.outputs.append(output | {"previous": old["credits"] if old else None})
        self.observed.deltas += deltas_between(old, output)
        self.published[key] = output

    def commit(self, intake: Intake) -> None:
        for key, output in oracle.attribute(intake.config, intake.accepted).items():
            self.publish(key, output)


def dead_letter(case: Case, letter: DeadLetter) -> dict:
    line = case.lines[letter.topic][letter.line - 1].decode(errors="replace")
    return {"topic": letter.topic, "line": letter.line, "reason": letter.reason, "message": f"{letter.reason}: in words",
            "value": None if letter.reason == "too_large" else line}


def run_fake(case: Case, make: Callable[[], Fake] = Fake) -> Observed:
    fake, intake = make(), Intake(read_config(case.config_text))
    every = max(option(case, "--commit-every", 1), 1 + case.size // 8)
    for count, (topic, line, raw) in enumerate(merged(case), 1):
        intake.take_line(topic, line, raw)
        if count % every == 0:
            fake.commit(intake)
    fake.commit(intake)
    fake.observed.dead_letters = [dead_letter(case, letter) for letter in intake.dead_letters]
    return fake.observed


# Mutations: what to replace, and by what.

class FakeForgetsPrevious(Fake):
    def publish(self, key: Conversion, output: dict) -> None:
        count = len(self.observed.outputs)
        super().publish(key, output)
        for record in self.observed.outputs[count:]:
            record["previous"] = None


class FakeLosesRetraction(Fake):
    def publish(self, key: Conversion, output: dict) -> None:
        deltas = list(self.observed.deltas)
        super().publish(key, output)
        if not output["credits"]:
            self.observed.deltas = deltas


class FakeRepeatsItself(Fake):
    def publish(self, key: Conversion, output: dict) -> None:
        if self.published.get(key) == output:
            self.observed.outputs.append(output | {"previous": output["credits"]})
        super().publish(key, output)


class FakeNeverRestates(Fake):
    def publish(self, key: Conversion, output: dict) -> None:
        if key not in self.published:
            super().publish(key, output)


def ties_to_oldest(amount: int, shares: tuple[int, ...]) -> list[int]:
    return REAL_SPLIT(amount, shares[::-1])[::-1]


def window_open_at_the_end(known, T, goal, max_lookback, own):
    return REAL_TOUCHPOINTS(known, T, replace(goal, lookback=goal.lookback - 1), max_lookback, own)


def cap_keeps_oldest(known, T, goal, max_lookback, own):
    found = REAL_TOUCHPOINTS(known, T, replace(goal, max_touchpoints=10 ** 6), max_lookback, own)
    return replace(found, eligible=found.eligible[:goal.max_touchpoints], truncated=len(found.eligible) > goal.max_touchpoints)


def repeats_counted(landings, max_lookback):
    return landings


def repeat_window_too_short(landings, max_lookback):
    return REAL_WITHOUT_REPEATS(landings, max_lookback - 1)


def own_click_without_attributes(ttclid, time, known):
    return touches.Landing(time, ttclid, True, "tiktok")


def last_attributes_win(landings):
    return list({landing.order: landing for landing in sorted(landings, key=lambda x: x.order)}.values())


def first_by_id_only(key, others, scope):
    return not any(other[1] < key[1] for other in others)


def first_scope_ignored(key, others, scope):
    return REAL_IS_FIRST(key, others, None)


def net_keeps_refund(status, value, refunded):
    return REAL_ORDER_BASES(status, value, None)


def last_record_wins(records):
    return records[-1]


def newest_context(selected):
    bringing = [s for s in selected if s.brings_context and oracle.has_context(s.record.value)]
    return max(bringing, key=lambda s: s.record.value["status_time"], default=None)


def consent_forgotten(records):
    return False


def lateness_includes_edge(self, record, time, before):
    return before is not None and time <= before - self.config.lateness


def url_ignored(url):
    return {}


def hash_with_spaces(name, text):
    return REAL_HASHED(name, "x" + text) if text else None


REAL_SPLIT, REAL_TOUCHPOINTS, REAL_WITHOUT_REPEATS = weights.split, touches.touchpoints, touches.without_repeats
REAL_IS_FIRST, REAL_ORDER_BASES = oracle.is_first, oracle.order_bases

import privacy  # noqa: E402

REAL_HASHED = privacy.hashed

RULES: dict[str, tuple[object, str, object]] = {
    "split: ties to the oldest": (weights, "split", ties_to_oldest),
    "window: age W is outside": (oracle, "touchpoints", window_open_at_the_end),
    "cap: the oldest count": (oracle, "touchpoints", cap_keeps_oldest),
    "repeats are touchpoints": (touches, "without_repeats", repeats_counted),
    "repeats: Wm before is no repeat": (touches, "without_repeats", repeat_window_too_short),
    "own ttclid: no attributes": (touches, "own_landing", own_click_without_attributes),
    "equal landings: the last wins": (touches, "merge_equal", last_attributes_win),
    "flood: 101 exist": (touches, "FLOOD", 101),
    "first: by id": (oracle, "is_first", first_by_id_only),
    "first: scope ignored": (oracle, "is_first", first_scope_ignored),
    "net: refund ignored": (oracle, "order_bases", net_keeps_refund),
    "latest status by arrival": (oracle, "latest", last_record_wins),
    "context: from the newest": (oracle, "context_source", newest_context),
    "consent: ignored": (oracle, "any_denied", consent_forgotten),
    "late: the edge too": (Intake, "is_late", lateness_includes_edge),
    "landing URL: not read": (touches, "parameters", url_ignored),
    "where: not read": (accept, "passes_where", lambda goal, record: True),
    "identifiers: hashed untrimmed": (privacy, "hashed", hash_with_spaces),
}
PUBLISHING: dict[str, Callable[[], Fake]] = {
    "previous: always null": FakeForgetsPrevious, "deltas: no retraction": FakeLosesRetraction,
    "unchanged: sent again": FakeRepeatsItself, "changed: not sent again": FakeNeverRestates,
}


@contextmanager
def broken(rule: str) -> Iterator[Callable[[Case], Observed]]:
    """The fake with one rule broken."""
    if rule in PUBLISHING:
        yield lambda case: run_fake(case, PUBLISHING[rule])
        return
    with patch.object(*RULES[rule]):
        yield run_fake
