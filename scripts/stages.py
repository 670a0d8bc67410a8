#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The stages of scripts/test: a table, and the few lines that run it. Call scripts/test, which installs what they need."""
import argparse
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, "build", "logs")
SCRATCH = os.path.join(ROOT, "build", "scratch")
PR_SET_CHILD_SUBREAPER = 36
TOGETHER = 3  # stages with brokers of their own: they wait more than they work


class Stage:
    """`short` and `long` are shell lines. `alone`: does not share the machine with another stage."""

    def __init__(self, name, promise, short, long=None, minutes=10, alone=False):
        self.name, self.promise, self.short, self.long = name, promise, short, long or short
        self.minutes, self.alone = minutes, alone
        self.log = os.path.join(LOGS, f"{name}.log")


def build(preset, targets=""):
    return f"cmake --preset {preset} && cmake --build --preset {preset} --target all {targets}"


TSAN = "TSAN_OPTIONS=suppressions=$PWD/tests/support/tsan.supp:ignore_noninstrumented_modules=1:halt_on_error=1"


def integration(name, promise, long_flags="", **options):
    short = f"/usr/bin/python3 tests/integration/test_{name}.py"
    return Stage(name.replace("_", "-"), promise, short, f"{short} {long_flags}", **options)


UNIT = "-j2 -E '^tidy$' --no-tests=error --output-on-failure"
ROAS_LAW = "/usr/bin/python3 tests/roas/run.py --drive build/ci/roas_drive"
LAW = "tests/law/run --lookback build/{}/lookback"

STAGES = [
    Stage("build", "compiles without a warning", build("ci", "unit_tests test_programs"), alone=True),
    Stage("tidy", "our rules, the format, clang-tidy",
          "bad=0; for of in '' format 'clang build/ci'; do scripts/tidy.py $of || bad=1; done; exit $bad", alone=True),
    Stage("unit", "each file keeps its promises, and the simulator finds nothing", f"ctest --test-dir build/ci {UNIT}",
          f"ctest --test-dir build/ci {UNIT} && build/ci/sim --cases 20000", alone=True),
    Stage("law", "the batch oracle agrees, in memory",
          f"for t in tests/law/test_*.py; do /usr/bin/python3 $t || exit 1; done; {LAW.format('ci')} --cases 2000",
          f"{LAW.format('ci')} --cases 50000", alone=True),
    Stage("roas-law", "rows of ROAS are what their batch oracle says", f"{ROAS_LAW} --cases 150", f"{ROAS_LAW} --cases 5000"),
    Stage("asan", "no memory or arithmetic fault in unit and law tests",
          build("asan", "unit_tests") + f" && ctest --test-dir build/asan {UNIT} && {LAW.format('asan')} --cases 200",
          build("asan", "unit_tests") + f" && ctest --test-dir build/asan {UNIT} && {LAW.format('asan')} --cases 10000", minutes=15, alone=True),
    Stage("tsan", "no data race in base, state and runtime, nor on a real broker",
          build("tsan", "unit_tests") + f" && export {TSAN}"
          " && ctest --test-dir build/tsan -j2 -L '^(base|state|runtime)$' --no-tests=error --output-on-failure"
          " && export LOOKBACK=build/tsan/lookback && tests/integration/test_exactly_once.py two_workers kills"
          " && tests/integration/test_events_sink.py revoked move", minutes=15, alone=True),
    Stage("fuzz", "no decoder trusts outside bytes", "scripts/fuzz 30", "scripts/fuzz 1800", minutes=15, alone=True),
    Stage("law-broker", "the batch oracle agrees, on a real broker", f"{LAW.format('ci')} --broker --cases 20",
          f"{LAW.format('ci')} --broker --cases 1000"),
    integration("exactly_once", "nothing lost, nothing twice", "--long", minutes=12),
    integration("events_sink", "what is attributed reaches TikTok once, and the ledger agrees", "--long", minutes=12),
    integration("tiktok_reading", "what is read of TikTok's reports is what it knows"),
    integration("roas_join", "revenue beside spend, whatever kills the join", "--long"),
    integration("spend_ingest", "snapshots are what TikTok says, through kills, throttles and revoked tokens", "--long", minutes=12),
    integration("recovery", "each way to lose the state ends at the same state, or is refused", minutes=12),
    integration("bad_input", "each bad record is a dead letter, the next is processed", "--long", minutes=12),
    integration("kafka_worker", "the runtime alone, with a role that counts"),
    integration("refusals", "what cannot work refuses to start and says what to change"),
    integration("commands", "each command answers as its help says"),
    integration("admin", "the admin port tells the truth"),
    integration("connections", "accounts are connected, sealed, ended; what was tampered with is refused"),
    integration("exports", "the audit of what was sent can be read"),
    integration("roas_command", "spend beside revenue is summed up as the topics say it"),
    integration("security", "TLS and SASL work; no secret leaks"),
    integration("deploy", "deploy/ and the program say the same"),
    Stage("tiktok-stand-in", "the stand-in refuses what TikTok refuses", "for t in tests/support/tiktok/test_*.py; do /usr/bin/python3 $t || exit 1; done"),
    Stage("avro", "defaults as Python's Avro fills them", "tests/integration/avro/run build/ci"),
    Stage("registry", "contracts live in a real schema registry", "tests/integration/registry/run build/ci"),
    integration("demo", "the demo shows what the oracle says", alone=True),
]


class Result:
    def __init__(self, stage, code, seconds, leftovers, expired):
        self.stage, self.seconds, self.leftovers, self.expired = stage, seconds, leftovers, expired
        self.passed, self.failed = counts(stage.log)
        if code != 0 or leftovers or expired:
            self.failed = max(self.failed, 1)
        elif self.passed + self.failed == 0:
            self.passed = 1


def counts(log):
    """What a stage says of itself: our own summary lines, ctest's, and those of Python's unittest."""
    passed = failed = 0
    with open(log, errors="replace") as f:
        for line in f:
            own = re.match(r"(\d+) passed, (\d+) failed$", line.strip())
            ctest = re.search(r"tests passed, (\d+) tests failed out of (\d+)", line)
            if own:
                passed, failed = passed + int(own[1]), failed + int(own[2])
            elif ctest:
                passed, failed = passed + int(ctest[2]) - int(ctest[1]), failed + int(ctest[1])
            elif ran := re.match(r"Ran (\d+) tests? in ", line):
                passed += int(ran[1])
            elif broken := re.match(r"FAILED \((.*)\)$", line.strip()):
                bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", broken[1])))
                passed, failed = passed - bad, failed + bad
    return passed, failed


def processes_of(mark):
    """Living processes that carry the mark in their environment: a stage's children, wherever they went."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if mark.encode() in f.read().split(b"\0"):
                    with open(f"/proc/{pid}/cmdline", "rb") as c:
                        found.append((int(pid), c.read().replace(b"\0", b" ").decode(errors="replace")[:100]))
        except OSError:
            continue
    return found


def end_processes(mark):
    leftovers = processes_of(mark)
    for pid, _ in leftovers:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    reap()
    return [words for _, words in leftovers if words.strip()]


def reap():
    """Orphans come to us, being their subreaper; those we started ourselves are waited for elsewhere."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                state, parent = f.read().rsplit(")", 1)[1].split()[:2]
            if state == "Z" and int(parent) == os.getpid() and int(pid) not in ours:
                os.waitpid(int(pid), os.WNOHANG)
        except (OSError, ValueError):
            continue


ours, printing = set(), threading.Lock()


def run(stage, long_form):
    mark = f"STAGE_OF_TESTS={os.getpid()}-{stage.name}"
    scratch = os.path.join(SCRATCH, stage.name)
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    environment = {**os.environ, "LOOKBACK": os.environ.get("LOOKBACK", os.path.join(ROOT, "build", "ci", "lookback")), "TMPDIR": scratch,
                   "COUNTING_WORKER": os.path.join(ROOT, "build", "ci", "counting_worker"),
                   "STAGE_OF_TESTS": mark.split("=")[1], "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    began, expired = time.monotonic(), False
    with open(stage.log, "wb") as log:
        process = subprocess.Popen(["bash", "-o", "pipefail", "-c", stage.long if long_form else stage.short], cwd=ROOT, stdout=log,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
        ours.add(process.pid)
        try:
            code = process.wait(timeout=None if long_form else stage.minutes * 60)
        except subprocess.TimeoutExpired:
            expired, code = True, 1
        leftovers = end_processes(mark)
        process.wait()
        ours.discard(process.pid)
    result = Result(stage, code, time.monotonic() - began, [] if expired else leftovers, expired)
    if not result.failed:
        shutil.rmtree(scratch, ignore_errors=True)
    report(result)
    return result


def report(result):
    stage = result.stage
    verdict = "ok  " if not result.failed else "FAIL"
    with printing:
        print(f"{verdict}  {stage.name:<15} {result.seconds:6.1f} s  {stage.promise}", flush=True)
        if not result.failed:
            return
        if result.expired:
            print(f"      stopped after {stage.minutes} minutes")
        for words in result.leftovers:
            print(f"      left running: {words}")
        with open(stage.log, errors="replace") as f:
            for line in f.readlines()[-30:]:
                print(f"      | {line.rstrip()}")
        print(f"      whole log: {os.path.relpath(stage.log, ROOT)}", flush=True)


def run_all(stages, long_form):
    results, waiting = [], list(stages)
    while waiting:
        if waiting[0].alone:
            results.append(run(waiting.pop(0), long_form))
            if results[-1].failed and results[-1].stage.name == "build":
                break
            continue
        together = []
        while waiting and not waiting[0].alone:
            together.append(waiting.pop(0))
        with ThreadPoolExecutor(TOGETHER) as pool:
            results.extend(pool.map(lambda s: run(s, long_form), together))
    return results


def stopped(number, _frame):
    for name in [s.name for s in STAGES]:
        end_processes(f"STAGE_OF_TESTS={os.getpid()}-{name}")
    print(f"\nstopped by {signal.Signals(number).name}", file=sys.stderr)
    os._exit(130)


def main():
    parser = argparse.ArgumentParser(prog="scripts/test", description="Everything that must hold; logs stay in build/logs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="stages to run; without: all")
    parser.add_argument("--long", action="store_true", help="long forms: more cases, more kills, no time limit")
    parser.add_argument("--list", action="store_true", help="name the stages")
    args = parser.parse_args()
    if args.list:
        for stage in STAGES:
            print(f"{stage.name:<15} {stage.promise}")
        return 0
    unknown = set(args.names) - {s.name for s in STAGES}
    if unknown:
        parser.error(f"no stage {', '.join(sorted(unknown))}; --list names them")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    os.makedirs(LOGS, exist_ok=True)
    began = time.monotonic()
    chosen = [s for s in STAGES if not args.names or s.name in args.names]
    results = run_all(chosen, args.long)
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    skipped = len(chosen) - len(results)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} stages not run" if skipped else "") + f" in {(time.monotonic() - began) / 60:.1f} min")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
