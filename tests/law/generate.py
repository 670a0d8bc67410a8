# SPDX-License-Identifier: Apache-2.0
"""One seed, one case: a configuration, three inputs in their order of arrival, and how the program is to be run over them."""
from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from gen_config import Scale, random_config, random_scale
from gen_faults import spoil
from gen_records import World, flood_clicks, order_history, random_click, random_conversions

TOPICS = ("clicks", "orders", "conversions")


@dataclass
class Case:
    seed: int
    config: dict
    lines: dict[str, list[bytes]]
    options: list[str] = field(default_factory=list)

    @property
    def config_text(self) -> str:
        return yaml.safe_dump(self.config, allow_unicode=True, sort_keys=False)

    @property
    def size(self) -> int:
        return sum(map(len, self.lines.values()))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "case.yaml").write_text(self.config_text)
        for topic in TOPICS:
            (folder / f"{topic}.jsonl").write_bytes(b"".join(line + b"\n" for line in self.lines[topic]))
        (folder / "options").write_text("\n".join(self.options) + "\n")


def read_case(folder: Path, seed: int = 0) -> Case:
    """A case as `Case.write` left it."""
    lines = {topic: (folder / f"{topic}.jsonl").read_bytes().splitlines() for topic in TOPICS}
    return Case(seed, yaml.safe_load((folder / "case.yaml").read_text()), lines, (folder / "options").read_text().split())


def time_of(record: dict) -> int:
    time = record.get("event_time", record.get("status_time"))
    return time if isinstance(time, int) else 0


def arrange(rng: Random, scale: Scale, records: list[dict]) -> list[dict]:
    """Order of arrival: in time, nearly in time, or any."""
    patient = scale.lateness > 4 * scale.max_lookback
    way = rng.choice(["sorted", "nearly", "shuffled", "shuffled"] if patient else ["sorted", "nearly", "nearly", "nearly", "shuffled"])
    if way == "shuffled":
        return rng.sample(records, len(records))
    jitter = min(scale.lateness + 1, 4 * scale.max_lookback) if way == "nearly" else 0
    return sorted(records, key=lambda r: time_of(r) + rng.randint(0, jitter))


def duplicated(rng: Random, records: list[dict], chance: float) -> list[dict]:
    return records + [deepcopy(r) for r in records if rng.random() < chance]


def random_inputs(world: World) -> dict[str, list[dict]]:
    rng = world.rng
    big = 8 if world.maybe(0.03) else 1
    clicks = [random_click(world) for _ in range(big * rng.choice([3, 10, 30, 60, 90]))]
    if world.maybe(0.08):
        clicks += flood_clicks(world)
    sources = {goal["source"] for tenant in world.tenants for goal in tenant["goals"]}
    orders = [r for i in range(big * rng.randint(1, 9)) for r in order_history(world, f"o{i % (6 * big)}")] if "orders" in sources else []
    conversions = [r for i in range(big * rng.randint(1, 8)) for r in random_conversions(world, rng.choice(["o1", "c1", "c2", f"c{i}"]))]
    return {"clicks": clicks, "orders": orders, "conversions": conversions if "conversions" in sources else []}


def random_options(rng: Random) -> list[str]:
    options = ["--interleave", str(rng.randrange(1 << 31)), "--commit-every", str(rng.choice([1, 2, 3, 10, 1000]))]
    if rng.random() < 0.4:
        options += ["--flush-every", str(rng.choice([1, 2, 5]))]
    if rng.random() < 0.4:
        options += ["--restart-every", str(rng.choice([1, 2, 3, 7]))]
        options += ["--lose-disk"] if rng.random() < 0.5 else []
    return options


def make_case(seed: int) -> Case:
    rng = Random(seed)
    scale = random_scale(rng)
    config = random_config(rng, scale)
    world = World(rng, scale, config["tenants"])
    chance, repeat = 0 if scale.dense else rng.choice([0, 0.04, 0.15]), rng.choice([0, 0.1, 0.4])
    lines = {}
    for topic, records in random_inputs(world).items():
        arranged = arrange(rng, scale, duplicated(rng, records, repeat))
        lines[topic] = [spoil(rng, topic, deepcopy(record), chance) for record in arranged]
    return Case(seed, config, lines, random_options(rng))
