# SPDX-License-Identifier: Apache-2.0
"""Whether a hash is the right one for its person. Only a test can know: it gives the clear values (docs/tiktok-stand-in.md)."""
import hashlib

KINDS = ("email", "phone", "external_id")


def digest(value):
    return hashlib.sha256(value.encode()).hexdigest()


def phone(value):
    kept = [c for c in value if c.isdigit()]
    return ("+" if "+" in value else "") + "".join(kept)


def normalise(kind, value, external_id):
    if kind == "email":
        return value.strip().lower()
    if kind == "phone":
        return phone(value)
    return value.strip().lower() if external_id == "lower" else value.strip()


def mistakes(kind, value, right):
    """Hashes that wrong programs send, and what each of them did."""
    forms = {"not normalised": value, "only trimmed": value.strip(), "lower-cased": value.strip().lower(), "not lower-cased": value.strip(),
             "without its plus": right.lstrip("+"), "without inner spaces": "".join(value.split()), "upper-cased": value.strip().upper(),
             "hashed twice": digest(right), "quoted": f'"{right}"'}
    return {digest(form): words for words, form in reversed(forms.items()) if form != right}


class People:
    """A person is {"email": text or list, "phone": …, "external_id": …}."""

    def __init__(self, people, external_id):
        self.people, self.right, self.mistaken = people, {kind: {} for kind in KINDS}, {kind: {} for kind in KINDS}
        for number, person in enumerate(people):
            for kind in KINDS:
                for value in as_list(person.get(kind, [])):
                    self.add(kind, value, normalise(kind, value, external_id), number)

    def add(self, kind, value, right, number):
        self.right[kind].setdefault(digest(right), set()).add(number)
        for wrong, words in mistakes(kind, value, right).items():
            self.mistaken[kind].setdefault(wrong, words)

    def wrong(self, user):
        """[(field, what is wrong)]: each value is some person's, and all of an event are one person's."""
        found, who = [], None
        for kind in KINDS:
            for value in filter(None, as_list(user.get(kind, []))):
                persons = self.right[kind].get(value)
                if persons is None:
                    found.append((kind, self.mistaken[kind].get(value, "of nobody in the table")))
                elif who is not None and not who & persons:
                    found.append((kind, "of another person than the fields before it"))
                else:
                    who = persons if who is None else who & persons
        return found


def as_list(value):
    return value if isinstance(value, list) else [value]
