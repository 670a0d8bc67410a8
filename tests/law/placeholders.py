# SPDX-License-Identifier: Apache-2.0
"""Absent values, macros nobody filled in, and what a landing URL says."""
from __future__ import annotations

import re

MACRO = re.compile(r"_{1,2}[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_{1,2}")
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def is_macro(text: str | None) -> bool:
    return text is not None and MACRO.fullmatch(text) is not None


def present(text: str | None) -> str | None:
    """The text, or None if it counts as absent."""
    return None if not text or is_macro(text) else text


def percent_decode(text: str) -> str | None:
    """`+` and broken escapes stay; None if the result is not UTF-8."""
    data = ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text.encode())
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def query_of(url: str) -> str:
    head = url.split("#", 1)[0]
    return head.split("?", 1)[1] if "?" in head else ""


def parameters(url: str | None) -> dict[str, list[str | None]]:
    """Every value of every parameter of the URL's query, in order."""
    found: dict[str, list[str | None]] = {}
    for piece in query_of(url or "").split("&"):
        name, _, value = piece.partition("=")
        found.setdefault(name, []).append(percent_decode(value))
    return found


def first_filled(values: list[str | None]) -> str | None:
    return next((value for value in values if present(value)), None)


def from_url(known: dict[str, list[str | None]], *names: str) -> str | None:
    """The first of these parameters that says something."""
    return next((value for name in names if (value := first_filled(known.get(name, [])))), None)
