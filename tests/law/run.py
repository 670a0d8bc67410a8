# SPDX-License-Identifier: Apache-2.0
"""The law test: random cases through the program and through the oracle.

    tests/law/run --cases 2000 --seed 1 --jobs 2 --lookback build/dev/lookback
    tests/law/run --seed 77 --shrink            one case, made as small as it goes
    tests/law/run --case build/law/77           the files of a case, again
    tests/law/run --broker --cases 20           through a real Kafka
    tests/law/run --fake ["RULE"]               the harness against itself, with a rule broken
"""
from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Callable, Iterator

from check import Failure, Observed, Options, check_law, check_letter_bytes
from fake import PUBLISHING, RULES, broken, run_fake
from generate import Case, make_case, read_case
from oracle import Prediction, predict
from shrink import shrink
from try_backend import run_try

SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # flushes and restarts are many, and need no real disk
ROOT = Path(__file__).resolve().parents[2]
Backend = Callable[[Case, Path], Observed]


@dataclass
class Result:
    seed: int
    failures: list[Failure]
    counts: Counter


def find_program(named: str | None) -> str:
    """The program named here or by LOOKBACK, or the newest that was built."""
    named = named or os.environ.get("LOOKBACK")
    if named:
        return os.path.abspath(named)
    built = sorted(ROOT.glob("build/*/lookback"), key=os.path.getmtime)
    if not built:
        sys.exit("no program found under build/: build it, or name it with --lookback PATH")
    return str(built[-1])


def backend_of(args: argparse.Namespace, stack: ExitStack) -> Backend:
    if args.fake is None:
        program = find_program(args.lookback)
        return lambda case, folder: run_try(program, case, folder)
    run = stack.enter_context(broken(args.fake)) if args.fake else run_fake
    return lambda case, folder: run(case)


def count_case(case: Case, prediction: Prediction) -> Counter:
    counts = Counter(output["outcome"] for output in prediction.outputs.values())
    counts.update(letter.reason for letter in prediction.dead_letters)
    counts["(records)"], counts["(not judged)"] = case.size, len(prediction.unjudged)
    return counts


def judge(case: Case, run: Backend, folder: Path, fingerprints: bool) -> Result:
    prediction, observed = predict(case.config_text, case.lines), run(case, folder)
    failures = check_law(prediction, observed, Options(fingerprints, prediction.unjudged))
    failures += check_letter_bytes(case.lines, observed.dead_letters)
    return Result(case.seed, failures, count_case(case, prediction))


def keep(case: Case, run: Backend, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    case.write(folder)
    run(case, folder)


def run_seed(args: argparse.Namespace, seed: int) -> Result:
    """One case in a scratch directory; its files are kept if it fails."""
    with ExitStack() as stack:
        run = backend_of(args, stack)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"law-{seed}-", dir=SCRATCH)))
        case = make_case(seed)
        result = judge(case, run, scratch, args.fingerprints)
        if result.failures:
            keep(case, run, args.keep / str(seed))
        return result


def end_cleanly() -> None:
    """A stop asked for unwinds, so that no process and no scratch directory stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def run_seeds(job: tuple[argparse.Namespace, list[int]]) -> list[Result]:
    return [run_seed(job[0], seed) for seed in job[1]]


def all_results(args: argparse.Namespace) -> Iterator[Result]:
    seeds = list(range(args.seed, args.seed + args.cases))
    batches = [(args, seeds[i:i + 10]) for i in range(0, len(seeds), 10)]
    if args.jobs == 1 or len(batches) == 1:
        for batch in batches:
            yield from run_seeds(batch)
        return
    with Pool(args.jobs, end_cleanly) as pool:
        for results in pool.imap_unordered(run_seeds, batches):
            yield from results


def print_failures(failures: list[Failure], limit: int = 8) -> None:
    for failure in sorted(failures, key=lambda f: len(str(f)))[:limit]:
        print(f"  {failure}")
    if len(failures) > limit:
        print(f"  … and {len(failures) - limit} more")


def report_failure(args: argparse.Namespace, result: Result) -> None:
    name = str(result.seed) if args.broker is None else f"broker-{result.seed}"
    print(f"seed {result.seed}: {len(result.failures)} failures; files in {args.keep / name}")
    print_failures(result.failures)
    sys.stdout.flush()


def shrink_case(args: argparse.Namespace, case: Case) -> None:
    with ExitStack() as stack:
        run = backend_of(args, stack)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="law-shrink-", dir=SCRATCH)))
        kinds = {f.kind for f in judge(case, run, scratch, args.fingerprints).failures}
        if not kinds:
            sys.exit("the case does not fail: nothing to shrink")
        small = shrink(case, lambda c: bool(kinds & {f.kind for f in judge(c, run, scratch, args.fingerprints).failures}))
        folder = args.keep / f"{case.seed}-small"
        keep(small, run, folder)
        print(f"{case.size} records shrunk to {small.size}; files in {folder}")
        print_failures(judge(small, run, scratch, args.fingerprints).failures)


def run_one(args: argparse.Namespace, case: Case) -> int:
    with ExitStack() as stack:
        run = backend_of(args, stack)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="law-one-", dir=SCRATCH)))
        failures = judge(case, run, scratch, args.fingerprints).failures
    print(f"{len(failures)} failures")
    print_failures(failures, 40)
    return 1 if failures else 0


def broker_case(args: argparse.Namespace, address: str, seed: int) -> Result:
    """One case; its files and logs are kept if it fails."""
    from kafka_backend import KafkaBackend
    case, folder = make_case(seed), args.keep / f"broker-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    with KafkaBackend(find_program(args.lookback), address) as backend:
        failures = backend.judge(case, folder, args.fingerprints)
    if not failures:
        shutil.rmtree(folder)
    return Result(seed, failures, count_case(case, predict(case.config_text, case.lines)))


def broker_results(args: argparse.Namespace) -> Iterator[Result]:
    from kafka_backend import KafkaBackend
    with KafkaBackend(find_program(args.lookback), args.broker) as backend, Pool(args.jobs, end_cleanly) as pool:
        run = partial(broker_case, args, backend.broker.address)
        yield from pool.imap_unordered(run, range(args.seed, args.seed + args.cases))


def run_many(args: argparse.Namespace) -> int:
    started, failed, counts, done = time.monotonic(), [], Counter(), 0
    for done, result in enumerate(all_results(args) if args.broker is None else broker_results(args), 1):
        counts.update(result.counts)
        if result.failures:
            failed.append(result.seed)
            report_failure(args, result)
        if len(failed) >= args.stop_after:
            print(f"stopped after {len(failed)} failing cases")
            break
    print(f"{done} cases from seed {args.seed}: {len(failed)} failed, {time.monotonic() - started:.1f} s")
    print("  " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    print(f"{done - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/law/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first case; the next ones follow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--lookback", help="the program; default: the newest under build/")
    parser.add_argument("--broker", nargs="?", const="", metavar="HOST:PORT",
                        help="through a real Kafka instead of `lookback try`; without an address one is started")
    parser.add_argument("--case", type=Path, help="a directory of a kept case instead of seeds")
    parser.add_argument("--shrink", action="store_true", help="make the (first) case smaller while it still fails")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "law", help="where failing cases go")
    parser.add_argument("--stop-after", type=int, default=20, help="failing cases")
    parser.add_argument("--fingerprints", action="store_true", help="compare source_fingerprint too")
    parser.add_argument("--fake", nargs="?", const="", choices=["", *RULES, *PUBLISHING], metavar="RULE",
                        help="test the harness: the oracle instead of the program, with RULE broken")
    return parser.parse_args(argv)


def main() -> int:
    args = parse_args()
    end_cleanly()
    if args.case or args.shrink:
        case = read_case(args.case, args.seed) if args.case else make_case(args.seed)
        return shrink_case(args, case) or 0 if args.shrink else run_one(args, case)
    return run_many(args)


if __name__ == "__main__":
    sys.exit(main())
