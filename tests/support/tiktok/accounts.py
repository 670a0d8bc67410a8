# SPDX-License-Identifier: Apache-2.0
"""The advertiser accounts: what /advertiser/info/ says of them, and the zone in which their days begin."""
import zoneinfo

import params
from envelope import Reply, invalid

DEFAULTS = {
    "status": "STATUS_ENABLE", "currency": "EUR", "timezone": "Etc/UTC", "country": "FR", "role": "ROLE_ADVERTISER", "company": "Shop Ltd",
    "industry": "290901", "address": "1 Example Street", "language": "en", "description": "", "license_no": "",
    "license_url": None, "rejection_reason": "", "contacter": "J***e", "email": "j***@shop.example", "cellphone_number": "+33******01",
    "telephone_number": "", "balance": 1250.5, "create_time": 1_735_689_600, "owner_bc_id": "", "advertiser_account_type": "AUCTION",
    "company_name_editable": False,
}
FIELDS = ("advertiser_id", "name", "display_timezone", *DEFAULTS)
SIZES = {"campaigns": 2, "adgroups": 2, "ads": 3, "deleted_campaigns": 0, "deleted_ads": 1}
EXTRA = {"structure", "named", "raw"}
MOST = 100
WHOLE = {"BIF", "CLP", "JPY", "KRW", "PYG", "VND", "XAF", "XOF"}


class Account:
    """`place`: its number in the world, from which the ids of its campaigns are made. `about` may lack all but the id."""

    def __init__(self, about, place):
        unknown = about.keys() - set(FIELDS) - EXTRA
        if unknown or not params.is_id(about.get("advertiser_id")):
            raise ValueError(f"an advertiser has an advertiser_id and may have {sorted(FIELDS)}, structure, named and raw, not {sorted(unknown)}")
        self.place, self.id, self.tree = place, about["advertiser_id"], None
        self.about = {"name": f"Shop {self.id}", **DEFAULTS, **about}
        self.about.setdefault("display_timezone", self.about["timezone"])
        self.sizes = {**SIZES, **about.get("structure", {})}
        if self.sizes.keys() != SIZES.keys() or not all(type(n) is int and n >= 0 for n in self.sizes.values()):
            raise ValueError(f"a structure has {sorted(SIZES)}, each a number")
        self.decimals = 0 if self.about["currency"] in WHOLE else 2
        try:
            self.zone = zoneinfo.ZoneInfo(self.about["display_timezone"])
            zoneinfo.ZoneInfo(self.about["timezone"])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"the advertiser {self.id} has no known time zone") from None


def info(call):
    asked = params.QueryParams(call)
    wanted = asked.ids("advertiser_ids", MOST)
    fields = asked.texts("fields", default=None) or [f for f in FIELDS if f != "company_name_editable"]
    for field in fields:
        if field not in FIELDS:
            raise invalid("fields", f"no field {field}")
    found = [params.reach(call, a) for a in dict.fromkeys(wanted)]
    return Reply(data={"list": [{f: account.about[f] for f in {"advertiser_id": None, **dict.fromkeys(fields)}} for account in found]})


def user(call):
    return Reply(data={"id": f"9{call.token.app_id[1:]}", "display_name": call.token.name, "email": "j***@shop.example",
                       "create_time": DEFAULTS["create_time"]})


ROUTES = {"/open_api/v1.3/advertiser/info/": ("GET", info), "/open_api/v1.3/user/info/": ("GET", user)}
