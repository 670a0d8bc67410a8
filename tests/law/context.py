# SPDX-License-Identifier: Apache-2.0
"""Section 3 of docs/attribution.md: does a record bring a context?"""
from __future__ import annotations

from placeholders import present

NO_CONTEXT = {"event_source", "consent", "limited_data_use"}


def is_set(value) -> bool:
    """True if a value, or any field inside it, is there."""
    return any(map(is_set, value.values())) if isinstance(value, dict) else value not in (None, "")


def has_context(record: dict) -> bool:
    context = dict(record["context"], ttclid=present(record["context"]["ttclid"]))
    return bool(record["items"] or record["properties"]) or any(
        is_set(value) for name, value in context.items() if name not in NO_CONTEXT)
