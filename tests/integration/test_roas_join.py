#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Revenue beside spend, on a real broker: whatever kills the join, its latest rows are what the batch oracle says of all records.

Records and oracle are those of tests/roas; daily sums must stand where the reader of a shop looks for them.
"""
import os
import random
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("support", "roas")]
import harness  # noqa: E402
import avro_codec  # noqa: E402
import roas_cases as cases  # noqa: E402
import kafka_tool  # noqa: E402
from harness import check, equal, wait_for  # noqa: E402
from fractions import Fraction  # noqa: E402
from roas_oracle import predict  # noqa: E402
from shop_oracle import order_sums, tenant_days  # noqa: E402

INPUTS = (("attribution-credits", "CreditDelta"), ("report-snapshots", "ReportSnapshot"), ("ad-entities", "AdEntity"))
PARTITIONS = 4


def murmur2(data):
    """As Kafka's Java client places keys."""
    m, mask, h = 0x5BD1E995, 0xFFFFFFFF, 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


def filled(contract, record):
    """With what a JSON record may leave out."""
    out = {}
    for field in avro_codec.load(contract).fields:
        if field.name in record:
            out[field.name] = record[field.name]
        else:
            out[field.name] = [] if isinstance(field.type, avro_codec.Array) else None
    if contract == "CreditDelta":
        out["deltas"] = [{"campaign_id": None, "adgroup_id": None, "ad_id": None, **d} for d in record["deltas"]]
    return out


def shard_of(key):
    return murmur2("|".join(key.split("|")[:2]).encode()) % PARTITIONS


def publish(place, case, from_, to):
    if place.publisher is None:
        place.publisher = kafka_tool.Publisher(place.broker.address)
    for (topic, contract), records in zip(INPUTS, case.records):
        for key, record in records[int(len(records) * from_):int(len(records) * to)]:
            value = None if record is None else avro_codec.encode_single_object(contract, filled(contract, record))
            place.publisher.send(place.topic(topic), key.encode(), value, partition=shard_of(key))
    place.publisher.flush()


def prepared(place, records):
    r = random.Random(place.random.random())
    case = cases.make_case(r)
    case.config.utc_days = False
    case.records = [[], [], []]
    zones = {a: r.choice(cases.ZONES) for a in cases.ADVERTISERS}
    # The log keeps the order of a partition alone: an id that is not the account's would put a record on another one.
    for _ in range(records):
        tenant = r.choice(("shop", "other"))
        case.records[0].append(cases.make_credit(r, tenant, case.centre, case.records[0]))
        case.records[1].append(cases.make_report(r, tenant, case.centre))
        case.records[2].append(cases.make_entity(r, tenant, zones))
    config = cases.write_config(case.config, cases.Path(place.dir))
    with open(config) as f:
        check("rates_file" in f.read(), "the case has no rates")
    place.settings["roas_join"] = {"workers": 2, "commit_interval": "50ms", "rates_file": os.path.join(place.dir, "rates.csv")}
    place.settings["tenants"] = [
        {"id": tenant, "time_zone": s["time_zone"], "currency": s["currency"],
         "goals": [{"name": g, "source": "orders", "model": m} for g, m in s["goals"].items() if m]} for tenant, s in case.config.tenants.items()]
    place.create_topics()
    return case


def join(place, name="join"):
    return place.start(name, arguments=("run", "roas-join"))


def behind(place):
    ends = {p: end for p, end in kafka_tool.ends(place.broker.address, [place.topic(t) for t, _ in INPUTS]).items() if end > 0}
    done = kafka_tool.committed(place.broker.address, f"{place.run}-roas-join", ends)
    return {f"{t}[{p}]": f"{done[(t, p)]} of {end}" for (t, p), end in ends.items() if done[(t, p)] < end}


def settled(place):
    wait_for(lambda: f"the join; behind: {behind(place)}" + "".join(p.tail(6) for p in place.processes), lambda: not behind(place), 60, pause=0.25)


def latest(place, topic):
    out = {}
    for record in place.read(topic):
        out.pop(record.key.decode(), None)
        if record.value is not None:
            out[record.key.decode()] = record
    return out


def check_law(place, case):
    roas, daily, refused = predict(case.config, *case.records)
    got = latest(place, "roas")
    check(got.keys() == roas.keys(), f"missing: {sorted(roas.keys() - got.keys())[:5]}, too many: {sorted(got.keys() - roas.keys())[:5]}")
    for key, record in got.items():
        row = record.json
        equal(row, roas[key], f"row {key}")
        equal(record.partition, shard_of(f"{row['tenant']}|{row['advertiser_id']}"), f"partition of {key}")
    sums = {key: r for key, r in latest(place, "daily-sums").items() if "|advertiser:" in key}
    equal(sorted(sums), sorted(daily), "keys of daily sums")
    for key, record in sums.items():
        equal(record.json, daily[key], f"daily sum {key}")
        equal(record.partition, murmur2((key.split("|")[0] + "|").encode()) % PARTITIONS, f"partition of {key}")
    equal(len(place.dead_letters()), refused, "dead letters")


def test_kills_and_lost_disks_change_no_row(place):
    case = prepared(place, 3000 if place.long else 400)
    process, steps = join(place), 40 if place.long else 5
    for step in range(steps):
        publish(place, case, step / steps, (step + 1) / steps)
        time.sleep(place.random.uniform(0.1, 0.6))
        process.kill()
        if step % 3 == 1:
            shutil.rmtree(place.state_dir("join"), ignore_errors=True)
        process = join(place)
    settled(place)
    check_law(place, case)
    process.kill()
    shutil.rmtree(place.state_dir("join"), ignore_errors=True)
    before, said = len(place.read("roas")), len(process.text())
    process = join(place)
    wait_for(lambda: f"the shards of three roles{process.tail()}", lambda: process.text()[said:].count("shard_restored") >= 3 * PARTITIONS, 60)
    time.sleep(0.5)
    process.stop()
    check_law(place, case)
    equal(len(place.read("roas")), before, "a restore tells nothing new; records of roas")


# ---- a shop's days: roas-orders and roas-totals, which run beside the join

COSTS = {"shop": {"cogs": "15", "cogs_percent": "1.5", "shipping": "4.00", "return": "3", "fee": "1", "fee_percent": "2.9"}}
STATUSES = ("placed", "confirmed", "shipped", "delivered", "cancelled", "returned", "refunded")
NO_CONTEXT = {"event_source": "web", "consent": "unknown", "app": dict.fromkeys(("id", "name", "version")),
              "device": dict.fromkeys(("platform", "idfa", "idfv", "gaid", "att_status")),
              **dict.fromkeys(("ttclid", "ttclid_time", "ttp", "email", "phone", "external_id", "ip", "user_agent", "page_url", "page_referrer", "locale",
                               "limited_data_use", "shop_id", "search_string"))}


def conversion(r, case, number):
    """One more word of some conversion: its order went on, moved to another time or tenant's day, or is to be forgotten."""
    tenant, goal, which = r.choice(("shop", "other")), r.choice(("purchase", "first")), f"o{r.randrange(number // 4 + 5)}"
    key = f"{tenant}|u{which}|{goal}|{which}"
    if r.random() < 0.1:
        return key, None
    placed = r.choice((79_900_000, 1, 50_000_000, r.randrange(10**9)))
    status = r.choice(STATUSES)
    confirmed, delivered = status not in ("placed", "cancelled", "returned"), status in ("delivered", "refunded")
    one = 10**9
    return key, {
        "tenant": tenant, "user": f"u{which}", "goal": goal, "conversion_id": which, "order_id": which, "event": "Purchase",
        "conversion_time": cases.moment(r, case.centre), "outcome": r.choice(("no_click", "attributed", "no_consent", "cancelled")), "model": "linear",
        "participation_group": "click", "lookback_ms": 1, "currency": r.choice(cases.CURRENCIES[:-1] if tenant == "shop" else cases.CURRENCIES), "value_basis": "placed", "value_micros": placed,
        "revenue": {"placed_micros": placed, "confirmed_micros": placed * confirmed, "delivered_micros": placed * delivered,
                    "net_micros": placed * delivered // r.choice((1, 3))},
        "conversions": {"placed_nanos": one * (status != "cancelled"), "confirmed_nanos": one * confirmed, "delivered_nanos": one * delivered},
        "status": status, "status_time": 1, "refunded_micros": None, "refund_clamped": False, "source_fingerprint": 0, "context_time": None, "credits": [],
        "previous": None, "truncated": False, "context": NO_CONTEXT, "items": [], "properties": {}}


def publish_conversions(place, case, conversions, from_, to):
    publish(place, case, from_, to)
    for partition, key, record in conversions[int(len(conversions) * from_):int(len(conversions) * to)]:
        value = None if record is None else avro_codec.encode_single_object("AttributedConversion", record)
        place.publisher.send(place.topic("attributed-conversions"), key.encode(), value, partition=partition)
    place.publisher.flush()


def told_days(place, case, conversions):
    """(wanted, found) of what both roles publish; sums of accounts are the join's own law."""
    sums = {key: r.json for key, r in latest(place, "daily-sums").items()}
    ours = order_sums(case.config, conversions)
    costs = {tenant: {name: Fraction(text) * (1 if name.endswith("percent") else 1_000_000) for name, text in given.items()} for tenant, given in COSTS.items()}
    accounts = predict(case.config, *case.records)[1]
    wanted = {**{f"sum {k}": v for k, v in {**ours, **accounts}.items()}, **{f"day {k}": v for k, v in tenant_days(case.config, {**ours, **accounts}, costs).items()}}
    found = {**{f"sum {k}": v for k, v in sums.items()}, **{f"day {k}": r.json for k, r in latest(place, "tenant-days").items()}}
    return wanted, found


def check_days(place, case, conversions, seconds=60):
    def differing():
        wanted, found = told_days(place, case, conversions)
        return [(key, wanted.get(key), found.get(key)) for key in sorted(wanted.keys() | found.keys()) if wanted.get(key) != found.get(key)]
    wait_for(lambda: f"the days of shops to be what the oracle says; differing: {differing()[:2]}" + "".join(p.tail(6) for p in place.processes),
             lambda: not differing(), seconds, pause=0.5)
    wanted = told_days(place, case, conversions)[0]
    check(any(day["goals"] and day["goals"][0]["profit_micros"] is not None for key, day in wanted.items() if key.startswith("day shop")), "no profit is told")
    check(len(wanted) > 20 and any("|orders:" in key for key in wanted), "too few days")


def test_kills_change_no_day_of_a_shop(place):
    r = random.Random(place.random.random())
    case = prepared(place, 2000 if place.long else 150)
    case.config.tenants["shop"]["currency"] = "USD"  # into which all is exchanged, so that there is a profit; the other shop has gaps
    case.config.rates.update({(day, own, "USD"): r.choice(("3.7", "0.0061", "0.333333333333333")) for day in cases.days_around(case.centre, 12)
                              for own in ("EUR", "PEN", "JPY", "INR") if (day, own, "USD") not in case.config.rates})
    cases.write_config(case.config, cases.Path(place.dir))
    for tenant in place.settings["tenants"]:
        if tenant["id"] == "shop":
            tenant.update(currency="USD", costs=COSTS["shop"])
    count = 20_000 if place.long else 1500
    conversions = [(shard_of(key), key, record) for key, record in (conversion(r, case, i) for i in range(count))]
    process, steps = join(place), 40 if place.long else 5
    for step in range(steps):
        publish_conversions(place, case, conversions, step / steps, (step + 1) / steps)
        time.sleep(place.random.uniform(0.1, 1.2))
        process.kill()
        if step % 4 == 1:
            shutil.rmtree(place.state_dir("join"), ignore_errors=True)
        process = join(place)
    check_days(place, case, conversions)
    process.kill()
    shutil.rmtree(place.state_dir("join"), ignore_errors=True)
    process = join(place)
    wait_for(lambda: f"the shards of three roles{process.tail()}", lambda: process.text().count("shard_restored") >= 3 * PARTITIONS, 60)
    check_days(place, case, conversions)
    process.stop()
    equal(len(place.dead_letters()), predict(case.config, *case.records)[2], "dead letters")


def test_changed_rates_change_the_rows_that_they_touch(place):
    case = prepared(place, 100)
    process = join(place)
    publish(place, case, 0, 1)
    settled(place)
    check_law(place, case)
    process.stop()
    case.config.rates = {(day, "USD", "PEN"): "3.5" for day in cases.days_around(case.centre, 12)}
    cases.write_config(case.config, cases.Path(place.dir))
    process = join(place)

    def holds():
        try:
            check_law(place, case)
            return True
        except harness.Failed:
            return False
    try:
        wait_for(f"rows by the new rates{process.tail()}", holds, 20, pause=0.5)
    except harness.Failed:
        check_law(place, case)
        raise


def test_a_log_of_credits_that_lost_its_beginning_is_refused(place):
    case = prepared(place, 60)
    publish(place, case, 0, 1)
    topic = place.topic("attribution-credits")
    ends = kafka_tool.ends(place.broker.address, [topic])
    check(max(ends.values()) > 1, "no partition has two records")
    place.broker.set_topic(topic, retention_ms=1000, segment_ms=1000)
    time.sleep(1.5)
    for p in range(PARTITIONS):
        place.publisher.send(topic, b"shop|", b"x", partition=p)  # begins a new segment: the one that is written to is kept
    place.publisher.flush()
    wait_for("the beginning to go", lambda: not (rows := place.read("attribution-credits")) or rows[0].offset > 0, 40, pause=0.5)
    place.broker.set_topic(topic, retention_ms=-1)
    process = join(place)
    code = process.wait_end(60)
    check(code != 0, f"it ended with 0 instead of refusing{process.tail()}")
    check("input_incomplete" in process.text() and topic in process.text(), f"the refusal does not say what is missing{process.tail()}")
    equal(place.read("roas"), [], "rows of a sum that is not whole")


def test_days_of_another_zone_are_refused(place):
    case = prepared(place, 60)
    process = join(place)
    publish(place, case, 0, 1)
    settled(place)
    process.stop()
    place.settings["spend_ingest"] = {"days": "utc"}
    process = join(place)
    check(process.wait_end(60) != 0 and "days_changed" in process.text(), f"days that were added up are cut anew{process.tail()}")


harness.main(__name__, __doc__, ("--set", "log.retention.check.interval.ms=250"))
