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
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition  # noqa: E402
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
        self.keys, self.consumer = {}, None
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
        return token if int(number) == connection["generation"] else "tampered with"

    # --- the topics --------------------------------------------------------------------------------------------------------------------

    def records(self, topic="connections"):
        """(key, record) in the order of offsets, tombstones as None."""
        return [(m.key().decode(), None if m.value() is None else avro_codec.decode_single_object("Connection", m.value())) for m in self.messages(topic)]

    def messages(self, *topics):
        """Every committed message, by one consumer that is kept."""
        consumer = self.consumer = self.consumer or Consumer({"bootstrap.servers": self.place.broker.address, "group.id": "none", "enable.partition.eof": True,
                                                              "isolation.level": "read_committed", "auto.offset.reset": "earliest", "log_level": 0})
        consumer.assign([TopicPartition(self.place.topic(t), p, 0) for t in topics for p in range(2)])
        found, ends, deadline = [], 0, time.monotonic() + 30
        while ends < 2 * len(topics):
            message = consumer.poll(1)
            check(time.monotonic() < deadline, f"{topics}: only {ends} ends after 30 s")
            if message is not None and message.error():
                ends += message.error().code() == KafkaError._PARTITION_EOF
            elif message is not None:
                found.append(message)
        return sorted(found, key=lambda m: (m.topic(), m.partition(), m.offset()))

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
        for m in self.messages(*harness.TOPICS):
            where = f"the topic {m.topic()}"
            everything[where] = everything.get(where, b"") + b"\n" + (m.key() or b"") + b" " + (m.value() or b"") + repr(m.headers()).encode()
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



# --- consents that come to nothing ----------------------------------------------------------------------------------------------------------

def test_a_consent_that_is_not_ours_connects_nothing(place):
    shop = Shop(place)
    # Another state, and a user who says no: shown to the browser, and the real one is still heard.
    process, url = shop.begin("authorize", "shop")
    back = where_to(url)
    shop.hide_code(back)
    state = re.search(r"state=([0-9a-f]+)", back)[1]
    equal(len(state), 64, "256 random bits")
    other = back.replace(state, state[:-1] + ("0" if state[-1] != "0" else "1"))
    for wrong, words in ((other, "state that was sent"), (back.replace(state, state[:-1]), "state that was sent"), (f"{back.split('?')[0]}?auth_code=1", "state"),
                         (f"{back.split('?')[0]}?state={state}", "not granted")):
        status, page = visit(wrong)
        equal((status, words in page), (400, True), page)
    equal(visit(f"http://127.0.0.1:{shop.port}/favicon.ico")[0], 404)
    check(visit(f"http://127.0.0.1:{shop.port}/callback?{'x' * 9000}")[0] in (400, 414), "a long address")
    equal(shop.records(), [], "nothing is connected yet")
    # The one that is ours.
    equal(visit(back)[0], 200)
    shop.finish(process)
    equal(len(shop.latest()), len(WORLD["advertisers"]))
    # A code that was used, pasted with its redirect: its state is not this run's; alone it is refused by TikTok.
    code = re.search(r"auth_code=([0-9a-f]+)", back)[1]
    _, err = shop.run("authorize", "shop", "--no-listen", expect=1, stdin=back + "\n")
    check("state that was sent" in err, err)
    _, err = shop.run("authorize", "shop", "--no-listen", expect=1, stdin=code + "\n")
    check("40110" in err and "begin again" in err, err)
    _, err = shop.run("authorize", "shop", "--no-listen", expect=1, stdin="\n")
    check("nothing on stdin" in err, err)
    # A stale code, and the app's wrong secret.
    shop.tiktok.set_clock("2026-07-01T00:00:00Z")
    stale = where_to(f"{shop.tiktok.url}/portal/auth?app_id={APP}&state=1&redirect_uri=http%3A%2F%2F127.0.0.1%3A{shop.port}%2Fcallback")
    shop.hide_code(stale)
    shop.tiktok.advance(3601)
    _, err = shop.run("authorize", "shop", "--no-listen", expect=1, stdin=re.search(r"auth_code=([0-9a-f]+)", stale)[1])
    check("40110" in err, err)
    shop.write("secret", "not the secret\n")
    shop.hidden.add(b"not the secret")
    _, err = shop.run("authorize", "shop", "--no-listen", expect=1, stdin="0" * 40)
    check("40101" in err, err)
    check({c["generation"] for _, c in shop.records()} == {1}, "nothing was written since")
    # A browser that never comes, and a port that is taken.
    _, err = shop.run("authorize", "shop", "--port", "0", "--wait", "1", expect=1)
    check("no browser came back within 1 s" in err, err)
    _, err = shop.run("authorize", "shop", "--port", shop.tiktok.address.split(":")[1], expect=1)
    check("--port" in err and "--no-listen" in err, err)
    shop.check_nothing_leaked()


def test_what_is_missing_is_said_before_anybody_is_asked(place):
    shop = Shop(place)
    for changes, words in (({"marketing_api__app_id": None}, "marketing_api.app_id is not set"), ({"marketing_api__secret": None}, "marketing_api.secret is not set"),
                           ({"marketing_api__secret": "${file:gone}"}, "marketing_api.secret: "), ({"seal": {}}, "seal.keys has no key"),
                           ({"seal__keys__k1": "${file:gone}"}, "seal.keys.k1: "), ({"topics__connections": "never-made"}, "lookback topics create"),
                           ({"topics__sync_status": "never-made"}, "lookback topics create")):
        config = place.config("changed", **changes)
        _, err = place.call("connections", "authorize", "shop", "--no-listen", config=config, expect=1, stdin="")
        check(words in err and "/portal/auth" not in err, f"{changes}: {err}")
    _, err = shop.run("authorize", "shap", expect=1)
    check("tenant shap is not in the configuration" in err, err)
    for command in (("show", "shop", MUGS), ("select", "shop", MUGS), ("disconnect", "shop", MUGS), ("erase", "shop", MUGS), ("reconnect", "shop", MUGS)):
        _, err = shop.run(*command, expect=1)
        check("no connection to advertiser" in err, err)
    place.call("connections", "erase", "shop", MUGS, "--wait", "soon", config=shop.config, expect=2)
    place.call("connections", "authorize", "shop", "--port", "x", config=shop.config, expect=2)
    equal(shop.tiktok.requests(), [], "requests")


# --- many, rotation, the end ----------------------------------------------------------------------------------------------------------------

def test_keys_are_rotated_while_others_change_connections(place):
    tenants = [f"shop{i}" for i in range(3)]
    world = json.loads(json.dumps(WORLD))
    world["advertisers"] += [{"advertiser_id": f"71{i:017d}", "name": f"Branch {i}"} for i in range(293)]
    shop = Shop(place, world, tenants)
    many = len(world["advertisers"])
    shop.consent("authorize", tenants[0], "--select", "all", advertisers=None)
    for tenant in tenants[1:]:
        shop.consent("authorize", tenant, "--select", MUGS, advertisers=[MUGS, HATS])
    equal(len(shop.latest()), many + 4)
    shop.write_key("k2")
    place.settings["seal"] = {"current": "k2", "keys": {k: f"${{file:{place.dir}/{k}}}" for k in ("k1", "k2")}}
    shop.config = place.config()
    # The accounts of another tenant change all the while; nothing of it is lost.
    flips = subprocess.Popen([sys.executable, "-c", f"""
import subprocess
for i in range(2):
    for verb in ("select", "unselect", "select"):
        subprocess.run([{LOOKBACK!r}, "connections", verb, "shop1", "{HATS}", "--config", {shop.config!r}], check=True, stdout=subprocess.DEVNULL)
"""])
    place_generations = {k: c["generation"] for k, c in shop.latest().items()}
    first = shop.asked("rotate-key")
    equal((first["key"], first["failed"], first["sealed"] + first["current"]), ("k2", 0, many + 4))
    equal(flips.wait(timeout=60), 0, "the others' commands")
    second = shop.asked("rotate-key")
    equal((second["sealed"], second["current"], second["failed"]), (0, many + 4, 0), "again: nothing is left to do")
    latest = shop.latest()
    equal({k: c["generation"] for k, c in latest.items()}, place_generations)
    equal({c["token"].split(".")[1] for c in latest.values()}, {"k2"})
    equal(latest[f"shop1|{HATS}"]["state"], "active")
    equal({shop.token_of(c) for k, c in latest.items() if k.startswith("shop0|")} & {"tampered with"}, set())
    # Without the old key all is open; a key that is lost is named.
    place.settings["seal"] = {"keys": {"k2": f"${{file:{place.dir}/k2}}"}}
    shop.config = place.config()
    equal({a["message"] for a in shop.listed("shop0").values()}, {None})
    place.settings["seal"] = {"keys": {"k1": f"${{file:{place.dir}/k1}}"}}
    shop.config = place.config()
    _, err = shop.run("rotate-key", expect=1)
    check("sealed with key k2, which seal.keys does not have" in err, err)
    shop.check_nothing_leaked()


def test_the_end_is_told_as_it_is(place):
    shop = Shop(place)
    shop.consent("authorize", "shop", "--select", "all", advertisers=[MUGS, HATS, TEA])
    token = shop.token_of(shop.latest()[f"shop|{MUGS}"])
    # TikTok does not answer: the connection is gone all the same, and what is left to do is said.
    shop.tiktok.fault({"do": "code", "code": 40002, "path": "/open_api/v1.3/oauth2/revoke_token/", "count": None})
    out, err = shop.run("disconnect", "shop", MUGS, "--all-of-grant", expect=1)
    equal(json.loads(out), {"ended": 3, "others": 0, "token": "not_revoked"})
    check("deleted here but not revoked at TikTok" in err and "Take the app's access away" in err, err)
    equal(set(shop.latest().values()), {None})
    equal(alive(shop, token), True)
    shop.tiktok.calm()
    # Erasing: a record without a token at once; gone when spend-ingest has deleted everything.
    shop.consent("authorize", "shop", advertisers=[MUGS])
    out, err = shop.run("erase", "shop", MUGS, "--wait", "1s", expect=1)
    equal(json.loads(out), {"ended": 1, "others": 0, "token": "revoked"})
    check("still being erased" in err, err)
    erasing = shop.latest()[f"shop|{MUGS}"]
    equal((erasing["state"], erasing["token"], erasing["generation"]), ("erasing", None, 2))
    _, err = shop.run("select", "shop", MUGS, expect=1)
    check("is being erased" in err, err)
    out, err = shop.consent("authorize", "shop", advertisers=[MUGS, HATS])
    equal([r["advertiser_id"] for r in json.loads(out)], [HATS])
    check("is being erased and was left out" in err, err)
    # The role that reads accounts does it, and takes the record away.
    ingest = place.start("ingest", arguments=("run", "spend-ingest"))
    _, err = shop.run("erase", "shop", MUGS)
    check("everything of the account is deleted" in err, err)
    equal(shop.latest()[f"shop|{MUGS}"], None)
    ingest.stop()
    shop.check_nothing_leaked()


# --- what others wrote into the topic -------------------------------------------------------------------------------------------------------

def test_a_record_that_was_tampered_with_is_refused(place):
    shop = Shop(place)
    shop.consent("authorize", "shop", "--select", "all", advertisers=[MUGS, HATS])
    old = shop.latest()
    shop.consent("reconnect", "shop", MUGS)
    good = shop.latest()
    mine, hats = good[f"shop|{MUGS}"], good[f"shop|{HATS}"]
    middle = len(mine["token"]) // 2

    def message(record, key=f"shop|{MUGS}"):
        """What is said of the account when this is its latest record; then all is as it was."""
        shop.put(key, record)
        said = shop.listed()[("shop", MUGS)]["message"]
        shop.put(key, good[key])
        return said
    check("does not open: it was changed or cut" in message({**mine, "token": mine["token"][:-7]}), "cut")
    flipped = mine["token"][:middle] + ("A" if mine["token"][middle] != "A" else "B") + mine["token"][middle + 1:]
    check("does not open" in message({**mine, "token": flipped}), "changed")
    check("does not open" in message({**mine, "token": hats["token"]}), "another account's token")
    check("stands under the key" in message(hats), "a record copied under another key")
    check("generation 1, but 2 has been seen" in message(old[f"shop|{MUGS}"]), "an old record")
    check("says generation 3, but its token was sealed as 2" in message({**mine, "generation": 3}), "another generation")
    # A right one counts again only if it is as new as what was seen: the last record said 3.
    check("generation 2, but 3 has been seen" in shop.listed()[("shop", MUGS)]["message"], "seen is seen")
    shop.consent("reconnect", "shop", MUGS)
    equal(shop.listed()[("shop", MUGS)]["message"], None)
    equal(shop.latest()[f"shop|{MUGS}"]["generation"], 4)
    shop.put(f"shop|{HATS}", {**hats, "token": "v1.k1.AAAA"})
    out, err = shop.run("disconnect", "shop", HATS, expect=None)
    equal(shop.latest()[f"shop|{HATS}"], None, "what cannot be opened can be ended")
    # The wrong bytes under the right id.
    shop.write_key("k1")
    check("another key under the id k1" in shop.listed()[("shop", MUGS)]["message"], "a wrong key")


# --- secrets --------------------------------------------------------------------------------------------------------------------------------

def test_no_secret_is_seen_while_a_command_runs(place):
    shop = Shop(place)
    cores = os.path.join(place.dir, "cores")
    os.makedirs(cores)
    process, url = shop.begin("authorize", "shop", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    limits = open(f"/proc/{process.pid}/limits").read()
    equal(re.search(r"Max core file size\s+(\d+)\s+(\d+)", limits).groups(), ("1", "1"), "no core, neither as a file nor through a pipe")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = open(f"/proc/{pid}/cmdline", "rb").read()
        except OSError:
            continue
        check(not any(hidden in said for hidden in shop.hidden), f"argv of {pid} holds a secret")
    process.send_signal(signal.SIGABRT)
    process.communicate(timeout=20)
    equal(process.returncode, -signal.SIGABRT)
    check(not [f for f in glob.glob(os.path.join(place.dir, "core*")) if f != cores], "a core was left")
    # TikTok is told of the secret where its API wants it and nowhere else; the code stands in no URL that we call.
    shop.consent("authorize", "shop", advertisers=[MUGS])
    asked = shop.tiktok.requests(bodies=1)
    equal([r["path"].split("v1.3")[1] for r in asked if "oauth2" in r["path"]], ["/oauth2/access_token/", "/oauth2/advertiser/get/"])
    equal([leak for leak in shop.tiktok.leaks() if "access_token" not in json.dumps(leak)], [], "what leaked to the stand-in")
    shop.check_nothing_leaked()


# --- the events sink with a connected account -----------------------------------------------------------------------------------------------

def test_the_sink_takes_the_token_of_the_connection(place):
    shop = Shop(place)
    tiktok, pixel = shop.tiktok, "C4EXAMPLE0PIXEL0CODE"
    tiktok.switch(app_per_second=None, advertiser_per_second=None)
    place.settings["events_sink"] = {"workers": 1, "commit_interval": "100ms", "endpoint": tiktok.base, "batch_age": "50ms", "app_rate": 1000, "advertiser_rate": 1000}
    goal = {"name": "purchase", "source": "orders", "model": "linear", "only_first_conversion": False, "export": "per_credit", "export_delay": "1s"}
    place.settings["tenants"] = [{"id": "shop", "goals": [goal], "tiktok": {"advertiser_id": MUGS, "pixel_code": pixel}}]
    shop.config = place.config()
    shop.consent("authorize", "shop", advertisers=[MUGS])
    place.start("a")
    place.start("sink", arguments=("run", "events-sink"))

    def order(i):
        at, owner = int(time.time() * 1000) - 3_600_000, {"tenant": "shop", "user": f"u{i}"}
        place.publish("clicks", [owner | {"event_time": at, "ttclid": f"E.C.P.{i}", "advertiser_id": MUGS}])
        place.publish("orders", [owner | {"order_id": f"o{i}", "status": "placed", "status_time": at + 10, "placed_at": at + 10, "value": "20.00", "currency": "EUR",
                                          "context": {"page_url": "https://shop.example/thanks"}}])

    def sent():
        return {e["event"]["user"]["ttclid"] for e in tiktok.events()}

    def where():
        return "events; sent: " + repr(sent()) + "".join(p.tail(8) for p in place.processes[1:])
    order(1)
    wait_for(where, lambda: sent() == {"E.C.P.1"}, 60)
    # Revoked at TikTok: paused. Connected again: what waited is sent, without a restart.
    tiktok.revoke("oauth-1")
    order(2)
    wait_for(lambda: "a pause" + where(), lambda: any(r.json["verdict"] == "paused" for r in place.read("export-results")), 60)
    shop.consent("reconnect", "shop", MUGS)
    wait_for(where, lambda: sent() == {"E.C.P.1", "E.C.P.2"}, 60)
    # A tombstone pauses, too.
    shop.run("disconnect", "shop", MUGS)
    order(3)
    wait_for(lambda: "a pause" + where(), lambda: any(r.json["verdict"] == "paused" and r.json["conversion_id"] == "o3" for r in place.read("export-results")), 60)
    paused = [r.json for r in place.read("export-results") if r.json["verdict"] == "paused" and r.json["conversion_id"] == "o3"]
    check("connections authorize shop" in (paused[0]["message"] or ""), f"it says what to do: {paused}")
    equal(sent(), {"E.C.P.1", "E.C.P.2"})
    sink = place.processes[-1]
    limits = open(f"/proc/{sink.process.pid}/limits").read()
    equal(re.search(r"Max core file size\s+(\d+)", limits)[1] in ("0", "1"), True, "the sink leaves no core")
    shop.check_nothing_leaked()


harness.main(__name__, __doc__)
