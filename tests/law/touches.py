# SPDX-License-Identifier: Apache-2.0
"""Landings, and which of them are touchpoints of a conversion: sections 1 (flood) and 5 of docs/attribution.md."""
from __future__ import annotations

from dataclasses import dataclass, replace

from placeholders import from_url, is_macro, parameters, present
from settings import Goal

HOUR = 3_600_000
FLOOD = 100


@dataclass(frozen=True)
class Landing:
    time: int
    identity: str
    has_ttclid: bool
    channel: str
    advertiser_id: str | None = None
    campaign_id: str | None = None
    adgroup_id: str | None = None
    ad_id: str | None = None

    @property
    def order(self) -> tuple[int, bytes]:
        return self.time, self.identity.encode()

    @property
    def attributes(self) -> tuple:
        """Sorts as rules say: absent last, ttclid first among equals."""
        ids = (self.channel, self.advertiser_id, self.campaign_id, self.adgroup_id, self.ad_id)
        return tuple((text is None, (text or "").encode()) for text in ids) + (not self.has_ttclid,)


def click_landing(click: dict) -> Landing | None:
    """None if nothing identifies the click."""
    url = parameters(click["landing_url"])
    ttclid = present(click["ttclid"]) or from_url(url, "ttclid")
    identity = ttclid or present(click["touch_id"])
    if not identity:
        return None
    return Landing(
        click["event_time"], identity, ttclid is not None, present(click["channel"]) or "tiktok",
        present(click["advertiser_id"]) or from_url(url, "advertiser_id"),
        present(click["campaign_id"]) or from_url(url, "campaign_id", "utm_id"),
        present(click["adgroup_id"]) or from_url(url, "adgroup_id", "ad_group_id"),
        present(click["ad_id"]) or from_url(url, "ad_id"))


def saw_macro(click: dict) -> bool:
    in_url = parameters(click["landing_url"]).get("ttclid", [])
    return any(is_macro(text) for text in [click["ttclid"], click["touch_id"], *in_url])


def merge_equal(landings: list[Landing]) -> list[Landing]:
    """One landing per (time, identity), in order."""
    best: dict[tuple, Landing] = {}
    for landing in landings:
        held = best.get(landing.order)
        if held is None or landing.attributes < held.attributes:
            best[landing.order] = landing
    return [best[key] for key in sorted(best)]


def after_flood(landings: list[Landing]) -> list[Landing]:
    """A user's landings that exist: of each UTC hour the smallest distinct (time, identity)."""
    kept, taken = [], {}
    for landing in merge_equal(landings):
        hour = landing.time // HOUR
        taken[hour] = taken.get(hour, 0) + 1
        if taken[hour] <= FLOOD:
            kept.append(landing)
    return kept


def own_landing(ttclid: str, time: int, known: list[Landing]) -> Landing:
    """The conversion's own click, with the attributes of a known landing of that identity if there is one."""
    same = [landing for landing in known if landing.identity == ttclid]
    model = next((landing for landing in same if landing.time == time), same[0] if same else None)
    if model is None:
        return Landing(time, ttclid, True, "tiktok")
    return replace(model, time=time, has_ttclid=True)


def existing_landings(known: list[Landing], T: int, max_lookback: int, own: tuple[str, int] | None) -> list[Landing]:
    """Steps 1 and 2; `known` are the user's landings after the flood rule, in order."""
    start = T - 2 * max_lookback
    found = [landing for landing in known if start <= landing.time <= T]
    if own and start <= own[1] <= T:
        mine = own_landing(*own, found)
        found = [landing for landing in found if landing.order != mine.order] + [mine]
    return sorted(found, key=lambda landing: landing.order)


def without_repeats(landings: list[Landing], max_lookback: int) -> list[Landing]:
    last: dict[str, int] = {}
    kept = []
    for landing in landings:
        before = last.get(landing.identity)
        if before is None or before < landing.time - max_lookback:
            kept.append(landing)
        last[landing.identity] = landing.time
    return kept


@dataclass(frozen=True)
class Touchpoints:
    eligible: list[Landing]
    outside: bool
    truncated: bool


def touchpoints(known: list[Landing], T: int, goal: Goal, max_lookback: int, own: tuple[str, int] | None) -> Touchpoints:
    landings = existing_landings(known, T, max_lookback, own)
    touches = [x for x in without_repeats(landings, max_lookback) if not goal.channels or x.channel in goal.channels]
    eligible = [x for x in touches if 0 <= T - x.time <= goal.lookback]
    outside = any(goal.lookback < T - x.time <= 2 * max_lookback for x in touches)
    return Touchpoints(eligible[-goal.max_touchpoints:], outside, len(eligible) > goal.max_touchpoints)


def group_of(landing: Landing, group: str):
    """Group of the participation model."""
    if group == "click":
        return landing.identity
    if group == "channel":
        return landing.channel
    return landing.channel, getattr(landing, f"{group}_id")
