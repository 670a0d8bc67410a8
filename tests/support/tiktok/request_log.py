# SPDX-License-Identifier: Apache-2.0
"""What was asked, and what it was told: every request under /open_api/, without its token."""
import re
import time

e_mail = re.compile(rb"[\w.+-]+@[\w-]+\.[\w.-]+").search
query_secret = re.compile(r"((?:^|&)secret=)[^&]*").sub
body_secret = re.compile(rb'("(?:client_)?secret"\s*:\s*)"[^"]*"').sub
HIDDEN = "<token>"
REVOKE = "/open_api/v1.3/oauth2/revoke_token/"


class Entry:
    def __init__(self, number, request, fault, now):
        self.number, self.at, self.real = number, now, time.time()
        self.connection, self.method, self.path, self.query = request.connection, request.method, request.path, request.query
        self.headers, self.body = request.header_lines, None
        self.token = self.code = self.status = self.events = None
        self.fault, self.processed = fault and fault.do, fault is None or fault.processed
        self.leaks, self.dropped = [], False

    def show(self, bodies):
        shown = {name: value for name, value in vars(self).items() if name not in ("headers", "body")}
        shown["headers"] = [list(h) for h in self.headers]
        shown["body_bytes"] = None if self.body is None else len(self.body)
        return {**shown, "body": None if self.body is None else self.body.decode(errors="replace")} if bodies else shown


class RequestLog:
    """The caller holds the stand-in's lock. Of old bodies only as much is kept as the switch allows."""

    def __init__(self, switches):
        self.switches = switches
        self.reset()

    def reset(self):
        self.entries, self.oldest_body, self.bytes = [], 0, 0

    def open(self, request, fault, now):
        entry = Entry(len(self.entries), request, fault, now)
        self.entries.append(entry)
        return entry

    def keep_body(self, entry, body):
        entry.body = body
        self.bytes += len(body)
        while self.bytes > self.switches.keep_body_bytes and self.oldest_body < len(self.entries):
            old = self.entries[self.oldest_body]
            if old.body:
                self.bytes -= len(old.body)
                old.body, old.dropped = None, True
            self.oldest_body += 1

    def hide(self, entry, texts, homes):
        """Takes tokens and secrets out, and notes where a token was that had no business there. `homes`: the headers for tokens."""
        entry.query = query_secret(rf"\1{HIDDEN}", entry.query)
        entry.body = entry.body and body_secret(rb'\1"' + HIDDEN.encode() + b'"', entry.body)
        for token in texts:
            if token in entry.query or token in entry.path:
                entry.leaks.append("url")
            if any(token in value and name.lower() not in homes for name, value in entry.headers):
                entry.leaks.append("headers")
            if entry.body and token.encode() in entry.body:
                entry.leaks += [] if entry.path == REVOKE else ["body"]
                entry.body = entry.body.replace(token.encode(), HIDDEN.encode())
            entry.query, entry.path = entry.query.replace(token, HIDDEN), entry.path.replace(token, HIDDEN)
            entry.headers = [(name, value.replace(token, HIDDEN)) for name, value in entry.headers]

    def leaks(self, people):
        """Requests with a token or a personal value in clear in the URL or the body."""
        values = {str(v) for person in people for kind in person.values() for v in (kind if isinstance(kind, list) else [kind])}
        found = []
        for entry in self.entries:
            words = entry.query.encode() + b"\n" + (entry.body or b"")
            what = [f"token in {where}" for where in entry.leaks] + [f"clear {v}" for v in sorted(values) if v.encode() in words]
            if e_mail(words):
                what.append(f"e-mail address {e_mail(words).group(0).decode()}")
            if what:
                found.append({"request": entry.number, "path": entry.path, "what": what})
        return found
