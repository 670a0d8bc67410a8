# SPDX-License-Identifier: Apache-2.0
"""A shop whose records never stop: clicks, orders with histories, conversions; some late, some twice. And the oracle's word on a whole topic."""
import time

import kafka_tool
from check import Observed, Options, check_law
from harness import INPUTS, Failed, check
from oracle import Prediction, predict

MINUTE, HOUR = 60_000, 3_600_000

GOALS = [
    {"name": "purchase", "source": "orders", "model": "linear", "only_first_conversion": False},
    {"name": "first", "source": "orders", "lookback": "3d", "participation_group": "campaign"},
    {"name": "kept", "source": "orders", "model": "time_decay", "half_life": "12h", "value_basis": "net", "only_first_conversion": False},
    {"name": "lead", "source": "conversions", "event": "Lead", "model": "position_based", "lookback": "1d", "first_scope": "2d"},
]


class Shop:
    """Event time runs a minute per record, so that a few thousand records span days (a slower `pace_ms` for more than 25,000: the future is
    refused); lateness stays below a day."""

    def __init__(self, rng, users=60, tenant="shop", pace_ms=MINUTE):
        self.rng, self.tenant, self.pace_ms = rng, tenant, pace_ms
        self.users = [f"u{i}" for i in range(users)]
        self.now = int(time.time() * 1000) - 20 * 24 * HOUR
        self.count, self.open_orders = 0, []

    def owner(self):
        return {"tenant": self.tenant, "user": self.rng.choice(self.users)}

    def when(self):
        late = self.rng.choice([0] * 8 + [self.rng.randrange(HOUR), self.rng.randrange(20 * HOUR)])
        return self.now - late

    def click(self):
        rng = self.rng
        record = self.owner() | {"event_time": self.when(), "ttclid": f"c{rng.randrange(400)}", "advertiser_id": rng.choice(["a1", "a2"]),
                                 "campaign_id": rng.choice(["k1", "k2", "k3"])}
        if rng.random() < 0.2:
            record["channel"] = "email"
        return "clicks", record

    def order(self):
        self.count += 1
        placed = self.when()
        base = self.owner() | {"order_id": f"o{self.count}", "placed_at": placed, "currency": "EUR",
                               "value": f"{self.rng.randrange(1, 300)}.{self.rng.randrange(100):02d}"}
        self.open_orders.append(base)
        return "orders", base | {"status": "placed", "status_time": placed, "context": {"shop_id": "pe"}}

    def status(self):
        base = self.rng.choice(self.open_orders[-40:])
        status = self.rng.choice(["confirmed", "shipped", "delivered", "cancelled", "refunded"])
        more = {"refunded": "0.50"} if self.rng.random() < 0.3 else {}
        return "orders", base | {"status": status, "status_time": max(base["placed_at"], self.when())} | more

    def conversion(self):
        self.count += 1
        name = f"v{self.rng.randrange(self.count) if self.rng.random() < 0.1 else self.count}"
        return "conversions", self.owner() | {"conversion_id": name, "event": "Lead", "event_time": self.when(), "value": "5.00", "currency": "USD"}

    def records(self, count):
        """`count` records as (topic, record), a few of them twice."""
        for _ in range(count):
            self.now += self.pace_ms
            kinds = [self.click] * 6 + [self.order] * 2 + [self.status] * (2 if self.open_orders else 0) + [self.conversion]
            topic, record = self.rng.choice(kinds)()
            yield topic, record
            if self.rng.random() < 0.05:
                yield topic, record

    def publish(self, place, count):
        by_topic = {}
        for topic, record in self.records(count):
            by_topic.setdefault(topic, []).append(record)
        for topic, records in by_topic.items():
            place.publish(topic, records)


def predicted(place, config_file):
    """What F says of everything in the input topics: shard by shard, as streams are by partition."""
    with open(config_file) as f:
        text = f.read()
    shards = {}
    for topic in INPUTS:
        for record in place.read(topic):
            shards.setdefault(record.partition, {t: [] for t in INPUTS})[topic].append(record.value)
    whole = Prediction({}, [], set())
    for lines in shards.values():
        part = predict(text, lines)
        whole.outputs.update(part.outputs)
        whole.dead_letters.extend(part.dead_letters)
        whole.unjudged |= part.unjudged
    return whole


def check_committed(place):
    """No transaction is open: both isolation levels see the same ends."""
    topics = [place.topic("attributed-conversions"), place.topic("attribution-credits")]
    kinds = [kafka_tool.ends(place.broker.address, topics, {"isolation.level": level}) for level in ("read_committed", "read_uncommitted")]
    check(kinds[0] == kinds[1], f"a transaction is open: stable ends {kinds[0]}, ends {kinds[1]}")


def check_all(place, config_file):
    """The law over everything that was published: nothing lost, nothing twice, deltas add up, `previous` is what was before."""
    prediction = predicted(place, config_file)
    observed = Observed(place.outputs(), [r.json for r in place.read("attribution-credits")], [])
    check(not prediction.dead_letters, f"the shop made records that are dead letters: {prediction.dead_letters[:3]}")
    check(not place.dead_letters(), f"dead letters: {[d.headers for d in place.dead_letters()[:3]]}")
    failures = check_law(prediction, observed, Options(fingerprints=True, unjudged=prediction.unjudged))
    if failures:
        raise Failed(f"{len(failures)} differences from the law:\n" + "\n".join(str(f) for f in failures[:12]))
    check_committed(place)
    return len(prediction.outputs), len(observed.outputs)
