# SPDX-License-Identifier: Apache-2.0
"""Connections of advertiser accounts as the `connections` commands would write them, and what spend-ingest says of them.

    connections = Connections(place, tiktok)          # sets up place.settings for spend-ingest against the stand-in
    connections.connect("7000000000000000001")        # active, with the stand-in's token "all"
    connections.disconnect("7000000000000000001")
"""
import base64
import os
import time

import avro_codec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID, TENANT, APP = "test", "shop", "7100000000000000001"


def sealed(key, tenant, advertiser, clear):
    """As crypto/seal.h has it: v1.KEYID.base64url(nonce | ciphertext | tag), bound to tenant and advertiser."""
    nonce = os.urandom(12)
    bound = b"v1." + b"".join(bytes([len(text)]) + text for text in (KEY_ID.encode(), tenant.encode(), advertiser.encode()))
    box = AESGCM(key).encrypt(nonce, clear.encode(), bound)
    return f"v1.{KEY_ID}." + base64.urlsafe_b64encode(nonce + box).decode().rstrip("=")


class Connections:
    def __init__(self, place, tiktok, **ingest):
        self.place, self.tiktok, self.key, self.generations = place, tiktok, os.urandom(32), {}
        path = os.path.join(place.dir, "seal-key")
        with open(path, "w") as f:
            f.write(self.key.hex())
        place.settings["seal"] = {"keys": {KEY_ID: "${file:" + path + "}"}}
        place.settings["marketing_api"] = {"endpoint": tiktok.base, "app_id": APP, "app_rate": 1000, "advertiser_rate": 1000, "request_timeout": "5s"}
        place.settings["spend_ingest"] = {"commit_interval": "100ms", **ingest}

    def connect(self, advertiser, tenant=TENANT, token="all", state="active", generation=None, text=None):
        """A new authorisation, unless `generation` says which."""
        key = f"{tenant}|{advertiser}"
        generation = generation or self.generations.get(key, 0) + 1
        self.generations[key] = max(generation, self.generations.get(key, 0))
        now = int(time.time() * 1000)
        clear = f"{generation} {text or self.tiktok.token(token)}"
        record = {"tenant": tenant, "advertiser_id": advertiser, "state": state, "generation": generation, "grant_id": f"g-{token}", "app_id": APP,
                  "name": None, "scope": None, "token": None if state == "erasing" else sealed(self.key, tenant, advertiser, clear),
                  "authorized_at": now, "changed_at": now}
        self.place.publish("connections", [avro_codec.encode_single_object("Connection", record)], key=key.encode())

    def erase(self, advertiser, tenant=TENANT):
        self.connect(advertiser, tenant, state="erasing", generation=self.generations[f"{tenant}|{advertiser}"])

    def disconnect(self, advertiser, tenant=TENANT):
        self.place.publisher.send(self.place.topic("connections"), f"{tenant}|{advertiser}".encode(), None)
        self.place.publisher.flush()

    # --- what is published ---------------------------------------------------------------------------------------------------------------

    def latest(self, topic):
        """By key; what was deleted is not there."""
        found = {}
        for record in self.place.read(topic):
            found[record.key.decode()] = record.json
        return {key: value for key, value in found.items() if value is not None}

    def statuses(self):
        return self.latest("sync-status")

    def status(self, advertiser, tenant=TENANT):
        return self.statuses().get(f"{tenant}|{advertiser}")

    def rows(self):
        return self.latest("report-snapshots")

    def entities(self):
        return self.latest("ad-entities")
