# SPDX-License-Identifier: Apache-2.0
"""The checks, apart from where records come from: what was observed against the law. Used by the law test and by tests that break things.

`check_stream` needs the outputs and deltas alone; `check_law` also needs what the oracle predicts.
"""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator

from accept import Conversion, DeadLetter
from oracle import Prediction

NOT_UNDER_LAW = {"previous", "source_fingerprint"}
ATTRIBUTES = ("campaign_id", "adgroup_id", "ad_id")
AMOUNTS = ("revenue", "conversions")


@dataclass
class Observed:
    """Everything a run published, in the order of publishing (per key at least)."""
    outputs: list[dict]
    deltas: list[dict]
    dead_letters: list[dict]
    trouble: str | None = None


@dataclass(frozen=True)
class Failure:
    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {self.what}"


@dataclass
class Options:
    fingerprints: bool = False
    unjudged: set[tuple[str, str, str]] = field(default_factory=set)  # tenant, user, goal
    frozen: set[Conversion] = field(default_factory=set)


def key_of(output: dict) -> Conversion:
    return output["tenant"], output["user"], output["goal"], output["conversion_id"]


def latest_outputs(outputs: Iterable[dict]) -> dict[Conversion, dict]:
    return {key_of(output): output for output in outputs}


def differences(expected: Any, got: Any, path: str = "") -> Iterator[str]:
    """The smallest places where two JSON values differ."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in [*expected, *(set(got) - set(expected))]:
            yield from differences(expected.get(name, "(no field)"), got.get(name, "(no field)"), f"{path}.{name}".lstrip("."))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for i, (a, b) in enumerate(zip(expected, got)):
            yield from differences(a, b, f"{path}[{i}]")
    elif type(expected) is not type(got) or expected != got:
        yield f"{path}: expected {json.dumps(expected)}, got {json.dumps(got)}"


def without(output: dict, names: set[str]) -> dict:
    return {name: value for name, value in output.items() if name not in names}


def check_outputs(expected: dict[Conversion, dict], observed: Observed, options: Options) -> Iterator[Failure]:
    """Every last output equals F's, and there are no others."""
    latest = latest_outputs(observed.outputs)
    ignored = {"previous"} if options.fingerprints else NOT_UNDER_LAW
    for key in [*expected, *(set(latest) - set(expected))]:
        where = "|".join(key)
        if key[:3] in options.unjudged:
            continue
        if key not in latest:
            yield Failure("missing output", where, f"F says {expected[key]['outcome']}")
        elif key not in expected:
            yield Failure("output out of nowhere", where, f"outcome {latest[key]['outcome']}")
        else:
            kind = "wrong output, perhaps T < h - L" if key in options.frozen else "wrong output"
            for line in differences(without(expected[key], ignored), without(latest[key], ignored)):
                yield Failure(kind, where, line)


def check_chain(outputs: list[dict]) -> Iterator[Failure]:
    """`previous` is what the record replaces, and every record changes something."""
    before: dict[Conversion, dict] = {}
    for output in outputs:
        key = key_of(output)
        last = before.get(key)
        for line in differences(last["credits"] if last else None, output["previous"], "previous"):
            yield Failure("wrong previous", "|".join(key), line)
        if last and without(last, {"previous"}) == without(output, {"previous"}):
            yield Failure("output without a change", "|".join(key), f"outcome {output['outcome']} twice")
        before[key] = output


def amounts_of(record: dict) -> Iterator[tuple[str, int]]:
    for part in AMOUNTS:
        yield from record[part].items()


def credit_key(owner: dict, advertiser: str | None, credit: dict) -> tuple:
    head = (owner["tenant"], owner["goal"], owner["conversion_id"], owner["currency"], advertiser)
    return head + (credit["click_id"], credit["click_time"], credit["channel"], *(credit[name] for name in ATTRIBUTES))


def sum_credits(latest: dict[Conversion, dict]) -> Counter:
    sums: Counter = Counter()
    for output in latest.values():
        for credit in output["credits"]:
            for name, amount in amounts_of(credit):
                sums[(*credit_key(output, credit["advertiser_id"], credit), name)] += amount
    return sums


def sum_deltas(deltas: list[dict]) -> Counter:
    sums: Counter = Counter()
    for delta in deltas:
        for change in delta["deltas"]:
            for name, amount in amounts_of(change):
                sums[(*credit_key(delta, delta["advertiser_id"], change), name)] += amount
    return sums


def check_delta_form(deltas: list[dict]) -> Iterator[Failure]:
    for delta in deltas:
        where = "|".join((delta["tenant"], delta["goal"], delta["conversion_id"]))
        if not delta["deltas"]:
            yield Failure("empty delta", where, "no entries")
        for change in delta["deltas"]:
            if not any(amount for _, amount in amounts_of(change)):
                yield Failure("zero delta", where, f"click {change['click_id']}")


def check_sums(observed: Observed) -> Iterator[Failure]:
    """Adding up deltas gives the latest credits, all bases and counts."""
    credits, deltas = sum_credits(latest_outputs(observed.outputs)), sum_deltas(observed.deltas)
    for key in sorted(set(credits) | set(deltas), key=repr):
        if credits[key] != deltas[key]:
            yield Failure("wrong sum of deltas", str(key), f"latest credits {credits[key]}, deltas {deltas[key]}")


def check_stream(observed: Observed) -> Iterator[Failure]:
    yield from check_chain(observed.outputs)
    yield from check_delta_form(observed.deltas)
    yield from check_sums(observed)


def check_dead_letters(expected: list[DeadLetter], observed: list[dict]) -> Iterator[Failure]:
    """One letter per refused record, with its reason."""
    want = {(d.topic, d.line): d.reasons for d in expected}
    got = Counter((d["topic"], d["line"], d["reason"]) for d in observed)
    for topic, line, reason in sorted(got):
        if reason not in want.get((topic, line), ()):
            yield Failure("dead letter out of nowhere", f"{topic}:{line}", reason)
        elif got[topic, line, reason] > 1:
            yield Failure("dead letter twice", f"{topic}:{line}", reason)
    for (topic, line), reasons in sorted(want.items()):
        if not any((topic, line, reason) in got for reason in reasons):
            yield Failure("missing dead letter", f"{topic}:{line}", " or ".join(reasons))


def check_letter_bytes(lines: dict[str, list[bytes]], letters: list[dict]) -> Iterator[Failure]:
    """A dead letter says what it was: the line as it came, unless it was too large to be kept, and words that begin with the reason."""
    for letter in letters:
        where = f"{letter['topic']}:{letter['line']}"
        line = lines[letter["topic"]][letter["line"] - 1].decode(errors="replace")
        expected = None if letter["reason"] == "too_large" else line
        if letter["value"] != expected and "\ufffd" not in line:
            yield Failure("dead letter changed", where, f"expected {expected}, got {letter['value']}")
        if not letter["message"].startswith(letter["reason"] + ": "):
            yield Failure("dead letter without words", where, letter["message"])


def check_law(prediction: Prediction, observed: Observed, options: Options) -> list[Failure]:
    if observed.trouble:
        return [Failure("the program failed", "", observed.trouble)]
    failures = [*check_dead_letters(prediction.dead_letters, observed.dead_letters),
                *check_outputs(prediction.outputs, observed, options), *check_stream(observed)]
    return failures
