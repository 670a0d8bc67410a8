#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Spend stands beside revenue: `lookback roas` sums up the topics exactly, says what it does not know, and a shop's days come from its orders."""
import csv
import io
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import avro_codec  # noqa: E402
from confluent_kafka import Producer  # noqa: E402
from harness import LOOKBACK, check, equal, wait_for  # noqa: E402

MICROS, ONE = 1_000_000, 1_000_000_000
VIEW = {f"{basis}_{what}": None for basis in ("placed", "confirmed", "delivered", "net") for what in ("micros", "roas_nanos")} | {
    f"{basis}_cpa_micros": None for basis in ("placed", "confirmed", "delivered")}
SPAN = ("--from", "2026-03-01", "--to", "2026-03-07")


def view(placed, delivered=0, count=0, reason=None):
    known = {} if reason else {"placed_micros": placed * MICROS, "confirmed_micros": placed * MICROS, "delivered_micros": delivered * MICROS,
                               "net_micros": delivered * MICROS}
    return VIEW | known | {"conversions": {f"{basis}_nanos": count * ONE for basis in ("placed", "confirmed", "delivered")}, "reason": reason}


def row(level, entity, day, spend, goals, **more):
    """A row of ROAS: units of money; `goals`: name -> view by click day, and by order day if there are two."""
    base = {"tenant": "shop", "advertiser_id": "700", "level": level, "entity_id": entity, "day": day, "day_zone": "UTC", "name": None,
            "campaign_id": None, "adgroup_id": None, "currency": "EUR", "spend_micros": None if spend is None else spend * MICROS,
            "ads_spend_micros": None, "account_spend_micros": None, "impressions": 1000, "clicks": 10, "tiktok_conversions": 3,
            "tiktok_value_micros": 90 * MICROS, "reason": None, "parts": [], "goals": [
                {"goal": name, "additive": more.get("additive", True), "click_day": views[0], "order_day": views[-1]} for name, *views in goals]}
    return base | {k: v for k, v in more.items() if k != "additive"}


def key_of(r):
    return f"{r['tenant']}|{r['advertiser_id']}|{r['level']}|{r['entity_id']}|{r['day']}".encode()


def rows_published(place, rows):
    for r in rows:
        place.publish("roas", [avro_codec.encode_single_object("RoasRow", r)], key=key_of(r), partition=1)


def asked(place, *arguments):
    out, _ = place.call("roas", "shop", "--output", "json", *arguments, config=place.config())
    return json.loads(out)


def settings(place, **more):
    place.settings["tenants"] = [{"id": "shop", "currency": "EUR", "goals": [{"name": "buy", "source": "orders"}]} | more, {"id": "other"}]
    place.create_topics()


def some_rows(place):
    settings(place)
    rows_published(place, [
        row("campaign", "1", "2026-03-01", 999, [("buy", view(1, 1, 1))], name="Old name"),
        row("campaign", "1", "2026-03-01", 10, [("lead", view(7)), ("buy", view(50, 30, 2), view(500, 300, 20))], name="Spring 🌷 sale"),
        row("campaign", "1", "2026-03-02", 30, [("buy", view(100, 90, 3))], name="Spring 🌷 sale"),
        row("campaign", "2", "2026-03-02", 20, [("buy", view(80, 0, 0))], name="春のセール"),
        row("campaign", "3", "2026-03-03", 0, [("buy", view(5, 5, 1))], name="=2+2"),
        row("campaign", "", "2026-03-03", None, [("buy", view(4, 4, 1))]),
        row("campaign", "9", "2026-03-08", 1000, []),
        row("campaign", "1", "2026-03-02", 1000, [], tenant="other"),
        row("advertiser", "700", "2026-03-01", 10, [("buy", view(50, 30, 2))]),
        row("advertiser", "700", "2026-03-02", 50, [("buy", view(180, 90, 3))]),
        row("unplaced", "", "2026-03-02T10:15Z", None, [("buy", view(9, 9, 2, "no_currency"))], advertiser_id="701"),
    ])


def test_sums_are_of_the_latest_rows(place):
    # Ratios are of sums: 120 / 40, not the mean of 3.0 and 3.0; an order's day is another view; other goals, days and tenants do not count.
    some_rows(place)
    found = asked(place, *SPAN)
    equal([(r["id"], r["name"], r["spend_micros"], r["revenue_micros"], r["roas_nanos"], r["conversions_nanos"], r["cpa_micros"]) for r in found["rows"]], [
        ("1", "Spring 🌷 sale", 40 * MICROS, 120 * MICROS, 3 * ONE, 5 * ONE, 8 * MICROS),
        ("2", "春のセール", 20 * MICROS, 0, 0, 0, None),
        ("", None, None, 4 * MICROS, None, ONE, None),
        ("3", "=2+2", 0, 5 * MICROS, None, ONE, 0)], "by campaign")
    equal(found["unplaced"], {"rows": 1, "conversions_nanos": 2 * ONE}, "unplaced")
    equal([(r["day"], r["spend_micros"], r["revenue_micros"]) for r in asked(place, *SPAN, "--by", "day", "--basis", "placed")["rows"]],
          [("2026-03-01", 10 * MICROS, 50 * MICROS), ("2026-03-02", 50 * MICROS, 180 * MICROS)], "by day")
    equal([r["revenue_micros"] for r in asked(place, *SPAN, "--view", "order-day", "--most", "1", "--sort", "revenue")["rows"]], [390 * MICROS], "by order day")
    equal([(r["roas_nanos"], r["tiktok_conversions"], r["tiktok_roas_nanos"]) for r in asked(place, *SPAN, "--by", "total")["rows"]], [(2 * ONE, 6, 3 * ONE)], "total")
    gone = Producer({"bootstrap.servers": place.broker.address})
    gone.produce(place.topic("roas"), key=key_of(row("campaign", "1", "2026-03-02", 0, [])), value=None, partition=1)
    equal(gone.flush(10), 0, "undelivered")
    equal({r["id"]: r["spend_micros"] for r in asked(place, *SPAN)["rows"]}["1"], 10 * MICROS, "a day was deleted")


def test_the_table_reads_well(place):
    # Columns stand under each other whatever characters names have; what is not known is told below; bars only on a terminal.
    some_rows(place)
    out, _ = place.call("roas", "shop", *SPAN, config=place.config())
    lines = out.splitlines()
    equal(lines[0], "shop, goal buy, 2026-03-01 to 2026-03-07: revenue delivered, by the day of the click", "title")
    equal(lines[3], "Spring 🌷 sale  EUR       40.00   120.00  3.00            5  8.00             6        180.00         4.50", "a wide emoji")
    equal(lines[4], "春のセール      EUR       20.00     0.00  0.00            0     -             3         90.00         4.50", "wide letters")
    equal(lines[5].split()[:6], ["(no", "campaign)", "EUR", "-", "4.00", "-"], "no campaign")
    check("1 row of a day has no spend" in out and "Not in these rows: 2 conversions of accounts whose time zone is not known yet." in out, f"notes:\n{out}")
    command = f"{LOOKBACK} roas shop {' '.join(SPAN)} --by day --config {place.config()}"
    for locale, bar in (("C.UTF-8", "██████████"), ("C", "##########")):
        on_terminal = harness.subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, timeout=60, env=os.environ | {"LC_ALL": locale}).stdout
        check(bar.encode() in on_terminal, f"no bar in {locale}: {on_terminal!r}")
    check("█" not in place.call("roas", "shop", *SPAN, "--by", "day", config=place.config())[0], "a bar without a terminal")


def test_csv_is_safe(place):
    # RFC 4180; exact numbers; a name that a spreadsheet would take for a formula is text.
    some_rows(place)
    out, err = place.call("roas", "shop", *SPAN, "--output", "csv", config=place.config())
    table = list(csv.DictReader(io.StringIO(out)))
    equal([r["name"] for r in table], ["Spring 🌷 sale", "春のセール", "", "'=2+2"], "names")
    equal((table[0]["spend"], table[0]["revenue"], table[0]["roas"], table[2]["spend"]), ("40", "120", "3", ""), "numbers")
    check("no spend" in err, f"notes: {err}")


def test_without_a_rate_there_is_no_number(place):
    settings(place)
    rows_published(place, [row("campaign", "1", "2026-03-01", 10, [("buy", view(50, 30, 2))], additive=False),
                           row("campaign", "1", "2026-03-02", 10, [("buy", view(0, 0, 2, "no_rate"))])])
    found = asked(place, *SPAN)["rows"][0]
    equal((found["revenue_micros"], found["roas_nanos"], found["spend_micros"], found["rows_without_revenue"], found["reason"]), (None, None, 20 * MICROS, 1, "no_rate"))
    out, _ = place.call("roas", "shop", *SPAN, config=place.config())
    check("1 row of a day has no revenue (no_rate)" in out and "more than was earned" in out, f"notes:\n{out}")


def test_exit_codes(place):
    config = place.config(tenants=[{"id": "shop", "goals": [{"name": "buy", "source": "orders"}, {"name": "lead", "source": "orders"}]}])
    for arguments, words in ((("shop", "--by", "campaing"), "nearest: campaign"), (("shop", "--from", "yesterday"), "YYYY-MM-DD"), (("shop", "--last", "5h"), "28d"),
                             (("shop", "--last", "5d", "--from", "2026-03-01"), "--last"), (("shop", "--from", "2026-03-02", "--to", "2026-03-01"), "after"),
                             (("shop", "--pnl", "--by", "ad"), "--pnl"), (("shop", "--pnl", "--basis", "net"), "--pnl"), (("shop", "--to", "2026-03-02"), "--from"),
                             (("shop", "--output", "xml"), "csv"), ((), "TENANT"), (("",), "empty"), (("shop", "--most", "0"), "most")):
        out, err = place.call("roas", *arguments, config=config, expect=2)
        check(words in err and not out, f"{arguments}: {out!r}, {err!r}")
    for arguments, words in ((("shopp",), "no tenant shopp"), (("shop", "--goal", "bye"), "buy, lead"), (("shop",), "topics create"),
                             (("shop", "--from", "0001-01-01"), "36600 days")):
        out, err = place.call("roas", *arguments, config=config, expect=1)
        check(words in err and not out, f"{arguments}: {out!r}, {err!r}")
    place.create_topics()
    out, err = place.call("roas", "shop", config=config)
    check("has nothing of tenant shop" in err and "goal buy; the tenant has 2" in err and not out, f"nothing: {out!r}, {err!r}")
    place.publish("roas", [b"{no avro"], key=b"shop|700|campaign|1|2026-03-01", partition=2)
    _, err = place.call("roas", "shop", *SPAN, config=config, expect=1)
    check(re.search(r"roas \[2\] at offset \d+", err), f"which record cannot be read: {err}")


def test_profit_of_a_shops_orders(place):
    # The example of the reference, from orders to profit: 10 orders of 50, 6 delivered, one of them refunded 20, 3 came back, 1 was cancelled; spend 100: 39 are left.
    settings(place, costs={"cogs": "15", "shipping": "4.00", "return": "3", "fee": "1"})
    now = int(time.time() * 1000)
    day = time.strftime("%Y-%m-%d", time.gmtime(now / 1000 - 86400))
    placed = (now // 86_400_000 - 1) * 86_400_000 + 3_600_000
    spend = {"tenant": "shop", "source": "advertiser:700", "day": day, "parts": [
        {"goal": "", "attributed": False, "currency": "EUR", "rate_day": day, "spend_micros": 100 * MICROS, "revenue": dict.fromkeys(
            ("placed_micros", "confirmed_micros", "delivered_micros", "net_micros"), 0), "conversions": dict.fromkeys(
            ("placed_nanos", "confirmed_nanos", "delivered_nanos"), 0), "shipped_nanos": 0, "returned_nanos": 0}]}
    process = place.start("roas", arguments=("run", "attribution", "roas-join"), roas_join__commit_interval="100ms")
    wait_for(lambda: f"readiness{process.tail()}", lambda: process.ready)
    for i in range(10):
        status = ["delivered"] * 6 + ["returned"] * 3 + ["cancelled"]
        order = {"tenant": "shop", "user": f"u{i}", "order_id": f"o{i}", "placed_at": placed, "value": "50.00", "currency": "EUR"}
        place.publish("orders", [order | {"status": "placed", "status_time": placed}])
        place.publish("orders", [order | {"status": status[i], "status_time": placed + 1000} | ({"refunded": "20.00"} if i == 0 else {})])
    place.publish("daily-sums", [avro_codec.encode_single_object("DailySum", spend)], key=f"shop|advertiser:700|{day}".encode(), partition=murmur(b"shop|", 4))

    def told():
        shop = asked(place, "--pnl", "--from", day, "--to", day)["shop"]
        return shop[0] if shop else {}
    wait_for(lambda: f"the profit: {told()}{process.tail()}", lambda: told().get("profit_micros") == 39 * MICROS, 60, pause=1)
    found = told()
    equal((found["placed_micros"], found["delivered_micros"], found["net_micros"], found["blended_roas_nanos"], found["delivered_blended_roas_nanos"], found["mer_nanos"]),
          (500 * MICROS, 300 * MICROS, 280 * MICROS, 5 * ONE, 3 * ONE, ONE // 5), "the shop's day")
    out, _ = place.call("roas", "shop", "--pnl", "--from", day, "--to", day, config=place.config())
    check(re.search(r"^total +EUR +280\.00 +90\.00 +36\.00 +9\.00 +6\.00 +100\.00 +39\.00$", out, re.M), f"the table:\n{out}")
    out, _ = place.call("roas", "shop", "--by", "total", "--from", day, "--to", day, config=place.config())
    check("MER is spend / revenue placed" in out and re.search(r"5\.00 +3\.00 +20\.0 %$", out, re.M), f"the whole shop:\n{out}")
    process.stop()


def murmur(key, partitions):
    """Where Java's default partitioner puts a key."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(key)) & mask
    whole = len(key) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i:i + 4], "little") * m & mask
        k ^= k >> 24
        h = (h * m & mask) ^ (k * m & mask)
    if key[whole:]:
        h = (h ^ int.from_bytes(key[whole:], "little")) * m & mask
    h ^= h >> 13
    h = h * m & mask
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions


if __name__ == "__main__":
    harness.main(__name__, __doc__)
