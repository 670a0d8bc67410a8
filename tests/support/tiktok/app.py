# SPDX-License-Identifier: Apache-2.0
"""One request from its arrival to what is sent back: fault, token, limit, handler, envelope. And the state that all of them share."""
import collections
import random
import sys
import threading
import traceback

import accounts
import auth
import events
import inspection
import oauth
import older
import orders
import report_data
import reports
import structure
import tasks
from clock import Clock
from envelope import BROKEN, NO_ROUTE, TIMEOUT, Refused, Reply, request_id
from faults import Faults
from journal import Journal
from ledger import Ledger
from limits import Limits
from request_log import RequestLog
from switches import Switches
from transport import Delivery

CONTROL = "/stand-in/"
OPEN = oauth.OPEN | tasks.OPEN


class Call:
    """A request that is being processed."""

    def __init__(self, app, request, number):
        self.app, self.request, self.number, self.path = app, request, number, request.path
        self.now, self.token, self.events = app.clock.now(), None, None


class App:
    def __init__(self, world, seed=1, journal=None):
        self.lock, self.seed = threading.RLock(), seed
        self.clock, self.switches = Clock(), Switches()
        self.limits, self.faults, self.ledger = Limits(self.switches, self.clock), Faults(), Ledger(self.switches)
        self.oauth, self.tasks = oauth.Codes(), tasks.Tasks()
        self.orders, self.log, self.journal = orders.Orders(), RequestLog(self.switches), Journal(journal)
        self.checker = None
        self.reset()
        self.use(world)

    def use(self, world):
        """Also after the world has changed: what is compiled from it is compiled anew."""
        self.world, self.people = world, events.people_of(world)
        self.reports = report_data.ReportData(world, self.seed)
        self.routes = {**events.ROUTES, **older.ROUTES, **oauth.ROUTES, **accounts.ROUTES, **structure.ROUTES, **reports.ROUTES,
                       **tasks.ROUTES,
                       world.order["path"]: (world.order["method"], orders.sync)}

    def reset(self):
        """Forgets what was asked of it; the world, the switches and the clock stay."""
        for part in (self.limits, self.faults, self.ledger, self.orders, self.log, self.oauth, self.tasks):
            part.reset()
        self.random = random.Random(self.seed)
        self.unknown_fields, self.wrong_hashes = collections.Counter(), []
        self.codes, self.given, self.asked = collections.Counter(), collections.Counter(), collections.Counter()
        self.errors = self.malformed = 0

    def note_wrong_hashes(self, wrong, event, call):
        with self.lock:
            self.wrong_hashes += [{"request": call.number, "event_id": event.get("event_id"), "field": f, "what": w} for f, w in wrong]

    def limits_of_advertiser(self, advertiser, path):
        with self.lock:
            self.limits.of_advertiser(advertiser, path)

    def serve(self, request):
        if request.path.startswith(CONTROL):
            return inspection.answer(self, request)
        if self.faults.reads_bodies:
            request.read_body()
        with self.lock:
            fault = self.faults.pick(request)
            entry = self.log.open(request, fault, self.clock.now())
            self.asked[request.path] += 1
            if fault:
                self.given[fault.do] += 1
        early = fault is not None and fault.do == "reset_request"
        if not early:
            request.read_body()
        call = Call(self, request, entry.number)
        reply = Reply(TIMEOUT) if early or not entry.processed else self.process(call)
        return self.deliver(call, entry, reply, fault)

    def process(self, call):
        try:
            return self.route(call)(call)
        except Refused as refused:
            return Reply(refused.code, refused.message, wait=refused.wait, status=getattr(refused, "status", None))
        except Exception:
            self.errors += 1
            print(traceback.format_exc(), file=sys.stderr, flush=True)
            return Reply(BROKEN, "The stand-in itself failed; its log says where.")

    def route(self, call):
        """The handler, once the caller may call it now."""
        method, handler = self.routes.get(call.path, (None, None))
        if handler is None:
            raise no_route(404 if self.switches.unknown_path_404 else None)
        if call.request.method != method:
            raise no_route(405 if self.switches.wrong_method_405 else None)
        if call.path in OPEN:
            return handler
        with self.lock:
            header = self.world.order["token_header"] if call.path == self.world.order["path"] else "Access-Token"
            call.token = auth.token_of(self.world, call.request, header)
            self.limits.of_app(call.token.app_id, call.path)
        return handler

    def deliver(self, call, entry, reply, fault):
        with self.lock:
            if call.path == self.world.order["path"]:
                reply.names = self.world.order["names"]
            named = request_id(call.now, entry.number, self.random)
            delivery = Delivery.of(reply, named, self.switches, self.random)
            if fault:
                delivery.spoil(fault, named, self.switches, self.random)
            entry.token, entry.events, entry.code = call.token and call.token.name, call.events, reply.code if entry.processed else None
            entry.status = delivery.status
            self.codes[str(reply.code) if entry.processed else "unprocessed"] += 1
            if call.request.body_read:
                self.log.keep_body(entry, call.request.body)
            self.log.hide(entry, self.world.tokens, ("access-token", self.world.order["token_header"].lower()))
        return delivery


def no_route(status):
    refused = Refused(NO_ROUTE)
    refused.status = status
    return refused
