#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/demo shows what the oracle says of demo/*.jsonl, twice in a row, and leaves nothing behind."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "law"))
from oracle import predict  # noqa: E402

DEMO = os.path.join(ROOT, "demo")


def lines(*names):
    found = []
    for name in names:
        with open(os.path.join(DEMO, name), "rb") as f:
            found += [line.strip() for line in f]
    return found


def expected():
    with open(os.path.join(DEMO, "lookback.yaml")) as f:
        return predict(f.read(), {"clicks": lines("clicks.jsonl", "late-clicks.jsonl"), "orders": lines("orders.jsonl"),
                                  "conversions": lines("conversions.jsonl")})


def missing(text):
    """What the oracle says and the demo does not show."""
    prediction = expected()
    for (_, _, goal, name), output in prediction.outputs.items():
        section = text.split(f"Goal {goal}:")[1].split("Goal ")[0]
        row = next((line for line in section.splitlines() if line.split()[:1] == [name]), "")
        if f"{output['value_micros'] / 1e6:.2f}" not in row or output["outcome"] not in row:
            yield f"goal {goal}, {name}: {output['outcome']} {output['value_micros'] / 1e6:.2f}; shown: {row!r}"
        for credit in output["credits"]:
            if credit["share_nanos"] and f"{credit['click_id']} ({credit['ad_id']}) {credit['value_micros'] / 1e6:.2f}" not in section:
                yield f"goal {goal}, {name}: the credit of {credit['click_id']}"
    for letter in prediction.dead_letters:
        if f"{letter.topic}: {letter.reason}" not in text:
            yield f"the dead letter {letter.topic}: {letter.reason}"


def main():
    for _ in range(2):
        done = subprocess.run([os.path.join(ROOT, "scripts", "demo")], capture_output=True, text=True)
        faults = [f"scripts/demo ended with {done.returncode}: {done.stderr}"] if done.returncode else list(missing(done.stdout))
        if faults:
            print(done.stdout + "\n".join(faults))
            print("0 passed, 1 failed")
            return 1
    print(done.stdout)
    left = os.path.exists(os.path.join(ROOT, ".cache", "demo"))
    print("0 passed, 1 failed" if left else "1 passed, 0 failed")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
