# SPDX-License-Identifier: Apache-2.0
"""Campaigns, ad groups and ads of an account, made from a few numbers of the world, and the three endpoints that read them."""
import copy

import params
from clock import stamp
from envelope import Reply, invalid

LEVELS = ("campaign", "adgroup", "ad")
TIME = "%Y-%m-%d %H:%M:%S"
QUOTED = 'Summer "sale" \U0001f3d6\ufe0f; été, L\'Île'
STATUSES = ("STATUS_NOT_DELETE", "STATUS_ALL", "STATUS_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_NOT_DELIVERY",
            "STATUS_TIME_DONE", "STATUS_RF_CLOSED", "STATUS_FROZEN")
COMMON = {"operation_status": "ENABLE", "is_smart_performance_campaign": False, "is_new_structure": True}
FIELDS = {
    "campaign": {"campaign_type": "REGULAR_CAMPAIGN", "objective_type": "WEB_CONVERSIONS", "objective": "LANDING_PAGE",
                 "virtual_objective_type": None, "sales_destination": "WEBSITE", "budget": 500, "budget_mode": "BUDGET_MODE_DAY",
                 "budget_optimize_on": False, "bid_type": None, "roas_bid": 0, "campaign_system_origin": "TT_ADS_PLATFORM",
                 "buying_type": "AUCTION", **COMMON},
    "adgroup": {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": ["PLACEMENT_TIKTOK"], "location_ids": ["3017382"],
                "zipcode_ids": [], "languages": ["fr"], "gender": "GENDER_UNLIMITED", "age_groups": ["AGE_25_34", "AGE_35_44"],
                "audience_ids": [],
                "excluded_audience_ids": [], "interest_category_ids": ["15"], "operating_systems": [], "network_types": [],
                "device_model_ids": [], "household_income": [], "spending_power": "ALL", "budget": 50.5, "budget_mode": "BUDGET_MODE_DAY",
                "bid_type": "BID_TYPE_CUSTOM", "bid_price": 0, "conversion_bid_price": 12.25, "deep_cpa_bid": 0, "roas_bid": 0,
                "billing_event": "OCPM", "pacing": "PACING_MODE_SMOOTH", "schedule_type": "SCHEDULE_FROM_NOW",
                "schedule_start_time": "2025-01-01 00:00:00", "schedule_end_time": "2035-01-01 00:00:00", "dayparting": "1" * 336,
                "optimization_goal": "CONVERT", "optimization_event": "ON_WEB_ORDER", "pixel_id": None, "promotion_type": "WEBSITE",
                "click_attribution_window": "SEVEN_DAYS", "engaged_view_attribution_window": "ONE_DAY",
                "view_attribution_window": "ONE_DAY", "attribution_event_count": "EVERY", **COMMON},
    "ad": {"ad_format": "SINGLE_VIDEO", "creative_type": None, "ad_text": "Our mugs, your coffee", "ad_texts": None,
           "call_to_action": "SHOP_NOW", "call_to_action_id": None, "video_id": "v10033g50000c0example", "image_ids": ["ad-site-i18n/1"],
           "music_id": None, "tiktok_item_id": None, "landing_page_url": "https://shop.example/mugs", "utm_params": [], "deeplink": "",
           "identity_type": "CUSTOMIZED_USER", "identity_id": "6900000000000000001", "display_name": "Shop", "profile_image_url": None,
           "click_tracking_url": None, "impression_tracking_url": None, "tracking_pixel_id": None, **COMMON},
}
TEXTS = {f: f for f in ("objective_type", "secondary_status", "optimization_goal", "campaign_type", "promotion_type")}
LISTS = {"buying_types": "buying_type", "campaign_system_origins": "campaign_system_origin", "billing_events": "billing_event"}
FLAGS = {"is_smart_performance_campaign": "is_smart_performance_campaign"}
NAMES = {"campaign_name": "campaign_name", "adgroup_name": "adgroup_name"}


class Thing:
    """A campaign, ad group or ad. `of`: itself and what it belongs to, by level. `time`: when it was made."""

    def __init__(self, level, number, fields, parent, time):
        self.level, self.number, self.fields, self.parent, self.time, self.deleted = level, number, fields, parent, time, False
        self.id = fields[f"{level}_id"]
        self.of = {**(parent.of if parent else {}), level: self}

    @property
    def is_deleted(self):
        return any(thing.deleted for thing in self.of.values())

    @property
    def primary_status(self):
        if self.is_deleted:
            return "STATUS_DELETE"
        return "STATUS_DELIVERY_OK" if self.fields["operation_status"] == "ENABLE" else "STATUS_DISABLE"

    def value(self, field):
        if field == "secondary_status":
            return f"{self.level.upper()}_STATUS_{'DELETE' if self.is_deleted else self.fields['operation_status']}"
        for thing in self.of.values():
            if field in (f"{thing.level}_id", f"{thing.level}_name"):
                return thing.fields[field]
        return self.fields[field]

    def names(self):
        parents = [f"{level}_{what}" for level in self.of for what in ("id", "name")]
        return list(dict.fromkeys([*parents, *self.fields, "secondary_status"]))


class Tree:
    """All of one account. The first campaign has no budget and a name that is hard to carry; the second ad has no modify_time."""

    def __init__(self, account):
        sizes = account.sizes
        self.account, self.levels = account, {level: [] for level in LEVELS}
        for _ in range(sizes["campaigns"]):
            campaign = self.add("campaign", None)
            for _ in range(sizes["adgroups"]):
                adgroup = self.add("adgroup", campaign)
                for _ in range(sizes["ads"]):
                    self.add("ad", adgroup)
        self.mark(sizes)
        self.name(account.about.get("named", {}))
        self.by_id = {thing.id: thing for things in self.levels.values() for thing in things}

    def add(self, level, parent):
        number = len(self.levels[level])
        time = self.account.about["create_time"] + {"campaign": 60, "adgroup": 600, "ad": 3600}[level] * (number + 1)
        made = {f"{level}_id": f"17{LEVELS.index(level) + 1}{self.account.place:05d}{number:010d}", f"{level}_name": f"{level} {number}",
                "advertiser_id": self.account.id, "create_time": stamp(time, TIME), "modify_time": stamp(time + 60, TIME)}
        thing = Thing(level, number, {**made, **copy.copy(FIELDS[level])}, parent, time)
        self.levels[level].append(thing)
        return thing

    def mark(self, sizes):
        campaigns, ads = self.levels["campaign"], self.levels["ad"]
        if campaigns:
            campaigns[0].fields.update(campaign_name=QUOTED, budget=None)
        if len(ads) > 1:
            del ads[1].fields["modify_time"]
        for thing in campaigns[len(campaigns) - sizes["deleted_campaigns"]:] + ads[len(ads) - sizes["deleted_ads"]:]:
            thing.deleted = True

    def name(self, named):
        """Ids and names of the world's own, by level, the first ones first. TikTok's ids are numbers; these are for people to read."""
        for level, given in named.items():
            for thing, (own_id, own_name) in zip(self.levels[level], given, strict=True):
                thing.id = thing.fields[f"{level}_id"] = own_id
                thing.fields[f"{level}_name"] = own_name

    def change(self, wanted, now):
        """One change of a test: {"id": …, "set": {field: value}} and/or {"id": …, "deleted": true}."""
        thing = self.by_id[wanted["id"]]
        unknown = wanted.get("set", {}).keys() - thing.fields.keys()
        if unknown or not wanted.keys() <= {"advertiser_id", "id", "set", "deleted"}:
            raise ValueError(f"a change has advertiser_id, id, set and deleted; no field {sorted(unknown)}")
        thing.fields.update(wanted.get("set", {}), modify_time=stamp(now, TIME))
        thing.deleted = bool(wanted.get("deleted", thing.deleted))
        return {field: thing.value(field) for field in thing.names()}


def tree_of(account):
    """Made when it is first asked for. The caller holds the stand-in's lock."""
    if account.tree is None:
        account.tree = Tree(account)
    return account.tree


def has_status(thing, status):
    return status == "STATUS_ALL" or (not thing.is_deleted if status == "STATUS_NOT_DELETE" else thing.primary_status == status)


class Filter:
    """`filtering` of one request, compiled to tests. A key that the level does not have is refused."""

    def __init__(self, level, wanted):
        if type(wanted) is not dict:
            raise invalid("filtering", "not a JSON object")
        self.level, self.asked = level, params.Params(wanted)
        self.status = self.asked.one_of("primary_status", STATUSES, STATUSES[0])
        self.tests = [lambda thing: has_status(thing, self.status)]
        for key in wanted:
            if key != "primary_status":
                self.tests.append(self.test(key))

    def test(self, key):
        upper = LEVELS[:LEVELS.index(self.level) + 1]
        asked, fields = self.asked, FIELDS[self.level]
        if key.removesuffix("_ids") in upper and key.endswith("_ids"):
            ids, level = set(self.ids(key)), key.removesuffix("_ids")
            return lambda thing: thing.of[level].id in ids
        if key.removesuffix("_name") in upper and key in NAMES:
            part = asked.text(key).lower()
            return lambda thing: part in thing.value(key).lower()
        if key in LISTS and LISTS[key] in fields:
            values = asked.texts(key)
            return lambda thing: thing.value(LISTS[key]) in values
        if key in FLAGS:
            flag = asked.flag(key)
            return lambda thing: thing.value(FLAGS[key]) is flag
        if key in TEXTS and (key in fields or key == "secondary_status"):
            text = asked.text(key)
            return lambda thing: thing.value(key) == text
        if key in ("creation_filter_start_time", "creation_filter_end_time"):
            return self.test_time(key, asked.text(key))
        raise invalid(f"filtering.{key}", "no filter of this level")

    def test_time(self, key, text):
        if len(text) != 19 or text[10] != " ":
            raise invalid(f"filtering.{key}", "not a time of the form YYYY-MM-DD HH:MM:SS")
        params.day_of(f"filtering.{key}", text[:10])
        if key == "creation_filter_start_time":
            return lambda thing: thing.fields["create_time"] >= text
        return lambda thing: thing.fields["create_time"] <= text

    def ids(self, key):
        return self.asked.ids(key, 100)

    def passes(self, thing):
        return all(test(thing) for test in self.tests)


def fields_of(asked, things, level):
    """The fields that are wanted, all of the level if none are named."""
    wanted = asked.texts("fields", default=None)
    known = {*FIELDS[level], "advertiser_id", "create_time", "modify_time", "secondary_status"}
    known |= {f"{upper}_{what}" for upper in LEVELS[:LEVELS.index(level) + 1] for what in ("id", "name")}
    for field in wanted or ():
        if field not in known:
            raise invalid("fields", f"no field {field}")
    return wanted


def shown(thing, wanted, without_null):
    has = thing.names()
    found = {field: thing.value(field) for field in (has if wanted is None else [f for f in wanted if f in has])}
    return {k: v for k, v in found.items() if v is not None} if without_null else found


def reader(level):
    def get(call):
        asked = params.QueryParams(call)
        account = params.reach(call, asked.id("advertiser_id"))
        wanted, chosen = fields_of(asked, LEVELS, level), Filter(level, asked.of_json("filtering", {}))
        page, page_size = asked.integer("page", 1, 1, 2**31), asked.integer("page_size", 10, 1, 1000)
        without_null = asked.texts("exclude_field_types_in_response", default=None)
        if without_null not in (None, ["NULL_FIELD"]):
            raise invalid("exclude_field_types_in_response", "not NULL_FIELD")
        with call.app.lock:
            things = [thing for thing in reversed(tree_of(account).levels[level]) if chosen.passes(thing)]
            things, page_info = params.paged(things, page, page_size, call.app.switches)
            found = [shown(thing, wanted, without_null) for thing in things]
        return Reply(data={"list": found, "page_info": page_info})
    return get


def change(app, wanted):
    return tree_of(app.world.accounts[wanted["advertiser_id"]]).change(wanted, app.clock.now())


ROUTES = {f"/open_api/v1.3/{level}/get/": ("GET", reader(level)) for level in LEVELS}
