#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/demo does once Lookback is built: starts Kafka and Lookback, publishes the day, shows what came out."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WORK = os.path.join(ROOT, ".cache", "demo")
KAFKA_DIR = os.path.join(WORK, "kafka")
LOOKBACK = os.path.join(ROOT, "build", "release", "lookback")
GROUP = "demo-attribution"
INPUTS = ("clicks", "orders", "conversions")
SECONDS = 60

sys.path.insert(0, os.path.join(ROOT, "tests", "support"))


class Trouble(Exception):
    pass


def say(what, words):
    print(f"  {what:<10} {words}", flush=True)


def kafka(*arguments):
    done = subprocess.run([os.path.join(ROOT, "scripts", "kafka"), arguments[0], "--dir", KAFKA_DIR, *arguments[1:]], capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(done.stderr.strip())
    return done.stdout.strip()


def lookback(*arguments):
    done = subprocess.run([LOOKBACK, *arguments, "--config", os.path.join(HERE, "lookback.yaml")], capture_output=True, text=True, cwd=WORK)
    if done.returncode != 0:
        raise Trouble(f"lookback {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Trouble(f"waited {SECONDS} s for {what}; the log is {WORK}/lookback.log")
        time.sleep(0.1)


def start_lookback():
    with open(os.path.join(WORK, "lookback.log"), "ab") as log:
        process = subprocess.Popen([LOOKBACK, "run", "attribution", "--config", os.path.join(HERE, "lookback.yaml")], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, cwd=WORK, start_new_session=True)
    with open(os.path.join(WORK, "lookback.pid"), "w") as f:
        f.write(str(process.pid))

    def ready():
        if process.poll() is not None:
            with open(os.path.join(WORK, "lookback.log")) as log:
                raise Trouble("lookback ended:\n" + "".join(log.readlines()[-5:]))
        try:
            with urllib.request.urlopen(f"http://{os.environ['LOOKBACK_ADMIN_LISTEN']}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False
    wait_for("lookback to be ready", ready)
    return process


def publish(address, topic, file):
    import kafka_tool
    with open(os.path.join(HERE, file), "rb") as f:
        return kafka_tool.produce_lines(address, topic, [line.strip() for line in f])


def wait_processed(address):
    import kafka_tool

    def processed():
        ends = {p: end for p, end in kafka_tool.ends(address, INPUTS).items() if end > 0}
        done = kafka_tool.committed(address, GROUP, ends)
        return all(done[p] >= end for p, end in ends.items())
    wait_for("the records to be processed", processed)


def money(micros):
    return f"{micros / 1_000_000:.2f}"


def credit_text(credit):
    return f"{credit['click_id']} ({credit['ad_id']}) {money(credit['value_micros'])}"


def table(goal, about, outputs, by_hand):
    print(f"\n  Goal {goal}: {about}\n")
    rows = [("order", "value", "outcome", "credits", "check by hand")]
    for o in sorted(outputs, key=lambda o: (o["conversion_time"], o["conversion_id"])):
        given = [c for c in o["credits"] if c["share_nanos"]]
        texts = [credit_text(c) for c in given] or ["-"]
        rows.append((o["conversion_id"], money(o["value_micros"]), o["outcome"], texts[0], by_hand[o["conversion_id"]]))
        rows += [("", "", "", text, "") for text in texts[1:]]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        print("  " + "  ".join(cell.rjust(w) if i == 1 else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def show(address):
    import kafka_tool
    records = [r.json for r in kafka_tool.read(address, "attributed-conversions")]
    latest = {(o["goal"], o["conversion_id"]): o for o in records}
    with open(os.path.join(HERE, "by-hand.json")) as f:
        by_hand = json.load(f)
    for goal, about in (("purchase", "every order, 40/20/40 to the first, middle and last click, 7 days back"),
                        ("kept", "the same orders after refunds and cancellations, all to the last click"),
                        ("signup", "registrations, all to the first click")):
        table(goal, about, [o for (g, _), o in latest.items() if g == goal], by_hand[goal])
    print(f"\n  {len(records)} records were published for {len(latest)} conversions: one more each time something changed.")
    print("\n  Records that could not be used, in the topic dead-letters:\n")
    for letter in kafka_tool.read(address, "dead-letters"):
        print(f"  {letter.headers['__connect.errors.topic']}: {letter.headers['__connect.errors.exception.message']}")


def explain(conversion):
    print(f"\n  $ lookback explain demo-shop {conversion}\n")
    for line in lookback("explain", "demo-shop", conversion).rstrip().split("\n"):
        print(f"  {line}".rstrip())


def stop():
    """Ends Lookback and Kafka of an earlier demo, if they are there."""
    try:
        with open(os.path.join(WORK, "lookback.pid")) as f:
            pid = int(f.read())
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            if LOOKBACK.encode() in f.read():
                os.kill(pid, signal.SIGTERM)
                wait_for("lookback to stop", lambda: not os.path.exists(f"/proc/{pid}") or finished(pid))
    except (OSError, ValueError):
        pass
    if os.path.isdir(KAFKA_DIR):
        kafka("stop")
    shutil.rmtree(WORK, ignore_errors=True)


def finished(pid):
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def play():
    stop()
    os.makedirs(WORK)
    began = time.monotonic()
    address = kafka("start")
    os.environ.update(LOOKBACK_KAFKA_BOOTSTRAP_SERVERS=address, LOOKBACK_ADMIN_LISTEN=f"127.0.0.1:{free_port()}")
    say("kafka", f"{address}, ready after {time.monotonic() - began:.1f} s")
    lookback("topics", "create")
    start_lookback()
    say("lookback", f"runs; http://{os.environ['LOOKBACK_ADMIN_LISTEN']}/status tells how it is")
    counts = [publish(address, topic, f"{topic}.jsonl") for topic in INPUTS]
    began = time.monotonic()
    wait_processed(address)
    say("published", f"a day: {counts[0]} clicks, {counts[1]} order records, {counts[2]} conversions; processed in {time.monotonic() - began:.1f} s")
    publish(address, "clicks", "late-clicks.jsonl")
    wait_processed(address)
    say("published", "a click that came late, for an order already judged")
    show(address)
    explain("1006")


def main():
    if "stop" in sys.argv[1:]:
        stop()
        return 0
    keep = "--keep" in sys.argv[1:]
    try:
        play()
    except Trouble as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    finally:
        if not keep:
            stop()
    if keep:
        print(f"\n  Kafka and Lookback keep running; scripts/demo stop ends them. To look around:\n\n"
              f"    export LOOKBACK_KAFKA_BOOTSTRAP_SERVERS={os.environ['LOOKBACK_KAFKA_BOOTSTRAP_SERVERS']} LOOKBACK_ADMIN_LISTEN={os.environ['LOOKBACK_ADMIN_LISTEN']}\n"
              "    build/release/lookback explain demo-shop 1001 --config demo/lookback.yaml\n"
              "    /usr/bin/python3 tests/support/kafka_tool.py read $LOOKBACK_KAFKA_BOOTSTRAP_SERVERS attribution-credits\n"
              "    curl http://$LOOKBACK_ADMIN_LISTEN/metrics")
    else:
        print("\n  Next: scripts/demo --keep leaves it running; docs/attribution.md has every rule, docs/architecture.md the way of a record.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
