# SPDX-License-Identifier: Apache-2.0
"""Who exists: apps, advertisers, the sources of their events, tokens with what they may operate, and people with their clear values."""
import copy
import json
import re

import report_data
from accounts import Account
from events_names import SOURCES
from structure import tree_of

ORDER = {"path": "/open_api/v1.3/order/sync/", "method": "POST", "token_header": "Access-Token", "names": {}, "success": 0,
         "refused": 40002, "ttoclid_path": "ttoclid", "merchants": None}
KEYS = {"apps", "advertisers", "sources", "tokens", "people", "external_id", "order"}
TOKEN_KEYS = {"name", "token", "app_id", "advertisers", "sources"}
KIND = {"web": re.compile(r"(?=[0-9]*[A-Z])[0-9A-Z]{10,40}").fullmatch, **dict.fromkeys(("app", "offline", "crm"),
                                                                                         re.compile(r"[0-9]{1,20}").fullmatch)}


class Token:
    """`lives`: how many more requests it allows, None for as many as wanted. `sources`: None for all of its advertisers."""

    def __init__(self, about, world):
        if not (TOKEN_KEYS - {"sources"} <= about.keys() <= TOKEN_KEYS):
            raise ValueError(f"a token has {sorted(TOKEN_KEYS)}, not {sorted(about)}")
        self.name, self.text, self.app_id = about["name"], about["token"], about["app_id"]
        self.advertisers, self.sources = set(about["advertisers"]), set(about["sources"]) if "sources" in about else None
        self.lives = None
        if self.app_id not in world.apps or not self.advertisers <= world.advertisers.keys():
            raise ValueError(f"the token {self.name} names an app or an advertiser that does not exist")

    def may(self, source_id, advertiser):
        return advertiser in self.advertisers and (self.sources is None or source_id in self.sources)

    def show(self):
        return {"name": self.name, "app_id": self.app_id, "advertisers": sorted(self.advertisers), "revoked": self.lives == 0,
                "sources": None if self.sources is None else sorted(self.sources)}


class World:
    def __init__(self, about):
        self.apps, self.advertisers, self.people, self.tokens, self.accounts = {}, {}, [], {}, {}
        self.sources = {source: {} for source in SOURCES}
        self.order, self.external_id = copy.deepcopy(ORDER), "trim"
        self.add(about)

    def add(self, about):
        sources, order = about.get("sources", {}), about.get("order", {})
        if not (about.keys() <= KEYS and sources.keys() <= set(SOURCES) and order.keys() <= ORDER.keys()):
            raise ValueError(f"a world has {sorted(KEYS)}; sources are of {SOURCES}; an order has {sorted(ORDER)}")
        self.apps.update({app["app_id"]: app for app in about.get("apps", [])})
        for advertiser in about.get("advertisers", []):
            self.add_advertiser(advertiser)
        for source, owners in sources.items():
            self.add_sources(source, owners)
        for token in about.get("tokens", []):
            self.add_token(token)
        self.people = self.people + about.get("people", [])
        self.order.update(order)
        self.external_id = about.get("external_id", self.external_id)
        if self.external_id not in ("trim", "lower"):
            raise ValueError("external_id is trim or lower")

    def add_advertiser(self, about):
        """An advertiser of the same id takes the place of the one before."""
        known = self.accounts.get(about["advertiser_id"])
        account = Account(about, known.place if known else len(self.accounts))
        if "raw" in about:
            report_data.given(account, tree_of(account).levels["ad"])  # refuses wrong rows before anything is changed
        self.accounts[account.id], self.advertisers[account.id] = account, about

    def add_sources(self, source, owners):
        for source_id, advertiser in owners.items():
            if not KIND[source](source_id) or advertiser not in self.advertisers:
                raise ValueError(f"{source_id} is no id of {source}, or its advertiser {advertiser} does not exist")
        self.sources[source].update(owners)

    def add_token(self, about):
        token = Token(about, self)
        if token.text in self.tokens or any(t.name == token.name for t in self.tokens.values() if t.lives != 0):
            raise ValueError(f"there is a token {token.name} already, or one with its text")
        self.tokens[token.text] = token

    def token_named(self, name):
        """The newest of that name."""
        found = [t for t in self.tokens.values() if t.name == name]
        if not found:
            raise ValueError(f"there is no token {name}")
        return found[-1]

    def show(self):
        return {"apps": sorted(self.apps), "advertisers": list(self.advertisers.values()), "sources": self.sources, "order": self.order,
                "tokens": [t.show() for t in self.tokens.values()]}


def load(path):
    with open(path, encoding="utf-8") as f:
        return World(json.load(f))
