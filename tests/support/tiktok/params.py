# SPDX-License-Identifier: Apache-2.0
"""Parameters of the reading endpoints: scalars plain, arrays and objects as JSON text in a query, and real ones in the body of a task."""
import datetime
import json
import re
import urllib.parse

import auth
from envelope import invalid

LARGEST_ID = 2**63 - 1
MISSING = object()
is_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def is_id(value):
    return type(value) is str and value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= LARGEST_ID


class Params:
    """Each reader gives the value, the default, or a refusal that names the parameter. An empty value is none."""

    def __init__(self, found):
        self.found = found

    def text(self, name, default=MISSING):
        value = self.found.get(name)
        if value in (None, ""):
            if default is MISSING:
                raise invalid(name, "missing")
            return default
        if type(value) is not str:
            raise invalid(name, "not a valid string")
        return value

    def one_of(self, name, values, default=MISSING):
        value = self.text(name, default)
        if value not in values and value is not default:
            raise invalid(name, f"not one of {', '.join(values)}")
        return value

    def id(self, name, default=MISSING):
        value = self.text(name, default)
        if value is not default and not is_id(value):
            raise invalid(name, "not a 64-bit decimal number")
        return value

    def integer(self, name, default, least, most):
        value = self.of_json(name, default)
        if type(value) is not int or not least <= value <= most:
            raise invalid(name, f"not an integer from {least} to {most}")
        return value

    def flag(self, name, default=False):
        value = self.of_json(name, default)
        if type(value) is not bool:
            raise invalid(name, "not true or false")
        return value

    def texts(self, name, most=None, default=MISSING):
        value = self.of_json(name, default)
        if value is default:
            return value
        if type(value) is not list or not value or not all(type(v) is str for v in value):
            raise invalid(name, "not a JSON array of strings")
        if most is not None and len(value) > most:
            raise invalid(name, f"more than {most}")
        return value

    def ids(self, name, most, default=MISSING):
        value = self.texts(name, most, default)
        if value is not default and not all(map(is_id, value)):
            raise invalid(name, "not 64-bit decimal numbers")
        return value

    def day(self, name):
        return day_of(name, self.text(name))

    def of_json(self, name, default=MISSING):
        value = self.found.get(name)
        if value in (None, ""):
            if default is MISSING:
                raise invalid(name, "missing")
            return default
        return self.decoded(name, value)

    def decoded(self, name, value):
        return value


class QueryParams(Params):
    def __init__(self, call):
        pairs = urllib.parse.parse_qsl(call.request.query, keep_blank_values=True)
        found = dict(pairs)
        for name in found:
            if sum(other == name for other, _ in pairs) > 1:
                raise invalid(name, "given twice")
        super().__init__(found)

    def decoded(self, name, value):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise invalid(name, "not valid JSON") from None


def day_of(name, text):
    try:
        if is_day(text) and 2000 <= int(text[:4]) <= 2100:
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise invalid(name, "not a date of the form YYYY-MM-DD")


def reach(call, advertiser):
    """The account, if the token may read it and has not asked too often."""
    if advertiser not in call.token.advertisers:
        raise auth.no_permission(call.app.switches, f"No permission to operate advertiser {advertiser}.")
    call.app.limits_of_advertiser(advertiser, call.path)
    return call.app.world.accounts[advertiser]


def paged(items, page, page_size, switches):
    """(items of the page, page_info). A switch lets the counts of the first page differ from those of the later ones."""
    total = len(items)
    said = total
    if page == 1 and switches.page_counts == "grow":
        said = max(min(total, page_size), total - page_size)
    elif page == 1 and switches.page_counts == "shrink":
        said = total + page_size
    pages = -(-said // page_size) if said else switches.empty_total_page
    return items[(page - 1) * page_size:page * page_size], {"page": page, "page_size": page_size, "total_number": said, "total_page": pages}
