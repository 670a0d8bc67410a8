# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on sockets of our own, so that a reply can be cut, delayed or reset anywhere; and requests are read strictly."""
import gzip
import http
import json
import re
import socket
import socketserver
import ssl
import struct
import threading
import urllib.parse

from envelope import Reply, real_status

LINE, HEADERS, LARGEST_BODY = 16_384, 100, 64 << 20
HTML = ("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
RESETS = ("reset_request", "reset_before", "reset_during", "reset_after")
is_name = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
BREAKS = (OSError, EOFError)


class Malformed(Exception):
    """No HTTP. Answered with a plain 400, and the connection ends."""


def phrase(status):
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Status"


class Request:
    def __init__(self, reader, writer, connection):
        self.reader, self.writer, self.connection = reader, writer, connection
        self.body, self.body_read = b"", False

    def read_head(self):
        """False at the end of the connection."""
        first = self.reader.readline(LINE)
        if not first:
            return False
        parts = line_of(first).split(b" ")
        if len(parts) != 3 or parts[2] not in (b"HTTP/1.1", b"HTTP/1.0") or not parts[1].startswith(b"/"):
            raise Malformed("the request line is not METHOD /path HTTP/1.1")
        self.method, self.version = parts[0].decode("ascii", "replace"), parts[2]
        self.path, _, self.query = parts[1].decode("latin-1").partition("?")
        self.read_headers()
        return True

    def read_headers(self):
        self.header_lines, self.headers = [], {}
        while True:
            line = line_of(self.reader.readline(LINE))
            if not line:
                break
            name, colon, value = line.partition(b":")
            if not colon or not is_name(name) or len(self.header_lines) == HEADERS:
                raise Malformed("a header is not Name: value, or there are too many")
            name, value = name.decode(), value.strip().decode("latin-1")
            if name.lower() in self.headers and name.lower() in ("host", "content-length", "access-token", "content-type"):
                raise Malformed(f"{name} twice")
            self.header_lines.append((name, value))
            self.headers[name.lower()] = value
        if self.version == b"HTTP/1.1" and "host" not in self.headers:
            raise Malformed("no Host")

    @property
    def keeps_alive(self):
        return self.version == b"HTTP/1.1" and self.headers.get("connection", "").lower() != "close"

    def read_body(self):
        if self.body_read:
            return
        chunked, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if chunked is not None and (length is not None or chunked.lower() != "chunked"):
            raise Malformed("Transfer-Encoding beside Content-Length, or not chunked")
        if self.headers.get("expect", "").lower() == "100-continue":
            self.writer(b"HTTP/1.1 100 Continue\r\n\r\n")
        if chunked is not None:
            self.body = self.read_chunks()
        elif length is not None:
            if not length.isascii() or not length.isdigit() or int(length) > LARGEST_BODY:
                raise Malformed("Content-Length is not a number, or too large")
            self.body = self.read_exactly(int(length))
        self.body_read = True

    def read_exactly(self, count):
        found = self.reader.read(count)
        if len(found) != count:
            raise EOFError("the body ends early")
        return found

    def read_chunks(self):
        chunks, total = [], 0
        while True:
            size = line_of(self.reader.readline(LINE)).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                raise Malformed("a chunk without its size")
            count = int(size, 16)
            total += count
            if total > LARGEST_BODY:
                raise Malformed("the body is too large")
            if count == 0:
                break
            chunks.append(self.read_exactly(count))
            if line_of(self.reader.readline(LINE)):
                raise Malformed("a chunk is longer than its size")
        while line_of(self.reader.readline(LINE)):
            pass
        return b"".join(chunks)


def line_of(line):
    if not line:
        raise EOFError("the request ends early")
    if not line.endswith(b"\r\n"):
        raise Malformed("a line is too long, or does not end with CR LF")
    return line[:-2]


class Delivery:
    """What is sent, and how it breaks."""

    def __init__(self, status, body, kind="application/json", headers=(), framing="length"):
        self.status, self.body, self.kind, self.headers, self.framing = status, body, kind, list(headers), framing
        self.wait_ms, self.reset, self.short, self.drip_ms, self.header_case, self.zipped = 0, None, False, 0, "usual", False
        self.pieces = 3

    @classmethod
    def of(cls, reply, request_id, switches, random):
        body, kind = reply.raw or (reply.body(request_id, switches), "application/json")
        made = cls(reply.http_status(switches), body, kind, reply.headers)
        made.vary(switches, random)
        if random.random() < 0.5:
            made.headers.append(("X-Tt-Logid", request_id))
        if switches.retry_after and reply.wait is not None:
            made.headers.append(("Retry-After", str(reply.wait)))
        return made

    def vary(self, switches, random):
        """Each a choice of the seed, unless a switch says which."""
        choices = [random.choice(("length", "chunked")), random.choice(("usual", "lower")), random.choice((True, False)),
                   random.randint(1, 5)]
        self.framing = choices[0] if switches.framing == "mixed" else switches.framing
        self.header_case = choices[1] if switches.header_case == "mixed" else switches.header_case
        self.zipped = choices[2] if switches.gzip == "mixed" else switches.gzip == "always"
        self.pieces = choices[3]

    def spoil(self, fault, request_id, switches, random):
        self.wait_ms = fault.delay_ms
        if fault.do in RESETS:
            self.reset = fault.do
        elif fault.do == "drip":
            self.wait_ms, self.drip_ms = 0, fault.delay_ms
        elif fault.do == "html":
            self.plain(fault.status, HTML.format(phrase(fault.status)).encode(), "text/html")
        elif fault.do == "empty":
            self.plain(200, b"", "application/json")
        elif fault.do == "not_json":
            self.plain(200, b"upstream connect error or disconnect/reset before headers", "text/plain")
        elif fault.do == "no_code":
            self.plain(200, json.dumps({"message": "OK", "request_id": request_id}).encode(), "application/json")
        elif fault.do == "truncated":
            self.body = self.body[:len(self.body) // 2]
        elif fault.do == "short_body":
            self.short, self.framing, self.zipped = True, "length", False
        elif fault.do in ("code", "status"):
            self.say(fault, request_id, switches)

    def say(self, fault, request_id, switches):
        reply = Reply(fault.code, fault.message, wait=1)
        self.body = reply.body(request_id, switches)
        self.status = fault.status if fault.do == "status" else reply.http_status(switches)
        if switches.retry_after and real_status(fault.code) == 429:
            self.headers.append(("Retry-After", "1"))

    def plain(self, status, body, kind):
        self.status, self.body, self.kind, self.zipped = status, body, kind, False

    def head_and_body(self, accepts_gzip, close):
        body, headers = self.body, [("Server", "nginx"), ("Content-Type", self.kind)] + self.headers
        if self.zipped and accepts_gzip:
            body = gzip.compress(body, 1)
            headers.append(("Content-Encoding", "gzip"))
        if self.framing == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
            body = in_chunks(body, self.pieces)
        else:
            headers.append(("Content-Length", str(len(body))))
        headers.append(("Connection", "close" if close else "keep-alive"))
        lines = [f"{n.lower() if self.header_case == 'lower' else n}: {v}" for n, v in headers]
        return "\r\n".join([f"HTTP/1.1 {phrase(self.status)}", *lines, "", ""]).encode(), body


def in_chunks(body, pieces):
    step = max(1, -(-len(body) // pieces))
    parts = [body[i:i + step] for i in range(0, len(body), step)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def control_reply(status, value):
    return Delivery(status, json.dumps(value).encode())


class Connection(socketserver.BaseRequestHandler):
    """One client, in a thread of its own."""

    def handle(self):
        try:
            self.open()
            self.converse()
        except Malformed as malformed:
            self.refuse(str(malformed))
        except BREAKS:
            pass
        finally:
            self.close()

    def open(self):
        self.answered = 0
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(60)
        self.number = self.server.next_connection()
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.reader = self.request.makefile("rb", 65_536)

    def converse(self):
        switches = self.server.app.switches
        while True:
            self.request.settimeout(switches.keep_alive_idle_ms / 1000)
            request = Request(self.reader, self.request.sendall, self.number)
            request.scheme = "https" if self.server.tls else "http"
            if not request.read_head():
                return
            self.request.settimeout(60)
            delivery = self.server.app.serve(request)
            if delivery.reset != "reset_request":
                request.read_body()
            self.answered += 1
            close = not request.keeps_alive or self.answered == switches.keep_alive_requests
            if not self.send(delivery, "gzip" in request.headers.get("accept-encoding", ""), close, request.method == "HEAD") or close:
                return

    def send(self, delivery, accepts_gzip, close, without_body):
        """False if the connection is of no more use."""
        if delivery.wait_ms:
            self.server.ending.wait(delivery.wait_ms / 1000)
        if delivery.reset in ("reset_request", "reset_before"):
            self.cut()
            return False
        head, body = delivery.head_and_body(accepts_gzip, close)
        if without_body:
            body = b""
        if delivery.drip_ms:
            self.drip(head, body, delivery.drip_ms)
        else:
            self.request.sendall(head + (body[:len(body) // 2] if delivery.short or delivery.reset == "reset_during" else body))
        if delivery.reset:
            self.cut()
        return not delivery.reset and not delivery.short

    def drip(self, head, body, drip_ms):
        self.request.sendall(head)
        step = max(1, -(-len(body) // 10))
        for i in range(0, len(body), step):
            self.server.ending.wait(drip_ms / 10_000)
            self.request.sendall(body[i:i + step])

    def cut(self):
        """Ends with a reset, not in order."""
        raw = socket.socket(fileno=self.request.detach()) if isinstance(self.request, ssl.SSLSocket) else self.request
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.reader.close()
        raw.close()

    def refuse(self, words):
        print(f"malformed request: {words}", flush=True)
        self.server.app.malformed += 1
        try:
            body = words.encode()
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        except BREAKS:
            pass

    def close(self):
        try:
            self.request.close()
            self.reader.close()
        except (AttributeError, *BREAKS):
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size, block_on_close = True, True, 256, False

    def __init__(self, address, app, tls=None):
        self.app, self.tls, self.ending = app, tls, threading.Event()
        self.counting, self.connections = threading.Lock(), 0
        super().__init__(address, Connection)

    def next_connection(self):
        with self.counting:
            self.connections += 1
            return self.connections

    def shutdown_request(self, request):
        """The handler has closed it, some with a reset; a second end would be an orderly one."""

    def handle_error(self, request, client_address):
        self.app.errors += 1
        super().handle_error(request, client_address)


def tls_of(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def arguments_of(request):
    return dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
