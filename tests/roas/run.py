# SPDX-License-Identifier: Apache-2.0
"""The join's law: random records through one shard, in any order and batching, with crashes, lost and older disks and changed rates. At each commit the
latest rows must be what the batch oracle says of the records accepted so far.

    tests/roas/run.py --drive build/ci/roas_drive --cases 500 --seed 1
"""
from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from roas_cases import Case, make_case, write_config
from roas_oracle import predict


class Drive:
    def __init__(self, program: str, folder: Path):
        self.directory = folder / "store"
        self.process = subprocess.Popen([program, str(self.directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=None)

    def ask(self, *fields: object) -> list[str]:
        self.process.stdin.write("\t".join(str(f) for f in fields) + "\n")
        self.process.stdin.flush()
        answer = self.line()
        if answer[0] != "ok":
            raise RuntimeError(f"{fields[0]}: {answer}")
        return answer[1:]

    def line(self) -> list[str]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the program ended with {self.process.wait()}")
        return line.rstrip("\n").split("\t")

    def show(self) -> tuple[dict, dict, list[int]]:
        roas, daily = {}, {}
        self.process.stdin.write("show\n")
        self.process.stdin.flush()
        while True:
            line = self.line()
            if line[0] == "ok":
                return roas, daily, [int(n) for n in line[1:]]
            key = bytes.fromhex(line[-2]).decode("latin-1")
            (roas if line[0] == "roas" else daily)[key] = json.loads(line[-1])

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def differences(name: str, wanted: dict, found: dict) -> list[str]:
    out = [f"{name} {key}: missing" for key in wanted.keys() - found.keys()]
    out += [f"{name} {key}: is there" for key in found.keys() - wanted.keys()]
    for key in wanted.keys() & found.keys():
        for field in wanted[key].keys() | found[key].keys():
            w, f = wanted[key].get(field, "nothing"), found[key].get(field, "nothing")
            if w != f:
                out.append(f"{name} {key} {field}:\n    wanted {w}\n    found  {f}")
    return out


class Run:
    def __init__(self, case: Case, program: str, folder: Path):
        self.case, self.folder, self.random = case, folder, case.random
        self.drive = Drive(program, folder)
        self.put = [0, 0, 0]
        self.checks = self.crashes = self.refused = 0
        self.fresh = True  # since the shard was opened under other settings nothing was committed

    def open(self) -> None:
        config = write_config(self.case.config, self.folder)
        self.drive.ask("open", config, self.random.randrange(1, 2**63) if self.random.random() < 0.8 else 0)

    def feed(self, most: int) -> None:
        for _ in range(most):
            left = [i for i in range(3) if self.put[i] < len(self.case.records[i])]
            if not left:
                return
            i = self.random.choices(left, [len(self.case.records[k]) - self.put[k] for k in left])[0]
            key, record = self.case.records[i][self.put[i]]
            fields = ["put", i, key.encode().hex()]
            self.drive.ask(*fields, json.dumps(record)) if record is not None else self.drive.ask(*fields)
            self.put[i] += 1

    def check(self) -> None:
        roas, daily, at = self.drive.show()
        inputs = [self.case.records[i][:max(at[i], 0)] for i in range(3)]
        wanted_roas, wanted_daily, self.refused = predict(self.case.config, *inputs)
        found = differences("roas", wanted_roas, roas) + differences("daily", wanted_daily, daily)
        self.checks += 1
        if found:
            raise AssertionError(f"at offsets {at[:3]}:\n" + "\n".join(found[:12]))

    def crash(self) -> None:
        store, saved = self.drive.directory, self.folder / "saved"
        self.drive.ask("close")
        self.crashes += 1
        fate = self.random.randrange(4)
        if fate == 0:
            shutil.rmtree(store, ignore_errors=True)
        elif fate == 1 and store.exists():
            shutil.rmtree(saved, ignore_errors=True)
            shutil.copytree(store, saved)
        elif fate == 2 and saved.exists():
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(saved, store)
        if self.random.random() < 0.3:
            self.case.change_settings()
        self.open()
        self.fresh = True

    def act(self) -> None:
        dice = self.random.random()
        self.feed(self.random.choice((1, 3, 20, 100)))
        self.drive.ask("work", self.random.choice((1, 2, 7, 50, 2000)))
        if dice < 0.45:
            self.drive.ask("commit")
            self.fresh = False
            self.check()
        elif dice < 0.55:
            self.drive.ask("abort")
        elif dice < 0.63:
            self.drive.ask("commit")
            self.drive.ask("flush")
            self.fresh = False
        elif dice < 0.70:
            self.drive.ask("commit_lost")
            self.crash()
        elif dice < 0.80:
            self.crash()

    def to_end(self) -> None:
        idle = False
        while not idle or any(self.put[i] < len(self.case.records[i]) for i in range(3)):
            self.feed(1000)
            _, idle_text = self.drive.ask("work", 500)
            idle = idle_text == "1"
        self.drive.ask("commit")
        self.check()

    def run(self) -> None:
        self.open()
        for _ in range(self.case.steps):
            self.act()
        self.to_end()
        self.crash()
        self.drive.ask("work", 1)
        self.drive.ask("commit")
        self.check()
        self.drive.end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drive", required=True)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    checks = crashes = records = refused = 0
    for seed in range(args.seed, args.seed + args.cases):
        case = make_case(random.Random(seed))
        with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
            run = Run(case, args.drive, Path(folder))
            try:
                run.run()
            except (AssertionError, RuntimeError) as failure:
                run.drive.process.kill()
                print(f"case --seed {seed} --cases 1: {failure}")
                return 1
        checks, crashes, refused = checks + run.checks, crashes + run.crashes, refused + run.refused
        records += sum(len(r) for r in case.records)
    print(f"{args.cases} cases, {records} records ({refused} refused), {checks} commits checked, {crashes} crashes: the law holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
