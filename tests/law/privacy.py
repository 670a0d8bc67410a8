# SPDX-License-Identifier: Apache-2.0
"""What of a context may be written: hashed identifiers, URLs without unknown parameters."""
from __future__ import annotations

import hashlib
import re
from typing import Callable

from placeholders import present

KEPT_PARAMETERS = set("""ttclid gclid fbclid msclkid utm_source utm_medium utm_campaign utm_id utm_term utm_content campaign_id
    adgroup_id ad_group_id ad_id advertiser_id""".split())
HASHED = re.compile(r"[0-9A-Fa-f]{64}")
SPACE = " \t\n\v\f\r"


def plain_phone(text: str) -> str:
    kept = re.sub(r"[^+0-9]", "", text)
    digits = kept.replace("+", "")
    return "+" + digits if digits and kept.startswith("+") else digits


def plain_email(text: str) -> str:
    """Lower case, of ASCII letters only."""
    return re.sub(r"[A-Z]", lambda found: found[0].lower(), text)


NORMALISE: dict[str, Callable[[str], str]] = {"email": plain_email, "phone": plain_phone, "external_id": str}


def hashed(name: str, text: str | None) -> str | None:
    trimmed = (text or "").strip(SPACE)
    if HASHED.fullmatch(trimmed):
        return trimmed.lower()
    normal = NORMALISE[name](trimmed)
    return hashlib.sha256(normal.encode()).hexdigest() if normal else None


def trimmed_url(url: str | None, keep_query: bool) -> str | None:
    if url is None:
        return None
    head = url.split("#", 1)[0]
    if keep_query or "?" not in head:
        return head
    path, query = head.split("?", 1)
    kept = [piece for piece in query.split("&") if piece.partition("=")[0] in KEPT_PARAMETERS]
    return path + ("?" + "&".join(kept) if kept else "")


def match_context(context: dict, exported: bool, keep_query: bool) -> dict:
    out = dict(context, ttclid=present(context["ttclid"]))
    for name in NORMALISE:
        out[name] = hashed(name, context[name])
    for name in ("page_url", "page_referrer"):
        out[name] = trimmed_url(context[name], keep_query)
    if not exported:
        out["ip"] = out["user_agent"] = None
    return out
