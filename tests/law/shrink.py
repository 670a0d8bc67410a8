# SPDX-License-Identifier: Apache-2.0
"""Makes a failing case smaller while it still fails: fewer records, then fewer tenants, goals and options."""
from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Callable, Iterator

from generate import TOPICS, Case

Fails = Callable[[Case], bool]


def without_lines(case: Case, topic: str, start: int, count: int) -> Case:
    lines = dict(case.lines)
    lines[topic] = lines[topic][:start] + lines[topic][start + count:]
    return replace(case, lines=lines)


def drop_records(case: Case, fails: Fails) -> Case:
    """Halves, quarters, … of each input."""
    for topic in TOPICS:
        size = max(1, len(case.lines[topic]) // 2)
        while size:
            case = drop_chunks(case, topic, size, fails)
            size //= 2
    return case


def drop_chunks(case: Case, topic: str, size: int, fails: Fails) -> Case:
    start = 0
    while start < len(case.lines[topic]):
        smaller = without_lines(case, topic, start, size)
        if fails(smaller):
            case = smaller
        else:
            start += size
    return case


def simpler_configs(case: Case) -> Iterator[Case]:
    tenants = case.config["tenants"]
    for t, tenant in enumerate(tenants):
        if len(tenants) > 1:
            yield replace(case, config=case.config | {"tenants": tenants[:t] + tenants[t + 1:]})
        for g in range(len(tenant["goals"]) if len(tenant["goals"]) > 1 else 0):
            config = deepcopy(case.config)
            del config["tenants"][t]["goals"][g]
            yield replace(case, config=config)
        yield from simpler_goals(case, t)


def simpler_goals(case: Case, t: int) -> Iterator[Case]:
    for g, goal in enumerate(case.config["tenants"][t]["goals"]):
        for name in [name for name in ("where", "channels", "value_property") if goal.get(name)]:
            config = deepcopy(case.config)
            del config["tenants"][t]["goals"][g][name]
            yield replace(case, config=config)


def simpler_options(case: Case) -> Iterator[Case]:
    for flag, width in (("--lose-disk", 1), ("--restart-every", 2), ("--flush-every", 2)):
        if flag in case.options:
            at = case.options.index(flag)
            yield replace(case, options=case.options[:at] + case.options[at + width:])


def first_failing(candidates: Iterator[Case], fails: Fails) -> Case | None:
    return next((candidate for candidate in candidates if fails(candidate)), None)


def shrink(case: Case, fails: Fails) -> Case:
    before = None
    while before is not case:
        before = case
        smaller = drop_records(case, fails)
        case = smaller if smaller.size < case.size else case
        for simpler in (simpler_options, simpler_configs):
            case = first_failing(simpler(case), fails) or case
    return case
