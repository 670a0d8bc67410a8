# SPDX-License-Identifier: Apache-2.0
"""One contestant's turn over records that are in the broker already: start, wait, check the totals, and only then its figures."""
import statistics
import subprocess
import sys
import time

from given_memory import GivenMemory
from logs_of_broker import Progress
from runner import BUILD

POLL_SECONDS = 0.05
QUIET_SECONDS = 3


def wait_done(contestant, progress):
    while progress.left() > 0:
        if contestant.program.process.poll() is not None:
            sys.exit(f"{contestant.name} ended:\n{contestant.program.log_text()[-3000:]}")
        time.sleep(POLL_SECONDS)


def outputs_of(contestant):
    return {"outputs_topic": contestant.outputs, "deltas_topic": contestant.deltas, "restates": int(contestant.restates)}


def wait_settled(contestant, logs):
    """A peer may hold its last outputs back until event time goes on; what comes after the end of the input is not timed, but it must be there."""
    if not contestant.restates:
        logs.wait_quiet(contestant.outputs, QUIET_SECONDS)


def run_through(contestant, logs, workload):
    """Figures of one pass over all that is in the input topics."""
    progress = Progress(logs, contestant.group, contestant.inputs)
    contestant.start()
    program = contestant.program
    wait_done(contestant, progress)
    took, cpu = time.monotonic() - program.began, program.cpu_seconds() - program.began_cpu
    progress.close()
    wait_settled(contestant, logs)
    return {"events/s": workload.events / took, "CPU-s/M": cpu * 1e6 / workload.events, "peak MiB": program.peak_mib(),
            "Kafka MB": sum(logs.bytes_of(t) for t in contestant.own_topics(logs)) / 1e6, "disk MB": program.disk_bytes() / 1e6}


def restore(contestant, workload):
    contestant.kill()
    contestant.lose_disk()
    begin = time.monotonic()
    records, reading = contestant.start()
    took = time.monotonic() - begin
    return {"restore s": took, "clicks/s": workload.clicks / took, "reading s": reading, "restored/s": records / max(reading, 0.001)}


def one_turn(contestant, logs, workload, options):
    contestant.forget(logs)
    contestant.prepare(logs, options.partitions, options.commit_ms)
    try:
        with GivenMemory():
            figures = run_through(contestant, logs, workload)
        if options.restore:
            figures |= restore(contestant, workload)
        contestant.stop()
    finally:
        contestant.kill()
    workload.verify(logs.bootstrap, quiet=True, **outputs_of(contestant))
    contestant.forget(logs)
    print(f"  {contestant.name:<28}" + "   ".join(f"{value:,.2f} {name}" if value < 100 else f"{value:,.0f} {name}" for name, value in figures.items()),
          flush=True)
    return figures


def spread(values):
    """Min, median and max, or the only one."""
    text = "{:,.2f}" if max(values) < 100 else "{:,.0f}"
    told = (min(values), statistics.median(values), max(values)) if len(values) > 1 else values
    return " ".join(text.format(v) for v in told)


def print_table(rows):
    """The first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |", flush=True)
