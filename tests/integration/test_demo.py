#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/demo shows what the oracle says of demo/*.jsonl, and that TikTok's stand-in was told just that, and that spend stands beside it; twice in a row, and leaves nothing behind."""
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "law"))
from oracle import predict  # noqa: E402

DEMO = os.path.join(ROOT, "demo")
with open(os.path.join(DEMO, "tiktok-world.json"), encoding="utf-8") as _world:
    ACCOUNT = json.load(_world)["advertisers"][0]
EVENTS = {"purchase": "Purchase", "signup": "CompleteRegistration"}  # of the goals that are exported
TODAY = datetime.datetime(2026, 3, 16, tzinfo=datetime.timezone.utc)  # the day after the last one of demo/*.jsonl


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


def event_id(*parts):
    """As docs/events-sink.md says it, a second time."""
    return hashlib.sha256(b"".join(len(p).to_bytes(4, "little") + p for p in (part.encode() for part in parts))).hexdigest()[:32]


def events_asked_for(prediction):
    """{event id, as far as it is shown: (order, event, value, click, verdict)} of the credits that the oracle gives."""
    asked = {}
    for (tenant, _, goal, name), output in prediction.outputs.items():
        old = TODAY - datetime.datetime.fromtimestamp(output["conversion_time"] / 1000, datetime.timezone.utc) > datetime.timedelta(days=28)
        for credit in output["credits"] if goal in EVENTS and output["outcome"] == "attributed" else []:
            value = f"{credit['value_micros'] / 1e6:.2f}" if output["currency"] and not old else "-"
            asked[event_id(tenant, goal, name, credit["click_id"])[:8]] = (name, EVENTS[goal], value, "-" if old else credit["click_id"],
                                                                           "too_old, not sent" if old else "accepted")
    return asked


def told_otherwise(text, prediction):
    """Where the table of what TikTok received differs from the oracle's credits."""
    shown, about = {}, text.split("What TikTok's stand-in received")[1]
    for line in about.split("verdict\n", 1)[1].split("\n\n")[0].splitlines():
        cells = re.split(r"  +", line.strip())
        shown[cells[5]] = (*cells[:4], cells[6])
    asked = events_asked_for(prediction)
    for name in asked.keys() | shown.keys():
        if asked.get(name) != shown.get(name):
            yield f"event {name}: {asked.get(name)}; shown: {shown.get(name)}"
    if {verdict for *_, verdict in asked.values()} != {"accepted", "too_old, not sent"}:
        yield "the demo's records do not show both verdicts any more"
    sent = sum(verdict == "accepted" for *_, verdict in asked.values())
    if f"counted {sent} events, 0 of them twice, and saw 0 e-mails, phones or tokens in clear and 0 wrong hashes" not in about:
        yield f"the stand-in did not count {sent} events, each once, with nothing in clear"
    payload = json.loads(about[about.index("\n  {\n"):about.index("\n  }\n") + 5])
    if (payload["event_id"][:8], payload["user"]["email"]) != (event_id("demo-shop", "purchase", "1001", "ana-1")[:8],
                                                              [hashlib.sha256(b"ana@shop.example").hexdigest()]) or payload["properties"]["value"] != 40:
        yield f"the payload is not that of ana's first click: {payload}"


def purchases(prediction):
    return [o for (_, _, goal, _), o in prediction.outputs.items() if goal == "purchase"]


def roas_otherwise(text, prediction):
    """Where spend beside revenue, or the shop's profit, differs from the account's spend and the oracle's credits. An ad counts for the campaign that TikTok says."""
    campaigns = [name for _, name in ACCOUNT["named"]["campaign"]]
    spend, revenue = dict.fromkeys(campaigns, 0), dict.fromkeys(campaigns, 0)
    for row in ACCOUNT["raw"]:
        spend[campaigns[row["ad"]]] += round(float(row["spend"]) * 1e6)  # one ad a campaign
    ads = [ad for ad, _ in ACCOUNT["named"]["ad"]]
    for output in purchases(prediction):
        for credit in output["credits"]:
            revenue[campaigns[ads.index(credit["ad_id"])]] += credit["revenue"]["delivered_micros"]
    for name in campaigns:
        row = f"{spend[name] / 1e6:.2f} +{revenue[name] / 1e6:.2f} +{revenue[name] / spend[name]:.2f} "
        if not re.search(rf"^  {name} +EUR +{row}", text, re.M):
            yield f"campaign {name}: {row}"
    yield from profit_otherwise(text, prediction, sum(spend.values()))


def profit_otherwise(text, prediction, spend):
    orders = purchases(prediction)
    net, delivered = (sum(o["revenue"][f"{basis}_micros"] for o in orders) for basis in ("net", "delivered"))
    arrived = sum(o["conversions"]["delivered_nanos"] for o in orders) // 10**9
    sent = sum(o["status"] in ("shipped", "delivered", "refunded", "returned") for o in orders)
    back = sum(o["status"] == "returned" for o in orders)
    goods, shipping, returns, fees = delivered * 40 // 100, sent * 4_500_000, back * 3_000_000, arrived * 1_000_000
    row = [f"{n / 1e6:.2f}" for n in (net, goods, shipping, returns, fees, spend, net - goods - shipping - returns - fees - spend)]
    if not re.search(r"^  total +EUR +" + " +".join(map(re.escape, row)) + "$", text, re.M):
        yield f"profit and loss: {row}"


def missing(text):
    """What the oracle says and the demo does not show."""
    prediction = expected()
    yield from told_otherwise(text, prediction)
    yield from roas_otherwise(text, prediction)
    for (_, _, goal, name), output in prediction.outputs.items():
        section = text.split(f"Goal {goal}:")[1].split("Goal ")[0]
        row = next((line for line in section.splitlines() if line.split()[:1] == [name]), "")
        if f"{output['value_micros'] / 1e6:.2f}" not in row or output["outcome"] not in row:
            yield f"goal {goal}, {name}: {output['outcome']} {output['value_micros'] / 1e6:.2f}; shown: {row!r}"
        for credit in output["credits"]:
            if credit["share_nanos"] and f"{credit['click_id']} ({dict(ACCOUNT['named']['ad'])[credit['ad_id']]}) {credit['value_micros'] / 1e6:.2f}" not in section:
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
