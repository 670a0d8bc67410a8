# SPDX-License-Identifier: Apache-2.0
"""Metrics by name: what is computed from the sums and how it is written, attributes by level, and names without data here."""
import zlib

from report_data import AMOUNTS, CLICKS, CONVERSIONS, CTA, IMPRESSIONS, LIVE_CONVERSIONS, SPEND, VALUE, VTA

LEVELS = ("advertiser", "campaign", "adgroup", "ad")
COUNTS = {"impressions": IMPRESSIONS, "gross_impressions": IMPRESSIONS, "clicks": CLICKS, "conversion": CONVERSIONS, "result": CONVERSIONS,
          "complete_payment": CONVERSIONS, "vta_conversion": VTA, "cta_conversion": CTA, "real_time_conversion": LIVE_CONVERSIONS,
          "real_time_result": LIVE_CONVERSIONS}
MONEY = {"spend": SPEND, "billed_cost": SPEND, "cash_spend": SPEND, "total_complete_payment_rate": VALUE}
RATIOS = {  # name: (above, below, times)
    "cpc": (SPEND, CLICKS, 1), "cpm": (SPEND, IMPRESSIONS, 1000), "cost_per_conversion": (SPEND, CONVERSIONS, 1),
    "cost_per_result": (SPEND, CONVERSIONS, 1), "cost_per_complete_payment": (SPEND, CONVERSIONS, 1),
    "cost_per_vta_conversion": (SPEND, VTA, 1), "cost_per_cta_conversion": (SPEND, CTA, 1),
    "real_time_cost_per_conversion": (SPEND, LIVE_CONVERSIONS, 1), "value_per_complete_payment": (VALUE, CONVERSIONS, 1),
    "ctr": (CLICKS, IMPRESSIONS, 100), "conversion_rate": (CONVERSIONS, CLICKS, 100), "conversion_rate_v2": (CONVERSIONS, CLICKS, 100),
    "complete_payment_rate": (CONVERSIONS, CLICKS, 100), "result_rate": (CONVERSIONS, IMPRESSIONS, 100),
    "real_time_conversion_rate": (LIVE_CONVERSIONS, CLICKS, 100), "real_time_conversion_rate_v2": (LIVE_CONVERSIONS, CLICKS, 100),
    "complete_payment_roas": (VALUE, SPEND, 1)}
WITHOUT = set("""voucher_spend reach cost_per_1000_reached frequency secondary_goal_result engaged_view_through_conversions
    cost_per_engaged_view_through_conversion vta_app_install cta_app_install evta_app_install vta_registration cta_registration
    evta_registration vta_purchase cta_purchase evta_purchase vta_complete_payment cost_per_vta_payments_completed evta_payments_completed
    cost_per_evta_payments_completed vta_complete_payment_value vta_complete_payment_roas web_event_add_to_cart
    total_web_event_add_to_cart_value initiate_checkout total_initiate_checkout_value total_landing_page_view total_purchase
    total_purchase_value view_content total_view_content video_play_actions video_watched_2s video_watched_6s video_views_p25
    video_views_p50 video_views_p75 video_views_p100 average_video_play engaged_view
    likes comments shares follows profile_visits""".split())
ATTRIBUTES = {
    "advertiser": {"advertiser_name": "name", "advertiser_id": "advertiser_id", "currency": "currency"},
    "campaign": {"campaign_name": "campaign_name", "campaign_id": "campaign_id", "objective_type": "objective_type",
                 "campaign_budget": "budget", "campaign_dedicate_type": "campaign_type"},
    "adgroup": {"adgroup_name": "adgroup_name", "adgroup_id": "adgroup_id", "placement_type": None, "promotion_type": None,
                "opt_status": "operation_status", "budget": "budget", "smart_target": None, "billing_event": "billing_event",
                "bid_strategy": None, "bid": "conversion_bid_price"},
    "ad": {"ad_name": "ad_name", "ad_id": "ad_id", "ad_text": "ad_text", "call_to_action": "call_to_action", "image_mode": None,
           "is_aco": None, "is_smart_creative": None}}
DISPLAYED = {"placement_type": "TikTok,News Feed App Series,Helo,Pangle", "promotion_type": "Website", "bid_strategy": "Cost Cap"}
ACCOUNT_DAY_ONLY = ("cash_spend", "voucher_spend")
LIVE = {n for n in (*COUNTS, *RATIOS) if n.startswith("real_time")}
NUMBERS = {*COUNTS, *MONEY, *RATIOS, *WITHOUT}


def known(name, level, account_day):
    if name in ACCOUNT_DAY_ONLY and not account_day:
        return False
    return name in NUMBERS or any(name in ATTRIBUTES[upper] for upper in LEVELS[:LEVELS.index(level) + 1])


def rounded(above, below):
    return (2 * above + below) // (2 * below) if below else 0


class Writer:
    """Turns sums into what a reply says. `whole`: amounts without decimals, as with several accounts."""

    def __init__(self, switches, account, whole=False):
        self.switches, self.account, self.whole, self.scale = switches, account, whole, 100 // 10 ** account.decimals

    def metric(self, name, sums):
        """The value, or None if there is none."""
        if name in COUNTS:
            value = str(sums[COUNTS[name]])
        elif name in MONEY:
            value = self.money(sums[MONEY[name]] * self.scale)
        elif name in RATIOS:
            value = self.ratio(*RATIOS[name], sums)
        else:
            return None
        if name in self.switches.number_metrics:
            return float(value) if "." in value else int(value)
        return value

    def money(self, hundredths):
        return str(rounded(hundredths, 100)) if self.whole or self.bare else self.decimal(hundredths)

    @property
    def bare(self):
        return self.switches.metric_decimals == "currency" and self.account.decimals == 0

    def ratio(self, above, below, times, sums):
        top = sums[above] * (self.scale if above in AMOUNTS else 100) * times
        bottom = sums[below] * (self.scale if below in AMOUNTS else 1)
        if below in AMOUNTS:
            top *= 100
        hundredths = rounded(top, bottom)
        return self.money(hundredths) if above in AMOUNTS and below not in AMOUNTS else self.decimal(hundredths)

    def decimal(self, hundredths):
        return f"{hundredths // 100}.{hundredths % 100:02d}" + ("0" if self.switches.metric_decimals == 3 else "")

    def put(self, row, name, value, key):
        """A value that is missing is a dash, null, or not there."""
        if value is None:
            way = self.switches.missing_metric
            way = ("dash", "null", "absent")[zlib.crc32(f"{name} {key}".encode()) % 3] if way == "mixed" else way
            if way != "absent":
                row[name] = "-" if way == "dash" else None
        else:
            row[name] = value


def attribute(name, thing, account):
    if name in ATTRIBUTES["advertiser"]:
        return account.about[ATTRIBUTES["advertiser"][name]]
    if name in DISPLAYED:
        return DISPLAYED[name]
    for level, table in ATTRIBUTES.items():
        if name in table and table[name] is not None:
            value = thing.of[level].fields[table[name]]
            return None if value is None else str(value)
    return None
