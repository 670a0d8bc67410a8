# SPDX-License-Identifier: Apache-2.0
"""Money from text, exactly. Only the currencies that cases use; every other code counts as unknown."""
import re

EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "USD": 2, "EUR": 2, "PEN": 2, "KWD": 3, "TND": 3, "CLF": 4}
FORM = re.compile(r"(\d{1,12})(?:\.(\d+))?", re.ASCII)


def has_form(text: str) -> bool:
    return FORM.fullmatch(text) is not None


def minor_units(text: str, currency: str) -> int | None:
    """None: not money, or finer than the currency."""
    found = FORM.fullmatch(text)
    if not found:
        return None
    digits, exponent = (found[2] or "").rstrip("0"), EXPONENTS[currency]
    if len(digits) > exponent:
        return None
    return int(found[1] + digits.ljust(exponent, "0"))


def micros(minor: int, currency: str) -> int:
    """Nothing but zero is ever without a currency."""
    return minor * 10 ** (6 - EXPONENTS[currency]) if minor else 0
