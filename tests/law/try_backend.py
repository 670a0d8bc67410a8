# SPDX-License-Identifier: Apache-2.0
"""Runs a case through `lookback try`: files in, files out, no broker."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from check import Observed
from generate import TOPICS, Case

TIMEOUT = 120


def command(program: str, case: Case, folder: Path) -> list[str]:
    inputs = [part for topic in TOPICS for part in (f"--{topic}", str(folder / f"{topic}.jsonl"))]
    return [program, "try", "--config", str(folder / "case.yaml"), *inputs, "--deltas", str(folder / "deltas.jsonl"),
            "--dead-letters", str(folder / "dead_letters.jsonl"), *case.options]


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def run_try(program: str, case: Case, folder: Path) -> Observed:
    case.write(folder)
    for name in ("deltas.jsonl", "dead_letters.jsonl"):
        (folder / name).unlink(missing_ok=True)
    with open(folder / "out.jsonl", "wb") as out, open(folder / "stderr", "wb") as err:
        try:
            code = subprocess.run(command(program, case, folder), stdout=out, stderr=err, timeout=TIMEOUT, check=False,
                                  env=os.environ | {"TMPDIR": str(folder)}).returncode
        except subprocess.TimeoutExpired:
            return Observed([], [], [], f"no end after {TIMEOUT} s")
    return read_observed(folder, code)


def read_observed(folder: Path, code: int) -> Observed:
    if code != 0:
        complaint = (folder / "stderr").read_text(errors="replace").strip().splitlines()[-8:]
        return Observed([], [], [], f"exit code {code}: " + " / ".join(complaint))
    try:
        return Observed(*(read_lines(folder / f"{name}.jsonl") for name in ("out", "deltas", "dead_letters")))
    except ValueError as error:
        return Observed([], [], [], f"output is not JSON lines: {error}")
