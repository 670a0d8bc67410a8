# SPDX-License-Identifier: Apache-2.0
"""How a token is got and given back: the portal's redirect, codes that work once, the exchange, the token's accounts, its end."""
import html
import urllib.parse

import params
from envelope import BAD_APP, BAD_CODE, BAD_GRANT, BAD_TOKEN, INVALID, OK, Refused, Reply, invalid
from events import json_object

PORTAL, OLD_PORTAL = "/portal/auth", "/marketing_api/auth"
EXCHANGE, REVOKE = "/open_api/v1.3/oauth2/access_token/", "/open_api/v1.3/oauth2/revoke_token/"
VARIANT = "/open_api/v1.3/oauth2/token/"
SCOPE = [1, 2, 4, 6]
STALE = "Auth code is expired or has been used."


class Codes:
    """The caller holds the stand-in's lock."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.given = {}

    def new(self, app, app_id):
        code = f"{app.random.getrandbits(160):040x}"
        ticked = app.switches.portal_advertisers
        self.given[code] = (app_id, app.clock.now(), [a for a in app.world.advertisers if ticked is None or a in ticked])
        return code

    def take(self, app, app_id, code):
        """The accounts that go with it; a code is gone once it was shown, whatever comes of it."""
        of_app, at, advertisers = self.given.pop(code, (None, 0, ()))
        if of_app != app_id or app.clock.now() >= at + app.switches.auth_code_seconds:
            raise Refused(INVALID if app.switches.auth_code_40002 else BAD_CODE, STALE)
        return advertisers


def page(status, words, *headers):
    reply = Reply(OK if status == 302 else INVALID, status=status)
    reply.headers += headers
    reply.raw = (f"<html><body><p>{html.escape(words)}</p></body></html>".encode(), "text/html; charset=utf-8")
    return reply


def portal(call):
    """A user who says yes at once, or by the switch no."""
    asked, app = dict(urllib.parse.parse_qsl(call.request.query, keep_blank_values=True)), call.app
    known = app.world.apps.get(asked.get("app_id"))
    if known is None:
        return page(400, "app_id: no such app")
    target = asked.get("redirect_uri")
    if not target or target != known.get("redirect_uri"):
        return page(400, "redirect_uri: not the one that is registered")
    back = {"state": asked["state"]} if "state" in asked else {}
    if not app.switches.portal_refuses:
        with app.lock:
            code = app.oauth.new(app, asked["app_id"])
        back = {"auth_code": code, **({} if app.switches.portal_only_auth_code else {"code": code}), **back}
    return page(302, "Back to the app", ("Location", f"{target}{'&' if '?' in target else '?'}{urllib.parse.urlencode(back)}"))


def app_of(call, asked):
    app_id, known = asked.text("app_id"), call.app.world.apps.get(asked.text("app_id"))
    if known is None or asked.text("secret") != known["secret"]:
        raise Refused(BAD_APP)
    return app_id


def limited_app_of(call, asked):
    app_id = app_of(call, asked)
    with call.app.lock:
        call.app.limits.of_app(app_id, call.path)
    return app_id


def exchange(call):
    return exchanged(call, params.Params(json_object(call)))


def variant(call):
    """The same with other names, and a reply without `data`."""
    found = json_object(call)
    if found.get("grant_type") != "authorization_code":
        raise Refused(BAD_GRANT)
    names = {"app_id": "client_id", "secret": "client_secret", "auth_code": "code"}
    reply = exchanged(call, params.Params({name: found.get(other) for name, other in names.items()}))
    reply.flat = True
    return reply


def exchanged(call, asked):
    app = call.app
    code, with_ids = asked.text("auth_code"), asked.flag("return_advertiser_ids", True)
    app_id = limited_app_of(call, asked)
    with app.lock:
        advertisers = app.oauth.take(app, app_id, code)
        text = f"{app.random.getrandbits(160):040x}"
        while text in app.world.tokens:
            text = f"{app.random.getrandbits(160):040x}"
        name = f"oauth-{sum(t.name.startswith('oauth-') for t in app.world.tokens.values()) + 1}"
        app.world.add_token({"name": name, "token": text, "app_id": app_id, "advertisers": advertisers})
    data = {"access_token": text, **({"advertiser_ids": list(advertisers)} if with_ids else {}), "scope": SCOPE}
    return Reply(data={**data, **({"expires_in": 86_400, "token_type": "Bearer"} if app.switches.oauth_expires_in else {})})


def revoke(call):
    asked, app = params.Params(json_object(call)), call.app
    text = asked.text("access_token")
    app_id = limited_app_of(call, asked)
    with app.lock:
        token = app.world.tokens.get(text)
        if token is None or token.lives == 0 or token.app_id != app_id:
            raise Refused(BAD_TOKEN)
        token.lives = 0
    return Reply(data={"app_id": app_id, "advertiser_ids": sorted(token.advertisers)})


def accounts(call):
    asked = params.QueryParams(call)
    if asked.text("app_id") != call.token.app_id:
        raise invalid("app_id", "inconsistent with the app of the access token")
    app_of(call, asked)
    named = call.app.world.accounts
    return Reply(data={"list": [{"advertiser_id": a, "advertiser_name": named[a].about["name"]} for a in sorted(call.token.advertisers)]})


OPEN = {PORTAL, OLD_PORTAL, EXCHANGE, VARIANT, REVOKE}
ROUTES = {PORTAL: ("GET", portal), OLD_PORTAL: ("GET", portal), EXCHANGE: ("POST", exchange), VARIANT: ("POST", variant),
          REVOKE: ("POST", revoke), "/open_api/v1.3/oauth2/advertiser/get/": ("GET", accounts)}
