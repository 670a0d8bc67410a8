# SPDX-License-Identifier: Apache-2.0
"""What a test may turn: one table, with defaults and what each switch takes. docs/tiktok-stand-in.md explains them."""
from events_names import PARTNERS


def positive(value):
    return type(value) in (int, float) and value > 0


def count(value):
    return type(value) is int and value > 0


def flag(value):
    return type(value) is bool


def texts(value):
    return type(value) is list and all(type(v) is str for v in value)


def from_zero(value):
    return type(value) in (int, float) and value >= 0


def or_null(rule):
    return lambda value: value is None or rule(value)


LIMITS = {"app_per_second": 10, "app_per_minute": None, "app_per_day": None,
          "advertiser_per_second": 20, "advertiser_per_minute": None, "advertiser_per_day": None}


def limits_by_path(value):
    return type(value) is dict and all(type(v) is dict and v.keys() <= LIMITS.keys() and all(map(or_null(positive), v.values()))
                                       for v in value.values())


# name: (default, what it takes: a rule, or a tuple of values)
TABLE = {
    "unknown_path_404": (False, flag), "wrong_method_405": (False, flag), "real_status": (False, flag),
    "framing": ("mixed", ("mixed", "length", "chunked")), "gzip": ("mixed", ("mixed", "never", "always")),
    "header_case": ("mixed", ("mixed", "usual", "lower")),
    "keep_alive_requests": (None, or_null(count)), "keep_alive_idle_ms": (60_000, count),
    "unknown_fields": (False, flag), "ids_as_numbers": (False, flag), "message_paths": ("indexed", ("indexed", "bare")),
    "foreign_target_40002": (False, flag),
    "batch_size_40002": (False, flag), "max_body_bytes": (1 << 20, count), "content_type_checked": (True, flag),
    "pii": ("strict", ("strict", "lenient")), "wrong_hashes": ("report", ("report", "refuse")), "partner_names": (PARTNERS, texts),
    "partial": ("off", ("off", "failed_events", "empty")), "refused_event_ids": ([], texts),
    "merge_seconds": (300, positive), "drop_seconds": (48 * 3600, positive), "event_id_max": (128, or_null(count)),
    "test_code_strict": (True, flag), "offline_max_age_days": (28, positive), "attributable_days": (28, positive),
    "future_strict": (True, flag), "future_seconds": (600, positive), "web_page_required": (False, flag),
    "list_unknown_fields": (False, flag), "older_endpoints": (False, flag), "older_event_id_shape": (False, flag),
    **{name: (default, or_null(positive)) for name, default in LIMITS.items()},
    "limits_by_path": ({}, limits_by_path), "minute_block_seconds": (300, positive), "throttled_429": (False, flag),
    "retry_after": (False, flag),
    "order_amounts": ("either", ("either", "number", "string")), "order_dates": ("either", ("either", "date", "seconds")),
    "auth_code_seconds": (3600, positive), "auth_code_40002": (False, flag), "portal_refuses": (False, flag),
    "portal_only_auth_code": (False, flag), "portal_advertisers": (None, or_null(texts)), "oauth_expires_in": (False, flag),
    "page_counts": ("steady", ("steady", "grow", "shrink")), "empty_total_page": (1, (0, 1)),
    "spend_lag_seconds": (39_600, from_zero), "empty_days": ("mixed", ("mixed", "absent", "zeros")),
    "missing_metric": ("mixed", ("mixed", "dash", "null", "absent")), "metric_decimals": (2, (2, 3, "currency")),
    "number_metrics": ([], texts),
    "multi_whole_amounts": (True, flag), "report_most_cells": (2_000_000, or_null(count)), "report_most_ids": (20_000, count),
    "task_queue_seconds": (10, from_zero), "task_process_seconds": (60, from_zero), "task_fails": (False, flag),
    "keep_events": ("whole", ("whole", "keys")), "keep_body_bytes": (64 << 20, count),
}


class Switches:
    """Each switch is an attribute. `version` grows with each change, so that what is compiled from them knows when it is stale."""

    def __init__(self):
        self.version = 0
        self.reset()

    def reset(self):
        self.__dict__.update({name: default for name, (default, _) in TABLE.items()})
        self.version += 1

    def change(self, wanted):
        """All or none; ValueError says what is wrong."""
        for name, value in wanted.items():
            if name not in TABLE:
                raise ValueError(f"there is no switch {name}")
            takes = TABLE[name][1]
            if not (takes(value) if callable(takes) else value in takes):
                raise ValueError(f"{name} does not take {value!r}" + ("" if callable(takes) else f", but {' or '.join(takes)}"))
        self.__dict__.update(wanted)
        self.version += 1

    def show(self):
        return {name: getattr(self, name) for name in TABLE}
