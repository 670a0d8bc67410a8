#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Advertiser accounts are connected, shown, sealed again and ended; what was tampered with is refused; no token, code or secret is anywhere in clear."""
import base64
import glob
import json
import os
import re
import resource
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import avro_codec  # noqa: E402
import kafka_tool  # noqa: E402
from confluent_kafka import Producer  # noqa: E402
from cryptography.exceptions import InvalidTag  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from harness import LOOKBACK, check, equal, free_port, wait_for  # noqa: E402
from tiktok.client import WORLD, StandIn  # noqa: E402

APP, SECRET = "7100000000000000001", WORLD["apps"][0]["secret"]
MUGS, HATS, TEA = "7000000000000000001", "7000000000000000002", "7000000000000000003"
HEX_TOKEN = re.compile(rb"\b[0-9a-f]{40}\b")


class Portal(urllib.request.HTTPRedirectHandler):
    """A browser that says where it was sent to, and goes there only if it is told to."""

    def redirect_request(self, *_):
        return None


def where_to(url):
    try:
        urllib.request.build_opener(Portal).open(url, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    raise harness.Failed("the portal did not redirect")


def visit(url):
    """(status, page)."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


class Shop:
    """A place with the stand-in, an app, a key to seal with and topics. What must never be seen in clear is collected in `hidden`."""

    def __init__(self, place, world=None, tenants=("shop",), **settings):
        self.place, self.port = place, free_port()
        world = json.loads(json.dumps(world or WORLD))
        world["apps"][0]["redirect_uri"] = f"http://127.0.0.1:{self.port}/callback"
        self.tiktok = StandIn(place.dir, world=world)
        place.processes.append(self.tiktok)
        self.hidden, self.said = {SECRET.encode()}, []
        self.keys = {}
        self.write("secret", SECRET + "\n")
        self.write_key("k1")
        place.settings["marketing_api"] = {"endpoint": self.tiktok.base, "portal": f"{self.tiktok.url}/portal/auth", "app_id": APP,
                                           "secret": f"${{file:{place.dir}/secret}}"}
        place.settings["seal"] = {"current": "k1", "keys": {"k1": f"${{file:{place.dir}/k1}}"}}
        place.settings["tenants"] = [{"id": t, "goals": [{"name": "purchase", "source": "orders"}]} for t in tenants]
        place.settings["topic_defaults"]["partitions"] = 2
        place.settings.update(settings)
        place.create_topics()
        self.config = place.config()

    def write(self, name, text):
        with open(os.path.join(self.place.dir, name), "w") as f:
            f.write(text)

    def write_key(self, name):
        self.keys[name] = secrets.token_hex(32)
        self.hidden.add(self.keys[name].encode())
        self.write(name, self.keys[name])

    # --- commands ----------------------------------------------------------------------------------------------------------------------

    def run(self, *arguments, expect=0, stdin=None, output="json"):
        out, err = self.place.call("connections", *arguments, *(("--output", output) if output else ()), config=self.config, expect=expect, stdin=stdin)
        self.said += [out, err]
        return out, err

    def asked(self, *arguments, **more):
        return json.loads(self.run(*arguments, **more)[0])

    def listed(self, *tenant):
        return {(a["tenant"], a["advertiser_id"]): a for a in self.asked("list", *tenant)}

    def begin(self, *arguments, name="consent", **more):
        """A command that waits for the browser, and the address that it shows."""
        command = [*arguments, "--port", str(self.port), "--wait", "20", "--output", "json", "--config", self.config]
        process = subprocess.Popen([LOOKBACK, "connections", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                   text=True, cwd=self.place.dir, **more)
        shown = ""
        while "Waiting" not in shown:
            line = process.stderr.readline()
            if not line:
                raise harness.Failed(f"{name} ended with {process.wait()}: {shown}")
            shown += line
        self.said.append(shown)
        return process, re.search(r"\S+/portal/auth\S+", shown)[0]

    def finish(self, process, expect=0):
        out, err = process.communicate(timeout=60)
        self.said += [out, err]
        equal(process.returncode, expect, f"{out}{err} and ended with")
        self.note_secrets()
        return out, err

    def consent(self, *arguments, expect=0, advertisers=None):
        """A user agrees in a browser."""
        if advertisers is not None:
            self.tiktok.switch(portal_advertisers=advertisers)
        process, url = self.begin(*arguments)
        back = where_to(url)
        self.hide_code(back)
        equal(visit(back)[0], 200)
        return self.finish(process, expect)

    def hide_code(self, url):
        self.hidden.update(m.encode() for m in re.findall(r"code=([0-9a-f]+)", url))

    def note_secrets(self):
        """The tokens of the topic, opened with the key: nobody may see them but TikTok."""
        self.hidden.update(self.token_of(c).encode() for _, c in self.records() if c and c["token"] and self.opens(c))

    def opens(self, connection):
        return connection["token"].split(".")[1] in self.keys

    def token_of(self, connection):
        """As another implementation opens it: AES-256-GCM, bound to key id, tenant and advertiser; the clear text is "GENERATION TOKEN"."""
        version, key, rest = connection["token"].split(".")
        raw = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
        bound = f"{version}.".encode() + b"".join(bytes([len(part)]) + part.encode() for part in (key, connection["tenant"], connection["advertiser_id"]))
        try:
            clear = AESGCM(bytes.fromhex(self.keys[key])).decrypt(raw[:12], raw[12:], bound).decode()
        except InvalidTag:
            return "tampered with"
        number, token = clear.split(" ")
        equal(int(number), connection["generation"])
        return token

    # --- the topics --------------------------------------------------------------------------------------------------------------------

    def records(self, topic="connections"):
        return [(r.key.decode(), None if r.value is None else avro_codec.decode_single_object(
            "Connection" if topic == "connections" else "SyncStatus", r.value)) for r in self.place.read(topic)]

    def latest(self):
        return dict(self.records())

    def put(self, key, value, contract="Connection", topic="connections"):
        """As somebody who can write the topic, but has no key."""
        raw = None if value is None else avro_codec.encode_single_object(contract, value)
        producer = Producer({"bootstrap.servers": self.place.broker.address, "partitioner": "murmur2_random", "log_level": 0})
        producer.produce(self.place.topic(topic), key=key.encode(), value=raw)
        equal(producer.flush(30), 0)

    def check_nothing_leaked(self, *more):
        """In no topic, no log, and in nothing that a command said."""
        self.note_secrets()
        everything = {"what commands said": "\n".join(self.said).encode(), **dict(more)}
        for topic in harness.TOPICS:
            everything[f"the topic {topic}"] = b"\n".join((r.key or b"") + b" " + (r.value or b"") for r in self.place.read(topic))
        for process in self.place.processes:
            if process is not self.tiktok:
                everything[f"the log of {process.name}"] = process.text().encode()
        for where, text in everything.items():
            for hidden in self.hidden:
                check(hidden not in text, f"{where} holds a secret: …{text[max(0, text.find(hidden) - 60):text.find(hidden)]!r}")
            if where != "what commands said":
                check(not HEX_TOKEN.search(text), f"{where} holds what looks like a token")


# --- the life of a connection ---------------------------------------------------------------------------------------------------------------

def test_the_whole_life_of_a_connection(place):
    shop = Shop(place)
    out, err = shop.consent("authorize", "shop", "--select", MUGS, advertisers=[MUGS, HATS])
    rows = {r["advertiser_id"]: r for r in json.loads(out)}
    equal({k: (r["name"], r["currency"], r["time_zone"], r["state"], r["generation"]) for k, r in rows.items()},
          {MUGS: ("Mug shop", "EUR", "Etc/UTC", "active", 1), HATS: ("Hat shop", "USD", "America/Los_Angeles", "authorized", 1)})
    latest = shop.latest()
    equal(set(latest), {f"shop|{MUGS}", f"shop|{HATS}"})
    equal(len({c["grant_id"] for c in latest.values()}), 1, "one authorisation")
    equal({c["app_id"] for c in latest.values()}, {APP})
    equal({c["scope"] for c in latest.values()}, {"1,2,4,6"})
    check(all(c["token"].startswith("v1.k1.") for c in latest.values()), "sealed with the current key")

    listed = shop.listed("shop")
    equal({k[1]: (a["state"], a["sync"], a["sealed_with"]) for k, a in listed.items()},
          {MUGS: ("active", None, "k1"), HATS: ("authorized", None, "k1")})
    check("connections select shop" in listed[("shop", HATS)]["message"], "it says how to have it read")
    equal(shop.asked("select", "shop", HATS, MUGS), {"state": "active", "changed": 1, "same": 1})
    equal(shop.asked("unselect", "shop", MUGS), {"state": "authorized", "changed": 1, "same": 0})
    equal({k[1]: a["state"] for k, a in shop.listed().items()}, {MUGS: "authorized", HATS: "active"})
    _, err = shop.run("select", "shop", MUGS, TEA, expect=1)
    check(f"no connection to advertiser {TEA}" in err, err)
    equal(shop.listed()[("shop", MUGS)]["state"], "authorized", "all or none")

    # A status of spend-ingest is shown beside it, its generation counts.
    now = int(time.time() * 1000)
    status = {"tenant": "shop", "advertiser_id": MUGS, "state": "expired", "generation": 4, "reason": "expired", "message": "the token is revoked; reconnect",
              "code": 40105, "request_id": "R1", "name": "Mug shop", "currency": "EUR", "time_zone": "Etc/UTC", "last_attempt": now, "last_sync": now - 7_200_000,
              "next_sync": None, "disconnected_at": None, "first_day": None, "spans": [], "rows_new": 1, "rows_restated": 2, "rows_same": 3, "days_left": 0}
    shop.put(f"shop|{MUGS}", status, "SyncStatus", "sync-status")
    table, _ = shop.run("list", output="table")
    line = next(text for text in table.splitlines() if MUGS in text)
    check("expired" in line and "2 h ago" in line and "generation 1, but 4 has been seen" in line, line)

    # The user agrees again: both accounts of the grant have a new token, a higher generation, and are selected as before.
    shop.consent("reconnect", "shop", MUGS)
    after = shop.latest()
    equal({k: (c["generation"], c["state"]) for k, c in after.items()}, {f"shop|{MUGS}": (5, "authorized"), f"shop|{HATS}": (2, "active")})
    check(after[f"shop|{MUGS}"]["grant_id"] != latest[f"shop|{MUGS}"]["grant_id"], "another authorisation")
    shown = shop.asked("show", "shop", MUGS)
    equal((shown["state"], shown["sync"]["state"], shown["sync"]["rows_restated"], shown["message"]), ("authorized", "expired", 2, status["message"]))
    equal("token" in shown, False)

    # One account goes, the other still needs the token; then the token goes, too.
    token = shop.token_of(after[f"shop|{MUGS}"])
    equal(shop.asked("disconnect", "shop", HATS), {"ended": 1, "others": 1, "token": "kept"})
    equal(shop.latest()[f"shop|{HATS}"], None)
    equal(alive(shop, token), True)
    equal(shop.asked("disconnect", "shop", MUGS), {"ended": 1, "others": 0, "token": "revoked"})
    equal(shop.latest()[f"shop|{MUGS}"], None)
    equal(alive(shop, token), False)
    _, err = shop.run("disconnect", "shop", MUGS, expect=1)
    check("no connection to advertiser" in err, err)
    shop.check_nothing_leaked()


def alive(shop, token):
    return shop.tiktok.call("/open_api/v1.3/user/info/", None, None, {"Access-Token": token}, "GET")[1]["code"] == 0


harness.main(__name__, __doc__)
