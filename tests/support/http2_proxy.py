# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 over TLS in front of a server that speaks neither: nghttpx (Debian's nghttp2-proxy) with a certificate of its own, and a log of what came how."""
import collections
import datetime
import os
import signal
import subprocess
import time

from child import Child, Failed

Seen = collections.namedtuple("Seen", "port protocol status ended seconds")
SEEN = "$remote_port $alpn $status $time_iso8601 $request_time"


def certificate(directory, name="server"):
    """(certificate, key) for 127.0.0.1, signed by itself; the certificate is the CA file, too."""
    cert, key = (os.path.join(directory, f"{name}.{kind}") for kind in ("pem", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Http2Proxy(Child):
    """Passes everything on to `backend` (host:port), over HTTP/1.1 without TLS. `offer`: what it offers by ALPN."""

    def __init__(self, directory, backend, port, tls, offer="h2,http/1.1", name="proxy"):
        self.port, self.url, self.seen_file = port, f"https://127.0.0.1:{port}", os.path.join(directory, f"{name}.access")
        host, _, backend_port = backend.rpartition(":")
        cert, key = tls
        super().__init__(name, os.path.join(directory, f"{name}.log"), [
            "nghttpx", "--conf=/dev/null", f"--frontend=127.0.0.1,{port}", f"--backend={host},{backend_port}", f"--npn-list={offer}", "--workers=1", "--no-ocsp",
            f"--accesslog-file={self.seen_file}", f"--accesslog-format={SEEN}", "--log-level=NOTICE", key, cert], start_new_session=True)
        self.wait_ready()

    def wait_ready(self, seconds=10):
        deadline = time.monotonic() + seconds
        while "worker" not in self.text() or not os.path.exists(self.seen_file):
            if not self.alive or time.monotonic() > deadline:
                self.end()
                raise Failed(f"{self.name} did not get ready{self.tail()}")
            time.sleep(0.02)

    def seen(self):
        with open(self.seen_file) as f:
            rows = [line.split() for line in f]
        return [Seen(int(port), protocol, int(status), datetime.datetime.fromisoformat(at).timestamp(), float(seconds))
                for port, protocol, status, at, seconds in rows]

    def most_at_once(self):
        """Requests on one connection at one moment."""
        seen = self.seen()
        return max((sum(o.port == s.port and o.ended - o.seconds <= s.ended - s.seconds / 2 <= o.ended for o in seen) for s in seen), default=0)

    def go_away(self):
        """Another worker process takes what comes from now on; the connections that are there are told to go (GOAWAY), and end when their streams have."""
        self.signal(signal.SIGHUP)

    def end(self):
        """With its workers, whose session is its own: connections are cut."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    kill = end
