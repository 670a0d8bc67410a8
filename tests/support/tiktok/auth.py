# SPDX-License-Identifier: Apache-2.0
"""Who calls, and what it may operate. Tokens can be revoked, renewed, added and restricted while requests run."""
from envelope import BAD_TOKEN, INVALID, NO_PERMISSION, NO_TOKEN, Refused

PIXEL_WORDS = "No permission to operate pixel code: {}. You must be an admin or operator of this advertiser account."


def token_of(world, request, header="access-token"):
    text = request.headers.get(header.lower(), "").strip()
    if not text:
        raise Refused(NO_TOKEN)
    token = world.tokens.get(text)
    if token is None or token.lives == 0:
        raise Refused(BAD_TOKEN)
    if token.lives is not None:
        token.lives -= 1
    return token


def no_permission(switches, words):
    return Refused(INVALID if switches.foreign_target_40002 else NO_PERMISSION, words)


def operate(app, token, source, source_id):
    """The advertiser that owns the source, if the token may operate both."""
    advertiser = app.world.sources[source].get(source_id)
    if advertiser is not None and token.may(source_id, advertiser):
        return advertiser
    if source == "web" or advertiser is None or advertiser in token.advertisers:
        words = PIXEL_WORDS.format(source_id) if source == "web" else f"No permission to operate {source} event set: {source_id}."
    else:
        words = f"No permission to operate advertiser {advertiser}."
    raise no_permission(app.switches, words)


def change(world, wanted):
    """One change of a test: {"revoke": name, "after": n}, {"restore": name}, {"renew": name, "token": text}, {"add": {…}},
    {"name": name, "grant": advertiser} or {"name": name, "withdraw": advertiser}."""
    verb = next((v for v in ("revoke", "restore", "renew", "add", "grant", "withdraw") if v in wanted), None)
    if verb is None:
        raise ValueError("say revoke, restore, renew, add, grant or withdraw")
    CHANGES[verb](world, wanted)


def revoke(world, wanted):
    world.token_named(wanted["revoke"]).lives = int(wanted.get("after", 0))


def restore(world, wanted):
    world.token_named(wanted["restore"]).lives = None


def renew(world, wanted):
    """A new token cancels the earlier one, as in Events Manager."""
    old = world.token_named(wanted["renew"])
    about = {"name": old.name, "token": wanted["token"], "app_id": old.app_id, "advertisers": list(old.advertisers)}
    if wanted["token"] in world.tokens:
        raise ValueError("the new token is an old one")
    old.lives = 0
    world.add_token({**about, **({} if old.sources is None else {"sources": list(old.sources)})})


def grant(world, wanted):
    world.token_named(wanted["name"]).advertisers.add(wanted["grant"])


def withdraw(world, wanted):
    world.token_named(wanted["name"]).advertisers.discard(wanted["withdraw"])


CHANGES = {"revoke": revoke, "restore": restore, "renew": renew, "grant": grant, "withdraw": withdraw,
           "add": lambda world, wanted: world.add_token(wanted["add"])}
