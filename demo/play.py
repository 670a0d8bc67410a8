#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/demo does once Lookback is built: starts Kafka and Lookback, publishes the day, tells TikTok's stand-in, reads what it spent, shows what came out."""
import datetime
import json
import os
import re
import secrets
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
STAND_IN = os.path.join(ROOT, "tests", "support", "tiktok", "stand_in.py")
WORLD = os.path.join(HERE, "tiktok-world.json")
INPUTS = ("clicks", "orders", "conversions")
LAST_DAY = datetime.date(2026, 3, 15)  # of demo/*.jsonl; it is published as yesterday, because TikTok takes nothing that is older than 28 days
DAY = re.compile(rb'"(\d{4}-\d\d-\d\d)T')
SECONDS = 60
ROAS = ("--by", "campaign", "--last", "60d")

sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "support")]
import show  # noqa: E402


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


def wait_for(what, condition, name="attribution"):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Trouble(f"waited {SECONDS} s for {what}\n{log_tail(name)}")
        time.sleep(0.1)


def log_tail(name):
    with open(os.path.join(WORK, f"{name}.log"), errors="replace") as log:
        return "".join(log.readlines()[-5:])


def start(name, command, environment=None):
    with open(os.path.join(WORK, f"{name}.log"), "ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=WORK, start_new_session=True,
                                   env={**os.environ, **(environment or {})})
    with open(os.path.join(WORK, f"{name}.pid"), "w") as f:
        f.write(str(process.pid))
    return process


def wait_ready(name, process, ready):
    def asked():
        if process.poll() is not None:
            raise Trouble(f"{name} ended:\n{log_tail(name)}")
        return ready()
    wait_for(f"{name} to be ready", asked, name)


def start_role(role, **environment):
    """`lookback run ROLE`, ready; gives its admin address."""
    admin = f"127.0.0.1:{free_port()}"
    process = start(role, [LOOKBACK, "run", role, "--config", os.path.join(HERE, "lookback.yaml")], {"LOOKBACK_ADMIN_LISTEN": admin, **environment})

    def ready():
        try:
            with urllib.request.urlopen(f"http://{admin}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False
    wait_ready(role, process, ready)
    return admin


def keep(name, text):
    with open(os.path.join(WORK, name), "w") as f:
        f.write(text)
    return f.name


def start_tiktok():
    """The stand-in, what it spends as of yesterday, and the token that it takes where the config looks for it; gives the stand-in's address, and the port for the browser."""
    with open(WORLD, "rb") as f:
        world = json.loads(as_of_yesterday(f.read()))
    world["apps"][0]["redirect_uri"] = f"http://127.0.0.1:{free_port()}/callback"  # where the browser is sent back to
    keep("tiktok-token", world["tokens"][0]["token"] + "\n")
    keep("seal-key", secrets.token_hex(32))
    keep("tiktok-secret", world["apps"][0]["secret"] + "\n")
    process = start("tiktok", [sys.executable, "-B", STAND_IN, "--world", keep("tiktok-world.json", json.dumps(world))])
    wait_ready("tiktok", process, lambda: "listening on" in log_tail("tiktok"))
    return log_tail("tiktok").split()[-1], re.search(r":(\d+)/", world["apps"][0]["redirect_uri"])[1]


def tiktok(url, what):
    with urllib.request.urlopen(f"{url}/stand-in/{what}", timeout=10) as answer:
        return json.load(answer)


def as_of_yesterday(line, today=None):
    """The record with its days moved so that the last one of demo/ is yesterday; the time of day stays."""
    moved = (today or datetime.datetime.now(datetime.timezone.utc).date()) - datetime.timedelta(days=1) - LAST_DAY
    return DAY.sub(lambda day: b'"%sT' % (datetime.date.fromisoformat(day[1].decode()) + moved).isoformat().encode(), line)


def publish(address, topic, file):
    import kafka_tool
    with open(os.path.join(HERE, file), "rb") as f:
        return kafka_tool.produce_lines(address, topic, [as_of_yesterday(line.strip()) for line in f])


def wait_processed(address):
    import kafka_tool

    def processed():
        ends = {p: end for p, end in kafka_tool.ends(address, INPUTS).items() if end > 0}
        done = kafka_tool.committed(address, "demo-attribution", ends)
        return all(done[p] >= end for p, end in ends.items())
    wait_for("the records to be processed", processed)


def read_outputs(address):
    """All records of attributed-conversions, and the latest of each conversion."""
    import kafka_tool
    records = [r.json for r in kafka_tool.read(address, "attributed-conversions")]
    return records, list({(o["goal"], o["conversion_id"]): o for o in records}.values())


def wait_exported(address, outputs):
    """Until each credit of an exported goal has its verdict; gives the ledger."""
    import kafka_tool
    ledger = {}

    def verdicts():
        ledger.update({(r["goal"], r["event_id"]): r for r in (record.json for record in kafka_tool.read(address, "export-results"))})
        judged = {(r["goal"], r["conversion_id"], r["click_id"]) for r in ledger.values() if r["verdict"] != "intent"}
        return show.exported(outputs) <= judged
    wait_for("TikTok's answers", verdicts, "events-sink")
    return list(ledger.values())


def explain(conversion):
    print(f"\n  $ lookback explain demo-shop {conversion}\n")
    for line in lookback("explain", "demo-shop", conversion).rstrip().split("\n"):
        print(f"  {line}".rstrip())


def stop():
    """Ends what an earlier demo left, if it is there."""
    for name, program in (("roas-join", LOOKBACK), ("spend-ingest", LOOKBACK), ("events-sink", LOOKBACK), ("attribution", LOOKBACK), ("tiktok", STAND_IN)):
        try:
            with open(os.path.join(WORK, f"{name}.pid")) as f:
                pid = int(f.read())
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if program.encode() in f.read():
                    os.kill(pid, signal.SIGTERM)
                    wait_for(f"{name} to stop", lambda: not os.path.exists(f"/proc/{pid}") or finished(pid), name)
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


def attribute(address):
    admin = start_role("attribution")
    os.environ["LOOKBACK_ADMIN_LISTEN"] = admin
    say("lookback", f"runs attribution; http://{admin}/status tells how it is")
    counts = [publish(address, topic, f"{topic}.jsonl") for topic in INPUTS]
    began = time.monotonic()
    wait_processed(address)
    say("published", f"a day: {counts[0]} clicks, {counts[1]} order records, {counts[2]} conversions; processed in {time.monotonic() - began:.1f} s")
    publish(address, "clicks", "late-clicks.jsonl")
    wait_processed(address)
    say("published", "a click that came late, for an order already judged")
    records, outputs = read_outputs(address)
    show.attributed(records, outputs)
    show.dead_letters(address)
    explain("1006")
    return outputs


def tell_tiktok(address, outputs):
    url, port = start_tiktok()
    os.environ["LOOKBACK_EVENTS_SINK_ENDPOINT"] = f"{url}/open_api/v1.3/"
    print("\n  $ lookback run events-sink\n")
    say("tiktok", f"{url}, a stand-in for its Events API, as strict as the real one is known to be")
    say("lookback", f"runs events-sink, too; http://{start_role('events-sink')}/status")
    ledger = wait_exported(address, outputs)
    events = tiktok(url, "events?limit=1000")["items"]
    show.told(outputs, ledger, events)
    show.checks(tiktok(url, "counters"), tiktok(url, "leaks"), tiktok(url, "wrong-hashes"))
    show.payload(events)
    return url, port


def connect(url, port):
    """A user agrees in a browser that the account may be read: the stand-in's page sends it back at once."""
    command = [LOOKBACK, "connections", "authorize", "demo-shop", "--select", "all", "--port", port, "--wait", "30",
               "--config", os.path.join(HERE, "lookback.yaml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=WORK)
    said = ""
    while "Waiting" not in said:
        line = process.stderr.readline()
        if not line:
            raise Trouble(f"lookback connections authorize: {said}")
        said += line
    with urllib.request.urlopen(re.search(rf"{url}\S+", said)[0], timeout=20) as page:
        page.read()
    _, words = process.communicate(timeout=60)
    if process.returncode != 0:
        raise Trouble(f"lookback connections authorize: {words}")


def money_brought(outputs):
    """Until the rows of ROAS have what attribution gave to ads and what the account spent."""
    given = show.delivered(outputs)

    def joined():
        rows = json.loads(lookback("roas", "demo-shop", *ROAS, "--output", "json"))["rows"]
        return len(rows) == show.CAMPAIGNS and sum(row["revenue_micros"] or 0 for row in rows) == given and all(row["spend_micros"] for row in rows)
    wait_for("spend beside revenue", joined, "roas-join")
    profit = ("roas", "demo-shop", "--pnl", "--last", "60d")
    wait_for("the shop's profit", lambda: any(line["profit_micros"] is not None for line in json.loads(lookback(*profit, "--output", "json"))["shop"]), "roas-join")
    for arguments in (("roas", "demo-shop", *ROAS), profit):
        print(f"\n  $ lookback {' '.join(arguments)}\n")
        for line in lookback(*arguments).rstrip().split("\n"):
            print(f"  {line}".rstrip())


def spend_beside_revenue(outputs, url, port):
    os.environ["LOOKBACK_MARKETING_API_ENDPOINT"] = f"{url}/open_api/v1.3/"
    os.environ["LOOKBACK_MARKETING_API_PORTAL"] = f"{url}/portal/auth"
    print("\n  $ lookback connections authorize demo-shop --select all\n")
    connect(url, port)
    say("connected", "the advertiser account 77, as its owner would in a browser; its token is sealed")
    say("lookback", f"runs spend-ingest, too; http://{start_role('spend-ingest')}/status")
    say("lookback", f"runs roas-join, too; http://{start_role('roas-join')}/status")
    money_brought(outputs)


def play():
    stop()
    os.makedirs(WORK)
    began = time.monotonic()
    address = kafka("start")
    os.environ["LOOKBACK_KAFKA_BOOTSTRAP_SERVERS"] = address
    say("kafka", f"{address}, ready after {time.monotonic() - began:.1f} s")
    lookback("topics", "create")
    outputs = attribute(address)
    url, port = tell_tiktok(address, outputs)
    spend_beside_revenue(outputs, url, port)
    return url


def main():
    if "stop" in sys.argv[1:]:
        stop()
        return 0
    keep = "--keep" in sys.argv[1:]
    try:
        url = play()
    except Trouble as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    finally:
        if not keep:
            stop()
    if keep:
        print(f"\n  Kafka, Lookback and TikTok's stand-in keep running; scripts/demo stop ends them. To look around:\n\n"
              f"    export LOOKBACK_KAFKA_BOOTSTRAP_SERVERS={os.environ['LOOKBACK_KAFKA_BOOTSTRAP_SERVERS']} LOOKBACK_ADMIN_LISTEN={os.environ['LOOKBACK_ADMIN_LISTEN']}\n"
              "    build/release/lookback explain demo-shop 1001 --config demo/lookback.yaml\n"
              "    /usr/bin/python3 tests/support/kafka_tool.py read $LOOKBACK_KAFKA_BOOTSTRAP_SERVERS export-results\n"
              f"    curl {url}/stand-in/events\n"
              "    curl http://$LOOKBACK_ADMIN_LISTEN/metrics")
    else:
        print("\n  Next: scripts/demo --keep leaves it running; docs/attribution.md has every rule, docs/events-sink.md what TikTok is told,\n"
              "  docs/roas-command.md what a shop's day is, docs/architecture.md the way of a record.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
