#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The admin port tells the truth: alive, ready, how far behind, what was counted."""
import json
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from harness import check, equal, wait_for  # noqa: E402

T = int(time.time() * 1000) - 2 * harness.DAY
LINE = re.compile(r'^[a-z_][a-z0-9_]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.eEInfNa]+$')


def click(n):
    return {"tenant": "shop", "user": f"u{n}", "event_time": T - 1000, "ttclid": f"c{n}"}


def order(n):
    return {"tenant": "shop", "user": f"u{n}", "order_id": f"o{n}", "status": "placed", "status_time": T, "placed_at": T, "value": "10.00",
            "currency": "EUR"}


def values(text, name):
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(name + r"[ {]", line)}


def test_ports(place):
    place.create_topics()
    process = place.started()
    equal(process.get("/livez")[0], 200, "/livez")
    equal(process.get("/nothing")[0], 404, "an unknown path")
    place.publish("clicks", [click(n) for n in range(40)] + [b"{broken"])
    place.publish("orders", [order(n) for n in range(10)])
    place.settle()
    status, text = process.get("/metrics")
    equal(status, 200, "/metrics")
    for line in text.splitlines():
        check(line.startswith("# ") or LINE.match(line), f"not the Prometheus text format: {line!r}")
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP ")}
    typed = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    equal(names, typed, "each metric has help and type")
    check(any("bad_record" in k and v == 1 for k, v in values(text, r"lookback_dead_letters_total").items()), "one bad_record is not counted")
    status, text = process.get("/status")
    equal(status, 200, "/status")
    json.loads(text)
    process.stop()


def test_lag_falls_to_nothing(place):
    place.create_topics()
    place.publish("clicks", [click(n) for n in range(200)])
    process = place.started()
    place.settle()
    names = [n for n in re.findall(r"^# TYPE (\S*lag\S*) ", process.get("/metrics")[1], re.M)]
    check(names, "no metric tells the lag")
    lag = next(n for n in names if "time" not in n and "seconds" not in n)
    wait_for(lambda: f"{lag} to be 0: {values(process.get('/metrics')[1], lag)}",
             lambda: all(v == 0 for v in values(process.get("/metrics")[1], lag).values()), 20)
    process.stop()


def test_not_ready_while_restoring_is_said(place):
    # Before any partition is live the process is alive and not ready.
    place.create_topics()
    process = place.start()
    wait_for("an answer", lambda: process.get("/livez")[0] == 200, 30, pause=0.01)
    wait_for("readiness", lambda: process.ready, 60)
    process.stop()


def test_connections_are_limited_and_patient(place):
    # A hundred sockets that say nothing must not keep /livez from answering for long.
    place.create_topics()
    process = place.started()
    host, port = process.admin.split(":")
    idle = []
    try:
        for _ in range(100):
            s = socket.socket()
            s.settimeout(2)
            try:
                s.connect((host, int(port)))
                idle.append(s)
            except OSError:
                s.close()
        wait_for("/livez beside idle connections", lambda: process.get("/livez")[0] == 200, 40, pause=1)
    finally:
        for s in idle:
            s.close()
    process.stop()


def test_sigterm_twice(place):
    # The first ends gracefully within its budget, the second at once.
    place.create_topics()
    process = place.started()
    process.process.terminate()
    process.process.terminate()
    process.wait_end(10)


harness.main(__name__, __doc__)
