# SPDX-License-Identifier: Apache-2.0
"""What a reply says: the envelope with its code, the words that go with a code, and the status that HTTP would have for it."""
import json

from clock import stamp

OK, PARTIAL = 0, 20001
NO_PERMISSION, INVALID, BATCH_SIZE, NOT_HASHED, PARTNER = 40001, 40002, 40061, 40062, 40063
THROTTLED, NO_TOKEN, BAD_TOKEN, ADVERTISER_THROTTLED, NO_ROUTE, WITHDRAWN = 40100, 40104, 40105, 40133, 40400, 41001
TOO_LARGE, BAD_APP, BAD_GRANT, BAD_CODE, NOT_READY = 40067, 40101, 40108, 40110, 40201
BROKEN, TIMEOUT = 50000, 50002

MESSAGES = {
    OK: "OK", PARTIAL: "Partial success.", INVALID: "Invalid parameter.", BATCH_SIZE: "Invalid batch size.",
    40016: "Flow control, please try again later.", THROTTLED: "Too many requests. Please retry in some time.",
    NO_TOKEN: "Access token is empty.", BAD_TOKEN: "Access token is incorrect or has been revoked.",
    TOO_LARGE: "Your query is too large, please reduce the query size (e.g. fewer metrics or time range) and retry "
    "after a while.",
    BAD_APP: "Invalid app id or secret.", BAD_GRANT: "Invalid grant type.", BAD_CODE: "Auth code is expired or has been used.",
    40132: "Requests made too frequently", ADVERTISER_THROTTLED: "Advertiser's QPS reaches QPS limit for current path.",
    40200: "Task error.", NOT_READY: "Task is not ready.", 40202: "Write conflict.", 40300: "Advertiser does not exist.",
    NO_ROUTE: "Route not found.", 40700: "Internal service validation error.", WITHDRAWN: "The interface has been withdrawn.",
    BROKEN: "System error", TIMEOUT: "System timeout", 51001: "Statistics service error", 51010: "Service timeout",
    51039: "Auth service error", 60001: "System is under maintenance", 61000: "Too many requests",
}
STATUSES = {OK: 200, PARTIAL: 200, NO_PERMISSION: 403, 40003: 403, 40102: 401, BAD_APP: 401, BAD_CODE: 401, NO_TOKEN: 401, BAD_TOKEN: 401,
            NO_ROUTE: 404,
            **dict.fromkeys((40016, THROTTLED, 40132, ADVERTISER_THROTTLED, 51021, 61000), 429)}
NEW_FIELD = {"new_field": "added without notice", "new_object": {"list": [1, None, {"deep": True}]}}
ID_FIELDS = ("app_id", "advertiser_id", "campaign_id", "adgroup_id", "ad_id")


class Refused(Exception):
    """The request is answered with this code, and nothing of it is recorded."""

    def __init__(self, code, message=None, wait=None):
        super().__init__(code, message)
        self.code, self.message, self.wait = code, message, wait


class Reply:
    """`wait`: for how many seconds the caller is throttled. `status`: of HTTP, when it is not for the switches to choose.
    `names`: other names for the envelope's four fields. `raw`: (bytes, kind) instead of the envelope; `headers`: more of them.
    `flat`: the data stands beside the code."""

    def __init__(self, code=OK, message=None, data=None, wait=None, status=None):
        self.code, self.wait, self.status, self.names = code, wait, status, {}
        self.raw, self.headers, self.flat = None, [], False
        self.message, self.data = MESSAGES.get(code, "Error.") if message is None else message, {} if data is None else data

    def body(self, request_id, switches):
        data = with_numbers(self.data) if switches.ids_as_numbers else self.data
        said = {"code": self.code, "message": self.message, "request_id": request_id, **(data if self.flat else {"data": data})}
        whole = {self.names.get(name, name): value for name, value in said.items()}
        return json.dumps(with_new_fields(whole) if switches.unknown_fields else whole).encode()

    def http_status(self, switches):
        if self.status:
            return self.status
        if switches.real_status or (switches.throttled_429 and STATUSES.get(self.code) == 429):
            return real_status(self.code)
        return 200


def invalid(path, reason):
    return Refused(INVALID, f"Invalid value for {path}: {reason}.")


def real_status(code):
    return STATUSES.get(code, 400 if code < 50000 else 500)


def request_id(now, ordinal, random):
    return f"{stamp(now, '%Y%m%d%H%M%S')}{random.getrandbits(48):012X}{ordinal & 0xFFFFFFFF:08X}"


def with_new_fields(value):
    """A field that no client knows, at every level."""
    if isinstance(value, dict):
        return {**{k: with_new_fields(v) for k, v in value.items()}, **NEW_FIELD}
    return [with_new_fields(v) for v in value] if isinstance(value, list) else value


def with_numbers(value, key=""):
    """Ids as bare numbers, as some recorded replies have them."""
    if isinstance(value, dict):
        return {k: with_numbers(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [with_numbers(v, key.removesuffix("s")) for v in value]
    return int(value) if key in ID_FIELDS and isinstance(value, str) and value.isdecimal() else value
