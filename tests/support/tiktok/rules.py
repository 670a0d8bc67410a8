# SPDX-License-Identifier: Apache-2.0
"""Rules for JSON values. A rule takes a value and gives None, or what is wrong as (path below the value, reason, code)."""
import re

from envelope import INVALID, NOT_HASHED

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
is_hash = re.compile(r"[0-9a-f]{64}").fullmatch


def wrong(reason, code=INVALID):
    return ("", reason, code)


NOT_TEXT, EMPTY, NOT_NUMBER = wrong("not a valid string"), wrong("must not be empty"), wrong("not a valid number")
NOT_INTEGER, NOT_BOOLEAN, NOT_ARRAY = wrong("not a valid integer"), wrong("not a valid boolean"), wrong("not a valid array")
NOT_OBJECT, NOT_TEXTS = wrong("not a valid object"), wrong("not a string or an array of strings")
CLEAR, OF_NOTHING = wrong("not hashed with SHA-256", NOT_HASHED), wrong("the hash of an empty string", NOT_HASHED)


def under(key, why):
    return (f"{key}.{why[0]}" if why[0] else str(key), why[1], why[2])


def anything(value):
    return None


def text(value):
    return None if type(value) is str else NOT_TEXT


def full_text(value):
    return NOT_TEXT if type(value) is not str else None if value else EMPTY


def number(value):
    """A number, and neither infinite nor NaN: their difference with themselves is not 0."""
    return None if type(value) is int or (type(value) is float and value - value == 0) else NOT_NUMBER


def integer(value):
    return None if type(value) is int else NOT_INTEGER


def boolean(value):
    return None if type(value) is bool else NOT_BOOLEAN


def one_of(values, reason):
    complaint = wrong(reason)
    return lambda value: NOT_TEXT if type(value) is not str else None if value in values else complaint


def text_or_texts(value):
    if type(value) is str or (type(value) is list and all(type(v) is str for v in value)):
        return None
    return NOT_TEXTS


def hashed(value):
    """Empty text is ignored, as TikTok does."""
    if type(value) is not str:
        return NOT_TEXT
    if not value:
        return None
    return CLEAR if not is_hash(value) else OF_NOTHING if value == EMPTY_HASH else None


def hashed_one_or_more(value):
    if type(value) is str:
        return hashed(value)
    if text_or_texts(value):
        return NOT_TEXTS
    for i, one in enumerate(value):
        why = hashed(one)
        if why:
            return under(i, why)
    return None


def array_of(rule):
    def check(value):
        if type(value) is not list:
            return NOT_ARRAY
        for i, one in enumerate(value):
            why = rule(one)
            if why:
                return under(i, why)
        return None
    check.item = rule
    return check


def object_of(table, required=()):
    """Checks the fields that are there, in their order; a field that the table has not is ignored."""
    rule_of = table.get

    def check(value):
        if type(value) is not dict:
            return NOT_OBJECT
        for key in required:
            if key not in value:
                return (key, "missing", INVALID)
        for key, one in value.items():
            rule = rule_of(key)
            if rule is not None:
                why = rule(one)
                if why is not None:
                    return under(key, why)
        return None
    check.table = table
    return check


def unknown_in(value, rule, path=""):
    """Paths of the fields that the rule's tables have not; of an array, the index is left out."""
    if type(value) is list and hasattr(rule, "item"):
        return [p for one in value for p in unknown_in(one, rule.item, path)]
    if type(value) is not dict or not hasattr(rule, "table"):
        return []
    found = []
    for key, one in value.items():
        here = f"{path}.{key}" if path else key
        found += unknown_in(one, rule.table[key], here) if key in rule.table else [here]
    return found
