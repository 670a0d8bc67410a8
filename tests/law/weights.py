# SPDX-License-Identifier: Apache-2.0
"""Section 7 and 8 of docs/attribution.md: exact weights, and splitting by largest remainder."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt

PRESETS = {"position_based": (40, 20, 40), "j_shaped": (20, 20, 60), "inverse_j": (60, 20, 20)}
ONE = 1 << 62
DECAY_BITS = 40
GUARD = 256


@dataclass(frozen=True)
class Pool:
    """Touchpoints, by index oldest first, that share one whole amount."""
    members: tuple[int, ...]
    weights: tuple[int, ...]


def rne(number: Fraction) -> int:
    return round(number)  # Python's round of a fraction is half to even


@cache
def decay_factor(i: int) -> int:
    """C_i = rne(2^(62 - 2^-i)), from i square roots of one half with 256 bits after the point."""
    root = 1 << GUARD - 1
    for _ in range(i):
        root = isqrt(root << GUARD)
    return rne(Fraction(root * ONE, 1 << GUARD))


def decay_weight(age: int, half_life: int) -> int:
    """Weight of a touchpoint that is `age` older than the newest."""
    halvings, rest = divmod(age, half_life)
    fraction = (rest << DECAY_BITS) // half_life
    weight = ONE
    for i in range(1, DECAY_BITS + 1):
        if fraction >> (DECAY_BITS - i) & 1:
            weight = rne(Fraction(weight * decay_factor(i), ONE))
    return rne(Fraction(weight, 1 << halvings))


def ends_and_middle(count: int, first: int, middle: int, last: int) -> tuple[int, ...]:
    if count == 1:
        return (1,)
    if count == 2:
        return (first, last) if first or last else (1, 1)
    inner = count - 2
    return (first * inner,) + (middle,) * inner + (last * inner,)


def model_weights(model: str, times: list[int], half_life: int, custom: tuple[int, int, int]) -> tuple[int, ...]:
    count = len(times)
    if model == "linear":
        return (1,) * count
    if model == "first_touch":
        return (1,) + (0,) * (count - 1)
    if model == "last_touch":
        return (0,) * (count - 1) + (1,)
    if model == "time_decay":
        return tuple(decay_weight(times[-1] - t, half_life) for t in times)
    return ends_and_middle(count, *PRESETS.get(model, custom))


def group_pools(groups: list) -> list[Pool]:
    members: dict = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return [Pool(tuple(m), (1,) * len(m)) for m in members.values()]


def split(amount: int, weights: tuple[int, ...]) -> list[int]:
    """Oldest first; the units left over go to the largest remainders, ties to the newest."""
    total = sum(weights)
    parts = [amount * w // total for w in weights]
    rank = sorted(range(len(weights)), key=lambda i: (amount * weights[i] % total, i), reverse=True)
    for index in [i for i in rank if weights[i]][:amount - sum(parts)]:
        parts[index] += 1
    return parts


def split_pools(amount: int, pools: list[Pool], count: int) -> list[int]:
    parts = [0] * count
    for pool in pools:
        for index, part in zip(pool.members, split(amount, pool.weights)):
            parts[index] = part
    return parts
