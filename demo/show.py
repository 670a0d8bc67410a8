# SPDX-License-Identifier: Apache-2.0
"""What the demo prints of the topics and of TikTok's stand-in: tables that can be checked by hand."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
GOALS = {"purchase": "every order, 40/20/40 to the first, middle and last click, 7 days back; exported",
         "kept": "the same orders after refunds and cancellations, all to the last click",
         "signup": "registrations, all to the first click; exported"}
EXPORTED = ("purchase", "signup")
with open(os.path.join(HERE, "tiktok-world.json"), encoding="utf-8") as _world:
    NAMED = json.load(_world)["advertisers"][0]["named"]  # what the advertiser account has
ADS, CAMPAIGNS = dict(NAMED["ad"]), len(NAMED["campaign"])
MATCHED_BY = ("email", "phone", "external_id", "ip", "user_agent")


def money(micros):
    return f"{micros / 1_000_000:.2f}"


def table(rows, right=()):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def given(output):
    return [c for c in output["credits"] if c["share_nanos"]]


def goal_table(goal, outputs, by_hand):
    print(f"\n  Goal {goal}: {GOALS[goal]}\n")
    rows = [("order", "value", "outcome", "credits", "check by hand")]
    for o in sorted(outputs, key=lambda o: (o["conversion_time"], o["conversion_id"])):
        texts = [f"{c['click_id']} ({ADS[c['ad_id']]}) {money(c['value_micros'])}" for c in given(o)] or ["-"]
        rows.append((o["conversion_id"], money(o["value_micros"]), o["outcome"], texts[0], by_hand[o["conversion_id"]]))
        rows += [("", "", "", text, "") for text in texts[1:]]
    table(rows, right=(1,))


def attributed(records, outputs):
    with open(os.path.join(HERE, "by-hand.json")) as f:
        by_hand = json.load(f)
    for goal in GOALS:
        goal_table(goal, [o for o in outputs if o["goal"] == goal], by_hand[goal])
    print(f"\n  {len(records)} records were published for {len(outputs)} conversions: one more each time something changed.")


def dead_letters(address):
    import kafka_tool
    print("\n  Records that could not be used, in the topic dead-letters:\n")
    for letter in kafka_tool.read(address, "dead-letters"):
        print(f"  {letter.headers['__connect.errors.topic']}: {letter.headers['__connect.errors.exception.message']}")


def exported(outputs):
    """The credits that TikTok is to know of: goal, conversion and click of each."""
    return {(o["goal"], o["conversion_id"], c["click_id"]) for o in outputs if o["goal"] in EXPORTED and o["outcome"] == "attributed" for c in given(o)}


def delivered(outputs):
    """What was attributed to ads of the orders that arrived, in micros."""
    return sum(c["revenue"]["delivered_micros"] for o in outputs if o["goal"] == "purchase" for c in o["credits"])


def told_row(result, received):
    verdict = result["verdict"] if received else f"{result['verdict']}, not sent"
    event = received["event"] if received else {"user": {}, "properties": {}}
    value = event["properties"].get("value")
    return (result["conversion_id"], result["event"], "-" if value is None else f"{value:.2f}", event["user"].get("ttclid", "-"),
            " ".join(key for key in MATCHED_BY if key in event["user"]) or "-", result["event_id"][:8], verdict)


def told(outputs, ledger, events):
    received = {e["event_id"]: e for e in events}
    print("\n  What TikTok's stand-in received: the credits of purchase and signup above, each once. The verdict is that of the topic export-results.\n")
    rows = [("order", "event", "value", "ttclid", "matched by, besides", "event id", "verdict")]
    rows += [told_row(r, received.get(r["event_id"])) for r in sorted(ledger, key=lambda r: (r["conversion_time"], r["conversion_id"], r["click_id"]))]
    table(rows, right=(2,))
    print("\n  too_old: TikTok counts nothing that is older than 28 days. No event: " + ", ".join(
        f"{o['conversion_id']} ({o['outcome']})" for o in sorted(outputs, key=lambda o: o["conversion_id"])
        if o["goal"] in EXPORTED and o["outcome"] != "attributed") + ".")


def checks(counters, leaks, wrong_hashes):
    print(f"  The stand-in counted {counters['accepted']} events, {counters['duplicate']} of them twice, and saw {len(leaks)} e-mails, phones or tokens "
          f"in clear and {len(wrong_hashes)} wrong hashes.")


def payload(events):
    first = next(e["event"] for e in events if e["event"]["user"].get("ttclid") == "ana-1")
    print("\n  One of them as it came; `printf ana@shop.example | sha256sum` gives its e-mail:\n")
    for line in json.dumps(first, indent=2).splitlines():
        print(f"  {line}")
