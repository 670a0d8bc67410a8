#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Spend and structure of connected accounts as TikTok says them: spend-ingest against the strict stand-in.

At the end the latest rows of each day add up to what the stand-in says of it, for the account and over its ads, and each row was published once.
"""
import datetime
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from connections import Connections  # noqa: E402
from decimal import Decimal  # noqa: E402
from harness import check, equal, wait_for  # noqa: E402
from tiktok.client import WORLD, StandIn  # noqa: E402
from turned_clock import TurnedClock  # noqa: E402

MUGS, HATS, TEA, WOOL, CLOSED, PAPER, LARGE = (f"700000000000000000{i}" for i in range(1, 8))
DAY_S = 86_400
COUNTS = {"impressions": "impressions", "clicks": "clicks", "conversion": "conversions", "vta_conversion": "vta_conversions",
          "cta_conversion": "cta_conversions"}
AMOUNTS = {"spend": "spend_micros", "value": "value_micros"}


def prepared(place, world=None, **ingest):
    tiktok = StandIn(place.dir, world)
    place.processes.append(tiktok)
    tiktok.switch(app_per_second=None, advertiser_per_second=None, missing_metric="dash")
    connections = Connections(place, tiktok, **{"first": "90d" if place.long else "35d", **ingest})
    place.ended = set()  # processes that the test itself has ended
    place.create_topics()
    return tiktok, connections


def ingest(place, name="ingest", **changes):
    return place.start(name, arguments=("run", "spend-ingest"), **changes)


def wait_state(place, connections, advertiser, state, seconds=60, **more):
    def there():
        for process in place.processes:
            check(process.alive or process.name in place.ended, f"{process.name} ended{process.tail(30)}")
        status = connections.status(advertiser)
        return status and status["state"] == state and all(status[k] == v for k, v in more.items()) and status
    return wait_for(lambda: f"{advertiser} to be {state} {more}: {connections.status(advertiser)}" + "".join(p.tail(8) for p in place.processes[1:]),
                    there, seconds, pause=0.3)


def day_text(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def said(rows, metric):
    return sum(row[metric] or 0 for row in rows)


def check_day(tiktok, rows, advertiser, day, zone="account"):
    """Our rows of one day against what the stand-in says of it now."""
    truth = tiktok.control("GET", "report-truth", advertiser_id=advertiser, date=day)[zone]["all"]
    for level in ("advertiser", "ad"):
        of_day = [r for key, r in rows.items() if key.split("|")[1:3] == [advertiser, level] and r["day"] == day]
        for theirs, ours in COUNTS.items():
            equal(said(of_day, ours), truth[theirs], f"{advertiser} {day} {level} {theirs}")
        for theirs, ours in AMOUNTS.items():
            equal(Decimal(said(of_day, ours)) / 1_000_000, Decimal(truth[theirs]), f"{advertiser} {day} {level} {theirs}")
    return truth


def check_days(place, tiktok, connections, advertiser, every=1, zone="account"):
    status, rows = connections.status(advertiser), connections.rows()
    last = max(span["to"] for span in status["spans"])
    day, spent = datetime.date.fromisoformat(status["first_day"]), Decimal(0)
    covered = sum((datetime.date.fromisoformat(s["to"]) - datetime.date.fromisoformat(s["from"])).days + 1 for s in status["spans"])
    equal(covered, (datetime.date.fromisoformat(last) - day).days + 1, f"{advertiser}: days that were read")
    while day.isoformat() <= last:
        spent += Decimal(check_day(tiktok, rows, advertiser, day.isoformat(), zone)["spend"])
        day += datetime.timedelta(days=every)
    check(spent > 0, f"{advertiser} spent nothing: the test shows nothing")


def requests_of(tiktok, advertiser):
    return [r for r in tiktok.requests() if advertiser in str(r)]


def published(place, topic):
    return len(place.read(topic))


def next_reading(place, connections, advertiser, before, seconds=60, state="ok"):
    """The status after a reading that began later than `before` says."""
    def there():
        status = connections.status(advertiser)
        return status["state"] == state and status["last_attempt"] > before["last_attempt"] and status
    return wait_for(lambda: f"{advertiser} to be read again: {connections.status(advertiser)}" + "".join(p.tail(8) for p in place.processes[1:]),
                    there, seconds, pause=0.3)


def clocked(place, tiktok, rate=1):
    """A clock that the test turns, for the stand-in and for programs that are started with it."""
    clock = TurnedClock(place.dir, rate=rate)
    tiktok.follow(clock)
    return clock


def once(place, expect=0, **changes):
    """(what it said) of a run that ends by itself."""
    config = place.config("once", state__directory=os.path.join(place.dir, "state-once"), admin__listen=f"127.0.0.1:{harness.free_port()}", **changes)
    return place.call("run", "spend-ingest", "--once", config=config, environment={"LOOKBACK_INSTANCE": "once", **changes.pop("environment", {})},
                      expect=expect)[1]


def test_a_first_reading_says_what_the_stand_in_says(place):
    # Every zone and currency of the stand-in, and values and days that are missing.
    tiktok, connections = prepared(place, first="90d")
    tiktok.switch(unknown_fields=True, empty_days="mixed")
    process = ingest(place)
    accounts = (MUGS, HATS, TEA, WOOL, CLOSED, PAPER) if place.long else (WOOL, CLOSED, PAPER)
    for advertiser in accounts:
        connections.connect(advertiser)
    for advertiser in accounts:
        equal(wait_state(place, connections, advertiser, "ok")["days_left"], 0, "days left")
    for advertiser in accounts:
        check_days(place, tiktok, connections, advertiser, every=1 if place.long else 11)
    entities = connections.entities()
    equal({key.split("|")[2] for key in entities}, {"advertiser", "campaign", "adgroup", "ad"}, "levels")
    check(any(e["deleted"] for e in entities.values()), "no entity is deleted")
    rows = place.read("report-snapshots")
    equal(len(rows), len({r.key for r in rows}), "rows that were published twice")
    equal(tiktok.leaks(), [], "what leaked")
    status, page = process.get("/status")
    check(status == 200 and f'"ok":{len(accounts)}' in page.replace(" ", ""), page)
    check("lookback_ingest_rows_total" in process.get("/metrics")[1], "no metric of rows")
    process.stop()


def test_what_did_not_change_is_not_published_again(place):
    # While the clock stands still TikTok says the same; days later the last ones have grown, and only what changed is published.
    tiktok, connections = prepared(place)
    clock = clocked(place, tiktok, rate=0)
    connections.connect(MUGS)
    now = dict(clock.environment, LOOKBACK_INSTANCE="once")
    config = place.config("once", state__directory=os.path.join(place.dir, "state-once"), admin__listen=f"127.0.0.1:{harness.free_port()}",
                          spend_ingest__every="1m")

    def run():
        place.call("run", "spend-ingest", "--once", config=config, environment=now)
        return connections.status(MUGS), published(place, "report-snapshots"), published(place, "ad-entities")
    first, rows, entities = run()
    equal((first["rows_new"], first["rows_restated"]), (rows, 0), "rows of the first reading")
    clock.advance(60)
    again, rows_again, entities_again = run()
    check(again["last_attempt"] > first["last_attempt"], f"it was not read again: {again}")
    equal(rows_again - rows, again["rows_new"] + again["rows_restated"], "rows published")
    check(again["rows_restated"] < 20 and again["rows_same"] > 100, str(again))
    equal(entities_again, entities, "entities")
    clock.advance(3 * DAY_S)
    ad = next(k.split("|")[3] for k in connections.entities() if "|ad|" in k)
    tiktok.control("POST", "structure", {"advertiser_id": MUGS, "id": ad, "set": {"ad_name": "renamed"}})
    grown, rows_grown, entities_grown = run()
    check(grown["rows_new"] > 0 and grown["rows_restated"] > 0 and grown["rows_same"] > 0, str(grown))
    equal(rows_grown - rows_again, grown["rows_new"] + grown["rows_restated"], "rows published")
    equal(entities_grown - entities, 1, "entities published")
    equal(connections.entities()[f"shop|{MUGS}|ad|{ad}"]["name"], "renamed", "name")
    check_days(place, tiktok, connections, MUGS, every=5)


def test_a_reading_goes_on_after_a_kill(place):
    tiktok, connections = prepared(place)
    tiktok.storm({"delay": 1.0}, delay_ms=[60, 120])
    process = ingest(place)
    accounts = (MUGS, HATS, LARGE) if place.long else (MUGS, HATS, WOOL)
    for advertiser in accounts:
        connections.connect(advertiser)
    for i in range(40 if place.long else 5):
        time.sleep(place.random.uniform(0.5, 2.5))
        process.kill()
        process.name = f"killed-{i}"
        place.ended.add(process.name)
        if i == 3:
            tiktok.calm()
        process = ingest(place)
    for advertiser in accounts:
        wait_state(place, connections, advertiser, "ok", 600 if place.long else 60)
    for advertiser in accounts:
        check_days(place, tiktok, connections, advertiser, every=13)


def test_a_token_that_is_revoked_stops_all_calls_until_it_is_renewed(place):
    tiktok, connections = prepared(place)
    clock = clocked(place, tiktok)
    ingest(place, environment=clock.environment)
    for advertiser in (MUGS, HATS):
        connections.connect(advertiser, token="both")
    connections.connect(TEA)
    for advertiser in (MUGS, HATS, TEA):
        wait_state(place, connections, advertiser, "ok")
    before = connections.status(TEA)
    tiktok.revoke("both")
    clock.advance(7 * 3600)
    for advertiser in (MUGS, HATS):
        status = wait_state(place, connections, advertiser, "expired", code=40105, reason="token_refused", next_sync=None)
        check(status["request_id"] and "connect the account again" in status["message"], str(status))
    next_reading(place, connections, TEA, before)
    calls = len(requests_of(tiktok, MUGS))
    clock.advance(20 * DAY_S)
    time.sleep(2)
    equal(len(requests_of(tiktok, MUGS)), calls, "calls after the token was refused")
    connections.connect(MUGS)
    wait_state(place, connections, MUGS, "ok", generation=2)
    check_days(place, tiktok, connections, MUGS, every=9)
    equal(connections.status(HATS)["state"], "expired", "the other account")


def test_an_account_that_the_token_may_not_read_is_alone_with_it(place):
    # And the limits are kept: none of these requests is one too many for the stand-in.
    tiktok, connections = prepared(place)
    tiktok.switch(app_per_second=10, advertiser_per_second=20)
    ingest(place, marketing_api__app_rate=8, marketing_api__advertiser_rate=10)
    connections.connect(HATS, token="mugs")
    connections.connect(MUGS, token="mugs")
    status = wait_state(place, connections, HATS, "no_access", code=40001)
    wait = status["next_sync"] - status["last_attempt"]
    check(DAY_S * 900 < wait < DAY_S * 1100, f"tried again after {wait} ms")
    wait_state(place, connections, MUGS, "ok")
    equal({r["code"] for r in tiktok.requests()}, {0, 40001}, "codes")


def test_throttles_and_faults_cost_time_alone(place):
    tiktok, connections = prepared(place)
    tiktok.switch(app_per_second=6, advertiser_per_second=4, throttled_429=True)
    tiktok.storm({"reset_before": 0.05, "code:50000": 0.05, "code:51010": 0.03, "html:502": 0.05, "empty": 0.03, "truncated": 0.03, "short_body": 0.03},
                 seed=place.random.randrange(1 << 30), processed=0.5)
    ingest(place, marketing_api__app_rate=8, marketing_api__advertiser_rate=6)
    for advertiser in (MUGS, PAPER):
        connections.connect(advertiser)
    for advertiser in (MUGS, PAPER):
        wait_state(place, connections, advertiser, "ok", 90)
    tiktok.calm()
    tiktok.switch(app_per_second=None, advertiser_per_second=None)
    for advertiser in (MUGS, PAPER):
        check_days(place, tiktok, connections, advertiser, every=13)


def test_pages_that_shift_and_reports_that_are_too_large(place):
    tiktok, connections = prepared(place)
    tiktok.switch(report_most_cells=40000)
    tiktok.fault({"do": "code", "code": 40067, "path": "/open_api/v1.3/report/integrated/get/", "first": 2})
    ingest(place, spend_ingest__first="90d" if place.long else "8d")
    connections.connect(LARGE)
    status = wait_state(place, connections, LARGE, "ok", 600 if place.long else 60)
    equal(len([k for k in connections.entities() if f"|{LARGE}|ad|" in f"|{k}"]), 1200, "ads")
    check(status["rows_new"] > 2000, str(status))
    check_days(place, tiktok, connections, LARGE, every=4)


def test_more_ads_than_a_report_answers_for_are_read_in_parts(place):
    # 22,500 ads: TikTok would leave out the oldest ones and not say so. In campaigns that fit, or in one that does not.
    shapes = {MUGS: {"campaigns": 25, "adgroups": 20, "ads": 45}, HATS: {"campaigns": 1, "adgroups": 500, "ads": 45}}
    accounts = tuple(shapes) if place.long else (place.random.choice(tuple(shapes)),)
    noon = datetime.datetime.now(datetime.timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
    spent = [{"ad": ad, "at": (noon - datetime.timedelta(days=2 + i)).strftime("%Y-%m-%dT%H:%M:%SZ"), "spend": 1 + i, "impressions": 100, "clicks": 7}
             for i, ad in enumerate((0, 1, 999, 2500, 22499))]
    world = {"apps": WORLD["apps"], "sources": {}, "advertisers": [{"advertiser_id": a, "create_time": 1_500_000_000, "structure": shapes[a], "raw": spent}
                                                                   for a in accounts],
             "tokens": [{"name": "all", "token": "d4" * 20, "app_id": WORLD["apps"][0]["app_id"], "advertisers": list(accounts)}]}
    tiktok, connections = prepared(place, world, first="8d")
    tiktok.switch(empty_days="absent")
    ingest(place)
    for advertiser in accounts:
        connections.connect(advertiser)
    for advertiser in accounts:
        wait_state(place, connections, advertiser, "ok")
        check_days(place, tiktok, connections, advertiser)
        entities, rows = connections.entities(), connections.rows()
        equal(sum(key.startswith(f"shop|{advertiser}|ad|") for key in entities), 22500, "ads")
        equal(sum(key.startswith(f"shop|{advertiser}|ad|") for key in rows), len(spent), "rows of ads")


def test_what_was_read_is_deleted_when_it_should(place):
    tiktok, connections = prepared(place)
    clock = clocked(place, tiktok)
    ingest(place, environment=clock.environment)
    for advertiser in (MUGS, HATS, TEA):
        connections.connect(advertiser)
    for advertiser in (MUGS, HATS, TEA):
        wait_state(place, connections, advertiser, "ok")
    connections.disconnect(MUGS)
    connections.erase(HATS)
    wait_state(place, connections, MUGS, "disconnected")
    wait_for("the erased account to be gone", lambda: not connections.status(HATS) and f"shop|{HATS}" not in connections.latest("connections"), 30)
    for topic in ("report-snapshots", "ad-entities"):
        equal([k for k in connections.latest(topic) if HATS in k], [], f"{topic} of the erased account")
        check(any(MUGS in k for k in connections.latest(topic)), f"{topic} of the disconnected account went at once")
    clock.advance(31 * DAY_S)
    wait_for("the disconnected account to be gone", lambda: not connections.status(MUGS), 30)
    for topic in ("report-snapshots", "ad-entities"):
        equal([k for k in connections.latest(topic) if MUGS in k], [], f"{topic} of the disconnected account")
        check(any(TEA in k for k in connections.latest(topic)), f"{topic} of another account went")


def test_an_old_connection_that_comes_back_is_refused(place):
    tiktok, connections = prepared(place)
    ingest(place)
    connections.connect(MUGS)
    connections.connect(MUGS)
    wait_state(place, connections, MUGS, "ok", generation=2)
    connections.connect(MUGS, generation=1)
    letter = wait_for("a dead letter", place.dead_letters)[0]
    equal(letter.headers["lookback.reason"], "connection_rolled_back", "reason")
    equal(connections.status(MUGS)["generation"], 2, "generation")


def test_two_copies_share_the_accounts_and_a_lost_disk_is_no_matter(place):
    tiktok, connections = prepared(place)
    accounts = (MUGS, HATS, TEA, WOOL, PAPER) if place.long else (MUGS, HATS, PAPER)
    first = ingest(place, "a")
    for advertiser in accounts:
        connections.connect(advertiser)
    second = ingest(place, "b")
    for advertiser in accounts:
        wait_state(place, connections, advertiser, "ok")
    second.stop()
    place.ended.add("b")
    first.kill()
    place.ended.add("a")
    rows = place.read("report-snapshots")
    equal(len({r.key for r in rows}), len(rows), "rows that were published twice")
    connections.connect(MUGS)
    ingest(place, "c")
    again = wait_state(place, connections, MUGS, "ok", generation=2)
    equal(published(place, "report-snapshots") - len(rows), again["rows_new"] + again["rows_restated"], "rows after the disk was lost")
    check(again["rows_same"] > 100, str(again))


def test_days_of_utc_are_added_up_from_hours(place):
    tiktok, connections = prepared(place, first="4d", days="utc")
    tiktok.set_clock("2026-10-27T15:00:00Z", rate=1)
    clock = TurnedClock(place.dir, wall=1793113200)
    ingest(place, environment=clock.environment)
    accounts = (HATS, WOOL, PAPER) if place.long else (WOOL, PAPER)
    for advertiser in accounts + (TEA,):
        connections.connect(advertiser)
    for advertiser in accounts + (TEA,):
        wait_state(place, connections, advertiser, "ok")
    for advertiser in accounts:
        check_days(place, tiktok, connections, advertiser, every=2, zone="utc")
    rows = connections.rows()
    equal({r["day_zone"] for r in rows.values()}, {"UTC"}, "day zone")
    day = connections.status(TEA)["first_day"]  # at +05:30 by TikTok's own switch, whose amounts are whole
    truth = tiktok.control("GET", "report-truth", advertiser_id=TEA, date=day)["utc"]["all"]
    ads = [r for key, r in rows.items() if key.split("|")[1:3] == [TEA, "ad"] and r["day"] == day]
    equal(said(ads, "impressions"), truth["impressions"], "impressions")
    check(abs(Decimal(said(ads, "spend_micros")) / 1_000_000 - Decimal(truth["spend"])) <= len(ads), f"spend {ads} {truth}")


def test_once_ends_and_says_what_failed(place):
    tiktok, connections = prepared(place)
    connections.connect(MUGS)
    connections.connect(HATS, token="mugs")
    for _ in range(2):
        said = once(place, expect=1)
        check(HATS in said and "no_permission" in said and "1 account could not be read" in said, said[-3000:])
    check_days(place, tiktok, connections, MUGS, every=17)
    equal(len(tiktok.requests(path="/open_api/v1.3/ad/get/")), 1, "readings: the second run has nothing to do but what failed")


ZONES = ("Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "America/Lima", "Asia/Tokyo", "America/Sao_Paulo", "Asia/Dubai")
CURRENCIES = ("EUR", "USD", "INR", "JPY", "AED")


def many_accounts(count):
    """A world of small accounts in every zone, four of them to a token."""
    ids = [f"71{i:017d}" for i in range(count)]
    about = [{"advertiser_id": a, "name": f"Shop {i}", "timezone": ZONES[i % len(ZONES)], "currency": CURRENCIES[i % len(CURRENCIES)],
              "structure": {"campaigns": 1, "adgroups": 1, "ads": 2, "deleted_ads": i % 2}} for i, a in enumerate(ids)]
    tokens = [{"name": f"g{i}", "token": f"{i:040x}", "app_id": WORLD["apps"][0]["app_id"], "advertisers": ids[i * 4:i * 4 + 4]} for i in range((count + 3) // 4)]
    return ids, {"apps": WORLD["apps"], "advertisers": about, "sources": {}, "tokens": tokens}


class Season:
    """Days that pass while tokens are revoked, TikTok fails and the process dies."""

    def __init__(self, place, tiktok, connections, clock, ids):
        self.place, self.tiktok, self.connections, self.clock, self.ids = place, tiktok, connections, clock, ids
        self.tokens, self.revoked, self.happened = {t["name"]: t["token"] for t in tiktok.world["tokens"]}, set(), {}
        self.start()

    def start(self):
        self.process = ingest(self.place, environment=self.clock.environment)

    def grant_of(self, advertiser):
        return next(t["name"] for t in self.tiktok.world["tokens"] if advertiser in t["advertisers"])

    def connect(self, advertiser):
        grant = self.grant_of(advertiser)
        self.connections.connect(advertiser, token=grant, text=self.tokens[grant])

    def kill(self):
        self.process.kill()
        self.process.name = f"killed-{self.happened.get('kill', 0)}"
        self.place.ended.add(self.process.name)
        self.start()

    def revoke(self):
        grant = self.place.random.choice(sorted(self.tokens))
        if grant not in self.revoked:
            self.tiktok.revoke(grant)
            self.revoked.add(grant)

    def reconnect(self):
        if self.revoked:
            grant = self.place.random.choice(sorted(self.revoked))
            self.revoked.remove(grant)
            self.tokens[grant] = f"{self.place.random.getrandbits(160):040x}"
            self.tiktok.change_token(renew=grant, token=self.tokens[grant])
            for token in self.tiktok.world["tokens"]:
                for advertiser in token["advertisers"] if token["name"] == grant else ():
                    self.connect(advertiser)

    def outage(self):
        self.tiktok.storm({"code:50000": 0.5, "reset_before": 0.5}, seed=1)
        time.sleep(1)
        self.tiktok.calm()

    def storm(self):
        self.tiktok.storm({"reset_before": 0.1, "code:51010": 0.1, "code:40132": 0.05, "code:61000": 0.05, "html:502": 0.1, "truncated": 0.1},
                          seed=self.place.random.randrange(1 << 30), processed=0.5, count=300)

    def pass_until(self, wall, pause):
        """Something happens every `pause` real seconds."""
        while self.clock.now() < wall:
            what = self.place.random.choice((self.kill, self.revoke, self.reconnect, self.outage, self.storm))
            what()
            self.happened[what.__name__] = self.happened.get(what.__name__, 0) + 1
            time.sleep(pause)



def test_a_season_of_trouble_ends_with_what_the_stand_in_says(place):
    count, days, real_s = (40, 90, 600) if place.long else (6, 24, 24)
    ids, world = many_accounts(count)
    tiktok, connections = prepared(place, world, every="12h")
    tiktok.switch(app_per_second=10, advertiser_per_second=20, keep_body_bytes=1 << 20)
    clock = clocked(place, tiktok, rate=1)
    place.settings["marketing_api"].update(app_rate=8, advertiser_rate=10)
    season = Season(place, tiktok, connections, clock, ids)
    for advertiser in ids:
        season.connect(advertiser)
    clock.turn(rate=days * DAY_S / real_s)
    season.pass_until(clock.now() + days * DAY_S, real_s / 60 if place.long else 2)
    codes, kills = tiktok.counters()["codes"], season.happened.get("kill", 0)
    throttled = codes.get("40100", 0) + codes.get("40133", 0)  # no fault says so
    if place.long:
        print(f"     {season.happened}, answers by code {codes}", flush=True)
    check(throttled <= 10 * kills, f"{throttled} requests were over the limits, after {kills} kills; a new process may begin with one bucket's worth")
    tiktok.calm()
    while season.revoked:
        season.reconnect()
    clock.turn(rate=1)
    tiktok.set_clock(clock.now())
    tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def behind(began):
        found = connections.statuses()
        return [a for a in ids if (s := found.get(f"shop|{a}")) is None or s["state"] != "ok" or s["last_attempt"] < began * 1000]

    def wait_read(began):
        wait_for(lambda: f"all accounts to be read: {season.happened} {[connections.status(a) for a in behind(began)[:2]]}{season.process.tail(8)}",
                 lambda: not behind(began), 300 if place.long else 60, pause=1)
    clock.advance(14 * 3600)
    wait_read(0)  # what was under way
    began = clock.now() + 13 * 3600
    clock.turn(to=began)
    wait_read(began)
    rows, spent = connections.rows(), Decimal(0)
    for advertiser in ids:
        last = datetime.date.fromisoformat(connections.status(advertiser)["spans"][0]["to"])
        for back in range(28) if place.long else range(0, 28, 3):
            spent += Decimal(check_day(tiktok, rows, advertiser, (last - datetime.timedelta(days=back)).isoformat())["spend"])
    check(spent > 0 and len(season.happened) >= 3, f"nothing was tried: {season.happened}")
    equal(tiktok.leaks(), [], "what leaked")


if __name__ == "__main__":
    harness.main(__name__, __doc__)
